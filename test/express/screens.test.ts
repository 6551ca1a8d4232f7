/** What travels with every screen and redirect: headers against framing, leaking and caching, and the cookies. RFC 9700 section 4.16. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import helmet from 'helmet';
import { Agent } from '../support/agent.js';
import { type Host, type LayOut, startHost, withHost } from '../support/host.js';
import { cors } from '../support/middlewares.js';
import { alice, authorizeUrl, form, native, pkce } from '../support/server.js';
import { formOn, visit } from '../support/walker.js';

const policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'";

/** What each of these headers must be on a page. */
const onPages: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': policy,
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-opener-policy': 'unsafe-none',
};

const onRedirects: Readonly<Record<string, string>> = {
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'unsafe-none',
};

const corsHeaders = ['access-control-allow-origin', 'access-control-allow-credentials'];

/** How to come to each page, with the status that it has. */
const pages: readonly (readonly [string, number, (host: Host) => Promise<Response>])[] = [
  ['login', 200, (host) => new Agent(host.url).get(request(host))],
  ['login, after a wrong password', 422, async (host) => submit(host, await opened(host), { ...alice, password: 'wrong' })],
  ['login, without its CSRF cookie', 403, async (host) => submit(host, withoutCookies(await opened(host)), alice)],
  ['accounts', 200, async (host) => (await atAccounts(host)).answer],
  ['accounts, without its CSRF cookie', 403, async (host) => submit(host, withoutCsrf(await atAccounts(host)), { account: 'current' })],
  ['consent', 200, async (host) => (await atConsent(host)).answer],
  ['consent, without its CSRF cookie', 403, async (host) => submit(host, withoutCsrf(await atConsent(host)), { decision: 'allow' })],
  ['consent, of somebody else', 409, async (host) => submit(host, await switched(host), { decision: 'allow' })],
  ['consent, without a decision', 400, async (host) => submit(host, await atConsent(host), {})],
  ['error', 400, (host) => fetch(`${host.url}/oauth/authorize?client_id=nobody`)],
  ['error, of a page without ticket', 400, (host) => fetch(`${host.url}/oauth/consent`)],
  ['error, of a method', 405, (host) => fetch(`${host.url}/oauth/login`, { method: 'DELETE' })],
  ['error, of a body', 415, (host) => fetch(`${host.url}/oauth/login`, { method: 'POST', body: 'text' })],
  ['expired', 400, (host) => expired(host)],
  ['sign-out', 200, async (host) => (await signedIn(host)).get('/oauth/sign-out')],
  ['apps', 200, async (host) => (await signedIn(host)).get('/oauth/apps')],
  ['login, for the apps', 200, (host) => new Agent(host.url).get('/oauth/apps')],
  ['signed-out', 200, (host) => new Agent(host.url).get('/oauth/sign-out')],
];

/** How to come to each redirect. */
const redirects: readonly (readonly [string, (host: Host) => Promise<Response>])[] = [
  ['an authorization request that was posted', (host) => new Agent(host.url).post('/oauth/authorize', requestFields(host))],
  ['a login', async (host) => submit(host, await opened(host), alice)],
  ['a login that was cancelled', async (host) => submit(host, await opened(host), { cancel: 'cancel' })],
  ['the choice of an account', async (host) => submit(host, await atAccounts(host), { account: 'current' })],
  ['a consent', async (host) => submit(host, await atConsent(host), { decision: 'allow' })],
  ['a consent that was denied', async (host) => submit(host, await atConsent(host), { decision: 'deny' })],
  ['a request that needs no consent any more', async (host) => (await signedIn(host)).get(request(host))],
  ['an error for the client', (host) => new Agent(host.url).get(request(host, { scope: 'unknown' }))],
  [
    'an error for the client, after a POST',
    (host) => new Agent(host.url).post('/oauth/authorize', { ...requestFields(host), scope: 'unknown' }),
  ],
];

const surroundings = {
  'a bare host': [],
  'a host with helmet()': [helmet()],
  'a host that reports what its policy would forbid': [helmet({ contentSecurityPolicy: { reportOnly: true } })],
  'a host that lets any origin in': [cors('reflect')],
};

describe.each(Object.entries(surroundings))('in %s', (_, before) => {
  let host: Host;

  beforeAll(async () => {
    host = await startHost({ layOut: (app, oauth) => void app.use('/', ...before, oauth) });
  });

  afterAll(() => host.close());

  it.each(pages)('no page but ours shows, frames, keeps or learns of: %s', async (_, status, come) => {
    const answer = await come(host);
    expect(answer.status).toBe(status);
    expect(pick(answer.headers, Object.keys(onPages))).toEqual(allowing(await answer.text()));
    expect(pick(answer.headers, ['content-security-policy-report-only', ...corsHeaders])).toEqual({});
  });

  it.each(redirects)('303, and no trace of where the user was, after %s', async (_, come) => {
    const answer = await come(host);
    expect(answer.status).toBe(303);
    expect(pick(answer.headers, Object.keys(onRedirects))).toEqual(onRedirects);
    expect(pick(answer.headers, corsHeaders)).toEqual({});
  });

  it('the same script is let in on no other page: its nonce is new', async () => {
    const [one, other] = await Promise.all([1, 2].map(async () => allowing(await (await new Agent(host.url).get(request(host))).text())));
    expect(one?.['content-security-policy']).toMatch(/; script-src 'nonce-[\w-]{22}'$/);
    expect(one?.['content-security-policy']).not.toBe(other?.['content-security-policy']);
  });

  it.each([
    ['style sheet', /<link rel="stylesheet" href="([^"]*)"/, 'text/css'],
    ['script', /<script nonce="[\w-]*" src="([^"]*)"/, 'text/javascript'],
  ])('the %s says what it is, and may be kept', async (_, link, type) => {
    const page = await (await new Agent(host.url).get(request(host))).text();
    const [, href = ''] = link.exec(page) ?? [];
    const { status, headers } = await fetch(new URL(href, host.url));
    expect(status).toBe(200);
    expect(pick(headers, ['content-type', 'cache-control', 'x-content-type-options'])).toEqual({
      'content-type': `${type}; charset=utf-8`,
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
    });
  });

  it("the host's own pages keep the host's headers", async () => {
    const ours = await fetch(`${host.url}/oauth/sign-out`);
    const theirs = await fetch(`${host.url}/`);
    expect(theirs.headers.get('content-security-policy')).not.toBe(ours.headers.get('content-security-policy'));
  });
});

describe('the cookies', () => {
  const https = { issuer: 'https://app.example.com' };

  it.each([
    ['http://localhost', {}, 'oauth_csrf', ['HttpOnly', 'Path=/', 'SameSite=Lax']],
    ['https', https, '__Host-oauth_csrf', ['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure']],
  ])('of an issuer with %s: the form comes with one that scripts and other sites cannot use', async (_, options, name, attributes) => {
    await withHost({ options }, async (host) => {
      const answer = await new Agent(host.url).get(request(host));
      expect(cookiesOf(answer)).toEqual([{ name, value: expect.stringMatching(/^s%3A/), attributes }]);
    });
  });

  it.each([
    ['http://localhost', {}, 'oauth_session', ['HttpOnly', 'Max-Age=1209600', 'Path=/', 'SameSite=Lax']],
    ['https', https, '__Host-oauth_session', ['HttpOnly', 'Max-Age=1209600', 'Path=/', 'SameSite=Lax', 'Secure']],
  ])('of an issuer with %s: a login leaves one that is chance alone', async (_, options, name, attributes) => {
    await withHost({ options }, async (host) => {
      const answer = await submit(host, await opened(host), alice);
      expect(cookiesOf(answer)).toEqual([{ name, value: expect.stringMatching(/^[\w-]{43}$/), attributes }]);
    });
  });

  it.each([
    ['http://localhost', {}, 'oauth_session', ['HttpOnly', 'Max-Age=0', 'Path=/', 'SameSite=Lax']],
    ['https', https, '__Host-oauth_session', ['HttpOnly', 'Max-Age=0', 'Path=/', 'SameSite=Lax', 'Secure']],
  ])('of an issuer with %s: signing out takes it back', async (_, options, name, attributes) => {
    await withHost({ options }, async (host) => {
      const agent = await signedIn(host);
      const answer = await submit(host, { agent, answer: await agent.get('/oauth/sign-out') }, {});
      expect(cookiesOf(answer)).toEqual([{ name, value: '', attributes }]);
    });
  });

  it.each([
    ['http://localhost', {}],
    ['https', https],
  ])('of an issuer with %s: they are those that the way to the code goes by', async (_, options) => {
    await withHost({ options }, async (host) => {
      const { callback } = await visit(new Agent(host.url), request(host));
      expect(callback.searchParams.get('code')).toEqual(expect.any(String));
    });
  });

  it('are not set by pages without a form, redirects and endpoints of clients', async () => {
    await withHost({}, async (host) => {
      const answers = await Promise.all([
        fetch(`${host.url}/oauth/authorize?client_id=nobody`),
        fetch(`${host.url}/oauth/sign-out`),
        fetch(`${host.url}/oauth/token`, { method: 'POST', body: form({ grant_type: 'authorization_code' }) }),
        fetch(`${host.url}/oauth/jwks`),
        new Agent(host.url).get(request(host, { scope: 'unknown' })),
        new Agent(host.url).post('/oauth/authorize', requestFields(host)),
      ]);
      expect(answers.flatMap(cookiesOf)).toEqual([]);
    });
  });

  it('stand beside those of the host', async () => {
    const layOut: LayOut = (app, oauth) => {
      app.use((_req, res, next) => {
        res.setHeader('Set-Cookie', 'theirs=1; Path=/');
        next();
      });
      app.use(oauth);
    };
    await withHost({ layOut }, async (host) => {
      const names = cookiesOf(await submit(host, await opened(host), alice)).map(({ name }) => name);
      expect(names).toEqual(['theirs', 'oauth_session']);
    });
  });

  it('change at every login, and the one before opens nothing any more', async () => {
    await withHost({}, async (host) => {
      const agent = await signedIn(host);
      const before = agent.cookies.get('oauth_session') ?? '';
      const { ticket } = formOn(await (await new Agent(host.url).get(request(host))).text(), host.url).fields;
      const answer = await agent.get(`/oauth/login?${form({ ticket })}`);
      await submit(host, { agent, answer }, alice);
      expect(agent.cookies.get('oauth_session')).not.toBe(before);
      const thief = new Agent(host.url);
      thief.cookies.set('oauth_session', before);
      expect(await (await thief.get('/oauth/sign-out')).text()).toContain('You are signed out');
    });
  });

  it('that were never ours open nothing', async () => {
    await withHost({}, async (host) => {
      for (const value of ['', 'x', '%', '%00', 'j:{"a":1}', 's:x.y', '__proto__', 'a'.repeat(3000)]) {
        const agent = new Agent(host.url);
        agent.cookies.set('oauth_session', value).set('oauth_csrf', value);
        const answer = await agent.get(request(host));
        expect({ value, status: answer.status, login: (await answer.text()).includes('name="password"') }).toEqual({
          value,
          status: 200,
          login: true,
        });
      }
    });
  });
});

describe('on Express 4', () => {
  it('the same headers stand in place of those of helmet()', async () => {
    const layOut: LayOut = (app, oauth) => void app.use('/', helmet(), oauth);
    await withHost({ express: 4, layOut }, async (host) => {
      const answer = await new Agent(host.url).get(request(host));
      expect(pick(answer.headers, Object.keys(onPages))).toEqual(allowing(await answer.text()));
    });
  });
});

/** A browser, and the page that it shows. */
interface Opened {
  readonly agent: Agent;
  readonly answer: Response;
}

function request({ url }: Host, parameters: Record<string, string> = {}): string {
  const { pathname, search } = new URL(authorizeUrl(url, pkce().code_challenge, parameters));
  return `${pathname}${search}`;
}

function requestFields(host: Host): Record<string, string> {
  return Object.fromEntries(new URL(request(host), host.url).searchParams);
}

async function opened(host: Host, parameters: Record<string, string> = {}): Promise<Opened> {
  const agent = new Agent(host.url);
  return { agent, answer: await agent.get(request(host, parameters)) };
}

/** Sends the form of the page that is open. */
async function submit({ url }: Host, { agent, answer }: Opened, fields: Record<string, string>): Promise<Response> {
  const sent = formOn(await answer.text(), url);
  return agent.post(sent.action, { ...sent.fields, ...fields });
}

/** The choice of an account, of somebody who signed in a second ago. */
async function atAccounts(host: Host) {
  const agent = await signedIn(host);
  host.sleep(1);
  return { agent, answer: await agent.get(request(host, { prompt: 'select_account' })) };
}

/** As a client that is asked for each time, whatever was allowed before. */
async function atConsent(host: Host): Promise<Opened> {
  const page = await opened(host, { client_id: native.client_id, redirect_uri: 'http://127.0.0.1:4711/callback' });
  const { headers } = await submit(host, page, alice);
  return { agent: page.agent, answer: await page.agent.get(headers.get('location') ?? '') };
}

/** The page was made for alice; by now bob is signed in. */
async function switched(host: Host): Promise<Opened> {
  const { agent, answer } = await atConsent(host);
  const { ticket } = formOn(await answer.clone().text(), host.url).fields;
  const login = await agent.get(`/oauth/login?${form({ ticket })}`);
  await submit(host, { agent, answer: login }, { username: 'bob', password: 'battery staple' });
  return { agent, answer };
}

async function signedIn(host: Host): Promise<Agent> {
  const agent = new Agent(host.url);
  await visit(agent, request(host));
  return agent;
}

function withoutCookies({ agent, answer }: Opened): Opened {
  agent.cookies.clear();
  return { agent, answer };
}

function withoutCsrf({ agent, answer }: Opened): Opened {
  agent.cookies.delete('oauth_csrf');
  return { agent, answer };
}

async function expired(host: Host): Promise<Response> {
  const page = await opened(host);
  host.sleep(3601);
  return submit(host, page, alice);
}

/** What the headers must be: they let in the scripts of this page, where it has some, and no others. */
function allowing(html: string): Readonly<Record<string, string>> {
  const nonces = new Set([...html.matchAll(/<script nonce="([\w-]{22})"/g)].map(([, nonce]) => nonce));
  const scripts = [...nonces].map((nonce) => `; script-src 'nonce-${nonce}'`).join('');
  return { ...onPages, 'content-security-policy': `${policy}${scripts}` };
}

function pick(headers: Headers, names: readonly string[]): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => names.includes(name)));
}

function cookiesOf({ headers }: Response): { name: string; value: string; attributes: string[] }[] {
  return headers.getSetCookie().map((line) => {
    const [, name = '', value = '', rest = ''] = /^([^=]+)=([^;]*);?(.*)$/.exec(line) ?? [];
    return {
      name,
      value,
      attributes: rest
        .split(';')
        .map((part) => part.trim())
        .sort(),
    };
  });
}
