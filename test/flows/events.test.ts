/** `oauth.on`: each event at its moment, joined by identifiers, with no secret in it, and no harm done by who listens. */
import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import express from 'express';
import { decodeJwt } from 'jose';
import type { OAuthEvent } from '../../lib/model/events.js';
import { createRouter } from '../../lib/router.js';
import { Agent, formField } from '../support/agent.js';
import { type Recorder, record } from '../support/events.js';
import {
  alice,
  api,
  authorizeUrl,
  form,
  freshCode,
  listen,
  openConsent,
  openPage,
  pkce,
  postLogin,
  spa,
  type TestServer,
  testOptions,
  testServer,
  token,
  web,
} from '../support/server.js';

const machine = { client_id: 'machine', client_secret: 'the secret of the machine', grant_types: ['client_credentials'] };
const old = { ...web, client_id: 'old', grant_types: ['authorization_code', 'password', 'implicit'], response_types: ['code', 'token'] };
const basic = { ...web, client_id: 'basic', token_endpoint_auth_method: 'client_secret_basic' };

let server: TestServer;
let events: Recorder;
let accounts: Set<string>;

beforeAll(async () => {
  const options = testOptions('');
  server = await testServer({
    options: {
      clients: [web, spa, machine, old, basic],
      users: { authenticate: options.users.authenticate, find: (sub: string) => (accounts.has(sub) ? { id: sub } : null) } as never,
      log: { warn: () => {}, error: () => {} },
    },
  });
  events = record(server.oauth);
});

beforeEach(async () => {
  accounts = new Set(['alice', 'bob']);
  await events.take();
});

afterAll(() => server.close());

const start = (parameters: Readonly<Record<string, string | undefined>> = {}) => authorizeUrl('', pkce().code_challenge, parameters);
const namesOf = (all: readonly OAuthEvent[]) => all.map(({ name }) => name);
const refresh = (refresh_token: string | undefined) => token(server.url, { grant_type: 'refresh_token', refresh_token });
const ofAlice = { client_id: 'web', sub: 'alice' };
const here = { time: expect.any(Number), address: '127.0.0.1' };

describe('a user', () => {
  it('who signs in, allows and gets the client its tokens, is told of in this order', async () => {
    const { body } = await token(server.url, await freshCode(server.url));
    const all = await events.take();
    const { jti, exp } = decodeJwt(body.access_token as string);
    const authorization = jti?.split('.')[0];
    const sid = expect.any(String);
    expect(all).toEqual([
      { name: 'login.succeeded', ...here, ...ofAlice, via: 'login page', sid },
      { name: 'consent.given', ...here, ...ofAlice, audiences: [api], scope: ['read:contacts'], added: ['read:contacts'] },
      {
        ...{ name: 'code.issued', ...here, ...ofAlice, authorization, audiences: [api], scope: ['read:contacts'], sid },
        redirect_uri: web.redirect_uris[0],
      },
      {
        ...{ name: 'token.issued', ...here, ...ofAlice, authorization, audience: api, scope: ['read:contacts'], jti, exp },
        ...{ grant_type: 'authorization_code', refresh: true },
      },
    ]);
    const [login, , code] = all as [OAuthEvent<'login.succeeded'>, unknown, OAuthEvent<'code.issued'>];
    expect(code.sid).toBe(login.sid);
  });

  it('whose password is wrong is told of without the name that was typed', async () => {
    await postLogin(new Agent(server.url), { username: 'alice', password: 'wrong' });
    expect(await events.take()).toEqual([{ name: 'login.failed', ...here, client_id: 'web', via: 'login page' }]);
  });

  it('who says no is told of, and the client is', async () => {
    const agent = new Agent(server.url);
    const { ticket, _csrf } = await openConsent(agent, alice, start({ scope: 'create:contacts' }));
    await events.take();
    await agent.post('/oauth/consent', { ticket, _csrf, decision: 'deny' });
    expect(await events.take()).toEqual([
      { name: 'consent.refused', ...here, ...ofAlice, audiences: [api], scope: ['create:contacts'] },
      {
        name: 'request.refused',
        ...here,
        client_id: 'web',
        endpoint: 'authorize',
        error: 'access_denied',
        description: 'The user said no.',
      },
    ]);
  });

  it('who agrees to more is told of with what is new', async () => {
    const agent = new Agent(server.url);
    await freshCode(server.url, { client_id: 'spa', redirect_uri: spa.redirect_uris[0] }, agent);
    await events.take();
    await freshCode(
      server.url,
      { client_id: 'spa', redirect_uri: spa.redirect_uris[0], scope: 'read:contacts create:contacts openid' },
      agent,
    );
    const { scope, added } = await events.takeOne('consent.given');
    expect({ scope, added }).toEqual({ scope: ['read:contacts', 'create:contacts', 'openid'], added: ['create:contacts', 'openid'] });
  });

  it('who signs out is told of with the session that ended', async () => {
    const agent = new Agent(server.url);
    await postLogin(agent);
    const { sid } = await events.takeOne('login.succeeded');
    const html = await (await agent.get('/oauth/sign-out')).text();
    await agent.post('/oauth/sign-out', { _csrf: formField(html, '_csrf') });
    expect(await events.take()).toEqual([{ name: 'logout', ...here, sub: 'alice', sid }]);
  });

  it('who was not signed in does not sign out', async () => {
    const agent = new Agent(server.url);
    await postLogin(agent);
    const html = await (await agent.get('/oauth/sign-out')).text();
    agent.cookies.delete('oauth_session');
    await events.take();
    await agent.post('/oauth/sign-out', { _csrf: formField(html, '_csrf') });
    expect(await events.take()).toEqual([]);
  });

  it('whose login page was open for too long is told of', async () => {
    const agent = new Agent(server.url);
    const { ticket } = await openPage(agent, start());
    server.sleep(3_601);
    await agent.get(`/oauth/login?${new URLSearchParams({ ticket })}`);
    expect(await events.takeOne('request.refused')).toMatchObject({ endpoint: 'authorize', error: 'access_denied', client_id: 'web' });
  });

  it('whose link to a page is damaged is told of with the reason', async () => {
    await new Agent(server.url).get('/oauth/login?ticket=x');
    expect(await events.takeOne('request.refused')).toMatchObject({ endpoint: 'login', description: expect.stringMatching(/damaged/) });
  });
});

describe('tokens', () => {
  it('are refreshed, and then issued', async () => {
    const { body } = await token(server.url, await freshCode(server.url));
    const { authorization } = await events.takeOne('token.issued');
    await refresh(body.refresh_token);
    await refresh(body.refresh_token);
    expect(await events.take()).toMatchObject([
      { name: 'token.refreshed', authorization, ...ofAlice, repeated: false },
      { name: 'token.issued', authorization, ...ofAlice, grant_type: 'refresh_token', refresh: true },
      { name: 'token.refreshed', authorization, ...ofAlice, repeated: true },
      { name: 'token.issued', authorization, ...ofAlice, grant_type: 'refresh_token', refresh: true },
    ]);
  });

  it('are replayed as codes, which ends the authorization', async () => {
    const code = await freshCode(server.url);
    await token(server.url, code);
    const { authorization } = await events.takeOne('token.issued');
    await token(server.url, code);
    expect(await events.take()).toMatchObject([
      { name: 'token.replayed', kind: 'code', authorization, ...ofAlice },
      { name: 'authorization.ended', reason: 'code replayed', authorization, ...ofAlice },
      { name: 'request.refused', endpoint: 'token', error: 'invalid_grant', client_id: 'web' },
    ]);
  });

  it('are replayed as refresh tokens, which ends the authorization', async () => {
    const { body } = await token(server.url, await freshCode(server.url));
    const { authorization } = await events.takeOne('token.issued');
    await refresh(body.refresh_token);
    server.sleep(31);
    await events.take();
    await refresh(body.refresh_token);
    expect(await events.take()).toMatchObject([
      { name: 'token.replayed', kind: 'refresh_token', authorization, ...ofAlice },
      { name: 'authorization.ended', reason: 'refresh token replayed', authorization, ...ofAlice },
      { name: 'request.refused', endpoint: 'token', error: 'invalid_grant' },
    ]);
  });

  it('end with the account', async () => {
    const { body } = await token(server.url, await freshCode(server.url));
    accounts.clear();
    await events.take();
    await refresh(body.refresh_token);
    expect(namesOf(await events.take())).toEqual(['authorization.ended', 'request.refused']);
  });

  it('are given back: an access token alone, a refresh token with all that was allowed', async () => {
    const { body } = await token(server.url, await freshCode(server.url));
    const { authorization, jti } = await events.takeOne('token.issued');
    const giveBack = (text: string | undefined) =>
      fetch(`${server.url}/oauth/revoke`, {
        method: 'POST',
        body: form({ token: text, client_id: 'web', client_secret: web.client_secret }),
      });
    await giveBack(body.access_token);
    expect(await events.take()).toMatchObject([{ name: 'token.revoked', kind: 'access_token', authorization, jti, ...ofAlice }]);
    await giveBack(body.refresh_token);
    expect(await events.take()).toMatchObject([
      { name: 'authorization.ended', reason: 'revoked by client', authorization, ...ofAlice },
      { name: 'token.revoked', kind: 'refresh_token', authorization, ...ofAlice },
    ]);
  });

  it('end where the user removes the app, and its consent', async () => {
    const agent = new Agent(server.url);
    await token(server.url, await freshCode(server.url, {}, agent));
    const { authorization } = await events.takeOne('token.issued');
    const html = await (await agent.get('/oauth/apps')).text();
    await agent.post('/oauth/apps', { _csrf: formField(html, '_csrf'), client_id: 'web' });
    const told = await events.take();
    expect(told[0]).toMatchObject({ name: 'consent.withdrawn', ...here, ...ofAlice });
    expect(told).toContainEqual({ name: 'authorization.ended', reason: 'removed by user', authorization, ...here, ...ofAlice });
  });

  it('end where the host ends all, which comes from no address', async () => {
    await token(server.url, await freshCode(server.url));
    const { authorization } = await events.takeOne('token.issued');
    await server.oauth.authorizations.revokeAll('alice');
    const time = expect.any(Number);
    const told = await events.take();
    expect(told).toContainEqual({ name: 'consent.withdrawn', time, ...ofAlice });
    expect(told).toContainEqual({ name: 'authorization.ended', reason: 'ended by host', authorization, time, ...ofAlice });
  });

  it('for a machine name no authorization, as no user allowed anything', async () => {
    const { client_id, client_secret } = machine;
    await token(server.url, { grant_type: 'client_credentials', client_id, client_secret, scope: 'read:contacts' });
    const event = await events.takeOne('token.issued');
    expect(event).toMatchObject({ client_id, sub: client_id, grant_type: 'client_credentials', refresh: false });
    expect(event).not.toHaveProperty('authorization');
  });

  it('for a password come after the login, or after its failure not at all', async () => {
    const { client_id, client_secret } = old;
    const asked = { grant_type: 'password', client_id, client_secret, username: 'alice', scope: 'read:contacts' };
    await token(server.url, { ...asked, password: alice.password });
    await token(server.url, { ...asked, password: 'wrong' });
    expect(await events.take()).toMatchObject([
      { name: 'login.succeeded', client_id, sub: 'alice', via: 'password grant' },
      { name: 'token.issued', client_id, sub: 'alice', grant_type: 'password' },
      { name: 'login.failed', client_id, via: 'password grant' },
      { name: 'request.refused', client_id, error: 'invalid_grant' },
    ]);
  });

  it('in the answer of the authorization endpoint are told of too', async () => {
    const agent = new Agent(server.url);
    const { ticket, _csrf } = await openConsent(agent, alice, start({ client_id: old.client_id, response_type: 'token' }));
    await agent.post('/oauth/consent', { ticket, _csrf, decision: 'allow' });
    expect(await events.takeOne('token.issued')).toMatchObject({
      client_id: 'old',
      grant_type: 'implicit',
      authorization: expect.any(String),
    });
  });
});

describe('a client', () => {
  const basicOf = (text: string) => ({ Authorization: `Basic ${Buffer.from(text).toString('base64')}` });

  it.each<readonly [string, Record<string, string>, Record<string, string>, object]>([
    ['client_unknown', { client_id: 'wep', client_secret: 'x' }, {}, { client_id: 'wep', explanation: { asked: 'wep', nearest: 'web' } }],
    ['secret_wrong', { client_id: 'web', client_secret: 'x' }, {}, { client_id: 'web' }],
    ['secret_wrong', {}, basicOf('web:x'), { client_id: 'web' }],
    ['auth_method_mismatch', { client_id: 'web' }, {}, { client_id: 'web', explanation: { asked: 'none' } }],
    ['auth_method_mismatch', { client_id: 'spa', client_secret: 'x' }, {}, { client_id: 'spa', explanation: { fitting: ['none'] } }],
    [
      'auth_method_mismatch',
      { client_id: 'basic', client_secret: web.client_secret },
      {},
      { explanation: { asked: 'client_secret_post', fitting: ['client_secret_basic'], nearest: 'client_secret_basic' } },
    ],
    ['credentials_malformed', {}, basicOf('no colon'), {}],
    ['not_authenticated', {}, { Authorization: 'Negotiate x' }, {}],
  ])('is refused: %s, for %j', async (reason, parameters, headers, more) => {
    await token(server.url, { grant_type: 'authorization_code', code: 'x', ...parameters }, headers);
    expect(await events.take()).toEqual([expect.objectContaining({ name: 'client.refused', endpoint: 'token', reason })]);
    await token(server.url, { grant_type: 'authorization_code', code: 'x', ...parameters }, headers);
    expect(await events.takeOne('client.refused')).toMatchObject(more);
  });

  it.each(['x'.repeat(256), 'a\u00e9', '\u202eweb'])('whose name could be none is not named: %j', async (client_id) => {
    await token(server.url, { grant_type: 'authorization_code', client_id, client_secret: 'x' });
    expect(await events.takeOne('client.refused')).not.toHaveProperty('client_id');
  });

  it('whose request is refused is told of with all that its developer would be told', async () => {
    await new Agent(server.url).get(start({ scope: 'read:contact' }));
    expect(await events.take()).toEqual([
      {
        ...{ name: 'request.refused', ...here, endpoint: 'authorize', client_id: 'web', error: 'invalid_scope' },
        description: expect.stringMatching(/Asked for: read:contact\. Nearest: read:contacts\./),
        explanation: expect.objectContaining({ what: 'scope', asked: 'read:contact', nearest: 'read:contacts', source: 'known' }),
      },
    ]);
  });

  it('whose body cannot be read is told of', async () => {
    await fetch(`${server.url}/oauth/token`, { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } });
    expect(await events.takeOne('request.refused')).toMatchObject({ endpoint: 'token', explanation: { what: 'Content-Type' } });
  });
});

describe('a login at the host', () => {
  it('is told of when the host hands its user over', async () => {
    const current = ({ headers }: { headers: { cookie?: string | undefined } }) =>
      headers.cookie?.includes('host=alice') ? { id: 'alice' } : null;
    const other = await testServer({ options: { users: { current, loginUrl: '/login' } } });
    other.app.get('/login', async (req, res) => {
      res.cookie('host', 'alice');
      await other.oauth.resume(req, res, { id: 'alice' });
    });
    const heard = record(other.oauth);
    await freshCode(other.url, {}, new Agent(other.url));
    await other.close();
    expect((await heard.take()).slice(0, 2)).toEqual([
      { name: 'login.succeeded', ...here, ...ofAlice, via: 'host' },
      expect.objectContaining({ name: 'consent.given', ...ofAlice }),
    ]);
  });
});

describe('a key', () => {
  it('that succeeds another is told of; the first ones and the address are not', async () => {
    const other = await testServer();
    const heard = record(other.oauth);
    const before = (await (await fetch(`${other.url}/oauth/jwks`)).json()) as { keys: { kid: string }[] };
    expect(await heard.take()).toEqual([]);
    await other.oauth.keys.rotate();
    const after = (await (await fetch(`${other.url}/oauth/jwks`)).json()) as { keys: { kid: string; alg: string }[] };
    await other.close();
    const added = after.keys.filter(({ kid }) => !before.keys.some((key) => key.kid === kid));
    const rotated = await heard.take();
    expect(added.length).toBeGreaterThan(0);
    expect(rotated).toEqual(
      expect.arrayContaining(added.map(({ kid, alg }) => ({ name: 'key.rotated', time: expect.any(Number), kid, alg }))),
    );
    expect(rotated).toHaveLength(added.length);
  });
});

describe('the address', () => {
  const forwarded = { 'X-Forwarded-For': '203.0.113.7' };

  it.each([
    ['the proxy’s word, where the host trusts it', true, '203.0.113.7'],
    ['the other end of the connection, where it does not', false, '127.0.0.1'],
  ])('is %s', async (_, trusted, address) => {
    const app = express();
    app.set('trust proxy', trusted);
    const other = await testServer({ app });
    const heard = record(other.oauth);
    await token(other.url, { client_id: 'nobody' }, forwarded);
    await other.close();
    expect(await heard.takeOne('client.refused')).toMatchObject({ address });
  });

  it('is that of the connection without Express, too', async () => {
    const listener = createServer((req, res) => oauth(req, res, () => res.end()));
    const url = await listen(listener);
    const oauth = createRouter(testOptions(url));
    const heard = record(oauth);
    await token(url, { client_id: 'nobody' }, forwarded);
    listener.closeAllConnections();
    listener.close();
    expect(await heard.takeOne('client.refused')).toMatchObject({ address: '127.0.0.1' });
  });
});

describe('a listener', () => {
  it('that throws, rejects or never ends harms no answer, and is logged', async () => {
    const error = jest.fn();
    const other = await testServer({ options: { log: { warn: () => {}, error } } });
    other.oauth.on('*', () => {
      throw new Error('thrown');
    });
    other.oauth.on('*', () => Promise.reject(new Error('rejected')));
    other.oauth.on('*', () => new Promise(() => {}));
    const { status } = await token(other.url, await freshCode(other.url));
    await other.close();
    expect(status).toBe(200);
    expect(error).toHaveBeenCalledWith('A listener to the event token.issued failed.', expect.objectContaining({ message: 'rejected' }));
  });

  it('is given the members of its event, by type', async () => {
    const jtis: string[] = [];
    const stop = server.oauth.on('token.issued', ({ jti }) => jtis.push(jti));
    const stopAll = server.oauth.on('*', (event) => event.name === 'token.issued' && jtis.push(event.jti));
    await token(server.url, await freshCode(server.url));
    await events.take();
    stop();
    stopAll();
    await token(server.url, await freshCode(server.url));
    await events.take();
    expect(jtis).toHaveLength(2);
  });
});

describe('no event has a secret', () => {
  /** Everything that goes to the server and comes back, as it is on the wire. */
  async function listenIn(act: () => Promise<void>): Promise<string> {
    const wire: string[] = [];
    const real = globalThis.fetch;
    globalThis.fetch = async (input, init) => {
      const headers = [...new Headers(init?.headers)].map((pair) => pair.join(': '));
      wire.push(String(input), ...headers, String(init?.body ?? ''));
      const answer = await real(input, init);
      wire.push(...[...answer.headers].map((pair) => pair.join(': ')), await answer.clone().text());
      return answer;
    };
    try {
      await act();
    } finally {
      globalThis.fetch = real;
    }
    return wire.join('\n');
  }

  /** Values of these parameters, in queries, forms, JSON and hidden fields; and of cookies. */
  function secretsIn(wire: string): string[] {
    const names = 'code|ticket|_csrf|password|client_secret|code_verifier|access_token|refresh_token|id_token|oauth_\\w+';
    const found = [
      ...wire.matchAll(new RegExp(`\\b(?:${names})=([^&;\\s"]+)`, 'g')),
      ...wire.matchAll(new RegExp(`"(?:${names})":"([^"]+)"`, 'g')),
      ...wire.matchAll(new RegExp(`name="(?:${names})" value="([^"]+)"`, 'g')),
      ...wire.matchAll(/^authorization: Basic (\S+)/gm),
    ].map(([, value]) => decodeURIComponent((value as string).replaceAll('+', ' ')));
    // What proves stands at the end: the name of an authorization, which comes before, may be told.
    return [...new Set(found.flatMap((value) => [value, value.split('.').at(-1) as string]))].filter((value) => value.length > 5);
  }

  it('whatever happens', async () => {
    const typed = { username: 'Tr0ub4dor-in-the-wrong-field', password: 'hunter2hunter2' };
    const passphrase = 'the dog of my first teacher';
    const { client_secret } = web;
    const misspelled = [`${client_secret} `, `${client_secret}\n`, `"${client_secret}"`, `web:${client_secret}`];
    const wire = await listenIn(async () => {
      const agent = new Agent(server.url);
      const code = await freshCode(server.url, { scope: 'openid read:contacts' }, agent);
      const { body } = await token(server.url, code);
      await refresh(body.refresh_token);
      server.sleep(31);
      await refresh(body.refresh_token);
      await token(server.url, code);
      await token(server.url, { ...(await freshCode(server.url, {}, agent)), code_verifier: pkce().code_verifier });
      await token(server.url, { ...code, redirect_uri: 'https://other.example.com' });
      await postLogin(new Agent(server.url), typed);
      await token(server.url, { ...old, ...typed, grant_type: 'password', redirect_uris: undefined, response_types: undefined } as never);
      await token(server.url, { client_id: 'web', client_secret: 'a wrong secret, nearly right' });
      await token(server.url, { client_id: web.client_secret, client_secret: 'web-as-a-secret' });
      await token(server.url, {}, { Authorization: `Basic ${Buffer.from(`${web.client_secret}:web`).toString('base64')}` });
      await new Agent(server.url).get(start({ client_id: web.client_secret }));
      const live = await freshCode(server.url);
      const { body: fresh } = await token(server.url, await freshCode(server.url));
      for (const client_id of misspelled) {
        await token(server.url, { client_id, client_secret: 'web-as-a-secret' });
        await token(server.url, {}, { Authorization: `Basic ${Buffer.from(`${client_id.replace(':', '%3A')}:web`).toString('base64')}` });
        await new Agent(server.url).get(start({ client_id }));
      }
      const page = `${web.redirect_uris[0]}?${new URLSearchParams({ code: live.code as string, state: 'x' })}`;
      await token(server.url, { ...live, redirect_uri: page });
      await token(server.url, { ...live, redirect_uri: page.replace('?', '#') });
      await token(server.url, { ...live, redirect_uri: encodeURIComponent(page) });
      await new Agent(server.url).get(start({ redirect_uri: page }));
      const tokens = [live.code, fresh.access_token, fresh.refresh_token];
      for (const grant_type of [...tokens, `authorization_code&code=${live.code}`]) {
        await token(server.url, { ...live, grant_type });
      }
      for (const client_id of [...tokens, passphrase]) {
        await token(server.url, { client_id, client_secret: 'web-as-a-secret' });
        await new Agent(server.url).get(start({ client_id }));
      }
      for (const one of tokens) {
        await new Agent(server.url).get(start({ scope: one }));
        await new Agent(server.url).get(start({ response_mode: one }));
      }
      await token(server.url, {}, { Authorization: `Basic ${Buffer.from('web:another wrong secret').toString('base64')}` });
      const html = await (await agent.get('/oauth/sign-out')).text();
      await agent.post('/oauth/sign-out', { _csrf: formField(html, '_csrf') });
    });
    const all = await events.take();
    const told = JSON.stringify(all);
    const secrets = [...secretsIn(wire), typed.username, client_secret, passphrase, 'another wrong secret'];
    expect(secrets.length).toBeGreaterThan(30);
    expect(new Set(namesOf(all)).size).toBeGreaterThanOrEqual(11);
    expect(secrets.filter((one) => told.includes(one))).toEqual([]);
  });
});
