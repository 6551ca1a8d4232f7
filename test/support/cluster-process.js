/** One process of cluster.ts: starts an Express app with an oauthRouter for each message with options, and answers with its URL. */
import { register } from 'node:module';

register('./typescript-hooks.js', import.meta.url);
const { testServer } = await import('./server.js');

process.on('disconnect', () => process.exit()); // a test that crashed leaves nobody behind

process.on('message', async (options) => {
  // Time passes: each process reads once a second what has ended at the others.
  const { url } = await testServer({
    options: /** @type {import('./server.js').TestServerOptions['options'] & {}} */ (options),
    frozen: false,
  });
  process.send?.(url);
});
process.send?.('ready');
