/**
 * The examples and sentences of RFC 7662 (token introspection). Different here: APIs authenticate by client credentials, never by an access
 * token of their own; the issuer has no slash at its end; and `username` is not told, since it is not known here.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { basic, type ExampleServer, exampleServer } from '../support/examples.js';
import { web } from '../support/server.js';
import { calendar, contacts, type TokenServer, tokenServer } from '../support/token-server.js';

const resource = 'https://protected.example.net/resource';
const rs = {
  client_id: 's6BhdRkqt3',
  client_secret: 'gX1fBat3bV and some more',
  introspects: [resource],
  grant_types: ['client_credentials'],
};
const client = { client_id: 'l238j323ds-23ij4', client_secret: web.client_secret, redirect_uris: ['https://client.example.com/cb'] };
const authorization = basic(rs.client_id, rs.client_secret);

let server: ExampleServer;
let access_token: string;

beforeAll(async () => {
  server = await exampleServer({
    clients: [rs, { ...client, pkce: false }],
    users: { authenticate: () => ({ id: 'Z5O3upPC88QrAjx00dis' }) },
    apis: { [resource]: { scopes: { read: 'Read', write: 'Write', dolphin: 'See the dolphin' }, accessTokens: 'opaque' } },
  });
  access_token = await freshToken();
});

afterAll(() => server.close());

async function freshToken(): Promise<string> {
  const { parameters } = await server.authorize(`response_type=code&client_id=${client.client_id}&scope=read%20write%20dolphin`);
  const answer = await server.post(
    '/token',
    `grant_type=authorization_code&code=${parameters.code}&redirect_uri=https%3A%2F%2Fclient.example.com%2Fcb`,
    basic(client.client_id, client.client_secret),
  );
  return answer.body.access_token as string;
}

const introspect = (body: string, headers: Record<string, string> = authorization) =>
  server.post('/introspect', body, { Accept: 'application/json', ...headers });

describe('section 2.1, the request', () => {
  it('is a POST of "application/x-www-form-urlencoded" with the token, and a hint about its type', async () => {
    const answer = await introspect(`token=${access_token}&token_type_hint=access_token`);
    expect([answer.status, answer.body.active]).toEqual([200, true]);
  });

  it('"If the server is unable to locate the token using the given hint, it MUST extend its search across all of its supported token types"', async () => {
    expect((await introspect(`token=${access_token}&token_type_hint=refresh_token`)).body.active).toBe(true);
  });

  it('"the endpoint MUST also require some form of authorization to access this endpoint"', async () => {
    const answer = await introspect(`token=${access_token}`, {});
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client']);
  });

  it('"token REQUIRED"', async () => {
    const answer = await introspect('token_type_hint=access_token');
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request']);
  });
});

describe('section 2.2, the answer', () => {
  it('is the example’s, in the members that this server knows', async () => {
    const answer = await introspect(`token=${access_token}`);
    expect(answer.body).toEqual({
      active: true,
      client_id: 'l238j323ds-23ij4',
      scope: 'read write dolphin',
      sub: 'Z5O3upPC88QrAjx00dis',
      aud: 'https://protected.example.net/resource',
      iss: server.url,
      exp: expect.any(Number),
      iat: expect.any(Number),
      jti: expect.any(String),
      token_type: 'Bearer',
      auth_time: expect.any(Number),
    });
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  });

  it('"exp", "iat": "integer timestamp, measured in the number of seconds since January 1 1970 UTC"', async () => {
    const { exp, iat } = (await introspect(`token=${access_token}`)).body as unknown as Record<string, number>;
    expect([Number.isInteger(exp), Number.isInteger(iat), iat]).toEqual([true, true, server.now()]);
  });

  it('"If the introspection call is properly authorized but the token is not active, does not exist on this server": active false', async () => {
    const answer = await introspect('token=2YotnFZFEjr1zCsicMWpAA');
    expect([answer.status, answer.body]).toEqual([200, { active: false }]);
  });

  it('"or the protected resource is not allowed to introspect this particular token": active false', async () => {
    const other: TokenServer = await tokenServer();
    const { body } = await other.tokens({ resource: calendar, scope: 'read' });
    expect((await other.introspect(body.access_token, 'contacts-api')).body).toEqual({ active: false });
    expect((await other.introspect(body.access_token, 'calendar-api')).body).toMatchObject({ active: true });
    await other.close();
  });

  it('"the authorization server SHOULD NOT include any additional information about an inactive token, including why"', async () => {
    const clock = await tokenServer({});
    const { body } = await clock.tokens({ resource: contacts });
    const { body: revoked } = await clock.tokens({ resource: contacts });
    await clock.revoke(revoked.access_token);
    clock.sleep(600);
    const answers = await Promise.all(['unknown', body.access_token, revoked.access_token].map((token) => clock.introspect(token)));
    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(['{"active":false}']));
    await clock.close();
  });
});

describe('section 2.3, errors', () => {
  it('"its credentials are invalid, the authorization server responds with an HTTP 401 (Unauthorized)"', async () => {
    const answer = await introspect(`token=${access_token}`, basic(rs.client_id, 'wrong'));
    expect([answer.status, answer.body.error, answer.headers.get('www-authenticate')]).toEqual([
      401,
      'invalid_client',
      expect.stringMatching(/^Basic /),
    ]);
  });

  it('"a properly formed and authorized query for an inactive or otherwise invalid token … is not considered an error response"', async () => {
    expect((await introspect('token=%00%FF%20')).status).toBe(200);
  });
});

describe('section 4, security considerations', () => {
  it('"the authorization server MUST determine whether or not the token has expired"', async () => {
    const clock = await tokenServer({});
    const { body } = await clock.tokens({ resource: contacts });
    clock.sleep(600);
    expect(await clock.isActive(body.access_token)).toBe(false);
    await clock.close();
  });

  it('"the authorization server MUST determine whether or not such a revocation has taken place"', async () => {
    const token = await freshToken();
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', ...basic(client.client_id, client.client_secret) };
    await fetch(`${server.url}/revoke`, { method: 'POST', headers, body: `token=${token}` });
    expect((await introspect(`token=${token}`)).body).toEqual({ active: false });
  });

  it('"the authorization server MUST require authentication of protected resources": of clients too, and not by name alone', async () => {
    const answer = await introspect(`token=${access_token}&client_id=${rs.client_id}`, {});
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client']);
  });

  it('"MAY disallow the use of HTTP GET": it does', async () => {
    const answer = await fetch(`${server.url}/introspect?token=${access_token}`, { headers: authorization });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
  });
});
