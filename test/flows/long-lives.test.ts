/** What was given long ago, or under other options, still ends when it should. RFC 6749 section 6, RFC 7009. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../lib/platform/clock.js';
import { memoryStore } from '../../lib/store/memory.js';
import { Agent } from '../support/agent.js';
import {
  api,
  authorizeUrl,
  callApi,
  form,
  freshCode,
  openConsent,
  pkce,
  type TestServer,
  type TestServerOptions,
  testServer,
  token,
  web,
} from '../support/server.js';

const day = 86_400; // seconds
const calendar = 'https://api.example.com/calendar';
const old = { ...web, grant_types: ['authorization_code', 'refresh_token', 'password'] };
const asked = { grant_type: 'password', username: 'alice', password: 'correct horse', scope: 'read:contacts' };
const scopes = { 'read:contacts': 'See your contacts', 'create:contacts': 'Add contacts' };

const servers: TestServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function start(options: TestServerOptions['options'], more: Omit<TestServerOptions, 'options'> = {}): Promise<TestServer> {
  const server = await testServer({ options: { clients: [old], ...options }, ...more });
  servers.push(server);
  return server;
}

const refresh = ({ url }: TestServer, refresh_token: string | undefined, more: Record<string, string> = {}) =>
  token(url, { grant_type: 'refresh_token', refresh_token, ...more });

describe('what a user allowed without an authorization endpoint', () => {
  it('is listed, and ends, however long it has been refreshed', async () => {
    const server = await start({});
    let { body } = await token(server.url, asked);
    for (const _ of [1, 2, 3]) {
      server.sleep(10 * day);
      body = (await refresh(server, body.refresh_token)).body;
    }
    expect(await server.oauth.authorizations.of('alice')).toHaveLength(1);
    expect(await server.oauth.authorizations.revokeAll('alice')).toBe(1);
    expect((await refresh(server, body.refresh_token)).body.error).toBe('invalid_grant');
    server.sleep(1);
    expect((await callApi(server.url, body.access_token)).status).toBe(401);
  });

  it('is listed for a user with a number for a name', async () => {
    const server = await start({ users: { authenticate: () => ({ id: 7 }) } });
    await token(server.url, asked);
    expect(await server.oauth.authorizations.of(7)).toHaveLength(1);
    expect(await server.oauth.authorizations.revokeAll(7)).toBe(1);
  });

  it('is given to no user who is called like the client', async () => {
    const server = await start({ users: { authenticate: () => ({ id: 'web' }) }, log: { warn: () => {}, error: () => {} } });
    expect(await token(server.url, asked)).toMatchObject({ status: 500, body: { error: 'server_error' } });
  });
});

describe('a token that was made to live longer than those of today', () => {
  it('stays revoked for all its life', async () => {
    const issuer = 'http://localhost:1';
    let ahead = 0;
    const store = memoryStore(() => systemClock() + ahead);
    const before = await start({ store, lifetimes: { accessToken: day }, issuer });
    const { body } = await token(before.url, asked);
    const after = await start({ store, issuer });
    const ask = async () => (await callApi(after.url, body.access_token)).status;
    expect(await ask()).toBe(200);
    await fetch(`${after.url}/oauth/revoke`, {
      method: 'POST',
      body: form({ token: body.access_token, client_id: web.client_id, client_secret: web.client_secret }),
    });
    ahead = 700;
    after.sleep(700);
    expect(await ask()).toBe(401);
    ahead += 10_000;
    after.sleep(10_000);
    expect(await ask()).toBe(401);
  });
});

describe('what was taken out of the options', () => {
  const both = { [api]: { scopes }, [calendar]: { scopes: { 'read:calendar': 'See your calendar' } } };
  const issuer = 'http://localhost:1';

  async function allowedAt(apis: typeof both) {
    const store = memoryStore(systemClock);
    const server = await start({ store, issuer, apis });
    const parameters = { scope: 'read:contacts create:contacts' };
    const { body } = await token(server.url, await freshCode(server.url, parameters));
    return { store, refresh_token: body.refresh_token };
  }

  it('is not given any more: a scope of the client', async () => {
    const { store, refresh_token } = await allowedAt(both);
    const server = await start({ store, issuer, apis: both, clients: [{ ...old, scope: 'read:contacts' }] });
    expect((await refresh(server, refresh_token)).body.scope).toBe('read:contacts');
  });

  it('is not given any more: a scope of the API', async () => {
    const { store, refresh_token } = await allowedAt(both);
    const elsewhere = { 'https://routes.example.com': { scopes: { 'create:contacts': 'Add contacts' } } };
    const server = await start({ store, issuer, apis: { [api]: { scopes: { 'read:contacts': 'See your contacts' } }, ...elsewhere } });
    expect((await refresh(server, refresh_token)).body.scope).toBe('read:contacts');
  });

  it('is not given any more: the API', async () => {
    const { store, refresh_token } = await allowedAt(both);
    const routes = { 'https://routes.example.com': { scopes } }; // which the test server's own routes ask for
    const server = await start({ store, issuer, apis: { [calendar]: both[calendar], ...routes } });
    expect((await refresh(server, refresh_token)).body.error).toBe('invalid_grant');
  });
});

describe('who unticks all that an API is for', () => {
  const optional = { [api]: { scopes: { 'read:contacts': { description: 'See', optional: true }, 'create:contacts': 'Add' } } };

  it('gives no token for that API', async () => {
    const server = await start({ apis: optional });
    const { code_verifier, code_challenge } = pkce();
    const agent = new Agent(server.url);
    const { ticket, _csrf } = await openConsent(
      agent,
      undefined,
      authorizeUrl(server.url, code_challenge, { scope: 'openid read:contacts' }),
    );
    const answer = await agent.post('/oauth/consent', { ticket, _csrf, decision: 'allow' });
    const code = new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? undefined;
    const { body } = await token(server.url, { grant_type: 'authorization_code', code, code_verifier });
    expect(body.scope).toBe('openid');
    server.app.get('/any', server.oauth.protect(), (_req, res) => void res.send('in'));
    expect((await fetch(`${server.url}/any`, { headers: { Authorization: `Bearer ${body.access_token}` } })).status).toBe(401);
  });
});
