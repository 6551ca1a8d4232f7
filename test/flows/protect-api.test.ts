/** An API in another process than its authorization server. RFC 9068 section 4, RFC 7517. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RequestHandler } from 'express';
import { type ProtectedApi, startProtectedApi } from '../support/protected-api.js';
import { api, freshCode, type TestServer, testServer, token } from '../support/server.js';

let server: TestServer;
let there: ProtectedApi;
/** What the API has asked the server for. */
let asked: string[];
let isDown: boolean;

beforeEach(async () => {
  asked = [];
  isDown = false;
  const watch: RequestHandler = (req, res, next) => {
    if (isDown) return void res.destroy();
    if (/jwks|well-known/.test(req.path)) asked.push(req.path);
    next();
  };
  server = await testServer({ before: [watch], options: { lifetimes: { accessToken: 2 * 86_400 } } });
  there = await startProtectedApi({ issuer: server.url, audience: api, scopes: ['read:contacts', 'create:contacts'] });
});

afterEach(async () => {
  await there.close();
  await server.close();
});

async function accessToken(): Promise<string> {
  return (await token(server.url, await freshCode(server.url))).body.access_token ?? '';
}

/** As the header and signature of an attacker, who has made up the name of a key. */
function withKid(access_token: string, kid: string): string {
  const [, claims, signature] = access_token.split('.');
  return `${Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid })).toString('base64url')}.${claims}.${signature}`;
}

describe('an API in another process', () => {
  it('lets in who has a token of the server, and says who it is', async () => {
    const access_token = await accessToken();
    const answer = await there.call(access_token);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      sub: 'alice',
      clientId: 'web',
      scopes: ['read:contacts'],
      token: access_token,
      resource: api,
    });
  });

  it('asks for metadata and keys once, however many come', async () => {
    const access_token = await accessToken();
    const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await there.call(access_token)).status));
    expect([new Set(statuses), asked]).toEqual([new Set([200]), ['/.well-known/oauth-authorization-server', '/oauth/jwks']]);
  });

  it('asks for keys once more at most, whatever number of keys is made up', async () => {
    const access_token = await accessToken();
    await there.call(access_token);
    await there.sleep(31);
    asked.length = 0;
    const flood = Array.from({ length: 50 }, async (_, i) => (await there.call(withKid(access_token, `key ${i}`))).status);
    expect([new Set(await Promise.all(flood)), asked]).toEqual([new Set([401]), ['/oauth/jwks']]);
  });

  it('follows the rotation of keys, and knows the old ones still', async () => {
    const before = await accessToken();
    expect((await there.call(before)).status).toBe(200);
    await server.oauth.keys.rotate();
    server.sleep(421);
    await there.sleep(421);
    const after = await accessToken();
    const kidOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString()).kid;
    expect(kidOf(after)).not.toBe(kidOf(before));
    expect([(await there.call(after)).status, (await there.call(before)).status]).toEqual([200, 200]);
  });

  it('stays up for a day while the server is down, then says so, and comes back with it', async () => {
    const access_token = await accessToken();
    const statusAfter = async (seconds: number) => {
      await there.sleep(seconds);
      return (await there.call(access_token)).status;
    };
    expect(await statusAfter(0)).toBe(200);
    isDown = true;
    expect([await statusAfter(3_600), await statusAfter(3_600), await statusAfter(72_000)]).toEqual([200, 200, 200]);
    expect(await statusAfter(7_200)).toBe(503);
    expect(there.output.match(/The \w+ of \S+ cannot be had/g)).toHaveLength(2); // metadata and keys; not a line for each request
    isDown = false;
    expect(await statusAfter(5)).toBe(200);
  });

  it('says that it cannot know, where the server was never up', async () => {
    const access_token = await accessToken();
    isDown = true;
    const answer = await there.call(access_token);
    expect({
      status: answer.status,
      retryAfter: answer.headers.get('retry-after'),
      challenge: answer.headers.get('www-authenticate'),
      body: await answer.json(),
    }).toEqual({
      status: 503,
      retryAfter: '5',
      challenge: null,
      body: { error: 'temporarily_unavailable', error_description: expect.any(String) },
    });
  });
});
