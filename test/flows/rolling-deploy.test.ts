/** An older and a newer release side by side on one Redis, while one replaces the other: users and clients meet now this one, now that one. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import type { OAuthRouterOptions } from '../../lib/config/options/index.js';
import type { Store } from '../../lib/model/store.js';
import { recordShapes } from '../../lib/store/record-shapes.js';
import { redisStore } from '../../lib/store/redis.js';
import { Agent } from '../support/agent.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import {
  alice,
  authorizeUrl,
  callApi,
  freshCode,
  openPage,
  pkce,
  postLogin,
  type TestServer,
  testOptions,
  testServer,
  token,
  walk,
} from '../support/server.js';
import { emailCode, openStep, type StepForm, sendStep, totp } from '../support/steps.js';

let redis: RedisServer;
let reader: Redis;

beforeAll(async () => {
  redis = await startRedis();
  reader = new Redis(redis.url);
});

afterAll(async () => {
  reader.disconnect();
  await redis.stop();
});

const log = { warn: () => {}, error: () => {} };
const mails = emailCode();

function options(prefix: string, wrap: (store: Store) => Store = (store) => store): Partial<OAuthRouterOptions> {
  const { users } = testOptions('');
  return {
    issuer: 'http://localhost:1', // of both
    users: { ...users, steps: [] } as OAuthRouterOptions['users'],
    registration: true,
    log,
    store: wrap(redisStore(redis.url, { prefix, log })),
  };
}

/** All that is kept, as JSON, by the key. */
async function everything(prefix: string): Promise<Map<string, { shape: number; record: unknown }>> {
  const keys = await reader.keys(`${prefix}:value:*`);
  const texts = await Promise.all(keys.map((key) => reader.get(key)));
  return new Map(keys.map((key, index) => [key.replace(`${prefix}:value:`, ''), JSON.parse(texts[index]?.replace(/^\S+ /, '') ?? 'null')]));
}

/** A browser behind a load balancer without sticky sessions: each request goes to the next process. */
function roaming(servers: readonly TestServer[]): Agent {
  const agent = new Agent(servers[0]?.url ?? '');
  let turn = 0;
  Object.defineProperty(agent, 'origin', { get: () => servers[turn++ % servers.length]?.url });
  return agent;
}

describe('a newer release that has added members to the records', () => {
  const prefix = 'added';
  let older: TestServer;
  let newer: TestServer;

  /** What a later release would do: it writes more into each record. */
  function writesMore(store: Store): Store {
    const more = (value: unknown) => {
      const { shape, record } = value as { shape: number; record: unknown };
      return typeof record === 'object' ? { shape, record: { ...record, addedLater: 'kept' } } : value;
    };
    return {
      ...store,
      put: (key, value, ttl) => store.put(key, more(value), ttl),
      add: (key, value, ttl) => store.add(key, more(value), ttl),
      swap: (key, version, value, ttl) => store.swap(key, version, more(value), ttl),
    };
  }

  beforeAll(async () => {
    older = await testServer({ options: options(prefix) });
    newer = await testServer({ options: options(prefix, writesMore) });
  });

  afterAll(async () => {
    await older.close();
    await newer.close();
  });

  async function recordsOf(kind: string) {
    return [...(await everything(prefix))].filter(([key]) => key.startsWith(kind)).map(([, { record }]) => record);
  }

  it.each([
    ['the older first', () => [older, newer]],
    ['the newer first', () => [newer, older]],
  ])('is no hindrance to a user whose requests go now to this one, now to that one: %s', async (_, servers) => {
    const agent = roaming(servers());
    const { code_verifier, code_challenge } = pkce();
    const { searchParams } = await walk(agent, authorizeUrl('', code_challenge));
    const redirect_uri = 'https://client.example.com/callback';
    const code = { grant_type: 'authorization_code', code: searchParams.get('code') ?? '', code_verifier, redirect_uri };
    let { body } = await token(agent.origin, code);
    for (let round = 0; round < 3; round += 1) {
      ({ body } = await token(agent.origin, { grant_type: 'refresh_token', refresh_token: body.refresh_token }));
      expect((await callApi(agent.origin, body.access_token)).status).toBe(200);
    }
    expect((await agent.get('/oauth/apps')).status).toBe(200);
  });

  it('loses nothing where the older one refreshes what the newer one has written', async () => {
    const { body } = await token(newer.url, await freshCode(newer.url));
    const before = (await recordsOf('authorization:')).filter((record) => 'addedLater' in (record as object)).length;
    await token(older.url, { grant_type: 'refresh_token', refresh_token: body.refresh_token });
    expect((await recordsOf('authorization:')).filter((record) => 'addedLater' in (record as object)).length).toBe(before);
  });

  it('loses nothing where the user agrees to more at the older one', async () => {
    const bob = { username: 'bob', password: 'battery staple' };
    await walk(new Agent(newer.url), authorizeUrl('', pkce().code_challenge), bob);
    await walk(new Agent(older.url), authorizeUrl('', pkce().code_challenge, { scope: 'read:contacts create:contacts' }), bob);
    const both = (await recordsOf('consent:')).filter((record) => JSON.stringify(record).includes('create:contacts'));
    expect(both).toEqual([expect.objectContaining({ addedLater: 'kept' })]);
  });

  it('loses nothing where a client that registered at the newer one changes its registration at the older one', async () => {
    const body = { redirect_uris: ['https://new.example.com/callback'], token_endpoint_auth_method: 'client_secret_post' };
    const headers = { 'Content-Type': 'application/json' };
    const made = await fetch(`${newer.url}/oauth/register`, { method: 'POST', headers, body: JSON.stringify(body) });
    const { client_id, client_secret, registration_access_token } = (await made.json()) as Record<string, string>;
    const changed = await fetch(`${older.url}/oauth/registration?client_id=${client_id}`, {
      method: 'PUT',
      headers: { ...headers, Authorization: `Bearer ${registration_access_token}` },
      body: JSON.stringify({ ...body, client_id, client_secret, client_name: 'Changed' }),
    });
    expect(changed.status).toBe(200);
    expect(await recordsOf(`client:${client_id}`)).toEqual([
      expect.objectContaining({ addedLater: 'kept', client: expect.objectContaining({ client_name: 'Changed' }) }),
    ]);
  });

  it('loses nothing where the older one renews the signing keys', async () => {
    await newer.oauth.keys.rotate();
    older.sleep(31 * 86_400);
    await fetch(`${older.url}/oauth/jwks`);
    expect(await recordsOf('signing-keys')).toEqual([expect.objectContaining({ addedLater: 'kept' })]);
  });
});

describe('a newer release whose records have another shape', () => {
  const prefix = 'reshaped';
  let older: TestServer;
  let newer: TestServer;

  beforeAll(async () => {
    const reshaped = recordShapes.map(({ kind, upgrades }) => ({ kind, upgrades: [...upgrades, (record: unknown) => record] }));
    older = await testServer({ options: options(prefix) });
    await token(older.url, await freshCode(older.url)); // it was at work before
    jest.unstable_mockModule('../../lib/store/record-shapes.js', () => ({ recordShapes: reshaped }));
    await jest.isolateModulesAsync(async () => {
      const { testServer: newerServer } = await import('../support/server.js');
      newer = await newerServer({ options: options(prefix) });
    });
  });

  afterAll(async () => {
    await older.close();
    await newer.close();
  });

  const shapesOf = async (kind: string) =>
    [...(await everything(prefix))].filter(([key]) => key.startsWith(kind)).map(([, { shape }]) => shape);

  it('takes over what the older one has begun: sessions, consents, codes and tokens', async () => {
    const agent = new Agent(older.url);
    const code = await freshCode(older.url, {}, agent);
    const { body } = await token(newer.url, code);
    expect((await token(newer.url, { grant_type: 'refresh_token', refresh_token: body.refresh_token })).status).toBe(200);
    Object.defineProperty(agent, 'origin', { value: newer.url });
    const answer = await agent.get(authorizeUrl('', pkce().code_challenge, { prompt: 'none' }));
    expect(new URL(answer.headers.get('location') ?? '').searchParams.get('code')).toBeTruthy();
    expect((await callApi(newer.url, body.access_token)).status).toBe(200);
    expect(await shapesOf('authorization:')).toContain(2);
    expect(new Set(await shapesOf('session:'))).toEqual(new Set([1])); // they were only read
  });

  it('is met by the older one with 503 and a time to try again, and nothing of the record is lost', async () => {
    const agent = new Agent(newer.url);
    const code = await freshCode(newer.url, {}, agent);
    const before = await everything(prefix);

    const refused = await token(older.url, code);
    expect({ status: refused.status, error: refused.body.error, after: refused.headers.get('retry-after') }).toEqual({
      status: 503,
      error: 'temporarily_unavailable',
      after: '5',
    });
    Object.defineProperty(agent, 'origin', { get: () => older.url, configurable: true });
    const page = await agent.get(authorizeUrl('', pkce().code_challenge));
    expect({ status: page.status, after: page.headers.get('retry-after') }).toEqual({ status: 503, after: '5' });
    expect(await everything(prefix)).toEqual(before);

    Object.defineProperty(agent, 'origin', { get: () => newer.url });
    expect((await token(newer.url, code)).status).toBe(200); // the next try, which the load balancer sends elsewhere
    expect((await agent.get(authorizeUrl('', pkce().code_challenge, { prompt: 'none' }))).status).toBe(303);
  });

  it('does not keep the older one from checking tokens, by the keys and the list that it knows', async () => {
    const { body } = await token(newer.url, await freshCode(newer.url));
    expect((await callApi(older.url, body.access_token)).status).toBe(200);
    await newer.oauth.authorizations.revokeAll('alice');
    older.sleep(1);
    expect((await callApi(older.url, body.access_token)).status).toBe(401);
  });

  it('does not keep the older one from what needs no record: a login page', async () => {
    expect((await openPage(new Agent(older.url), authorizeUrl('', pkce().code_challenge))).status).toBe(200);
  });
});

describe('a sign-in under way', () => {
  const prefix = 'steps';
  let servers: TestServer[];

  beforeAll(async () => {
    const { users } = testOptions('');
    const withSteps = { ...options(prefix), users: { ...users, steps: [mails.step, totp()] } as OAuthRouterOptions['users'] };
    servers = [
      await testServer({ options: withSteps }),
      await testServer({ options: { ...withSteps, store: redisStore(redis.url, { prefix, log }) } }),
    ];
  });

  afterAll(async () => {
    for (const server of servers) await server.close();
  });

  it('goes on at whichever process the next form is sent to', async () => {
    const agent = roaming(servers);
    const next = (form: StepForm) => ({ ...form, action: form.action.replace(/^http:..localhost:\d+/, '') });
    const first = next(await openStep(agent, await postLogin(agent, alice, authorizeUrl('', pkce().code_challenge))));
    const second = next(await openStep(agent, await sendStep(agent, first, { code: mails.latest() })));
    expect((await openPage(agent, await sendStep(agent, second, { code: '123456' }))).html).toContain('name="decision"');
  });
});
