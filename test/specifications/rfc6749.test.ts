/**
 * The example requests of RFC 6749, and the form of its example answers. Different here: redirects are 303 and carry `iss` (RFC 9207);
 * PKCE is required of all but clients that were freed from it; and a client secret has 16 characters at least, so that of section 2.3.1
 * stands in for the shorter one of the other sections.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ExtensionGrant } from '../../lib/config/options/index.js';
import { basic, type ExampleServer, exampleServer } from '../support/examples.js';
import { api } from '../support/server.js';

const client = { client_id: 's6BhdRkqt3', client_secret: '7Fjfp0ZBr1KtDRbnfVdmIw', redirect_uris: ['https://client.example.com/cb'] };
const authorization = basic(client.client_id, client.client_secret);
const johndoe = { username: 'johndoe', password: 'A3ddj3w' };

/** Section 4.5. */
const saml2Bearer: ExtensionGrant = {
  type: 'urn:ietf:params:oauth:grant-type:saml2-bearer',
  async redeem({ parameters }) {
    expect(parameters.need('assertion')).toBe('PEFzc2VydGlvbiBJc3N1ZUluc3RhbnQ');
    return { sub: 'johndoe', scope: ['read:contacts'], refresh: false };
  },
};

let server: ExampleServer;

beforeAll(async () => {
  const grant_types = ['authorization_code', 'refresh_token', 'implicit', 'password', 'client_credentials', saml2Bearer.type];
  server = await exampleServer({
    clients: [{ ...client, grant_types, response_types: ['code', 'token'], pkce: false }],
    users: { authenticate: ({ username, password }) => username === 'johndoe' && password === 'A3ddj3w' && { id: username } },
    grants: [saml2Bearer],
    apis: { [api]: { scopes: { 'read:contacts': 'See your contacts' }, defaultScopes: ['read:contacts'] } },
  });
});

afterAll(() => server.close());

/** Section 5.1: the headers of whatever holds a token. */
const headersOf = ({ headers }: { headers: Headers }) => ({
  type: headers.get('content-type')?.replace(' ', '').toLowerCase(),
  cache: headers.get('cache-control'),
  pragma: headers.get('pragma'),
});
const noStore = { type: 'application/json;charset=utf-8', cache: 'no-store', pragma: 'no-cache' };

const text = expect.stringMatching(/^[\x21-\x7e]+$/);
const bearer = { access_token: text, token_type: 'Bearer', expires_in: expect.any(Number), scope: 'read:contacts' };

const codeRequest = 'response_type=code&client_id=s6BhdRkqt3&state=xyz&redirect_uri=https%3A%2F%2Fclient%2Eexample%2Ecom%2Fcb';
const tokenRequest = codeRequest.replace('response_type=code', 'response_type=token');

async function redeemed(code: string | undefined, headers: Record<string, string> = authorization, more = '') {
  const body = `grant_type=authorization_code&code=${code}&redirect_uri=https%3A%2F%2Fclient%2Eexample%2Ecom%2Fcb${more}`;
  return server.post('/token', body, headers);
}

describe('section 4.1, the authorization code grant, by a client that was freed from PKCE', () => {
  it('4.1.1 and 4.1.2: answers the authorization request by a redirect with code and state', async () => {
    const { to, place, parameters } = await server.authorize(codeRequest, { person: johndoe });
    expect({ to, place, parameters }).toEqual({
      to: 'https://client.example.com/cb',
      place: 'query',
      parameters: { code: text, state: 'xyz', iss: server.url },
    });
  });

  it('4.1.2.1: answers with error and state where the user gives up', async () => {
    const { to, place, parameters } = await server.authorize(codeRequest, { person: johndoe, decision: 'cancel' });
    expect({ to, place, parameters }).toEqual({
      to: 'https://client.example.com/cb',
      place: 'query',
      parameters: { error: 'access_denied', error_description: expect.any(String), state: 'xyz', iss: server.url },
    });
  });

  it('4.1.3 and 4.1.4: answers the token request with tokens', async () => {
    const { parameters } = await server.authorize(codeRequest, { person: johndoe });
    const answer = await redeemed(parameters.code);
    expect([answer.status, headersOf(answer), answer.body]).toEqual([200, noStore, { ...bearer, refresh_token: text }]);
  });

  it('2.3.1: takes the client credentials in the body too', async () => {
    const { parameters } = await server.authorize(codeRequest, { person: johndoe });
    const answer = await redeemed(parameters.code, {}, '&client_id=s6BhdRkqt3&client_secret=7Fjfp0ZBr1KtDRbnfVdmIw');
    expect([answer.status, answer.body]).toEqual([200, { ...bearer, refresh_token: text }]);
  });
});

describe('section 4.2, the implicit grant, by a client that has it', () => {
  it('4.2.1 and 4.2.2: answers with the access token in the fragment', async () => {
    const { to, place, parameters } = await server.authorize(tokenRequest, { person: johndoe });
    expect({ to, place, parameters }).toEqual({
      to: 'https://client.example.com/cb',
      place: 'fragment',
      parameters: { ...bearer, expires_in: '600', state: 'xyz', iss: server.url },
    });
  });

  it('4.2.2.1: answers with the error in the fragment', async () => {
    const { place, parameters } = await server.authorize(tokenRequest, { person: johndoe, decision: 'cancel' });
    expect({ place, parameters }).toMatchObject({ place: 'fragment', parameters: { error: 'access_denied', state: 'xyz' } });
  });
});

describe('section 4.3, the password grant, by a client that has it', () => {
  it('4.3.2 and 4.3.3: answers with tokens', async () => {
    const answer = await server.post('/token', 'grant_type=password&username=johndoe&password=A3ddj3w', authorization);
    expect([answer.status, headersOf(answer), answer.body]).toEqual([200, noStore, { ...bearer, refresh_token: text }]);
  });
});

describe('section 4.4, the client credentials grant', () => {
  it('4.4.2 and 4.4.3: answers with an access token alone', async () => {
    const answer = await server.post('/token', 'grant_type=client_credentials', authorization);
    expect([answer.status, headersOf(answer), answer.body]).toEqual([200, noStore, bearer]);
  });
});

describe('section 4.5, extension grants', () => {
  it('answers the grant that the host has added', async () => {
    const body = 'grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Asaml2-bearer&assertion=PEFzc2VydGlvbiBJc3N1ZUluc3RhbnQ';
    const answer = await server.post('/token', body, authorization);
    expect([answer.status, headersOf(answer), answer.body]).toEqual([200, noStore, bearer]);
  });
});

describe('section 5.2, errors of the token endpoint', () => {
  it.each([
    ['invalid_request', 400, 'grant_type=authorization_code', authorization],
    ['invalid_client', 401, 'grant_type=client_credentials', basic('s6BhdRkqt3', 'another secret of some length')],
    ['invalid_grant', 400, 'grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA&redirect_uri=x', authorization],
    ['unsupported_grant_type', 400, 'grant_type=urn:example:none', authorization],
    ['invalid_scope', 400, 'grant_type=client_credentials&scope=everything', authorization],
  ])('answers %s with %d, as JSON that nobody keeps', async (error, status, body, headers) => {
    const answer = await server.post('/token', body, headers);
    expect([answer.status, answer.body]).toEqual([status, { error, error_description: expect.any(String) }]);
    expect(headersOf(answer)).toMatchObject({ type: noStore.type, cache: 'no-store' });
  });

  it('challenges a client that has tried by the Authorization header', async () => {
    const { headers } = await server.post('/token', 'grant_type=client_credentials', basic('s6BhdRkqt3', 'wrong'));
    expect(headers.get('www-authenticate')).toMatch(/^Basic /);
  });
});

describe('section 6, refreshing', () => {
  it('answers with a new access token, and as it may with a new refresh token', async () => {
    const first = await server.post('/token', 'grant_type=password&username=johndoe&password=A3ddj3w', authorization);
    const { refresh_token } = first.body;
    const answer = await server.post('/token', `grant_type=refresh_token&refresh_token=${refresh_token}`, authorization);
    expect([answer.status, headersOf(answer), answer.body]).toEqual([200, noStore, { ...bearer, refresh_token: text }]);
    expect(answer.body.refresh_token).not.toBe(refresh_token);
  });
});
