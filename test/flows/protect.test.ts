/** What an API lets in, and how it says no. RFC 6750, RFC 8725, RFC 9068 section 4. */
import { createHmac, createPublicKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { CompactSign, importJWK, type JWK } from 'jose';
import { expresses } from '../support/host.js';
import { raw } from '../support/raw.js';
import { api, callApi, freshCode, type TestServer, testServer, token } from '../support/server.js';

const ourKey = { ...newKey(), kid: 'ours' };
const theirKey = { ...newKey(), kid: 'theirs' };
const publicKey = createPublicKey({ key: ourKey as JsonWebKey, format: 'jwk' });
const calendar = 'https://api.example.com/calendar';

let server: TestServer;

beforeAll(async () => {
  const apis = {
    [api]: { scopes: { 'read:contacts': 'See your contacts', 'create:contacts': 'Add contacts' } },
    [calendar]: { scopes: { 'read:calendar': 'See your calendar' } },
  };
  server = await testServer({ options: { keys: { keys: [ourKey] }, apis } });
  server.app.get('/api/calendar', server.oauth.protect('read:calendar'), (req, res) => void res.json(req.auth));
});

afterAll(() => server.close());

function newKey(): JWK {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }) as JWK;
}

type Members = Readonly<Record<string, unknown>>;

/** The claims of a good access token, but for these changes; `undefined` takes one out. */
function claimsOf(changes: Members = {}): Members {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: server.url,
    aud: api,
    sub: 'alice',
    client_id: 'web',
    scope: 'read:contacts',
    iat: now,
    exp: now + 600,
    jti: 'authorization.token',
    ...changes,
  };
}

const goodHeader = { alg: 'ES256', kid: 'ours', typ: 'at+jwt' };

async function sign(claims: Members, header: Members = {}, key: JWK = ourKey): Promise<string> {
  const signing = new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader({ ...goodHeader, ...header });
  return signing.sign(await importJWK({ ...key, alg: 'ES256' }), { crit: { x: true } });
}

/** Header, claims, and whatever an attacker puts in place of the signature. */
function assemble(header: Members, claims: Members, signature: string | ((text: string) => string)): string {
  const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${typeof signature === 'string' ? signature : signature(text)}`;
}

function hmac(key: string | Buffer) {
  return (text: string) => createHmac('sha256', key).update(text).digest('base64url');
}

function get(authorization: string | undefined, path = '/api/contacts') {
  return raw(server.url, { path, headers: authorization === undefined ? {} : { Authorization: authorization } });
}

describe('an API', () => {
  it('lets in who has a good token', async () => {
    const { status, body } = await get(`Bearer ${await sign(claimsOf())}`);
    expect({ status, body: JSON.parse(body) }).toEqual({ status: 200, body: { sub: 'alice', clientId: 'web' } });
  });

  it.each([['typ', { typ: 'application/at+jwt' }] as const, ['case of typ', { typ: 'AT+JWT' }] as const])(
    'lets in who has a good token with another spelling of its type: %s',
    async (_, header) => {
      expect((await get(`Bearer ${await sign(claimsOf(), header)}`)).status).toBe(200);
    },
  );

  it.each(['bearer', 'BEARER', 'Bearer  '])('takes the scheme as %s', async (scheme) => {
    expect((await get(`${scheme} ${await sign(claimsOf())}`)).status).toBe(200);
  });

  it('tells its handlers what the token says', async () => {
    const claims = claimsOf({ aud: calendar, scope: 'read:calendar other' });
    const access_token = await sign(claims);
    const { body } = await get(`Bearer ${access_token}`, '/api/calendar');
    expect(JSON.parse(body)).toEqual({
      sub: 'alice',
      clientId: 'web',
      scopes: ['read:calendar', 'other'],
      token: access_token,
      expiresAt: claims.exp,
      claims,
    });
  });

  it.each([
    ['no header', undefined],
    ['another scheme', 'Basic YTpi'],
    ['a scheme that begins alike', 'BearerToken x'],
    ['the token without a scheme', 'eyJhbGciOiJub25lIn0.e30.'],
  ])('tells who comes with %s no more than that a token is needed', async (_, authorization) => {
    const { status, headers } = await get(authorization);
    expect({ status, challenge: headers.get('www-authenticate') }).toEqual({ status: 401, challenge: `Bearer realm="${server.url}"` });
  });

  it.each([
    ['in the query', { path: '/api/contacts?access_token=TOKEN' }],
    [
      'in a form',
      {
        path: '/api/contacts',
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: 'access_token=TOKEN',
      },
    ],
    ['in a cookie', { path: '/api/contacts', headers: { Cookie: 'access_token=TOKEN' } }],
  ])('does not look for a token %s', async (_, request) => {
    const filled = JSON.parse(
      JSON.stringify(request).replaceAll('TOKEN', await sign(claimsOf({ scope: 'read:contacts create:contacts' }))),
    );
    const { status, headers } = await raw(server.url, filled);
    expect({ status, challenge: headers.get('www-authenticate') }).toEqual({ status: 401, challenge: `Bearer realm="${server.url}"` });
  });

  it.each(['Bearer', 'Bearer ', 'Bearer a b', 'Bearer "a"', 'Bearer a,Bearer b', 'Bearer \xfc', 'Bearer =', 'Bearer a=b'])(
    'answers 400 to a header that is malformed: %s',
    async (authorization) => {
      const { status, headers } = await get(authorization);
      expect({ status, challenge: headers.get('www-authenticate') }).toEqual({
        status: 400,
        challenge: expect.stringMatching(/^Bearer error="invalid_request", error_description="[^"\\]+"$/),
      });
    },
  );

  const forgeries: readonly (readonly [string, () => string | Promise<string>])[] = [
    ['is no JWT', () => 'abc'],
    ['has empty parts', () => '..'],
    ['has two parts', async () => (await sign(claimsOf())).split('.').slice(0, 2).join('.')],
    ['has four parts', async () => `${await sign(claimsOf())}.a`],
    ['has JSON in none of its parts', () => 'YQ.YQ.YQ'],
    ['has a list as claims', async () => sign([] as unknown as Members)],
    ['has expired', () => sign(claimsOf({ exp: Math.floor(Date.now() / 1000) - 1 }))],
    ['is not valid yet', () => sign(claimsOf({ nbf: Math.floor(Date.now() / 1000) + 600 }))],
    ['never expires', () => sign(claimsOf({ exp: undefined }))],
    ['expires at no number', () => sign(claimsOf({ exp: '9999999999' }))],
    ['is for another API', () => sign(claimsOf({ aud: calendar }))],
    ['is for nobody', () => sign(claimsOf({ aud: undefined }))],
    ['is for an API whose name begins alike', () => sign(claimsOf({ aud: `${api}/` }))],
    ['is of another issuer', () => sign(claimsOf({ iss: 'https://evil.example' }))],
    ['is of the issuer with a slash', () => sign(claimsOf({ iss: `${server.url}/` }))],
    ['is of no issuer', () => sign(claimsOf({ iss: undefined }))],
    ['has no subject', () => sign(claimsOf({ sub: undefined }))],
    ['has no client', () => sign(claimsOf({ client_id: undefined }))],
    ['has no name', () => sign(claimsOf({ jti: undefined }))],
    ['has no scope', () => sign(claimsOf({ scope: undefined }))],
    ['has a list as scope', () => sign(claimsOf({ scope: ['read:contacts'] }))],
    ['is an ID token', () => sign(claimsOf(), { typ: 'JWT' })],
    ['is a logout token', () => sign(claimsOf(), { typ: 'logout+jwt' })],
    ['has no type', () => sign(claimsOf(), { typ: undefined })],
    ['names no key', () => sign(claimsOf(), { kid: undefined })],
    ['names a key that is not ours', () => sign(claimsOf(), { kid: 'theirs' }, theirKey)],
    ['names our key, and is signed with another', () => sign(claimsOf(), {}, theirKey)],
    ['brings its key in jwk', () => sign(claimsOf(), { jwk: publicOf(theirKey) }, theirKey)],
    ['brings its key in jwk alone', () => sign(claimsOf(), { kid: undefined, jwk: publicOf(theirKey) }, theirKey)],
    ['brings its key in jku', () => sign(claimsOf(), { jku: 'https://evil.example/jwks' }, theirKey)],
    ['brings its key in x5u', () => sign(claimsOf(), { x5u: 'https://evil.example/cert' }, theirKey)],
    ['asks for what we do not understand', () => sign(claimsOf(), { crit: ['x'], x: 1 })],
    ['has alg none', () => assemble({ ...goodHeader, alg: 'none' }, claimsOf(), '')],
    ['has alg NONE', () => assemble({ ...goodHeader, alg: 'NONE' }, claimsOf(), '')],
    ['has no signature', async () => (await sign(claimsOf())).replace(/[^.]+$/, '')],
    ['has a signature of zeros', () => assemble(goodHeader, claimsOf(), 'A'.repeat(86))],
    [
      'has the signature of another one',
      async () => assemble(goodHeader, claimsOf({ sub: 'root' }), (await sign(claimsOf())).split('.')[2] ?? ''),
    ],
    [
      'has HS256 by our public key in PEM',
      () => assemble({ ...goodHeader, alg: 'HS256' }, claimsOf(), hmac(publicKey.export({ type: 'spki', format: 'pem' }) as string)),
    ],
    [
      'has HS256 by our public key in DER',
      () => assemble({ ...goodHeader, alg: 'HS256' }, claimsOf(), hmac(publicKey.export({ type: 'spki', format: 'der' }) as Buffer)),
    ],
    [
      'has HS256 by our public key as JWK',
      () => assemble({ ...goodHeader, alg: 'HS256' }, claimsOf(), hmac(JSON.stringify(publicOf(ourKey)))),
    ],
    ['has HS256 by nothing', () => assemble({ ...goodHeader, alg: 'HS256' }, claimsOf(), hmac(''))],
    ['has another alg with our key', () => assemble({ ...goodHeader, alg: 'ES384' }, claimsOf(), 'A'.repeat(86))],
    ['is a refresh token', async () => (await token(server.url, await freshCode(server.url))).body.refresh_token ?? ''],
    ['is a code', async () => (await freshCode(server.url)).code],
    ['is 12 kB long', () => sign(claimsOf({ padding: 'a'.repeat(9_000) }), {}, theirKey)],
  ];

  it.each(forgeries)('refuses a token that %s', async (_, forge) => {
    const { status, headers, body } = await get(`Bearer ${await forge()}`);
    expect({ status, challenge: headers.get('www-authenticate'), error: JSON.parse(body).error }).toEqual({
      status: 401,
      challenge: expect.stringMatching(/^Bearer error="invalid_token", error_description="[\x20-\x21\x23-\x5b\x5d-\x7e]+"$/),
      error: 'invalid_token',
    });
  });

  it('does not read a token of a megabyte', async () => {
    expect((await get(`Bearer ${'a'.repeat(1_000_000)}`)).status).toBe(431);
  });

  it('answers 403 to a good token that allows less, and names the scope that is needed', async () => {
    const { body } = await token(server.url, await freshCode(server.url));
    const answer = await callApi(server.url, body.access_token, 'POST');
    expect({ status: answer.status, challenge: answer.headers.get('www-authenticate') }).toEqual({
      status: 403,
      challenge: expect.stringMatching(/^Bearer error="insufficient_scope", error_description="[^"]+", scope="create:contacts"$/),
    });
  });

  it.each([
    ['in another case', 'READ:contacts'],
    ['as part of another', 'read:contacts:all'],
    ['with a comma', 'read:contacts,create:contacts'],
    ['with a tab', 'read:contacts\tcreate:contacts'],
    ['at all', ''],
  ])('does not find a scope that is there %s', async (_, scope) => {
    expect((await get(`Bearer ${await sign(claimsOf({ scope }))}`)).status).toBe(403);
  });

  it('keeps its refusals out of caches', async () => {
    expect((await get('Bearer a')).headers.get('cache-control')).toBe('no-store');
  });
});

describe('a route', () => {
  it('cannot be protected by a scope that no API has', () => {
    expect(() => server.oauth.protect('read:contcats')).toThrow(/protect\('read:contcats'\): No API has all of these scopes\./);
  });

  it('cannot be protected by scopes of two APIs', () => {
    expect(() => server.oauth.protect('read:contacts', 'read:calendar')).toThrow(/No API has all of these scopes\./);
  });

  it('cannot be protected by no scope where there is more than one API', () => {
    expect(() => server.oauth.protect()).toThrow(/More than one API has no need of a scope/);
  });
});

function publicOf({ d: _, ...jwk }: JWK): JWK {
  return jwk;
}

it.each([4, 5] as const)('leaves an answer alone that the host has given meanwhile, on Express %s', async (version) => {
  const impatient: RequestHandler = (_req, res, next) => {
    res.status(504).end();
    next();
  };
  const errors: unknown[] = [];
  const server = await testServer({ app: expresses[version](), before: [impatient] });
  server.app.use(((error, _req, _res, _next) => void errors.push(error)) as ErrorRequestHandler);
  const statuses = [await callApi(server.url, undefined), await callApi(server.url, 'a.b.c')].map(({ status }) => status);
  await server.close();
  expect({ statuses, errors }).toEqual({ statuses: [504, 504], errors: [] });
});
