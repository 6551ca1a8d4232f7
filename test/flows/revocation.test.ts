/** A client gives back what it was given, and it is worth nothing from then on, wherever it is shown. RFC 7009. */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Cluster, startCluster, until } from '../support/cluster.js';
import { basic } from '../support/examples.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { callApi, web } from '../support/server.js';
import { apis, as, calendar, callsTo, clients, contacts, post, type TokenServer, tokenServer } from '../support/token-server.js';

let server: TokenServer;
let url: string;

beforeAll(async () => {
  server = await tokenServer({});
  url = server.url;
});

afterAll(() => server.close());

/** A signed token and a reference of one authorization, and its refresh token. */
async function both() {
  const { body: first } = await server.tokens({ resource: [contacts, calendar], scope: 'read:contacts read:events' });
  const { body } = await server.refresh(first.refresh_token, { resource: calendar });
  const { access_token: jwt } = first;
  const { access_token: reference, refresh_token } = body;
  expect([await server.callContacts(jwt), await server.callEvents(reference)]).toEqual([200, 200]);
  return { jwt, reference, refresh_token, rotated: first.refresh_token };
}

const revoked = { status: 200, text: '' };

describe('a refresh token that is given back', () => {
  it('is answered with 200, and nothing that anybody should keep', async () => {
    const { refresh_token } = await both();
    const answer = await server.revoke(refresh_token);
    expect(answer).toMatchObject(revoked);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('cannot be used again', async () => {
    const { refresh_token } = await both();
    await server.revoke(refresh_token);
    expect(await server.refresh(refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  it('ends a reference at once', async () => {
    const { reference, refresh_token } = await both();
    await server.revoke(refresh_token);
    expect(await server.callEvents(reference)).toBe(401);
    expect(await server.isActive(reference, 'calendar-api')).toBe(false);
  });

  it('ends a JWT at once, at the API of the same process and at introspection', async () => {
    const { jwt, refresh_token } = await both();
    await server.revoke(refresh_token);
    expect(await server.callContacts(jwt)).toBe(401);
    expect(await server.isActive(jwt)).toBe(false);
  });

  it('ends its successors too, if it was replaced', async () => {
    const { jwt, reference, refresh_token, rotated } = await both();
    expect(await server.revoke(rotated)).toMatchObject(revoked);
    expect((await server.refresh(refresh_token)).status).toBe(400);
    expect([await server.callContacts(jwt), await server.callEvents(reference)]).toEqual([401, 401]);
  });

  it('is not taken for replayed: no refresh is possible even within the grace time', async () => {
    const { refresh_token, rotated } = await both();
    await server.revoke(refresh_token);
    expect((await server.refresh(rotated)).status).toBe(400);
  });

  it('ends the code that it came from: it is unknown, no longer replayed', async () => {
    const { callback, code_verifier } = await server.authorize();
    const redemption = { grant_type: 'authorization_code', code: callback.searchParams.get('code') ?? '', code_verifier, ...as('web') };
    const { body } = await post(`${url}/oauth/token`, redemption);
    await server.revoke(body.refresh_token as string);
    expect(await post(`${url}/oauth/token`, redemption)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  it('leaves other authorizations of the same user and client alone', async () => {
    const [one, other] = [await both(), await both()];
    await server.revoke(one.refresh_token);
    expect([await server.callContacts(other.jwt), await server.callEvents(other.reference)]).toEqual([200, 200]);
    expect((await server.refresh(other.refresh_token)).status).toBe(200);
  });

  it('does not make the user be asked again: consent is another thing', async () => {
    const { refresh_token } = await both();
    await server.revoke(refresh_token);
    const { callback } = await server.authorize({ resource: [contacts, calendar], scope: 'read:contacts read:events', prompt: 'none' });
    expect(callback.searchParams.get('code')).not.toBeNull();
  });

  it('ends userinfo', async () => {
    const { body } = await server.tokens({ scope: 'openid' });
    const userinfo = async () =>
      (await fetch(`${url}/oauth/userinfo`, { headers: { Authorization: `Bearer ${body.access_token}` } })).status;
    expect(await userinfo()).toBe(200);
    await server.revoke(body.refresh_token);
    expect(await userinfo()).toBe(401);
  });
});

describe('an access token that is given back', () => {
  it.each(['jwt', 'reference'] as const)('ends alone: %s', async (kind) => {
    const tokens = await both();
    expect(await server.revoke(tokens[kind])).toMatchObject(revoked);
    const statuses = { jwt: await server.callContacts(tokens.jwt), reference: await server.callEvents(tokens.reference) };
    expect(statuses).toEqual({ jwt: 200, reference: 200, [kind]: 401 });
    expect((await server.refresh(tokens.refresh_token)).status).toBe(200);
  });

  it.each([
    ['jwt', 'contacts-api'],
    ['reference', 'calendar-api'],
  ] as const)('is inactive at once: %s', async (kind, client) => {
    const tokens = await both();
    await server.revoke(tokens[kind]);
    expect(await server.isActive(tokens[kind], client)).toBe(false);
  });

  it.each([
    ['a JWT', { scope: 'read:contacts' }, 'contacts-api'],
    ['a reference', { resource: calendar }, 'calendar-api'],
  ])('may be a machine’s: %s', async (_, fields, client) => {
    const [{ body }, { body: another }] = [await server.machineToken(fields), await server.machineToken(fields)];
    expect(await server.isActive(body.access_token, client)).toBe(true);
    expect(await server.revoke(body.access_token, 'machine')).toMatchObject(revoked);
    expect(await server.isActive(body.access_token, client)).toBe(false);
    expect(await server.isActive(another.access_token, client)).toBe(true);
  });
});

describe('the request', () => {
  const hints = ['access_token', 'refresh_token', 'id_token', 'nonsense', '\u0000'];

  it.each(hints)('may have any token_type_hint with a refresh token: %j', async (token_type_hint) => {
    const { refresh_token } = await both();
    expect(await server.revoke(refresh_token, 'web', { token_type_hint })).toMatchObject(revoked);
    expect((await server.refresh(refresh_token)).status).toBe(400);
  });

  it.each(hints)('may have any token_type_hint with an access token: %j', async (token_type_hint) => {
    const { jwt, refresh_token } = await both();
    expect(await server.revoke(jwt, 'web', { token_type_hint })).toMatchObject(revoked);
    expect([await server.callContacts(jwt), (await server.refresh(refresh_token)).status]).toEqual([401, 200]);
  });

  it('may come from a public client, about its own tokens', async () => {
    const { body } = await server.tokens({ client_id: 'spa', redirect_uri: 'https://spa.example.com/callback' });
    expect(await server.revoke(body.refresh_token, 'spa')).toMatchObject(revoked);
    expect((await server.refresh(body.refresh_token, { client_id: 'spa', client_secret: undefined })).status).toBe(400);
  });

  it('may have its credentials in the header', async () => {
    const { refresh_token } = await both();
    const answer = await post(`${url}/oauth/revoke`, { token: refresh_token }, basic('web', web.client_secret));
    expect(answer).toMatchObject(revoked);
    expect((await server.refresh(refresh_token)).status).toBe(400);
  });

  it.each([
    ['a confidential client without its secret', { client_id: 'web' }],
    ['a wrong secret', { client_id: 'web', client_secret: 'a guess of 16 letters' }],
    ['nobody', {}],
  ])('is refused from %s: 401, and the token lives', async (_, credentials) => {
    const { jwt, refresh_token } = await both();
    for (const token of [jwt, refresh_token]) {
      expect(await post(`${url}/oauth/revoke`, { token, ...credentials })).toMatchObject({
        status: 401,
        body: { error: 'invalid_client' },
      });
    }
    expect([await server.callContacts(jwt), (await server.refresh(refresh_token)).status]).toEqual([200, 200]);
  });

  it.each(['other', 'spa', 'contacts-api'])('is refused from another client, and the token lives: %s', async (client) => {
    const { jwt, reference, refresh_token, rotated } = await both();
    for (const token of [jwt, reference, refresh_token, rotated]) {
      expect(await server.revoke(token, client)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    }
    expect([await server.callContacts(jwt), await server.callEvents(reference)]).toEqual([200, 200]);
    expect((await server.refresh(refresh_token)).status).toBe(200);
  });

  it('needs a token, in the body: 400', async () => {
    const refused = { status: 400, body: { error: 'invalid_request' } };
    const { jwt } = await both();
    expect(await server.revoke(undefined)).toMatchObject(refused);
    expect(await post(`${url}/oauth/revoke?token=${jwt}`, as('web'))).toMatchObject(refused);
    expect(await server.callContacts(jwt)).toBe(200);
  });

  it.each(['token', 'token_type_hint'])('has no %s twice: 400', async (name) => {
    const { jwt } = await both();
    const answer = await post(`${url}/oauth/revoke`, { ...as('web'), token: jwt, [name]: [jwt as string, jwt as string] });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect(await server.callContacts(jwt)).toBe(200);
  });

  it('is a POST: 405', async () => {
    const answer = await fetch(`${url}/oauth/revoke?token=x&client_id=spa`);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('may come from a page of any origin, which carries no cookies', async () => {
    const headers = { Origin: 'https://spa.example.com', 'Access-Control-Request-Method': 'POST' };
    const preflight = await fetch(`${url}/oauth/revoke`, { method: 'OPTIONS', headers });
    expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([204, 'POST']);
    const answer = await post(`${url}/oauth/revoke`, { token: 'x', client_id: 'spa' }, { Origin: 'https://spa.example.com' });
    for (const { headers: sent } of [preflight, answer]) {
      expect(sent.get('access-control-allow-origin')).toBe('*');
      expect(sent.get('access-control-allow-credentials')).toBeNull();
    }
  });
});

describe('200 is the answer to what is no token any more, or never was', () => {
  it.each([
    ['garbage', 'garbage'],
    ['control characters', 'a\u0000b'],
    ['40 000 characters', 'A'.repeat(40_000)],
    ['what looks like a refresh token', `AAAAAAAAAAAAAAAAAAAAAA.1.${'A'.repeat(43)}`],
    ['what looks like a JWT', 'eyJhbGciOiJFUzI1NiJ9.e30.c2ln'],
  ])('%s', async (_, token) => {
    expect(await server.revoke(token)).toMatchObject(revoked);
  });

  it('one that was given back before', async () => {
    const { jwt, reference, refresh_token } = await both();
    for (const token of [jwt, reference, refresh_token, jwt, reference, refresh_token]) {
      expect(await server.revoke(token)).toMatchObject(revoked);
    }
  });

  it('one that has expired', async () => {
    const { jwt, reference, refresh_token } = await both();
    server.sleep(3600); // the refresh token is as the strictest API would have it
    for (const token of [jwt, reference, refresh_token]) expect(await server.revoke(token)).toMatchObject(revoked);
  });

  it('a code, which is no token: it lives', async () => {
    const { callback, code_verifier } = await server.authorize();
    const code = callback.searchParams.get('code') ?? '';
    expect(await server.revoke(code)).toMatchObject(revoked);
    const redemption = { grant_type: 'authorization_code', code, code_verifier, ...as('web') };
    expect((await post(`${url}/oauth/token`, redemption)).status).toBe(200);
  });
});

describe('two processes that share a Redis', () => {
  const issuer = 'http://localhost:3000';
  let redis: RedisServer;
  let cluster: Cluster;
  let here: ReturnType<typeof callsTo>;
  let there: ReturnType<typeof callsTo>;
  let urls: string[];

  beforeAll(async () => {
    [redis, cluster] = await Promise.all([startRedis({ appendonly: true }), startCluster(2)]);
    urls = await cluster.serve({ issuer, redis: redis.url, apis, clients });
    [here, there] = [callsTo(urls[0] ?? ''), callsTo(urls[1] ?? '')];
  });

  afterAll(async () => {
    await cluster.kill();
    await redis.stop();
  });

  /** Right after the other process has read what has ended, so that it does not know by chance. */
  async function tokensKnownThere(fields = {}) {
    const { body } = await here.tokens(fields);
    await wait(1000 - (Date.now() % 1000)); // a new second begins: the list is read by the next call, and not again until the second is over
    await there.callContacts(body.access_token);
    return body;
  }

  it.each(['refresh_token', 'access_token'] as const)(
    'the API of the other refuses the JWT within a second after a %s was given back',
    async (name) => {
      const body = await tokensKnownThere();
      expect((await here.revoke(body[name])).status).toBe(200);
      await until(async () => (await callApi(urls[1] ?? '', body.access_token)).status === 401, 1.2); // a second, and a call
    },
  );

  it('introspection at the other knows at once', async () => {
    const body = await tokensKnownThere();
    await here.revoke(body.access_token);
    expect(await there.isActive(body.access_token)).toBe(false);
    const next = await tokensKnownThere();
    await here.revoke(next.refresh_token);
    expect(await there.isActive(next.access_token)).toBe(false);
  });

  it.each(['refresh_token', 'access_token'] as const)(
    'a reference is refused at once at the other after a %s was given back',
    async (name) => {
      const body = await tokensKnownThere({ resource: calendar, scope: 'read:events' });
      expect(await there.isActive(body.access_token, 'calendar-api')).toBe(true);
      await here.revoke(body[name]);
      expect(await there.isActive(body.access_token, 'calendar-api')).toBe(false);
    },
  );

  it('the refresh token is refused at once at the other', async () => {
    const body = await tokensKnownThere();
    await here.revoke(body.refresh_token);
    expect((await there.refresh(body.refresh_token)).status).toBe(400);
  });

  it('a refresh that races with the revocation leaves nothing alive', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { body } = await here.tokens();
      const [refreshed] = await Promise.all([there.refresh(body.refresh_token), here.revoke(body.refresh_token)]);
      const tokens = [body.refresh_token, refreshed.body.refresh_token];
      for (const token of tokens) expect((await here.refresh(token)).status).toBe(400);
      for (const { access_token } of [body, refreshed.body]) expect(await there.isActive(access_token ?? 'none')).toBe(false);
    }
  });

  it('while Redis is away: 503, when to try again, and nothing is said of the token; then it is done', async () => {
    const { body } = await here.tokens();
    await redis.kill();
    for (const token of [body.access_token, body.refresh_token]) {
      for (const answer of [await here.revoke(token), await here.introspect(token)]) {
        expect(answer).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
        expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
      }
    }
    await redis.restart();
    await until(async () => (await here.revoke(body.refresh_token)).status === 200, 10);
    expect(await here.isActive(body.access_token)).toBe(false);
    expect((await here.refresh(body.refresh_token)).status).toBe(400);
  });
});
