/** A client that knows nothing of us but the issuer: openid-client, unmodified. RFC 6749, RFC 7636, RFC 8414, RFC 9207. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as client from 'openid-client';
import type { ClientOptions } from '../../lib/config/options/index.js';
import { Agent } from '../support/agent.js';
import { type Host, startHost, withHost } from '../support/host.js';
import { spa, web } from '../support/server.js';
import { visit } from '../support/walker.js';

const callback = 'https://client.example.com/callback';
const strange = {
  client_id: 'strange: client+id%20"&="',
  client_secret: 'p:a+ss w%rd/%2B?&=#"\'<>~!*()`|\\',
  redirect_uris: [callback],
};
const onlyBasic = { ...web, client_id: 'only-basic', token_endpoint_auth_method: 'client_secret_basic' };
const onlyPost = { ...web, client_id: 'only-post', token_endpoint_auth_method: 'client_secret_post' };
const onlyCodes = { ...web, client_id: 'only-codes', grant_types: ['authorization_code'] };
const clients: readonly ClientOptions[] = [web, spa, strange, onlyBasic, onlyPost, onlyCodes];

type Configure = (issuer: string) => Promise<client.Configuration>;

function configure(
  { client_id }: { client_id: string },
  auth?: client.ClientAuth,
  algorithm: 'oauth2' | 'oidc' = 'oauth2',
  secret?: string,
): Configure {
  const options = { algorithm, execute: [client.allowInsecureRequests] };
  return (issuer) => client.discovery(new URL(issuer), client_id, secret, auth, options);
}

const asWeb = configure(web, client.ClientSecretPost(web.client_secret));
const asSpa = configure(spa, client.None());

/** Sends the user on the way, and waits for the callback. */
async function authorize(host: Host, config: client.Configuration, parameters: Record<string, string> = {}, agent = new Agent(host.url)) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: callback,
    scope: 'read:contacts',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    ...parameters,
  });
  const { callback: currentUrl } = await visit(agent, url.href);
  return { currentUrl, checks: { pkceCodeVerifier, expectedState } };
}

async function tokens(host: Host, config: client.Configuration, parameters?: Record<string, string>) {
  const { currentUrl, checks } = await authorize(host, config, parameters);
  return client.authorizationCodeGrant(config, currentUrl, checks);
}

async function callApi(host: Host, config: client.Configuration, accessToken: string): Promise<unknown> {
  return (await client.fetchProtectedResource(config, accessToken, new URL(`${host.url}/api/contacts`), 'GET')).json();
}

/** What went wrong, as the client's developer sees it. */
async function failure<T>(attempt: Promise<T>): Promise<unknown> {
  return attempt.then(
    (value) => expect(value).toBe('a failure'),
    (error: unknown) => error,
  );
}

describe('openid-client', () => {
  let host: Host;

  beforeAll(async () => {
    host = await startHost({ options: { clients } });
  });

  afterAll(() => host.close());

  const identities: readonly (readonly [string, string, Configure])[] = [
    ['with ClientSecretPost', 'web', asWeb],
    ['with ClientSecretBasic', 'web', configure(web, client.ClientSecretBasic(web.client_secret))],
    ['with the secret alone, its own default', 'web', configure(web, undefined, 'oauth2', web.client_secret)],
    ['as a client that may use ClientSecretPost alone', 'only-post', configure(onlyPost, client.ClientSecretPost(web.client_secret))],
    ['as a client that may use ClientSecretBasic alone', 'only-basic', configure(onlyBasic, client.ClientSecretBasic(web.client_secret))],
    ['by the document of OpenID Connect', 'web', configure(web, client.ClientSecretPost(web.client_secret), 'oidc')],
    ['as a public client, with None', 'spa', asSpa],
    ['with strange characters and ClientSecretPost', strange.client_id, configure(strange, client.ClientSecretPost(strange.client_secret))],
    [
      'with strange characters and ClientSecretBasic',
      strange.client_id,
      configure(strange, client.ClientSecretBasic(strange.client_secret)),
    ],
  ];

  it.each(identities)('signs a user in, calls the API and refreshes, %s', async (_, clientId, connect) => {
    const config = await connect(host.issuer);
    const redirect = clientId === 'spa' ? { redirect_uri: spa.redirect_uris[0] as string } : {};
    const first = await tokens(host, config, redirect);
    expect(first).toMatchObject({ token_type: 'bearer', scope: 'read:contacts', expires_in: 600 });
    expect(await callApi(host, config, first.access_token)).toEqual({ sub: 'alice', clientId });
    const second = await client.refreshTokenGrant(config, first.refresh_token as string);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(await callApi(host, config, second.access_token)).toEqual({ sub: 'alice', clientId });
  });

  it.each(['', '/auth', '/auth/v1'])('finds the endpoints of the issuer at the path "%s"', async (issuerPath) => {
    await withHost({ issuerPath }, async (other) => {
      const config = await asWeb(other.issuer);
      expect(config.serverMetadata()).toMatchObject({ issuer: other.issuer, token_endpoint: `${other.issuer}/oauth/token` });
      const { access_token } = await tokens(other, config);
      expect(await callApi(other, config, access_token)).toEqual({ sub: 'alice', clientId: 'web' });
    });
  });

  it('learns from the metadata that S256 is there', async () => {
    expect((await asWeb(host.issuer)).serverMetadata().supportsPKCE()).toBe(true);
  });

  it('learns from the metadata that every answer names its issuer, and misses it', async () => {
    const config = await asWeb(host.issuer);
    const { currentUrl, checks } = await authorize(host, config);
    currentUrl.searchParams.delete('iss');
    const error = await failure(client.authorizationCodeGrant(config, currentUrl, checks));
    expect(error).toMatchObject({ cause: { message: expect.stringContaining('"iss" (issuer) missing') } });
  });

  it('goes on with what it has after a refresh that failed half-way', async () => {
    const config = await asSpa(host.issuer);
    const first = await tokens(host, config, { redirect_uri: spa.redirect_uris[0] as string });
    const [one, other] = await Promise.all([1, 2].map(() => client.refreshTokenGrant(config, first.refresh_token as string)));
    expect(one?.refresh_token).toBe(other?.refresh_token);
  });

  describe('is told by an AuthorizationResponseError', () => {
    it('that the user said no', async () => {
      const config = await asSpa(host.issuer);
      const agent = new Agent(host.url);
      const parameters = { scope: 'create:contacts', redirect_uri: spa.redirect_uris[0] as string };
      const { currentUrl, checks } = await authorize(host, config, parameters, denying(agent));
      const error = await failure(client.authorizationCodeGrant(config, currentUrl, checks));
      expect(error).toBeInstanceOf(client.AuthorizationResponseError);
      expect(error).toMatchObject({ error: 'access_denied', error_description: 'The user said no.' });
    });

    it.each([
      ['that there is no such scope', { scope: 'everything' }, 'invalid_scope'],
      ['that there is no such response type', { response_type: 'device' }, 'unsupported_response_type'],
      ['that PKCE is missing', { code_challenge: '' }, 'invalid_request'],
      ['that plain is not enough for PKCE', { code_challenge_method: 'plain' }, 'invalid_request'],
    ])('%s', async (_, parameters, code) => {
      const config = await asWeb(host.issuer);
      const { currentUrl, checks } = await authorize(host, config, parameters);
      const error = await failure(client.authorizationCodeGrant(config, currentUrl, checks));
      expect(error).toBeInstanceOf(client.AuthorizationResponseError);
      expect(error).toMatchObject({ error: code, error_description: expect.any(String) });
    });
  });

  describe('is told by a ResponseBodyError', () => {
    it('that a code was used before', async () => {
      const config = await asWeb(host.issuer);
      const { currentUrl, checks } = await authorize(host, config);
      await client.authorizationCodeGrant(config, currentUrl, checks);
      const error = await failure(client.authorizationCodeGrant(config, currentUrl, checks));
      expect(error).toBeInstanceOf(client.ResponseBodyError);
      expect(error).toMatchObject({ error: 'invalid_grant', status: 400 });
    });

    it('that the verifier is not that of the challenge', async () => {
      const config = await asWeb(host.issuer);
      const { currentUrl, checks } = await authorize(host, config);
      const pkceCodeVerifier = client.randomPKCECodeVerifier();
      const error = await failure(client.authorizationCodeGrant(config, currentUrl, { ...checks, pkceCodeVerifier }));
      expect(error).toBeInstanceOf(client.ResponseBodyError);
      expect(error).toMatchObject({ error: 'invalid_grant', status: 400 });
    });

    it('that a refresh token is none', async () => {
      const error = await failure(client.refreshTokenGrant(await asWeb(host.issuer), 'a.1.b'));
      expect(error).toBeInstanceOf(client.ResponseBodyError);
      expect(error).toMatchObject({ error: 'invalid_grant', status: 400 });
    });

    it('that more scope was asked for than was allowed', async () => {
      const config = await asWeb(host.issuer);
      const { refresh_token } = await tokens(host, config);
      const error = await failure(client.refreshTokenGrant(config, refresh_token as string, { scope: 'create:contacts' }));
      expect(error).toBeInstanceOf(client.ResponseBodyError);
      expect(error).toMatchObject({ error: 'invalid_scope', status: 400 });
    });

    it.each([
      ['that a grant is not known', asWeb, 'urn:example:unknown', 'unsupported_grant_type', 400],
      [
        'that a grant is not its own',
        configure(onlyCodes, client.ClientSecretPost(web.client_secret)),
        'refresh_token',
        'unauthorized_client',
        400,
      ],
      [
        'that its secret is wrong',
        configure(web, client.ClientSecretPost('not the secret of web')),
        'refresh_token',
        'invalid_client',
        401,
      ],
      ['that it is not known', configure({ client_id: 'nobody' }, client.None()), 'refresh_token', 'invalid_client', 401],
      ['that it has a secret to show', configure(web, client.None()), 'refresh_token', 'invalid_client', 401],
      [
        'that it must not post its secret',
        configure(onlyBasic, client.ClientSecretPost(web.client_secret)),
        'refresh_token',
        'invalid_client',
        401,
      ],
    ] as const)('%s', async (_, connect, grant, code, status) => {
      const error = await failure(client.genericGrantRequest(await connect(host.issuer), grant, { refresh_token: 'x' }));
      expect(error).toBeInstanceOf(client.ResponseBodyError);
      expect(error).toMatchObject({ error: code, status, error_description: expect.any(String) });
    });
  });

  describe('is challenged by a WWWAuthenticateChallengeError', () => {
    it('when its secret is wrong, in the scheme that it used', async () => {
      const config = await configure(web, client.ClientSecretBasic('not the secret of web'))(host.issuer);
      const error = await failure(client.refreshTokenGrant(config, 'x'));
      expect(error).toBeInstanceOf(client.WWWAuthenticateChallengeError);
      expect(error).toMatchObject({ status: 401, cause: [{ scheme: 'basic' }] });
    });

    it('by the API, when the access token is none', async () => {
      const error = await failure(callApi(host, await asWeb(host.issuer), 'x'));
      expect(error).toBeInstanceOf(client.WWWAuthenticateChallengeError);
      expect(error).toMatchObject({ status: 401, cause: [{ scheme: 'bearer', parameters: { error: 'invalid_token' } }] });
    });

    it('by the API, when the scope is not enough', async () => {
      const config = await asWeb(host.issuer);
      const { access_token } = await tokens(host, config, { scope: 'create:contacts' });
      const error = await failure(callApi(host, config, access_token));
      expect(error).toBeInstanceOf(client.WWWAuthenticateChallengeError);
      expect(error).toMatchObject({
        status: 403,
        cause: [{ scheme: 'bearer', parameters: { error: 'insufficient_scope', scope: 'read:contacts' } }],
      });
    });
  });
});

/** A user who denies where they are asked. */
function denying(agent: Agent): Agent {
  const post = agent.post.bind(agent);
  agent.post = (path, fields, headers) => post(path, 'decision' in fields ? { ...fields, decision: 'deny' } : fields, headers);
  return agent;
}
