/** Assertions of issuers that the host trusts, traded for access tokens. RFC 7523 section 2.1, draft-ietf-oauth-identity-assertion-authz-grant. */
import { createServer } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { base64url, SignJWT } from 'jose';
import * as openid from 'openid-client';
import type { OAuthRouterOptions } from '../../lib/config/options/index.js';
import type { GrantRequest, Server } from '../../lib/contracts.js';
import { OAuthError } from '../../lib/errors.js';
import { jwtBearer } from '../../lib/grants/jwt-bearer.js';
import { Parameters as RequestParameters } from '../../lib/http/parameters.js';
import type { UserOfAssertion } from '../../lib/model/trusted-issuer.js';
import { memoryStore } from '../../lib/store/memory.js';
import { type IdentityProvider, identityProvider, signingKey } from '../support/identity-provider.js';
import { verified } from '../support/jwt.js';
import { api, callApi, listen, type TestServer, testServer, token, web } from '../support/server.js';

const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const typ = 'oauth-id-jag+jwt';
const client_secret = 'the secret of a client with assertions';
const files = 'https://api.example.com/files';
const grant_types = [grant_type, 'refresh_token'];

const assistant = { client_id: 'assistant', client_secret };
const reader = { client_id: 'reader', client_secret };
const deploy = { client_id: 'deploy', client_secret };
const robot = { client_id: 'robot', client_secret };

/** Whom the enterprise's users are here; the host's function may also refuse, and fail. */
const user = jest.fn<UserOfAssertion>(({ sub }) => {
  if (sub === 'leaver') throw new OAuthError('invalid_grant', 'This account was closed.');
  if (sub === 'broken') throw new Error('connection to postgres://user:password@db refused');
  return sub === 'U019488227' && { id: 'alice', auth_time: 1_700_000_000, acr: 'gold', amr: ['pwd', 'otp'] };
});

let idp: IdentityProvider;
let platform: IdentityProvider;
let options: Partial<OAuthRouterOptions>;
let server: TestServer;
let serial = 0;

beforeAll(async () => {
  [idp, platform] = await Promise.all([identityProvider(), identityProvider('/cluster')]);
  options = {
    clients: [
      { ...assistant, grant_types },
      { ...reader, grant_types, scope: 'read:contacts openid offline_access' },
      { ...deploy, grant_types },
      { ...robot, grant_types },
      { client_id: 'spa', grant_types },
      { client_id: 'edge', grant_types },
      web,
    ],
    apis: {
      [api]: { scopes: { 'read:contacts': 'See', 'create:contacts': 'Add' }, defaultScopes: ['read:contacts'] },
      [files]: { scopes: { 'read:files': 'See', 'write:files': 'Change' } },
    },
    trustedIssuers: [
      { issuer: idp.issuer, profile: 'id-jag', user },
      {
        issuer: platform.issuer,
        profile: 'workload',
        clients: ['deploy'],
        subjects: ['repo:acme/shop:ref:refs/heads/main'],
        scopes: ['read:files', 'create:contacts'],
      },
      {
        issuer: platform.issuer,
        profile: 'workload',
        clients: ['robot'],
        subjects: async ({ repository }) => repository === 'acme/robot',
        audience: 'sts.example.com',
        user: () => ({ id: 'robot-account' }),
      },
      { issuer: platform.issuer, profile: 'workload', clients: ['edge'], subjects: ['edge-1'], publicClients: true },
    ],
    outgoing: { allow: [...idp.outgoing.allow, ...platform.outgoing.allow], ca: [idp.outgoing.ca] },
    log: { warn: () => {}, error: () => {} },
  };
  server = await testServer({ options });
});

beforeEach(() => void user.mockClear());

afterAll(() => Promise.all([server.close(), idp.close(), platform.close()]));

type Claims = Readonly<Record<string, unknown>>;

const now = () => server.now();

/** The claims of the draft's example, for this server and the client `assistant`. */
function idJag(changes: Claims = {}): Claims {
  serial += 1;
  const times = { exp: now() + 300, iat: now() };
  return { jti: `jti-${serial}`, iss: idp.issuer, sub: 'U019488227', aud: server.url, client_id: 'assistant', ...times, ...changes };
}

function ofPlatform(changes: Claims = {}): Claims {
  const times = { exp: now() + 3607, iat: now() };
  return { iss: platform.issuer, sub: 'repo:acme/shop:ref:refs/heads/main', aud: [server.url], ...times, ...changes };
}

type Request = Readonly<Record<string, string | undefined>>;

const trade = (assertion: string, request: Request = {}, client: Request = assistant, at = server) =>
  token(at.url, { ...client, grant_type, assertion, ...request });

async function tradeIdJag(changes: Claims = {}, request: Request = {}, client: Request = assistant) {
  return trade(await idp.sign(idJag({ client_id: client.client_id, ...changes }), { typ }), request, client);
}

async function tradeOfPlatform(changes: Claims = {}, request: Request = {}, client: Request = deploy) {
  return trade(await platform.sign(ofPlatform(changes)), request, client);
}

describe('an identity assertion', () => {
  it('gives an access token for the user that the host links it to, and no refresh token', async () => {
    const { status, headers, body } = await tradeIdJag();
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(body).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 600, scope: 'read:contacts' });
    const { claims } = await verified(server.url, body.access_token);
    expect(claims).toMatchObject({ sub: 'alice', aud: api, client_id: 'assistant', auth_time: 1_700_000_000, acr: 'gold' });
    expect(await (await callApi(server.url, body.access_token)).json()).toEqual({ sub: 'alice', clientId: 'assistant' });
  });

  it('is shown to the host with all its claims, the client and the request', async () => {
    await tradeIdJag({ email: 'alice@acme.example', tenant: 'acme' });
    const [[claims, { client, req }]] = user.mock.calls as unknown as [Parameters<UserOfAssertion>];
    expect(claims).toMatchObject({ iss: idp.issuer, sub: 'U019488227', email: 'alice@acme.example', tenant: 'acme' });
    expect([client.client_id, req.url]).toEqual(['assistant', '/oauth/token']);
  });

  it('is recorded like all that a user allowed: what it gave ends when its token is revoked', async () => {
    const { body } = await tradeIdJag();
    const form = new URLSearchParams({ ...assistant, token: body.access_token ?? '' });
    expect((await fetch(`${server.url}/oauth/revoke`, { method: 'POST', body: form })).status).toBe(200);
    expect((await callApi(server.url, body.access_token)).status).toBe(401);
  });

  it('gives an ID token with the scope openid', async () => {
    const { body } = await tradeIdJag({ scope: 'openid read:contacts' });
    expect((await verified(server.url, body.id_token)).claims).toMatchObject({ sub: 'alice', aud: 'assistant' });
  });

  it.each<[string, Claims, Request, string, string]>([
    ['all of the assertion', { scope: 'create:contacts read:contacts' }, {}, 'create:contacts read:contacts', api],
    ['less than the assertion', { scope: 'create:contacts read:contacts' }, { scope: 'read:contacts' }, 'read:contacts', api],
    ['what is asked for, where the assertion has none', {}, { scope: 'create:contacts' }, 'create:contacts', api],
    ['what is known here', { scope: 'chat.read read:contacts' }, {}, 'read:contacts', api],
    ['no offline_access', { scope: 'offline_access read:contacts' }, {}, 'read:contacts', api],
    ['the API of the assertion', { resource: files, scope: 'read:files read:contacts' }, {}, 'read:files', files],
    ['the API of a list of one', { resource: [api] }, {}, 'read:contacts', api],
    ['one of its APIs', { resource: [api, files], scope: 'read:files read:contacts' }, { resource: files }, 'read:files', files],
  ])('gives %s', async (_, claims, request, scope, aud) => {
    const { body } = await tradeIdJag(claims, request);
    expect([body.scope, (await verified(server.url, body.access_token)).claims.aud]).toEqual([scope, aud]);
  });

  it('gives no more than the client has registered', async () => {
    const { body } = await tradeIdJag({ scope: 'create:contacts read:contacts' }, {}, reader);
    expect(body.scope).toBe('read:contacts');
  });

  it.each<[string, Claims, Request, string, RegExp]>([
    ['more than the assertion', { scope: 'read:contacts' }, { scope: 'read:contacts create:contacts' }, 'invalid_scope', /Beyond.*create/],
    ['another API', { resource: api }, { resource: files }, 'invalid_target', /not for .*files/],
    ['an API that is not there', {}, { resource: 'https://x.example' }, 'invalid_target', /no such API/],
    ['two APIs at once', { resource: [api, files], scope: 'read:contacts read:files' }, {}, 'invalid_target', /one API/],
    ['an unknown scope', {}, { scope: 'read:everything' }, 'invalid_scope', /not known/],
    ['a scope that is none', { scope: 'read:"contacts"' }, {}, 'invalid_scope', /characters/],
    ['what an assertion for others has', { scope: 'chat.read' }, {}, 'invalid_scope', /nothing here/],
    ['nothing', { scope: '' }, {}, 'invalid_scope', /nothing here/],
    ['nothing of the API', { resource: files, scope: 'read:contacts' }, {}, 'invalid_scope', /nothing here/],
    ['the API of an assertion for others', { resource: 'https://x.example' }, {}, 'invalid_target', /no such API/],
  ])('does not give %s', async (_, claims, request, error, sentence) => {
    const { status, body } = await tradeIdJag(claims, request);
    expect([status, body]).toEqual([400, { error, error_description: expect.stringMatching(sentence) }]);
  });

  it('does not give what the client may not have', async () => {
    expect((await tradeIdJag({}, { scope: 'create:contacts' }, reader)).body.error).toBe('invalid_scope');
    expect((await tradeIdJag({ scope: 'create:contacts' }, {}, reader)).body.error).toBe('invalid_scope');
  });

  it('can be used once: by one of many at the same time, at any server with the same store, until it expires', async () => {
    const store = memoryStore(now);
    const shared = { ...options, store, issuer: 'https://as.example.com' };
    const [one, other] = await Promise.all([testServer({ options: shared }), testServer({ options: shared })]);
    try {
      const assertion = await idp.sign(idJag({ aud: shared.issuer }), { typ });
      const answers = await Promise.all([one, other, one, other, one, other].map((at) => trade(assertion, {}, assistant, at)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400, 400]);
      expect((await trade(assertion, {}, assistant, other)).body.error_description).toMatch(/used before/);
    } finally {
      await Promise.all([one.close(), other.close()]);
    }
  });

  it('is remembered for as long as it could be used, leeway included', async () => {
    const own = await testServer({ options });
    const assertion = await idp.sign(idJag({ aud: own.url, exp: own.now() + 30 }), { typ });
    const again = () => trade(assertion, {}, assistant, own);
    expect((await again()).status).toBe(200);
    own.sleep(35);
    expect((await again()).body.error_description).toMatch(/used before/);
    own.sleep(10);
    expect((await again()).body.error_description).toMatch(/expired/);
    await own.close();
  });

  it('is not spent by a request that is refused', async () => {
    const assertion = await idp.sign(idJag(), { typ });
    expect((await trade(assertion, { scope: 'read:everything' })).body.error).toBe('invalid_scope');
    expect((await trade(assertion, {}, reader)).body.error).toBe('invalid_grant');
    expect((await trade(assertion)).status).toBe(200);
  });

  it('may have the jti of another issuer', async () => {
    const other = await signingKey('other');
    const two = { issuer: 'https://two.example', profile: 'id-jag' as const, jwks: { keys: [other.jwk] }, user };
    const both = await testServer({ options: { ...options, trustedIssuers: [...(options.trustedIssuers ?? []), two] } });
    try {
      const claims = { ...idJag(), aud: both.url };
      expect((await trade(await idp.sign(claims, { typ }), {}, assistant, both)).status).toBe(200);
      expect((await trade(await idp.sign({ ...claims, iss: two.issuer }, { typ }, other), {}, assistant, both)).status).toBe(200);
    } finally {
      await both.close();
    }
  });

  it('tells the host’s own words, where it refuses, and nothing of what went wrong inside', async () => {
    expect((await tradeIdJag({ sub: 'leaver' })).body).toEqual({ error: 'invalid_grant', error_description: 'This account was closed.' });
    const { status, body } = await tradeIdJag({ sub: 'broken' });
    expect([status, body.error, JSON.stringify(body)]).toEqual([500, 'server_error', expect.not.stringContaining('postgres')]);
  });
});

describe('an assertion for a machine', () => {
  it('gives an access token for the client itself, with no more than the issuer’s scopes', async () => {
    const { status, body } = await tradeOfPlatform({}, { scope: 'create:contacts' });
    expect([status, body.scope, body.refresh_token]).toEqual([200, 'create:contacts', undefined]);
    const { claims } = await verified(server.url, body.access_token);
    expect(claims).toMatchObject({ sub: 'deploy', client_id: 'deploy', aud: api });
    expect((await tradeOfPlatform({}, { scope: 'read:contacts' })).body.error).toBe('invalid_scope');
  });

  it('can be used until it expires', async () => {
    const assertion = await platform.sign(ofPlatform(), { typ: 'JWT' });
    const statuses = [await trade(assertion, { resource: files }, deploy), await trade(assertion, { resource: files }, deploy)];
    expect(statuses.map(({ status }) => status)).toEqual([200, 200]);
  });

  it('gives nothing about users, as there is none', async () => {
    const { body } = await tradeOfPlatform({}, { scope: 'openid' });
    expect([body.error, body.error_description]).toEqual(['invalid_scope', 'There is no user here, so there is no scope: openid.']);
  });

  it('is judged by a function, and is for a user, where the host says so', async () => {
    const claims = { aud: 'sts.example.com', sub: 'whatever', repository: 'acme/robot' };
    const { body } = await tradeOfPlatform(claims, {}, robot);
    expect((await verified(server.url, body.access_token)).claims).toMatchObject({ sub: 'robot-account', client_id: 'robot' });
    expect((await tradeOfPlatform({ ...claims, repository: 'mallory/robot' }, {}, robot)).body.error).toBe('invalid_grant');
  });

  it.each([['JWT'], ['jwt'], ['JOSE'], ['authorization-grant+jwt'], ['application/authorization-grant+jwt']])(
    'may have the typ %s',
    async (type) => {
      const assertion = await platform.sign(ofPlatform(), { typ: type });
      expect((await trade(assertion, { resource: files }, deploy)).status).toBe(200);
    },
  );

  it('may come without iat, and be good for a day', async () => {
    expect((await tradeOfPlatform({ iat: undefined, exp: now() + 86_400 }, { resource: files })).status).toBe(200);
  });

  it.each<[string, Claims, Request, RegExp]>([
    ['another sub', { sub: 'repo:acme/shop:ref:refs/heads/main2' }, deploy, /sub of the assertion, repo/],
    ['a sub with more behind it', { sub: 'repo:acme/shop:ref:refs/heads/main ' }, deploy, /sub/],
    ['the aud that another client may use', { aud: 'sts.example.com' }, deploy, /aud/],
    ['two audiences', { aud: ['https://x.example', 'https://y.example'] }, deploy, /aud/],
    ['a year to live', { exp: 4_000_000_000, iat: undefined }, deploy, /90000 seconds/],
    ['a client that is not named', {}, assistant, /not trusted to vouch for anybody to this client/],
  ])('is refused with %s', async (_, claims, client, sentence) => {
    const { body } = await tradeOfPlatform(claims, {}, client);
    expect(body).toEqual({ error: 'invalid_grant', error_description: expect.stringMatching(sentence) });
  });

  it('does without the client’s own credentials only where the host says so', async () => {
    const claims = { sub: 'edge-1' };
    expect((await tradeOfPlatform(claims, { scope: 'read:files' }, { client_id: 'edge' })).body.scope).toBe('read:files');
    const refused = [
      await tradeOfPlatform({}, {}, { client_id: 'spa' }),
      await tradeIdJag({}, {}, { client_id: 'spa' }),
      await tradeIdJag({ iss: 'https://nobody.example' }, {}, { client_id: 'spa' }),
    ];
    expect(refused.map(({ body }) => body.error)).toEqual(Array(3).fill('unauthorized_client'));
    expect((await tradeIdJag({}, {}, { client_id: 'edge' })).body.error_description).toMatch(/not trusted here/);
  });
});

describe('the client', () => {
  it('must not be public, even where the issuer names it, and although none such should have been let in', async () => {
    const trustedIssuers = [{ issuer: platform.issuer, profile: 'workload', clients: ['app'], subjects: ['x'], publicClients: false }];
    const client = { client_id: 'app', authMethods: ['none'], grant_types };
    const request = { client, parameters: new RequestParameters([['assertion', 'x']]) } as unknown as GrantRequest;
    const redeemed = jwtBearer.redeem(request, { settings: { trustedIssuers } } as unknown as Server);
    await expect(redeemed).rejects.toMatchObject({ code: 'unauthorized_client' });
  });

  it.each<[string, Request, string]>([
    ['has to authenticate', { client_id: 'assistant' }, 'invalid_client'],
    ['has to know its secret', { ...assistant, client_secret: 'another secret of a client' }, 'invalid_client'],
    ['has to have the grant', { client_id: web.client_id, client_secret: web.client_secret }, 'unauthorized_client'],
  ])('%s', async (_, client, error) => {
    expect((await tradeIdJag({}, {}, client)).body.error).toBe(error);
  });

  it('may be openid-client, by its generic grant request', async () => {
    const execute = [openid.allowInsecureRequests];
    const config = await openid.discovery(new URL(server.url), 'assistant', { client_secret }, undefined, { execute });
    const assertion = await idp.sign(idJag({ resource: api, scope: 'read:contacts' }), { typ });
    const tokens = await openid.genericGrantRequest(config, grant_type, { assertion });
    expect([tokens.scope, tokens.refresh_token]).toEqual(['read:contacts', undefined]);
    expect((await callApi(server.url, tokens.access_token)).status).toBe(200);
  });
});

describe('who asks with', () => {
  const sign = (changes: Claims, header: Claims = { typ }) => idp.sign(idJag(changes), header);
  const encode = (value: unknown) => base64url.encode(typeof value === 'string' ? value : JSON.stringify(value));
  const deep = '['.repeat(4000) + ']'.repeat(4000);
  const withHeader = (header: unknown, payload: unknown = idJag()) => `${encode(header)}.${encode(payload)}.${encode('signature')}`;

  it.each<[string, () => Promise<string> | string, RegExp]>([
    ['alg none', () => withHeader({ alg: 'none', typ }).replace(/[^.]+$/, ''), /algorithm none is not known/],
    ['the public key as an HMAC secret', () => hmac(), /algorithm HS256 is not known/],
    ['the typ of an access token', () => sign({}, { typ: 'at+jwt' }), /typ of the assertion is at\+jwt; .*: oauth-id-jag\+jwt\./],
    ['the typ of an ID token', () => sign({}, { typ: 'JWT' }), /typ of the assertion is jwt/],
    ['the typ of a logout token', () => sign({}, { typ: 'logout+jwt' }), /typ/],
    ['no typ', () => sign({}, {}), /typ of the assertion is missing/],
    ['a typ that is a list', () => withHeader({ alg: 'ES256', typ: [typ, 'JWT'] }), /typ/],
    ['the token endpoint as aud', () => sign({ aud: `${server.url}/oauth/token` }), /aud/],
    ['another server as aud', () => sign({ aud: 'https://other.example' }), /aud of the assertion must be http.*, and nothing besides/],
    ['the issuer with a slash as aud', () => sign({ aud: `${server.url}/` }), /aud/],
    ['another aud besides', () => sign({ aud: [server.url, 'https://other.example'] }), /aud/],
    ['the same aud twice', () => sign({ aud: [server.url, server.url] }), /aud/],
    ['an aud in an aud', () => sign({ aud: [[server.url]] }), /aud/],
    ['an empty aud', () => sign({ aud: [] }), /aud/],
    ['no aud', () => sign({ aud: undefined }), /aud/],
    ['the assertion of another client', () => sign({ client_id: 'reader' }), /client_id/],
    ['the client_id in a list', () => sign({ client_id: ['assistant'] }), /client_id/],
    ['no client_id', () => sign({ client_id: undefined }), /client_id/],
    ['one that has expired', () => sign({ exp: now() - 11 }), /has expired/],
    ['one that never expires', () => sign({ exp: undefined }), /exp/],
    ['an exp in words', () => sign({ exp: 'tomorrow' }), /exp/],
    ['one that lives for too long', () => sign({ exp: now() + 3700 }), /more than 3600 seconds/],
    ['one of old that lives for too long', () => sign({ iat: now() - 7200 }), /more than 3600 seconds/],
    ['one that is not valid yet', () => sign({ nbf: now() + 30 }), /not valid yet/],
    ['one of tomorrow', () => sign({ iat: now() + 61, exp: now() + 300 }), /iat .*future/],
    ['no iat', () => sign({ iat: undefined }), /iat/],
    ['an iat in words', () => sign({ iat: 'now' }), /iat/],
    ['an unknown kid', () => sign({}, { typ, kid: 'unknown' }), /The issuer has no key .*unknown/],
    ['the signature of a stranger', async () => idp.sign(idJag(), { typ }, await signingKey('key-0')), /not signed by a key of https/],
    ['a key of its own in the header', () => ownKey(), /not signed by a key of https/],
    ['another signature', async () => `${(await sign({})).replace(/[^.]+$/, '')}AAAA`, /not signed|not valid/],
    ['other claims', async () => (await sign({})).replace(/\.[^.]+\./, `.${encode(idJag({ sub: 'U1' }))}.`), /not signed/],
    ['a critical header that nobody knows', () => withHeader({ alg: 'ES256', typ, crit: ['exp'], exp: 1 }), /not valid/],
    ['an unknown issuer', () => sign({ iss: 'https://evil.example' }), /issuer of the assertion, https:\/\/evil.example, is not trusted/],
    ['the issuer with a slash', () => sign({ iss: `${idp.issuer}/` }), /not trusted/],
    ['the issuer in a list', () => withHeader({ alg: 'ES256', typ }, idJag({ iss: [[idp.issuer, 'x']] })), /not trusted|not valid/],
    ['no issuer', () => sign({ iss: undefined }), /not trusted/],
    ['this server as issuer', () => sign({ iss: server.url }), /not trusted/],
    ['no jti', () => sign({ jti: undefined }), /jti/],
    ['an empty jti', () => sign({ jti: '' }), /jti/],
    ['a jti that is a number', () => sign({ jti: 7 }), /jti/],
    ['no sub', () => sign({ sub: undefined }), /sub/],
    ['an empty sub', () => sign({ sub: '' }), /sub/],
    ['a sub that is a number', () => sign({ sub: 7 }), /sub/],
    ['a user that nobody knows', () => sign({ sub: 'U1' }), /not known as a user/],
    ['a list as scope', () => sign({ scope: ['read:contacts'] }), /scope .*not a string/],
    ['a resource in a resource', () => sign({ resource: [[api]] }), /resource .*neither/],
    ['an object as resource', () => sign({ resource: { api } }), /resource .*neither/],
    ['a binding to a key that it would have to prove', () => sign({ cnf: { jkt: 'x' } }), /has cnf/],
    ['details that are not known here', () => sign({ authorization_details: [] }), /has authorization_details/],
    ['claims that are a list', () => withHeader({ alg: 'ES256', typ }, [idJag()]), /not a signed JWT/],
    ['claims that are not JSON', () => withHeader({ alg: 'ES256', typ }, '{'), /not a signed JWT/],
    ['lists in lists', () => withHeader({ alg: 'ES256', typ }, deep), /not a signed JWT/],
    ['lists in lists of a typ', () => `${encode(`{"alg":"ES256","typ":${deep}}`)}.${encode(idJag())}.x`, /typ/],
    ['lists in lists of a claim', () => withHeader({ alg: 'ES256', typ }, `{"iss":${deep}}`), /not trusted/],
    ['one that is encrypted', () => `${encode({ alg: 'RSA-OAEP', enc: 'A256GCM', typ })}.a.b.c.d`, /not a signed JWT/],
    ['one that is no JWT', () => 'assertion', /not a signed JWT/],
    ['dots', () => '..', /not a signed JWT/],
  ])('%s is refused, and no user is asked for', async (_, assertion, sentence) => {
    const { status, body } = await trade(await assertion());
    expect([status, body]).toEqual([400, { error: 'invalid_grant', error_description: expect.stringMatching(sentence) }]);
    if (!/known as a user/.test(String(sentence))) expect(user).not.toHaveBeenCalled();
  });

  it.each<[string, string | undefined]>([
    ['no assertion', undefined],
    ['one that is too long to be read', 'x'.repeat(16_385)],
  ])('%s is told that the request is wrong', async (_, assertion) => {
    expect((await token(server.url, { ...assistant, grant_type, assertion })).body.error).toBe('invalid_request');
  });

  it('two assertions is told that the request is wrong', async () => {
    const assertion = await sign({});
    const body = new URLSearchParams([...Object.entries({ ...assistant, grant_type, assertion }), ['assertion', assertion]]);
    const answer = await fetch(`${server.url}/oauth/token`, { method: 'POST', body });
    expect(((await answer.json()) as { error: string }).error).toBe('invalid_request');
  });

  it.each([
    ['a clock that is 10 seconds ahead', { iat: 10, nbf: 10 }],
    ['one that has just expired', { exp: -9 }],
    ['one that lives for an hour', { exp: 3600 }],
  ])('%s is let in', async (_, times) => {
    const from = now();
    const claims = Object.fromEntries(Object.entries(times).map(([name, offset]) => [name, from + offset]));
    expect((await tradeIdJag(claims)).status).toBe(200);
  });

  it('the address of somebody else anywhere in the assertion makes this server ask nobody', async () => {
    const asked: unknown[] = [];
    const trap = createServer((req, res) => {
      asked.push(req.url);
      res.end('{}');
    });
    const evil = await listen(trap);
    const open = { ...options, outgoing: { ...options.outgoing, allow: [...(options.outgoing?.allow ?? []), new URL(evil).host] } };
    const lured = await testServer({ options: open });
    try {
      const header = { typ, jku: `${evil}/jku`, x5u: `${evil}/x5u` };
      const claims = { ...idJag(), aud: lured.url, jwks_uri: `${evil}/jwks`, resource: evil };
      await trade(await idp.sign({ ...claims, iss: evil }, header), {}, assistant, lured);
      await trade(await idp.sign(claims, header), {}, assistant, lured);
      await trade(await idp.sign(claims, header, await signingKey('stranger')), {}, assistant, lured);
      expect(asked).toEqual([]);
    } finally {
      await lured.close();
      trap.close();
    }
  });

  async function hmac(): Promise<string> {
    const secret = new TextEncoder().encode(JSON.stringify(idp.jwk));
    return new SignJWT(idJag()).setProtectedHeader({ alg: 'HS256', typ, kid: 'key-0' }).sign(secret);
  }

  async function ownKey(): Promise<string> {
    const own = await signingKey('key-0');
    return idp.sign(idJag(), { typ, jwk: own.jwk }, own);
  }
});

describe('the keys of an issuer', () => {
  let provider: IdentityProvider;
  let other: TestServer;

  beforeEach(async () => {
    provider = await identityProvider('/tenant');
    const issuer = { issuer: provider.issuer, profile: 'id-jag' as const, user };
    other = await testServer({ options: { ...options, trustedIssuers: [issuer], outgoing: provider.outgoing } });
  });

  afterEach(() => Promise.all([provider.close(), other.close()]));

  const wait = (seconds: number) => other.sleep(seconds);

  async function ask() {
    const times = { exp: other.now() + 300, iat: other.now() };
    const claims = { ...idJag(), iss: provider.issuer, aud: other.url, ...times };
    return trade(await provider.sign(claims, { typ }), {}, assistant, other);
  }

  it('are found by its metadata, and asked for once', async () => {
    await ask();
    expect((await ask()).status).toBe(200);
    expect(provider.requests).toEqual(['/tenant/.well-known/openid-configuration', '/keys']);
  });

  it('may be rotated', async () => {
    await ask();
    await provider.rotate();
    wait(30);
    expect((await ask()).status).toBe(200);
  });

  it.each(['answers 503', 'hangs up', 'publishes others’ metadata'] as const)(
    'hold while the issuer %s, once they were there',
    async (how) => {
      await ask();
      provider.break(how);
      wait(3601);
      expect((await ask()).status).toBe(200);
    },
  );

  it.each(['answers 503', 'hangs up', 'publishes others’ metadata'] as const)(
    'are waited for, where the issuer %s from the start, and the assertion is still good then',
    async (how) => {
      provider.break(how);
      const assertion = await provider.sign({ ...idJag(), iss: provider.issuer, aud: other.url }, { typ });
      const { status, body } = await trade(assertion, {}, assistant, other);
      expect([status, body.error]).toEqual([503, 'temporarily_unavailable']);
      provider.break(undefined);
      other.sleep(5);
      expect((await trade(assertion, {}, assistant, other)).status).toBe(200);
    },
  );
});

describe('the metadata', () => {
  const document = async (at: TestServer) =>
    (await (await fetch(`${at.url}/.well-known/oauth-authorization-server`)).json()) as Record<string, unknown>;

  it('announces the grant and its profile, and not who is trusted', async () => {
    const found = await document(server);
    expect(found.grant_types_supported).toContain(grant_type);
    expect(found.authorization_grant_profiles_supported).toEqual(['urn:ietf:params:oauth:grant-profile:id-jag']);
    expect(JSON.stringify(found)).not.toContain(idp.issuer);
  });

  it('announces no profile where only machines are vouched for, and no grant where nobody is', async () => {
    const trustedIssuers = options.trustedIssuers?.filter(({ profile }) => profile === 'workload');
    const machines = await testServer({ options: { ...options, trustedIssuers } });
    const nobody = await testServer();
    const [some, none] = await Promise.all([document(machines), document(nobody)]);
    expect([some.grant_types_supported, some.authorization_grant_profiles_supported]).toEqual([
      expect.arrayContaining([grant_type]),
      undefined,
    ]);
    expect(none.grant_types_supported).not.toContain(grant_type);
    const { body } = await token(nobody.url, { grant_type, assertion: 'x' });
    expect(body.error).toBe('unsupported_grant_type');
    await Promise.all([machines.close(), nobody.close()]);
  });
});
