/** The connected apps: the page where users see which apps use their account, and the same for the host; what a removal ends. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClientOptions, OAuthRouterOptions } from '../../lib/config/options/index.js';
import type { Store } from '../../lib/model/store.js';
import type { UsersOfHost } from '../../lib/model/user.js';
import { createRouter } from '../../lib/router.js';
import { memoryStore } from '../../lib/store/memory.js';
import { Agent, formField } from '../support/agent.js';
import {
  api,
  authorizeUrl,
  callApi,
  form,
  freshCode,
  openPage,
  pkce,
  postLogin,
  spa,
  type TestServer,
  type TestServerOptions,
  testServer,
  token,
  web,
} from '../support/server.js';

const calendar = { ...web, client_name: 'Calendar', client_uri: 'https://calendar.example.com' };
const ours = { client_id: 'ours', client_secret: 'the secret of our own client', redirect_uris: web.redirect_uris, firstParty: true };
const hostile = {
  ...spa,
  client_id: '"><script>alert(1)</script>',
  client_name: '</h2><script>alert(1)</script>',
  client_uri: 'https://spa.example.com/"onclick="alert(1)',
};
const machine = { client_id: 'machine', client_secret: 'the secret of the machine', grant_types: ['client_credentials'] };
const files = 'https://api.example.com/files';
const apis: OAuthRouterOptions['apis'] = {
  [api]: { name: 'Contacts', scopes: { 'read:contacts': 'See your contacts', 'create:contacts': 'Add contacts' } },
  [files]: { name: 'Files', accessTokens: 'opaque', scopes: { 'read:files': 'See your files' } },
};

const options: Partial<OAuthRouterOptions> = {
  clients: [calendar, spa, ours, hostile, machine as unknown as ClientOptions],
  apis,
  brand: { name: 'Example' },
  users: { authenticate: ({ username }) => ({ id: username, name: username }) },
};

let server: TestServer;
let people = 0;

beforeAll(async () => {
  server = await testServer({ options });
  server.app.get('/api/files', server.oauth.protect('read:files'), (req, res) => void res.json({ sub: req.auth.sub }));
});

const servers: TestServer[] = [];

afterAll(() => Promise.all([server, ...servers].map((each) => each.close())));

/** For tests that move its clock, or have options of their own. */
async function anotherServer(more: TestServerOptions = {}): Promise<TestServer> {
  const started = await testServer({ options, ...more });
  servers.push(started);
  return started;
}

/** A browser where somebody is signed in who has allowed nothing yet. */
async function somebody(at: TestServer = server) {
  people += 1;
  const person = { username: `person-${people}`, password: 'correct horse' };
  const agent = new Agent(at.url);
  await postLogin(agent, person);
  return { agent, person, sub: person.username };
}

type Parameters = Readonly<Record<string, string | undefined>>;

const asSpa = { client_id: spa.client_id, redirect_uri: spa.redirect_uris[0] };
const asOurs = { client_id: ours.client_id };
const secrets: Record<string, string> = { [web.client_id]: web.client_secret, [ours.client_id]: ours.client_secret };

/** Allows an app, and gives what it is given for its code. */
async function connect(agent: Agent, parameters: Parameters = {}, at: TestServer = server) {
  const { client_id = web.client_id } = parameters;
  const code = await freshCode(at.url, parameters, agent);
  const { body } = await token(at.url, { ...code, client_id, client_secret: secrets[client_id] });
  return body;
}

function refresh(refresh_token: string | undefined, client_id: string = web.client_id, at: TestServer = server) {
  return token(at.url, { grant_type: 'refresh_token', refresh_token, client_id, client_secret: secrets[client_id] });
}

async function pageOf(agent: Agent, path = '/oauth/apps'): Promise<string> {
  const answer = await agent.get(path);
  expect(answer.status).toBe(200);
  return answer.text();
}

/** The names of the apps on the page, in their order. */
function appsOn(html: string): string[] {
  return [...html.matchAll(/<h2 id="app-\d+"><bdi>(.*?)<\/bdi>/g)].map(([, name]) => name as string);
}

/** What the page says in words, without tags. */
function textOf(html: string): string {
  return html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
}

/** Presses the button of an app, and gives the answer. */
async function press(agent: Agent, client_id: string = web.client_id): Promise<Response> {
  const _csrf = formField(await pageOf(agent), '_csrf');
  return agent.post('/oauth/apps', { _csrf, client_id });
}

/** The same, and gives the page that comes of it. */
async function remove(agent: Agent, client_id?: string): Promise<string> {
  const answer = await press(agent, client_id);
  expect(answer.status).toBe(303);
  return pageOf(agent, answer.headers.get('location') ?? '');
}

async function isAsked(agent: Agent, parameters: Parameters = {}): Promise<boolean> {
  const answer = await agent.get(authorizeUrl('', pkce().code_challenge, parameters));
  return (await answer.text()).includes('name="decision"');
}

describe('the page of connected apps', () => {
  it('says so where there are none', async () => {
    const { agent } = await somebody();
    const html = await pageOf(agent);
    expect(appsOn(html)).toEqual([]);
    expect(html).toContain('No app uses your account now');
  });

  it('says who has access, to what, by which consent, and how recently', async () => {
    const { agent, sub } = await somebody();
    await connect(agent, { scope: 'openid profile read:contacts create:contacts' });
    const text = textOf(await pageOf(agent));
    for (const words of [
      sub,
      'Calendar',
      'Recognise you when you sign in',
      'See your name and your profile',
      'Add contacts',
      'Last used: now',
      'You agreed: now',
    ]) {
      expect(text).toContain(words);
    }
  });

  it('parts the permissions by their API', async () => {
    const { agent } = await somebody();
    const url = authorizeUrl('', pkce().code_challenge, { scope: 'read:contacts read:files', ...asSpa });
    const { ticket, _csrf } = await openPage(agent, `${url}&${form({ resource: api })}&${form({ resource: files })}`);
    await agent.post('/oauth/consent', { ticket, _csrf, decision: 'allow' });
    const html = await pageOf(agent);
    expect([...html.matchAll(/<h3>(.*?)<\/h3>/g)].map(([, name]) => name)).toEqual(['Contacts', 'Files']);
  });

  it('tells times that are long ago as dates, for programs as well', async () => {
    const at = await anotherServer();
    const { agent } = await somebody(at);
    await connect(agent, {}, at);
    at.sleep(3 * 86_400);
    const html = await pageOf(agent);
    expect(html).toMatch(/<li>You agreed: <time datetime="[\dT:-]{19}Z">\d{1,2} [A-Z][a-z]+ \d{4}<\/time><\/li>/);
  });

  it('counts the sign-ins of an app, and lists it once, after those that were used later', async () => {
    const at = await anotherServer();
    const { agent } = await somebody(at);
    await connect(agent, {}, at);
    at.sleep(7_200);
    const { refresh_token } = await connect(agent, {}, at);
    at.sleep(60);
    await connect(agent, asSpa, at);
    const html = await pageOf(agent);
    expect(appsOn(html)).toEqual(['Notes', 'Calendar']);
    expect(textOf(html)).toContain('You agreed: 2 hours ago Sign-ins: 2 ');
    at.sleep(60);
    await refresh(refresh_token, web.client_id, at);
    expect(appsOn(await pageOf(agent))).toEqual(['Calendar', 'Notes']);
  });

  it('says who trusts an app that nobody was asked about', async () => {
    const { agent } = await somebody();
    await connect(agent, asOurs);
    expect(textOf(await pageOf(agent))).toContain('Trusted by Example : you were not asked. First connected: now ');
  });

  it('shows an app that has no access, and could have it again without a question', async () => {
    const { agent } = await somebody();
    const { refresh_token } = await connect(agent);
    await fetch(`${server.url}/oauth/revoke`, {
      method: 'POST',
      body: form({ client_id: web.client_id, client_secret: web.client_secret, token: refresh_token }),
    });
    expect(textOf(await pageOf(agent))).toContain('Calendar No access now, but it can come back without asking you');
    expect(appsOn(await remove(agent))).toEqual([]);
    expect(await isAsked(agent)).toBe(true);
  });

  it('calls an app that is not registered any more by its client_id, and can still remove it', async () => {
    const store = memoryStore(() => Math.floor(Date.now() / 1000));
    const before = await anotherServer({ options: { ...options, store } });
    const { agent, person } = await somebody(before);
    await connect(agent, {}, before);
    const after = await anotherServer({ options: { ...options, clients: [spa], store } });
    const later = new Agent(after.url);
    await postLogin(later, person, authorizeUrl('', pkce().code_challenge, asSpa));
    expect(appsOn(await pageOf(later))).toEqual(['web']);
    expect(appsOn(await remove(later))).toEqual([]);
  });

  it('escapes what a client calls itself', async () => {
    const { agent } = await somebody();
    await connect(agent, { ...asSpa, client_id: hostile.client_id });
    const html = await pageOf(agent);
    expect(html).not.toContain('<script>');
    expect(html.match(/<script/g)).toHaveLength(1); // ours, by its nonce
    expect(html).not.toMatch(/<[^>]* onclick=/);
    expect(await remove(agent, hostile.client_id)).toContain('&lt;script&gt;alert(1)&lt;/script&gt;</bdi> no longer has access.');
  });

  it('is one page, and quick, whoever signed in 500 times', async () => {
    const { agent, sub } = await somebody();
    await connect(agent);
    for (let done = 0; done < 500; done += 50) {
      await Promise.all(Array.from({ length: 50 }, () => freshCode(server.url, {}, agent)));
    }
    const before = process.cpuUsage();
    const html = await pageOf(agent);
    expect(process.cpuUsage(before).user).toBeLessThan(2_000_000); // microseconds of work, however busy the machine is with other things
    expect(appsOn(html)).toEqual(['Calendar']);
    expect(html.length).toBeLessThan(8_000);
    expect((await server.oauth.authorizations.of(sub)).length).toBeGreaterThanOrEqual(501);
    expect(appsOn(await remove(agent))).toEqual([]);
    expect(await server.oauth.authorizations.of(sub)).toEqual([]);
  });

  it('forgets what has expired', async () => {
    const at = await anotherServer();
    const { agent, person, sub } = await somebody(at);
    await connect(agent, {}, at);
    at.sleep(366 * 86_400);
    await postLogin(agent, person);
    expect(appsOn(await pageOf(agent))).toEqual([]);
    expect(await at.oauth.authorizations.of(sub)).toEqual([]);
  });
});

describe('removing an app', () => {
  it('says that it no longer has access', async () => {
    const { agent } = await somebody();
    await connect(agent);
    const html = await remove(agent);
    expect(html).toMatch(/role="status"[\s\S]*Calendar<\/bdi> no longer has access\./);
    expect(appsOn(html)).toEqual([]);
  });

  it('ends its refresh token, its JWT and its reference token', async () => {
    const { agent } = await somebody();
    const contacts = await connect(agent);
    const reference = await connect(agent, { scope: 'read:files', resource: files });
    const callFiles = () => fetch(`${server.url}/api/files`, { headers: { Authorization: `Bearer ${reference.access_token}` } });
    expect([(await callApi(server.url, contacts.access_token)).status, (await callFiles()).status]).toEqual([200, 200]);
    await remove(agent);
    expect([(await callApi(server.url, contacts.access_token)).status, (await callFiles()).status]).toEqual([401, 401]);
    expect((await refresh(contacts.refresh_token)).body.error).toBe('invalid_grant');
    expect((await refresh(reference.refresh_token)).body.error).toBe('invalid_grant');
  });

  it('ends a code that is not redeemed yet', async () => {
    const { agent } = await somebody();
    const code = await freshCode(server.url, {}, agent);
    await remove(agent);
    expect((await token(server.url, code)).body.error).toBe('invalid_grant');
  });

  it.each(['refresh', 'redemption'])('in the midst of a %s is not undone by it', async (what) => {
    const memory = memoryStore(() => Math.floor(Date.now() / 1000));
    let meanwhile = async () => {};
    const store: Store = {
      ...memory,
      swap: async (...written) => {
        await meanwhile(); // the record has been read, and is about to be written
        return memory.swap(...written);
      },
    };
    const at = await anotherServer({ options: { ...options, store } });
    const { agent, sub } = await somebody(at);
    const { refresh_token } = await connect(agent, {}, at);
    const code = await freshCode(at.url, {}, agent);
    meanwhile = async () => void (await at.oauth.authorizations.revokeAll(sub));
    const answer = what === 'refresh' ? await refresh(refresh_token, web.client_id, at) : await token(at.url, code);
    expect(answer.body.error).toBe('invalid_grant');
    expect(await at.oauth.authorizations.of(sub)).toEqual([]);
  });

  it('makes it ask again', async () => {
    const { agent } = await somebody();
    await connect(agent);
    expect(await isAsked(agent)).toBe(false);
    await remove(agent);
    expect(await isAsked(agent)).toBe(true);
  });

  it('leaves other apps, and other users, what they have', async () => {
    const [one, two] = [await somebody(), await somebody()];
    await connect(one.agent);
    const [other, others] = [await connect(one.agent, asSpa), await connect(two.agent)];
    await remove(one.agent);
    expect([(await callApi(server.url, other.access_token)).status, (await callApi(server.url, others.access_token)).status]).toEqual([
      200, 200,
    ]);
    expect((await refresh(other.refresh_token, spa.client_id)).status).toBe(200);
    expect((await refresh(others.refresh_token)).status).toBe(200);
    expect([await isAsked(one.agent, asSpa), await isAsked(two.agent)]).toEqual([false, false]);
  });

  it('can be done twice, in two tabs', async () => {
    const { agent } = await somebody();
    await connect(agent);
    const _csrf = formField(await pageOf(agent), '_csrf');
    const fields = { _csrf, client_id: web.client_id };
    const answers = [await agent.post('/oauth/apps', fields), await agent.post('/oauth/apps', fields)];
    expect(answers.map(({ status }) => status)).toEqual([303, 303]);
  });

  it('does not happen without the CSRF token, and is offered again', async () => {
    const { agent } = await somebody();
    const { refresh_token } = await connect(agent);
    for (const forged of [{}, { _csrf: 'x' }]) {
      const answer = await agent.post('/oauth/apps', { client_id: web.client_id, ...forged });
      expect(answer.status).toBe(403);
      expect(appsOn(await answer.text())).toEqual(['Calendar']);
    }
    expect((await refresh(refresh_token)).status).toBe(200);
  });

  it('does not happen by a GET', async () => {
    const { agent } = await somebody();
    await connect(agent);
    expect(appsOn(await pageOf(agent, `/oauth/apps?client_id=${web.client_id}`))).toEqual(['Calendar']);
  });

  it('from a page that was drawn for another user removes nothing of that one', async () => {
    const [one, two] = [await somebody(), await somebody()];
    const { refresh_token } = await connect(one.agent);
    const _csrf = formField(await pageOf(one.agent), '_csrf');
    one.agent.cookies.set('oauth_session', two.agent.cookies.get('oauth_session') ?? '');
    await one.agent.post('/oauth/apps', { _csrf, client_id: web.client_id });
    expect((await refresh(refresh_token)).status).toBe(200);
  });

  it('needs a login first, when the session has ended meanwhile', async () => {
    const { agent } = await somebody();
    const { refresh_token } = await connect(agent);
    const _csrf = formField(await pageOf(agent), '_csrf');
    agent.cookies.delete('oauth_session');
    const answer = await agent.post('/oauth/apps', { _csrf, client_id: web.client_id });
    expect(await answer.text()).toContain('name="password"');
    expect((await refresh(refresh_token)).status).toBe(200);
  });

  it.each([
    ['nothing', '', 400],
    ['a name that nobody has', 'nobody', 303],
    ['the name of a property', '__proto__', 303],
  ])('of %s changes nothing', async (_, client_id, status) => {
    const { agent } = await somebody();
    await connect(agent);
    expect((await press(agent, client_id)).status).toBe(status);
    expect(appsOn(await pageOf(agent))).toEqual(['Calendar']);
  });
});

describe('the word that an app no longer has access', () => {
  const said = 'no longer has access';

  async function removal() {
    const { agent, person } = await somebody();
    await connect(agent);
    const location = (await press(agent)).headers.get('location') ?? '';
    return { agent, person, location };
  }

  it('is said again when the page is loaded again', async () => {
    const { agent, location } = await removal();
    for (let times = 0; times < 2; times += 1) expect(await pageOf(agent, location)).toContain(said);
  });

  it('is not said of an app that has access again', async () => {
    const { agent, location } = await removal();
    await connect(agent);
    expect(await pageOf(agent, location)).not.toContain(said);
  });

  it('is not said to another user', async () => {
    const { location } = await removal();
    expect(await pageOf((await somebody()).agent, location)).not.toContain(said);
  });

  it.each(['web', 'Calendar', 'x.y.z', 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0....'])(
    'is not said because a link says %s',
    async (removed) => {
      const { agent } = await somebody();
      expect(await pageOf(agent, `/oauth/apps?${form({ removed })}`)).not.toContain(said);
    },
  );

  it('is not said for a ticket in its place', async () => {
    const { agent } = await somebody();
    const { ticket } = await openPage(agent, authorizeUrl('', pkce().code_challenge));
    expect(await pageOf(agent, `/oauth/apps?${form({ removed: ticket })}`)).not.toContain(said);
  });

  it('is not said for ever', async () => {
    const at = await anotherServer();
    const { agent } = await somebody(at);
    await connect(agent, {}, at);
    const location = (await press(agent)).headers.get('location') ?? '';
    at.sleep(301);
    const html = await pageOf(agent, location);
    expect(html).not.toContain(said);
  });
});

describe('who is not signed in', () => {
  const person = { username: 'somebody', password: 'correct horse' };

  it('signs in first, is told what for, and comes back to the page', async () => {
    const agent = new Agent(server.url);
    const login = await openPage(agent, '/oauth/apps');
    expect(textOf(login.html)).toContain('to see the apps that use your account');
    expect(login.html).not.toContain('name="cancel"');
    const answer = await agent.post('/oauth/login', { ticket: login.ticket, _csrf: login._csrf, ...person });
    expect(answer.status).toBe(303);
    expect((await pageAfter(agent, answer)).path).toBe('/oauth/apps');
  });

  it('may mistype the password', async () => {
    const at = await anotherServer({ options: {} }); // whose users have passwords
    const agent = new Agent(at.url);
    const { ticket, _csrf } = await openPage(agent, '/oauth/apps');
    const again = await openPage(agent, await agent.post('/oauth/login', { ticket, _csrf, username: 'alice', password: 'wrong' }));
    expect(textOf(again.html)).toContain('to see the apps that use your account');
    const fields = { ticket: again.ticket, _csrf: again._csrf, username: 'alice', password: 'correct horse' };
    const { path } = await pageAfter(agent, await agent.post('/oauth/login', fields));
    expect(path).toBe('/oauth/apps');
  });

  it('is led on however long the login page was open', async () => {
    const at = await anotherServer();
    const agent = new Agent(at.url);
    const { ticket, _csrf } = await openPage(agent, '/oauth/apps');
    at.sleep(86_400);
    const { path } = await pageAfter(agent, await agent.post('/oauth/login', { ticket, _csrf, ...person }));
    expect(path).toBe('/oauth/apps');
  });

  it('may give up, though no button says so, and comes to the host', async () => {
    const agent = new Agent(server.url);
    const { ticket, _csrf } = await openPage(agent, '/oauth/apps');
    const answer = await agent.post('/oauth/login', { ticket, _csrf, cancel: 'cancel' });
    const home = new URL(answer.headers.get('location') ?? '', server.url).href;
    expect([answer.status, home]).toEqual([303, `${server.url}/`]);
  });

  it('stays signed in where they were, if they do not sign in as somebody else', async () => {
    const { agent } = await somebody();
    const [, link = ''] = /<a href="([^"]*)">Use another account/.exec(await pageOf(agent)) ?? [];
    const { ticket, _csrf } = await openPage(agent, link.replaceAll('&amp;', '&'));
    const answer = await agent.post('/oauth/login', { ticket, _csrf, cancel: 'cancel' });
    expect([answer.status, (await answer.text()).includes('signed out')]).toEqual([303, false]);
    expect(await pageOf(agent)).toContain('Use another account');
  });

  it('comes back below a prefix, too', async () => {
    const at = await anotherServer({ prefix: '/auth' });
    const agent = new Agent(at.url);
    const { ticket, _csrf } = await openPage(agent, '/auth/oauth/apps');
    const { path, html } = await pageAfter(agent, await agent.post('/auth/oauth/login', { ticket, _csrf, ...person }));
    expect([path, html.includes('action="/auth/oauth/apps"') || html.includes('No app uses')]).toEqual(['/auth/oauth/apps', true]);
  });

  it('can use another account', async () => {
    const { agent } = await somebody();
    const [, link = ''] = /<a href="([^"]*)">Use another account/.exec(await pageOf(agent)) ?? [];
    const { ticket, _csrf } = await openPage(agent, link.replaceAll('&amp;', '&'));
    const { path, html } = await pageAfter(agent, await agent.post('/oauth/login', { ticket, _csrf, ...person }));
    expect([path, html.includes('somebody')]).toEqual(['/oauth/apps', true]);
  });

  it('hands the host no client at the login', async () => {
    let context: object = {};
    const users: OAuthRouterOptions['users'] = {
      authenticate: ({ username }, given) => {
        context = given;
        return { id: username };
      },
    };
    const at = await anotherServer({ options: { users } });
    const agent = new Agent(at.url);
    const { ticket, _csrf } = await openPage(agent, '/oauth/apps');
    await agent.post('/oauth/login', { ticket, _csrf, ...person });
    expect(context).toEqual({ req: expect.anything(), acr_values: [] });
  });

  /** The page that an answer leads to, with its path. */
  async function pageAfter(agent: Agent, first: Response): Promise<{ path: string; html: string }> {
    let [answer, path] = [first, ''];
    for (let location = answer.headers.get('location'); location; location = answer.headers.get('location')) {
      path = location;
      answer = await agent.get(location);
    }
    return { path, html: await answer.text() };
  }
});

describe('with the login of the host', () => {
  async function host() {
    const current: UsersOfHost['current'] = (req) => {
      const id = /host_user=(\w+)/.exec(req.headers.cookie ?? '')?.[1];
      return id !== undefined && { id };
    };
    const at = await anotherServer({ options: { ...options, users: { current, loginUrl: '/login' } } });
    at.app.get('/login', async (req, res) => {
      res.cookie('host_user', 'alice');
      if (!(await at.oauth.resume(req, res, { id: 'alice' }))) res.send('Welcome');
    });
    return at;
  }

  it('who is not signed in goes there with a ticket, and comes back to the page, however long that takes', async () => {
    const at = await host();
    const agent = new Agent(at.url);
    const toLogin = (await agent.get('/oauth/apps')).headers.get('location') ?? '';
    expect(toLogin).toMatch(/^\/login\?ticket=[^&]+$/);
    at.sleep(86_400);
    const resumed = (await agent.get(toLogin)).headers.get('location') ?? '';
    const shown = await agent.get((await agent.get(resumed)).headers.get('location') ?? '');
    const html = await shown.text();
    expect([new URL(shown.url).pathname, html.includes('No app uses your account')]).toEqual(['/oauth/apps', true]);
  });

  it('the page leads there for another account, and has no link to sign out', async () => {
    const at = await host();
    const agent = new Agent(at.url);
    agent.cookies.set('host_user', 'alice');
    const html = await pageOf(agent);
    expect(html).toMatch(/href="\/login\?ticket=[^"]+&amp;prompt=login">Use another account/);
    expect(html).not.toContain('Sign out');
  });
});

describe('oauth.authorizations', () => {
  it('tells what a user has allowed, by sign-in, the last first', async () => {
    const at = await anotherServer();
    const { agent, sub } = await somebody(at);
    await connect(agent, { scope: 'openid read:contacts' }, at);
    at.sleep(10);
    await connect(agent, asOurs, at);
    const [second, first] = await at.oauth.authorizations.of(sub);
    const now = first?.allowedAt as number;
    expect(first).toEqual({
      id: expect.stringMatching(/^[\w-]{22}$/),
      clientId: 'web',
      clientName: 'Calendar',
      scopes: [
        { scope: 'openid', description: 'Recognise you when you sign in' },
        { scope: 'read:contacts', description: 'See your contacts', api: { identifier: api, name: 'Contacts' } },
      ],
      allowedAt: now,
      consentedAt: now,
      lastUsedAt: now,
      expiresAt: now + 90 * 86_400,
    });
    expect(second).toMatchObject({ clientId: 'ours', allowedAt: now + 10 });
    expect(second).not.toHaveProperty('consentedAt');
  });

  it('knows nothing of machines, which act for themselves', async () => {
    const { client_id, client_secret } = machine;
    await token(server.url, { grant_type: 'client_credentials', client_id, client_secret, scope: 'read:contacts' });
    expect(await server.oauth.authorizations.of(client_id)).toEqual([]);
  });

  it('ends one, and has the user asked the next time; other sign-ins go on', async () => {
    const { agent, sub } = await somebody();
    const [one, other] = [await connect(agent), await connect(agent)];
    const ending = await idOf(one.access_token);
    expect(await server.oauth.authorizations.revoke(ending)).toBe(true);
    expect((await refresh(one.refresh_token)).body.error).toBe('invalid_grant');
    expect((await callApi(server.url, one.access_token)).status).toBe(401);
    expect((await refresh(other.refresh_token)).status).toBe(200);
    expect(await isAsked(agent)).toBe(true);
    expect((await server.oauth.authorizations.of(sub)).map(({ id }) => id)).not.toContain(ending);
    expect(await server.oauth.authorizations.revoke(ending)).toBe(false);
  });

  it.each(['', 'nobody', '../session:x'])('says false for "%s", which is none', async (id) => {
    expect(await server.oauth.authorizations.revoke(id)).toBe(false);
  });

  it('ends all of a user, and counts them', async () => {
    const [one, two] = [await somebody(), await somebody()];
    const ended = [await connect(one.agent), await connect(one.agent, asSpa), await connect(one.agent, asOurs)];
    const other = await connect(two.agent);
    expect(await server.oauth.authorizations.revokeAll(one.sub)).toBe(3);
    for (const { access_token } of ended) expect((await callApi(server.url, access_token)).status).toBe(401);
    expect((await callApi(server.url, other.access_token)).status).toBe(200);
    expect([await isAsked(one.agent), await isAsked(one.agent, asSpa), await isAsked(two.agent)]).toEqual([true, true, false]);
    expect(await server.oauth.authorizations.revokeAll(one.sub)).toBe(0);
  });

  it('says when the store is away', async () => {
    const broken = {
      ...memoryStore(() => 0),
      linked: () => Promise.reject(new Error('away')),
      get: () => Promise.reject(new Error('away')),
    };
    const { authorizations } = createRouter({
      issuer: 'http://localhost:3000',
      secrets: ['x'.repeat(32)],
      ...options,
      store: broken,
    } as never);
    const away = expect.objectContaining({ cause: new Error('away') });
    await expect(authorizations.of('alice')).rejects.toThrow(away);
    await expect(authorizations.revoke('id')).rejects.toThrow(away);
    await expect(authorizations.revokeAll('alice')).rejects.toThrow(away);
  });
});

/** The name of the authorization that a JWT points at. */
async function idOf(jwt: string | undefined): Promise<string> {
  const { jti } = JSON.parse(Buffer.from(jwt?.split('.')[1] ?? '', 'base64url').toString()) as { jti: string };
  return jti.slice(0, jti.indexOf('.'));
}
