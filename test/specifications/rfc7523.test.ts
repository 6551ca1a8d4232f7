/** RFC 7523, JWT client authentication, by its sentences and its example; and what OpenID Connect Core section 9 has besides. */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asParameters, assertionType, makeAssertion } from '../support/assertion.js';
import { type ExampleServer, exampleServer } from '../support/examples.js';

const client_id = 's6BhdRkqt3';
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = { ...publicKey.export({ format: 'jwk' }), kid: '22' } as { kty: string };

let server: ExampleServer;

beforeAll(async () => {
  const machine = { grant_types: ['client_credentials'], scope: 'read:contacts' };
  server = await exampleServer({
    clients: [{ ...machine, client_id, token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] } }],
  });
});

afterAll(() => server.close());

function make(claims: Readonly<Record<string, unknown>> = {}): Promise<string> {
  return makeAssertion({ client_id, now: server.now(), issuer: server.url, alg: 'ES256', key: privateKey, header: { kid: '22' }, claims });
}

const encoded = (parameters: Record<string, string>) => String(new URLSearchParams({ grant_type: 'client_credentials', ...parameters }));

describe('section 2.2, using JWTs for client authentication', () => {
  it('the request is as in the example', async () => {
    const body = `grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=${await make()}`;
    expect(await server.post('/token', body)).toMatchObject({ status: 200, body: { token_type: 'Bearer' } });
  });

  it('the JWT of section 4, which is for a grant and another server, is invalid_client', async () => {
    const claims = {
      iss: 'https://jwt-idp.example.com',
      sub: 'mailto:mike@example.com',
      aud: 'https://jwt-rp.example.net',
      nbf: 1300815780,
      exp: 1300819380,
      'http://claims.example.com/member': true,
    };
    const answer = await server.post('/token', encoded(asParameters(await make(claims))));
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });

  it('the value of client_assertion must not contain more than one JWT', async () => {
    const answer = await server.post('/token', encoded(asParameters(`${await make()} ${await make()}`)));
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });
});

describe('section 3, JWT format and processing requirements', () => {
  it.each([
    ['1. MUST contain an iss', { iss: undefined }],
    ['2.B. for client authentication, the subject MUST be the client_id', { sub: 'https://client.example.com' }],
    ['3. MUST contain an aud that identifies the authorization server', { aud: undefined }],
    ['3. MUST be rejected if the aud is not its own identity', { aud: 'https://other.example.com' }],
    ['4. MUST contain an exp', { exp: undefined }],
    ['4. MUST be rejected if the exp has passed', { exp: 1 }],
    ['4. MAY be rejected if the exp is unreasonably far in the future', { exp: 9_999_999_999 }],
    ['5. MUST be rejected before its nbf', { nbf: 9_999_999_999 }],
    ['7. jti: required here, so that none is used twice', { jti: undefined }],
  ])('%s', async (_rule, claims) => {
    const answer = await server.post('/token', encoded(asParameters(await make(claims))));
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });

  it('8. MAY contain other claims', async () => {
    expect(await server.post('/token', encoded(asParameters(await make({ 'https://example.com/other': true }))))).toMatchObject({
      status: 200,
    });
  });

  it('9. MUST be digitally signed', async () => {
    const [header, payload] = (await make()).split('.');
    const unsigned = `${header}.${payload}.`;
    expect(await server.post('/token', encoded(asParameters(unsigned)))).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });
});

describe('RFC 7521 section 4.2', () => {
  it('client_id is unnecessary; if present, it MUST identify the same client', async () => {
    expect(await server.post('/token', encoded({ ...asParameters(await make()), client_id }))).toMatchObject({ status: 200 });
    expect(await server.post('/token', encoded({ ...asParameters(await make()), client_id: 'other' }))).toMatchObject({ status: 400 });
  });

  it('section 4.2.1: an invalid assertion is invalid_client, with a description', async () => {
    const { body } = await server.post('/token', encoded(asParameters('x')));
    expect(body).toEqual({
      error: 'invalid_client',
      error_description: expect.stringContaining('The client assertion is not a signed JWT.'),
    });
  });
});

describe('draft-ietf-oauth-rfc7523bis', () => {
  it('the aud is the issuer, as the only value', async () => {
    for (const aud of [`${server.url}/token`, [server.url, `${server.url}/token`], [server.url]]) {
      expect(await server.post('/token', encoded(asParameters(await make({ aud }))))).toMatchObject({ status: 401 });
    }
  });
});

describe('OpenID Connect Discovery section 3', () => {
  it('the algorithms are announced, and none is not among them', async () => {
    const metadata = (await (await fetch(`${server.url}/.well-known/openid-configuration`)).json()) as Record<string, string[]>;
    expect(metadata.token_endpoint_auth_methods_supported).toEqual(expect.arrayContaining(['private_key_jwt', 'client_secret_jwt']));
    expect(metadata.token_endpoint_auth_signing_alg_values_supported).toEqual(expect.arrayContaining(['RS256', 'ES256', 'HS256']));
    expect(metadata.token_endpoint_auth_signing_alg_values_supported).not.toContain('none');
  });
});

it('the type is spelled as IANA has it', () => {
  expect(assertionType).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
});
