/** Who would have a user's browser send our forms. The known weaknesses of csurf, each tried on how it is used here. RFC 9700 section 4.7. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OAuthRouterOptions } from '../../lib/config/options/index.js';
import type { Store } from '../../lib/model/store.js';
import { systemClock } from '../../lib/platform/clock.js';
import { memoryStore } from '../../lib/store/memory.js';
import { Agent } from '../support/agent.js';
import { raw } from '../support/raw.js';
import {
  alice,
  authorizeUrl,
  openConsent,
  openPage,
  pkce,
  postLogin,
  type TestServer,
  testOptions,
  testServer,
  walk,
} from '../support/server.js';
import { emailCode, openStep } from '../support/steps.js';

const bob = { username: 'bob', password: 'battery staple' };
const mails = emailCode({ isDue: ({ user }) => user.sub === 'bob' });
const start = (parameters = {}) => authorizeUrl('', pkce().code_challenge, parameters);

let writes: string[] = [];
let server: TestServer;

beforeAll(async () => {
  const { users } = testOptions('');
  const options: Partial<OAuthRouterOptions> = {
    issuer: 'https://app.example.com',
    store: noting(memoryStore(systemClock)),
    passkeys: { offer: false },
    users: { ...users, steps: [mails.step] } as OAuthRouterOptions['users'],
  };
  server = await testServer({ options });
});

afterAll(() => server.close());

function noting(store: Store): Store {
  const noted = (verb: string, key: string) => {
    writes.push(`${verb} ${key.split(':')[0]}`);
    return store;
  };
  return {
    ...store,
    put: (key, value, ttl) => noted('put', key).put(key, value, ttl),
    add: (key, value, ttl) => noted('add', key).add(key, value, ttl),
    swap: (key, version, value, ttl) => noted('swap', key).swap(key, version, value, ttl),
    delete: (key) => noted('delete', key).delete(key),
    link: (owner, id, ttl) => noted('link', owner).link(owner, id, ttl),
  };
}

/** What the attacker has by visiting our page: a cookie that we have signed, and a token that goes with it. */
async function pairOfTheAttacker() {
  const agent = new Agent(server.url);
  const { _csrf } = await openPage(agent, start());
  const [, cookie = ''] = [...agent.cookies].find(([name]) => name.endsWith('oauth_csrf')) ?? [];
  return { cookie, _csrf };
}

async function signedIn(): Promise<Agent> {
  const agent = new Agent(server.url);
  await walk(agent, start());
  return agent;
}

describe('a sibling subdomain, which can set cookies for the whole domain', () => {
  it.each(['oauth_csrf', '__Secure-oauth_csrf', '__host-oauth_csrf', '_csrf'])(
    'plants its own pair as %s, and its form is still none of ours',
    async (name) => {
      const { cookie, _csrf } = await pairOfTheAttacker();
      const agent = await signedIn();
      agent.cookies.set(name, cookie);
      expect((await agent.post('/oauth/sign-out', { _csrf })).status).toBe(403);
    },
  );

  it('plants it before ours in the header, too', async () => {
    const { cookie, _csrf } = await pairOfTheAttacker();
    const agent = await signedIn();
    const ours = [...agent.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', Cookie: `oauth_csrf=${cookie}; ${ours}` };
    expect((await raw(server.url, { method: 'POST', path: '/oauth/sign-out', headers, body: `_csrf=${_csrf}` })).status).toBe(403);
  });

  it('would get through if our cookie had no __Host- before its name, which browsers keep from others: so it has', async () => {
    const { cookie, _csrf } = await pairOfTheAttacker();
    const agent = await signedIn();
    agent.cookies.set('__Host-oauth_csrf', cookie);
    expect((await agent.post('/oauth/sign-out', { _csrf })).status).toBe(200);
    expect([...agent.cookies.keys()].filter((name) => name.includes('oauth') && !name.startsWith('__Host-'))).toEqual([]);
  });

  it('makes up a pair of its own without asking us: a secret that we have not signed counts for nothing', async () => {
    const secret = 'a secret of the attacker';
    const _csrf = `salt-${createHash('sha1').update(`salt-${secret}`).digest('base64url')}`; // as csurf makes it
    for (const cookie of [secret, `s%3A${encodeURIComponent(secret)}.${'a'.repeat(43)}`, `j%3A${encodeURIComponent(`"${secret}"`)}`]) {
      const agent = await signedIn();
      agent.cookies.set('__Host-oauth_csrf', cookie);
      expect((await agent.post('/oauth/sign-out', { _csrf })).status).toBe(403);
    }
  });
});

describe('a page of another site', () => {
  it('has a token, but that of its own browser', async () => {
    const { _csrf } = await pairOfTheAttacker();
    expect((await (await signedIn()).post('/oauth/sign-out', { _csrf })).status).toBe(403);
  });

  it.each(['text/plain', 'application/json', 'multipart/form-data; boundary=x', 'text/plain; application/x-www-form-urlencoded'])(
    'sends without a preflight what is no form of ours, though even the token were right: %s',
    async (type) => {
      const agent = await signedIn();
      const { _csrf } = await openPage(agent, '/oauth/sign-out').catch(async () => ({ _csrf: '' }));
      const bodies = [
        `_csrf=${_csrf}`,
        JSON.stringify({ _csrf }),
        `--x\r\nContent-Disposition: form-data; name="_csrf"\r\n\r\n${_csrf}\r\n--x--`,
      ];
      const Cookie = [...agent.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      for (const body of bodies) {
        const answer = await raw(server.url, { method: 'POST', path: '/oauth/sign-out', headers: { 'Content-Type': type, Cookie }, body });
        expect(answer.status).toBe(415);
      }
      expect(new URL((await agent.get(start({ prompt: 'none' }))).headers.get('location') ?? '').searchParams.get('code')).toBeTruthy();
    },
  );

  it('is not told the token by another origin, as no page of ours may be read from there', async () => {
    for (const path of ['/oauth/login', '/oauth/consent', '/oauth/sign-out', '/oauth/apps', '/oauth/passkeys', start()]) {
      const answer = await fetch(`${server.url}${path}`, { headers: { Origin: 'https://evil.example' }, redirect: 'manual' });
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-allow'))).toEqual([]);
    }
  });
});

describe('a link, which browsers follow with all cookies', () => {
  /** Everything that the forms of our pages post, in one query. */
  async function everyField(): Promise<readonly (readonly [Agent, string])[]> {
    const agent = await signedIn();
    const waiting = new Agent(server.url);
    const login = await openPage(waiting, start());
    const deciding = new Agent(server.url);
    await server.oauth.authorizations.revokeAll('alice');
    const consent = await openConsent(deciding);
    const stepping = new Agent(server.url);
    const step = await openStep(stepping, await postLogin(stepping, bob));
    const query = (fields: Readonly<Record<string, string>>) => `?${new URLSearchParams(fields)}`;
    const { ticket, _csrf } = login;
    return [
      [waiting, `/oauth/login${query({ ticket, _csrf, ...alice })}`],
      [waiting, `/oauth/login${query({ ticket, _csrf, cancel: 'yes' })}`],
      [deciding, `/oauth/consent${query({ ticket: consent.ticket, _csrf: consent._csrf, decision: 'allow' })}`],
      [deciding, `/oauth/account${query({ ticket: consent.ticket, _csrf: consent._csrf, account: 'current' })}`],
      [stepping, `/oauth/step${query({ step: 'email-code', ticket: step.ticket, _csrf: step._csrf, code: mails.latest() })}`],
      [agent, `/oauth/sign-out${query({ _csrf })}`],
      [agent, `/oauth/apps${query({ _csrf, client_id: 'web' })}`],
      [agent, `/oauth/passkeys${query({ _csrf, remove: 'x', challenge: 'x', passkey: '{}' })}`],
    ];
  }

  it.each(['GET', 'HEAD'])('changes nothing by %s, whatever stands in it', async (method) => {
    for (const [agent, path] of await everyField()) {
      writes = [];
      const cookie = [...agent.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const answer = await fetch(`${server.url}${path}`, { method, redirect: 'manual', headers: { cookie } });
      const changed = answer.headers.getSetCookie().filter((line) => /oauth_(session|sign_in)/.test(line));
      expect({ path, writes, changed }).toEqual({ path, writes: [], changed: [] });
      expect(answer.headers.get('location') ?? '').not.toContain('code=');
    }
  });

  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])('and neither does %s', async (method) => {
    for (const [agent, path] of await everyField()) {
      writes = [];
      const headers = { Cookie: [...agent.cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
      expect((await raw(server.url, { method, path, headers })).status).toBe(405);
      expect(writes).toEqual([]);
    }
  });

  it('is not made a POST by a word in it or in a header', async () => {
    const agent = await signedIn();
    const { cookie, _csrf } = await pairOfTheAttacker();
    agent.cookies.set('__Host-oauth_csrf', cookie);
    for (const headers of [{ 'X-HTTP-Method-Override': 'POST' }, { 'X-HTTP-Method': 'POST' }, { 'X-Method-Override': 'POST' }]) {
      await agent.get(`/oauth/sign-out?_method=POST&_csrf=${_csrf}`, headers as unknown as Record<string, string>);
    }
    expect(new URL((await agent.get(start({ prompt: 'none' }))).headers.get('location') ?? '').searchParams.get('code')).toBeTruthy();
  });
});
