/** oauth4webapi: its check of access tokens takes ours, and it understands our challenges. RFC 9068, RFC 6750, RFC 9470, RFC 9728. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  allowInsecureRequests,
  discoveryRequest,
  processDiscoveryResponse,
  processResourceDiscoveryResponse,
  protectedResourceRequest,
  resourceDiscoveryRequest,
  validateJwtAccessToken,
  WWWAuthenticateChallengeError,
} from 'oauth4webapi';
import { freshCode, type TestServer, testServer, token } from '../support/server.js';

const http = { [allowInsecureRequests]: true };

let server: TestServer;
let api: string;
let access_token: string;

beforeAll(async () => {
  server = await testServer({
    optionsAt: (url) => ({ apis: { [`${url}/api`]: { scopes: { 'read:contacts': 'See them', 'create:contacts': 'Add some' } } } }),
  });
  api = `${server.url}/api`;
  server.app.get('/api/secret', server.oauth.protect({ scopes: ['create:contacts'], acrValues: ['gold'], maxAge: 60 }), (_req, res) => {
    res.end();
  });
  access_token = (await token(server.url, await freshCode(server.url))).body.access_token ?? '';
});

afterAll(() => server.close());

async function challengeOf(shown: string, method: string, path: string) {
  const asked = protectedResourceRequest(shown, method, new URL(`${server.url}${path}`), undefined, undefined, http);
  const error = await asked.catch((thrown: unknown) => thrown);
  if (!(error instanceof WWWAuthenticateChallengeError)) throw new Error('There was no challenge.');
  return { status: error.status, challenges: error.cause };
}

describe('oauth4webapi', () => {
  it('takes our access token', async () => {
    const issuer = new URL(server.url);
    const as = await processDiscoveryResponse(issuer, await discoveryRequest(issuer, { algorithm: 'oauth2', ...http }));
    const request = new Request(`${api}/contacts`, { headers: { Authorization: `Bearer ${access_token}` } });
    expect(await validateJwtAccessToken(as, request, api, http)).toMatchObject({ sub: 'alice', client_id: 'web', scope: 'read:contacts' });
  });

  it('reads the metadata of our API', async () => {
    const resource = new URL(api);
    const document = await processResourceDiscoveryResponse(resource, await resourceDiscoveryRequest(resource, http));
    expect(document).toMatchObject({ resource: api, authorization_servers: [server.url] });
  });

  const resource_metadata = () => `${server.url}/.well-known/oauth-protected-resource/api`;

  it.each([
    ['a token that is none', 'GET', '/api/contacts', () => 'a', 401, { error: 'invalid_token', scope: 'read:contacts' }],
    ['a lack of scope', 'POST', '/api/contacts', () => access_token, 403, { error: 'insufficient_scope', scope: 'create:contacts' }],
    [
      'a lack of everything',
      'GET',
      '/api/secret',
      () => access_token,
      401,
      { error: 'insufficient_user_authentication', scope: 'create:contacts', acr_values: 'gold', max_age: '60' },
    ],
  ])('understands the challenge to %s', async (_, method, path, shown, status, parameters) => {
    expect(await challengeOf(shown(), method, path)).toEqual({
      status,
      challenges: [
        {
          scheme: 'bearer',
          parameters: { error_description: expect.any(String), resource_metadata: resource_metadata(), ...parameters },
        },
      ],
    });
  });
});
