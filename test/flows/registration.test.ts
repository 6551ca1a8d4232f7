/** Clients that register themselves, and manage that. RFC 7591, RFC 7592. */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { systemClock } from '../../lib/platform/clock.js';
import { memoryStore } from '../../lib/store/memory.js';
import { Agent } from '../support/agent.js';
import { authorizeUrl, openConsent, openPage, pkce, type TestServer, testServer, token, walk } from '../support/server.js';

type Answer = { readonly status: number; readonly headers: Headers; readonly body: Record<string, unknown> };

const web = { redirect_uris: ['https://client.example.com/callback'], client_name: 'Notes' };
const app = { ...web, token_endpoint_auth_method: 'none' };

let server: TestServer;
const others: TestServer[] = [];

beforeAll(async () => {
  server = await testServer({ options: { registration: { perHour: 1_000 } } });
});

afterAll(() => server.close());
afterEach(async () => {
  for (const other of others.splice(0)) await other.close();
});

async function another(options: NonNullable<Parameters<typeof testServer>[0]>): Promise<TestServer> {
  const other = await testServer(options);
  others.push(other);
  return other;
}

async function send(url: string, method: string, body?: unknown, bearer?: string): Promise<Answer> {
  const headers = { 'Content-Type': 'application/json', ...(bearer !== undefined && { Authorization: `Bearer ${bearer}` }) };
  const answer = await fetch(url, {
    method,
    headers,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === '' ? {} : JSON.parse(text) };
}

function register(metadata: unknown, { url }: Pick<TestServer, 'url'> = server, bearer?: string): Promise<Answer> {
  return send(`${url}/oauth/register`, 'POST', metadata, bearer);
}

/** From the authorization request to tokens, as this client. */
async function flow({ url }: TestServer, client: Record<string, unknown>, scope = 'read:contacts') {
  const { code_verifier, code_challenge } = pkce();
  const client_id = String(client.client_id);
  const [redirect_uri] = client.redirect_uris as string[];
  const callback = await walk(new Agent(url), authorizeUrl(url, code_challenge, { client_id, redirect_uri, scope }));
  const code = callback.searchParams.get('code') ?? undefined;
  const secret = client.client_secret === undefined ? {} : { Authorization: `Basic ${btoa(`${client_id}:${client.client_secret}`)}` };
  const parameters = { grant_type: 'authorization_code', code, code_verifier, ...(client.client_secret === undefined && { client_id }) };
  return { callback, ...(await token(url, parameters, secret)) };
}

describe('a public client that registers', () => {
  it('is told what it is registered with', async () => {
    const { status, headers, body } = await register({ ...app, grant_types: ['authorization_code', 'refresh_token'] });
    expect(status).toBe(201);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toMatchObject({ ...app, grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] });
    expect(body.client_secret).toBeUndefined();
  });

  it('is kept nowhere: a million registrations would leave the store as it was', async () => {
    const written: string[] = [];
    const store = memoryStore(systemClock);
    const watched = { ...store, put: noted('put', store.put), add: noted('add', store.add), link: noted('link', store.link) };
    function noted<A extends unknown[], R>(name: string, act: (...given: A) => R) {
      return (...given: A): R => {
        written.push(`${name} ${String(given[0])}`);
        return act(...given);
      };
    }
    const fresh = await another({ options: { registration: { perHour: 1_000 }, store: watched } });
    for (let i = 0; i < 100; i += 1) await register({ ...app, client_name: `App ${i}` }, fresh);
    expect(written).toEqual([]);
  });

  it('is the same client if it says the same again', async () => {
    const [one, other] = [await register(app), await register({ response_types: ['code'], ...app })];
    expect(one.body.client_id).toBe(other.body.client_id);
  });

  it('is another client if it says something else', async () => {
    const [one, other] = [await register(app), await register({ ...app, client_name: 'Other' })];
    expect(one.body.client_id).not.toBe(other.body.client_id);
  });

  it('goes through the whole flow', async () => {
    const { status, body } = await flow(server, (await register(app)).body);
    expect({ status, scope: body.scope }).toEqual({ status: 200, scope: 'read:contacts' });
  });

  it('is known after a restart, with a store that has lost everything', async () => {
    const first = await another({ options: { registration: true } });
    const { body } = await register(app, first);
    const second = await another({ options: { registration: true } });
    expect((await flow(second, body)).status).toBe(200);
  });

  it('is not known with other secrets', async () => {
    const { body } = await register(app);
    const other = await another({ options: { registration: true, secrets: ['another secret of more than 32 characters'] } });
    const answer = await token(other.url, { grant_type: 'authorization_code', code: 'x', client_id: String(body.client_id) });
    expect({ status: answer.status, error: answer.body.error }).toEqual({ status: 401, error: 'invalid_client' });
  });

  it.each([
    ['a changed letter', (id: string) => id.replace('app~', 'app~A')],
    ['no signature', (id: string) => id.split('.')[0] as string],
    ['another signature', (id: string) => `${id.split('.')[0]}.${'A'.repeat(43)}`],
    ['nothing', () => 'app~'],
    ['much', () => `app~${'A'.repeat(8_000)}.${'A'.repeat(43)}`],
  ])('cannot forge its identifier: %s', async (_, forge) => {
    const { body } = await register(app);
    const answer = await token(server.url, { grant_type: 'authorization_code', code: 'x', client_id: forge(String(body.client_id)) });
    expect(answer.body.error).toBe('invalid_client');
  });

  it('cannot say more than fits into an identifier', async () => {
    const redirect_uris = Array.from({ length: 50 }, (_, i) => `https://${randomBytes(30).toString('hex')}.example.com/${i}`);
    const { status, body } = await register({ ...app, redirect_uris });
    expect({ status, error: body.error }).toEqual({ status: 400, error: 'invalid_client_metadata' });
  });

  it('is never taken for the host’s own, whatever it says', async () => {
    const { body } = await register({
      ...app,
      client_name: 'Impostor',
      firstParty: true,
      introspects: ['https://api.example.com/contacts'],
      pkce: false,
      source: 'host',
    });
    const agent = new Agent(server.url);
    const client_id = String(body.client_id);
    const start = authorizeUrl(server.url, pkce().code_challenge, { client_id, redirect_uri: web.redirect_uris[0] });
    const { html } = await openConsent(agent, undefined, start);
    expect(html).toContain('does not know this app');
  });
});

describe('a confidential client that registers', () => {
  it('is given a secret, and the way to its registration', async () => {
    const { status, body } = await register(web);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      token_endpoint_auth_method: 'client_secret_basic',
      client_secret: expect.stringMatching(/^[\w-]{64}$/),
      client_secret_expires_at: 0,
      registration_access_token: expect.any(String),
      registration_client_uri: `${server.url}/oauth/registration?client_id=${String(body.client_id)}`,
    });
  });

  it('goes through the whole flow', async () => {
    expect((await flow(server, (await register(web)).body)).status).toBe(200);
  });

  it('may not use a machine’s grant, unless somebody vouches for it', async () => {
    const { body } = await register({ ...web, grant_types: ['authorization_code', 'client_credentials', 'password', 'implicit'] });
    expect(body.grant_types).toEqual(['authorization_code']);
  });

  it('is refused when there are too many', async () => {
    const small = await another({ options: { registration: { quota: 1 } } });
    const first = await register(web, small);
    const second = await register({ ...web, client_name: 'Other' }, small);
    expect([first.status, second.status]).toEqual([201, 503]);
    await send(String(first.body.registration_client_uri), 'DELETE', undefined, String(first.body.registration_access_token));
    expect((await register({ ...web, client_name: 'Other' }, small)).status).toBe(201);
  });

  it('is forgotten when it is not used for its lifetime, and not as long as it is', async () => {
    const short = await another({ options: { registration: { lifetime: 3 * 86_400 } } });
    const { body } = await register(web, short);
    const ask = () => token(short.url, { grant_type: 'x' }, { Authorization: `Basic ${btoa(`${body.client_id}:${body.client_secret}`)}` });
    expect((await ask()).body.error).toBe('unsupported_grant_type');
    for (const _ of [1, 2, 3]) {
      short.sleep(2 * 86_400);
      expect((await ask()).body.error).toBe('unsupported_grant_type');
    }
    short.sleep(3 * 86_400 + 1);
    expect((await ask()).body.error).toBe('invalid_client');
  });
});

describe('a client that registers and goes', () => {
  it('is forgotten after a day, so that the quota is for those that stay', async () => {
    const server = await another({ options: { registration: { quota: 1 } } });
    const { body } = await register(web, server);
    server.sleep(86_400);
    const answer = await token(
      server.url,
      { grant_type: 'x' },
      { Authorization: `Basic ${btoa(`${body.client_id}:${body.client_secret}`)}` },
    );
    expect(answer.body.error).toBe('invalid_client');
    expect((await register({ ...web, client_name: 'Other' }, server)).status).toBe(201);
  });
});

describe('an identifier that only this server makes', () => {
  const made = (path: string) => ({ client_id: path, client_secret: 'a guess of 16 letters', grant_type: 'x' });

  it('is not looked for in the host’s own table', async () => {
    const asked: string[] = [];
    const findClient = (client_id: string) => void asked.push(client_id);
    const hosts = await another({ options: { registration: true, findClient } });
    const { body } = await register(app, hosts);
    await token(hosts.url, { grant_type: 'x', client_id: String(body.client_id) });
    expect(asked).toEqual([]);
    await token(hosts.url, made('somebody'));
    expect(asked).toContain('somebody');
  });

  it('is not looked for in the store, if it has not the form of one', async () => {
    const asked: string[] = [];
    const store = memoryStore(systemClock);
    const get: typeof store.get = (key) => {
      asked.push(key);
      return store.get(key);
    };
    const watched = await another({ options: { registration: true, store: { ...store, get } } });
    for (const id of ['client~', 'client~short', `client~${'a'.repeat(5_000)}`]) await token(watched.url, made(id));
    expect(asked).toEqual([]);
    await token(watched.url, made(`client~${'a'.repeat(22)}`));
    expect(asked).toEqual([`client:client~${'a'.repeat(22)}`]);
  });
});

describe('what is left out of a registration, and what is refused', () => {
  it('leaves out what is not known here', async () => {
    const { body } = await register({
      ...app,
      grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
      response_types: ['code', 'token'],
      scope: 'openid read:contacts mcp:tools',
      contacts: ['a@example.com'],
    });
    expect(body).toMatchObject({ grant_types: ['authorization_code'], response_types: ['code'], scope: 'openid read:contacts' });
    expect(body).not.toHaveProperty('contacts');
  });

  it('leaves out a bad redirect URI among good ones', async () => {
    const { body } = await register({ ...app, redirect_uris: ['http://evil.example.com/', 'https://good.example.com/'] });
    expect(body.redirect_uris).toEqual(['https://good.example.com/']);
  });

  it('takes an app for an app, whatever it calls itself', async () => {
    const { body } = await register({
      ...app,
      redirect_uris: ['cursor://anysphere.cursor-mcp/oauth/callback', 'http://localhost:8787/callback'],
    });
    expect(body).toMatchObject({ application_type: 'native', redirect_uris: expect.arrayContaining(['http://localhost:8787/callback']) });
  });

  it.each<[string, unknown, string, RegExp]>([
    ['http', { ...app, redirect_uris: ['http://client.example.com/'] }, 'invalid_redirect_uri', /^redirect_uris\[0\]/],
    ['a program', { ...app, redirect_uris: ['javascript:alert(1)'] }, 'invalid_redirect_uri', /redirect_uris\[0\]/],
    ['a fragment', { ...app, redirect_uris: ['https://client.example.com/#a'] }, 'invalid_redirect_uri', /fragment/],
    ['none', { ...app, redirect_uris: [] }, 'invalid_redirect_uri', /redirect_uris/],
    ['no list', { ...app, redirect_uris: 'https://client.example.com/' }, 'invalid_redirect_uri', /list/],
    ['a method', { ...app, token_endpoint_auth_method: 'magic' }, 'invalid_client_metadata', /token_endpoint_auth_method/],
    ['a name that is none', { ...app, client_name: 7 }, 'invalid_client_metadata', /client_name/],
    ['a name that is not what it seems', { ...app, client_name: 'Not\u202eseton' }, 'invalid_client_metadata', /client_name/],
    [
      'too many redirect URIs',
      { ...app, redirect_uris: Array(51).fill('https://client.example.com/') },
      'invalid_redirect_uri',
      /more than 50/,
    ],
    [
      'one that is compressed well',
      { ...app, redirect_uris: [`https://a.example/${'a'.repeat(20_000)}`] },
      'invalid_client_metadata',
      /too much/,
    ],
    ['a name without end', { ...app, client_name: 'a'.repeat(101) }, 'invalid_client_metadata', /client_name/],
    ['a link that is a program', { ...app, client_uri: 'javascript:alert(1)' }, 'invalid_client_metadata', /client_uri/],
    [
      'two kinds of keys',
      { ...app, jwks: { keys: [] }, jwks_uri: 'https://client.example.com/jwks' },
      'invalid_client_metadata',
      /jwks_uri/,
    ],
  ])('refuses, and names what it is about: %s', async (_, metadata, error, about) => {
    const { status, body } = await register(metadata);
    expect({ status, error: body.error }).toEqual({ status: 400, error });
    expect(body.error_description).toMatch(about);
  });

  it.each([
    ['no JSON', '{', 400],
    ['a list', '[]', 400],
    ['a text', '"a"', 400],
    ['too much', `{"client_name":"${'a'.repeat(70_000)}"}`, 413],
  ])('refuses a body that is %s', async (_, text, status) => {
    expect(await register(text)).toMatchObject({ status, body: { error: 'invalid_request' } });
  });

  it('refuses a form', async () => {
    const answer = await fetch(`${server.url}/oauth/register`, { method: 'POST', body: new URLSearchParams({ client_name: 'a' }) });
    expect(answer.status).toBe(415);
  });

  it('slows down who registers without end', async () => {
    const slow = await another({ options: { registration: { perHour: 2 } } });
    const statuses = [];
    for (let i = 0; i < 3; i += 1) statuses.push(await register(app, slow));
    expect(statuses.map(({ status }) => status)).toEqual([201, 201, 429]);
    expect(statuses[2]?.headers.get('retry-after')).toBe('3600');
    slow.sleep(3_600);
    expect((await register(app, slow)).status).toBe(201);
  });

  it('counts no more when it is switched off again, but for what the operator has added', async () => {
    const store = memoryStore(systemClock);
    const on = await another({ options: { registration: true, store } });
    const { body } = await register(web, on);
    const off = await another({ options: { store } });
    const basic = { Authorization: `Basic ${btoa(`${body.client_id}:${body.client_secret}`)}` };
    expect((await token(on.url, { grant_type: 'x' }, basic)).body.error).toBe('unsupported_grant_type');
    expect((await token(off.url, { grant_type: 'x' }, basic)).body.error).toBe('invalid_client');
  });

  it('is nowhere, if it is not switched on', async () => {
    const without = await another({});
    expect((await fetch(`${without.url}/oauth/register`, { method: 'POST' })).status).toBe(404);
    const metadata = (await (await fetch(`${without.url}/.well-known/oauth-authorization-server`)).json()) as Record<string, unknown>;
    expect(metadata).not.toHaveProperty('registration_endpoint');
  });
});

describe('an initial access token', () => {
  const registration = { initialAccessToken: (given: string) => given === 'let-me-in' };

  it('is needed, where the host asks for one', async () => {
    const closed = await another({ options: { registration } });
    const [without, wrong, right] = [
      await register(web, closed),
      await register(web, closed, 'x'),
      await register(web, closed, 'let-me-in'),
    ];
    expect([without.status, wrong.status, right.status]).toEqual([401, 401, 201]);
    expect(without.headers.get('www-authenticate')).toBe('Bearer realm="registration"');
    expect(wrong.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });

  it('lets a machine register', async () => {
    const closed = await another({ options: { registration } });
    const { body } = await register(
      { ...web, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
      closed,
      'let-me-in',
    );
    expect(body.grant_types).toEqual(['client_credentials']);
  });

  it('still counts when the registration is changed, from another grant to a machine’s', async () => {
    const closed = await another({ options: { registration } });
    const { body } = await register(web, closed, 'let-me-in');
    const change = { client_id: body.client_id, ...web, grant_types: ['authorization_code', 'client_credentials'] };
    const answer = await send(String(body.registration_client_uri), 'PUT', change, String(body.registration_access_token));
    expect(answer.body.grant_types).toEqual(['authorization_code', 'client_credentials']);
  });
});

it('is refused by the host’s own say', async () => {
  const picky = await another({ options: { registration: { refuse: ({ client_name }) => client_name === 'Notes' && 'Not this one.' } } });
  expect(await register(app, picky)).toMatchObject({
    status: 400,
    body: { error: 'invalid_client_metadata', error_description: 'Not this one.' },
  });
  expect((await register({ ...app, client_name: 'Other' }, picky)).status).toBe(201);
  const { body } = await register({ ...web, client_name: 'Other' }, picky);
  const change = { client_id: body.client_id, ...web };
  const answer = await send(String(body.registration_client_uri), 'PUT', change, String(body.registration_access_token));
  expect([answer.status, answer.body.error_description]).toEqual([400, 'Not this one.']);
});

describe('a software statement', () => {
  const issuer = 'https://store.example.com';
  let sign: (claims: Record<string, unknown>, iss?: string) => Promise<string>;
  let vouched: TestServer;

  beforeAll(async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'store' }] };
    sign = (claims, iss = issuer) => new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'store' }).setIssuer(iss).sign(privateKey);
    vouched = await testServer({ options: { registration: { softwareStatements: { issuers: [{ issuer, jwks }], required: true } } } });
  });
  afterAll(() => vouched.close());

  it('says more than the client', async () => {
    const software_statement = await sign({ client_name: 'Certified Notes' });
    const { status, body } = await register({ ...web, software_statement }, vouched);
    expect({ status, name: body.client_name }).toEqual({ status: 201, name: 'Certified Notes' });
  });

  it('is given back as it came, and still counts when the registration is changed', async () => {
    const software_statement = await sign({ client_name: 'Certified Notes' });
    const { body } = await register({ ...web, software_statement }, vouched);
    expect(body.software_statement).toBe(software_statement);
    const change = { client_id: body.client_id, ...web, client_name: 'Evil Bank' };
    const answer = await send(String(body.registration_client_uri), 'PUT', change, String(body.registration_access_token));
    expect([answer.status, answer.body.client_name, answer.body.software_statement]).toEqual([200, 'Certified Notes', software_statement]);
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ['missing', async () => undefined, 'invalid_software_statement'],
    ['no JWT', async () => 'x', 'invalid_software_statement'],
    ['of somebody else', () => sign({}, 'https://other.example.com'), 'unapproved_software_statement'],
    ['changed', async () => (await sign({})).replace(/\.[^.]*$/, `.${'A'.repeat(86)}`), 'invalid_software_statement'],
    ['expired', () => sign({ exp: 1 }), 'invalid_software_statement'],
  ])('is refused: %s', async (_, statement, error) => {
    const { status, body } = await register({ ...web, software_statement: await statement() }, vouched);
    expect({ status, error: body.error }).toEqual({ status: 400, error });
  });
});

describe('the registration of a client', () => {
  async function registered() {
    const { body } = await register(web);
    const uri = String(body.registration_client_uri);
    const bearer = String(body.registration_access_token);
    return { body, uri, bearer };
  }

  it('can be read', async () => {
    const { uri, bearer, body } = await registered();
    const { client_secret, client_secret_expires_at, ...known } = body;
    expect(await send(uri, 'GET', undefined, bearer)).toMatchObject({ status: 200, body: known });
  });

  it('can be changed, and what is not said any more is gone', async () => {
    const { uri, bearer, body } = await registered();
    const { client_id } = body;
    const { status, body: changed } = await send(uri, 'PUT', { client_id, redirect_uris: ['https://new.example.com/'] }, bearer);
    expect({ status, uris: changed.redirect_uris, name: changed.client_name }).toEqual({
      status: 200,
      uris: ['https://new.example.com/'],
      name: 'new.example.com',
    });
    expect((await flow(server, { ...body, redirect_uris: ['https://new.example.com/'] })).status).toBe(200);
  });

  it('can be removed; then the client is told to register anew', async () => {
    const { uri, bearer, body } = await registered();
    expect((await send(uri, 'DELETE', undefined, bearer)).status).toBe(204);
    const answer = await token(
      server.url,
      { grant_type: 'x' },
      { Authorization: `Basic ${btoa(`${body.client_id}:${body.client_secret}`)}` },
    );
    expect({ status: answer.status, error: answer.body.error }).toEqual({ status: 401, error: 'invalid_client' });
    expect((await send(uri, 'GET', undefined, bearer)).status).toBe(401);
  });

  it.each([
    ['no token', undefined],
    ['a wrong token', 'x'],
  ])('is nobody else’s: %s', async (_, bearer) => {
    const { uri } = await registered();
    for (const method of ['GET', 'PUT', 'DELETE'])
      expect((await send(uri, method, method === 'PUT' ? {} : undefined, bearer)).status).toBe(401);
  });

  it('is not that of another client', async () => {
    const [one, other] = [await registered(), await registered()];
    expect((await send(one.uri, 'DELETE', undefined, other.bearer)).status).toBe(401);
  });

  it.each([
    ['another client_id', { client_id: 'web' }, /client_id/],
    ['a secret of its own', { client_secret: 'a secret that it has made up' }, /client_secret/],
    ['a token', { registration_access_token: 'x' }, /registration_access_token/],
    ['no redirect URI', { redirect_uris: [] }, /redirect_uris/],
    ['no authentication', { token_endpoint_auth_method: 'none' }, /token_endpoint_auth_method/],
  ])('cannot be changed to %s', async (_, change, about) => {
    const { uri, bearer, body } = await registered();
    const answer = await send(uri, 'PUT', { client_id: body.client_id, ...web, ...change }, bearer);
    expect(answer.status).toBe(400);
    expect(answer.body.error_description).toMatch(about);
  });
});

describe('an authorization request of a client that nobody here knows', () => {
  const bad = { response_type: 'nonsense' };

  it('leads nobody on by its mistakes, but for a button', async () => {
    const { body } = await register(app);
    const start = authorizeUrl('', pkce().code_challenge, { client_id: String(body.client_id), ...bad });
    const answer = await new Agent(server.url).get(start);
    const html = await answer.text();
    expect({ status: answer.status, location: answer.headers.get('location') }).toEqual({ status: 400, location: null });
    expect(html).toContain('href="https://client.example.com/callback?error=unsupported_response_type');
  });

  it('leads nobody on by its mistakes, not even where a link says that no page may be shown', async () => {
    const { body } = await register(app);
    const start = authorizeUrl('', pkce().code_challenge, { client_id: String(body.client_id), prompt: 'none', ...bad });
    const answer = await new Agent(server.url).get(start);
    expect({ status: answer.status, location: answer.headers.get('location') }).toEqual({ status: 400, location: null });
  });

  it('is answered at once where no page may be shown', async () => {
    const { body } = await register(app);
    const start = authorizeUrl('', pkce().code_challenge, { client_id: String(body.client_id), prompt: 'none' });
    expect((await new Agent(server.url).get(start)).headers.get('location')).toContain('error=login_required');
  });

  it('is called by its address where its page was open for too long, and not by its own words', async () => {
    const late = await another({ options: { registration: true } });
    const lures = {
      client_name: 'Your bank',
      client_uri: 'https://lure.example.com/',
      initiate_login_uri: 'https://lure.example.com/login',
    };
    const { body } = await register({ ...app, ...lures }, late);
    const agent = new Agent(late.url);
    const { ticket } = await openPage(agent, authorizeUrl('', pkce().code_challenge, { client_id: String(body.client_id) }));
    late.sleep(3_601);
    const html = await (await agent.get(`/oauth/login?${new URLSearchParams({ ticket })}`)).text();
    expect(html).toMatch(/>Back to <bdi[^>]*>client\.example\.com<\/bdi><\/span><\/a>/);
    expect(html).not.toMatch(/Back to (<bdi[^>]*>)?Your bank|class="button primary" href="https:..lure/);
  });

  it('gets those of the scopes that there are', async () => {
    const { body } = await register(app);
    const { body: answer } = await flow(server, body, ' read:contacts mcp:tools nonsense');
    expect(answer.scope).toBe('read:contacts');
  });
});
