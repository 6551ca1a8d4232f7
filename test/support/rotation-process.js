/** One process of rotation-cluster.ts: an Express app with an oauthRouter, for which time goes by fast, and whose clock may be wrong. */
import { register } from 'node:module';

register('./typescript-hooks.js', import.meta.url);
const { createServer } = await import('node:http');
const { default: express } = await import('express');
const { systemRandom: random } = await import('../../lib/platform/random.js');
const { createRouter } = await import('../../lib/router.js');
const { listen, testOptions } = await import('./server.js');
const { fastClock } = await import('./rotation-cluster.js');

/** @type {import('../../lib/router.js').OAuthRouter} */
let oauth;

process.on('disconnect', () => process.exit()); // a test that crashed leaves nobody behind

process.on('message', async (/** @type {import('./rotation-cluster.js').Order} */ order) => {
  if (order.to === 'rotate') {
    await oauth.keys.rotate();
    return process.send?.('rotated');
  }
  const app = express();
  const url = await listen(createServer(app));
  const options = { ...testOptions(order.issuer), redis: order.redis, lifetimes: { code: 600 } }; // 60 seconds would be over soon
  oauth = createRouter(options, { clock: fastClock(order), random });
  app.use(oauth);
  app.get('/api/contacts', oauth.protect('read:contacts'), (_req, res) => void res.end());
  process.send?.(url);
});
process.send?.('ready');
