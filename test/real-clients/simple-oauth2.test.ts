/** simple-oauth2, as its readme has it: one class for each grant of RFC 6749. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuthorizationCode, ClientCredentials, ResourceOwnerPassword } from 'simple-oauth2';
import { callback as callbackOf, type Traveller } from '../support/journey.js';
import { type OAuthServer, serveOAuth } from '../support/origin.js';
import { users } from '../support/profiles.js';
import { alice, callApi, pkce } from '../support/server.js';

const redirect_uri = 'https://client.example.com/callback';
const scope = 'read:contacts';
const base = { client_secret: "the secret of a real client: 100% 'safe'", redirect_uris: [redirect_uri] };
const clients = [
  { ...base, client_id: 'web' },
  { ...base, client_id: 'of old', pkce: false },
  { ...base, client_id: 'machine', redirect_uris: [], grant_types: ['client_credentials'], scope },
  { ...base, client_id: 'trusted', redirect_uris: [], grant_types: ['password', 'refresh_token'] },
];

let server: OAuthServer;

beforeAll(async () => {
  server = await serveOAuth({ clients, users });
});

afterAll(() => server.close());

/** Its defaults are `/oauth/authorize` and `/oauth/token`, as ours. */
function configFor(id: string) {
  return { client: { id, secret: base.client_secret }, auth: { tokenHost: server.issuer } };
}

async function apiAnswers({ token }: { token: Record<string, unknown> }): Promise<unknown> {
  return (await callApi(server.url, token.access_token as string)).json();
}

/** As its errors are: of Boom, with our answer as the payload. */
const refusal = (statusCode: number, error: string) => ({
  output: { statusCode },
  data: { payload: { error, error_description: expect.any(String) } },
});

describe('AuthorizationCode', () => {
  async function codeFor(client: AuthorizationCode, parameters: Record<string, string> = {}, traveller: Traveller = {}) {
    const uri = client.authorizeURL({ redirect_uri, scope, state: 'a state', ...parameters });
    return new URL((await callbackOf(uri, traveller)).request.url).searchParams;
  }

  it.each(['header', 'body'] as const)('gets a token by a code, calls the API and refreshes, its secret in the %s', async (method) => {
    const client = new AuthorizationCode({ ...configFor('of old'), options: { authorizationMethod: method } });
    const answer = await codeFor(client);
    expect(answer.get('state')).toBe('a state');
    const first = await client.getToken({ code: answer.get('code'), redirect_uri, scope });
    expect(first.expired()).toBe(false);
    expect(await apiAnswers(first)).toEqual({ sub: 'alice', clientId: 'of old' });
    const second = await client.createToken(JSON.parse(JSON.stringify(first))).refresh();
    expect(second.token.refresh_token).not.toBe(first.token.refresh_token);
    expect(await apiAnswers(second)).toEqual({ sub: 'alice', clientId: 'of old' });
  });

  it('hands PKCE on, which it does not know', async () => {
    const client = new AuthorizationCode(configFor('web'));
    const { code_verifier, code_challenge } = pkce();
    const answer = await codeFor(client, { code_challenge, code_challenge_method: 'S256' });
    const token = await client.getToken({ code: answer.get('code'), redirect_uri, code_verifier });
    expect(await apiAnswers(token)).toEqual({ sub: 'alice', clientId: 'web' });
  });

  it('leaves it to the app that the user said no', async () => {
    const answer = await codeFor(new AuthorizationCode(configFor('of old')), { prompt: 'consent' }, { decision: 'deny' });
    expect(Object.fromEntries(answer)).toMatchObject({ error: 'access_denied', state: 'a state' });
  });

  it('throws our error for a code that was used before, and for a refresh token that is none', async () => {
    const client = new AuthorizationCode(configFor('of old'));
    const code = (await codeFor(client)).get('code');
    const token = await client.getToken({ code, redirect_uri });
    await expect(client.getToken({ code, redirect_uri })).rejects.toMatchObject(refusal(400, 'invalid_grant'));
    await expect(token.refresh()).rejects.toMatchObject(refusal(400, 'invalid_grant'));
  });
});

describe('ClientCredentials', () => {
  it('gets a token for the machine itself', async () => {
    const token = await new ClientCredentials(configFor('machine')).getToken({ scope });
    expect(token.token).not.toHaveProperty('refresh_token');
    expect(await apiAnswers(token)).toEqual({ sub: 'machine', clientId: 'machine' });
  });

  it('throws our error for a scope that is not the machine’s', async () => {
    const failed = new ClientCredentials(configFor('machine')).getToken({ scope: 'create:contacts' });
    await expect(failed).rejects.toMatchObject(refusal(400, 'invalid_scope'));
  });

  it('throws our error for a secret that is wrong', async () => {
    const config = { ...configFor('machine'), client: { id: 'machine', secret: 'not the secret of it' } };
    await expect(new ClientCredentials(config).getToken({ scope })).rejects.toMatchObject({ output: { statusCode: 401 } });
  });
});

describe('ResourceOwnerPassword', () => {
  it('gets a token for a name and a password, and refreshes', async () => {
    const first = await new ResourceOwnerPassword(configFor('trusted')).getToken({ ...alice, scope });
    expect(await apiAnswers(first)).toEqual({ sub: 'alice', clientId: 'trusted' });
    expect(await apiAnswers(await first.refresh())).toEqual({ sub: 'alice', clientId: 'trusted' });
  });

  it('is on for the client that names it, and the operator was warned', () => {
    expect(server.warnings.filter((warning) => warning.includes('password'))).toEqual([
      expect.stringMatching(/^The client trusted may use the grant password\./),
    ]);
  });

  it('throws our error for a password that is wrong', async () => {
    const failed = new ResourceOwnerPassword(configFor('trusted')).getToken({ ...alice, password: 'wrong', scope });
    await expect(failed).rejects.toMatchObject(refusal(400, 'invalid_grant'));
  });

  it('throws our error for a client that may not do this', async () => {
    const failed = new ResourceOwnerPassword(configFor('web')).getToken({ ...alice, scope });
    await expect(failed).rejects.toMatchObject(refusal(400, 'unauthorized_client'));
  });
});
