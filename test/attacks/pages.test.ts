/** What every answer to a browser has against frames, caches, referrers and hosts that are made up. RFC 9700 sections 4.2, 4.12 and 4.16. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent } from '../support/agent.js';
import { raw } from '../support/raw.js';
import { authorizeUrl, openConsent, openPage, pkce, postLogin, type TestServer, testServer, walk } from '../support/server.js';

const start = (parameters = {}) => authorizeUrl('', pkce().code_challenge, parameters);

let server: TestServer;
/** Somebody who is signed in. */
let agent: Agent;
/** Pages of each kind, those that tell of an error among them. */
let pages: readonly (readonly [string, Response])[];
let redirects: readonly (readonly [string, Response])[];

beforeAll(async () => {
  server = await testServer({ options: { passkeys: { offer: false }, registration: true } });
  agent = new Agent(server.url);
  await walk(agent, start());
  server.sleep(10); // who has signed in this very second has chosen an account
  const visitor = new Agent(server.url);
  const login = await openPage(visitor, start());
  const deciding = new Agent(server.url);
  const consent = await openConsent(deciding, { username: 'bob', password: 'battery staple' });
  pages = [
    ['login', await visitor.get(start())],
    ['login that was wrong', await postLogin(new Agent(server.url), { username: 'alice', password: 'wrong' })],
    ['login that was forged', await visitor.post('/oauth/login', { ticket: login.ticket, _csrf: 'x' })],
    ['consent', await deciding.get(`/oauth/consent?ticket=${consent.ticket}`)],
    ['choice of an account', await agent.get(start({ prompt: 'select_account' }))],
    ['apps', await agent.get('/oauth/apps')],
    ['passkeys', await agent.get('/oauth/passkeys')],
    ['sign-out', await agent.get('/oauth/sign-out')],
    ['signed out', await visitor.get('/oauth/sign-out')],
    ['error', await visitor.get('/oauth/authorize?client_id=nobody')],
    ['error of a method', await fetch(`${server.url}/oauth/login`, { method: 'DELETE' })],
    ['error of a body', await fetch(`${server.url}/oauth/login`, { method: 'POST', body: '{}' })],
    ['damaged link', await visitor.get('/oauth/login?ticket=x')],
  ];
  redirects = [
    ['back to the client with a code', await agent.get(start({ prompt: 'none' }))],
    ['back to the client with an error', await agent.get(start({ scope: 'admin' }))],
    ['after the login', await postLogin(new Agent(server.url))],
    ['after the consent', await deciding.post('/oauth/consent', { ticket: consent.ticket, _csrf: consent._csrf, decision: 'allow' })],
  ];
});

afterAll(() => server.close());

describe('each page', () => {
  it('can be framed by nobody, by either header that browsers know', () => {
    const framed = pages.filter(([, { headers }]) => {
      return headers.get('x-frame-options') !== 'DENY' || !headers.get('content-security-policy')?.includes("frame-ancestors 'none'");
    });
    expect(framed.map(([name]) => name)).toEqual([]);
  });

  it('tells no other site its address, which may have a ticket in it', () => {
    expect(pages.filter(([, { headers }]) => headers.get('referrer-policy') !== 'no-referrer').map(([name]) => name)).toEqual([]);
  });

  it('is kept by no cache', () => {
    expect(pages.filter(([, { headers }]) => headers.get('cache-control') !== 'no-store').map(([name]) => name)).toEqual([]);
  });

  it('is a page and nothing else, and runs nothing from elsewhere', () => {
    for (const [, { headers }] of pages) {
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';/);
      expect(headers.get('content-security-policy')).not.toContain('unsafe');
    }
  });
});

describe('each redirect', () => {
  it('is a 303, by which no browser posts a password on', () => {
    expect(redirects.map(([name, { status }]) => [name, status])).toEqual(redirects.map(([name]) => [name, 303]));
  });

  it('sends no referrer along, and is kept by no cache', () => {
    for (const [, { headers }] of redirects) {
      expect([headers.get('referrer-policy'), headers.get('cache-control')]).toEqual(['no-referrer', 'no-store']);
    }
  });
});

/** Headers by which somebody may say that the request was for another host, path or protocol. */
const lies: Readonly<Record<string, string>> = {
  Host: 'evil.example',
  'X-Forwarded-Host': 'evil.example',
  'X-Forwarded-Proto': 'gopher',
  'X-Forwarded-Port': '1',
  'X-Forwarded-Prefix': '/evil',
  'X-Host': 'evil.example',
  'X-Original-URL': '/evil',
  'X-Rewrite-URL': '/evil',
  'X-Forwarded-Server': 'evil.example',
  Forwarded: 'host=evil.example;proto=gopher',
  Origin: 'https://evil.example',
  Referer: 'https://evil.example/',
};

describe('a host that is made up', () => {
  it('stands nowhere on a page or in a redirect', async () => {
    const cookie = [...agent.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const paths = [start(), start({ prompt: 'none' }), '/oauth/apps', '/oauth/sign-out', '/oauth/authorize?client_id=nobody'];
    for (const path of paths) {
      for (const Cookie of ['', cookie]) {
        const { headers, body } = await raw(server.url, { path, headers: { ...lies, ...(Cookie && { Cookie }) } });
        expect(`${[...headers].join('\n')}\n${body}`).not.toMatch(/evil|gopher/);
      }
    }
  });
});

describe('what caches may keep', () => {
  it.each(['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration', '/oauth/jwks'])(
    'cannot be poisoned by headers that are no part of its address: %s',
    async (path) => {
      const plain = await raw(server.url, { path });
      const poisoned = await raw(server.url, {
        path,
        headers: { ...lies, Cookie: 'a=evil', 'Accept-Language': 'evil', 'User-Agent': 'evil' },
      });
      expect(plain.headers.get('cache-control')).toContain('max-age');
      expect(poisoned.body).toBe(plain.body);
      const without = ({ headers }: typeof plain) => [...headers].filter(([name]) => name !== 'date');
      expect(without(poisoned)).toEqual(without(plain));
    },
  );

  it('is not what belongs to a user, under an address that looks like a picture', async () => {
    for (const path of [
      '/oauth/apps/x.css',
      '/oauth/apps;x.css',
      '/oauth/apps%2fx.css',
      '/oauth/apps/..%2fstyle.css',
      '/oauth//apps',
      '/OAuth/apps',
    ]) {
      expect((await agent.get(path)).status).toBe(404);
    }
    expect((await agent.get('/oauth/apps?x.css')).headers.get('cache-control')).toBe('no-store');
  });

  it('has no cookies', async () => {
    for (const path of ['/.well-known/oauth-authorization-server', '/oauth/jwks']) {
      expect((await fetch(`${server.url}${path}`)).headers.getSetCookie()).toEqual([]);
    }
  });
});

describe('a registration', () => {
  it.each(['__proto__', 'constructor', 'prototype'])('pollutes nothing by a member %s', async (name) => {
    const body = `{"redirect_uris":["https://client.example.com/callback"],"client_name":"x","${name}":{"firstParty":true,"polluted":"yes"}}`;
    const answer = await raw(server.url, {
      method: 'POST',
      path: '/oauth/register',
      headers: { 'Content-Type': 'application/json' },
      body,
    });
    expect(answer.status).toBe(201);
    expect(answer.body).not.toMatch(/polluted|firstParty/);
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
    const { client_id } = JSON.parse(answer.body) as { client_id: string };
    expect((await openConsent(new Agent(server.url), undefined, start({ client_id }))).status).toBe(200); // its user is asked: it is no firstParty
  });
});
