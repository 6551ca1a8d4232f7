/** Client assertions at a real server, good ones and those of attackers. RFC 7523 section 3, draft-ietf-oauth-rfc7523bis. */
import { createHash, createPublicKey, createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignJWT, UnsecuredJWT } from 'jose';
import type { ClientOptions } from '../../lib/config/options/index.js';
import type { Store } from '../../lib/model/store.js';
import { systemClock } from '../../lib/platform/clock.js';
import { memoryStore } from '../../lib/store/memory.js';
import { type AssertionParts, asParameters, assertionType, makeAssertion } from '../support/assertion.js';
import { listen, type TestServer, testServer, token } from '../support/server.js';

const machine = { grant_types: ['client_credentials'], scope: 'read:contacts' };
const secret = 'a secret of more than thirty-two characters';
const longSecret = `${secret} and of more than sixty-four`;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
const ed = generateKeyPairSync('ed25519');

function jwk(key: KeyObject, members: object = {}) {
  return { ...key.export({ format: 'jwk' }), ...members } as { kty: string };
}

const jwt = { ...machine, token_endpoint_auth_method: 'private_key_jwt' };
const clients: ClientOptions[] = [
  { ...jwt, client_id: 'ec', jwks: { keys: [jwk(ec.publicKey)] } },
  { ...jwt, client_id: 'ec:a', jwks: { keys: [jwk(ec.publicKey)] } },
  { ...jwt, client_id: 'rsa', jwks: { keys: [jwk(rsa.publicKey)] } },
  { ...jwt, client_id: 'ed', jwks: { keys: [jwk(ed.publicKey)] } },
  { ...jwt, client_id: 'weak', jwks: { keys: [jwk(weak.publicKey)] } },
  { ...jwt, client_id: 'ps256', jwks: { keys: [jwk(rsa.publicKey)] }, token_endpoint_auth_signing_alg: 'PS256' },
  { ...jwt, client_id: 'other', jwks: { keys: [jwk(other.publicKey, { kid: 'one' })] } },
  { ...jwt, client_id: 'several', jwks: { keys: [jwk(other.publicKey, { kid: 'one' }), jwk(ec.publicKey, { kid: 'two' })] } },
  { ...jwt, client_id: 'encrypts', jwks: { keys: [jwk(ec.publicKey, { use: 'enc' })] } },
  { ...machine, client_id: 'mac', client_secret: longSecret, token_endpoint_auth_method: 'client_secret_jwt' },
  { ...machine, client_id: 'short', client_secret: secret, token_endpoint_auth_method: 'client_secret_jwt' },
  {
    ...machine,
    client_id: 'hs512',
    client_secret: longSecret,
    token_endpoint_auth_method: 'client_secret_jwt',
    token_endpoint_auth_signing_alg: 'HS512',
  },
  { ...machine, client_id: 'basic', client_secret: secret, jwks: { keys: [jwk(ec.publicKey)] } },
];

const now = systemClock();

let server: TestServer;
let keys: string[] = [];

/** Notes the keys that are written. */
function watchedStore(): Store {
  const store = memoryStore(systemClock);
  return {
    ...store,
    add: (key, value, ttl) => {
      keys.push(`${key} ${Math.round(ttl)}`);
      return store.add(key, value, ttl);
    },
  };
}

beforeAll(async () => {
  server = await testServer({ options: { clients, store: watchedStore() }, at: now });
});

afterAll(() => server.close());

const good = { client_id: 'ec', alg: 'ES256', key: ec.privateKey } as const;

function make(parts: Partial<AssertionParts> = {}): Promise<string> {
  return makeAssertion({ ...good, issuer: server.url, now: server.now(), ...parts });
}

async function send(
  client_assertion: string,
  more: Readonly<Record<string, string>> = {},
  headers: Record<string, string> = {},
  at = server,
) {
  const parameters = { grant_type: 'client_credentials', ...asParameters(client_assertion), client_id: undefined, ...more };
  const { status, body } = await token(at.url, parameters, headers);
  return status === 200 ? { status } : { status, error: body.error, description: body.error_description };
}

function refused(description: RegExp, error = 'invalid_client') {
  return { status: error === 'invalid_client' ? 401 : 400, error, description: expect.stringMatching(description) };
}

const mac = (text: string) => createSecretKey(text, 'utf8');

describe('a client proves itself by an assertion', () => {
  it.each<[string, string, KeyObject]>([
    ['ec', 'ES256', ec.privateKey],
    ['rsa', 'RS256', rsa.privateKey],
    ['rsa', 'PS256', rsa.privateKey],
    ['ps256', 'PS256', rsa.privateKey],
    ['ed', 'EdDSA', ed.privateKey],
    ['ed', 'Ed25519', ed.privateKey],
    ['mac', 'HS256', mac(longSecret)],
    ['mac', 'HS384', mac(longSecret)],
    ['mac', 'HS512', mac(longSecret)],
    ['short', 'HS256', mac(secret)],
    ['hs512', 'HS512', mac(longSecret)],
  ])('%s, with %s', async (client_id, alg, key) => {
    expect(await send(await make({ client_id, alg, key }))).toEqual({ status: 200 });
  });

  it.each<[string, Partial<AssertionParts>]>([
    ['that says what it is', { header: { typ: 'client-authentication+jwt' } }],
    ['that says what it is, as a media type', { header: { typ: 'application/client-authentication+JWT' } }],
    ['that says it is a JWT', { header: { typ: 'JWT' } }],
    ['whose clock is ten seconds ahead', { claims: { iat: now + 9, nbf: now + 9 } }],
    ['that has just expired', { claims: { exp: now - 5 } }],
    ['for an hour', { claims: { exp: now + 3600 } }],
    ['that does not say when it was made', { claims: { iat: undefined } }],
    ['with a key of several, named', { client_id: 'several', header: { kid: 'two' } }],
    ['with a key of several, not named', { client_id: 'several' }],
  ])('%s', async (_what, parts) => {
    expect(await send(await make(parts))).toEqual({ status: 200 });
  });

  it('with its client_id besides', async () => {
    expect(await send(await make(), { client_id: 'ec' })).toEqual({ status: 200 });
  });

  it.each(['revoke', 'introspect'])('at the endpoint /%s as well', async (path) => {
    const ask = async (assertion: string) => {
      const body = new URLSearchParams({ ...asParameters(assertion), token: 'x' });
      return (await fetch(`${server.url}/oauth/${path}`, { method: 'POST', body })).status;
    };
    expect(await ask(await make())).toBe(path === 'revoke' ? 200 : 403); // known, and not allowed to ask
    expect(await ask(await make({ key: other.privateKey }))).toBe(401);
  });
});

describe('an assertion is refused', () => {
  it.each<[string, Partial<AssertionParts>, RegExp]>([
    ['by another key', { key: other.privateKey }, /signature verification failed/],
    ['by the key of another client', { client_id: 'other' }, /signature verification failed/],
    ['with the kid of another client', { header: { kid: 'one' } }, /no key for the algorithm ES256 and the kid one/],
    ['with the kid of another of its keys', { client_id: 'several', header: { kid: 'one' } }, /signature verification failed/],
    ['with a kid that leads elsewhere', { header: { kid: '../../etc/passwd' } }, /no key for the algorithm/],
    ['by a key that is for encryption', { client_id: 'encrypts' }, /no key for the algorithm ES256/],
    ['by a key that is too short', { client_id: 'weak', alg: 'RS256', key: rsa.privateKey }, /no key for the algorithm RS256/],
    ['with its own key in the header', { key: other.privateKey, header: { jwk: jwk(other.publicKey) } }, /signature verification failed/],
    [
      'with a link to its key in the header',
      { key: other.privateKey, header: { jku: 'https://evil.example/jwks' } },
      /signature verification/,
    ],
    [
      'by a MAC with the public key',
      { alg: 'HS256', key: createSecretKey(Buffer.from(createPublicKey(ec.privateKey).export({ format: 'pem', type: 'spki' }))) },
      /alg of the client assertion is HS256, but must be ES256 or RS256/,
    ],
    ['by an algorithm of another method', { client_id: 'mac' }, /is ES256, but must be HS256 or HS384 or HS512/],
    ['by another algorithm than was registered', { client_id: 'ps256', alg: 'RS256', key: rsa.privateKey }, /is RS256, but must be PS256/],
    ['by another MAC than was registered', { client_id: 'hs512', alg: 'HS256', key: mac(longSecret) }, /is HS256, but must be HS512/],
    ['by a MAC that the secret is too short for', { client_id: 'short', alg: 'HS384', key: mac(secret) }, /must be HS256\./],
    ['by a MAC with another secret', { client_id: 'mac', alg: 'HS256', key: mac(secret) }, /signature verification failed/],
    ['of an unknown client', { client_id: 'nobody' }, /unknown, or its credentials/],
    ['of a client of another method', { client_id: 'basic' }, /Asked for: private_key_jwt\. Registered: client_secret_basic/],
    ['with another iss', { claims: { iss: 'other' } }, /"iss"|'iss'/],
    ['without iss', { claims: { iss: undefined } }, /'iss'/],
    ['with another sub', { claims: { sub: 'other' } }, /signature verification failed/],
    ['without sub', { claims: { sub: undefined } }, /has no sub/],
    ['with a sub that is a list', { claims: { sub: ['ec'] } }, /has no sub/],
    ['without aud', { claims: { aud: undefined } }, /aud of the client assertion must be/],
    ['for another server', { claims: { aud: 'https://other.example' } }, /aud of the client assertion must be/],
    ['without jti', { claims: { jti: undefined } }, /has no jti/],
    ['with an empty jti', { claims: { jti: '' } }, /has no jti/],
    ['with a jti that is a number', { claims: { jti: 7 } }, /has no jti/],
    ['without exp', { claims: { exp: undefined } }, /has no exp/],
    ['with an exp that is a text', { claims: { exp: '9999999999' } }, /exp/],
    ['that has expired', { claims: { exp: now - 20 } }, /'exp' claim timestamp check failed/],
    ['for more than an hour', { claims: { exp: now + 4000 } }, /more than 3600 seconds ahead/],
    ['for ever', { claims: { exp: 99_999_999_999 } }, /more than 3600 seconds ahead/],
    ['that was made in a minute', { claims: { iat: now + 70 } }, /iat of the client assertion is in the future/],
    ['that begins in a minute', { claims: { nbf: now + 70 } }, /'nbf' claim timestamp check failed/],
    ['that is an access token', { header: { typ: 'at+jwt' } }, /typ of the client assertion must be/],
    ['that is a request object', { header: { typ: 'oauth-authz-req+jwt' } }, /typ of the client assertion must be/],
    ['that is for DPoP', { header: { typ: 'dpop+jwt' } }, /typ of the client assertion must be/],
    ['whose typ is a number', { header: { typ: 7 as unknown as string } }, /typ|header/],
  ])('%s', async (_what, parts, description) => {
    expect(await send(await make(parts))).toEqual(refused(description));
  });

  it('with an extension that is not known, and must be', async () => {
    const claims = { iss: 'ec', sub: 'ec', aud: server.url, exp: now + 60, jti: 'crit' };
    const jwtWithCrit = new SignJWT(claims).setProtectedHeader({ alg: 'ES256', crit: ['x'], x: 1 });
    expect(await send(await jwtWithCrit.sign(ec.privateKey, { crit: { x: true } }))).toEqual(refused(/crit|not recognized/i));
  });

  it.each([
    ['unsigned', new UnsecuredJWT({ iss: 'ec', sub: 'ec', jti: 'x', exp: now + 60 }).encode(), /alg of the client assertion is none/],
    ['without its signature', 'cut', /signature/],
    ['with a claim changed', 'changed', /signature/],
    ['that is no JWT', 'x', /not a signed JWT/],
    ['that is encrypted', 'eyJhbGciOiJkaXIifQ..AA.AA.AA', /not a signed JWT/],
    ['with claims that are no JSON', 'eyJhbGciOiJFUzI1NiJ9.AAAA.AAAA', /not a signed JWT/],
    ['with claims that are a list', 'eyJhbGciOiJFUzI1NiJ9.W10.AAAA', /not a signed JWT/],
  ])('%s', async (what, text, description) => {
    const [header = '', payload = '', signature = ''] = (await make()).split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const changed = Buffer.from(JSON.stringify({ ...claims, jti: 'another' })).toString('base64url');
    const made: Record<string, string> = { cut: `${header}.${payload}.`, changed: `${header}.${changed}.${signature}` };
    expect([what, await send(made[text] ?? text)]).toEqual([what, refused(description)]);
  });

  it('that is longer than any can be', async () => {
    const long = await make({ claims: { filler: 'x'.repeat(20_000) } });
    expect(await send(long)).toEqual(refused(/client_assertion is too long/, 'invalid_request'));
  });

  it.each([
    [
      'another client_assertion_type',
      { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' },
      refused(/must be urn:/),
    ],
    ['the grant_type of RFC 7523', { client_assertion_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' }, refused(/must be urn:/)],
    ['a type in upper case', { client_assertion_type: assertionType.toUpperCase() }, refused(/must be urn:/)],
    ['no client_assertion_type', { client_assertion_type: '' }, refused(/client_assertion_type is missing/, 'invalid_request')],
    ['the client_id of another', { client_id: 'other' }, refused(/client_id is not that of the client/, 'invalid_request')],
    [
      'a secret besides',
      { client_secret: 'x', client_id: 'ec' },
      refused(/two ways, by client_secret and by client_assertion/, 'invalid_request'),
    ],
  ])('with %s', async (_what, parameters, answer) => {
    expect(await send(await make(), parameters)).toEqual(answer);
  });

  it('where there is none, but its type', async () => {
    expect(await send('', { client_id: 'ec' })).toEqual(refused(/client_assertion is missing/, 'invalid_request'));
  });

  it('with an Authorization header besides', async () => {
    const headers = { Authorization: `Basic ${Buffer.from('ec:x').toString('base64')}` };
    expect(await send(await make(), {}, headers)).toEqual(refused(/two ways, by the Authorization header and by/, 'invalid_request'));
  });

  it('that stands in the body twice', async () => {
    const assertion = await make();
    const body = new URLSearchParams({ grant_type: 'client_credentials', ...asParameters(assertion) });
    body.append('client_assertion', assertion);
    const answer = await fetch(`${server.url}/oauth/token`, { method: 'POST', body });
    expect({ status: answer.status, ...((await answer.json()) as object) }).toMatchObject({ status: 400, error: 'invalid_request' });
  });

  it('in the URL, where logs would keep it', async () => {
    const query = new URLSearchParams(asParameters(await make()));
    const body = new URLSearchParams({ grant_type: 'client_credentials' });
    expect((await fetch(`${server.url}/oauth/token?${query}`, { method: 'POST', body })).status).toBe(401);
  });
});

describe('the audience', () => {
  const lists: [string, (url: string) => unknown][] = [
    ['the token endpoint', (url) => `${url}/oauth/token`],
    ['a list with the token endpoint', (url) => [`${url}/oauth/token`]],
    ['a list with the issuer', (url) => [url]],
    ['a list with the issuer and another server', (url) => ['https://other.example', url]],
  ];

  it.each(lists)('is not %s', async (_what, aud) => {
    expect(await send(await make({ claims: { aud: aud(server.url) } }))).toEqual(refused(/must be http:.*, as a string/));
  });

  it.each([
    ['a slash more', (url: string) => `${url}/`],
    ['another case', (url: string) => url.toUpperCase()],
  ])('is compared to the letter: not with %s', async (_what, aud) => {
    expect(await send(await make({ claims: { aud: aud(server.url) } }))).toEqual(refused(/aud of the client assertion/));
  });

  describe('of older clients, where the host has allowed that,', () => {
    let lenient: TestServer;

    beforeAll(async () => {
      lenient = await testServer({ options: { clients, clientAssertions: { audience: 'endpoint' } } });
    });

    afterAll(() => lenient.close());

    it.each([
      ...lists,
      ['the issuer', (url: string) => url],
      ['the endpoint that is asked', (url: string) => `${url}/oauth/revoke`],
    ] as typeof lists)('is %s', async (_what, aud) => {
      expect(await send(await make({ claims: { aud: aud(lenient.url) } }), {}, {}, lenient)).toEqual({ status: 200 });
    });

    it.each([
      ['another server', () => 'https://other.example'],
      ['a path of ours where nobody authenticates', (url: string) => `${url}/oauth/authorize`],
      ['nothing', () => undefined],
      ['an empty list', () => []],
    ])('is not %s', async (_what, aud) => {
      expect(await send(await make({ claims: { aud: aud(lenient.url) } }), {}, {}, lenient)).toEqual(
        refused(/aud of the client assertion/),
      );
    });
  });
});

describe('an assertion is good for one use', () => {
  it('and refused at the second', async () => {
    const assertion = await make();
    expect([await send(assertion), await send(assertion)]).toEqual([{ status: 200 }, refused(/was used before/)]);
  });

  it('whatever else stands in it', async () => {
    const claims = { jti: 'the same' };
    expect(await send(await make({ claims }))).toEqual({ status: 200 });
    expect(await send(await make({ claims: { ...claims, exp: now + 120 } }))).toEqual(refused(/was used before/));
  });

  it('of a hundred at once, one wins', async () => {
    const assertion = await make();
    const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await send(assertion)).status));
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  });

  it('but two clients may use the same jti', async () => {
    const claims = { jti: 'of two' };
    expect(await send(await make({ claims }))).toEqual({ status: 200 });
    expect(await send(await make({ client_id: 'other', key: other.privateKey, claims }))).toEqual({ status: 200 });
  });

  it('and nobody can choose a client_id and a jti that together read like those of another', async () => {
    expect(await send(await make({ claims: { jti: 'a:b' } }))).toEqual({ status: 200 });
    expect(await send(await make({ client_id: 'ec:a', claims: { jti: 'b' } }))).toEqual({ status: 200 });
  });

  it.each<[string, Partial<AssertionParts>]>([
    ['by another key', { key: other.privateKey }],
    ['for another server', { claims: { aud: 'https://other.example' } }],
    ['that has expired', { claims: { exp: now - 60 } }],
    ['that is something else', { header: { typ: 'at+jwt' } }],
  ])('which one %s does not use up', async (what, parts) => {
    const jti = `burnt ${what}`;
    expect((await send(await make({ ...parts, claims: { ...parts.claims, jti } }))).status).toBe(401);
    expect(await send(await make({ claims: { jti } }))).toEqual({ status: 200 });
  });

  it('until it would be refused for its age, and no longer', async () => {
    keys = [];
    await send(await make({ claims: { exp: server.now() + 100, jti: 'remembered' } }));
    const name = createHash('sha256').update('["ec","remembered"]').digest('base64url');
    expect(keys).toEqual([expect.stringMatching(new RegExp(`^client assertion:${name} 111$`))]);
  });

  it('also in the seconds in which an expired one is tolerated', async () => {
    const own = await testServer({ options: { clients } });
    const assertion = await makeAssertion({ ...good, issuer: own.url, now: own.now(), claims: { exp: own.now() + 10 } });
    expect(await send(assertion, {}, {}, own)).toEqual({ status: 200 });
    own.sleep(15);
    expect(await send(assertion, {}, {}, own)).toEqual(refused(/was used before/));
    await own.close();
  });
});

describe('a client that publishes its keys by jwks_uri', () => {
  let published: object[] = [jwk(ec.publicKey, { kid: 'old' })];
  let asked = 0;
  const host = createServer((_req, res) => {
    asked += 1;
    res.end(JSON.stringify({ keys: published }));
  });
  let own: TestServer;

  beforeAll(async () => {
    const jwks_uri = `${await listen(host)}/jwks`;
    const remote = [
      { ...jwt, client_id: 'remote', jwks_uri },
      { ...machine, client_id: 'secret', client_secret: secret, jwks_uri },
    ];
    own = await testServer({ options: { clients: remote, outgoing: { allow: ['localhost'] } } });
  });

  afterAll(async () => {
    await own.close();
    await new Promise((closed) => host.close(closed));
  });

  const from = (parts: Partial<AssertionParts>) =>
    makeAssertion({ ...good, client_id: 'remote', issuer: own.url, now: own.now(), ...parts });

  it('is not asked for them on behalf of a client that has no use for them here', async () => {
    expect(await send(await from({ client_id: 'secret' }), {}, {}, own)).toEqual(refused(/auth_method_mismatch/));
    expect(asked).toBe(0);
  });

  it('changes them without a word to us', async () => {
    expect(await send(await from({ header: { kid: 'old' } }), {}, {}, own)).toEqual({ status: 200 });
    published = [jwk(other.publicKey, { kid: 'new' })];
    own.sleep(31); // so long an unknown kid does not make us ask again
    const claims = { exp: systemClock() + 91 };
    expect(await send(await from({ key: other.privateKey, header: { kid: 'new' }, claims }), {}, {}, own)).toEqual({ status: 200 });
    expect(await send(await from({ header: { kid: 'old' }, claims }), {}, {}, own)).toEqual(refused(/no key/));
    expect(asked).toBe(2);
  });
});
