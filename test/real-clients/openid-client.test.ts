/** openid-client as an OpenID Connect relying party, by its documented use; it checks every signature. OpenID Connect Core, Discovery. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair } from 'jose';
import * as client from 'openid-client';
import { Agent } from '../support/agent.js';
import { callback as callbackOf, type Traveller } from '../support/journey.js';
import { type OAuthServer, serveOAuth } from '../support/origin.js';
import { profile, users } from '../support/profiles.js';
import { form } from '../support/server.js';

const redirect_uri = 'https://client.example.com/callback';
const client_secret = 'the secret of a real client';
const scope = 'openid profile email read:contacts';
const algorithms = ['RS256', 'ES256', 'PS256', 'EdDSA'];
const signing = await generateKeyPair('ES256');
const decrypting = await generateKeyPair('RSA-OAEP-256', { extractable: true });

const base = { client_secret, redirect_uris: [redirect_uri] };
const clients = [
  { ...base, client_id: 'code', client_name: 'Calendar' },
  { ...base, client_id: 'implicit', response_types: ['id_token'] },
  { ...base, client_id: 'hybrid', response_types: ['code id_token'] },
  { ...base, client_id: 'pairwise', subject_type: 'pairwise' as const },
  { ...base, client_id: 'machine', grant_types: ['client_credentials'], redirect_uris: [], scope: 'read:contacts' },
  { ...base, client_id: 'signing', jwks: { keys: [await exportJWK(signing.publicKey)] }, request_object_signing_alg: 'ES256' },
  {
    ...base,
    client_id: 'encrypted',
    jwks: { keys: [{ ...(await exportJWK(decrypting.publicKey)), use: 'enc' }] },
    id_token_encrypted_response_alg: 'RSA-OAEP-256',
    userinfo_signed_response_alg: 'RS256',
    userinfo_encrypted_response_alg: 'RSA-OAEP-256',
  },
  ...algorithms.map((alg) => ({ ...base, client_id: alg, id_token_signed_response_alg: alg, userinfo_signed_response_alg: alg })),
];

let server: OAuthServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(() => server.close());

function startServer(): Promise<OAuthServer> {
  return serveOAuth({ clients, users, pairwise: { salt: 'a salt of more than 32 characters, for tests' } });
}

type Change = (config: client.Configuration) => void;

async function discover(client_id: string, metadata: Partial<client.ClientMetadata> = {}, changes: Change[] = [], at = server) {
  const execute = [client.allowInsecureRequests, client.enableNonRepudiationChecks, ...changes];
  return client.discovery(new URL(at.issuer), client_id, { client_secret, ...metadata }, undefined, { execute });
}

/** What the client remembers while the user is away. */
interface Checks {
  readonly pkceCodeVerifier: string;
  readonly expectedState: string;
  readonly expectedNonce: string;
}

async function begin(parameters: Readonly<Record<string, string>> = {}) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const checks: Checks = { pkceCodeVerifier, expectedState: client.randomState(), expectedNonce: client.randomNonce() };
  const request = form({
    redirect_uri,
    scope,
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...parameters,
  });
  return { request, checks };
}

async function signIn(config: client.Configuration, parameters: Readonly<Record<string, string>> = {}, traveller: Traveller = {}) {
  const { request, checks } = await begin(parameters);
  const { request: answer, asked } = await callbackOf(client.buildAuthorizationUrl(config, request).href, traveller);
  return { answer, asked, checks };
}

/** By code, to the tokens. */
async function tokensFor(config: client.Configuration, parameters: Readonly<Record<string, string>> = {}, traveller: Traveller = {}) {
  const { answer, asked, checks } = await signIn(config, parameters, traveller);
  const tokens = await client.authorizationCodeGrant(config, answer, { ...checks, idTokenExpected: true });
  return { ...tokens, claims: tokens.claims() as client.IDToken, asked };
}

async function callApi(config: client.Configuration, accessToken: string): Promise<unknown> {
  return (await client.fetchProtectedResource(config, accessToken, new URL(`${server.url}/api/contacts`), 'GET')).json();
}

describe('the code flow', () => {
  it('signs a user in: an ID token, claims at userinfo, the API', async () => {
    const config = await discover('code');
    const { claims, access_token } = await tokensFor(config);
    expect(claims).toMatchObject({ iss: server.issuer, aud: 'code', sub: 'alice', amr: ['pwd'], auth_time: expect.any(Number) });
    expect(await client.fetchUserInfo(config, access_token, claims.sub)).toEqual(profile);
    expect(await callApi(config, access_token)).toEqual({ sub: 'alice', clientId: 'code' });
  });

  it('refreshes, with an ID token for the same login', async () => {
    const config = await discover('code');
    const first = await tokensFor(config);
    const second = await client.refreshTokenGrant(config, first.refresh_token as string);
    const { sub, auth_time, sid } = first.claims;
    expect(second.claims()).toMatchObject({ sub, auth_time, sid });
    expect(await callApi(config, second.access_token)).toEqual({ sub: 'alice', clientId: 'code' });
  });

  it('takes claims one by one, into the ID token and to userinfo', async () => {
    const config = await discover('code');
    const asked = { id_token: { email: { essential: true }, locale: null }, userinfo: { given_name: null } };
    const { claims, access_token } = await tokensFor(config, { scope: 'openid', claims: JSON.stringify(asked) });
    expect(claims).toMatchObject({ email: profile.email, locale: profile.locale });
    expect(await client.fetchUserInfo(config, access_token, claims.sub)).toEqual({ sub: 'alice', given_name: profile.given_name });
  });

  it('knows a user by a name of its own, if it is a pairwise client', async () => {
    const config = await discover('pairwise');
    const { claims, access_token } = await tokensFor(config);
    expect(claims.sub).not.toBe('alice');
    expect(await client.fetchUserInfo(config, access_token, claims.sub)).toEqual({ ...profile, sub: claims.sub });
  });

  it('asks for a new login where the last one is older than max_age', async () => {
    const later = await startServer();
    try {
      const agent = new Agent(later.url);
      const first = await tokensFor(await discover('code', {}, [], later), {}, { agent });
      later.sleep(60);
      const config = await discover('code', { [client.clockSkew]: 60 }, [], later);
      const recent = await tokensFor(config, { max_age: '3600' }, { agent });
      expect(recent).toMatchObject({ asked: [], claims: { auth_time: first.claims.auth_time } });
      const { answer, asked, checks } = await signIn(config, { max_age: '30' }, { agent });
      expect(asked).toEqual(['login']);
      const tokens = await client.authorizationCodeGrant(config, answer, { ...checks, maxAge: 30 });
      expect(tokens.claims()?.auth_time).toBeGreaterThanOrEqual((first.claims.auth_time as number) + 60);
    } finally {
      await later.close();
    }
  });

  it.each(algorithms)('verifies ID tokens and userinfo that are signed with %s', async (alg) => {
    const config = await discover(alg, { id_token_signed_response_alg: alg, userinfo_signed_response_alg: alg });
    const { claims, access_token } = await tokensFor(config);
    expect(await client.fetchUserInfo(config, access_token, claims.sub)).toMatchObject({ ...profile, iss: server.issuer, aud: alg });
  });

  it('decrypts ID tokens and userinfo that are encrypted to its key', async () => {
    const decrypt: Change = (config) => client.enableDecryptingResponses(config, undefined, { key: decrypting.privateKey });
    const config = await discover('encrypted', { userinfo_signed_response_alg: 'RS256' }, [decrypt]);
    const { claims, access_token } = await tokensFor(config);
    expect(claims.sub).toBe('alice');
    expect(await client.fetchUserInfo(config, access_token, claims.sub)).toMatchObject(profile);
  });

  it('sends its request as an object that it has signed', async () => {
    const config = await discover('signing');
    const { request, checks } = await begin();
    const url = await client.buildAuthorizationUrlWithJAR(config, request, signing.privateKey);
    expect([...url.searchParams.keys()].sort()).toEqual(['client_id', 'request']);
    const { request: answer } = await callbackOf(url.href);
    const tokens = await client.authorizationCodeGrant(config, answer, { ...checks });
    expect(tokens.claims()).toMatchObject({ sub: 'alice', aud: 'signing' });
  });
});

describe('the implicit flow', () => {
  it('signs a user in, with all claims in the ID token', async () => {
    const config = await discover('implicit', {}, [client.useIdTokenResponseType]);
    const { answer, checks } = await signIn(config, { scope: 'openid profile email' });
    expect(answer.url).toContain('#');
    const claims = await client.implicitAuthentication(config, answer, checks.expectedNonce, checks);
    expect(claims).toMatchObject({ aud: 'implicit', ...profile });
  });
});

describe('the hybrid flow', () => {
  it('has an ID token in front, bound to the code, and the tokens behind', async () => {
    const config = await discover('hybrid', {}, [client.useCodeIdTokenResponseType]);
    const { claims, access_token } = await tokensFor(config);
    expect(claims).toMatchObject({ sub: 'alice', aud: 'hybrid' });
    expect(await callApi(config, access_token)).toEqual({ sub: 'alice', clientId: 'hybrid' });
  });
});

describe('an answer by form post', () => {
  it.each([
    ['code', 'code', []],
    ['code id_token', 'hybrid', [client.useCodeIdTokenResponseType]],
  ] as const)('carries %s', async (_, client_id, changes) => {
    const config = await discover(client_id, {}, [...changes]);
    const { answer, checks } = await signIn(config, { response_mode: 'form_post' });
    expect([answer.method, answer.url]).toEqual(['POST', redirect_uri]);
    const tokens = await client.authorizationCodeGrant(config, answer, { ...checks });
    expect(tokens.claims()).toMatchObject({ sub: 'alice', aud: client_id });
  });

  it('carries id_token', async () => {
    const config = await discover('implicit', {}, [client.useIdTokenResponseType]);
    const { answer, checks } = await signIn(config, { scope: 'openid', response_mode: 'form_post' });
    expect(answer.method).toBe('POST');
    expect(await client.implicitAuthentication(config, answer, checks.expectedNonce, checks)).toMatchObject({ sub: 'alice' });
  });
});

describe('a machine', () => {
  it('calls the API on its own behalf', async () => {
    const config = await discover('machine');
    const tokens = await client.clientCredentialsGrant(config, { scope: 'read:contacts' });
    expect(tokens).not.toHaveProperty('refresh_token');
    expect(await callApi(config, tokens.access_token)).toEqual({ sub: 'machine', clientId: 'machine' });
  });

  it('is told by a ResponseBodyError that there is no user', async () => {
    const failed = client.clientCredentialsGrant(await discover('code'), { scope: 'read:contacts' });
    await expect(failed).rejects.toMatchObject({ name: 'ResponseBodyError', error: 'unauthorized_client', status: 400 });
  });
});

describe('by an AuthorizationResponseError the client is told', () => {
  const modes = ['', 'form_post'];

  it.each(modes)('that the user said no, by code, response_mode "%s"', async (response_mode) => {
    const config = await discover('code');
    const { answer, checks } = await signIn(config, { response_mode, prompt: 'consent' }, { decision: 'deny' });
    const failed = client.authorizationCodeGrant(config, answer, { ...checks });
    await expect(failed).rejects.toMatchObject({ name: 'AuthorizationResponseError', error: 'access_denied' });
  });

  it.each(modes)('that the user said no, by id_token, response_mode "%s"', async (response_mode) => {
    const config = await discover('implicit', {}, [client.useIdTokenResponseType]);
    const { answer, checks } = await signIn(config, { response_mode, prompt: 'consent' }, { decision: 'deny' });
    const failed = client.implicitAuthentication(config, answer, checks.expectedNonce, checks);
    await expect(failed).rejects.toMatchObject({ name: 'AuthorizationResponseError', error: 'access_denied' });
  });

  it.each([
    ['that nobody is signed in', { prompt: 'none' }, 'login_required'],
    ['that its request object is not signed by its key', { request: 'e30.e30.' }, 'invalid_request_object'],
  ])('%s', async (_, parameters, error) => {
    const config = await discover('code');
    const { answer, checks } = await signIn(config, parameters);
    const failed = client.authorizationCodeGrant(config, answer, { ...checks });
    await expect(failed).rejects.toMatchObject({ name: 'AuthorizationResponseError', error });
  });
});
