/**
 * One process of startCluster for faults: an app with as many users as are wanted, all with one password; with a step after it, and a clock
 * that is wrong, where asked for.
 */
import { register } from 'node:module';

register('./typescript-hooks.js', import.meta.url);
const { testServer } = await import('./server.js');
const { totp } = await import('./steps.js');

const log = {
  /** @param {string} message */
  warn: (message) => console.log(`warn ${message}`),
  /** @param {string} message @param {unknown} cause */
  error: (message, cause) => console.log(`error ${message}`, cause),
};

process.on('disconnect', () => process.exit()); // a test that crashed leaves nobody behind

process.on('message', async (message) => {
  if (message === 'figures') {
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    process.send?.(JSON.stringify({ rss, heapUsed, handles: process.getActiveResourcesInfo().length }));
    return;
  }
  const {
    hasStep = false,
    ahead = 0,
    ...options
  } = /** @type {Record<string, unknown> & { hasStep?: boolean, ahead?: number }} */ (message);
  const users = {
    /** @param {{ username: string, password: string }} given */
    authenticate: ({ username, password }) => password === 'correct horse' && { id: username, name: username },
    ...(hasStep && { steps: [totp()] }),
  };
  const server = await testServer({
    options: /** @type {import('./server.js').TestServerOptions['options'] & {}} */ ({ users, log, ...options }),
    frozen: false,
  });
  server.sleep(ahead);
  process.send?.(server.url);
});
process.send?.('ready');
