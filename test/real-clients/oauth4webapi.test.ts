/** oauth4webapi, which passes nothing over that a specification demands, for RFC 7662, RFC 9701, RFC 7009 and RFC 8707, by its documented use. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { compactDecrypt, exportJWK, generateKeyPair } from 'jose';
import * as oauth from 'oauth4webapi';
import { callback as callbackOf } from '../support/journey.js';
import { type OAuthServer, serveOAuth } from '../support/origin.js';
import { web } from '../support/server.js';
import { apis, calendar, clients, contacts, reports, standsFor } from '../support/token-server.js';

const redirect_uri = 'https://client.example.com/callback';
const insecure = { [oauth.allowInsecureRequests]: true };
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const decrypting = await generateKeyPair('ECDH-ES', { extractable: true });

let server: OAuthServer;
let as: oauth.AuthorizationServer;

beforeAll(async () => {
  const jwks = { keys: [{ ...(await exportJWK(decrypting.publicKey)), use: 'enc' }] };
  server = await serveOAuth({
    apis,
    clients: [
      ...clients,
      ...algorithms.map((alg) => standsFor(alg, [contacts, calendar], { introspection_signed_response_alg: alg })),
      standsFor('encrypted', [contacts], { jwks, introspection_encrypted_response_alg: 'ECDH-ES' }),
    ],
  });
  const issuer = new URL(server.issuer);
  as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }));
});

afterAll(() => server.close());

const client: oauth.Client = { client_id: 'web' };
const clientAuth = oauth.ClientSecretPost(web.client_secret);
const basicAuth = oauth.ClientSecretBasic(web.client_secret);

/** By code and PKCE; `resources` are asked for, `resource` is the one that the first token is for. */
async function authorize(resources: readonly string[], scope: string, resource?: string) {
  const code_verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const start = new URL(as.authorization_endpoint as string);
  const parameters = { client_id: 'web', redirect_uri, response_type: 'code', scope, state, code_challenge_method: 'S256' };
  for (const [name, value] of Object.entries(parameters)) start.searchParams.set(name, value);
  start.searchParams.set('code_challenge', await oauth.calculatePKCECodeChallenge(code_verifier));
  for (const each of resources) start.searchParams.append('resource', each);
  const { request } = await callbackOf(start.href);
  const answer = oauth.validateAuthResponse(as, client, new URL(request.url), state);
  const options = { ...insecure, ...(resource !== undefined && { additionalParameters: { resource } }) };
  const response = await oauth.authorizationCodeGrantRequest(as, client, clientAuth, answer, redirect_uri, code_verifier, options);
  return oauth.processAuthorizationCodeResponse(as, client, response);
}

async function refresh(token: string | undefined, resource: string) {
  const options = { ...insecure, additionalParameters: { resource } };
  const response = await oauth.refreshTokenGrantRequest(as, client, clientAuth, token as string, options);
  return oauth.processRefreshTokenResponse(as, client, response);
}

async function introspect(token: string, rs: oauth.Client) {
  const response = await oauth.introspectionRequest(as, rs, basicAuth, token, insecure);
  return { response, introspection: await oauth.processIntrospectionResponse(as, rs, response) };
}

describe('introspection', () => {
  it('says what a JWT is worth', async () => {
    const { access_token } = await authorize([contacts], 'read:contacts');
    const { introspection } = await introspect(access_token, { client_id: 'contacts-api' });
    expect(introspection).toMatchObject({ active: true, sub: 'alice', aud: contacts, scope: 'read:contacts', client_id: 'web' });
  });

  it('says what a reference is worth', async () => {
    const { access_token } = await authorize([calendar], 'read:events');
    const { introspection } = await introspect(access_token, { client_id: 'calendar-api' });
    expect(introspection).toMatchObject({ active: true, sub: 'alice', aud: calendar });
  });

  it('says active: false of all else', async () => {
    expect((await introspect('garbage', { client_id: 'contacts-api' })).introspection).toEqual({ active: false });
  });

  it('may have a hint', async () => {
    const { access_token } = await authorize([contacts], 'read:contacts');
    const rs = { client_id: 'contacts-api' };
    const options = { ...insecure, additionalParameters: { token_type_hint: 'access_token' } };
    const response = await oauth.introspectionRequest(as, rs, clientAuth, access_token, options);
    expect(await oauth.processIntrospectionResponse(as, rs, response)).toMatchObject({ active: true });
  });

  it('is refused for a client that may not ask', async () => {
    const failed = introspect('garbage', client);
    await expect(failed).rejects.toMatchObject({ name: 'ResponseBodyError', error: 'unauthorized_client', status: 403 });
  });

  it.each(algorithms)('answers in a JWT, by the alg that the API has registered: %s', async (alg) => {
    const { access_token } = await authorize([contacts], 'read:contacts');
    const rs: oauth.Client = { client_id: alg, introspection_signed_response_alg: alg };
    const { response, introspection } = await introspect(access_token, rs);
    expect(introspection).toMatchObject({ active: true, sub: 'alice', aud: contacts });
    await oauth.validateApplicationLevelSignature(as, response, insecure);
    expect((await introspect('garbage', rs)).introspection).toEqual({ active: false });
  });

  it('answers in a JWT that is encrypted to the API', async () => {
    const { access_token } = await authorize([contacts], 'read:contacts');
    const rs: oauth.Client = { client_id: 'encrypted', introspection_signed_response_alg: 'RS256' };
    const response = await oauth.introspectionRequest(as, rs, basicAuth, access_token, insecure);
    const options: oauth.JWEDecryptOptions = {
      [oauth.jweDecrypt]: async (jwe) => new TextDecoder().decode((await compactDecrypt(jwe, decrypting.privateKey)).plaintext),
    };
    expect(await oauth.processIntrospectionResponse(as, rs, response, options)).toMatchObject({ active: true, sub: 'alice' });
  });
});

describe('revocation', () => {
  const revoke = async (token: string | undefined, who = client, how = clientAuth) =>
    oauth.processRevocationResponse(await oauth.revocationRequest(as, who, how, token as string, insecure));

  it('ends a refresh token, and what came of it', async () => {
    const tokens = await authorize([contacts], 'read:contacts');
    expect(await revoke(tokens.refresh_token)).toBeUndefined();
    await expect(refresh(tokens.refresh_token, contacts)).rejects.toMatchObject({ error: 'invalid_grant' });
    expect((await introspect(tokens.access_token, { client_id: 'contacts-api' })).introspection).toEqual({ active: false });
  });

  it('ends an access token alone', async () => {
    const tokens = await authorize([calendar], 'read:events');
    await revoke(tokens.access_token);
    expect((await introspect(tokens.access_token, { client_id: 'calendar-api' })).introspection).toEqual({ active: false });
    expect((await refresh(tokens.refresh_token, calendar)).access_token).toEqual(expect.any(String));
  });

  it('accepts garbage', async () => {
    expect(await revoke('garbage')).toBeUndefined();
  });

  it('is refused for another client', async () => {
    const { access_token } = await authorize([contacts], 'read:contacts');
    await expect(revoke(access_token, { client_id: 'other' })).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('is for public clients too', async () => {
    expect(await revoke('garbage', { client_id: 'spa' }, oauth.None())).toBeUndefined();
  });
});

describe('resource indicators', () => {
  const scope = 'read:contacts read:events read:reports';

  it('give one token after the other, each for its API; JWTs as RFC 9068 has them', async () => {
    const first = await authorize([contacts, calendar, reports], scope, reports);
    const second = await refresh(first.refresh_token, contacts);
    const third = await refresh(second.refresh_token, calendar);
    expect([first.scope, second.scope, third.scope]).toEqual(['read:reports', 'read:contacts', 'read:events']);
    const check = (token: string, aud: string) => {
      const request = new Request(aud, { headers: { Authorization: `Bearer ${token}` } });
      return oauth.validateJwtAccessToken(as, request, aud, insecure);
    };
    expect(await check(first.access_token, reports)).toMatchObject({ aud: reports, scope: 'read:reports', sub: 'alice' });
    expect(await check(second.access_token, contacts)).toMatchObject({ aud: contacts, scope: 'read:contacts' });
    await expect(check(second.access_token, reports)).rejects.toThrow();
  });

  it('are refused where the API is unknown', async () => {
    await expect(authorize(['https://unknown.example.com'], scope)).rejects.toMatchObject({ error: 'invalid_target' });
    const { refresh_token } = await authorize([contacts], 'read:contacts');
    await expect(refresh(refresh_token, reports)).rejects.toMatchObject({ error: 'invalid_target', status: 400 });
  });

  it('are for machines too', async () => {
    const machine = { client_id: 'machine' };
    const response = await oauth.clientCredentialsGrantRequest(as, machine, clientAuth, { resource: calendar }, insecure);
    const { access_token, scope: granted } = await oauth.processClientCredentialsResponse(as, machine, response);
    expect(granted).toBe('read:events');
    expect((await introspect(access_token, { client_id: 'calendar-api' })).introspection).toMatchObject({ active: true, sub: 'machine' });
  });
});
