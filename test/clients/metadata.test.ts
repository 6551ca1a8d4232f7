import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { clientAuthMethods } from '../../lib/client-auth/index.js';
import { readClient } from '../../lib/clients/metadata.js';

const context = {
  scopes: new Set(['read:contacts', 'write:contacts']),
  known: {
    grantTypes: ['authorization_code', 'refresh_token', 'client_credentials', 'implicit'],
    responseTypes: [
      { name: 'code', grantTypes: ['authorization_code'] },
      { name: 'id_token', grantTypes: ['implicit'] },
      { name: 'code id_token', grantTypes: ['authorization_code', 'implicit'] },
    ],
    authMethods: clientAuthMethods,
    signingAlgs: ['ES256', 'RS256'],
  },
};
const usual = ['authorization_code', 'refresh_token'];
const secret = 'a secret of some length, Tr0ub4dor';
const web = { client_id: 'web', client_secret: secret, redirect_uris: ['https://client.example.com/callback'] };
const app = { client_id: 'app', redirect_uris: ['com.example.app:/callback'] };

function read(metadata: unknown) {
  return readClient(metadata, context, 'clients[0]');
}

describe('readClient', () => {
  it('completes a confidential client', () => {
    expect(read(web)).toEqual({
      client: {
        application_type: 'web',
        source: 'host',
        client_id: 'web',
        client_name: 'web',
        redirect_uris: ['https://client.example.com/callback'],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        authMethods: ['client_secret_basic', 'client_secret_post'],
        secretHashes: [createHash('sha256').update(secret).digest('base64url')],
        firstParty: false,
        pkce: true,
        subject_type: 'public',
        id_token_signed_response_alg: 'RS256',
        introspection_signed_response_alg: 'RS256',
        require_auth_time: false,
      },
      problems: [],
    });
  });

  it('makes a client without a secret a public one', () => {
    expect(read(app).client).toMatchObject({ authMethods: ['none'] });
    expect(read(app).client).not.toHaveProperty('secretHashes');
  });

  it('holds a client to the method that it chose', () => {
    expect(read({ ...web, token_endpoint_auth_method: 'client_secret_post' }).client?.authMethods).toEqual(['client_secret_post']);
  });

  it('does without redirect URIs where nothing is redirected', () => {
    const { client } = read({ client_id: 'job', client_secret: secret, grant_types: ['client_credentials'] });
    expect(client).toMatchObject({ redirect_uris: [], response_types: [] });
  });

  it.each([
    ['the words in the order of the server', { response_types: ['id_token code', 'code'] }, { response_types: ['code id_token', 'code'] }],
    ['the grants that its response types need', { response_types: ['id_token code'] }, { grant_types: [...usual, 'implicit'] }],
    ['no response type without a grant for it', { grant_types: ['client_credentials'] }, { response_types: [] }],
  ])('gives a client %s', (_, metadata, expected) => {
    expect(read({ ...web, ...metadata }).client).toMatchObject(expected);
  });

  it('signs the ID tokens with what there is, where the host has given no RSA key', () => {
    const known = { ...context.known, signingAlgs: ['EdDSA', 'ES256'] };
    expect(readClient(web, { ...context, known }, 'clients[0]').client?.id_token_signed_response_alg).toBe('EdDSA');
  });

  it('takes the scope apart', () => {
    expect(read({ ...web, scope: 'read:contacts  write:contacts read:contacts' }).client?.scope).toEqual([
      'read:contacts',
      'write:contacts',
    ]);
  });

  it('passes over members that it does not know, and lets no client call itself the own one of the host', () => {
    const { client } = read({ ...web, software_id: 'x', firstParty: true });
    expect(client).toMatchObject({ firstParty: false });
    expect(client).not.toHaveProperty('software_id');
  });

  it.each([
    'https://client.example.com',
    'https://client.example.com/callback?fixed=1',
    'http://localhost/callback',
    'http://127.0.0.1:49152/callback',
    'http://[::1]/callback',
    'com.example.app:/callback',
    'com.example.app://callback',
  ])('accepts the redirect URI %s', (uri) => {
    expect(read({ ...web, redirect_uris: [uri] }).problems).toEqual([]);
  });

  it.each([
    ['http://client.example.com/callback', /wrong hands/, /https/],
    ['http://127.1/callback', /wrong hands/, /127\.0\.0\.1/],
    ['http://localhost.evil.example/', /wrong hands/, /localhost/],
    ['HTTPS://client.example.com/', /wrong hands/, /https/],
    ['myapp:/callback', /wrong hands/, /com\.example\.app/],
    ['myapp://example.com/callback', /wrong hands/, /com\.example\.app/],
    ['javascript:alert(1)', /wrong hands/, /https/],
    ['data:text/html,x', /wrong hands/, /https/],
    ['file:///etc/passwd', /wrong hands/, /https/],
    ['blob:https://client.example.com/x', /wrong hands/, /https/],
    ['vbscript:x', /wrong hands/, /https/],
    ['https:client.example.com', /wrong hands/, /https/],
    ['https://client.example.com/#', /fragment/, /#/],
    ['https://client.example.com@evil.example/', /user name/, /@/],
    ['https://@evil.example/', /user name/, /@/],
    ['https://client.example.com\\@evil.example/', /characters/, /Percent-encode/],
    ['https://client.example.com/a b', /characters/, /Percent-encode/],
    ['https://client.example.com/\n', /characters/, /Percent-encode/],
    ['/callback', /not an absolute URI/, /in full/],
    ['', /characters/, /Percent-encode/],
    [7, /not a string/, /absolute/],
  ])('refuses the redirect URI %j', (uri, problem, cure) => {
    expect(read({ ...web, redirect_uris: ['https://client.example.com/', uri] })).toEqual({
      problems: [{ path: 'clients[0].redirect_uris[1]', problem: expect.stringMatching(problem), cure: expect.stringMatching(cure) }],
    });
  });

  it.each([
    ['client_id', { ...web, client_id: undefined }, /missing/, /identifier/],
    ['client_id', { ...web, client_id: '' }, /1 to 255/, /another/],
    ['client_id', { ...web, client_id: 'x'.repeat(256) }, /1 to 255/, /another/],
    ['client_id', { ...web, client_id: 'wäb' }, /ASCII/, /another/],
    ['client_id', { ...web, client_id: 'https://client.example.com/client.json' }, /metadata document/, /plain name/],
    ['client_secret', { ...web, client_secret: 'too short' }, /16 characters/, /openssl/],
    ['client_secret', { ...web, client_secret: `${secret}\n` }, /ASCII/, /openssl/],
    ['client_secret', { ...web, client_secret: null }, /not a string/, /public client/],
    ['client_secret', { ...web, client_secret: undefined }, /environment variable/, /public client/],
    ['client_secret', { ...web, token_endpoint_auth_method: 'none' }, /is none/, /one of the two/],
    ['client_secret', { ...app, token_endpoint_auth_method: 'client_secret_basic' }, /missing/, /openssl/],
    ['client_name', { ...web, client_name: ' ' }, /empty/, /name/],
    ['client_name', { ...web, client_name: 'a\nb' }, /control/, /one line/],
    ['logo_uri', { ...web, logo_uri: 'http://client.example.com/logo.png' }, /https/, /https/],
    ['tos_uri', { ...web, tos_uri: 'javascript:alert(1)' }, /https/, /https/],
    ['initiate_login_uri', { ...web, initiate_login_uri: 1 }, /not a string/, /URL/],
    ['redirect_uris', { ...web, redirect_uris: undefined }, /no URI/, /grant_types/],
    ['redirect_uris', { ...web, redirect_uris: 'https://client.example.com/' }, /not a list/, /brackets/],
    [
      'grant_types',
      { ...web, grant_types: ['authorization_code', 'magic'] },
      /magic/,
      /authorization_code, refresh_token, client_credentials, implicit/,
    ],
    ['grant_types', { ...web, grant_types: 'authorization_code' }, /not a list/, /brackets/],
    ['response_types', { ...web, response_types: ['code', 'code token'] }, /: code token\./, /code, id_token, code id_token/],
    ['grant_types', { ...web, grant_types: ['authorization_code'], response_types: ['code id_token'] }, /need implicit/, /Add/],
    ['grant_types', { ...web, grant_types: ['implicit'], response_types: ['id_token', 'code'] }, /need authorization_code/, /Add/],
    [
      'redirect_uris',
      { ...web, grant_types: ['implicit'], response_types: ['id_token'], redirect_uris: [] },
      /implicit needs one/,
      /grant_types/,
    ],
    ['response_types', { ...web, grant_types: [...usual, 'implicit'] }, /uses the grant implicit/, /one of id_token, /],
    ['grant_types', { client_id: 'job', grant_types: ['client_credentials'] }, /confidential clients/, /client_secret/],
    [
      'sector_identifier_uri',
      { ...web, subject_type: 'pairwise', redirect_uris: ['https://a.example/cb', 'https://b.example/cb'] },
      /not all redirect_uris have one host/,
      /section 8.1/,
    ],
    ['jwks', { ...web, jwks: [] }, /JWK Set/, /keys/],
    ['jwks_uri', { ...web, jwks_uri: 'http://client.example.com/jwks' }, /https/, /https/],
    ['subject_type', { ...web, subject_type: 'private' }, /not known/, /public, pairwise/],
    ['sector_identifier_uri', { ...web, sector_identifier_uri: 'ftp://client.example.com' }, /https/, /https/],
    ['id_token_signed_response_alg', { ...web, id_token_signed_response_alg: 'HS256' }, /HS256/, /ES256, RS256/],
    ['id_token_signed_response_alg', { ...web, id_token_signed_response_alg: 'none' }, /none/, /ES256, RS256/],
    ['userinfo_signed_response_alg', { ...web, userinfo_signed_response_alg: 'PS256' }, /PS256/, /ES256, RS256/],
    ['id_token_encrypted_response_alg', { ...web, id_token_encrypted_response_alg: 'RSA1_5' }, /not known/, /RSA-OAEP-256/],
    ['id_token_encrypted_response_enc', { ...web, id_token_encrypted_response_enc: 'A512' }, /not known/, /A128CBC-HS256/],
    ['id_token_encrypted_response_alg', { ...web, jwks: { keys: [] }, id_token_encrypted_response_enc: 'A128GCM' }, /missing/, /both/],
    ['jwks', { ...web, userinfo_encrypted_response_alg: 'ECDH-ES' }, /needs a key/, /jwks_uri/],
    ['jwks_uri', { ...web, jwks: { keys: [] }, jwks_uri: 'https://client.example.com/jwks' }, /jwks as well/, /one of the two/],
    ['request_object_signing_alg', { ...web, request_object_signing_alg: 'HS256' }, /not known/, /none/],
    ['request_uris[0]', { ...web, request_uris: ['http://client.example.com/r'] }, /https/, /https/],
    ['default_max_age', { ...web, default_max_age: -1 }, /number of seconds/, /3600/],
    ['default_max_age', { ...web, default_max_age: '60' }, /number of seconds/, /3600/],
    ['require_auth_time', { ...web, require_auth_time: 1 }, /true or false/, /true/],
    ['default_acr_values', { ...web, default_acr_values: 'silver' }, /not a list/, /brackets/],
    ['scope', { ...web, scope: 'read:contacts delete:all' }, /: delete:all/, /read:contacts, write:contacts/],
    ['scope', { ...web, scope: ['read:contacts'] }, /not a string/, /spaces/],
    ['token_endpoint_auth_method', { ...web, token_endpoint_auth_method: 'magic' }, /magic/, /client_secret_basic/],
  ])('finds what is wrong with %s', (name, metadata, problem, cure) => {
    expect(read(metadata)).toEqual({
      problems: [{ path: `clients[0].${name}`, problem: expect.stringMatching(problem), cure: expect.stringMatching(cure) }],
    });
  });

  it.each([undefined, null, 'web', ['web']])('refuses %j, which is no object', (metadata) => {
    expect(read(metadata).problems).toMatchObject([{ path: 'clients[0]', problem: 'It is not an object.' }]);
  });

  it('finds every mistake at once, also those between members', () => {
    const { problems } = read({ client_id: 1, grant_types: ['authorization_code', 'magic'], scope: 'x', logo_uri: '/logo' });
    expect(problems.map(({ path }) => path.replace('clients[0].', ''))).toEqual([
      'client_id',
      'logo_uri',
      'grant_types',
      'scope',
      'redirect_uris',
    ]);
  });
});
