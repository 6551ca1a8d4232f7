import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { type TestServer, testServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await testServer();
});

afterAll(() => server.close());

describe('the JWK Set', () => {
  it('may be kept for five minutes, and be read by pages of any origin', async () => {
    await request(server.app)
      .get('/oauth/jwks')
      .expect(200)
      .expect('Content-Type', 'application/json; charset=utf-8')
      .expect('Cache-Control', 'public, max-age=300')
      .expect('Access-Control-Allow-Origin', '*');
  });

  it('has a key for each algorithm that is made by default, and of each key its public part alone', async () => {
    const { body } = await request(server.app).get('/oauth/jwks');
    const common = { alg: expect.any(String), kid: expect.any(String), use: 'sig' };
    expect(body).toEqual({
      keys: expect.arrayContaining([
        { ...common, kty: 'EC', crv: 'P-256', alg: 'ES256', x: expect.any(String), y: expect.any(String) },
        { ...common, kty: 'RSA', alg: 'RS256', n: expect.any(String), e: 'AQAB' },
      ]),
    });
  });

  it('has a new key as soon as there is one, and an old one no longer than it has to', async () => {
    const kids = async () => (await request(server.app).get('/oauth/jwks')).body.keys.map(({ kid }: { kid: string }) => kid) as string[];
    const before = await kids();
    await server.oauth.keys.rotate();
    const during = await kids();
    expect(during).toHaveLength(2 * before.length);
    expect(during).toEqual(expect.arrayContaining(before));
    server.sleep(30 * 86_400);
    await server.oauth.keys.rotate();
    expect((await kids()).filter((kid) => before.includes(kid))).toEqual([]);
  });

  it('is not written', async () => {
    const { status, headers } = await request(server.app).post('/oauth/jwks').type('form').send({ keys: '' });
    expect({ status, allow: headers.allow }).toEqual({ status: 405, allow: 'GET' });
  });
});
