/**
 * The examples of draft-ietf-oauth-identity-assertion-authz-grant, sections 3 and 4.4, with this server as `aud` and times of now. Different
 * here: an assertion can be used once (section 4.4.3 would let it be used again), and one with authorization_details (RFC 9396) is refused.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { systemClock } from '../../lib/platform/clock.js';
import { basic, type ExampleServer, exampleServer } from '../support/examples.js';
import { signingKey } from '../support/identity-provider.js';

const client = { client_id: 'f53f191f9311af35', client_secret: 'e-random-secretv3J' };
const key = await signingKey('1');

let server: ExampleServer;

beforeAll(async () => {
  server = await exampleServer({
    clients: [{ ...client, grant_types: ['urn:ietf:params:oauth:grant-type:jwt-bearer', 'refresh_token'] }],
    apis: { 'https://acme.chat.example/api': { scopes: { 'chat.read': 'Read chats', 'chat.history': 'Read old chats' } } },
    trustedIssuers: [
      {
        issuer: 'https://acme.idp.example',
        profile: 'id-jag',
        jwks: { keys: [key.jwk] },
        user: ({ iss, sub }) => iss === 'https://acme.idp.example' && sub === 'U019488227' && { id: 'jdoe' },
      },
    ],
  });
});

afterAll(() => server.close());

async function assertion(changes: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const claims = {
    jti: '9e43f81b64a33f20116179',
    iss: 'https://acme.idp.example',
    sub: 'U019488227',
    aud: server.url,
    client_id: 'f53f191f9311af35',
    exp: systemClock() + 1000,
    iat: systemClock(),
    resource: 'https://acme.chat.example/api',
    scope: 'chat.read chat.history',
    auth_time: systemClock(),
    amr: ['mfa', 'phrh', 'hwk', 'user'],
  };
  return new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg: 'ES256', typ: 'oauth-id-jag+jwt' }).sign(key.privateKey);
}

async function ask(changes: Readonly<Record<string, unknown>> = {}) {
  const body = `grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=${await assertion(changes)}`;
  return server.post('/token', body, basic(client.client_id, client.client_secret));
}

describe('section 4.4, the access token request', () => {
  it('answers the example as section 4.4.2 has it, without a refresh token (section 4.4.3)', async () => {
    const { status, headers, body } = await ask();
    expect([status, headers.get('cache-control'), headers.get('pragma')]).toEqual([200, 'no-store', 'no-cache']);
    expect(body).toEqual({ token_type: 'Bearer', access_token: expect.any(String), expires_in: 600, scope: 'chat.read chat.history' });
    const { claims } = await server.verified(body.access_token);
    expect(claims).toMatchObject({ sub: 'jdoe', aud: 'https://acme.chat.example/api', client_id: 'f53f191f9311af35' });
  });

  it('does not take the same assertion again', async () => {
    expect((await ask()).body).toEqual({
      error: 'invalid_grant',
      error_description: 'The assertion was used before; ask its issuer for a new one.',
    });
  });

  it('takes a list of one as aud, and of no more', async () => {
    expect((await ask({ jti: '2', aud: [server.url] })).status).toBe(200);
    expect((await ask({ jti: '3', aud: [server.url, 'https://acme.wiki.example/'] })).body.error).toBe('invalid_grant');
  });

  it('refuses what is for another client, or bound to a key (section 8.6.1.2.2), or has details that are not known here', async () => {
    const details = [{ type: 'chat_read', actions: ['read'], locations: ['https://api.chat.example/channels'] }];
    const changes = [
      { client_id: 'another' },
      { cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' } },
      { authorization_details: details },
    ];
    const answers = await Promise.all(changes.map((change, i) => ask({ jti: `4.${i}`, ...change })));
    expect(answers.map(({ body }) => body.error)).toEqual(['invalid_grant', 'invalid_grant', 'invalid_grant']);
  });
});
