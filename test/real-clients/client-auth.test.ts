/** openid-client with each of its methods to authenticate, by its documented use. OpenID Connect Core section 9, RFC 7523, RFC 8705. */
import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair } from 'jose';
import * as client from 'openid-client';
import type { ClientOptions } from '../../lib/config/options/index.js';
import { type KeyPair, selfSigned } from '../support/certificates.js';
import { authority, type MutualTlsServer, startBehindNginx, startDirect } from '../support/mutual-tls.js';
import { type TestServer, testServer } from '../support/server.js';
import { tlsFetch } from '../support/tls-fetch.js';

const machine = { grant_types: ['client_credentials'], scope: 'read:contacts' };
const client_secret = 'a secret: of a machine, with 100% + of & all = that /forms/ encode';
const algorithms = ['ES256', 'RS256', 'PS256', 'Ed25519'];
const keys = await Promise.all(algorithms.map((alg) => generateKeyPair(alg, { extractable: true })));

const withSecret = (token_endpoint_auth_method: string): ClientOptions => ({
  ...machine,
  client_id: token_endpoint_auth_method,
  client_secret,
  token_endpoint_auth_method,
});
const clients: ClientOptions[] = [
  ...['client_secret_basic', 'client_secret_post', 'client_secret_jwt'].map(withSecret),
  ...(await Promise.all(
    keys.map(async ({ publicKey }, i) => ({
      ...machine,
      client_id: algorithms[i] as string,
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'a key' }] },
    })),
  )),
];

async function tokensOf(config: client.Configuration) {
  const tokens = await client.clientCredentialsGrant(config, { scope: 'read:contacts' });
  await client.tokenRevocation(config, tokens.access_token);
  return tokens;
}

describe('by secrets and keys', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await testServer({ options: { clients }, frozen: false });
  });

  afterAll(() => server.close());

  function discover(client_id: string, auth: client.ClientAuth) {
    return client.discovery(new URL(server.url), client_id, undefined, auth, { execute: [client.allowInsecureRequests] });
  }

  it.each([
    ['client_secret_basic', client.ClientSecretBasic(client_secret)],
    ['client_secret_post', client.ClientSecretPost(client_secret)],
    ['client_secret_jwt', client.ClientSecretJwt(client_secret)],
  ])('%s gets its tokens, and gives them back', async (client_id, auth) => {
    const config = await discover(client_id, auth);
    expect(await tokensOf(config)).toMatchObject({ token_type: 'bearer', scope: 'read:contacts' });
    expect(await tokensOf(config)).toMatchObject({ token_type: 'bearer' }); // an assertion of its own each time
  });

  it.each(algorithms)('private_key_jwt does, with %s', async (alg) => {
    const key = keys[algorithms.indexOf(alg)]?.privateKey as client.CryptoKey;
    const config = await discover(alg, client.PrivateKeyJwt({ key, kid: 'a key' }));
    expect(await tokensOf(config)).toMatchObject({ token_type: 'bearer', scope: 'read:contacts' });
  });

  it.each([
    ['a wrong secret', 'client_secret_basic', client.ClientSecretBasic('wrong')],
    ['an assertion by a wrong secret', 'client_secret_jwt', client.ClientSecretJwt('another secret of more than 32 characters')],
    [
      'an assertion for another server',
      'ES256',
      client.PrivateKeyJwt(keys[0]?.privateKey as client.CryptoKey, {
        [client.modifyAssertion]: (_header, payload) => Object.assign(payload, { aud: 'https://other.example' }),
      }),
    ],
  ])('%s is refused', async (_what, client_id, auth) => {
    const refused = client.clientCredentialsGrant(await discover(client_id, auth));
    const challenged = { name: 'WWWAuthenticateChallengeError', cause: [{ scheme: 'basic' }] };
    const told = { name: 'ResponseBodyError', error: 'invalid_client' };
    await expect(refused).rejects.toMatchObject({ status: 401, ...(client_id === 'client_secret_basic' ? challenged : told) });
  });
});

describe.each([
  ['at an https server of Node', startDirect],
  ['behind nginx, at the endpoints that the metadata has for it', startBehindNginx],
])('by certificates %s', (_where, start) => {
  const byAuthority = authority.issue({ subject: ['CN=machine'] });
  const own = selfSigned({ subject: ['CN=machine'] });
  const { raw, publicKey } = new X509Certificate(own.cert);
  const jwk = { ...publicKey.export({ format: 'jwk' }), x5c: [raw.toString('base64')] } as { kty: string };
  let server: MutualTlsServer;

  beforeAll(async () => {
    const withCertificates: ClientOptions[] = [
      { ...machine, client_id: 'authority', token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 'CN=machine' },
      { ...machine, client_id: 'own', token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: { keys: [jwk] } },
    ];
    server = await start({ clients: withCertificates });
  });

  afterAll(() => server.close());

  function discover(client_id: string, pair: KeyPair) {
    const secure = tlsFetch(server.ca, pair);
    const customFetch: client.CustomFetch = (url, init) =>
      url.startsWith('https:') ? secure(url, init as RequestInit) : fetch(url, init as RequestInit);
    const issuer = start === startDirect ? server.secureUrl : server.url;
    const metadata = { use_mtls_endpoint_aliases: start === startBehindNginx };
    const options = { execute: [client.allowInsecureRequests], [client.customFetch]: customFetch };
    return client.discovery(new URL(issuer), client_id, metadata, client.TlsClientAuth(), options);
  }

  it.each([
    ['authority', byAuthority],
    ['own', own],
  ])('%s gets its tokens, and gives them back', async (client_id, pair) => {
    expect(await tokensOf(await discover(client_id, pair))).toMatchObject({ token_type: 'bearer', scope: 'read:contacts' });
  });

  it.each([
    ['authority', own],
    ['own', byAuthority],
  ])('%s is refused with the certificate of the other', async (client_id, pair) => {
    const refused = client.clientCredentialsGrant(await discover(client_id, pair));
    await expect(refused).rejects.toMatchObject({ error: 'invalid_client', status: 401 });
  });
});
