/** The examples and sentences of RFC 7009 (token revocation). Different here: JSONP is not offered, which section 2.3 leaves open; CORS is. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StoreUnavailable } from '../../lib/errors.js';
import { deriveSecrets } from '../../lib/keys/secrets.js';
import { systemClock } from '../../lib/platform/clock.js';
import { memoryStore } from '../../lib/store/memory.js';
import { refreshToken } from '../../lib/tokens/refresh-token.js';
import { basic, type ExampleServer, exampleServer } from '../support/examples.js';
import { api, secret, web } from '../support/server.js';

const client = { client_id: 's6BhdRkqt3', client_secret: 'gX1fBat3bV and some more', redirect_uris: ['https://client.example.com/cb'] };
const other = { ...client, client_id: 'another', client_secret: web.client_secret };
const authorization = basic(client.client_id, client.client_secret);

let server: ExampleServer;

beforeAll(async () => {
  server = await exampleServer(
    {
      clients: [{ ...client, pkce: false }, other],
      users: { authenticate: () => ({ id: 'alice' }) },
      apis: { [api]: { scopes: { read: 'Read' } } },
    },
    'read',
  );
});

afterAll(() => server.close());

async function tokens() {
  const { parameters } = await server.authorize('response_type=code&client_id=s6BhdRkqt3&scope=read');
  const body = `grant_type=authorization_code&code=${parameters.code}&redirect_uri=https%3A%2F%2Fclient.example.com%2Fcb`;
  return (await server.post('/token', body, authorization)).body;
}

async function revoke(body: string, headers: Record<string, string> = authorization) {
  const form = { 'Content-Type': 'application/x-www-form-urlencoded', ...headers };
  const answer = await fetch(`${server.url}/revoke`, { method: 'POST', headers: form, body });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

const refresh = async (token: string | undefined) =>
  (await server.post('/token', `grant_type=refresh_token&refresh_token=${token}`, authorization)).status;

const callApi = async (token: string | undefined) =>
  (await fetch(`${server.url}/resource`, { headers: { Authorization: `Bearer ${token}` } })).status;

describe('section 2.1, the request', () => {
  it('is the example: a refresh token with its hint', async () => {
    const { refresh_token } = await tokens();
    expect((await revoke(`token=${refresh_token}&token_type_hint=refresh_token`)).status).toBe(200);
    expect(await refresh(refresh_token)).toBe(400);
  });

  it('"Implementations MUST support the revocation of refresh tokens and SHOULD support the revocation of access tokens"', async () => {
    const { access_token } = await tokens();
    expect(await callApi(access_token)).toBe(200);
    expect((await revoke(`token=${access_token}&token_type_hint=access_token`)).status).toBe(200);
    expect(await callApi(access_token)).toBe(401);
  });

  it('"If the server is unable to locate the token using the given hint, it MUST extend its search"', async () => {
    const { refresh_token } = await tokens();
    expect((await revoke(`token=${refresh_token}&token_type_hint=access_token`)).status).toBe(200);
    expect(await refresh(refresh_token)).toBe(400);
  });

  it('"The authorization server first validates the client credentials (in case of a confidential client)"', async () => {
    const { refresh_token } = await tokens();
    expect((await revoke(`token=${refresh_token}`, basic(client.client_id, 'wrong'))).status).toBe(401);
    expect((await revoke(`token=${refresh_token}&client_id=s6BhdRkqt3`, {})).status).toBe(401);
    expect(await refresh(refresh_token)).toBe(200);
  });

  it('"and then verifies whether the token was issued to the client making the revocation request. If this validation fails, the request is refused"', async () => {
    const { refresh_token, access_token } = await tokens();
    for (const token of [refresh_token, access_token]) {
      const { status, text } = await revoke(`token=${token}`, basic(other.client_id, other.client_secret));
      expect([status, JSON.parse(text)]).toEqual([400, { error: 'invalid_grant', error_description: expect.any(String) }]);
    }
    expect([await refresh(refresh_token), await callApi(access_token)]).toEqual([200, 200]);
  });

  it('"The invalidation takes place immediately, and the token cannot be used again after the revocation"', async () => {
    const { access_token } = await tokens();
    await revoke(`token=${access_token}`);
    expect([await callApi(access_token), await callApi(access_token)]).toEqual([401, 401]);
  });

  it('"If the particular token is a refresh token … the authorization server SHOULD also invalidate all access tokens based on the same authorization grant"', async () => {
    const first = await tokens();
    const body = `grant_type=refresh_token&refresh_token=${first.refresh_token}`;
    const second = (await server.post('/token', body, authorization)).body;
    await revoke(`token=${second.refresh_token}`);
    expect([await callApi(first.access_token), await callApi(second.access_token)]).toEqual([401, 401]);
  });

  it('"If the token passed to the request is an access token, the server MAY revoke the respective refresh token as well": it does not', async () => {
    const { access_token, refresh_token } = await tokens();
    await revoke(`token=${access_token}`);
    expect(await refresh(refresh_token)).toBe(200);
  });
});

describe('section 2.2, the answer', () => {
  it('"HTTP status code 200 if the token has been revoked successfully or if the client submitted an invalid token"', async () => {
    const { refresh_token } = await tokens();
    const answers = [
      await revoke(`token=${refresh_token}`),
      await revoke(`token=${refresh_token}`),
      await revoke('token=45ghiukldjahdnhzdauz'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  it('"The content of the response body is ignored by the client": there is none', async () => {
    expect((await revoke('token=45ghiukldjahdnhzdauz&token_type_hint=refresh_token')).text).toBe('');
  });

  it('"An invalid token type hint value is ignored by the authorization server"', async () => {
    const { refresh_token } = await tokens();
    expect((await revoke(`token=${refresh_token}&token_type_hint=pct%00`)).status).toBe(200);
    expect(await refresh(refresh_token)).toBe(400);
  });
});

describe('section 2.2.1, errors', () => {
  it('are those of RFC 6749 section 5.2', async () => {
    const { status, text, headers } = await revoke('token_type_hint=refresh_token');
    expect([status, JSON.parse(text).error, headers.get('cache-control')]).toEqual([400, 'invalid_request', 'no-store']);
  });

  it('"If the server responds with HTTP status code 503, the client must assume the token still exists … may include a Retry-After"', async () => {
    const store = memoryStore(systemClock);
    const get = () => Promise.reject(new StoreUnavailable('It is away.'));
    const away = await exampleServer({ store: { ...store, get }, clients: [client], log: { warn: () => {}, error: () => {} } });
    const token = refreshToken('AAAAAAAAAAAAAAAAAAAAAA', 1, deriveSecrets([secret]));
    const answer = await away.post('/revoke', `token=${token}`, authorization);
    expect([answer.status, answer.headers.get('retry-after'), answer.body.error]).toEqual([503, '5', 'temporarily_unavailable']);
    await away.close();
  });
});

describe('section 2.3, cross-origin support', () => {
  it('"MAY support … Cross-Origin Resource Sharing"', async () => {
    const headers = { Origin: 'https://client.example.com', 'Access-Control-Request-Method': 'POST' };
    const preflight = await fetch(`${server.url}/revoke`, { method: 'OPTIONS', headers });
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(
      (await revoke('token=x', { ...authorization, Origin: 'https://client.example.com' })).headers.get('access-control-allow-origin'),
    ).toBe('*');
  });

  it('has no "callback" (JSONP)', async () => {
    expect((await revoke('token=x&callback=package.myCallback')).text).toBe('');
    expect((await fetch(`${server.url}/revoke?token=x&callback=package.myCallback`)).status).toBe(405);
  });
});

describe('section 5, security considerations', () => {
  it('"a malicious client may attempt to guess valid tokens": an answer to a guess is the same as to one that was good', async () => {
    const { refresh_token } = await tokens();
    await revoke(`token=${refresh_token}`);
    const [guess, known] = [await revoke('token=guess'), await revoke(`token=${refresh_token}`)];
    expect([guess.status, guess.text]).toEqual([known.status, known.text]);
  });
});
