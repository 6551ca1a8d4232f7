import { expect, it } from '@jest/globals';
import { createIntrospection } from '../../lib/resource-server/introspection.js';

const now = 1_700_000_000;
const issuer = 'https://issuer.example.com';
const audience = 'https://api.example.com';
const active = { active: true, iss: issuer, aud: audience, sub: 'alice', client_id: 'web', scope: 'read', exp: now + 3_600 };

it('a good token is still remembered when thousands were made up since', async () => {
  const asked: string[] = [];
  const introspect = createIntrospection({
    ...{ issuer, audience, client_id: 'api', client_secret: 'the secret of the API', cacheFor: 3_600, clockTolerance: 10 },
    endpoint: async () => `${issuer}/introspect`,
    fetch: async (_url, init) => {
      const token = String(new URLSearchParams(String(init?.body)).get('token'));
      asked.push(token);
      return Response.json(token === 'good' ? active : { active: false });
    },
    clock: () => now,
    log: { warn: () => {}, error: () => {} },
  });
  const options = { strict: false };
  await introspect('good', options);
  for (let i = 0; i < 5_001; i += 1) await introspect(`made-up-${i}`, options).catch(() => {});
  await expect(introspect('good', options)).resolves.toMatchObject({ sub: 'alice' });
  expect([asked.length, asked.filter((token) => token === 'good').length]).toEqual([5_002, 1]);
});
