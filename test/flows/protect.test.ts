/** What an API lets in, and how it says no: beside its server, and on another machine. RFC 6750, RFC 8725, RFC 9068 section 4. */
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { protectApi } from '../../lib/protect-api.js';
import type { Auth } from '../../lib/resource-server/auth.js';
import { type Members, publicOf, theirKey, workshop } from '../support/forgeries.js';
import { expresses } from '../support/host.js';
import { type Origin, serve } from '../support/origin.js';
import { type RawAnswer, raw } from '../support/raw.js';
import { callApi, freshCode, listen, type TestServer, testServer, token } from '../support/server.js';

const calendar = 'https://api.example.com/calendar';
const scopes = { 'read:contacts': 'See your contacts', 'create:contacts': 'Add contacts' };

let server: TestServer;
let url: string;
let api: string;
/** The same app, for requests that Node would refuse by itself. */
let wide: Server;
let wideUrl: string;
/** Where the keys of attackers are. */
let trap: Origin;
const trapped: unknown[] = [];
const errors: unknown[] = [];

const made = workshop(
  () => url,
  () => api,
);
const { keys, claims: claimsOf, sign, forgeries } = made;

beforeAll(async () => {
  trap = await serve((req, res) => {
    trapped.push(req.url);
    res.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys: [publicOf(theirKey)] }));
  });
  server = await testServer({
    options: { keys: { keys } },
    optionsAt: (at) => ({
      apis: { [`${at}/api`]: { name: 'Contacts', scopes }, [calendar]: { scopes: { 'read:calendar': 'See your calendar' } } },
    }),
  });
  url = server.url;
  api = `${url}/api`;
  const remote = protectApi({ issuer: url, audience: api, scopes: Object.keys(scopes) });
  const { app, oauth } = server;
  for (const [path, protect] of [
    ['/here', oauth.protect],
    ['/there', remote],
  ] as const) {
    app.get(`${path}/contacts`, protect('read:contacts'), (req, res) => void res.json(req.auth));
    app.get(`${path}/poison`, protect('read:contacts'), (req, res) => {
      Object.assign(req.auth.claims, { sub: 'poisoned', scope: 'poisoned', exp: 0 });
      Object.assign(req.auth, { sub: 'poisoned', clientId: 'poisoned', expiresAt: 0 }).scopes.splice(0);
      req.auth.resource.pathname = '/poisoned';
      res.end();
    });
    app.post(`${path}/contacts`, protect('create:contacts'), (_req, res) => void res.status(201).end());
    app.get(`${path}/any`, protect({ audience: api }), (_req, res) => void res.end());
    app.get(`${path}/one`, protect({ anyScope: ['read:contacts', 'create:contacts'] }), (_req, res) => void res.end());
    app.get(`${path}/both`, protect('read:contacts', 'create:contacts'), (_req, res) => void res.end());
    const mine = protect({ audience: api, allow: async ({ sub }, req) => sub === req.query.user });
    app.get(`${path}/mine`, mine, (_req, res) => void res.end());
    app.get(`${path}/sometimes`, protect({ audience: api, allow: (() => undefined) as never }), (_req, res) => void res.end());
    const broken = () => Promise.reject(new Error('The rule is broken.'));
    app.get(`${path}/broken`, protect({ audience: api, allow: broken }), (_req, res) => void res.end());
    const exposing: RequestHandler = (_req, res, next) => {
      res.setHeader('Access-Control-Allow-Origin', 'https://spa.example.com').setHeader('Access-Control-Expose-Headers', 'Location, ETag');
      next();
    };
    app.get(`${path}/exposed`, exposing, protect('read:contacts'), (_req, res) => void res.end());
  }
  app.get('/api/calendar', oauth.protect('read:calendar'), (req, res) => void res.json(req.auth));
  app.use(((error, _req, res, _next) => {
    errors.push(error);
    res.status(500).end();
  }) as ErrorRequestHandler);
  wide = createServer({ maxHeaderSize: 2_000_000 }, app);
  wideUrl = await listen(wide);
});

afterAll(async () => {
  wide.closeAllConnections();
  await new Promise((closed) => wide.close(closed));
  await trap.close();
  await server.close();
});

const metadata = () => `resource_metadata="${url}/.well-known/oauth-protected-resource/api"`;

describe.each([
  ['beside its server', '/here'],
  ['on another machine', '/there'],
])('an API %s', (_where, base) => {
  function get(authorization: string | undefined, path = `${base}/contacts`): Promise<RawAnswer> {
    return raw(wideUrl, { path, headers: authorization === undefined ? {} : { Authorization: authorization } });
  }

  async function getWith(claims: Members, path: string): Promise<RawAnswer> {
    return get(`Bearer ${await sign(claimsOf(claims))}`, `${base}${path}`);
  }

  it('tells its handlers what the token says', async () => {
    const claims = claimsOf({ scope: 'read:contacts other' });
    const access_token = await sign(claims);
    const { status, body } = await get(`Bearer ${access_token}`);
    expect({ status, body: JSON.parse(body) }).toEqual({
      status: 200,
      body: {
        sub: 'alice',
        clientId: 'web',
        scopes: ['read:contacts', 'other'],
        token: access_token,
        expiresAt: claims.exp,
        claims,
        resource: api,
        extra: claims,
      },
    });
  });

  it('tells each the same, whatever handlers before have written to it', async () => {
    const authorization = `Bearer ${await sign(claimsOf())}`;
    const before = await get(authorization);
    await get(authorization, `${base}/poison`);
    const after = await get(authorization);
    expect([after.status, after.body]).toEqual([200, before.body]);
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

  const asked = () => `Bearer realm="${url}", scope="read:contacts", ${metadata()}`;

  it.each([
    ['no header', undefined],
    ['another scheme', 'Basic YTpi'],
    ['a scheme that begins alike', 'BearerToken x'],
    ['the token without a scheme', 'eyJhbGciOiJub25lIn0.e30.'],
    ['a megabyte of another scheme', `Basic ${'a'.repeat(1_000_000)}`],
  ])('tells who comes with %s what is needed, and where to learn more', async (_, authorization) => {
    const { status, headers, body } = await get(authorization);
    expect({ status, challenge: headers.get('www-authenticate'), body }).toEqual({ status: 401, challenge: asked(), body: '' });
  });

  it('names no scope where none is needed', async () => {
    const { headers } = await get(undefined, `${base}/any`);
    expect(headers.get('www-authenticate')).toBe(`Bearer realm="${url}", ${metadata()}`);
  });

  it.each([
    ['in the query', { path: `${base}/contacts?access_token=TOKEN` }],
    [
      'in a form',
      {
        path: `${base}/contacts`,
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: 'access_token=TOKEN',
      },
    ],
    ['in a cookie', { path: `${base}/contacts`, headers: { Cookie: 'access_token=TOKEN' } }],
  ])('does not look for a token %s', async (_, request) => {
    const filled = JSON.parse(
      JSON.stringify(request).replaceAll('TOKEN', await sign(claimsOf({ scope: 'read:contacts create:contacts' }))),
    );
    const { status, headers } = await raw(url, filled);
    expect({ status, challenge: headers.get('www-authenticate') }).toEqual({
      status: 401,
      challenge: expect.stringMatching(/^Bearer realm=/),
    });
  });

  it.each(['Bearer', 'Bearer ', 'Bearer a b', 'Bearer "a"', 'Bearer a,Bearer b', 'Bearer \xfc', 'Bearer =', 'Bearer a=b'])(
    'answers 400 to a header that is malformed: %s',
    async (authorization) => {
      const { status, headers } = await get(authorization);
      expect({ status, challenge: headers.get('www-authenticate') }).toEqual({
        status: 400,
        challenge: expect.stringMatching(/^Bearer error="invalid_request", error_description="[^"\\]+", scope="read:contacts", resource_/),
      });
    },
  );

  it('answers 400 to two tokens, even if both are good', async () => {
    const [one, other] = [await sign(claimsOf()), await sign(claimsOf())];
    const { status, headers } = await get(`Bearer ${one}\r\nAuthorization: Bearer ${other}`);
    expect({ status, challenge: headers.get('www-authenticate') }).toEqual({
      status: 400,
      challenge: expect.stringMatching(/^Bearer error="invalid_request"/),
    });
  });

  it.each(forgeries)('refuses a token that %s', async (_, forge) => {
    const { status, headers, body } = await get(`Bearer ${await forge(made, trap.url)}`);
    expect({ status, challenge: headers.get('www-authenticate'), error: JSON.parse(body).error }).toEqual({
      status: 401,
      challenge: expect.stringMatching(
        /^Bearer error="invalid_token", error_description="[\x20-\x21\x23-\x5b\x5d-\x7e]+", scope="read:contacts", resource_metadata="[^"]+"$/,
      ),
      error: 'invalid_token',
    });
  });

  it('has asked nobody whom a token names', () => {
    expect(trapped).toEqual([]);
  });

  it.each([
    ['a refresh token', async () => (await token(url, await freshCode(url))).body.refresh_token ?? ''],
    ['a code', async () => (await freshCode(url)).code],
    ['an ID token', async () => (await token(url, await freshCode(url, { scope: 'openid' }))).body.id_token ?? ''],
  ])('refuses what else the server has issued: %s', async (_, issued) => {
    expect((await get(`Bearer ${await issued()}`)).status).toBe(401);
  });

  it('answers 403 to a good token that allows less, and names the scope that is needed', async () => {
    const { body } = await token(url, await freshCode(url));
    const answer = await fetch(`${url}${base}/contacts`, { method: 'POST', headers: { Authorization: `Bearer ${body.access_token}` } });
    expect({ status: answer.status, challenge: answer.headers.get('www-authenticate') }).toEqual({
      status: 403,
      challenge: `Bearer error="insufficient_scope", error_description="This needs the scope: create:contacts.", scope="create:contacts", ${metadata()}`,
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

  it.each([
    ['/both', 'read:contacts', 'read:contacts create:contacts'],
    ['/one', 'other', 'read:contacts'],
    ['/one', '', 'read:contacts'],
  ])('names for %s to who has %p all that is needed: %s', async (path, scope, needed) => {
    const { status, headers } = await getWith({ scope }, path);
    expect({ status, challenge: headers.get('www-authenticate') }).toEqual({
      status: 403,
      challenge: expect.stringContaining(
        `error="insufficient_scope", error_description="This needs the scope: ${needed}.", scope="${needed}"`,
      ),
    });
  });

  it.each([
    ['/both', 'create:contacts read:contacts'],
    ['/one', 'create:contacts'],
    ['/one', 'read:contacts'],
    ['/any', ''],
    ['/mine?user=alice', ''],
  ])('lets in to %s who has %p', async (path, scope) => {
    expect((await getWith({ scope }, path)).status).toBe(200);
  });

  it.each(['/mine?user=bob', '/sometimes'])('names no scope to whom a rule of its own refuses: %s', async (path) => {
    const { status, headers, body } = await getWith({}, path);
    expect({ status, challenge: headers.get('www-authenticate'), error: JSON.parse(body).error }).toEqual({
      status: 403,
      challenge: expect.stringMatching(/^Bearer error="access_denied", error_description="[^"]+", resource_metadata="[^"]+"$/),
      error: 'access_denied',
    });
  });

  it('leaves to the app what its own rule throws', async () => {
    errors.length = 0;
    const { status, headers } = await getWith({}, '/broken');
    expect({ status, challenge: headers.get('www-authenticate'), errors }).toEqual({
      status: 500,
      challenge: null,
      errors: [new Error('The rule is broken.')],
    });
  });

  it('lets pages of other origins read the challenge, and allows none by itself', async () => {
    const { headers } = await get(undefined);
    expect([headers.get('access-control-expose-headers'), headers.get('access-control-allow-origin')]).toEqual(['WWW-Authenticate', null]);
  });

  it('keeps what the host lets pages of other origins read', async () => {
    const { headers } = await get(undefined, `${base}/exposed`);
    expect([headers.get('access-control-expose-headers'), headers.get('access-control-allow-origin')]).toEqual([
      'Location, ETag, WWW-Authenticate',
      'https://spa.example.com',
    ]);
    const { headers: good } = await getWith({}, '/exposed');
    expect(good.get('access-control-expose-headers')).toBe('Location, ETag');
  });

  it('keeps its refusals out of caches', async () => {
    expect((await get('Bearer a')).headers.get('cache-control')).toBe('no-store');
  });
});

describe('beside its server alone, a token', () => {
  const ask = async (claims: Members, header: Members = {}) => callApi(url, await sign(claimsOf(claims), header));

  it('without a kid is none of ours', async () => {
    expect((await ask({}, { kid: undefined })).status).toBe(401);
  });

  it('without a scope is none of ours', async () => {
    expect((await ask({ scope: undefined })).status).toBe(401);
  });
});

describe('an API at another origin than the issuer', () => {
  it('names no metadata, since nobody answers there', async () => {
    const { headers } = await fetch(`${url}/api/calendar`);
    expect(headers.get('www-authenticate')).toBe(`Bearer realm="${url}", scope="read:calendar"`);
  });
});

it('does not read a token of a megabyte, where Node is left to itself', async () => {
  expect((await raw(url, { path: '/api/contacts', headers: { Authorization: `Bearer ${'a'.repeat(1_000_000)}` } })).status).toBe(431);
});

it('gives the servers of the MCP SDK what they expect', () => {
  interface AuthInfo {
    token: string;
    clientId: string;
    scopes: string[];
    expiresAt?: number;
    resource?: URL;
    extra?: Record<string, unknown>;
  }
  const asAuthInfo = (auth: Auth): AuthInfo => auth;
  expect(asAuthInfo).toBeInstanceOf(Function);
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
