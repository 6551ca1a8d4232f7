import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type TestServer, testServer, token, web } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await testServer({ options: { clients: [web, { ...web, client_id: 'other' }] } });
});

afterAll(() => server.close());

const as = (client_secret: string, client_id = 'web') => token(server.url, { grant_type: 'x', client_id, client_secret });

it('a hundred guesses in a minute are let through, and then not even the right secret is looked at', async () => {
  for (let i = 0; i < 100; i += 1) expect((await as(`a wrong secret, number ${i}`)).status).toBe(401);
  const late = await as(web.client_secret);
  expect([late.status, late.body.error, late.headers.get('retry-after')]).toEqual([429, 'invalid_client', '60']);
  expect((await as(web.client_secret, 'other')).body.error).toBe('unsupported_grant_type');
  server.sleep(60);
  expect((await as(web.client_secret)).body.error).toBe('unsupported_grant_type');
});
