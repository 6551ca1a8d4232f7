/** Access tokens that say nothing to whoever holds them: sealed, stored nowhere, and gone with what the user allowed. RFC 6749 section 1.4. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { base64url, CompactEncrypt } from 'jose';
import { deriveSecrets } from '../../lib/keys/secrets.js';
import { systemClock } from '../../lib/platform/clock.js';
import { memoryStore } from '../../lib/store/memory.js';
import { Agent, formField } from '../support/agent.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { authorizeUrl, pkce, secret, spa, web } from '../support/server.js';
import { apis, as, calendar, callsTo, clients, contacts, post, type TokenServer, tokenServer } from '../support/token-server.js';

const events = { resource: calendar, scope: 'read:events' };
const secrets = deriveSecrets([secret]);

let server: TokenServer;
let url: string;
let body: Record<string, string>;

beforeAll(async () => {
  server = await tokenServer({ keys: { rotateEvery: 0 } });
  url = server.url;
  ({ body } = await server.tokens(events));
});

afterAll(async () => {
  await Promise.all([server, ...started].map((each) => each.close()));
});

/** Closed at the end, however its test ends. */
const started: TokenServer[] = [];
async function start(...options: Parameters<typeof tokenServer>): Promise<TokenServer> {
  const one = await tokenServer(...options);
  started.push(one);
  return one;
}

type Sealed = { claims: Record<string, unknown>; recorded: boolean };

async function opened(token: string | undefined): Promise<Sealed> {
  return (await secrets.open('access token', token ?? '')) as Sealed;
}

/** Whether it is good for anything: at the API, at introspection. */
async function isGood(token: string | undefined, at = server): Promise<boolean> {
  const [status, active] = [await at.callEvents(token), await at.isActive(token, 'calendar-api')];
  expect(active).toBe(status === 200); // they always agree
  return active === true;
}

describe('a reference', () => {
  it('is taken by the API that it is for', async () => {
    const answer = await fetch(`${url}/api/events`, { headers: { Authorization: `Bearer ${body.access_token}` } });
    expect(await answer.json()).toMatchObject({ sub: 'alice', clientId: 'web', scopes: ['read:events'], token: body.access_token });
  });

  it('is told of as any other', () => {
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 300, scope: 'read:events' });
  });

  it('says nothing to who holds it', () => {
    const [header = '', key, , , tag] = (body.access_token as string).split('.');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: 'dir', enc: 'A256GCM' });
    expect([key, tag?.length]).toEqual(['', 22]);
    const bytes = Buffer.from((body.access_token as string).replaceAll('.', ''), 'base64url').toString('latin1');
    for (const word of ['alice', 'web', 'read:events', calendar]) expect(bytes).not.toContain(word);
  });

  it('fits into the header of any server', () => {
    expect((body.access_token as string).length).toBeLessThan(1_000);
    expect(body.access_token).toMatch(/^[\w.-]+$/); // RFC 6750 section 2.1
  });

  it('is another one each time', async () => {
    const again = await server.refresh(body.refresh_token, { resource: calendar });
    expect(again.body.access_token).not.toBe(body.access_token);
    expect((await opened(again.body.access_token)).claims.jti).not.toBe((await opened(body.access_token)).claims.jti);
    ({ body } = again);
  });

  it('is not taken by another API', async () => {
    expect([await server.callContacts(body.access_token), await server.isActive(body.access_token)]).toEqual([401, false]);
  });

  it('lasts until its last second', async () => {
    const { body: own } = await server.tokens(events);
    server.sleep(299);
    expect(await isGood(own.access_token)).toBe(true);
    server.sleep(1);
    expect(await isGood(own.access_token)).toBe(false);
  });

  it('does not last longer than what the user allowed', async () => {
    const short = await start({ lifetimes: { authorization: 100 } });
    const { body: own } = await short.tokens(events);
    expect(own.expires_in).toBe(100);
    short.sleep(99);
    expect(await isGood(own.access_token, short)).toBe(true);
    short.sleep(1);
    expect(await isGood(own.access_token, short)).toBe(false);
  });
});

describe('it is gone', () => {
  it('when the refresh token was given back', async () => {
    const { body: own } = await server.tokens(events);
    await server.revoke(own.refresh_token);
    expect(await isGood(own.access_token)).toBe(false);
  });

  it('when the code was used twice', async () => {
    const { callback, code_verifier } = await server.authorize(events);
    const redemption = { grant_type: 'authorization_code', code: callback.searchParams.get('code') ?? '', code_verifier, ...as('web') };
    const { body: own } = await post(`${url}/oauth/token`, redemption);
    expect(await isGood(own.access_token as string)).toBe(true);
    await post(`${url}/oauth/token`, redemption);
    expect(await isGood(own.access_token as string)).toBe(false);
  });

  it('when a replaced refresh token came back', async () => {
    const { body: first } = await server.tokens(events);
    const { body: second } = await server.refresh(first.refresh_token);
    server.sleep(31);
    expect(await isGood(second.access_token)).toBe(true);
    await server.refresh(first.refresh_token);
    expect([await isGood(first.access_token), await isGood(second.access_token)]).toEqual([false, false]);
  });

  it('when the record is gone, also if nobody has said that it ended', async () => {
    const store = memoryStore(systemClock);
    const other = await start({ store });
    const { body: own } = await other.tokens(events);
    expect(await isGood(own.access_token, other)).toBe(true);
    const [id = ''] = (own.refresh_token as string).split('.');
    expect(await store.delete(`authorization:${id}`)).toBe(true);
    expect(await isGood(own.access_token, other)).toBe(false);
  });

  it('not when another of the same authorization is given back', async () => {
    const { body: first } = await server.tokens(events);
    const { body: second } = await server.refresh(first.refresh_token);
    await server.revoke(first.access_token);
    expect([await isGood(first.access_token), await isGood(second.access_token)]).toEqual([false, true]);
  });

  it('not when the code is redeemed, or the refresh token used', async () => {
    const { body: first } = await server.tokens(events);
    const { body: second } = await server.refresh(first.refresh_token);
    await server.refresh(second.refresh_token);
    expect([await isGood(first.access_token), await isGood(second.access_token)]).toEqual([true, true]);
  });
});

describe('a client without a refresh token', () => {
  it('has a reference for as long as it says', async () => {
    const only = { ...web, client_id: 'only-code', grant_types: ['authorization_code'] };
    const other = await start({ clients: [...clients, only] });
    const { body: own } = await other.tokens({ ...events, client_id: 'only-code' });
    expect(own).not.toHaveProperty('refresh_token');
    other.sleep(299);
    expect(await isGood(own.access_token, other)).toBe(true);
    other.sleep(1);
    expect(await isGood(own.access_token, other)).toBe(false);
  });
});

describe('a machine’s reference', () => {
  it('is taken, without any record', async () => {
    const { body: own } = await server.machineToken({ resource: calendar });
    expect(await isGood(own.access_token)).toBe(true);
    expect(await opened(own.access_token)).toMatchObject({ recorded: false, claims: { sub: 'machine', client_id: 'machine' } });
  });

  it('can be given back, alone', async () => {
    const [{ body: one }, { body: other }] = [await server.machineToken(events), await server.machineToken(events)];
    await server.revoke(one.access_token, 'machine');
    expect([await isGood(one.access_token), await isGood(other.access_token)]).toEqual([false, true]);
  });

  it('stays given back to its end', async () => {
    const { body: own } = await server.machineToken(events);
    await server.revoke(own.access_token, 'machine');
    server.sleep(299);
    expect(await isGood(own.access_token)).toBe(false);
  });
});

describe('by the other grants', () => {
  it('implicit', async () => {
    const { callback } = await server.authorize({ ...events, client_id: 'implicit', response_type: 'token' });
    const own = Object.fromEntries(new URLSearchParams(callback.hash.slice(1)));
    expect([own.access_token?.split('.').length, own.expires_in]).toEqual([5, '300']);
    expect(await isGood(own.access_token)).toBe(true);
    expect(await server.revoke(own.access_token, 'implicit')).toMatchObject({ status: 200 });
    expect(await isGood(own.access_token)).toBe(false);
  });

  it('implicit, to its last second, which is later than that of a code', async () => {
    const { callback } = await server.authorize({ ...events, client_id: 'implicit', response_type: 'token' });
    const { access_token } = Object.fromEntries(new URLSearchParams(callback.hash.slice(1)));
    server.sleep(299);
    expect(await isGood(access_token)).toBe(true);
  });

  it('hybrid: ended with the code that came along, when that is used twice', async () => {
    const { callback, code_verifier } = await server.authorize({ ...events, client_id: 'implicit', response_type: 'code token' });
    const { access_token, code = '' } = Object.fromEntries(new URLSearchParams(callback.hash.slice(1)));
    const redemption = { grant_type: 'authorization_code', code, code_verifier, ...as('implicit') };
    const { body: own } = await post(`${url}/oauth/token`, redemption);
    expect([await isGood(access_token), await isGood(own.access_token as string)]).toEqual([true, true]);
    await post(`${url}/oauth/token`, redemption);
    expect([await isGood(access_token), await isGood(own.access_token as string)]).toEqual([false, false]);
  });

  it('password, with or without a refresh token', async () => {
    const user = { grant_type: 'password', username: 'alice', password: 'correct horse', ...as('trusted') };
    const { body: own } = await server.machineToken({ ...user, ...events });
    expect(await isGood(own.access_token)).toBe(true);
    await server.revoke(own.refresh_token, 'trusted');
    expect(await isGood(own.access_token)).toBe(false);
  });
});

describe('userinfo', () => {
  const userinfo = async (token: string | undefined, at = url) =>
    (await fetch(`${at}/oauth/userinfo`, { headers: { Authorization: `Bearer ${token}` } })).status;

  it('takes a reference with the scope openid', async () => {
    const { body: own } = await server.tokens({ ...events, scope: 'openid read:events' });
    expect(await userinfo(own.access_token)).toBe(200);
    await server.revoke(own.access_token);
    expect(await userinfo(own.access_token)).toBe(401);
  });

  it('refuses one without', async () => {
    const { body: own } = await server.tokens(events);
    expect(await userinfo(own.access_token)).toBe(403);
  });

  it('may have references of its own', async () => {
    const opaque = await start({ accessTokens: 'opaque' });
    const { body: own } = await opaque.tokens({ scope: 'openid' });
    expect(own.access_token?.split('.')).toHaveLength(5);
    expect(await userinfo(own.access_token, opaque.url)).toBe(200);
    await opaque.revoke(own.refresh_token);
    expect(await userinfo(own.access_token, opaque.url)).toBe(401);
  });
});

describe('what is refused', () => {
  const sealedBy = (key: string, value: unknown, purpose: 'access token' | 'ticket' | 'signing keys' = 'access token') =>
    deriveSecrets([key]).seal(purpose, value);

  it.each<[string, (good: Sealed) => string | Promise<string>]>([
    ['one sealed for a ticket', (good) => sealedBy(secret, good, 'ticket')],
    ['one sealed for signing keys', (good) => sealedBy(secret, good, 'signing keys')],
    ['one sealed under another secret', (good) => sealedBy('another secret of more than 32 characters', good)],
    ['one sealed under a key of zeros', (good) => encrypted(good, new Uint8Array(32))],
    ['one sealed under the secret itself', (good) => encrypted(good, new TextEncoder().encode(secret.slice(0, 32)))],
    ['one of another issuer, by the same secret', (good) => sealedBy(secret, change(good, { iss: 'https://other.example.com' }))],
    ['one for another API', (good) => sealedBy(secret, change(good, { aud: contacts }))],
    ['one for a list of APIs', (good) => sealedBy(secret, change(good, { aud: [calendar] }))],
    ['one that has expired', (good) => sealedBy(secret, change(good, { exp: systemClock() - 1_000_000 }))],
    ['one whose authorization never was', (good) => sealedBy(secret, change(good, { jti: 'AAAAAAAAAAAAAAAAAAAAAA.AAAA' }))],
    ['one with another character in its text', () => altered(3)],
    ['one with another character in its iv', () => altered(2)],
    ['one with another character in its tag', () => altered(4)],
    ['one with another header', () => withHeader({ alg: 'dir', enc: 'A256GCM', x: 1 })],
    ['one that says that it is compressed', () => withHeader({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' })],
    [
      'one that says that a password opens it',
      () => withHeader({ alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', p2c: 2_000_000, p2s: 'AAAA' }),
    ],
    ['one with a key of its own', () => withHeader({ alg: 'dir', enc: 'A256GCM', jwk: { kty: 'oct', k: 'A'.repeat(43) } })],
    ['one with an encrypted key', () => (body.access_token as string).replace('..', '.AAAA.')],
    ['the half of one', () => (body.access_token as string).slice(0, 200)],
    ['two at once', () => `${body.access_token}${body.access_token}`],
    ['four dots', () => '....'],
  ])('%s', async (_, make) => {
    ({ body } = await server.tokens(events));
    const good = await opened(body.access_token);
    expect(await isGood(await sealedBy(secret, good))).toBe(true); // which is what the attacker is short of
    expect(await isGood(await make(good))).toBe(false);
  });

  function change({ claims, ...rest }: Sealed, changes: object): Sealed {
    return { claims: { ...claims, ...changes }, ...rest };
  }

  function encrypted(value: unknown, key: Uint8Array): Promise<string> {
    const text = new TextEncoder().encode(JSON.stringify(value));
    return new CompactEncrypt(text).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(key);
  }

  function altered(part: number): string {
    const parts = (body.access_token as string).split('.');
    const text = parts[part] as string;
    parts[part] = `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`;
    return parts.join('.');
  }

  function withHeader(header: object): string {
    return (body.access_token as string).replace(/^[^.]*/, base64url.encode(JSON.stringify(header)));
  }
});

describe('a ticket and an access token', () => {
  async function ticket(): Promise<{ agent: Agent; ticket: string; _csrf: string }> {
    const agent = new Agent(url);
    const html = await (await agent.get(authorizeUrl(url, pkce().code_challenge))).text();
    return { agent, ticket: formField(html, 'ticket'), _csrf: formField(html, '_csrf') };
  }

  it('look alike, and a ticket is no token', async () => {
    const { ticket: sealed } = await ticket();
    expect(sealed.split('.')).toHaveLength(5);
    expect(await isGood(sealed)).toBe(false);
    expect(await server.revoke(sealed, 'spa')).toMatchObject({ status: 200 });
  });

  it('nor is a token a ticket', async () => {
    const { agent, _csrf } = await ticket();
    const answers = [
      await agent.get(`/oauth/consent?ticket=${body.access_token}`),
      await agent.post('/oauth/login', { ticket: body.access_token as string, _csrf, username: 'alice', password: 'correct horse' }),
      await agent.post('/oauth/consent', { ticket: body.access_token as string, _csrf, decision: 'allow' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
  });
});

describe('when the secret is changed', () => {
  const next = 'the next secret of more than 32 characters';

  it('references stay good for as long as the old one is listed', async () => {
    const store = memoryStore(systemClock);
    const issuer = 'http://localhost:3000';
    const before = await start({ issuer, store, secrets: [secret] });
    const { body: own } = await before.tokens(events);
    const machine = await before.machineToken({ resource: calendar });
    const keys = { store, issuer, keys: { rotateEvery: 0 } };
    const during = await start({ ...keys, secrets: [next, secret] });
    expect([await isGood(own.access_token, during), await isGood(machine.body.access_token, during)]).toEqual([true, true]);
    const { body: newer } = await during.refresh(own.refresh_token);
    expect(await secrets.open('access token', newer.access_token ?? '')).toBeUndefined();
    expect(await isGood(newer.access_token, during)).toBe(true);
    await during.revoke(own.access_token);
    expect(await isGood(own.access_token, during)).toBe(false);
  });

  it('and no longer', async () => {
    const store = memoryStore(systemClock);
    const issuer = 'http://localhost:3000';
    const before = await start({ issuer, store, secrets: [secret] });
    const { body: own } = await before.tokens(events);
    await store.delete('signing-keys'); // which the new secret alone could not open
    const after = await start({ issuer, store, secrets: [next] });
    expect(await isGood(own.access_token, after)).toBe(false);
  });
});

describe('in Redis', () => {
  let redis: RedisServer;
  let stored: TokenServer;

  beforeAll(async () => {
    redis = await startRedis();
    stored = await tokenServer({ redis: redis.url, log: { warn: () => {}, error: () => {} } });
  });

  afterAll(async () => {
    await stored.close();
    await redis.stop();
  });

  async function everything(): Promise<Record<string, string>> {
    const client = new Redis(redis.url);
    const keys = await client.keys('*');
    const texts = await Promise.all(
      keys.map(async (key) => ((await client.type(key)) === 'zset' ? (await client.zrange(key, '0', '-1')).join(' ') : client.get(key))),
    );
    client.disconnect();
    return Object.fromEntries(keys.map((key, i) => [key, String(texts[i])]));
  }

  it('there is nothing of a token, nor anything that is one', async () => {
    const { body: own } = await stored.tokens(events);
    const { body: ended } = await stored.tokens(events);
    await stored.revoke(ended.access_token);
    const machine = await stored.machineToken({ resource: calendar });
    const dump = await everything();
    const text = JSON.stringify(dump);
    for (const token of [own.access_token, ended.access_token, machine.body.access_token]) {
      for (const part of (token ?? '').split('.').slice(2)) expect(text).not.toContain(part);
    }
    const pieces = [...new Set(Object.entries(dump).flatMap((entry) => entry.flatMap((each) => [each, ...each.split(/[\s:"{},]+/)])))];
    for (const piece of pieces.filter((each) => /^[\w.~+/-]+=*$/.test(each))) {
      expect([piece, await stored.callEvents(piece)]).toEqual([piece, 401]);
    }
    expect(await stored.callEvents(own.access_token)).toBe(200);
  });

  it('issuing one for a machine writes nothing', async () => {
    await stored.machineToken({ resource: calendar });
    const before = Object.keys(await everything()).sort();
    await stored.machineToken({ resource: calendar });
    expect(Object.keys(await everything()).sort()).toEqual(before);
  });

  it.each(['refresh_token', 'access_token'] as const)('a second process refuses it as soon as the %s was given back', async (name) => {
    const [one, second] = [await twin(), await twin()];
    try {
      const { body: own } = await one.tokens(events);
      expect(await isGood(own.access_token, second)).toBe(true); // and has read just now what has ended
      await one.revoke(own[name]);
      expect(await isGood(own.access_token, second)).toBe(false);
    } finally {
      await Promise.all([one.close(), second.close()]);
    }
  });

  /** For both of them time stands still. */
  function twin(): Promise<TokenServer> {
    return tokenServer({ redis: redis.url, issuer: 'http://localhost:3000' });
  }

  it('while it is away nobody passes: 503, since nobody knows', async () => {
    const { body: own } = await stored.tokens(events);
    await redis.kill();
    expect(await stored.callEvents(own.access_token)).toBe(503);
    expect(await stored.callEvents('a.b.c.d.e')).toBe(401); // which needs no Redis
    await redis.restart();
  });
});

describe('a public client', () => {
  it('may have references too', async () => {
    const { body: own } = await server.tokens({ ...events, client_id: 'spa', redirect_uri: spa.redirect_uris[0] });
    expect(await isGood(own.access_token)).toBe(true);
    await callsTo(url).revoke(own.access_token, 'spa');
    expect(await isGood(own.access_token)).toBe(false);
  });
});

describe('an option of all APIs', () => {
  it('is overridden by that of one', async () => {
    const jwt = await start({
      accessTokens: 'opaque',
      apis: { ...apis, [contacts]: { ...apis[contacts], accessTokens: 'jwt' } as never },
    });
    const formOf = async (resource: string) => (await jwt.machineToken({ resource, scope: 'read' })).body.access_token?.split('.').length;
    expect([await formOf(contacts), await formOf(calendar), await formOf('https://reports.example.com')]).toEqual([3, 5, 5]);
  });
});
