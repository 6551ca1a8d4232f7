/** The authorization code flow, step by step. RFC 6749 section 4.1. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent } from '../support/agent.js';
import { authorizeUrl, callApi, freshCode, pkce, type TestServer, testServer, token, walk } from '../support/server.js';

describe('the authorization code flow', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await testServer();
  });

  afterAll(() => server.close());

  it('ends with an access token that the API accepts', async () => {
    const { body } = await token(server.url, await freshCode(server.url));
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: 'read:contacts', refresh_token: expect.any(String) });
    const answer = await callApi(server.url, body.access_token);
    expect(await answer.json()).toEqual({ sub: 'alice', clientId: 'web' });
  });

  it('gives state and iss with the code', async () => {
    const callback = await walk(new Agent(server.url), authorizeUrl(server.url, pkce().code_challenge));
    expect(Object.fromEntries(callback.searchParams)).toEqual({ code: expect.any(String), state: 'a state', iss: server.url });
  });
});
