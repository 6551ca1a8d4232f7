import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { GrantRequest, Server } from '../../lib/contracts.js';
import { clientCredentials } from '../../lib/grants/client-credentials.js';
import { Parameters } from '../../lib/http/parameters.js';
import { verified } from '../support/jwt.js';
import { api, callApi, type TestServer, testServer, token, web } from '../support/server.js';

const secret = 'the secret of a machine';
const grant_types = ['client_credentials'];
const machine = { client_id: 'machine', client_secret: secret };
const mixed = { client_id: 'mixed', client_secret: secret };
const people = { client_id: 'people', client_secret: secret };
const reader = { client_id: 'reader', client_secret: secret };

let server: TestServer;

beforeAll(async () => {
  const clients = [
    { ...machine, grant_types },
    { ...reader, grant_types, scope: 'read:contacts' },
    { client_id: 'both', client_secret: secret, grant_types: [...grant_types, 'refresh_token'] },
    { ...mixed, grant_types, scope: 'openid email read:contacts offline_access' },
    { ...people, grant_types, scope: 'openid profile' },
    web,
  ];
  server = await testServer({ options: { clients } });
});

afterAll(() => server.close());

const ask = (client: Record<string, string>, parameters: Record<string, string> = {}) =>
  token(server.url, { ...client, grant_type: 'client_credentials', ...parameters });

describe('the client credentials grant', () => {
  it('gives an access token and nothing else, which nobody may keep', async () => {
    const { status, headers, body } = await ask(machine, { scope: 'create:contacts' });
    expect({ status, cache: headers.get('cache-control'), pragma: headers.get('pragma') }).toEqual({
      status: 200,
      cache: 'no-store',
      pragma: 'no-cache',
    });
    expect(body).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 600, scope: 'create:contacts' });
  });

  it('gives it on behalf of the client itself, and of no user', async () => {
    const { body } = await ask(machine, { scope: 'read:contacts' });
    const { claims } = await verified(server.url, body.access_token);
    expect(claims).toEqual({
      iss: server.url,
      aud: api,
      sub: 'machine',
      client_id: 'machine',
      scope: 'read:contacts',
      iat: expect.any(Number),
      exp: (claims.iat as number) + 600,
      jti: expect.any(String),
    });
    expect(await (await callApi(server.url, body.access_token)).json()).toEqual({ sub: 'machine', clientId: 'machine' });
  });

  it('gives no refresh token, whatever else the client may use', async () => {
    expect((await ask({ client_id: 'both', client_secret: secret }, { scope: 'read:contacts' })).body).not.toHaveProperty('refresh_token');
  });

  it.each([
    ['of the client, where it has its own', reader, {}, 'read:contacts'],
    ['of the client without what is about users', mixed, {}, 'read:contacts'],
    ['of the API, where the client has none', machine, {}, 'read:contacts'],
    ['that is asked for', machine, { scope: 'create:contacts read:contacts' }, 'create:contacts read:contacts'],
  ])('gives the scope %s', async (_, client, parameters, scope) => {
    expect((await ask(client, parameters)).body.scope).toBe(scope);
  });

  it.each([
    ['a scope that the client may not have', reader, { scope: 'create:contacts' }],
    ['an unknown scope', machine, { scope: 'read:everything' }],
    ['the scope openid', machine, { scope: 'openid' }],
    ['a scope about a user beside one of the API', machine, { scope: 'read:contacts email' }],
    ['offline_access', machine, { scope: 'read:contacts offline_access' }],
    ['a scope about a user that the client may have elsewhere', mixed, { scope: 'openid' }],
    ['no scope of a client whose own are all about users', people, {}],
  ])('refuses %s with invalid_scope', async (_, client, parameters) => {
    const { status, body } = await ask(client, parameters);
    expect({ status, body }).toEqual({ status: 400, body: { error: 'invalid_scope', error_description: expect.any(String) } });
  });

  it.each([
    ['a wrong secret', { ...machine, client_secret: 'another secret of a machine' }, 401, 'invalid_client'],
    ['no secret', { client_id: 'machine' }, 401, 'invalid_client'],
    ['a client without this grant', { client_id: web.client_id, client_secret: web.client_secret }, 400, 'unauthorized_client'],
  ])('refuses %s', async (_, client, status, error) => {
    const answer = await ask(client, { scope: 'read:contacts' });
    expect([answer.status, answer.body.error]).toEqual([status, error]);
  });

  it('refuses a public client, which has no credentials, although none with this grant should have been let in', async () => {
    const client = { client_id: 'app', authMethods: ['none'], grant_types };
    const request = { client, parameters: Parameters.none } as unknown as GrantRequest;
    await expect(clientCredentials.redeem(request, {} as Server)).rejects.toMatchObject({ code: 'unauthorized_client' });
  });

  it('gives nothing that userinfo would answer', async () => {
    const { body } = await ask(machine);
    const headers = { Authorization: `Bearer ${body.access_token}` };
    expect((await fetch(`${server.url}/oauth/userinfo`, { headers })).status).toBe(403);
  });
});
