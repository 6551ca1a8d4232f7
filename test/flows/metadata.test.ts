/** The documents that clients configure themselves by, and who may read them. RFC 8414, RFC 7517, RFC 9700 section 2.6. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RequestHandler } from 'express';
import { raw } from '../support/raw.js';
import { authorizeUrl, pkce, type TestServer, testServer } from '../support/server.js';

const encryption = {
  algs: ['RSA-OAEP-256', 'RSA-OAEP', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A192KW', 'ECDH-ES+A256KW'],
  encs: ['A128CBC-HS256', 'A256CBC-HS512', 'A128GCM', 'A256GCM'],
};

const authMethods = ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt'];
const assertionAlgs = ['HS256', 'HS384', 'HS512', 'ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'];

function document(origin: string, issuerPath = '') {
  const issuer = `${origin}${issuerPath}`;
  return {
    issuer,
    authorization_endpoint: `${issuer}/oauth/authorize`,
    token_endpoint: `${issuer}/oauth/token`,
    jwks_uri: `${issuer}/oauth/jwks`,
    userinfo_endpoint: `${issuer}/oauth/userinfo`,
    scopes_supported: ['openid', 'profile', 'email', 'address', 'phone', 'offline_access', 'read:contacts', 'create:contacts'],
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_methods_supported: [...authMethods, 'none'],
    token_endpoint_auth_signing_alg_values_supported: assertionAlgs,
    revocation_endpoint: `${issuer}/oauth/revoke`,
    revocation_endpoint_auth_methods_supported: [...authMethods, 'none'],
    revocation_endpoint_auth_signing_alg_values_supported: assertionAlgs,
    introspection_endpoint: `${issuer}/oauth/introspect`,
    introspection_endpoint_auth_methods_supported: authMethods,
    introspection_endpoint_auth_signing_alg_values_supported: assertionAlgs,
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256', 'RS256'],
    id_token_encryption_alg_values_supported: encryption.algs,
    id_token_encryption_enc_values_supported: encryption.encs,
    userinfo_signing_alg_values_supported: ['ES256', 'RS256'],
    userinfo_encryption_alg_values_supported: encryption.algs,
    userinfo_encryption_enc_values_supported: encryption.encs,
    introspection_signing_alg_values_supported: ['ES256', 'RS256'],
    introspection_encryption_alg_values_supported: encryption.algs,
    introspection_encryption_enc_values_supported: encryption.encs,
    request_object_signing_alg_values_supported: ['none', 'ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519'],
    claims_supported: ['sub', 'auth_time', 'acr', 'amr', 'azp', 'sid'],
    claim_types_supported: ['normal'],
    claims_parameter_supported: true,
    request_parameter_supported: true,
    request_uri_parameter_supported: true,
    require_request_uri_registration: true,
    prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
    display_values_supported: ['page', 'popup', 'touch', 'wap'],
    ui_locales_supported: ['en', 'de', 'fr', 'es', 'pt', 'it', 'nl', 'pl', 'tr', 'ja', 'zh', 'ar'],
  };
}

describe('the metadata of an issuer without a path', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await testServer();
  });

  afterAll(() => server.close());

  it.each(['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'])('is at %s', async (path) => {
    const answer = await fetch(`${server.url}${path}`);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await answer.json()).toEqual(document(server.url));
  });

  it.each([
    '/.well-known/oauth-authorization-server/',
    '/.well-known/oauth-authorization-server/tenant',
    '/.well-known/OAUTH-authorization-server',
    '//.well-known/oauth-authorization-server',
    '/oauth/.well-known/oauth-authorization-server',
  ])('is not at %s', async (path) => {
    expect((await raw(server.url, { path })).status).toBe(404);
  });

  it('says the same, whatever host the request names', async () => {
    const headers = {
      Host: 'evil.example',
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Proto': 'https',
      Forwarded: 'host=evil.example',
    };
    const { body } = await raw(server.url, { path: '/.well-known/oauth-authorization-server', headers });
    expect(JSON.parse(body)).toEqual(document(server.url));
  });

  it('may be kept for a while', async () => {
    const answer = await fetch(`${server.url}/.well-known/oauth-authorization-server`);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=300');
  });

  it('names endpoints that are there', async () => {
    const { issuer: _, ...members } = document(server.url);
    const urls = Object.values(members).filter((value): value is string => typeof value === 'string');
    const statuses = await Promise.all(urls.map(async (url) => [new URL(url).pathname, (await fetch(url)).status]));
    expect(Object.fromEntries(statuses)).toEqual({
      '/oauth/authorize': 400, // without parameters
      '/oauth/token': 405, // by GET
      '/oauth/jwks': 200, // as it should be
      '/oauth/userinfo': 401, // without a token
      '/oauth/revoke': 405,
      '/oauth/introspect': 405,
    });
  });

  it('answers HEAD with the headers alone', async () => {
    const { status, headers, body } = await raw(server.url, { method: 'HEAD', path: '/.well-known/oauth-authorization-server' });
    expect({ status, length: headers.get('content-length'), body }).toEqual({
      status: 200,
      length: String(JSON.stringify(document(server.url)).length),
      body: '',
    });
  });

  it.each(['POST', 'PUT', 'DELETE'])('refuses %s, and says what it allows', async (method) => {
    const { status, headers } = await raw(server.url, { method, path: '/.well-known/oauth-authorization-server' });
    expect({ status, allow: headers.get('allow') }).toEqual({ status: 405, allow: 'GET' });
  });
});

describe('the metadata of an issuer with a path', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await testServer({ issuerPath: '/tenant' });
  });

  afterAll(() => server.close());

  it.each([
    '/.well-known/oauth-authorization-server/tenant',
    '/.well-known/openid-configuration/tenant',
    '/tenant/.well-known/oauth-authorization-server',
    '/tenant/.well-known/openid-configuration',
  ])('is at %s', async (path) => {
    expect(await (await fetch(`${server.url}${path}`)).json()).toEqual(document(server.url, '/tenant'));
  });

  it('is not at the root, which is another issuer', async () => {
    expect((await fetch(`${server.url}/.well-known/oauth-authorization-server`)).status).toBe(404);
  });
});

describe('the keys', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await testServer();
  });

  afterAll(() => server.close());

  it('are public, and no more than that: one for each algorithm that is always there', async () => {
    expect(await (await fetch(`${server.url}/oauth/jwks`)).json()).toEqual({
      keys: [
        {
          kty: 'EC',
          crv: 'P-256',
          x: expect.stringMatching(/^[\w-]{43}$/),
          y: expect.stringMatching(/^[\w-]{43}$/),
          kid: expect.stringMatching(/^[\w-]{43}$/),
          alg: 'ES256',
          use: 'sig',
        },
        {
          kty: 'RSA',
          n: expect.stringMatching(/^[\w-]{342}$/),
          e: 'AQAB',
          kid: expect.stringMatching(/^[\w-]{43}$/),
          alg: 'RS256',
          use: 'sig',
        },
      ],
    });
  });

  it('refuse POST', async () => {
    const { status, headers } = await raw(server.url, { method: 'POST', path: '/oauth/jwks' });
    expect({ status, allow: headers.get('allow') }).toEqual({ status: 405, allow: 'GET' });
  });
});

describe('pages of other origins', () => {
  /** A host that lets everybody in, as `cors({ origin: true, credentials: true })` does. */
  const permissive: RequestHandler = (req, res, next) => {
    res.setHeader('Access-Control-Allow-Origin', req.headers.origin ?? '*');
    res.setHeader('Access-Control-Allow-Credentials', 'true');
    res.setHeader('Access-Control-Expose-Headers', 'Location');
    res.setHeader('Vary', 'Origin');
    next();
  };
  const headers = { Origin: 'https://evil.example' };
  const preflight = { ...headers, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'authorization' };

  let server: TestServer;
  let lenient: TestServer;

  beforeAll(async () => {
    server = await testServer();
    lenient = await testServer({ before: [permissive] });
  });

  afterAll(() => Promise.all([server.close(), lenient.close()]));

  function corsOf(all: Headers): Record<string, string> {
    return Object.fromEntries([...all].filter(([name]) => name.startsWith('access-control-')));
  }

  it.each([
    ['GET', '/.well-known/oauth-authorization-server', 200],
    ['GET', '/.well-known/openid-configuration', 200],
    ['GET', '/oauth/jwks', 200],
    ['POST', '/oauth/token', 401],
    ['POST', '/oauth/revoke', 401],
    ['GET', '/oauth/userinfo', 401],
    ['POST', '/oauth/userinfo', 401],
    ['GET', '/oauth/token', 405],
  ])('may read the answer to %s %s, but send no cookies', async (method, path, status) => {
    const answer = await raw(server.url, { method, path, headers });
    expect(answer.status).toBe(status);
    expect(corsOf(answer.headers)).toEqual({
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'WWW-Authenticate, Retry-After',
    });
  });

  it.each([
    ['/.well-known/oauth-authorization-server', 'GET'],
    ['/oauth/jwks', 'GET'],
    ['/oauth/token', 'POST'],
    ['/oauth/revoke', 'POST'],
    ['/oauth/userinfo', 'GET, POST'],
  ])('may ask before for %s', async (path, method) => {
    const answer = await raw(server.url, { method: 'OPTIONS', path, headers: preflight });
    expect({ status: answer.status, ...corsOf(answer.headers) }).toEqual({
      status: 204,
      'access-control-allow-origin': '*',
      'access-control-allow-methods': method,
      'access-control-allow-headers': expect.stringMatching(/^Authorization, Content-Type\b/),
      'access-control-expose-headers': 'WWW-Authenticate, Retry-After',
      'access-control-max-age': '86400',
    });
  });

  it('send no cookies to the token endpoint, even if the host would let them', async () => {
    const answer = await raw(lenient.url, { method: 'POST', path: '/oauth/token', headers });
    expect(corsOf(answer.headers)).not.toHaveProperty('access-control-allow-credentials');
  });

  it.each([
    ['GET', authorizeUrl('', pkce().code_challenge), 200],
    ['GET', authorizeUrl('', pkce().code_challenge, { scope: 'admin' }), 303],
    ['GET', '/oauth/authorize', 400],
    ['POST', '/oauth/authorize', 400],
    ['OPTIONS', '/oauth/authorize', 405],
    ['GET', '/oauth/login', 400],
    ['POST', '/oauth/login', 400],
    ['GET', '/oauth/consent', 400],
    ['POST', '/oauth/consent', 400],
    ['GET', '/oauth/sign-out', 200],
    ['POST', '/oauth/sign-out', 200],
    ['POST', '/oauth/introspect', 401],
    ['OPTIONS', '/oauth/introspect', 405],
  ])('read no answer to %s %s, even if the host would let them', async (method, path, status) => {
    const answer = await raw(lenient.url, { method, path, headers });
    expect(answer.status).toBe(status);
    expect(corsOf(answer.headers)).toEqual({});
  });

  it('read what the host itself lets them read', async () => {
    const answer = await raw(lenient.url, { path: '/', headers });
    expect(corsOf(answer.headers)).toMatchObject({ 'access-control-allow-origin': 'https://evil.example' });
  });
});

it('announces the claims of the scopes where the host has a function that tells them', async () => {
  const users = { authenticate: () => null, find: () => null };
  const server = await testServer({ options: { users } });
  const { claims_supported } = (await (await fetch(`${server.url}/.well-known/openid-configuration`)).json()) as Record<string, string[]>;
  await server.close();
  expect(claims_supported).toEqual(expect.arrayContaining(['sub', 'name', 'email', 'address', 'phone_number_verified', 'sid']));
});
