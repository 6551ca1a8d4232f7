/** Clients of old, which were freed from PKCE; the rest of this grant is in test/flows. RFC 6749 section 4.1.3, RFC 9700 section 4.8.2. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { answerTo, type Changes, requestUrl } from '../support/answers.js';
import { pkce, type TestServer, testServer, token, web } from '../support/server.js';

const old = { client_id: 'old', client_secret: 'the secret of an old client', redirect_uris: ['https://old.example.com/callback'] };
const [redirect_uri] = old.redirect_uris;

let server: TestServer;

beforeAll(async () => {
  server = await testServer({ options: { clients: [{ ...old, pkce: false }, web] } });
});

afterAll(() => server.close());

async function codeFor(changes: Changes = {}): Promise<string | undefined> {
  const request = { client_id: 'old', redirect_uri, response_type: 'code', scope: 'read:contacts' };
  return (await answerTo(requestUrl(server.url, { ...request, ...changes }))).parameters.code;
}

function redeem(parameters: Changes) {
  const { client_id, client_secret } = old;
  return token(server.url, { client_id, client_secret, grant_type: 'authorization_code', redirect_uri, ...parameters });
}

describe('a client that was freed from PKCE', () => {
  it('redeems a code with its secret and the redirect_uri', async () => {
    expect((await redeem({ code: await codeFor() })).status).toBe(200);
  });

  it('has to name the redirect_uri again, which nothing else binds to the code', async () => {
    const { status, body } = await redeem({ code: await codeFor(), redirect_uri: undefined });
    expect([status, body.error]).toEqual([400, 'invalid_request']);
  });

  it('is refused with another redirect_uri', async () => {
    expect((await redeem({ code: await codeFor(), redirect_uri: 'https://old.example.com/other' })).body.error).toBe('invalid_grant');
  });

  it('is refused with a code_verifier where no code_challenge was: somebody may have taken it out of the request', async () => {
    expect((await redeem({ code: await codeFor(), code_verifier: pkce().code_verifier })).body.error).toBe('invalid_grant');
  });

  it('may use PKCE all the same, and is held to it then', async () => {
    const { code_verifier, code_challenge } = pkce();
    const code = await codeFor({ code_challenge, code_challenge_method: 'S256' });
    expect((await redeem({ code })).body.error).toBe('invalid_request');
    expect((await redeem({ code, code_verifier: pkce().code_verifier })).body.error).toBe('invalid_grant');
    expect((await redeem({ code, code_verifier, redirect_uri: undefined })).status).toBe(200);
  });

  it('frees no other client', async () => {
    const request = { client_id: web.client_id, redirect_uri: web.redirect_uris[0], response_type: 'code', scope: 'read:contacts' };
    expect((await answerTo(requestUrl(server.url, request))).parameters.error).toBe('invalid_request');
  });
});
