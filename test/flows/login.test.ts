/** The built-in login screen and the session that it begins. RFC 6749 section 3.1, RFC 9700 sections 4.7 and 4.12. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { memoryStore } from '../../lib/store/memory.js';
import { Agent } from '../support/agent.js';
import { alice, authorizeUrl, openConsent, openPage, pkce, postLogin, spa, type TestServer, testServer, web } from '../support/server.js';

const bob = { username: 'bob', password: 'battery staple' };
const day = 86_400; // seconds

function start(parameters: Readonly<Record<string, string | undefined>> = {}): string {
  return authorizeUrl('', pkce().code_challenge, parameters);
}

function isLogin(html: string): boolean {
  return html.includes('name="password"');
}

describe('the login page', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await testServer();
  });

  afterAll(() => server.close());

  it('comes first, and says who asks', async () => {
    const { html, status } = await openPage(new Agent(server.url), start({ client_id: spa.client_id, redirect_uri: spa.redirect_uris[0] }));
    expect({ status, asks: isLogin(html), names: html.includes('Notes') }).toEqual({ status: 200, asks: true, names: true });
  });

  it('is shown without a trace in the store, so that nobody can fill it by asking', async () => {
    const memory = memoryStore(() => 0);
    const refuse = async (key: string) => Promise.reject(new Error(`${key} was written.`));
    const store = { ...memory, put: refuse, add: refuse, swap: refuse, link: refuse };
    const other = await testServer({ options: { store, redis: undefined } });
    const { status } = await openPage(new Agent(other.url), start());
    await other.close();
    expect(status).toBe(200);
  });

  it('leads on to the consent page', async () => {
    expect((await openConsent(new Agent(server.url))).html).toContain('name="decision"');
  });

  it('is shown again with the name, but not the password, if they do not match', async () => {
    const answer = await postLogin(new Agent(server.url), { username: 'alice', password: 'wrong-horse' });
    const html = await answer.text();
    expect({ status: answer.status, name: html.includes('value="alice"'), password: html.includes('wrong-horse') }).toEqual({
      status: 422,
      name: true,
      password: false,
    });
  });

  it('goes on with the same request after a wrong password', async () => {
    const agent = new Agent(server.url);
    const wrong = await openPage(agent, await postLogin(agent, { username: 'alice', password: 'wrong' }));
    const answer = await agent.post('/oauth/login', { ticket: wrong.ticket, _csrf: wrong._csrf, ...alice });
    expect((await openPage(agent, answer)).html).toContain('name="decision"');
  });

  it('says the same of a user who exists as of one who does not', async () => {
    const said = async (username: string) => {
      const html = await (await postLogin(new Agent(server.url), { username, password: 'wrong' })).text();
      return html.replaceAll(/(?:value|nonce)="[^"]*"/g, '');
    };
    expect(await said('alice')).toBe(await said('nobody'));
  });

  it.each([
    ['without a user name', { password: 'correct horse' }],
    ['without a password', { username: 'alice' }],
    ['without both', {}],
  ])('is shown again if it comes back %s', async (_, credentials) => {
    expect((await postLogin(new Agent(server.url), credentials)).status).toBe(422);
  });

  it('is refused if it comes back with two user names', async () => {
    const agent = new Agent(server.url);
    const { ticket, _csrf } = await openPage(agent, start());
    const body = `${new URLSearchParams({ ticket, _csrf, ...alice })}&username=bob`;
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', Cookie: `oauth_csrf=${agent.cookies.get('oauth_csrf')}` };
    const answer = await fetch(`${server.url}/oauth/login`, { method: 'POST', body, headers, redirect: 'manual' });
    expect({ status: answer.status, cookie: answer.headers.get('set-cookie') }).toEqual({ status: 400, cookie: null });
  });

  it('takes the user back to the client with access_denied, if they cancel', async () => {
    const answer = await postLogin(new Agent(server.url), { cancel: 'cancel' });
    const callback = new URL(answer.headers.get('location') ?? '');
    expect(`${callback.origin}${callback.pathname}`).toBe(web.redirect_uris[0]);
    expect(Object.fromEntries(callback.searchParams)).toEqual({
      error: 'access_denied',
      error_description: expect.any(String),
      state: 'a state',
      iss: server.url,
    });
  });

  it('signs nobody in who cancels with a right password', async () => {
    const agent = new Agent(server.url);
    await postLogin(agent, { ...alice, cancel: 'cancel' });
    expect(agent.cookies.has('oauth_session')).toBe(false);
  });

  it('belongs to a request, and says so if there is none', async () => {
    const answer = await fetch(`${server.url}/oauth/login`);
    expect({ status: answer.status, page: (await answer.text()).includes('start from there') }).toEqual({ status: 400, page: true });
  });

  it('stays good for an hour', async () => {
    const agent = new Agent(server.url);
    const { ticket, _csrf } = await openPage(agent, start());
    server.sleep(3_599);
    expect((await agent.post('/oauth/login', { ticket, _csrf, ...alice })).status).toBe(303);
  });
});

describe('the page for a login that took too long', () => {
  async function expired(client: Readonly<Record<string, unknown>>, credentials: Readonly<Record<string, string>> = alice) {
    const server = await testServer({ options: { clients: [{ ...web, ...client }] } });
    const agent = new Agent(server.url);
    const { ticket, _csrf } = await openPage(agent, start());
    server.sleep(3_600);
    const answer = await agent.post('/oauth/login', { ticket, _csrf, ...credentials });
    const html = await answer.text();
    await server.close();
    const [, href = ''] = /<a class="button primary" href="([^"]*)"/.exec(html) ?? [];
    return { status: answer.status, href: href.replaceAll('&amp;', '&'), session: agent.cookies.has('oauth_session') };
  }

  it('signs nobody in', async () => {
    expect(await expired({})).toMatchObject({ status: 400, session: false });
  });

  it('leads to where the client begins a login', async () => {
    const uris = { initiate_login_uri: 'https://client.example.com/login', client_uri: 'https://client.example.com/' };
    expect((await expired(uris)).href).toBe(uris.initiate_login_uri);
  });

  it("leads to the client's home page, if that is all it has", async () => {
    expect((await expired({ client_uri: 'https://client.example.com/' })).href).toBe('https://client.example.com/');
  });

  it('leads back with access_denied, if the client has neither', async () => {
    const callback = new URL((await expired({})).href);
    expect(`${callback.origin}${callback.pathname}`).toBe(web.redirect_uris[0]);
    expect(Object.fromEntries(callback.searchParams)).toMatchObject({ error: 'access_denied', state: 'a state' });
  });
});

describe('the session', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await testServer();
  });

  afterAll(() => server.close());

  it('has a name of its own, whatever the browser came with', async () => {
    const agent = new Agent(server.url);
    agent.cookies.set('oauth_session', 'planted');
    await postLogin(agent);
    expect(agent.cookies.get('oauth_session')).toMatch(/^[\w-]{43}$/);
  });

  it('of an attacker does not become that of the user in whose browser it was planted', async () => {
    const [attacker, victim] = [new Agent(server.url), new Agent(server.url)];
    await postLogin(attacker, bob);
    const planted = attacker.cookies.get('oauth_session') ?? '';
    const { ticket, _csrf } = await openPage(victim, start());
    victim.cookies.set('oauth_session', planted);
    await victim.post('/oauth/login', { ticket, _csrf, ...alice });
    expect(victim.cookies.get('oauth_session')).not.toBe(planted);
    expect(isLogin((await openPage(attacker, start())).html)).toBe(true);
  });

  it('has another name after each login', async () => {
    const agent = new Agent(server.url);
    await postLogin(agent);
    const before = agent.cookies.get('oauth_session');
    agent.cookies.delete('oauth_session');
    await postLogin(agent);
    expect(agent.cookies.get('oauth_session')).not.toBe(before);
  });

  it('is kept in a cookie that no script reads and that no other site sends with a form', async () => {
    const answer = await postLogin(new Agent(server.url));
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^oauth_session=[\w-]{43}; Max-Age=1209600; Path=\/; HttpOnly; SameSite=Lax$/),
    ]);
  });

  it('lasts for two weeks', async () => {
    const agent = new Agent(server.url);
    await postLogin(agent);
    server.sleep(14 * day - 1);
    expect(isLogin((await openPage(agent, start())).html)).toBe(false);
    server.sleep(1);
    expect(isLogin((await openPage(agent, start())).html)).toBe(true);
  });

  it('ends when the account is gone', async () => {
    let gone = false;
    const find = (sub: string) => (gone ? undefined : { sub });
    const other = await testServer({ options: { users: { authenticate: () => ({ sub: 'alice' }), find } } });
    const agent = new Agent(other.url);
    await postLogin(agent);
    gone = true;
    const { html } = await openPage(agent, start());
    await other.close();
    expect(isLogin(html)).toBe(true);
  });

  it('is not moved to a later user by an older login page', async () => {
    const agent = new Agent(server.url);
    const { ticket, _csrf } = await openPage(agent, start());
    await postLogin(agent, bob);
    expect((await openPage(agent, await agent.post('/oauth/login', { ticket, _csrf, ...alice }))).html).toContain('Alice');
  });
});

describe('over https', () => {
  it('both cookies are bound to this very host', async () => {
    const server = await testServer({ options: { issuer: 'https://app.example.com' } });
    const agent = new Agent(server.url);
    const page = await agent.get(start());
    const login = await postLogin(agent);
    await server.close();
    const cookies = [...page.headers.getSetCookie(), ...login.headers.getSetCookie()];
    expect(cookies).toEqual([
      expect.stringMatching(/^__Host-oauth_csrf=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
      expect.stringMatching(/^__Host-oauth_session=[^;]+; Max-Age=1209600; Path=\/; HttpOnly; SameSite=Lax; Secure$/),
    ]);
  });
});

describe("the host's function for passwords", () => {
  const detail = 'connection to db-7.internal refused';

  async function answerTo(authenticate: () => unknown) {
    const logged: unknown[] = [];
    const log = { warn: () => {}, error: (_: string, cause?: unknown) => void logged.push(cause) };
    const server = await testServer({ options: { users: { authenticate: authenticate as () => null }, log } });
    const agent = new Agent(server.url);
    const answer = await postLogin(agent);
    const html = await answer.text();
    await server.close();
    return { status: answer.status, html, logged: String(logged), session: agent.cookies.has('oauth_session') };
  }

  it('may throw: the user sees that something went wrong, and the operator what', async () => {
    const { status, html, logged } = await answerTo(() => {
      throw new Error(detail);
    });
    expect({ status, told: html.includes(detail), logged: logged.includes(detail) }).toEqual({ status: 500, told: false, logged: true });
  });

  it('may reject: the user sees that something went wrong, and the operator what', async () => {
    const { status, html, logged } = await answerTo(() => Promise.reject(new Error(detail)));
    expect({ status, told: html.includes(detail), logged: logged.includes(detail) }).toEqual({ status: 500, told: false, logged: true });
  });

  it.each<readonly [string, unknown]>([
    ['true', true],
    ['a number', 42],
    ['a name', 'alice'],
    ['an empty object', {}],
    ['an empty sub', { sub: '' }],
    ['a sub of 256 characters', { sub: 'a'.repeat(256) }],
    ['an object as id', { id: {} }],
    ['NaN as id', { id: Number.NaN }],
    ['an id too large to be exact', { id: 2 ** 53 }],
    ['a list of users', [{ id: 'alice' }]],
  ])('may not give %s', async (_, nonsense) => {
    const { status, logged, session } = await answerTo(() => nonsense);
    expect({ status, logged: logged.includes('users.authenticate'), session }).toEqual({ status: 500, logged: true, session: false });
  });

  it.each([null, undefined, false])('may say by %s that the password is wrong', async (nobody) => {
    expect((await answerTo(() => nobody)).status).toBe(422);
  });
});
