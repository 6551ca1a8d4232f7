import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Users } from '../../lib/model/user.js';
import { verified } from '../support/jwt.js';
import { alice, api, callApi, type TestServer, testServer, token, web } from '../support/server.js';

const secret = 'the secret of a first-party app';
const till = { client_id: 'till', client_secret: secret };
const kiosk = { client_id: 'kiosk', client_secret: secret };
const clients = [{ ...till, grant_types: ['password', 'refresh_token'] }, { ...kiosk, grant_types: ['password'] }, web];
const email = { email: 'alice@example.com', email_verified: true };
const users: Users = {
  authenticate: ({ username, password }) =>
    username === 'alice' && password === alice.password && { id: 'alice', acr: 'urn:example:bronze', amr: ['pwd'] },
  find: (sub) => ({ id: sub, ...email }),
};

let server: TestServer;

beforeAll(async () => {
  server = await testServer({ options: { clients, users } });
});

afterAll(() => server.close());

const ask = (client: Record<string, string>, parameters: Record<string, string | undefined> = {}, url = server.url) =>
  token(url, { ...client, grant_type: 'password', scope: 'read:contacts', ...alice, ...parameters });

describe('the password grant', () => {
  it('gives an access token for the user, and a refresh token to a client that may use one', async () => {
    const { status, body } = await ask(till);
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        access_token: expect.any(String),
        refresh_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: 600,
        scope: 'read:contacts',
      },
    });
    expect(await (await callApi(server.url, body.access_token)).json()).toEqual({ sub: 'alice', clientId: 'till' });
  });

  it('gives a refresh token that is like all others', async () => {
    const first = await ask(till);
    const { status, body } = await token(server.url, { ...till, grant_type: 'refresh_token', refresh_token: first.body.refresh_token });
    expect(status).toBe(200);
    expect(body.refresh_token).not.toBe(first.body.refresh_token);
    expect((await callApi(server.url, body.access_token)).status).toBe(200);
  });

  it('gives no refresh token to a client that may not use one', async () => {
    expect((await ask(kiosk)).body).not.toHaveProperty('refresh_token');
  });

  it.each([
    ['with', till],
    ['without', kiosk],
  ])('signs in by OpenID Connect too, %s refresh tokens', async (_, client) => {
    const { body } = await ask(client, { scope: 'openid email' });
    expect((await verified(server.url, body.id_token)).claims).toMatchObject({ sub: 'alice', aud: client.client_id });
    const answer = await fetch(`${server.url}/oauth/userinfo`, { headers: { Authorization: `Bearer ${body.access_token}` } });
    expect(await answer.json()).toEqual({ sub: 'alice', ...email });
  });

  it('is a login: the ID token tells when and how it was, also after a refresh', async () => {
    const { body } = await ask(till, { scope: 'openid' });
    const { claims } = await verified(server.url, body.id_token);
    const { auth_time } = claims as { auth_time: number };
    expect(claims).toMatchObject({ azp: 'till', acr: 'urn:example:bronze', amr: ['pwd'] });
    expect(auth_time).toBe(server.now());
    server.sleep(10);
    const second = await token(server.url, { ...till, grant_type: 'refresh_token', refresh_token: body.refresh_token });
    expect((await verified(server.url, second.body.id_token)).claims).toMatchObject({ auth_time, acr: 'urn:example:bronze', amr: ['pwd'] });
  });

  it('is for the API whose scope is asked for', async () => {
    expect((await verified(server.url, (await ask(kiosk)).body.access_token)).claims).toMatchObject({ aud: api, sub: 'alice' });
  });

  it.each([
    ['a wrong password', { password: 'wrong' }, 'invalid_grant'],
    ['an unknown user', { username: 'nobody' }, 'invalid_grant'],
    ['no user name', { username: undefined }, 'invalid_request'],
    ['no password', { password: undefined }, 'invalid_request'],
    ['an unknown scope', { scope: 'everything' }, 'invalid_scope'],
  ])('refuses %s', async (_, parameters, error) => {
    const { status, body } = await ask(till, parameters);
    expect([status, body]).toEqual([400, { error, error_description: expect.any(String) }]);
  });

  it('says the same of an unknown user and of a wrong password', async () => {
    const [unknown, wrong] = [await ask(till, { username: 'nobody else' }), await ask(till, { password: 'wrong again' })];
    expect(unknown.body).toEqual(wrong.body);
  });

  it('is off by default: for a client that does not have it, and in the metadata', async () => {
    const server = await testServer({ options: { clients: [web] } });
    const { body } = await ask({ client_id: web.client_id, client_secret: web.client_secret }, {}, server.url);
    const metadata = (await (await fetch(`${server.url}/.well-known/openid-configuration`)).json()) as Record<string, string[]>;
    await server.close();
    expect(body.error).toBe('unauthorized_client');
    expect(metadata.grant_types_supported).not.toContain('password');
  });
});

describe('whoever guesses passwords', () => {
  let server: TestServer;
  let asked: number;

  beforeEach(async () => {
    asked = 0;
    const counting: Users = {
      authenticate({ username, password }) {
        asked += 1;
        return password === alice.password && { id: username };
      },
    };
    server = await testServer({ options: { clients, users: counting } });
  });

  afterEach(() => server.close());

  const guess = (parameters: Record<string, string> = {}, client = till) => ask(client, { password: 'wrong', ...parameters }, server.url);

  async function guessFiveTimes() {
    for (let i = 0; i < 5; i += 1) expect((await guess()).status).toBe(400);
  }

  it('has to wait after five failures, and is told how long', async () => {
    await guessFiveTimes();
    const { status, headers, body } = await guess({ password: alice.password });
    expect({ status, after: headers.get('retry-after'), error: body.error }).toEqual({ status: 429, after: '1', error: 'invalid_grant' });
    expect(asked).toBe(5);
  });

  it('has to wait twice as long each time', async () => {
    await guessFiveTimes();
    const waits = [];
    for (let i = 0; i < 4; i += 1) {
      const wait = Number((await guess()).headers.get('retry-after'));
      waits.push(wait);
      server.sleep(wait);
      expect((await guess()).status).toBe(400);
    }
    expect(waits).toEqual([1, 2, 4, 8]);
  });

  it('never has to wait for more than a quarter of an hour', async () => {
    await guessFiveTimes();
    let longest = 0;
    for (let i = 0; i < 13; i += 1) {
      const wait = Number((await guess()).headers.get('retry-after'));
      longest = Math.max(longest, wait);
      server.sleep(wait);
      await guess();
    }
    expect(longest).toBe(900);
  });

  it('gains nothing by guessing many at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => guess()));
    expect(answers.filter(({ status }) => status === 400).length).toBeLessThanOrEqual(5);
    expect(asked).toBeLessThanOrEqual(5);
  });

  it('gains nothing by other spellings of the name', async () => {
    for (const username of ['alice', 'Alice', ' alice', 'ALICE ', '\uff41lice']) expect((await guess({ username })).status).toBe(400);
    for (const username of ['aLICE', 'alice']) expect((await guess({ username })).status).toBe(429);
    expect(asked).toBe(5);
  });

  it('begins anew after a success', async () => {
    for (let i = 0; i < 4; i += 1) await guess();
    expect((await guess({ password: alice.password })).status).toBe(200);
    await guessFiveTimes();
  });

  it('keeps nobody else out: another user, and the same one at another client', async () => {
    await guessFiveTimes();
    expect((await guess({ username: 'bob', password: alice.password })).status).toBe(200);
    expect((await guess({ password: alice.password }, kiosk)).status).toBe(200);
  });

  it('is let in with the right password, once the wait is over', async () => {
    await guessFiveTimes();
    server.sleep(1);
    expect((await guess({ password: alice.password })).status).toBe(200);
  });
});
