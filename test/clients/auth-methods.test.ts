/** What a client must register for its method to authenticate. RFC 7591 section 2, RFC 8705 section 2, OpenID Connect Registration section 2. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { clientAuthMethods } from '../../lib/client-auth/index.js';
import { readClient } from '../../lib/clients/metadata.js';

const context = {
  scopes: new Set(['read:contacts']),
  known: {
    grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
    responseTypes: [{ name: 'code', grantTypes: ['authorization_code'] }],
    authMethods: clientAuthMethods,
    signingAlgs: ['RS256'],
  },
};
const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url');
const secret = 'a secret of thirty-two characters';
const hash = `sha256:${sha256('another secret')}`;
const jwks = { keys: [{ kty: 'EC', x5c: ['MII'] }] };
const app = { grant_types: ['authorization_code'], redirect_uris: ['https://a.example/'] };
const base = { client_id: 'a', grant_types: ['client_credentials'] };

function read(metadata: object) {
  return readClient({ ...base, ...metadata }, context, 'clients[0]');
}

function as(token_endpoint_auth_method: string, metadata: object = {}) {
  return { token_endpoint_auth_method, ...metadata };
}

describe('a client authenticates', () => {
  it.each([
    ['by a secret in either way', { client_secret: secret }, ['client_secret_basic', 'client_secret_post']],
    ['by a secret of which there is a hash', { client_secret_hash: hash }, ['client_secret_basic', 'client_secret_post']],
    ['by nothing', app, ['none']],
    ['by nothing, though it has keys', { ...app, jwks }, ['none']],
    ...['client_secret_basic', 'client_secret_post', 'client_secret_jwt'].map(
      (name) => [`by ${name}`, as(name, { client_secret: secret }), [name]] as [string, object, string[]],
    ),
    ['by keys', as('private_key_jwt', { jwks }), ['private_key_jwt']],
    ['by keys elsewhere', as('private_key_jwt', { jwks_uri: 'https://a.example/jwks' }), ['private_key_jwt']],
    ['by a certificate of its own', as('self_signed_tls_client_auth', { jwks }), ['self_signed_tls_client_auth']],
    ['by a certificate', as('tls_client_auth', { tls_client_auth_san_dns: 'a.example' }), ['tls_client_auth']],
  ])('%s', (_what, metadata, authMethods) => {
    expect(read(metadata)).toMatchObject({ problems: [], client: { authMethods } });
  });

  it('and the hash of each of its secrets is kept, the newest first', () => {
    const { client } = read({ client_secret: secret, client_secret_hash: [hash, `sha256:${'A'.repeat(43)}`] });
    expect(client?.secretHashes).toEqual([sha256(secret), sha256('another secret'), 'A'.repeat(43)]);
  });

  it.each(['client_secret_basic', 'client_secret_post', undefined])(
    'by %s, and the secret itself is not kept',
    (token_endpoint_auth_method) => {
      const { client } = read({ client_secret: secret, token_endpoint_auth_method });
      expect(client).not.toHaveProperty('secretKey');
      expect(JSON.stringify(client)).not.toContain(secret);
    },
  );

  it('by client_secret_jwt, and the secret is kept as a key, which no log shows', () => {
    const { client } = read(as('client_secret_jwt', { client_secret: secret }));
    expect(client?.secretKey?.export().toString()).toBe(secret);
    expect(JSON.stringify(client)).not.toContain(secret);
  });
});

describe('at start the operator is told', () => {
  it.each<[string, object, RegExp, RegExp]>([
    ['client_secret', { ...app, client_secret: undefined }, /undefined/, /Set it/],
    ['client_secret_hash', { ...app, client_secret_hash: undefined }, /undefined/, /Set it/],
    ['client_secret_hash', { client_secret_hash: 'plain' }, /not sha256:/, /README/],
    ['client_secret_hash', { client_secret_hash: `${hash}=` }, /not sha256:/, /README/],
    ['client_secret_hash', { client_secret_hash: [hash, undefined] }, /not sha256:/, /README/],
    ['client_secret_hash', { client_secret_hash: [] }, /not sha256:/, /README/],
    ['client_secret', as('client_secret_basic'), /missing, but client_secret_basic/, /openssl/],
    ['client_secret', as('client_secret_jwt'), /missing, but client_secret_jwt/, /openssl/],
    ['client_secret', as('client_secret_jwt', { client_secret: 'x'.repeat(31) }), /fewer than 32/, /openssl rand -base64 32/],
    [
      'client_secret',
      as('client_secret_jwt', { client_secret: 'x'.repeat(63), token_endpoint_auth_signing_alg: 'HS512' }),
      /fewer than 64/,
      /openssl rand -base64 64/,
    ],
    ['client_secret_hash', as('client_secret_jwt', { client_secret_hash: hash }), /hash/, /client_secret, or choose/],
    [
      'client_secret_hash',
      as('client_secret_jwt', { client_secret: secret, client_secret_hash: hash }),
      /hash/,
      /client_secret, or choose/,
    ],
    ['client_secret', as('private_key_jwt', { jwks, client_secret: secret }), /method is private_key_jwt/, /one of the two/],
    ['client_secret_hash', as('private_key_jwt', { jwks, client_secret_hash: hash }), /method is private_key_jwt/, /one of the two/],
    ['jwks', as('private_key_jwt'), /missing, but private_key_jwt/, /jwks_uri/],
    ['jwks', as('self_signed_tls_client_auth'), /missing, but self_signed/, /jwks_uri/],
    ['jwks', as('self_signed_tls_client_auth', { jwks: { keys: [{ kty: 'EC' }] } }), /certificate/, /x5c/],
    ['jwks', as('self_signed_tls_client_auth', { jwks: { keys: [null] } }), /certificate/, /x5c/],
    [
      'token_endpoint_auth_signing_alg',
      as('private_key_jwt', { jwks, token_endpoint_auth_signing_alg: 'HS256' }),
      /not for/,
      /ES256, RS256/,
    ],
    [
      'token_endpoint_auth_signing_alg',
      as('private_key_jwt', { jwks, token_endpoint_auth_signing_alg: 'none' }),
      /not known/,
      /ES256, RS256/,
    ],
    [
      'token_endpoint_auth_signing_alg',
      as('client_secret_jwt', { client_secret: secret, token_endpoint_auth_signing_alg: 'RS256' }),
      /not for/,
      /HS256, HS384/,
    ],
    [
      'token_endpoint_auth_method',
      { client_secret: secret, token_endpoint_auth_signing_alg: 'RS256' },
      /missing, but there is token/,
      /Name/,
    ],
    ['token_endpoint_auth_method', { client_secret: secret, tls_client_auth_san_dns: 'a.example' }, /missing, but there is tls/, /Name/],
    ['tls_client_auth_subject_dn', as('tls_client_auth'), /missing/, /just one of tls_client_auth_subject_dn, .*_san_email/],
    [
      'tls_client_auth_subject_dn',
      as('tls_client_auth', { tls_client_auth_subject_dn: 'CN=a', tls_client_auth_san_ip: '192.0.2.1' }),
      /tls_client_auth_san_ip as well/,
      /just one/,
    ],
    ['tls_client_auth_subject_dn', as('tls_client_auth', { tls_client_auth_subject_dn: '/C=GB/CN=a' }), /read/, /CN=client/],
    ['tls_client_auth_san_ip', as('tls_client_auth', { tls_client_auth_san_ip: 7 }), /not a string/, /192/],
    [
      'token_endpoint_auth_method',
      { client_secret: secret, token_endpoint_auth_method: 'magic' },
      /Unknown here: magic/,
      /private_key_jwt, tls_client_auth/,
    ],
  ])('of a mistake in %s: %j', (path, metadata, problem, cure) => {
    expect(read(metadata)).toEqual({
      problems: [{ path: `clients[0].${path}`, problem: expect.stringMatching(problem), cure: expect.stringMatching(cure) }],
    });
  });

  it('without a word of the secret', () => {
    const { problems } = read(as('client_secret_jwt', { client_secret: 'short but secret', client_secret_hash: 'sha256:secret' }));
    expect(JSON.stringify(problems)).not.toMatch(/short but secret|sha256:secret/);
  });

  it('that a client without proof is not for client_credentials, however it is registered', () => {
    expect(read(as('none')).problems).toMatchObject([{ path: 'clients[0].grant_types' }]);
    expect(read({}).problems).toMatchObject([{ path: 'clients[0].grant_types' }]);
  });
});
