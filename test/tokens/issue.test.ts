import { beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { Entitlement, Server } from '../../lib/contracts.js';
import type { Client } from '../../lib/model/client.js';
import { systemRandom } from '../../lib/platform/random.js';
import { createServer } from '../../lib/server.js';
import { accessTokenType } from '../../lib/tokens/access-token.js';
import { authorizationsOf, findAuthorization, newAuthorization } from '../../lib/tokens/authorization.js';
import { issueTokens } from '../../lib/tokens/issue.js';
import { openRefreshToken } from '../../lib/tokens/refresh-token.js';
import { api, testOptions, web } from '../support/server.js';

const now = 1_700_000_000;
const issuer = 'https://app.example.com';
const other = 'https://other.example.com';

let server: Server;
let client: Client;

beforeEach(async () => {
  const options = testOptions(issuer);
  const apis = { ...options.apis, [other]: { scopes: { 'read:contacts': 'See your contacts elsewhere' } } };
  server = createServer({ ...options, apis }, { clock: () => now, random: systemRandom });
  client = server.settings.clients.get(web.client_id) as Client;
});

const issue = (entitlement: Partial<Entitlement> = {}) =>
  issueTokens({ sub: 'alice', scope: ['read:contacts'], refresh: false, ...entitlement }, client, server, 'authorization_code');

const recordOf = async (access_token: string) => {
  const { jti = '' } = decodeJwt(access_token);
  return (await findAuthorization(jti.slice(0, jti.indexOf('.')), server))?.value;
};

describe('the token response', () => {
  it('has an access token, its type, its life and its scope', async () => {
    expect(await issue()).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 600, scope: 'read:contacts' });
  });

  it.each<readonly [string, Partial<Entitlement>, string]>([
    ['the API that has the scope', {}, api],
    ['the API that the grant names, though another has the scope too', { audience: other }, other],
    ['the server itself, where the scope is about the user alone', { scope: ['openid'] }, issuer],
  ])('has an access token for %s', async (_, entitlement, aud) => {
    const { access_token } = await issue(entitlement);
    expect(decodeProtectedHeader(access_token)).toEqual({ alg: 'ES256', kid: expect.any(String), typ: accessTokenType });
    expect(decodeJwt(access_token)).toMatchObject({ iss: issuer, aud, sub: 'alice', client_id: 'web', iat: now, exp: now + 600 });
  });

  it("leaves a record of what is a user's, so that it can be listed and ended", async () => {
    const { access_token } = await issue();
    expect(await recordOf(access_token)).toMatchObject({ sub: 'alice', audiences: { [api]: ['read:contacts'] } });
    expect(await authorizationsOf('alice', server)).toEqual([await recordOf(access_token)]);
  });

  it('leaves none of what a machine has for itself', async () => {
    const { access_token } = await issue({ sub: client.client_id, onOwnBehalf: true });
    expect(await recordOf(access_token)).toBeUndefined();
    expect(await authorizationsOf(client.client_id, server)).toEqual([]);
  });

  it('is refused to a user who is called like the client: nobody could tell the two apart', async () => {
    await expect(issue({ sub: client.client_id })).rejects.toThrow(/has the identifier of the client/);
  });

  it('has a refresh token that names the record, where the grant says so', async () => {
    const { access_token, refresh_token } = await issue({ refresh: true });
    const record = await recordOf(access_token);
    expect(record).toMatchObject({
      client_id: 'web',
      sub: 'alice',
      scope: ['read:contacts'],
      audiences: { [api]: ['read:contacts'] },
      generation: 1,
    });
    expect(openRefreshToken(refresh_token ?? '', server.secrets)).toEqual({ id: record?.id, generation: 1 });
  });

  it('has no refresh token for a client that may not use one, whatever the grant says', async () => {
    const without = { ...client, grant_types: ['authorization_code'] };
    const answer = await issueTokens({ sub: 'alice', scope: ['read:contacts'], refresh: true }, without, server, 'authorization_code');
    expect(answer).not.toHaveProperty('refresh_token');
    expect(await recordOf(answer.access_token)).toMatchObject({ sub: 'alice' });
  });

  it('with the scope openid tells of the login that the grant tells of', async () => {
    const login = { auth_time: now - 7, acr: 'gold', amr: ['hwk'] };
    const { id_token } = await issue({ scope: ['openid'], ...login });
    expect(decodeJwt(id_token ?? '')).toMatchObject(login);
  });

  it('has a refresh token of the generation that the grant has found', async () => {
    const authorization = newAuthorization({ client_id: 'web', sub: 'alice', scope: [], audiences: { [api]: [] }, generation: 7 }, server);
    const { refresh_token } = await issue({ refresh: true, authorization });
    expect(openRefreshToken(refresh_token ?? '', server.secrets)).toEqual({ id: authorization.id, generation: 7 });
  });

  it.each([
    [1, 'the nonce'],
    [2, undefined],
  ])('of generation %d has an ID token with the nonce %s', async (generation, nonce) => {
    const content = { client_id: 'web', sub: 'alice', scope: ['openid'], audiences: { [issuer]: [] }, generation, nonce: 'the nonce' };
    const { id_token } = await issue({ scope: ['openid'], authorization: newAuthorization(content, server) });
    expect(decodeJwt(id_token ?? '').nonce).toBe(nonce);
  });

  it('with the scope openid keeps what userinfo needs, also without a refresh token', async () => {
    const { access_token, id_token, refresh_token } = await issue({ scope: ['openid', 'read:contacts'] });
    expect(await recordOf(access_token)).toMatchObject({ sub: 'alice', client_id: 'web' });
    expect(decodeJwt(id_token ?? '')).toMatchObject({ sub: 'alice', aud: 'web' });
    expect(refresh_token).toBeUndefined();
  });

  it('is refused where no API has the scope', async () => {
    await expect(issue({ scope: ['everything'] })).rejects.toMatchObject({ code: 'invalid_scope' });
  });
});
