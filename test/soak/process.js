/** The server of a soak: one process with everything that its flows need, which tells of its memory when it is asked. */
import { register } from 'node:module';

register('../support/typescript-hooks.js', import.meta.url);
const { testServer, testOptions, alice } = await import('../support/server.js');

process.on('disconnect', () => process.exit()); // a run that crashed leaves nobody behind

process.on('message', async (/** @type {{ redis: string, lifetimes?: object } | 'sample'} */ message) => {
  if (message === 'sample') return void process.send?.(sample());
  const { clients } = testOptions('');
  const { url } = await testServer({
    frozen: false,
    options: {
      ...message,
      log: { warn: () => {}, error: (text, cause) => console.error(text, cause) },
      clients: [
        ...clients,
        { client_id: 'machine', client_secret: 'the secret of the web client', grant_types: ['client_credentials'] },
        { client_id: 'forgetful', client_secret: 'the secret of the web client', grant_types: [] },
        {
          client_id: 'api',
          client_secret: 'the secret of the web client',
          grant_types: [],
          introspects: ['https://api.example.com/contacts'],
        },
      ],
      users: {
        authenticate: ({ username, password }) => password === alice.password && { id: username, name: username },
        find: (sub) => ({ sub, name: sub }),
      },
      registration: { quota: 1_000_000, perHour: 1_000_000, lifetime: 3_600 },
      limits: { loginAddress: 1_000_000, client: 1_000_000 }, // all users come from one address
    },
  });
  process.send?.(url);
});
process.send?.('ready');

function sample() {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return { rss, heapUsed, handles: process.getActiveResourcesInfo().length };
}
