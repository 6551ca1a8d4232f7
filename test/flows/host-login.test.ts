/** The host's own login pages and sessions: `users.current`, `users.loginUrl` and `oauth.resume`. */
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import express, { type Express, type Request } from 'express';
import { deriveSecrets } from '../../lib/keys/secrets.js';
import type { OAuthRouter } from '../../lib/router.js';
import { Agent } from '../support/agent.js';
import { expresses, type Host, type HostOptions, isTheHosts, startHost, withHost } from '../support/host.js';
import { verified } from '../support/jwt.js';
import { alice, authorizeUrl, form, freshCode, listen, pkce, secret, token, web } from '../support/server.js';
import { completeFlow, endpointsAt, formOn, type Person, success, visit } from '../support/walker.js';

const passwords = new Map([
  ['alice', alice.password],
  ['bob', 'battery staple'],
]);
const bob = { username: 'bob', password: 'battery staple' };

/** The host's user of a request; its session is as simple as can be. */
function userOf({ headers }: Pick<Request, 'headers'>): { id: string; email: string } | undefined {
  const id = /(?:^|; )host_user=(\w+)/.exec(headers.cookie ?? '')?.[1];
  return id === undefined ? undefined : { id, email: `${id}@example.com` };
}

const page = (action: string, ticket: unknown, more = '') =>
  `<form method="post" action="${action}"><input type="hidden" name="ticket" value="${ticket ?? ''}"><input name="username"><input name="password">${more}</form>`;

/** Which of the ways to hand the ticket on a login page takes. */
type Way = 'in the body' | 'in the query' | 'by a redirect of its own';

function addLogin(app: Express, oauth: OAuthRouter, way: Way = 'in the body'): void {
  app.use(expresses[5].urlencoded({ extended: false }));

  app.get('/login', async (req, res) => {
    const { ticket, prompt } = req.query;
    if (userOf(req) && prompt !== 'login' && (await oauth.resume(req, res))) return;
    if (way === 'in the body') res.send(page('/login', ticket));
    else res.send(page(`/login?${form({ ticket: String(ticket) })}`, undefined));
  });

  app.post('/login', async (req, res) => {
    const { username, password } = req.body;
    if (passwords.get(username) !== password) return void res.status(401).send(page(req.originalUrl, req.body.ticket));
    res.cookie('host_user', username, { httpOnly: true, sameSite: 'lax' });
    if (way === 'by a redirect of its own') return res.redirect(303, `/welcome?${form({ ticket: String(req.query.ticket) })}`);
    if (!(await oauth.resume(req, res, { id: username }))) res.redirect(303, '/home');
  });

  app.get('/welcome', async (req, res) => {
    if (!(await oauth.resume(req, res))) res.send('Welcome');
  });

  app.get('/sign-up', (req, res) => void res.send(page('/sign-up', req.query.ticket)));
  app.post('/sign-up', (req, res) => {
    passwords.set(req.body.username, req.body.password);
    res.redirect(303, `/login?${form({ ticket: req.body.ticket })}`);
  });
}

const users = { current: userOf, loginUrl: '/login' };

const ofHost = (layOut: HostOptions['layOut'] = (app, oauth) => void app.use(oauth), way?: Way): HostOptions => ({
  options: { users },
  layOut: (app, oauth) => {
    layOut(app, oauth);
    addLogin(app, oauth, way);
  },
});

/** What a ticket carries. */
const opened = async (ticket: string) => (await deriveSecrets([secret]).open('ticket', ticket)) as object;

const request = (host: Pick<Host, 'url'>, parameters: Record<string, string> = {}) =>
  authorizeUrl(host.url, pkce().code_challenge, parameters);

describe("with the host's own login", () => {
  let host: Host;

  beforeAll(async () => {
    host = await startHost(ofHost());
  });

  afterAll(() => host.close());

  it.each<Way>(['in the body', 'in the query', 'by a redirect of its own'])(
    'a user signs in there and comes back to the client, the ticket being handed on %s',
    async (way) => {
      await withHost(ofHost(undefined, way), async ({ url }) => {
        expect(await completeFlow(new Agent(url), endpointsAt(`${url}/oauth`))).toMatchObject({ ...success, styles: [200] });
      });
    },
  );

  it('the way leads over its page, and never over ours', async () => {
    const { steps } = await visit(new Agent(host.url), request(host));
    expect(steps.map(({ request, status }) => `${request} ${status}`)).toEqual([
      'GET /oauth/authorize 303',
      'GET /login 200',
      'POST /login 303',
      'GET /oauth/consent 200',
      'POST /oauth/consent 303',
    ]);
  });

  it('no cookie of ours but the one of the forms is set', async () => {
    await withHost(ofHost(), async ({ url }) => {
      const agent = new Agent(url);
      await completeFlow(agent, endpointsAt(`${url}/oauth`));
      expect([...agent.cookies.keys()].sort()).toEqual(['host_user', 'oauth_csrf']);
    });
  });

  it('who is logged in at the host needs no login', async () => {
    const agent = new Agent(host.url);
    agent.cookies.set('host_user', 'alice');
    const answer = await agent.get(request(host, { scope: 'create:contacts' }));
    expect(await answer.text()).toContain('alice@example.com');
  });

  it('a request that the client posted gets there as well', async () => {
    const agent = new Agent(host.url);
    const fields = Object.fromEntries(new URL(request(host)).searchParams);
    const posted = await agent.post('/oauth/authorize', fields);
    const { callback } = await visit(agent, posted.headers.get('location') ?? '');
    expect(callback.searchParams.get('code')).toEqual(expect.any(String));
  });

  it('a request that is too long for a URL gets there as well, with all of its state', async () => {
    const state = 'x'.repeat(9_000);
    const agent = new Agent(host.url);
    const posted = await agent.post('/oauth/authorize', { ...Object.fromEntries(new URL(request(host)).searchParams), state });
    const { callback, steps } = await visit(agent, posted.headers.get('location') ?? '');
    expect(callback.searchParams.get('state')).toBe(state);
    for (const { headers } of steps.slice(0, -1)) expect(headers.get('location')?.length ?? 0).toBeLessThan(2_000);
  });

  it('a user who has to sign up first comes back all the same', async () => {
    const agent = new Agent(host.url);
    const { fields } = formOn(await loginPage(agent), host.url);
    const signUp = formOn(await (await agent.get(`/sign-up?${form({ ticket: fields.ticket })}`)).text(), host.url);
    const carol = { username: 'carol', password: 'a long one' };
    const signedUp = await agent.post(signUp.action, { ...signUp.fields, ...carol });
    const { callback } = await visit(agent, signedUp.headers.get('location') ?? '', carol);
    expect(callback.searchParams.get('code')).toEqual(expect.any(String));
  });

  it('a link in a mail leads on in another browser', async () => {
    const { ticket } = formOn(await loginPage(new Agent(host.url)), host.url).fields;
    const other = new Agent(host.url);
    other.cookies.set('host_user', 'alice');
    const { callback } = await visit(other, `/welcome?${form({ ticket })}`);
    expect(callback.searchParams.get('state')).toBe('a state');
  });

  it('two tabs wait for one login, and each gets its own answer', async () => {
    const agent = new Agent(host.url);
    const one = await loginPage(agent, { state: 'one' });
    const two = await loginPage(agent, { state: 'two' });
    const loggedIn = formOn(one, host.url);
    const answer = await agent.post(loggedIn.action, { ...loggedIn.fields, ...alice });
    const first = await visit(agent, answer.headers.get('location') ?? '');
    const second = await visit(agent, `/welcome?${form({ ticket: formOn(two, host.url).fields.ticket })}`);
    expect([first, second].map(({ callback }) => callback.searchParams.get('state'))).toEqual(['one', 'two']);
    const codes = [first, second].map(({ callback }) => callback.searchParams.get('code'));
    expect(new Set(codes).size).toBe(2);
  });

  it('"Use another account" asks the host for a new login', async () => {
    const agent = new Agent(host.url);
    agent.cookies.set('host_user', 'alice');
    const consent = await (await agent.get(request(host, { scope: 'create:contacts' }))).text();
    const [, link = ''] = /<a href="([^"]*)">Use another account/.exec(consent) ?? [];
    const url = new URL(link.replaceAll('&amp;', '&'), host.url);
    expect([url.pathname, url.searchParams.get('prompt')]).toEqual(['/login', 'login']);
    const { callback, steps } = await visit(agent, `${url.pathname}${url.search}`, bob);
    expect(steps.find(({ request }) => request === 'GET /oauth/consent')?.html).toContain('bob@example.com');
    expect(callback.searchParams.get('code')).toEqual(expect.any(String));
  });

  it('a login that was left again is asked for again', async () => {
    const agent = new Agent(host.url);
    const { ticket } = formOn(await loginPage(agent), host.url).fields;
    const answer = await agent.get(`/welcome?${form({ ticket })}`);
    const next = await agent.get(answer.headers.get('location') ?? '');
    expect([next.status, new URL(next.headers.get('location') ?? '', host.url).pathname]).toEqual([303, '/login']);
  });

  it('a user who has logged out while the consent page was open allows nothing', async () => {
    const agent = new Agent(host.url);
    agent.cookies.set('host_user', 'alice');
    const consent = formOn(await (await agent.get(request(host, { scope: 'create:contacts' }))).text(), host.url);
    agent.cookies.delete('host_user');
    const answer = await agent.post(consent.action, { ...consent.fields, decision: 'allow' });
    expect(new URL(answer.headers.get('location') ?? '', host.url).pathname).toBe('/login');
  });

  it('a login page that was open for too long leads back to the client', async () => {
    await withHost(ofHost(), async ({ url, sleep }) => {
      const agent = new Agent(url);
      const login = await visitLogin(agent, { url });
      sleep(3601);
      const sent = formOn(login, url);
      const resumed = await agent.post(sent.action, { ...sent.fields, ...alice });
      const answer = await agent.get(resumed.headers.get('location') ?? '');
      expect(answer.status).toBe(400);
      expect(await answer.text()).toContain('This page has expired');
    });
  });

  it.each([
    ['GET', '/oauth/login'],
    ['POST', '/oauth/login'],
    ['GET', '/oauth/sign-out'],
    ['POST', '/oauth/sign-out'],
  ])('%s %s is a path of the host', async (method, path) => {
    expect(await isTheHosts(await fetch(`${host.url}${path}`, { method }))).toBe(true);
  });

  function loginPage(agent: Agent, parameters: Record<string, string> = {}): Promise<string> {
    return visitLogin(agent, host, parameters);
  }
});

async function visitLogin(agent: Agent, host: Pick<Host, 'url'>, parameters: Record<string, string> = {}): Promise<string> {
  const answer = await agent.get(request(host, parameters));
  return (await agent.get(answer.headers.get('location') ?? '')).text();
}

describe('the way back', () => {
  const mounts: readonly [string, string, HostOptions['layOut']][] = [
    ['below a prefix', '/a/b/oauth', (app, oauth) => void app.use('/a/b', oauth)],
    ['at its base path', '/oauth', (app, oauth) => void app.use('/oauth', oauth)],
    ['in nested routers', '/a/b/oauth', (app, oauth) => void app.use('/a', express.Router().use('/b', oauth))],
  ];

  it.each(mounts)('leads to the router %s', async (_, base, layOut) => {
    await withHost(ofHost(layOut), async ({ url }) => {
      expect(await completeFlow(new Agent(url), endpointsAt(`${url}${base}`))).toMatchObject({ ...success, styles: [200] });
    });
  });

  it('leads to the router below the path of the issuer', async () => {
    await withHost({ issuerPath: '/auth', ...ofHost() }, async ({ url }) => {
      expect(await completeFlow(new Agent(url), endpointsAt(`${url}/auth/oauth`))).toMatchObject({ ...success, styles: [200] });
    });
  });

  it('is found by a login page in a router of its own, on Express 4 as well', async () => {
    const layOut: HostOptions['layOut'] = (app, oauth) => {
      app.use(oauth);
      const account = expresses[4].Router();
      account.get('/welcome', async (req, res) => void (await oauth.resume(req, res)));
      app.use('/account', account);
    };
    await withHost({ express: 4, options: { users: { current: userOf, loginUrl: '/account/welcome' } }, layOut }, async (host) => {
      const agent = new Agent(host.url);
      const login = (await agent.get(request(host))).headers.get('location') ?? '';
      agent.cookies.set('host_user', 'alice');
      const { callback } = await visit(agent, login);
      expect(callback.searchParams.get('code')).toEqual(expect.any(String));
    });
  });

  it.each([4, 5] as const)('is an error page that leads on, where users.current fails, on Express %d', async (version) => {
    let isAway = false;
    const users = {
      current(req: Pick<Request, 'headers'>) {
        if (isAway) throw new Error('The table of sessions is away.');
        return userOf(req);
      },
      loginUrl: '/back',
    };
    const calls: Promise<boolean>[] = [];
    const layOut: HostOptions['layOut'] = (app, oauth) => {
      app.use(oauth);
      app.get('/back', (req, res) => void calls.push(oauth.resume(req, res)));
    };
    await withHost({ express: version, options: { users }, layOut }, async (host) => {
      const agent = new Agent(host.url);
      const login = (await agent.get(request(host))).headers.get('location') ?? '';
      agent.cookies.set('host_user', 'alice');
      isAway = true;
      const answer = await agent.get(login);
      const html = await answer.text();
      await expect(Promise.all(calls)).resolves.toEqual([true]);
      expect({ status: answer.status, logged: host.errors.length }).toEqual({ status: 500, logged: 1 });
      isAway = false;
      const [, link = ''] = /<a [^>]*href="([^"]*ticket=[^"]*)"/.exec(html) ?? [];
      const { callback } = await visit(agent, link.replaceAll('&amp;', '&'));
      expect(callback.searchParams.get('code')).toEqual(expect.any(String));
    });
  });

  it('keeps what the login URL has in its query', async () => {
    const options = { users: { current: userOf, loginUrl: '/login?from=oauth' } };
    await withHost({ options }, async (host) => {
      const { headers } = await new Agent(host.url).get(request(host));
      expect(headers.get('location')).toMatch(/^\/login\?from=oauth&ticket=[\w.-]+$/);
    });
  });

  it('leads from a login page on another host to this server', async () => {
    const accounts = express();
    const listener = createServer(accounts);
    const elsewhere = await listen(listener);
    try {
      await withHost({ options: { users: { current: userOf, loginUrl: `${elsewhere}/login` } } }, async (host) => {
        accounts.get('/login', async (req, res) => void (await host.oauth.resume(req, res)));
        const agent = new Agent(host.url);
        const { headers } = await agent.get(request(host));
        agent.cookies.set('host_user', 'alice');
        const resumed = await agent.get(headers.get('location') ?? '');
        const next = new URL(resumed.headers.get('location') ?? '', elsewhere);
        expect(`${next.origin}${next.pathname}`).toBe(`${host.url}/oauth/consent`);
        expect((await agent.get(next.href)).status).toBe(200);
      });
    } finally {
      listener.closeAllConnections();
      listener.close();
    }
  });
});

describe('resume', () => {
  let host: Host;
  let good: string;

  beforeAll(async () => {
    host = await startHost({
      ...ofHost((app, oauth) => {
        app.use(oauth);
        app.use('/probe', express.json(), express.urlencoded({ extended: true }));
        app.all('/probe', async (req, res) => {
          const resumed = await oauth.resume(req, res);
          if (!resumed) res.json({ resumed, untouched: !res.headersSent && res.getHeader('location') === undefined });
        });
      }),
    });
    good = formOn(await visitLogin(new Agent(host.url), host), host.url).fields.ticket ?? '';
  });

  afterAll(() => host.close());

  const no = { resumed: false, untouched: true };

  it.each([
    ['no ticket', ''],
    ['an empty ticket', '?ticket='],
    ['a ticket that is no ticket', '?ticket=x'],
    ['a ticket of another make', '?ticket=eyJhbGciOiJub25lIn0.e30.'],
    ['a ticket with characters that nobody seals', '?ticket=%00%ff'],
    ['a parameter of another name', '?Ticket=x'],
  ])('is false for %s, and leaves the answer to the host', async (_, query) => {
    expect(await (await fetch(`${host.url}/probe${query}`)).json()).toEqual(no);
  });

  it.each([
    ['shortened', (ticket: string) => ticket.slice(0, -1)],
    ['changed in one character', (ticket: string) => ticket.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'))],
    ['sealed for something else', (ticket: string) => ticket.split('.').reverse().join('.')],
  ])('is false for a ticket that was %s', async (_, forge) => {
    expect(await (await fetch(`${host.url}/probe?${form({ ticket: forge(good) })}`)).json()).toEqual(no);
  });

  it('is false for the ticket of a server with other secrets', async () => {
    await withHost({ ...ofHost(), options: { users, secrets: ['another secret, of more than 32 characters'] } }, async (other) => {
      const { ticket } = formOn(await visitLogin(new Agent(other.url), other), other.url).fields;
      expect(await (await fetch(`${host.url}/probe?${form({ ticket })}`)).json()).toEqual(no);
    });
  });

  it.each([
    ['JSON', { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ ticket: 7 }) }],
    ['a JSON array', { headers: { 'Content-Type': 'application/json' }, body: '["ticket"]' }],
    ['a form with two of them', { body: new URLSearchParams('ticket=a&ticket=b') }],
    ['a form with brackets', { body: new URLSearchParams('ticket[x]=a') }],
  ])('is false for what is no ticket, in %s', async (_, init) => {
    expect(await (await fetch(`${host.url}/probe`, { method: 'POST', ...init })).json()).toEqual(no);
  });

  it.each([
    ['in the query', (ticket: string) => [`/probe?${form({ ticket })}`, {}] as const],
    ['in the query, of a POST without a body', (ticket: string) => [`/probe?${form({ ticket })}`, { method: 'POST' }] as const],
    ['in a form', (ticket: string) => ['/probe', { method: 'POST', body: form({ ticket }) }] as const],
    [
      'in JSON',
      (ticket: string) =>
        ['/probe', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ ticket }) }] as const,
    ],
    [
      'in the query, where the form has an empty field for it',
      (ticket: string) => [`/probe?${form({ ticket })}`, { method: 'POST', body: new URLSearchParams('ticket=') }] as const,
    ],
  ])('sends the browser on by a 303 with a ticket %s', async (_, ask) => {
    const [path, init] = ask(good);
    const answer = await fetch(`${host.url}${path}`, { redirect: 'manual', ...init });
    const { pathname, searchParams } = new URL(answer.headers.get('location') ?? '/', host.url);
    expect([answer.status, pathname]).toEqual([303, '/oauth/consent']);
    expect(await opened(searchParams.get('ticket') ?? '')).toEqual(await opened(good));
  });

  it('says in the ticket who has logged in, and when', async () => {
    const answer = await fetch(`${host.url}/probe?${form({ ticket: good })}`, {
      redirect: 'manual',
      headers: { cookie: 'host_user=alice' },
    });
    const { searchParams } = new URL(answer.headers.get('location') ?? '/', host.url);
    expect(await opened(searchParams.get('ticket') ?? '')).toMatchObject({ authenticated: { sub: 'alice', at: expect.any(Number) } });
  });

  it('does not let the login of one user stand for that of another', async () => {
    const { code_challenge } = pkce();
    const start = authorizeUrl(host.url, code_challenge, { prompt: 'login' });
    const toLogin = new URL((await fetch(start, { redirect: 'manual' })).headers.get('location') ?? '', host.url);
    const cookie = (id: string) => ({ redirect: 'manual', headers: { cookie: `host_user=${id}` } }) as const;
    const byMallory = await fetch(`${host.url}/probe${toLogin.search}`, cookie('mallory'));
    const consent = new URL(byMallory.headers.get('location') ?? '', host.url);
    const inVictimsBrowser = await fetch(consent, cookie('alice'));
    expect(inVictimsBrowser.headers.get('location')).toMatch(/^\/login\?.*prompt=login/);
  });

  it('keeps the cookies that the host has just set, and lets nobody keep the redirect', async () => {
    const agent = new Agent(host.url);
    const login = formOn(await visitLogin(agent, host), host.url);
    const { headers } = await agent.post(login.action, { ...login.fields, ...alice });
    expect(headers.getSetCookie()).toEqual([expect.stringMatching(/^host_user=alice;/)]);
    expect(headers.get('cache-control')).toBe('no-store');
  });
});

describe('what a client asks of the login', () => {
  /** A browser with a user of the host's, who signed in long ago. */
  function signedIn({ url }: Pick<Host, 'url'>, id = 'alice'): Agent {
    const agent = new Agent(url);
    agent.cookies.set('host_user', id);
    return agent;
  }

  async function walked(host: Host, parameters: Record<string, string>, agent = signedIn(host), person: Person = alice) {
    const { code_verifier, code_challenge } = pkce();
    const { callback, steps } = await visit(agent, authorizeUrl(host.url, code_challenge, { scope: 'openid', ...parameters }), person);
    const { code, error } = Object.fromEntries(callback.searchParams);
    const grant = { grant_type: 'authorization_code', code, code_verifier, redirect_uri: web.redirect_uris[0] };
    const claims = code === undefined ? undefined : (await verified(host.url, (await token(host.url, grant)).body.id_token)).claims;
    const toLogin = steps.flatMap(({ headers }) => headers.get('location') ?? []).filter((location) => location.startsWith('/login'));
    return { claims, error, prompts: toLogin.map((location) => new URL(location, host.url).searchParams.get('prompt')) };
  }

  it('is told to its page', async () => {
    const hints = { login_hint: 'bob', ui_locales: 'fr-CA fr', display: 'popup', acr_values: 'gold silver' };
    await withHost(ofHost(), async (host) => {
      const answer = await fetch(request(host, hints), { redirect: 'manual' });
      const { searchParams } = new URL(answer.headers.get('location') ?? '/', host.url);
      expect(Object.fromEntries(searchParams)).toEqual({ ticket: expect.any(String), ...hints });
    });
  });

  /** A host whose session knows when it began. */
  const knowing = (auth_time: number, more: object = {}): HostOptions => {
    const { layOut } = ofHost();
    const current = (req: Pick<Request, 'headers'>) => {
      const user = userOf(req);
      return user && { ...user, auth_time, ...more };
    };
    return { ...(layOut && { layOut }), options: { users: { ...users, current } } };
  };

  it('is nothing in particular: who is signed in goes on without a login', async () => {
    await withHost(ofHost(), async (host) => {
      const { claims, prompts } = await walked(host, {});
      expect([claims?.sub, prompts]).toEqual(['alice', []]);
      expect(claims).not.toHaveProperty('auth_time'); // nobody knows
    });
  });

  it.each<readonly [string, Record<string, string>]>([
    ['prompt=login', { prompt: 'login' }],
    ['max_age, where the host does not say when the login was', { max_age: '3600' }],
    ['max_age=0', { max_age: '0' }],
  ])('is a new login, by %s: the host is asked for one, once, and the ID token tells when it was', async (_, parameters) => {
    await withHost(ofHost(), async (host) => {
      const { claims, prompts } = await walked(host, parameters);
      expect({ sub: claims?.sub, prompts }).toEqual({ sub: 'alice', prompts: ['login'] });
      expect(claims?.auth_time).toBe(host.now());
    });
  });

  it('is a new login, and one is enough where the clock of the process that hears of it is behind', async () => {
    await withHost(ofHost(), async (host) => {
      const agent = signedIn(host);
      const toLogin = await agent.get(request(host, { prompt: 'login' }));
      const ticket = new URL(toLogin.headers.get('location') ?? '', host.url).searchParams.get('ticket') ?? '';
      host.sleep(-5);
      const back = await agent.post('/login', { ...alice, ticket });
      const next = await agent.get(back.headers.get('location') ?? '');
      expect([next.status, next.headers.get('location')]).toEqual([200, null]); // consent, and not the host's login once more
    });
  });

  it('is a login of which the ID token can tell the time, by require_auth_time', async () => {
    const { layOut } = ofHost();
    const clients = [{ ...web, require_auth_time: true }];
    await withHost({ ...(layOut && { layOut }), options: { users, clients } }, async (host) => {
      const { claims, prompts } = await walked(host, {});
      expect([claims?.auth_time, prompts]).toEqual([expect.any(Number), ['login']]);
    });
  });

  it('is another user, by id_token_hint: who is signed in is asked to be that one, and told of to nobody', async () => {
    await withHost(ofHost(), async (host) => {
      const code = await freshCode(host.url, { scope: 'openid' }, signedIn(host, 'bob'));
      const id_token_hint = (await token(host.url, code)).body.id_token ?? '';
      const { claims, prompts } = await walked(host, { id_token_hint }, signedIn(host, 'alice'), bob);
      expect([claims?.sub, prompts]).toEqual(['bob', ['login']]);
      expect((await walked(host, { id_token_hint, prompt: 'none' })).error).toBe('login_required');
    });
  });

  it('is a certain class of login, by acr_values: the host is told', async () => {
    await withHost(ofHost(), async (host) => {
      const login = (await fetch(request(host, { acr_values: 'gold silver' }), { redirect: 'manual' })).headers.get('location');
      expect(new URL(login ?? '', host.url).searchParams.get('acr_values')).toBe('gold silver');
    });
  });

  it('is told to the client as unmet, if the host does not know that class: after one login, and without going in circles', async () => {
    await withHost(ofHost(), async (host) => {
      const claims = JSON.stringify({ id_token: { acr: { essential: true, value: 'gold' } } });
      const { error, prompts } = await walked(host, { claims });
      expect([error, prompts]).toEqual(['unmet_authentication_requirements', ['login']]);
    });
  });

  it.each<readonly [string, Record<string, string>]>([
    ['prompt=none', { prompt: 'none' }],
    ['prompt=none and max_age', { prompt: 'none', max_age: '60' }],
  ])('is no page, by %s', async (_, parameters) => {
    await withHost(ofHost(), async (host) => {
      const { error, prompts } = await walked(host, parameters, parameters.max_age === undefined ? new Agent(host.url) : signedIn(host));
      expect([error, prompts]).toEqual(['login_required', []]);
    });
  });

  it('is what the host says that it was: time, class and methods', async () => {
    const login = { acr: 'urn:example:silver', amr: ['pwd', 'otp'] };
    await withHost(knowing(1_700_000_000, login), async (host) => {
      const { claims, prompts } = await walked(host, {});
      expect(claims).toMatchObject({ auth_time: 1_700_000_000, ...login });
      expect(prompts).toEqual([]);
    });
  });

  it('is measured by the time that the host says', async () => {
    const auth_time = Math.floor(Date.now() / 1000) - 100;
    await withHost(knowing(auth_time), async (host) => {
      const { claims, prompts } = await walked(host, { max_age: '3600' });
      expect([claims?.auth_time, prompts]).toEqual([auth_time, []]);
      const silently = await walked(host, { max_age: '50', prompt: 'none' });
      expect(silently.error).toBe('login_required');
    });
  });
});
