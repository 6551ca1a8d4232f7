/**
 * The example requests of OpenID Connect Core, and the form of its example answers. Different here: redirects are 303 and carry `iss`
 * (RFC 9207); PKCE is required of all but clients that were freed from it; the token response always has a `scope`, and the ID token `azp`.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ExampleServer, exampleServer } from '../support/examples.js';
import { leftHalf } from '../support/jwt.js';

const client = { client_id: 's6BhdRkqt3', client_secret: 'some_secret12345', redirect_uris: ['https://client.example.org/cb'] };
const credentials = 'client_id=s6BhdRkqt3&client_secret=some_secret12345';

const jane = {
  sub: '248289761001',
  name: 'Jane Doe',
  given_name: 'Jane',
  family_name: 'Doe',
  preferred_username: 'j.doe',
  email: 'janedoe@example.com',
  picture: 'http://example.com/janedoe/me.jpg',
};
const groups = { 'http://example.info/claims/groups': ['readers'] };

let server: ExampleServer;

beforeAll(async () => {
  server = await exampleServer({
    clients: [{ ...client, response_types: ['code', 'id_token', 'id_token token', 'code id_token'], pkce: false }],
    users: { authenticate: () => ({ ...jane, acr: 'urn:mace:incommon:iap:silver' }), claims: () => ({ ...jane, ...groups }) },
  });
});

afterAll(() => server.close());

const common = 'client_id=s6BhdRkqt3&state=af0ifjsldkj&redirect_uri=https%3A%2F%2Fclient.example.org%2Fcb';
const codeRequest = `response_type=code&scope=openid%20profile%20email&${common}`;
const text = expect.stringMatching(/^[\x21-\x7e]+$/);

async function tokensFor(request: string) {
  const { parameters } = await server.authorize(request);
  const body = `grant_type=authorization_code&code=${parameters.code}&redirect_uri=https%3A%2F%2Fclient.example.org%2Fcb&${credentials}`;
  return server.post('/token', body);
}

const userinfo = (access_token: string | undefined) =>
  fetch(`${server.url}/userinfo`, { headers: { Authorization: `Bearer ${access_token}` } });

describe('section 3.1, the authorization code flow, by a client that was freed from PKCE', () => {
  it('3.1.2.1 and 3.1.2.5: answers with code and state', async () => {
    const { to, place, parameters } = await server.authorize(codeRequest);
    expect({ to, place, parameters }).toEqual({
      to: 'https://client.example.org/cb',
      place: 'query',
      parameters: { code: text, state: 'af0ifjsldkj', iss: server.url },
    });
  });

  it('3.1.2.6: answers with error, error_description and state', async () => {
    const { to, place, parameters } = await server.authorize(codeRequest.replace('response_type=code', 'response_type=cod'));
    expect({ to, place, parameters }).toEqual({
      to: 'https://client.example.org/cb',
      place: 'query',
      parameters: { error: 'unsupported_response_type', error_description: expect.any(String), state: 'af0ifjsldkj', iss: server.url },
    });
  });

  it('3.1.3.1 and 3.1.3.3: answers the token request with an ID token', async () => {
    const { status, headers, body } = await tokensFor(codeRequest);
    expect([status, headers.get('cache-control'), body]).toEqual([
      200,
      'no-store',
      {
        access_token: text,
        token_type: 'Bearer',
        refresh_token: text,
        expires_in: expect.any(Number),
        id_token: text,
        scope: 'openid profile email',
      },
    ]);
  });

  it('2: puts into the ID token the claims of the example', async () => {
    const { body } = await tokensFor(`${codeRequest}&nonce=n-0S6_WzA2Mj`);
    const { claims } = await server.verified(body.id_token);
    const { iat } = claims as { iat: number };
    expect(claims).toEqual({
      iss: server.url,
      sub: '248289761001',
      aud: 's6BhdRkqt3',
      azp: 's6BhdRkqt3',
      nonce: 'n-0S6_WzA2Mj',
      exp: iat + 3_600,
      iat: expect.any(Number),
      auth_time: expect.any(Number),
      acr: 'urn:mace:incommon:iap:silver',
      sid: text,
      at_hash: leftHalf(body.access_token),
    });
  });
});

describe('section 3.2, the implicit flow', () => {
  const request = `response_type=id_token%20token&scope=openid%20profile&nonce=n-0S6_WzA2Mj&${common}`;

  it('3.2.2.1 and 3.2.2.5: answers with both tokens in the fragment', async () => {
    const { to, place, parameters } = await server.authorize(request);
    expect({ to, place, parameters }).toEqual({
      to: 'https://client.example.org/cb',
      place: 'fragment',
      parameters: {
        access_token: text,
        token_type: 'Bearer',
        id_token: text,
        expires_in: expect.stringMatching(/^\d+$/),
        scope: 'openid profile',
        state: 'af0ifjsldkj',
        iss: server.url,
      },
    });
  });

  it('3.2.2.9 and 3.2.2.10: binds the access token to the ID token by at_hash, and that to the request by nonce', async () => {
    const { access_token, id_token } = (await server.authorize(request)).parameters;
    expect((await server.verified(id_token)).claims).toMatchObject({ at_hash: leftHalf(access_token), nonce: 'n-0S6_WzA2Mj' });
  });
});

describe('section 3.3, the hybrid flow', () => {
  const request = `response_type=code%20id_token&scope=openid%20profile%20email&nonce=n-0S6_WzA2Mj&${common}`;

  it('3.3.2.1 and 3.3.2.5: answers with the code and the ID token in the fragment', async () => {
    const { to, place, parameters } = await server.authorize(request);
    expect({ to, place, parameters }).toEqual({
      to: 'https://client.example.org/cb',
      place: 'fragment',
      parameters: { code: text, id_token: text, state: 'af0ifjsldkj', iss: server.url },
    });
  });

  it('3.3.2.11: binds the code to the ID token by c_hash', async () => {
    const { code, id_token } = (await server.authorize(request)).parameters;
    expect((await server.verified(id_token)).claims.c_hash).toBe(leftHalf(code));
  });

  it('3.3.3.6: says the same of the user in both ID tokens', async () => {
    const { parameters } = await server.authorize(request);
    const body = `grant_type=authorization_code&code=${parameters.code}&redirect_uri=https%3A%2F%2Fclient.example.org%2Fcb&${credentials}`;
    const second = await server.verified((await server.post('/token', body)).body.id_token);
    const { iss, sub, auth_time, acr, nonce } = (await server.verified(parameters.id_token)).claims;
    expect(second.claims).toMatchObject({ iss, sub, auth_time, acr, nonce });
  });
});

describe('section 5.3, userinfo', () => {
  it('5.3.1 and 5.3.2: answers with the claims of the scopes', async () => {
    const { body } = await tokensFor(codeRequest);
    const answer = await userinfo(body.access_token);
    expect([answer.status, answer.headers.get('content-type'), await answer.json()]).toEqual([
      200,
      expect.stringMatching(/^application\/json\b/),
      jane,
    ]);
  });

  it('5.3.3: answers with a challenge that names the error', async () => {
    const answer = await userinfo('SlAV32hkKG');
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringMatching(/^Bearer error="invalid_token", error_description="[^"]+"$/),
    ]);
  });
});

describe('section 5.5, the parameter claims', () => {
  const claims = {
    userinfo: {
      given_name: { essential: true },
      nickname: null,
      email: { essential: true },
      email_verified: { essential: true },
      picture: null,
      'http://example.info/claims/groups': null,
    },
    id_token: { auth_time: { essential: true }, acr: { values: ['urn:mace:incommon:iap:silver'] } },
  };

  it('gives of the example what there is, each where it was asked for', async () => {
    const { body } = await tokensFor(`response_type=code&scope=openid&${common}&claims=${encodeURIComponent(JSON.stringify(claims))}`);
    const { sub, given_name, email, picture } = jane;
    expect(await (await userinfo(body.access_token)).json()).toEqual({ sub, given_name, email, picture, ...groups });
    expect((await server.verified(body.id_token)).claims).toMatchObject({
      auth_time: expect.any(Number),
      acr: 'urn:mace:incommon:iap:silver',
    });
  });
});

describe('section 12, refreshing', () => {
  it('12.1 and 12.2: answers with new tokens for the scope that was asked for, and an ID token of the same login', async () => {
    const first = await tokensFor(codeRequest);
    const request = `grant_type=refresh_token&refresh_token=${first.body.refresh_token}&scope=openid%20profile`;
    const { status, headers, body } = await server.post('/token', `${credentials}&${request}`);
    expect([status, headers.get('cache-control'), body]).toEqual([
      200,
      'no-store',
      {
        access_token: text,
        token_type: 'Bearer',
        refresh_token: text,
        expires_in: expect.any(Number),
        id_token: text,
        scope: 'openid profile',
      },
    ]);
    const { iss, sub, aud, auth_time } = (await server.verified(first.body.id_token)).claims;
    expect((await server.verified(body.id_token)).claims).toMatchObject({ iss, sub, aud, auth_time });
  });
});

describe('appendix A.4', () => {
  it('hashes the access token and the code as the example does', () => {
    expect(leftHalf('jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y')).toBe('77QmUPtjPfzWtF2AnpK9RQ');
    expect(leftHalf('Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk')).toBe('LDktKdoQak3Pk0cnXxCltA');
  });
});
