/** openid-client for what happens to tokens later: introspection, revocation, and one API after the other. RFC 7662, RFC 9701, RFC 7009, RFC 8707. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as client from 'openid-client';
import { callback as callbackOf } from '../support/journey.js';
import { type OAuthServer, serveOAuth } from '../support/origin.js';
import { web } from '../support/server.js';
import { apis, calendar, clients, contacts, standsFor } from '../support/token-server.js';

const redirect_uri = 'https://client.example.com/callback';

let server: OAuthServer;

beforeAll(async () => {
  const signed = standsFor('signed', [contacts, calendar], { introspection_signed_response_alg: 'ES256' });
  server = await serveOAuth({ apis, clients: [...clients, signed] });
});

afterAll(() => server.close());

function discover(client_id: string, metadata: Partial<client.ClientMetadata> = {}) {
  const execute = [client.allowInsecureRequests, client.enableNonRepudiationChecks];
  return client.discovery(new URL(server.issuer), client_id, { client_secret: web.client_secret, ...metadata }, undefined, { execute });
}

async function tokensFor(config: client.Configuration, resources: readonly string[], scope: string) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const code_challenge = await client.calculatePKCECodeChallenge(pkceCodeVerifier);
  const parameters = new URLSearchParams({ redirect_uri, scope, state: expectedState, code_challenge, code_challenge_method: 'S256' });
  for (const resource of resources) parameters.append('resource', resource);
  const { request } = await callbackOf(client.buildAuthorizationUrl(config, parameters).href);
  return client.authorizationCodeGrant(config, request, { pkceCodeVerifier, expectedState });
}

describe('tokenIntrospection', () => {
  it('says what a token is worth, to the API that it is for', async () => {
    const { access_token } = await tokensFor(await discover('web'), [calendar], 'read:events');
    const expected = { active: true, sub: 'alice', client_id: 'web', aud: calendar, scope: 'read:events' };
    expect(await client.tokenIntrospection(await discover('calendar-api'), access_token)).toMatchObject(expected);
    expect(await client.tokenIntrospection(await discover('contacts-api'), access_token)).toEqual({ active: false });
  });

  it('takes the answer as a JWT', async () => {
    const { access_token } = await tokensFor(await discover('web'), [contacts], 'read:contacts');
    const config = await discover('signed', { introspection_signed_response_alg: 'ES256' });
    expect(await client.tokenIntrospection(config, access_token)).toMatchObject({ active: true, sub: 'alice', aud: contacts });
    expect(await client.tokenIntrospection(config, 'garbage')).toEqual({ active: false });
  });

  it('is refused for a client that may not ask', async () => {
    const failed = client.tokenIntrospection(await discover('web'), 'garbage');
    await expect(failed).rejects.toMatchObject({ name: 'ResponseBodyError', error: 'unauthorized_client', status: 403 });
  });
});

describe('tokenRevocation', () => {
  it('ends a refresh token, and what came of it', async () => {
    const config = await discover('web');
    const { access_token, refresh_token = '' } = await tokensFor(config, [contacts], 'read:contacts');
    await client.tokenRevocation(config, refresh_token, { token_type_hint: 'refresh_token' });
    await expect(client.refreshTokenGrant(config, refresh_token)).rejects.toMatchObject({ error: 'invalid_grant' });
    expect(await client.tokenIntrospection(await discover('contacts-api'), access_token)).toEqual({ active: false });
  });

  it('ends an access token alone', async () => {
    const config = await discover('web');
    const { access_token, refresh_token = '' } = await tokensFor(config, [contacts], 'read:contacts');
    await client.tokenRevocation(config, access_token, { token_type_hint: 'access_token' });
    expect(await client.tokenIntrospection(await discover('contacts-api'), access_token)).toEqual({ active: false });
    expect((await client.refreshTokenGrant(config, refresh_token)).access_token).toEqual(expect.any(String));
  });

  it('is refused for another client', async () => {
    const { access_token } = await tokensFor(await discover('web'), [contacts], 'read:contacts');
    await expect(client.tokenRevocation(await discover('other'), access_token)).rejects.toMatchObject({ error: 'invalid_grant' });
  });
});

describe('the parameter resource', () => {
  it('gives a token for one API after the other', async () => {
    const config = await discover('web');
    const first = await tokensFor(config, [contacts, calendar], 'read:contacts read:events');
    const second = await client.refreshTokenGrant(config, first.refresh_token as string, { resource: calendar });
    expect([first.scope, second.scope]).toEqual(['read:contacts', 'read:events']);
    const introspection = await client.tokenIntrospection(await discover('calendar-api'), second.access_token);
    expect(introspection).toMatchObject({ active: true, aud: calendar, sub: 'alice' });
  });

  it('is for machines too', async () => {
    const { access_token } = await client.clientCredentialsGrant(await discover('machine'), { resource: calendar });
    expect(await client.tokenIntrospection(await discover('calendar-api'), access_token)).toMatchObject({ active: true, sub: 'machine' });
  });

  it('is refused where the API is unknown', async () => {
    const failed = client.clientCredentialsGrant(await discover('machine'), { resource: 'https://unknown.example.com' });
    await expect(failed).rejects.toMatchObject({ name: 'ResponseBodyError', error: 'invalid_target', status: 400 });
  });
});
