/**
 * The example of RFC 7523 section 4 (an assertion as a grant), with times of now. Different here: the client authenticates, which the RFC
 * leaves open; and the example's `aud` is the one that the host has set, as it is not this server's issuer.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignJWT } from 'jose';
import { systemClock } from '../../lib/platform/clock.js';
import { basic, type ExampleServer, exampleServer } from '../support/examples.js';
import { signingKey } from '../support/identity-provider.js';

const client = { client_id: 's6BhdRkqt3', client_secret: '7Fjfp0ZBr1KtDRbnfVdmIw' };
const key = await signingKey('16');
const claims = {
  iss: 'https://jwt-idp.example.com',
  sub: 'mailto:mike@example.com',
  aud: 'https://jwt-rp.example.net',
  nbf: systemClock(),
  exp: systemClock() + 3600,
  'http://claims.example.com/member': true,
};

let server: ExampleServer;

beforeAll(async () => {
  server = await exampleServer({
    clients: [{ ...client, grant_types: ['urn:ietf:params:oauth:grant-type:jwt-bearer'] }],
    trustedIssuers: [
      {
        issuer: 'https://jwt-idp.example.com',
        profile: 'workload',
        clients: [client.client_id],
        subjects: (all) => all['http://claims.example.com/member'] === true,
        audience: 'https://jwt-rp.example.net',
        jwks: { keys: [key.jwk] },
        user: ({ sub }) => ({ id: sub.replace('mailto:', '') }),
      },
    ],
  });
});

afterAll(() => server.close());

async function ask(changes: Readonly<Record<string, unknown>> = {}, headers = basic(client.client_id, client.client_secret)) {
  const assertion = await new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg: 'ES256', kid: '16' }).sign(key.privateKey);
  const body = `grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=${assertion}`;
  return server.post('/token', body, headers);
}

describe('section 4, the example of an authorization grant', () => {
  it('answers with an access token for the user that the assertion names', async () => {
    const { status, body } = await ask();
    expect([status, body.token_type]).toEqual([200, 'Bearer']);
    expect((await server.verified(body.access_token)).claims.sub).toBe('mike@example.com');
  });
});

describe('section 3, what an assertion must say', () => {
  it.each([
    ['1: iss', { iss: undefined }],
    ['2: sub', { sub: undefined }],
    ['3: aud', { aud: undefined }],
    ['3: an aud that identifies this server', { aud: 'https://other.example.net' }],
    ['4: exp', { exp: undefined }],
    ['4: an exp that has not passed', { exp: systemClock() - 60 }],
    ['5: an nbf that has passed', { nbf: systemClock() + 60 }],
  ])('%s', async (_, changes) => {
    const { status, body } = await ask(changes);
    expect([status, body.error]).toEqual([400, 'invalid_grant']);
  });
});

describe('section 3.1, the error', () => {
  it('is invalid_grant with a sentence that says what was wrong', async () => {
    const { status, headers, body } = await ask({ aud: 'https://other.example.net' });
    expect([status, headers.get('cache-control')]).toEqual([400, 'no-store']);
    expect(body).toEqual({
      error: 'invalid_grant',
      error_description: 'The aud of the assertion must be https://jwt-rp.example.net, and nothing besides.',
    });
  });

  it('is invalid_client, where client authentication is what failed', async () => {
    const { status, body } = await ask({}, basic(client.client_id, 'another secret'));
    expect([status, body.error]).toEqual([401, 'invalid_client']);
  });
});
