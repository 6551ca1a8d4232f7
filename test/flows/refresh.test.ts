/** Refreshing: rotation, the grace time, reuse, scope, and the ends of an authorization. RFC 6749 section 6, RFC 9700 section 4.14. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OAuthRouterOptions } from '../../lib/config/options/index.js';
import { callApi, freshCode, spa, type TestServer, testServer, token, web } from '../support/server.js';

const day = 86_400; // seconds
const wide = { scope: 'read:contacts create:contacts' };

/** What was given out for a new code of this server. */
async function signedIn(server: TestServer, parameters: Readonly<Record<string, string>> = {}) {
  const { body } = await token(server.url, await freshCode(server.url, parameters));
  return { first: body.refresh_token ?? '', access_token: body.access_token ?? '' };
}

function refresher(server: TestServer) {
  return async (refresh_token: string | undefined, more: Readonly<Record<string, string>> = {}) =>
    (await token(server.url, { grant_type: 'refresh_token', refresh_token, ...more })).body;
}

describe('a refresh', () => {
  let server: TestServer;
  let refresh: ReturnType<typeof refresher>;

  beforeAll(async () => {
    server = await testServer();
    refresh = refresher(server);
  });

  afterAll(() => server.close());

  it('gives an access token that the API accepts, and another refresh token', async () => {
    const { first } = await signedIn(server);
    const body = await refresh(first);
    expect(body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 600,
      scope: 'read:contacts',
      refresh_token: expect.any(String),
    });
    expect(body.refresh_token).not.toBe(first);
    expect((await callApi(server.url, body.access_token)).status).toBe(200);
  });

  it('works again and again, with the newest token each time', async () => {
    const { first } = await signedIn(server);
    let newest: string | undefined = first;
    for (let times = 0; times < 5; times += 1) newest = (await refresh(newest)).refresh_token;
    expect((await refresh(newest)).access_token).toEqual(expect.any(String));
  });

  it('gives the same successor twice within the grace time', async () => {
    const { first } = await signedIn(server);
    const { refresh_token } = await refresh(first);
    server.sleep(30);
    expect((await refresh(first)).refresh_token).toBe(refresh_token);
  });

  it('gives the same successor to all who ask at once', async () => {
    const { first } = await signedIn(server);
    const bodies = await Promise.all(Array.from({ length: 10 }, () => refresh(first)));
    expect(new Set(bodies.map(({ refresh_token }) => refresh_token))).toEqual(new Set([expect.any(String)]));
  });

  it('leaves the successor good when it is repeated', async () => {
    const { first } = await signedIn(server);
    const { refresh_token } = await refresh(first);
    await refresh(first);
    expect((await refresh(refresh_token)).access_token).toEqual(expect.any(String));
  });

  it('gives a public client a new token without a secret', async () => {
    const client = { client_id: spa.client_id };
    const good = await freshCode(server.url, { ...client, redirect_uri: 'https://spa.example.com/callback' });
    const { body } = await token(server.url, { ...good, ...client });
    expect((await refresh(body.refresh_token, client)).refresh_token).toEqual(expect.any(String));
  });

  it('gives less where less is asked for', async () => {
    const { first } = await signedIn(server, wide);
    const { scope, access_token } = await refresh(first, { scope: 'read:contacts' });
    expect(scope).toBe('read:contacts');
    expect((await callApi(server.url, access_token, 'POST')).status).toBe(403);
  });

  it('gives all again the next time', async () => {
    const { first } = await signedIn(server, wide);
    const { refresh_token } = await refresh(first, { scope: 'read:contacts' });
    const { scope, access_token } = await refresh(refresh_token);
    expect(scope).toBe(wide.scope);
    expect((await callApi(server.url, access_token, 'POST')).status).toBe(201);
  });

  it('gives no more than what was allowed, and spends nothing on who asks for it', async () => {
    const { first } = await signedIn(server);
    expect((await refresh(first, wide)).error).toBe('invalid_scope');
    server.sleep(60);
    expect((await refresh(first)).scope).toBe('read:contacts');
  });

  it('gives no more than what was allowed within the grace time either', async () => {
    const { first } = await signedIn(server);
    await refresh(first);
    expect((await refresh(first, wide)).error).toBe('invalid_scope');
  });
});

describe('a refresh token that comes back later', () => {
  let server: TestServer;
  let refresh: ReturnType<typeof refresher>;

  beforeAll(async () => {
    server = await testServer();
    refresh = refresher(server);
  });

  afterAll(() => server.close());

  async function reused() {
    const { first, access_token } = await signedIn(server);
    const second = await refresh(first);
    server.sleep(31);
    return { error: (await refresh(first)).error, second, access_token };
  }

  it('is refused', async () => {
    expect((await reused()).error).toBe('invalid_grant');
  });

  it('ends its successor', async () => {
    const { second } = await reused();
    expect((await refresh(second.refresh_token)).error).toBe('invalid_grant');
  });

  it('ends the access tokens of every generation', async () => {
    const { second, access_token } = await reused();
    const statuses = [await callApi(server.url, access_token), await callApi(server.url, second.access_token)].map(({ status }) => status);
    expect(statuses).toEqual([401, 401]);
  });

  it('leaves the other authorizations of the user alone', async () => {
    const { first, access_token } = await signedIn(server);
    await reused();
    expect((await callApi(server.url, access_token)).status).toBe(200);
    expect((await refresh(first)).access_token).toEqual(expect.any(String));
  });

  it('is refused at once if it is two generations old', async () => {
    const { first } = await signedIn(server);
    const { refresh_token } = await refresh(first);
    const { access_token } = await refresh(refresh_token);
    expect((await refresh(first)).error).toBe('invalid_grant');
    expect((await callApi(server.url, access_token)).status).toBe(401);
  });

  it('is refused at once where there is no grace time', async () => {
    const strict = await testServer({ options: { lifetimes: { refreshGrace: 0 } } });
    const { first } = await signedIn(strict);
    await refresher(strict)(first);
    strict.sleep(1);
    const { error } = await refresher(strict)(first);
    await strict.close();
    expect(error).toBe('invalid_grant');
  });
});

describe('an authorization', () => {
  /** A server of its own, with a refresh token and what it answers to it so much later. */
  async function later(options: Partial<OAuthRouterOptions>, ...seconds: readonly number[]) {
    const server = await testServer({ options });
    let { first: newest } = await signedIn(server);
    let answer: Record<string, string> = {};
    for (const time of seconds) {
      server.sleep(time);
      answer = await refresher(server)(newest);
      newest = answer.refresh_token ?? '';
    }
    await server.close();
    return answer;
  }

  it('lives on for two weeks without a refresh', async () => {
    expect((await later({}, 14 * day - 1)).access_token).toEqual(expect.any(String));
  });

  it('ends after two weeks without a refresh', async () => {
    expect((await later({}, 14 * day)).error).toBe('invalid_grant');
  });

  it('has two more weeks by each refresh', async () => {
    expect((await later({}, 13 * day, 13 * day, 13 * day)).access_token).toEqual(expect.any(String));
  });

  it('ends after 90 days, however often it was refreshed', async () => {
    expect((await later({}, ...Array(8).fill(10 * day), 10 * day - 60)).access_token).toEqual(expect.any(String));
    expect((await later({}, ...Array(9).fill(10 * day))).error).toBe('invalid_grant');
  });

  it('is outlived by no access token', async () => {
    const { expires_in } = await later({ lifetimes: { authorization: 1_000, accessToken: 600 } }, 900);
    expect(expires_in).toBe(100);
  });

  it('ends on time without a refresh, even if its access tokens live longer', async () => {
    expect((await later({ lifetimes: { refreshToken: 60, accessToken: 600 } }, 60)).error).toBe('invalid_grant');
  });

  it('that has ended is not begun anew by its code', async () => {
    const server = await testServer({ options: { lifetimes: { authorization: 10, code: 60 } } });
    const good = await freshCode(server.url);
    server.sleep(10);
    const { body } = await token(server.url, good);
    await server.close();
    expect(body.error).toBe('invalid_grant');
  });

  it('ends, with its access tokens, when the account of the user is gone', async () => {
    let gone = false;
    const find = (sub: string) => (gone ? null : { id: sub });
    const server = await testServer({ options: { users: { authenticate: () => ({ id: 'alice' }), find } } });
    const { first, access_token } = await signedIn(server);
    gone = true;
    const { error } = await refresher(server)(first);
    gone = false;
    const { error: still } = await refresher(server)(first);
    const { status } = await callApi(server.url, access_token);
    await server.close();
    expect({ error, still, status }).toEqual({ error: 'invalid_grant', still: 'invalid_grant', status: 401 });
  });

  it('has no refresh token where the client is not registered for that grant', async () => {
    const server = await testServer({ options: { clients: [{ ...web, grant_types: ['authorization_code'] }] } });
    const { body } = await token(server.url, await freshCode(server.url));
    await server.close();
    expect(body).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 600, scope: 'read:contacts' });
  });
});
