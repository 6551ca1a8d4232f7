/**
 * The examples and sentences of RFC 8707 (resource indicators). Different here: an access token is for one API, so several at the token
 * endpoint are refused; the client of the example is freed from PKCE, as the examples have none.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { basic, type ExampleServer, exampleServer } from '../support/examples.js';

const cal = 'https://cal.example.com/';
const contacts = 'https://contacts.example.com/';
const app = 'https://api.example.com/app/';
const client = { client_id: 's6BhdRkqt3', client_secret: 'hs1mpleter123 and more', redirect_uris: ['https://client.example.org/cb'] };
const implicit = {
  client_id: 'example-client',
  redirect_uris: ['https://client.example.org/cb'],
  grant_types: ['implicit'],
  response_types: ['token'],
  scope: 'use',
};
const authorization = basic(client.client_id, client.client_secret);

let server: ExampleServer;

beforeAll(async () => {
  server = await exampleServer({
    clients: [{ ...client, pkce: false }, implicit],
    users: { authenticate: () => ({ id: '__b_c' }) },
    apis: {
      [cal]: { scopes: { calendar: 'See your calendar' }, lifetimes: { accessToken: 3600 } },
      [contacts]: { scopes: { contacts: 'See your contacts' }, lifetimes: { accessToken: 3600 } },
      [app]: { scopes: { use: 'Use the app' } },
    },
  });
});

afterAll(() => server.close());

const request =
  'response_type=code&client_id=s6BhdRkqt3&state=tNwzQ87pC6llebpmac_IDeeq-mCR2wLDYljHUZUAWuI' +
  '&redirect_uri=https%3A%2F%2Fclient.example.org%2Fcb&scope=calendar%20contacts';
const both = '&resource=https%3A%2F%2Fcal.example.com%2F&resource=https%3A%2F%2Fcontacts.example.com%2F';

async function codeFor(query: string): Promise<string | undefined> {
  return (await server.authorize(query)).parameters.code;
}

const redeem = (code: string | undefined, more: string) =>
  server.post(
    '/token',
    `grant_type=authorization_code&redirect_uri=https%3A%2F%2Fclient.example.org%2Fcb&code=${code}${more}`,
    authorization,
  );

const refresh = (token: string | undefined, more: string) =>
  server.post('/token', `grant_type=refresh_token&refresh_token=${token}${more}`, authorization);

describe('section 2, the parameter resource', () => {
  it.each([
    ['"Its value MUST be an absolute URI"', 'cal'],
    ['"The URI MUST NOT include a fragment component"', `${cal}#day`],
    ['"The requested resource is invalid, missing, unknown, or malformed"', 'https://unknown.example.com/'],
  ])('%s: invalid_target', async (_, resource) => {
    const { parameters } = await server.authorize(`${request}&resource=${encodeURIComponent(resource)}`);
    expect(parameters).toMatchObject({ error: 'invalid_target', state: 'tNwzQ87pC6llebpmac_IDeeq-mCR2wLDYljHUZUAWuI' });
    expect(parameters).not.toHaveProperty('code');
  });

  it('"Multiple resource parameters MAY be used to indicate that the requested token is intended to be used at multiple resources"', async () => {
    expect(await codeFor(request + both)).toEqual(expect.any(String));
  });

  it('"a predefined default resource value" where there is none: the API of the scopes', async () => {
    const { body } = await redeem(await codeFor(request.replace('calendar%20contacts', 'contacts')), '');
    expect((await server.verified(body.access_token)).claims.aud).toBe(contacts);
  });

  it('"MAY fail requests that omit the parameter": with invalid_scope, as RFC 9068 section 3 has it where the scopes are of different APIs', async () => {
    expect((await server.authorize(request)).parameters.error).toBe('invalid_scope');
  });
});

describe('section 2.1, the authorization request', () => {
  it('figure 1: for an access token at once', async () => {
    const { place, parameters } = await server.authorize(
      'response_type=token&client_id=example-client&state=XzZaJlcwYew1u0QBrRv_Gw' +
        '&redirect_uri=https%3A%2F%2Fclient.example.org%2Fcb&resource=https%3A%2F%2Fapi.example.com%2Fapp%2F',
    );
    expect([place, parameters.state]).toEqual(['fragment', 'XzZaJlcwYew1u0QBrRv_Gw']);
    expect((await server.verified(parameters.access_token)).claims).toMatchObject({ aud: app, scope: 'use' });
  });

  it('figure 2: for a code that is good for two', async () => {
    const { to, parameters } = await server.authorize(request + both);
    expect([to, parameters.state, parameters.code]).toEqual([
      'https://client.example.org/cb',
      'tNwzQ87pC6llebpmac_IDeeq-mCR2wLDYljHUZUAWuI',
      expect.any(String),
    ]);
  });
});

describe('section 2.2, the access token request', () => {
  it('figures 3 and 4: the code, for the calendar', async () => {
    const { status, body } = await redeem(await codeFor(request + both), '&resource=https%3A%2F%2Fcal.example.com%2F');
    expect([status, body]).toEqual([
      200,
      {
        access_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: 3600,
        refresh_token: expect.any(String),
        scope: 'calendar',
      },
    ]);
  });

  it('figure 5: what the token says', async () => {
    const { body } = await redeem(await codeFor(request + both), '&resource=https%3A%2F%2Fcal.example.com%2F');
    expect((await server.verified(body.access_token)).claims).toMatchObject({
      iss: server.url,
      sub: '__b_c',
      exp: expect.any(Number),
      scope: 'calendar',
      aud: 'https://cal.example.com/',
    });
  });

  it('figures 6, 7 and 8: the refresh token, for the contacts', async () => {
    const first = await redeem(await codeFor(request + both), '&resource=https%3A%2F%2Fcal.example.com%2F');
    const { status, body } = await refresh(first.body.refresh_token, '&resource=https%3A%2F%2Fcontacts.example.com%2F');
    expect([status, body.scope, body.expires_in]).toEqual([200, 'contacts', 3600]);
    const { claims } = await server.verified(body.access_token);
    expect(claims).toMatchObject({ sub: '__b_c', scope: 'contacts', aud: 'https://contacts.example.com/' });
  });

  it('without the parameter the token is for the first of those that were allowed', async () => {
    const { body } = await redeem(await codeFor(request + both), '');
    expect((await server.verified(body.access_token)).claims).toMatchObject({ aud: cal, scope: 'calendar' });
  });

  it('only for what was allowed: else invalid_target, and the code is not spent', async () => {
    const code = await codeFor(`${request.replace('calendar%20contacts', 'calendar')}&resource=https%3A%2F%2Fcal.example.com%2F`);
    const refused = await redeem(code, '&resource=https%3A%2F%2Fcontacts.example.com%2F');
    expect([refused.status, refused.body.error]).toEqual([400, 'invalid_target']);
    const { body } = await redeem(code, ''); // which was not spent
    const again = await refresh(body.refresh_token, '&resource=https%3A%2F%2Fcontacts.example.com%2F');
    expect([again.status, again.body.error]).toEqual([400, 'invalid_target']);
  });

  it('several at once are refused: an access token is for one, as section 3 advises', async () => {
    const { status, body } = await redeem(await codeFor(request + both), both);
    expect([status, body.error]).toEqual([400, 'invalid_target']);
  });
});
