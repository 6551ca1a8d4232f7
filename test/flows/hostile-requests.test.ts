/** Requests that nobody honest sends: each is refused, in the way that the RFCs ask for, and none does any harm. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deriveSecrets } from '../../lib/keys/secrets.js';
import type { AuthorizationRequest } from '../../lib/model/authorization.js';
import { Agent } from '../support/agent.js';
import fc from '../support/fast-check.js';
import { chunked, type RawAnswer, raw } from '../support/raw.js';
import {
  alice,
  api,
  authorizeUrl,
  callApi,
  form,
  freshCode,
  native,
  openConsent,
  openPage,
  pkce,
  postLogin,
  secret,
  spa,
  type TestServer,
  testOptions,
  testServer,
  token,
  walk,
  web,
} from '../support/server.js';

const attack = '"><script>alert(1)</script>';
const other = {
  client_id: 'other',
  client_secret: 'the secret of the other client',
  redirect_uris: ['https://other.example.com/callback'],
};
const machine = { ...other, client_id: 'machine', grant_types: ['refresh_token'] };
const reader = { ...other, client_id: 'reader', scope: 'read:contacts' };
const forms = { 'Content-Type': 'application/x-www-form-urlencoded' };
const megabyte = 1_000_000;

let server: TestServer;

beforeAll(async () => {
  const { clients } = testOptions('');
  const users = { authenticate: ({ username, password }: Credentials) => password === alice.password && { id: username } };
  // Who tries so often would be told to wait; that has tests of its own.
  server = await testServer({ options: { clients: [...clients, other, machine, reader], users, limits: { login: false } } });
});

afterAll(() => server.close());

type Credentials = typeof alice;
type Changes = Readonly<Record<string, string | undefined>>;

let users = 0;

/** A user who has allowed nothing yet. */
function somebody(): Credentials {
  users += 1;
  return { username: `user ${users}`, password: alice.password };
}

/** Signs somebody else in, in the same browser. */
async function switchTo(agent: Agent, user: Credentials): Promise<void> {
  agent.cookies.delete('oauth_session');
  await postLogin(agent, user);
}

/** A good request to the authorization endpoint, but for these changes, and with this at the end of its query. */
function authorizePath(changes: Changes = {}, more = ''): string {
  return authorizeUrl('', pkce().code_challenge, changes) + more;
}

function authorize(changes: Changes, more?: string): Promise<RawAnswer> {
  return raw(server.url, { path: authorizePath(changes, more) });
}

function postToken(body: string, headers: Readonly<Record<string, string>> = forms, path = '/oauth/token'): Promise<RawAnswer> {
  return raw(server.url, { method: 'POST', path, headers, body });
}

/** The same bytes in another spelling: the last two of the 258 bits of a MAC in base64url are unused. */
function malleated(mac: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return mac.slice(0, -1) + alphabet[alphabet.indexOf(mac.slice(-1)) | 1];
}

/** The cookie of somebody who is signed in. */
async function aSession(): Promise<string | undefined> {
  const agent = new Agent(server.url);
  await postLogin(agent, somebody());
  return agent.cookies.get('oauth_session');
}

function basic(id: string, password: string): Record<string, string> {
  return { Authorization: `Basic ${btoa(`${id}:${password}`)}` };
}

/** RFC 6749 section 4.1.2.1: the user is told, and sent nowhere. */
function expectPage({ status, headers, body }: RawAnswer, expected = 400): void {
  expect({ status, type: headers.get('content-type'), location: headers.get('location') }).toEqual({
    status: expected,
    type: 'text/html; charset=utf-8',
    location: null,
  });
  expect(body).toContain('<h1>');
}

/** RFC 6749 section 4.1.2.1, RFC 9207 section 2: the client is told, at its own address. */
function expectRedirect({ status, headers }: RawAnswer, redirect_uri: string, error: string, state: string | undefined): void {
  expect(status).toBe(303);
  const [address, query] = (headers.get('location') ?? '').split('?');
  expect(address).toBe(redirect_uri);
  expect(Object.fromEntries(new URLSearchParams(query))).toEqual({
    error,
    error_description: expect.stringMatching(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/),
    iss: server.url,
    ...(state !== undefined && { state }),
  });
}

/** RFC 6749 section 5.2. */
function expectJson({ status, headers, body }: RawAnswer, expected: { status?: number; error: string }): void {
  expect({ status, type: headers.get('content-type'), cache: headers.get('cache-control') }).toEqual({
    status: expected.status ?? 400,
    type: 'application/json; charset=utf-8',
    cache: 'no-store',
  });
  expect(JSON.parse(body)).toEqual({
    error: expected.error,
    error_description: expect.stringMatching(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/),
  });
}

describe('the requests that are spoiled below', () => {
  it('lead to the login page as long as they are not', async () => {
    const { status, html } = await openPage(new Agent(server.url), authorizePath());
    expect({ status, asks: html.includes('name="password"') }).toEqual({ status: 200, asks: true });
  });

  it.each(['http://127.0.0.1:1/callback', 'http://127.0.0.1:65535/callback', 'http://127.0.0.1/callback', 'com.example.app:/callback'])(
    'may have the loopback or private-use redirect_uri %s',
    async (redirect_uri) => {
      expect((await authorize({ client_id: native.client_id, redirect_uri })).status).toBe(200);
    },
  );

  it.each(['&__proto__=x', '&constructor=x', '&client_id[a]=evil', '&toString=x&toString=y', '&unknown=1&unknown=2', '&state='])(
    'may have the unknown or empty parameters %s, which are ignored',
    async (more) => {
      expect((await authorize({}, more)).status).toBe(200);
    },
  );

  it('lead to a token as long as they are not', async () => {
    expect((await token(server.url, await freshCode(server.url))).status).toBe(200);
  });
});

describe('an error page', () => {
  it.each([
    ['bytes that are not UTF-8', '%ff'],
    ['a NUL', '%00'],
    ['a line end', 'de%0d%0aX-Split:%201'],
  ])('is shown also to who asks for it in the languages of %s', async (_what, ui_locales) => {
    expectPage(await raw(server.url, { path: `/oauth/login?ui_locales=${ui_locales}` }));
    expectPage(await authorize({ client_id: 'nobody' }, `&ui_locales=${ui_locales}`));
  });
});

describe('an authorization request whose answer might go astray', () => {
  const redirectUris = [
    ['a prefix of the registered one', 'https://client.example.com/callbac'],
    ['a suffix', 'https://client.example.com/callbacks'],
    ['a path below', 'https://client.example.com/callback/evil'],
    ['another path', 'https://client.example.com/evil'],
    ['a trailing slash', 'https://client.example.com/callback/'],
    ['an added query', 'https://client.example.com/callback?next=https://evil.example'],
    ['an empty query', 'https://client.example.com/callback?'],
    ['a fragment', 'https://client.example.com/callback#evil'],
    ['an empty fragment', 'https://client.example.com/callback#'],
    ['a user name', 'https://evil@client.example.com/callback'],
    ['the registered host as user name', 'https://client.example.com@evil.example/callback'],
    ['the registered host as user name and a backslash', 'https://client.example.com\\@evil.example/callback'],
    ['path traversal', 'https://client.example.com/callback/../evil'],
    ['path traversal that ends well', 'https://client.example.com/evil/../callback'],
    ['a dot segment', 'https://client.example.com/./callback'],
    ['an encoded traversal', 'https://client.example.com/callback/%2e%2e/evil'],
    ['an encoded slash', 'https://client.example.com%2Fcallback'],
    ['an encoded letter', 'https://client.example.com/%63allback'],
    ['invalid percent-encoding', 'https://client.example.com/callback%zz'],
    ['another case of the host', 'https://CLIENT.example.com/callback'],
    ['another case of the scheme', 'HTTPS://client.example.com/callback'],
    ['another case of the path', 'https://client.example.com/Callback'],
    ['a dot after the host', 'https://client.example.com./callback'],
    ['the default port', 'https://client.example.com:443/callback'],
    ['another port', 'https://client.example.com:8443/callback'],
    ['a subdomain', 'https://evil.client.example.com/callback'],
    ['a longer host', 'https://client.example.com.evil.example/callback'],
    ['a wildcard', 'https://*.example.com/callback'],
    ['a letter that looks alike', 'https://сlient.example.com/callback'],
    ['the same in punycode', 'https://xn--lient-xye.example.com/callback'],
    ['a full stop of another script', 'https://client。example.com/callback'],
    ['full-width letters', 'https://ｃlient.example.com/callback'],
    ['an invisible letter', 'https://client.example.com/call\u200bback'],
    ['http', 'http://client.example.com/callback'],
    ['no scheme', '//client.example.com/callback'],
    ['no scheme, on another host', '//evil.example/callback'],
    ['a path alone', '/callback'],
    ['backslashes', 'https:\\\\client.example.com\\callback'],
    ['one slash', 'https:/client.example.com/callback'],
    ['a tab', 'https://client.example.com/call\tback'],
    ['a newline', 'https://client.example.com/callback\nSet-Cookie: a=b'],
    ['CR LF', 'https://client.example.com/callback\r\nSet-Cookie: a=b'],
    ['a NUL', 'https://client.example.com/callback\0'],
    ['a space before', ' https://client.example.com/callback'],
    ['a space after', 'https://client.example.com/callback '],
    ['a line separator', 'https://client.example.com/callback\u2028'],
    ['two in one', 'https://client.example.com/callback https://evil.example/'],
    ['the registered one in the query of another', 'https://evil.example/?https://client.example.com/callback'],
    ['javascript', 'javascript:alert(1)//https://client.example.com/callback'],
    ['data', 'data:text/html,<script>alert(1)</script>'],
    ['the out-of-band URN', 'urn:ietf:wg:oauth:2.0:oob'],
    ["another client's", 'https://spa.example.com/callback'],
    ['a loopback address', 'http://127.0.0.1/callback'],
    ['16 kB', `https://client.example.com/callback?${'a'.repeat(13_000)}`],
  ] as const;

  it.each(redirectUris)('is refused on a page: as redirect_uri %s', async (_, redirect_uri) => {
    expectPage(await authorize({ redirect_uri }));
  });

  const loopbacks = [
    ['another path', 'http://127.0.0.1:8080/evil'],
    ['a query', 'http://127.0.0.1:8080/callback?a=b'],
    ['https', 'https://127.0.0.1:8080/callback'],
    ['port 0', 'http://127.0.0.1:0/callback'],
    ['port 65536', 'http://127.0.0.1:65536/callback'],
    ['port 99999', 'http://127.0.0.1:99999/callback'],
    ['a port with a sign', 'http://127.0.0.1:+80/callback'],
    ['a port of letters', 'http://127.0.0.1:http/callback'],
    ['a port of full-width digits', 'http://127.0.0.1:８０/callback'],
    ['no port after the colon', 'http://127.0.0.1:/callback'],
    ['two ports', 'http://127.0.0.1:80:80/callback'],
    ['a longer host', 'http://127.0.0.1.evil.example/callback'],
    ['a longer host after the port', 'http://127.0.0.1:80.evil.example/callback'],
    ['a user name', 'http://evil@127.0.0.1:80/callback'],
    ['the address and port as user name', 'http://127.0.0.1:80@evil.example/callback'],
    ['a backslash', 'http://127.0.0.1:80\\@evil.example/callback'],
    ['the address as a number', 'http://2130706433:80/callback'],
    ['the address in short', 'http://127.1:80/callback'],
    ['the address in hexadecimal', 'http://0x7f000001:80/callback'],
    ['the address in octal', 'http://0177.0.0.1:80/callback'],
    ['another address of this device', 'http://127.0.0.2:80/callback'],
    ['all addresses', 'http://0.0.0.0:80/callback'],
    ['the name instead of the address', 'http://localhost:80/callback'],
    ['a longer name', 'http://localhost.evil.example/callback'],
    ['the address in IPv6', 'http://[::1]:80/callback'],
    ['the address mapped into IPv6', 'http://[::ffff:127.0.0.1]:80/callback'],
    ['another case of the scheme', 'HTTP://127.0.0.1:80/callback'],
    ['a newline in the path', 'http://127.0.0.1:80/callback\n'],
    ['two slashes after a private-use scheme', 'com.example.app://callback'],
    ['another path of a private-use scheme', 'com.example.app:/callback/evil'],
    ['another case of a private-use scheme', 'COM.EXAMPLE.APP:/callback'],
    ['a longer private-use scheme', 'com.example.app.evil:/callback'],
  ] as const;

  it.each(loopbacks)('is refused on a page: from a native app with %s', async (_, redirect_uri) => {
    expectPage(await authorize({ client_id: native.client_id, redirect_uri }));
  });

  const unclear = [
    { title: 'without redirect_uri, where two are registered', changes: { client_id: spa.client_id, redirect_uri: undefined } },
    { title: 'without client_id', changes: { client_id: undefined } },
    { title: 'with an empty client_id', changes: { client_id: '' } },
    { title: 'of an unknown client', changes: { client_id: 'nobody' } },
    { title: 'of a client in another case', changes: { client_id: 'WEB' } },
    { title: 'of a client with a space after its name', changes: { client_id: 'web ' } },
    { title: 'of a client with a NUL after its name', changes: { client_id: 'web\0' } },
    { title: 'of the client __proto__', changes: { client_id: '__proto__' } },
    { title: 'of the client constructor', changes: { client_id: 'constructor' } },
    { title: 'of a client that is a script', changes: { client_id: attack } },
    { title: 'of a client with a name that is no UTF-8', changes: { client_id: undefined }, more: '&client_id=web%ff' },
    { title: 'with a nested client_id', changes: { client_id: undefined }, more: '&client_id[a]=web' },
    { title: 'with a list of one client_id', changes: { client_id: undefined }, more: '&client_id[]=web' },
    { title: 'with two client_ids', changes: {}, more: '&client_id=other' },
    { title: 'with the same client_id twice', changes: {}, more: '&client_id=web' },
    { title: 'with two redirect_uris', changes: {}, more: '&redirect_uri=https%3A%2F%2Fevil.example%2F' },
    {
      title: 'with the same redirect_uri twice',
      changes: {},
      more: `&redirect_uri=${encodeURIComponent('https://client.example.com/callback')}`,
    },
  ] as const;

  it.each(unclear)('is refused on a page: $title', async ({ changes, ...row }) => {
    expectPage(await authorize(changes, 'more' in row ? row.more : ''));
  });
});

describe('an authorization request of a known client', () => {
  interface Row {
    readonly title: string;
    readonly changes?: Changes;
    readonly more?: string;
    readonly error: string;
    /** Whether the state cannot be given back. */
    readonly stateless?: true;
  }

  const rows: readonly Row[] = [
    { title: 'without response_type', changes: { response_type: undefined }, error: 'invalid_request' },
    { title: 'with an unknown response_type', changes: { response_type: 'cookie' }, error: 'unsupported_response_type' },
    { title: 'with the response_type in another case', changes: { response_type: 'CODE' }, error: 'unsupported_response_type' },
    { title: 'with the same response_type twice in one', changes: { response_type: 'code code' }, error: 'unsupported_response_type' },
    { title: 'with a known and an unknown response_type', changes: { response_type: 'code cookie' }, error: 'unsupported_response_type' },
    { title: 'with a space after the response_type', changes: { response_type: 'code ' }, error: 'unsupported_response_type' },
    { title: 'with a script as response_type', changes: { response_type: attack }, error: 'unsupported_response_type' },
    { title: 'with an unknown response_mode', changes: { response_mode: 'pigeon' }, error: 'invalid_request' },
    { title: 'with the response_mode in another case', changes: { response_mode: 'QUERY' }, error: 'invalid_request' },
    { title: 'with an unknown scope', changes: { scope: 'read:contacts admin' }, error: 'invalid_scope' },
    { title: 'with a scope in another case', changes: { scope: 'READ:contacts' }, error: 'invalid_scope' },
    { title: 'with the scope __proto__', changes: { scope: '__proto__' }, error: 'invalid_scope' },
    { title: 'with a quote in the scope', changes: { scope: 'read:contacts "' }, error: 'invalid_scope' },
    { title: 'with a backslash in the scope', changes: { scope: 'read:contacts \\' }, error: 'invalid_scope' },
    { title: 'with a scope beyond ASCII', changes: { scope: 'read:cöntacts' }, error: 'invalid_scope' },
    { title: 'with a comma between the scopes', changes: { scope: 'read:contacts,create:contacts' }, error: 'invalid_scope' },
    { title: 'with a newline between the scopes', changes: { scope: 'read:contacts\ncreate:contacts' }, error: 'invalid_request' },
    { title: 'without code_challenge', changes: { code_challenge: undefined }, error: 'invalid_request' },
    {
      title: 'without anything of PKCE',
      changes: { code_challenge: undefined, code_challenge_method: undefined },
      error: 'invalid_request',
    },
    { title: 'without code_challenge_method, which means plain', changes: { code_challenge_method: undefined }, error: 'invalid_request' },
    { title: 'with the code_challenge_method plain', changes: { code_challenge_method: 'plain' }, error: 'invalid_request' },
    { title: 'with the code_challenge_method in another case', changes: { code_challenge_method: 's256' }, error: 'invalid_request' },
    { title: 'with an unknown code_challenge_method', changes: { code_challenge_method: 'S512' }, error: 'invalid_request' },
    {
      title: 'with padding at the code_challenge',
      changes: { code_challenge: `${pkce().code_challenge}=` },
      error: 'invalid_request',
    },
    {
      title: 'with a short code_challenge',
      changes: { code_challenge: pkce().code_challenge.slice(1) },
      error: 'invalid_request',
    },
    { title: 'with a long code_challenge', changes: { code_challenge: 'a'.repeat(128) }, error: 'invalid_request' },
    { title: 'with a code_challenge in base64', changes: { code_challenge: `+/${'a'.repeat(41)}` }, error: 'invalid_request' },
    { title: 'with CR LF in the state', changes: { state: 'a\r\nSet-Cookie: a=b' }, error: 'invalid_request', stateless: true },
    { title: 'with a newline in the state', changes: { state: 'a\nb' }, error: 'invalid_request', stateless: true },
    { title: 'with a NUL in the state', changes: { state: 'a\0b' }, error: 'invalid_request', stateless: true },
    {
      title: 'with a state that is not UTF-8, and so could not be given back as it was',
      changes: { state: undefined },
      more: '&state=%ff%fe',
      error: 'invalid_request',
      stateless: true,
    },
    { title: 'with two states', more: '&state=another', error: 'invalid_request', stateless: true },
    { title: 'with two response_types', more: '&response_type=code', error: 'invalid_request' },
    { title: 'with two response_modes', changes: { response_mode: 'query' }, more: '&response_mode=query', error: 'invalid_request' },
    { title: 'with two scopes', more: '&scope=read:contacts', error: 'invalid_request' },
    { title: 'with two code_challenges', more: `&code_challenge=${pkce().code_challenge}`, error: 'invalid_request' },
    { title: 'with two code_challenge_methods', more: '&code_challenge_method=S256', error: 'invalid_request' },
  ];

  it.each(rows)('is answered at its redirect_uri: $title', async ({ changes = {}, more, error, stateless }) => {
    expectRedirect(await authorize(changes, more), 'https://client.example.com/callback', error, stateless ? undefined : 'a state');
  });

  it.each(rows)('is answered there just the same when it is posted: $title', async ({ changes = {}, more, error, stateless }) => {
    const body = authorizePath(changes, more).split('?')[1] ?? '';
    const answer = await raw(server.url, { method: 'POST', path: '/oauth/authorize', headers: forms, body });
    expectRedirect(answer, 'https://client.example.com/callback', error, stateless ? undefined : 'a state');
  });

  it('is answered there if the client is not registered for the response_type', async () => {
    const answer = await authorize({ client_id: machine.client_id, redirect_uri: 'https://other.example.com/callback' });
    expectRedirect(answer, 'https://other.example.com/callback', 'unauthorized_client', 'a state');
  });

  it('is answered there if it asks for a scope that the client may not have', async () => {
    const changes = { client_id: reader.client_id, redirect_uri: 'https://other.example.com/callback', scope: 'create:contacts' };
    expectRedirect(await authorize(changes), 'https://other.example.com/callback', 'invalid_scope', 'a state');
  });

  it('is answered without state where none was sent', async () => {
    const answer = await authorize({ state: undefined, scope: 'admin' });
    expectRedirect(answer, 'https://client.example.com/callback', 'invalid_scope', undefined);
  });

  it.each(['a b+c&d=e#f?g%h', '%zz', attack, 'a\u2028b\u2029c\u0085', 'ü€😀', 'a%0d%0aSet-Cookie: a=b'])(
    'gets the state %j back as it was, and no header by it',
    async (state) => {
      const answer = await authorize({ state, scope: 'admin' });
      expectRedirect(answer, 'https://client.example.com/callback', 'invalid_scope', state);
      expect(answer.headers.get('set-cookie')).toBeNull();
    },
  );

  it('gets the state back that was sent with invalid percent-encoding', async () => {
    const answer = await authorize({ state: undefined, scope: 'admin' }, '&state=100%');
    expectRedirect(answer, 'https://client.example.com/callback', 'invalid_scope', '100%');
  });
});

describe('a request to the authorization endpoint', () => {
  it.each(['PUT', 'DELETE', 'PATCH', 'TRACE', 'OPTIONS'])('by %s is refused with the methods that there are', async (method) => {
    const answer = await raw(server.url, { method, path: authorizePath() });
    expectPage(answer, 405);
    expect(answer.headers.get('allow')).toBe('GET, POST');
  });

  it('with a megabyte of state in the URL is too much for node itself', async () => {
    expect((await authorize({ state: 'a'.repeat(megabyte) })).status).toBe(431);
  });

  it('with a megabyte of state in the body is refused on a page', async () => {
    const body = form({ client_id: 'web', state: 'a'.repeat(megabyte) }).toString();
    expectPage(await raw(server.url, { method: 'POST', path: '/oauth/authorize', headers: forms, body }), 413);
  });

  it('with a state of more than 16 kB in the body is refused at the redirect_uri', async () => {
    const body = authorizePath({ state: 'a'.repeat(16_385) }).split('?')[1] ?? '';
    const answer = await raw(server.url, { method: 'POST', path: '/oauth/authorize', headers: forms, body });
    expectRedirect(answer, 'https://client.example.com/callback', 'invalid_request', undefined);
  });

  it('as JSON is refused on a page', async () => {
    const body = JSON.stringify({ client_id: 'web' });
    const headers = { 'Content-Type': 'application/json' };
    expectPage(await raw(server.url, { method: 'POST', path: '/oauth/authorize', headers, body }), 415);
  });

  it('has its parameters read from the body alone when it is posted', async () => {
    const body = 'state=a';
    expectPage(await raw(server.url, { method: 'POST', path: authorizePath(), headers: forms, body }));
  });
});

describe('a token request with a code', () => {
  interface Row {
    readonly title: string;
    readonly spoil: (good: Awaited<ReturnType<typeof freshCode>>) => Changes | Promise<Changes>;
    readonly headers?: Readonly<Record<string, string>>;
    readonly status?: number;
    readonly error: string;
  }

  const [asOther, asSpa] = [{ client_id: other.client_id, client_secret: other.client_secret }, { client_id: spa.client_id }];
  const flip = (text: string) => (text === 'A' ? 'B' : 'A');

  const rows: readonly Row[] = [
    // PKCE
    { title: 'without code_verifier', spoil: () => ({ code_verifier: undefined }), error: 'invalid_request' },
    { title: 'with an empty code_verifier', spoil: () => ({ code_verifier: '' }), error: 'invalid_request' },
    { title: 'with the code_verifier of another code', spoil: () => ({ code_verifier: pkce().code_verifier }), error: 'invalid_grant' },
    { title: 'with a code_verifier of 42 characters', spoil: () => ({ code_verifier: 'a'.repeat(42) }), error: 'invalid_request' },
    { title: 'with a code_verifier of 129 characters', spoil: () => ({ code_verifier: 'a'.repeat(129) }), error: 'invalid_request' },
    {
      title: 'with a forbidden character in the code_verifier',
      spoil: ({ code_verifier }) => ({ code_verifier: `${code_verifier}=` }),
      error: 'invalid_request',
    },
    {
      title: 'with a NUL after the code_verifier',
      spoil: (good) => ({ code_verifier: `${good.code_verifier}\0` }),
      error: 'invalid_request',
    },
    {
      title: 'with the code_challenge as code_verifier',
      spoil: ({ code_verifier }) => ({ code_verifier: createHash('sha256').update(code_verifier).digest('base64url') }),
      error: 'invalid_grant',
    },
    // the code
    { title: 'without code', spoil: () => ({ code: undefined }), error: 'invalid_request' },
    { title: 'with a forged code', spoil: () => ({ code: `${'a'.repeat(22)}.${'a'.repeat(43)}` }), error: 'invalid_grant' },
    {
      title: 'with another last character of the code',
      spoil: ({ code }) => ({ code: code.slice(0, -1) + flip(code.slice(-1)) }),
      error: 'invalid_grant',
    },
    {
      title: 'with the unused bits of the last character set, which decode to the same bytes',
      spoil: ({ code }) => ({ code: malleated(code) }),
      error: 'invalid_grant',
    },
    {
      title: 'with another first character of the code',
      spoil: ({ code }) => ({ code: flip(code.slice(0, 1)) + code.slice(1) }),
      error: 'invalid_grant',
    },
    { title: 'with the code cut off', spoil: ({ code }) => ({ code: code.slice(0, 40) }), error: 'invalid_grant' },
    { title: 'with the name of the code alone', spoil: ({ code }) => ({ code: code.slice(0, code.indexOf('.')) }), error: 'invalid_grant' },
    { title: 'with padding at the code', spoil: ({ code }) => ({ code: `${code}=` }), error: 'invalid_grant' },
    { title: 'with a space after the code', spoil: ({ code }) => ({ code: `${code} ` }), error: 'invalid_grant' },
    { title: 'with a newline after the code', spoil: ({ code }) => ({ code: `${code}\n` }), error: 'invalid_request' },
    { title: 'with more after the code', spoil: ({ code }) => ({ code: `${code}.a` }), error: 'invalid_grant' },
    { title: 'with the code in another case', spoil: ({ code }) => ({ code: code.toUpperCase() }), error: 'invalid_grant' },
    {
      title: 'with the MAC of the code in other characters',
      spoil: ({ code }) => ({ code: `${code.slice(0, 23)}++++${code.slice(27)}` }),
      error: 'invalid_grant',
    },
    { title: 'with the code __proto__', spoil: () => ({ code: '__proto__' }), error: 'invalid_grant' },
    {
      title: 'with a refresh token as code',
      spoil: async () => ({ code: (await token(server.url, await freshCode(server.url))).body.refresh_token }),
      error: 'invalid_grant',
    },
    { title: 'with a session cookie as code', spoil: async () => ({ code: await aSession() }), error: 'invalid_grant' },
    {
      title: 'with the code as refresh token',
      spoil: ({ code }) => ({ grant_type: 'refresh_token', refresh_token: code }),
      error: 'invalid_grant',
    },
    // whose code
    { title: 'of another client', spoil: () => asOther, error: 'invalid_grant' },
    { title: 'of a public client', spoil: () => asSpa, error: 'invalid_grant' },
    { title: 'with another redirect_uri', spoil: () => ({ redirect_uri: 'https://evil.example/' }), error: 'invalid_grant' },
    {
      title: 'with a longer redirect_uri',
      spoil: ({ redirect_uri }) => ({ redirect_uri: `${redirect_uri}/` }),
      error: 'invalid_grant',
    },
    // client authentication
    { title: 'with a wrong secret', spoil: () => ({ client_id: 'web', client_secret: 'wrong' }), status: 401, error: 'invalid_client' },
    { title: 'with an empty secret', spoil: () => ({ client_id: 'web', client_secret: '' }), status: 401, error: 'invalid_client' },
    { title: 'without a secret', spoil: () => ({ client_id: 'web' }), status: 401, error: 'invalid_client' },
    {
      title: 'with the secret of another client',
      spoil: () => ({ client_id: 'web', client_secret: other.client_secret }),
      status: 401,
      error: 'invalid_client',
    },
    {
      title: 'with a space after the secret',
      spoil: () => ({ client_id: 'web', client_secret: `${web.client_secret} ` }),
      status: 401,
      error: 'invalid_client',
    },
    { title: 'of an unknown client', spoil: () => ({ client_id: 'nobody', client_secret: 'x' }), status: 401, error: 'invalid_client' },
    { title: 'of the client __proto__', spoil: () => ({ client_id: '__proto__' }), status: 401, error: 'invalid_client' },
    { title: 'of nobody', spoil: () => ({ client_id: undefined }), status: 401, error: 'invalid_client' },
    { title: 'with a secret and no client_id', spoil: () => ({ client_id: undefined, client_secret: 'x' }), error: 'invalid_request' },
    {
      title: 'of a public client that sends a secret',
      spoil: () => ({ ...asSpa, client_secret: 'x' }),
      status: 401,
      error: 'invalid_client',
    },
    { title: 'with a wrong secret in the header', spoil: () => ({}), headers: basic('web', 'wrong'), status: 401, error: 'invalid_client' },
    { title: 'with an empty secret in the header', spoil: () => ({}), headers: basic('web', ''), status: 401, error: 'invalid_client' },
    { title: 'of an unknown client in the header', spoil: () => ({}), headers: basic('nobody', 'x'), status: 401, error: 'invalid_client' },
    { title: 'of a public client in the header', spoil: () => ({}), headers: basic('spa', ''), status: 401, error: 'invalid_client' },
    { title: 'without a client in the header', spoil: () => ({}), headers: basic('', 'x'), status: 401, error: 'invalid_client' },
    {
      title: 'with a header that has no colon',
      spoil: () => ({}),
      headers: { Authorization: `Basic ${btoa('web')}` },
      status: 401,
      error: 'invalid_client',
    },
    { title: 'with a header that is empty', spoil: () => ({}), headers: { Authorization: 'Basic' }, status: 401, error: 'invalid_client' },
    {
      title: 'with a header that is no base64',
      spoil: () => ({}),
      headers: { Authorization: 'Basic %%%' },
      status: 401,
      error: 'invalid_client',
    },
    {
      title: 'with a header of another scheme',
      spoil: () => ({ client_id: 'spa' }),
      headers: { Authorization: 'Bearer x' },
      status: 401,
      error: 'invalid_client',
    },
    {
      title: 'with right secrets in header and body',
      spoil: () => ({ client_id: 'web', client_secret: web.client_secret }),
      headers: basic('web', web.client_secret),
      error: 'invalid_request',
    },
    {
      title: 'with another client in the body than in the header',
      spoil: () => ({ client_id: 'other' }),
      headers: basic('web', web.client_secret),
      error: 'invalid_request',
    },
    // grant_type
    { title: 'without grant_type', spoil: () => ({ grant_type: undefined }), error: 'invalid_request' },
    { title: 'with an unknown grant_type', spoil: () => ({ grant_type: 'wish' }), error: 'unsupported_grant_type' },
    { title: 'with the grant_type __proto__', spoil: () => ({ grant_type: '__proto__' }), error: 'unsupported_grant_type' },
    { title: 'with a quote in the grant_type', spoil: () => ({ grant_type: '"\\\u2028' }), error: 'unsupported_grant_type' },
    {
      title: 'with a grant_type that the client is not registered for',
      spoil: () => ({ client_id: machine.client_id, client_secret: machine.client_secret }),
      error: 'unauthorized_client',
    },
  ];

  it.each(rows)('is refused, and the code stays good: $title', async ({ spoil, headers = {}, status, error }) => {
    const good = await freshCode(server.url);
    const asWeb = 'Authorization' in headers ? {} : { client_id: web.client_id, client_secret: web.client_secret };
    const changes = await spoil(good);
    const client = 'client_id' in changes ? {} : asWeb;
    const answer = await postToken(form({ ...good, ...client, ...changes }).toString(), { ...forms, ...headers });
    expectJson(answer, { error, ...(status !== undefined && { status }) });
    const schemes = answer.headers.get('www-authenticate')?.split(' ')[0];
    expect(schemes).toBe(error === 'invalid_client' && 'Authorization' in headers ? 'Basic' : undefined);
    expect((await token(server.url, good)).status).toBe(200);
  });

  it.each(['grant_type', 'code', 'redirect_uri', 'code_verifier', 'client_id', 'client_secret'])(
    'is refused, and the code stays good: with %s twice',
    async (name) => {
      const good = await freshCode(server.url);
      const body = form({ ...good, client_id: web.client_id, client_secret: web.client_secret });
      body.append(name, body.get(name) ?? '');
      expectJson(await postToken(body.toString()), { error: 'invalid_request' });
      expect((await token(server.url, good)).status).toBe(200);
    },
  );

  it('is refused, and the code stays good: with the client in the query', async () => {
    const good = await freshCode(server.url);
    const query = form({ client_id: web.client_id, client_secret: web.client_secret });
    expectJson(await postToken(form(good).toString(), forms, `/oauth/token?${query}`), { status: 401, error: 'invalid_client' });
    expect((await token(server.url, good)).status).toBe(200);
  });

  it('is refused, and the code stays good: with everything in the query', async () => {
    const good = await freshCode(server.url);
    const query = form({ ...good, client_id: web.client_id, client_secret: web.client_secret });
    expectJson(await postToken('', forms, `/oauth/token?${query}`), { status: 401, error: 'invalid_client' });
    expect((await token(server.url, good)).status).toBe(200);
  });

  it('has its query ignored', async () => {
    const good = await freshCode(server.url);
    const body = form({ ...good, client_id: web.client_id, client_secret: web.client_secret }).toString();
    expect((await postToken(body, forms, '/oauth/token?code=x&client_id=other&grant_type=wish')).status).toBe(200);
  });

  it('tells an unknown client and a wrong secret in the same words in production', async () => {
    const production = await testServer({ options: { development: false } });
    const ask = (header: Record<string, string>) => token(production.url, { client_id: undefined, grant_type: 'refresh_token' }, header);
    const [unknown, wrong] = [await ask(basic('nobody', 'x')), await ask(basic('web', 'x'))];
    await production.close();
    expect(unknown?.body).toEqual(wrong?.body);
  });
});

describe('a code that is used again', () => {
  it('ends what it gave', async () => {
    const good = await freshCode(server.url);
    const { body } = await token(server.url, good);
    expect((await token(server.url, good)).body.error).toBe('invalid_grant');
    expect((await callApi(server.url, body.access_token)).status).toBe(401);
  });

  it.each<readonly [string, Changes]>([
    ['without the code_verifier', { code_verifier: undefined }],
    ['with a wrong code_verifier', { code_verifier: pkce().code_verifier }],
    ['with another redirect_uri', { redirect_uri: 'https://evil.example/' }],
    ['by another client', { client_id: other.client_id, client_secret: other.client_secret }],
    ['without the secret of the client', { client_id: web.client_id }],
  ])('ends nothing %s', async (_, changes) => {
    const good = await freshCode(server.url);
    const { body } = await token(server.url, good);
    expect((await token(server.url, { ...good, ...changes })).status).not.toBe(200);
    expect((await callApi(server.url, body.access_token)).status).toBe(200);
    expect((await token(server.url, { grant_type: 'refresh_token', refresh_token: body.refresh_token })).status).toBe(200);
  });
});

describe('a request to the token endpoint', () => {
  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'TRACE'])('by %s is refused with the method that there is', async (method) => {
    const { status, headers } = await raw(server.url, { method, path: '/oauth/token?grant_type=authorization_code' });
    expect({ status, allow: headers.get('allow'), cache: headers.get('cache-control') }).toEqual({
      status: 405,
      allow: 'POST',
      cache: 'no-store',
    });
  });

  const good = form({ grant_type: 'refresh_token', refresh_token: 'x', client_id: web.client_id, client_secret: web.client_secret });
  const padding = 'a'.repeat(megabyte);

  it('has the error of its content where nothing else is wrong with it', async () => {
    expectJson(await postToken(good.toString()), { error: 'invalid_grant' });
  });

  it.each<readonly [string, number, Readonly<Record<string, string>>, string]>([
    ['a megabyte of form', 413, forms, `a=${padding}`],
    ['a megabyte of form in chunks', 413, { ...forms, 'Transfer-Encoding': 'chunked' }, chunked(`a=${padding}`)],
    ['a megabyte of JSON', 413, { 'Content-Type': 'application/json' }, `"${padding}"`],
    ['a megabyte of multipart', 413, { 'Content-Type': 'multipart/form-data; boundary=a' }, padding],
    ['a megabyte of text', 413, { 'Content-Type': 'text/plain' }, padding],
    ['a megabyte of bytes', 413, { 'Content-Type': 'application/octet-stream' }, padding],
    ['a megabyte of nothing known', 413, {}, padding],
    ['a megabyte of JSON in chunks', 415, { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' }, chunked(padding)],
    ['JSON', 415, { 'Content-Type': 'application/json' }, JSON.stringify(Object.fromEntries(good))],
    ['multipart', 415, { 'Content-Type': 'multipart/form-data; boundary=a' }, '--a--'],
    ['no Content-Type', 415, {}, good.toString()],
    ['a malformed Content-Type', 415, { 'Content-Type': ';;;' }, good.toString()],
    ['another type before the right one', 415, { 'Content-Type': 'text/plain, application/x-www-form-urlencoded' }, good.toString()],
    ['a compressed form', 415, { ...forms, 'Content-Encoding': 'gzip' }, good.toString()],
    ['an unknown encoding', 415, { ...forms, 'Content-Encoding': 'evil' }, good.toString()],
  ])('with %s is answered %i', async (_, status, headers, body) => {
    expectJson(await postToken(body, headers), { status, error: 'invalid_request' });
  });

  it.each<readonly [string, string]>([
    ['a body that is no form', '{"grant_type":"refresh_token"}'],
    ['an empty body', ''],
    ['a body of ampersands', '&&&&'],
    ['a body of equals signs', '===='],
    ['a body that is no UTF-8', 'client_id=\xff\xfe'],
    ['a body with invalid percent-encoding', 'client_id=%&client_secret=%zz&%=%'],
    ['a body with a nested client_id', 'client_id[a]=web&client_secret[a]=x&grant_type=refresh_token'],
    ['a body that would pollute a prototype', '__proto__[client_id]=web&constructor[prototype][client_id]=web&__proto__.client_id=web'],
    ['a body of 10 000 parameters', 'a=b&'.repeat(10_000)],
  ])('with %s is answered as RFC 6749 asks', async (_, body) => {
    const { status, headers, body: text } = await postToken(body);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect({ status, error: JSON.parse(text).error }).toEqual(
      status === 401 ? { status: 401, error: 'invalid_client' } : { status: 400, error: 'invalid_request' },
    );
  });

  it('with two lengths, as for smuggling, is refused by node itself', async () => {
    const headers = { ...forms, 'Content-Length': '5', 'Transfer-Encoding': 'chunked' };
    expect((await postToken(chunked(good.toString()), headers)).status).toBe(400);
  });

  it('for a refresh is refused with a parameter that is there twice', async () => {
    const { body } = await token(server.url, await freshCode(server.url));
    for (const name of ['refresh_token', 'scope', 'grant_type']) {
      const twice = form({ ...Object.fromEntries(good), refresh_token: body.refresh_token, scope: 'read:contacts' });
      twice.append(name, twice.get(name) ?? '');
      expectJson(await postToken(twice.toString()), { error: 'invalid_request' });
    }
  });

  it.each<readonly [string, Changes, string]>([
    ['a wider scope', { scope: 'read:contacts create:contacts' }, 'invalid_scope'],
    ['a scope with a forbidden character', { scope: '"' }, 'invalid_scope'],
    ['an access token', { refresh_token: 'access' }, 'invalid_grant'],
    ['no refresh token', { refresh_token: undefined }, 'invalid_request'],
    ['the next generation', { refresh_token: 'next' }, 'invalid_grant'],
    ['a generation written otherwise', { refresh_token: 'zero' }, 'invalid_grant'],
    ['the client that did not get it', { client_id: other.client_id, client_secret: other.client_secret }, 'invalid_grant'],
    ['a client without that grant', { client_id: 'spa' }, 'invalid_grant'],
  ])('for a refresh with %s is refused, and the token stays good', async (_, changes, error) => {
    const { body } = await token(server.url, await freshCode(server.url));
    const mine = body.refresh_token ?? '';
    const made: Readonly<Record<string, string | undefined>> = {
      access: body.access_token,
      next: mine.replace('.1.', '.2.'),
      zero: mine.replace('.1.', '.01.'),
    };
    const refresh_token = 'refresh_token' in changes ? made[changes.refresh_token ?? ''] : mine;
    const answer = await token(server.url, { grant_type: 'refresh_token', ...changes, refresh_token });
    expect({ status: answer.status, error: answer.body.error }).toEqual({ status: 400, error });
    expect((await token(server.url, { grant_type: 'refresh_token', refresh_token: mine })).status).toBe(200);
  });
});

describe('a form that does not come from our page', () => {
  type Forgery = (mine: { _csrf: string; agent: Agent }, victim: { _csrf: string; agent: Agent }) => { _csrf?: string };
  const forgeries: readonly (readonly [string, Forgery])[] = [
    ['no token', () => ({})],
    ['an empty token', () => ({ _csrf: '' })],
    ['a made-up token', () => ({ _csrf: 'a'.repeat(36) })],
    ["the token of the attacker's browser", ({ _csrf }) => ({ _csrf })],
    [
      'a token whose cookie is gone',
      (_, victim) => {
        victim.agent.cookies.delete('oauth_csrf');
        return { _csrf: victim._csrf };
      },
    ],
    [
      "the cookie of the attacker's browser",
      (mine, victim) => {
        victim.agent.cookies.set('oauth_csrf', mine.agent.cookies.get('oauth_csrf') ?? '');
        return { _csrf: victim._csrf };
      },
    ],
    [
      'a cookie that the attacker has made',
      (_, victim) => {
        victim.agent.cookies.set('oauth_csrf', 's%3Asecret.signature');
        return { _csrf: victim._csrf };
      },
    ],
    [
      'a cookie that is not signed',
      (_, victim) => {
        victim.agent.cookies.set('oauth_csrf', 'secret');
        return { _csrf: victim._csrf };
      },
    ],
  ];

  it.each(forgeries)('signs nobody in: with %s', async (_, forge) => {
    const [agent, attacker] = [new Agent(server.url), new Agent(server.url)];
    const [page, theirs] = [await openPage(agent, authorizePath()), await openPage(attacker, authorizePath())];
    const forged = forge({ _csrf: theirs._csrf, agent: attacker }, { _csrf: page._csrf, agent });
    const answer = await agent.post('/oauth/login', { ticket: page.ticket, ...alice, ...forged });
    expect({ status: answer.status, location: answer.headers.get('location') }).toEqual({ status: 403, location: null });
    expect(agent.cookies.has('oauth_session')).toBe(false);
  });

  it.each(forgeries)('allows nothing: with %s', async (_, forge) => {
    const [agent, attacker] = [new Agent(server.url), new Agent(server.url)];
    const [page, theirs] = [await openConsent(agent, somebody()), await openConsent(attacker, somebody())];
    const forged = forge({ _csrf: theirs._csrf, agent: attacker }, { _csrf: page._csrf, agent });
    const answer = await agent.post('/oauth/consent', { ticket: page.ticket, decision: 'allow', ...forged });
    expect({ status: answer.status, location: answer.headers.get('location') }).toEqual({ status: 403, location: null });
    expect(await answer.text()).toContain('name="decision"');
  });

  it('allows nothing, even what was allowed before', async () => {
    const agent = new Agent(server.url);
    const { ticket } = await openConsent(agent, somebody());
    await walk(agent, authorizePath());
    const answer = await agent.post('/oauth/consent', { ticket, decision: 'allow' });
    expect({ status: answer.status, location: answer.headers.get('location') }).toEqual({ status: 403, location: null });
  });

  it('signs nobody out', async () => {
    const agent = new Agent(server.url);
    await postLogin(agent, somebody());
    expect((await agent.post('/oauth/sign-out', {})).status).toBe(403);
    expect((await openPage(agent, authorizePath())).html).toContain('name="decision"');
  });

  it('is not helped by a token in the query or in a header', async () => {
    const agent = new Agent(server.url);
    const { ticket, _csrf } = await openPage(agent, authorizePath());
    const headers = { 'X-CSRF-Token': _csrf, 'CSRF-Token': _csrf, 'X-XSRF-Token': _csrf };
    const answer = await agent.post(`/oauth/login?_csrf=${_csrf}`, { ticket, username: 'alice', password: 'correct horse' }, headers);
    expect(answer.status).toBe(403);
  });

  it('is answered on a page if it has two tokens', async () => {
    const { ticket, _csrf } = await openPage(new Agent(server.url), authorizePath());
    const body = `${form({ ticket, _csrf })}&_csrf=${_csrf}`;
    expectPage(await raw(server.url, { method: 'POST', path: '/oauth/login', headers: forms, body }));
  });
});

describe('a ticket', () => {
  const request: AuthorizationRequest = {
    client_id: 'web',
    redirect_uri: 'https://evil.example/',
    response_type: 'code',
    response_mode: 'query',
    scope: ['read:contacts'],
    audiences: { [api]: ['read:contacts'] },
    code_challenge: 'a'.repeat(43),
    prompt: [],
    received_at: 1_700_000_000,
  };
  const sealed = { request, expires_at: 9_999_999_999 };

  const forgeries: readonly (readonly [string, (ticket: string) => string | undefined | Promise<string>])[] = [
    ['that is missing', () => undefined],
    ['that is empty', () => ''],
    ['that another secret has sealed', () => deriveSecrets(['another secret of more than 32 characters']).seal('ticket', sealed)],
    ['that was sealed for another purpose', () => deriveSecrets([secret]).seal('signing keys', sealed)],
    ['that is cut off', (ticket) => ticket.slice(0, -10)],
    ['that lacks its tag', (ticket) => ticket.slice(0, ticket.lastIndexOf('.') + 1)],
    ['with another character in it', (ticket) => `${ticket.slice(0, 80)}${ticket[80] === 'A' ? 'B' : 'A'}${ticket.slice(81)}`],
    ['with more at its end', (ticket) => `${ticket}AAAA`],
    ['with another header', (ticket) => ticket.replace(/^[^.]+/, btoa('{"alg":"none","enc":"A256GCM"}').replaceAll('=', ''))],
    ['to a redirect URI that is registered no more', () => deriveSecrets([secret]).seal('ticket', sealed)],
    ['that is JSON', () => JSON.stringify(sealed)],
    ['that is a script', () => attack],
    ['that is a code', async () => (await freshCode(server.url)).code],
    ['of 16 kB', () => 'a'.repeat(16_385)],
  ];

  it.each(forgeries)('%s is refused on a page', async (_, forge) => {
    const agent = new Agent(server.url);
    const { ticket, _csrf } = await openPage(agent, authorizePath());
    const forged = await forge(ticket);
    const headers = { ...forms, Cookie: `oauth_csrf=${agent.cookies.get('oauth_csrf')}` };
    for (const path of ['/oauth/login', '/oauth/consent']) {
      const body = form({ ticket: forged, _csrf, username: 'alice', password: 'correct horse', decision: 'allow' }).toString();
      const posted = await raw(server.url, { method: 'POST', path, headers, body });
      expectPage(posted);
      expect(posted.headers.get('set-cookie')).toBeNull();
      if ((forged?.length ?? 0) < 16_000) expectPage(await raw(server.url, { path: `${path}?${form({ ticket: forged })}` }));
    }
  });

  it('for one user gives another one nothing who presses Allow', async () => {
    const agent = new Agent(server.url);
    const { ticket, _csrf } = await openConsent(agent, somebody());
    await switchTo(agent, somebody());
    const answer = await agent.post('/oauth/consent', { ticket, _csrf, decision: 'allow' });
    expect({ status: answer.status, location: answer.headers.get('location') }).toEqual({ status: 409, location: null });
  });

  it.each(['allow', 'deny'])('for one user gives another one nothing who has allowed the same before, and presses %s', async (decision) => {
    const agent = new Agent(server.url);
    const another = somebody();
    await walk(agent, authorizePath(), another);
    await switchTo(agent, somebody());
    const { ticket, _csrf } = await openPage(agent, authorizePath());
    await switchTo(agent, another);
    const answer = await agent.post('/oauth/consent', { ticket, _csrf, decision });
    expect({ status: answer.status, location: answer.headers.get('location') }).toEqual({ status: 409, location: null });
  });

  it('of a login page allows nothing on the consent page', async () => {
    const agent = new Agent(server.url);
    const { ticket, _csrf } = await openPage(agent, authorizePath());
    await postLogin(agent, somebody());
    const answer = await agent.post('/oauth/consent', { ticket, _csrf, decision: 'allow' });
    expect({ status: answer.status, location: answer.headers.get('location') }).toEqual({ status: 409, location: null });
  });

  it('that has expired is refused on a page', async () => {
    const agent = new Agent(server.url);
    const { ticket, _csrf } = await openPage(agent, authorizePath());
    server.sleep(3_600);
    const headers = { ...forms, Cookie: `oauth_csrf=${agent.cookies.get('oauth_csrf')}` };
    const body = form({ ticket, _csrf, ...alice }).toString();
    expectPage(await raw(server.url, { method: 'POST', path: '/oauth/login', headers, body }));
  });
});

describe('a page', () => {
  const attacks = [
    attack,
    "' onfocus=alert(1) autofocus x='",
    '</title></textarea></style><svg/onload=alert(1)>',
    'javascript:alert(1)',
    '<%= process.env %>',
    '&quot;&gt;&lt;script&gt;',
  ];

  /** What makes the page: its tags with the names of their attributes. */
  function tagsOf(html: string): string[] {
    return [...html.matchAll(/<(\/?[a-z!][^\s>]*)((?:[^>"]|"[^"]*")*)>/gi)].map(
      ([, tag, attributes = '']) => `${tag} ${attributes.replaceAll(/="[^"]*"/g, '')}`,
    );
  }

  it.each(attacks)('is the same where the client_id is %s', async (client_id) => {
    const [spoiled, plain] = [await authorize({ client_id }), await authorize({ client_id: 'nobody' })];
    expect(tagsOf(spoiled.body)).toEqual(tagsOf(plain.body));
  });

  it.each(attacks)('is the same where the redirect_uri is %s', async (redirect_uri) => {
    const [spoiled, plain] = [await authorize({ redirect_uri }), await authorize({ redirect_uri: 'https://evil.example/' })];
    expect(tagsOf(spoiled.body)).toEqual(tagsOf(plain.body));
  });

  it.each(attacks)('is the same where the state is %s', async (state) => {
    const [spoiled, plain] = [await authorize({ state }), await authorize({})];
    expect(tagsOf(spoiled.body)).toEqual(tagsOf(plain.body));
  });

  it.each(attacks)('is the same where the user name is %s', async (username) => {
    const wrong = async (name: string) => (await postLogin(new Agent(server.url), { username: name, password: 'wrong' })).text();
    expect(tagsOf(await wrong(username))).toEqual(tagsOf(await wrong('eve')));
  });

  it.each(attacks)('is the same where client and user are called %s', async (name) => {
    const consentOf = async (called: string) => {
      const users = { authenticate: () => ({ id: called, name: called }) };
      const named = await testServer({ options: { clients: [{ ...web, client_name: called }], users } });
      const { html } = await openConsent(new Agent(named.url));
      await named.close();
      return html;
    };
    expect(tagsOf(await consentOf(name))).toEqual(tagsOf(await consentOf('Eve')));
  });
});

describe('whatever is sent', () => {
  const names = [
    'client_id',
    'redirect_uri',
    'response_type',
    'scope',
    'state',
    'code_challenge',
    'code_challenge_method',
    'response_mode',
  ];
  const tokenNames = ['client_id', 'client_secret', 'grant_type', 'code', 'code_verifier', 'redirect_uri', 'refresh_token', 'scope'];
  const text = fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 200 }), fc.constantFrom('web', 'spa', 'code', 'S256'));
  const fieldsOf = (known: readonly string[]) => fc.array(fc.tuple(fc.constantFrom(...known), text), { maxLength: 12 });
  const runs = { numRuns: 200 };

  it('to the authorization endpoint is refused, and leads to no address that is not registered', async () => {
    await fc.assert(
      fc.asyncProperty(fieldsOf(names), async (fields) => {
        const { status, headers } = await raw(server.url, { path: `/oauth/authorize?${new URLSearchParams(fields)}` });
        const location = headers.get('location') ?? 'https://client.example.com/callback?';
        expect(status).toBeGreaterThanOrEqual(303);
        expect(status).toBeLessThan(500);
        expect(location.startsWith('https://client.example.com/callback?')).toBe(true);
      }),
      runs,
    );
  });

  it('to the token endpoint is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fieldsOf(tokenNames), async (fields) => {
        const { status } = await postToken(new URLSearchParams(fields).toString());
        expect([400, 401]).toContain(status);
      }),
      runs,
    );
  });

  it('as a cookie is passed over', async () => {
    const cookie = fc.string({ unit: fc.constantFrom(...'abcsj:%"{}[]=;, \\.ü') });
    await fc.assert(
      fc.asyncProperty(cookie, cookie, async (session, csrf) => {
        const headers = { Cookie: `oauth_session=${session}; oauth_csrf=${csrf}; __proto__=j:{}` };
        expect((await raw(server.url, { path: authorizePath(), headers })).status).toBe(200);
      }),
      runs,
    );
  });
});
