/** openid-client and oauth4webapi register themselves, by their documented use, at two processes that share one Redis. RFC 7591, RFC 7592. */
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair } from 'jose';
import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';
import { makeCertificates } from '../support/certificates.js';
import { type Cluster, startCluster } from '../support/cluster.js';
import { freePort } from '../support/free-port.js';
import { callback as callbackOf } from '../support/journey.js';
import { type RedisServer, startRedis } from '../support/redis.js';

const redirect_uri = 'https://client.example.com/callback';
const web = { redirect_uris: [redirect_uri], client_name: 'Notes' };

const signing = await generateKeyPair('ES256');
const jwks = { keys: [{ ...(await exportJWK(signing.publicKey)), kid: 'a key' }] };
const certificates = makeCertificates('DNS:localhost');
/** Where the client publishes its keys. */
const platform = createSecureServer(certificates, (_req, res) => {
  res.setHeader('Content-Type', 'application/json').end(JSON.stringify(jwks));
});

let redis: RedisServer;
let cluster: Cluster;
let issuer: string;
let urls: readonly string[];
let jwks_uri: string;
let calls = 0;

beforeAll(async () => {
  [redis, cluster] = await Promise.all([startRedis(), startCluster(2)]);
  await new Promise<void>((listening) => platform.listen(0, '127.0.0.1', listening));
  const host = `localhost:${(platform.address() as AddressInfo).port}`;
  jwks_uri = `https://${host}/jwks`;
  issuer = `http://localhost:${await freePort()}`; // nobody is there: as behind a balancer
  const outgoing = { allow: [host], ca: [certificates.ca] };
  urls = await cluster.serve({ redis: redis.url, issuer, outgoing, registration: { perHour: 1_000 } });
});

afterAll(async () => {
  platform.close();
  await cluster.kill();
  await redis.stop();
});

/** The balancer: each request goes to the other process. */
function balanced(url: string): string {
  calls += 1;
  return url.replace(issuer, urls[calls % 2] as string);
}

const customFetch: client.CustomFetch = (url, init) => fetch(balanced(url), init as RequestInit);

function register(metadata: Partial<client.ClientMetadata>, auth?: client.ClientAuth): Promise<client.Configuration> {
  const options = { execute: [client.allowInsecureRequests], [client.customFetch]: customFetch };
  return client.dynamicClientRegistration(new URL(issuer), { ...web, ...metadata }, auth, options);
}

async function signIn(config: client.Configuration) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri,
    scope: 'openid read:contacts',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  });
  const { request } = await callbackOf(balanced(url.href));
  return client.authorizationCodeGrant(config, request, { pkceCodeVerifier });
}

/** Its own registration, as it was told to manage it. */
async function manage(config: client.Configuration, method: string, body?: object) {
  const { registration_client_uri: uri, registration_access_token: bearer } = config.clientMetadata();
  const answer = await fetch(balanced(String(uri)), {
    method,
    headers: { Authorization: `Bearer ${String(bearer)}`, 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? {} : JSON.parse(text) };
}

const methods: readonly [string, client.ClientAuth, () => object][] = [
  ['client_secret_basic', client.ClientSecretBasic(), () => ({})],
  ['client_secret_post', client.ClientSecretPost(), () => ({})],
  ['client_secret_jwt', client.ClientSecretJwt(), () => ({})],
  ['private_key_jwt', client.PrivateKeyJwt({ key: signing.privateKey, kid: 'a key' }), () => ({ jwks_uri })],
];

describe.each(methods)('openid-client registers for %s', (token_endpoint_auth_method, auth, more) => {
  it('and signs a user in, refreshes and revokes', async () => {
    const config = await register({ token_endpoint_auth_method, ...more() }, auth);
    const tokens = await signIn(config);
    expect(tokens.claims()).toMatchObject({ sub: 'alice', aud: config.clientMetadata().client_id });
    const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token as string);
    await client.tokenRevocation(config, refreshed.refresh_token as string);
    await expect(client.refreshTokenGrant(config, refreshed.refresh_token as string)).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('and reads, changes and removes its registration', async () => {
    const config = await register({ token_endpoint_auth_method, ...more() }, auth);
    const { client_id } = config.clientMetadata();
    const read = [await manage(config, 'GET'), await manage(config, 'GET')];
    expect(read).toEqual(
      [1, 2].map(() => ({ status: 200, body: expect.objectContaining({ ...web, client_id, token_endpoint_auth_method }) })),
    );
    const changed = { client_id, ...web, client_name: 'Notes 2', token_endpoint_auth_method, ...more() };
    expect(await manage(config, 'PUT', changed)).toMatchObject({ status: 200, body: { client_name: 'Notes 2' } });
    expect(await signIn(config)).toMatchObject({ token_type: 'bearer' }); // its secret is still good
    expect(await manage(config, 'DELETE')).toEqual({ status: 204, body: {} });
    expect([await manage(config, 'GET'), await manage(config, 'GET')]).toMatchObject([{ status: 401 }, { status: 401 }]);
  });
});

describe('openid-client without a secret', () => {
  it('registers, and signs a user in at processes that were never told of it', async () => {
    const config = await register({ token_endpoint_auth_method: 'none' }, client.None());
    const tokens = await signIn(config);
    expect(tokens.claims()).toMatchObject({ sub: 'alice', aud: config.clientMetadata().client_id });
    expect(await client.refreshTokenGrant(config, tokens.refresh_token as string)).toMatchObject({ token_type: 'bearer' });
  });

  it.each<[string, Partial<client.ClientMetadata>, string, RegExp]>([
    ['where its answers may go', { redirect_uris: ['http://client.example.com/'] }, 'invalid_redirect_uri', /^redirect_uris\[0\]/],
    ['how it authenticates', { token_endpoint_auth_method: 'magic' }, 'invalid_client_metadata', /token_endpoint_auth_method/],
    ['what its users are called', { subject_type: 'pairwise' }, 'invalid_client_metadata', /subject_type/],
  ])('is told what is wrong with %s', async (_, metadata, error, about) => {
    await expect(register({ token_endpoint_auth_method: 'none', ...metadata })).rejects.toMatchObject({
      name: 'ResponseBodyError',
      status: 400,
      error,
      error_description: expect.stringMatching(about),
    });
  });
});

it('oauth4webapi registers, and takes the answer for what it should be', async () => {
  const options = { [oauth.allowInsecureRequests]: true, [oauth.customFetch]: (url: string, init: object) => fetch(balanced(url), init) };
  const discovered = await oauth.discoveryRequest(new URL(issuer), { ...options, algorithm: 'oauth2' });
  const server = await oauth.processDiscoveryResponse(new URL(issuer), discovered);
  const answer = await oauth.dynamicClientRegistrationRequest(server, web, options);
  const registered = await oauth.processDynamicClientRegistrationResponse(answer);
  expect(registered).toMatchObject({ client_id: expect.stringMatching(/^client~/), client_secret: expect.any(String), ...web });
  const grant = await oauth.refreshTokenGrantRequest(
    server,
    registered,
    oauth.ClientSecretBasic(String(registered.client_secret)),
    'a.0.b',
    options,
  );
  await expect(oauth.processRefreshTokenResponse(server, registered, grant)).rejects.toMatchObject({ error: 'invalid_grant' });
});
