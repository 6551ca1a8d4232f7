/** The process of protected-api.ts: an Express app with an API, whose authorization server is elsewhere. */
import { register } from 'node:module';

register('./typescript-hooks.js', import.meta.url);
register('./without-packages.js', import.meta.url);
const { default: express } = await import('express');
const { createServer } = await import('node:http');
const { systemClock } = await import('../../lib/platform/clock.js');
await import('../../lib/protect-api.js'); // what users load
const { createApiProtection } = await import('../../lib/express/api-protection.js');

let ahead = 0;

process.on('disconnect', () => process.exit()); // a test that crashed leaves nobody behind

process.on('message', (/** @type {import('./protected-api.js').Order} */ order) => {
  if (order.to === 'sleep') {
    ahead += order.seconds;
    return process.send?.('slept');
  }
  const log = { warn: console.warn, error: (/** @type {string} */ message) => console.error(message) };
  const protect = createApiProtection({ ...order.options, log }, () => systemClock() + ahead);
  const app = express();
  app.use(protect.metadata);
  app.get('/contacts', protect('read:contacts'), (req, res) => void res.json(req.auth));
  const listener = createServer(app);
  listener.listen(0, '127.0.0.1', () => {
    const address = /** @type {import('node:net').AddressInfo} */ (listener.address());
    process.send?.(`http://localhost:${address.port}`);
  });
});
process.send?.('ready');
