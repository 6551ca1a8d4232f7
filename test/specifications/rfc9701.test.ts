/**
 * The example and the sentences of RFC 9701 (JWT response for token introspection). Different here: `aud` is the client_id of the resource
 * server; and the users' claims of the example are left to userinfo.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { compactDecrypt, decodeProtectedHeader, exportJWK, generateKeyPair } from 'jose';
import { basic, type ExampleServer, exampleServer } from '../support/examples.js';
import { web } from '../support/server.js';

const jwtType = 'application/token-introspection+jwt';
const resource = 'https://rs.example.com/resource';
const client_secret = 'gX1fBat3bV and some more';
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const client = { client_id: 'paiB2goo0a', client_secret: web.client_secret, redirect_uris: ['https://client.example.com/cb'] };
const keys = {
  rsa: await generateKeyPair('RSA-OAEP-256', { extractable: true }),
  ec: await generateKeyPair('ECDH-ES+A256KW', { extractable: true }),
};

let server: ExampleServer;
let access_token: string;

beforeAll(async () => {
  const rs = { client_secret, introspects: [resource], grant_types: ['client_credentials'] };
  const jwksOf = async ({ publicKey }: (typeof keys)['rsa']) => ({ keys: [{ ...(await exportJWK(publicKey)), use: 'enc' }] });
  server = await exampleServer({
    clients: [
      { ...client, pkce: false },
      { ...rs, client_id: 's6BhdRkqt3' },
      ...algorithms.map((alg) => ({ ...rs, client_id: alg, introspection_signed_response_alg: alg })),
      { ...rs, client_id: 'rsa', jwks: await jwksOf(keys.rsa), introspection_encrypted_response_alg: 'RSA-OAEP-256' },
      {
        ...rs,
        client_id: 'ec',
        jwks: await jwksOf(keys.ec),
        introspection_signed_response_alg: 'ES256',
        introspection_encrypted_response_alg: 'ECDH-ES+A256KW',
        introspection_encrypted_response_enc: 'A256GCM',
      },
      { ...rs, client_id: 'elsewhere', introspects: ['https://other.example.com/'] },
    ],
    users: { authenticate: () => ({ id: 'Z5O3upPC88QrAjx00dis' }) },
    apis: {
      [resource]: { scopes: { read: 'Read', write: 'Write', dolphin: 'See the dolphin' }, accessTokens: 'opaque' },
      'https://other.example.com/': { scopes: { other: 'Do other things' } },
    },
  });
  const { parameters } = await server.authorize('response_type=code&client_id=paiB2goo0a&scope=read%20write%20dolphin');
  const body = `grant_type=authorization_code&code=${parameters.code}&redirect_uri=https%3A%2F%2Fclient.example.com%2Fcb`;
  access_token = (await server.post('/token', body, basic(client.client_id, client.client_secret))).body.access_token as string;
});

afterAll(() => server.close());

async function introspect(client_id = 's6BhdRkqt3', token = access_token, headers: Record<string, string> = { Accept: jwtType }) {
  const all = { 'Content-Type': 'application/x-www-form-urlencoded', ...basic(client_id, client_secret), ...headers };
  const answer = await fetch(`${server.url}/introspect`, { method: 'POST', headers: all, body: `token=${token}` });
  return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
}

describe('section 4, the request', () => {
  it('"by setting the Accept HTTP header field to application/token-introspection+jwt"', async () => {
    const answer = await introspect();
    expect([answer.status, answer.type]).toEqual([200, 'application/token-introspection+jwt']);
  });

  it('without it the answer is JSON, as in RFC 7662', async () => {
    const answer = await introspect('s6BhdRkqt3', access_token, { Accept: 'application/json' });
    expect([answer.type, JSON.parse(answer.text).active]).toEqual(['application/json; charset=utf-8', true]);
  });

  it('authenticates the resource server, as RFC 7662 section 2.1 has it', async () => {
    expect((await introspect('s6BhdRkqt3', access_token, { Accept: jwtType, Authorization: '' })).status).toBe(401);
  });
});

describe('section 5, the answer', () => {
  it('is the example’s, in the members that this server knows', async () => {
    const { header, claims } = await server.verified((await introspect()).text);
    expect(header).toEqual({ typ: 'token-introspection+jwt', alg: 'RS256', kid: expect.any(String) });
    expect(claims).toEqual({
      iss: server.url,
      aud: 's6BhdRkqt3',
      iat: expect.any(Number),
      token_introspection: {
        active: true,
        iss: server.url,
        aud: 'https://rs.example.com/resource',
        iat: expect.any(Number),
        exp: expect.any(Number),
        client_id: 'paiB2goo0a',
        scope: 'read write dolphin',
        sub: 'Z5O3upPC88QrAjx00dis',
        jti: expect.any(String),
        token_type: 'Bearer',
        auth_time: expect.any(Number),
      },
    });
  });

  it('"typ: … MUST be set to token-introspection+jwt"', async () => {
    expect(decodeProtectedHeader((await introspect()).text).typ).toBe('token-introspection+jwt');
  });

  it.each(['s6BhdRkqt3', 'ES256'])(
    '"aud: MUST identify the resource server receiving the token introspection response": %s',
    async (client_id) => {
      expect((await server.verified((await introspect(client_id)).text)).claims.aud).toBe(client_id);
    },
  );

  it('"iat: MUST be set to the time when the introspection response was created", not to that of the token', async () => {
    server.sleep(60);
    const { claims } = await server.verified((await introspect()).text);
    const { iat } = claims.token_introspection as { iat: number };
    expect((claims.iat as number) - iat).toBeGreaterThanOrEqual(60);
  });

  it('"SHOULD NOT include the sub and exp claims": it might be taken for an access token', async () => {
    const { claims } = await server.verified((await introspect()).text);
    expect(Object.keys(claims).sort()).toEqual(['aud', 'iat', 'iss', 'token_introspection']);
  });

  it.each([
    ['"If the access token is invalid, expired, revoked"', 's6BhdRkqt3', () => '2YotnFZFEjr1zCsicMWpAA'],
    ['"or not intended for the calling resource server (audience)"', 'elsewhere', () => access_token],
  ])('%s: active is false "and other members MUST NOT be included"', async (_, client_id, token) => {
    const { claims } = await server.verified((await introspect(client_id, token())).text);
    expect(claims.token_introspection).toEqual({ active: false });
  });
});

describe('section 6, client metadata', () => {
  it.each(algorithms)('introspection_signed_response_alg: %s', async (alg) => {
    expect((await server.verified((await introspect(alg)).text)).header).toMatchObject({ alg, typ: 'token-introspection+jwt' });
  });

  it('"The default, if omitted, is RS256"', async () => {
    expect((await server.verified((await introspect()).text)).header.alg).toBe('RS256');
  });

  it('introspection_encrypted_response_enc: "The default … is A128CBC-HS256", "signed then encrypted"', async () => {
    const { text } = await introspect('rsa');
    expect(decodeProtectedHeader(text)).toMatchObject({ alg: 'RSA-OAEP-256', enc: 'A128CBC-HS256' });
    const { plaintext } = await compactDecrypt(text, keys.rsa.privateKey);
    const { header, claims } = await server.verified(Buffer.from(plaintext).toString());
    expect([header.alg, header.typ, claims.aud]).toEqual(['RS256', 'token-introspection+jwt', 'rsa']);
  });

  it('introspection_encrypted_response_alg and _enc: those that are registered', async () => {
    const { text } = await introspect('ec');
    expect(decodeProtectedHeader(text)).toMatchObject({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM' });
    const { plaintext } = await compactDecrypt(text, keys.ec.privateKey);
    const { header, claims } = await server.verified(Buffer.from(plaintext).toString());
    expect([header.alg, claims.token_introspection]).toEqual(['ES256', expect.objectContaining({ active: true })]);
  });
});

describe('section 7, authorization server metadata', () => {
  it.each(['signing_alg', 'encryption_alg', 'encryption_enc'])('introspection_%s_values_supported', async (name) => {
    const metadata = (await (await fetch(`${server.url}/.well-known/oauth-authorization-server`)).json()) as Record<string, string[]>;
    const values = metadata[`introspection_${name}_values_supported`];
    expect(values?.length).toBeGreaterThan(0);
    expect(values).not.toContain('none');
  });
});

describe('section 8.1, cross-JWT confusion', () => {
  it('the answer is not taken for an access token', async () => {
    const { text } = await introspect();
    const { claims } = await server.verified((await introspect('s6BhdRkqt3', text)).text);
    expect(claims.token_introspection).toEqual({ active: false });
  });
});
