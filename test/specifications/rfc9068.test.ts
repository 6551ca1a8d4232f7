/** The examples of RFC 9068 (JWT access tokens). Different here: the signature is ES256, and `jti` names the authorization. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { basic, type ExampleServer, exampleServer } from '../support/examples.js';

const client = { client_id: 's6BhdRkqt3', client_secret: '7Fjfp0ZBr1KtDRbnfVdmIw', redirect_uris: ['https://client.example.com/cb'] };
const authorization = basic(client.client_id, client.client_secret);

let server: ExampleServer;

beforeAll(async () => {
  const machine = { ...client, client_id: 'machine', grant_types: ['client_credentials'] };
  server = await exampleServer(
    {
      clients: [{ ...client, pkce: false }, machine],
      users: { authenticate: () => ({ id: '5ba552d67', acr: 'urn:mace:incommon:iap:silver', amr: ['pwd'] }) },
      apis: { 'https://rs.example.com/': { scopes: { reademail: 'Read your mail' } } },
    },
    'reademail',
  );
});

afterAll(() => server.close());

const request =
  'response_type=code&client_id=s6BhdRkqt3&state=xyz&scope=openid%20profile%20reademail' +
  '&redirect_uri=https%3A%2F%2Fclient%2Eexample%2Ecom%2Fcb&resource=https%3A%2F%2Frs.example.com%2F';

async function tokens() {
  const { parameters } = await server.authorize(request);
  const body = `grant_type=authorization_code&code=${parameters.code}&redirect_uri=https%3A%2F%2Fclient%2Eexample%2Ecom%2Fcb`;
  return (await server.post('/token', body, authorization)).body;
}

describe('section 3, requesting a JWT access token', () => {
  it('answers the example request with a token of the type, and with the claims, of section 2', async () => {
    const { header, claims } = await server.verified((await tokens()).access_token);
    expect(header).toEqual({ typ: 'at+jwt', alg: 'ES256', kid: expect.any(String) });
    expect(claims).toEqual({
      iss: server.url,
      sub: '5ba552d67',
      aud: 'https://rs.example.com/',
      exp: (claims.iat as number) + 600,
      iat: expect.any(Number),
      jti: expect.any(String),
      client_id: 's6BhdRkqt3',
      scope: 'openid profile reademail',
      // section 2.2.1
      auth_time: expect.any(Number),
      acr: 'urn:mace:incommon:iap:silver',
      amr: ['pwd'],
    });
  });

  it('2.2: gives each token a jti of its own', async () => {
    const [one, other] = [await server.verified((await tokens()).access_token), await server.verified((await tokens()).access_token)];
    expect(one.claims.jti).not.toBe(other.claims.jti);
  });

  it('2.2: names the client as the subject where there is no user', async () => {
    const { body } = await server.post('/token', 'grant_type=client_credentials&scope=reademail', basic('machine', client.client_secret));
    const { claims } = await server.verified(body.access_token);
    expect(claims).toMatchObject({ sub: 'machine', client_id: 'machine' });
    expect(claims).not.toHaveProperty('auth_time');
  });
});

describe('section 4, checking a JWT access token', () => {
  const ask = (token: string | undefined) => fetch(`${server.url}/resource`, { headers: { Authorization: `Bearer ${token}` } });

  it('lets it pass, and nothing that was made for something else: not the ID token of the same answer', async () => {
    const { access_token, id_token } = await tokens();
    expect([(await ask(access_token)).status, (await ask(id_token)).status]).toEqual([200, 401]);
  });

  it('refuses one that is for another audience', async () => {
    const { parameters } = await server.authorize(request.replace('%20reademail', '').replace(/&resource=.*$/, ''));
    const body = `grant_type=authorization_code&code=${parameters.code}&redirect_uri=https%3A%2F%2Fclient%2Eexample%2Ecom%2Fcb`;
    const { access_token } = (await server.post('/token', body, authorization)).body;
    expect((await server.verified(access_token)).claims.aud).toBe(server.url);
    expect((await ask(access_token)).status).toBe(401);
  });

  it('refuses it when it has expired, with invalid_token', async () => {
    const { access_token } = await tokens();
    server.sleep(601);
    const answer = await ask(access_token);
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('error="invalid_token"')]);
  });
});
