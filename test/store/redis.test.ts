/** The store in Redis, against real servers: one node, a Cluster, and servers that crash, hang and refuse. */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Cluster, Redis } from 'ioredis';
import { StoreUnavailable } from '../../lib/errors.js';
import type { Store } from '../../lib/model/store.js';
import { redisStore } from '../../lib/store/redis.js';
import { type RedisCluster, type RedisServer, startRedis, startRedisCluster } from '../support/redis.js';
import { describeStore } from './contract.js';

const sleep = (seconds: number) => wait(seconds * 1000);
const silent = { warn() {}, error() {} };

/** Clients as a host passes them; the test ends them, since the store must not. */
const hosts: { disconnect(): void }[] = [];

function hostClient<T extends Redis | Cluster>(client: T): T {
  hosts.push(client);
  client.on('error', () => {});
  return client;
}

function disconnectHosts(): void {
  for (const client of hosts.splice(0)) client.disconnect();
}

let shared: RedisServer;
beforeAll(async () => {
  shared = await startRedis();
});
afterAll(async () => {
  disconnectHosts();
  await shared.stop();
});

describeStore('Redis by URL', { open: () => redisStore(shared.url, { log: silent }), sleep });
describeStore('Redis by options, in RESP2', { open: () => redisStore({ port: shared.port, db: 3, protocol: 2 }, { log: silent }), sleep });
describeStore("Redis by the host's client", {
  open: () => redisStore(hostClient(new Redis(shared.url)), { log: silent, prefix: 'host' }),
  sleep,
});
describeStore("Redis by a host's client that has its own ideas", {
  open() {
    const client = new Redis(shared.url, {
      keyPrefix: 'app:',
      stringNumbers: true,
      enableAutoPipelining: true,
      showFriendlyErrorStack: true,
      replyMapping: 'resp3',
    });
    hosts.push(client);
    return redisStore(client, { log: silent });
  },
  sleep,
});

describe('Redis Cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, 20_000);
  afterAll(async () => {
    disconnectHosts();
    await cluster.stop();
  });

  const open = (enableAutoPipelining: boolean) =>
    redisStore(hostClient(new Cluster([...cluster.nodes], { enableAutoPipelining })), { log: silent });
  describeStore('Redis Cluster, with auto pipelining', { open: () => open(true), sleep });

  it('spreads its keys over all masters', async () => {
    const store = open(false);
    await Promise.all(Array.from({ length: 100 }, () => store.put(randomUUID(), 1, 60)));
    for (const { url } of cluster.servers) expect(await hostClient(new Redis(url)).dbsize()).toBeGreaterThan(10);
  });

  it("changes a host's client once for any number of stores, and listens to it no longer than there are any", async () => {
    const client = hostClient(new Cluster([...cluster.nodes]));
    await client.ping();
    const listeners = () => client.listenerCount('+node');
    const before = listeners();
    const asked = () => client.nodes('all').map(({ asking }) => asking);
    const first = redisStore(client, { log: silent });
    const once = asked();
    const second = redisStore(client, { log: silent });
    expect(asked()).toEqual(once);
    await Promise.all([first.close(), second.close()]);
    expect(listeners()).toBe(before);
  });
});

describe('what is in Redis', () => {
  let redis: Redis;
  let store: Store;
  beforeAll(() => {
    redis = hostClient(new Redis(shared.url, { db: 7 }));
  });
  beforeEach(async () => {
    await redis.flushdb();
    store = redisStore(redis, { log: silent });
  });

  it('is readable JSON behind a version, under the prefix', async () => {
    await store.put('session:1', { sub: 'alice' }, 60);
    expect(await redis.get('oauth:value:session:1')).toMatch(/^[\w-]{16} {"sub":"alice"}$/);
  });

  it('begins with the prefix that was asked for, and a colon', async () => {
    await redisStore(redis, { log: silent, prefix: 'shop' }).put('key', 1, 60);
    await redisStore(redis, { log: silent, prefix: 'mall:' }).link('owner', 'id', 60);
    expect((await redis.keys('*')).sort()).toEqual(['mall:links:owner', 'shop:value:key']);
  });

  it('expires, every key of it', async () => {
    await store.put('a', 1, 60);
    await store.add('b', 1, 0.0001);
    await store.link('owner', 'late', 90.5);
    await store.link('owner', 'early', 30);
    const [a, b, owner] = await Promise.all(['oauth:value:a', 'oauth:value:b', 'oauth:links:owner'].map((key) => redis.pttl(key)));
    expect([Math.ceil(Number(a) / 1000), Number(b) <= 1, Math.ceil(Number(owner) / 500)]).toEqual([60, true, 181]);
  });

  it('does not grow by links that have ended', async () => {
    await store.link('owner', 'old', 0.1);
    await sleep(0.2);
    await store.link('owner', 'new', 60);
    expect(await redis.zcard('oauth:links:owner')).toBe(1);
  });

  it('has one winner, also between two processes', async () => {
    const other = redisStore(shared.url, { log: silent, prefix: 'race' });
    const one = redisStore({ port: shared.port }, { log: silent, prefix: 'race' });
    await one.put('key', 0, 60);
    const version = (await other.get('key'))?.version ?? '';
    const won = await Promise.all(Array.from({ length: 100 }, (_, racer) => (racer % 2 ? one : other).swap('key', version, racer, 60)));
    expect(won.filter(Boolean)).toHaveLength(1);
    await Promise.all([one.close(), other.close()]);
  });

  it.each(['"no version"', 'version not-json', 'version ', '', '42'])('counts as no answer if somebody else wrote %j', async (text) => {
    await redis.set('oauth:value:key', text);
    await expect(store.get('key')).rejects.toBeInstanceOf(StoreUnavailable);
  });

  it('is told to nobody, if it cannot be read', async () => {
    await redis.set('oauth:value:key', 'version {"password":"hunter2');
    const error = await store.get('key').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ cause: { message: 'This key was not written by this store.' } });
    expect(inspect(error, { depth: null })).not.toContain('hunter2');
  });

  it('counts as no answer if it is of another type', async () => {
    await redis.lpush('oauth:value:key', 'x');
    await redis.set('oauth:links:owner', 'x');
    const answers = [store.get('key'), store.swap('key', 'v', 1, 60), store.link('owner', 'id', 60), store.linked('owner')];
    for (const { reason } of (await Promise.allSettled(answers)) as PromiseRejectedResult[]) {
      expect(reason).toBeInstanceOf(StoreUnavailable);
      expect(reason.cause.message).toContain('WRONGTYPE');
    }
  });

  it('outlives SCRIPT FLUSH, for two stores on one client', async () => {
    const stores = [store, redisStore(redis, { log: silent, prefix: 'other' })];
    for (let round = 0; round < 3; round += 1) {
      for (const each of stores) {
        await each.put('key', round, 60);
        expect(await each.swap('key', (await each.get('key'))?.version ?? '', 'swapped', 60)).toBe(true);
        await redis.script('FLUSH');
        await each.link('owner', 'id', 60);
        expect(await each.linked('owner')).toEqual(['id']);
      }
    }
  });

  it("does not close the host's client", async () => {
    await store.close();
    expect(await redis.ping()).toBe('PONG');
  });
});

describe('a Redis that does not answer', () => {
  let server: RedisServer;
  let warnings: string[];
  let stores: Store[];
  const log = { warn: (message: string) => void warnings.push(message), error: () => {} };

  beforeEach(async () => {
    server = await startRedis();
    warnings = [];
    stores = [];
  });
  afterEach(async () => {
    disconnectHosts();
    await Promise.all(stores.map((store) => store.close()));
    await server.stop();
  });

  function open(source: Parameters<typeof redisStore>[0] = server.url, deadline = 0.5): Store {
    const store = redisStore(source, { log, deadline });
    stores.push(store);
    return store;
  }

  /** Every verb is refused, each in time. */
  async function expectUnavailable(store: Store, seconds: number): Promise<void> {
    const start = performance.now();
    const answers = await Promise.allSettled([
      store.get('key'),
      store.put('key', 1, 60),
      store.add('key', 1, 60),
      store.swap('key', 'version', 1, 60),
      store.delete('key'),
      store.link('owner', 'id', 60),
      store.linked('owner'),
    ]);
    expect(performance.now() - start).toBeLessThan(seconds * 1000 + 1000); // of 2 s after which the connection is given up
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailable) });
      expect(answer).toMatchObject({ reason: { cause: expect.any(Error) } });
    }
  }

  /** How many seconds it takes until the store answers again. */
  async function recovery(store: Store): Promise<number> {
    const start = performance.now();
    while (
      !(await store.get('key').then(
        () => true,
        () => false,
      ))
    )
      await wait(10);
    return (performance.now() - start) / 1000;
  }

  it('was killed: is unavailable in time, and recovers by itself within about a second', async () => {
    const store = open();
    await store.put('key', 1, 60);
    await server.kill();
    await expectUnavailable(store, 0.5);
    await wait(3000); // long enough for the retries to be at their slowest
    await expectUnavailable(store, 0.5);
    await server.restart();
    expect(await recovery(store)).toBeLessThan(1.3);
    await store.put('key', 2, 60);
    expect(await store.swap('key', (await store.get('key'))?.version ?? '', 3, 60)).toBe(true);
    expect(warnings).toEqual([expect.stringContaining('Redis cannot be reached'), 'Redis is back.']);
  }, 15_000);

  it('is killed with commands under way: they fail at once, and none is sent twice', async () => {
    const store = open(server.url, 5);
    await store.get('key');
    server.pause();
    const answers = Promise.allSettled([store.put('key', 1, 60), store.get('key')]);
    await wait(100);
    const start = performance.now();
    await server.kill();
    expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(performance.now() - start).toBeLessThan(500);
    await server.restart();
    await recovery(store);
    expect(await store.get('key')).toBeUndefined();
  });

  it('hangs: is unavailable in time, and recovers by itself', async () => {
    const store = open();
    await store.get('key');
    server.pause();
    await expectUnavailable(store, 0.5);
    await wait(3000); // longer than the silence after which the connection is given up
    await expectUnavailable(store, 0.5);
    server.resume();
    expect(await recovery(store)).toBeLessThan(1.3);
    expect(warnings).toEqual([expect.stringContaining('Redis cannot be reached'), 'Redis is back.']);
  }, 15_000);

  it('hangs for a moment: nobody needs to be told', async () => {
    const store = open();
    await store.get('key');
    server.pause();
    await expectUnavailable(store, 0.5);
    server.resume();
    expect(await recovery(store)).toBeLessThan(0.5);
    expect(warnings).toEqual([]);
  });

  it('was not there from the start', async () => {
    await server.kill();
    const store = open();
    await expectUnavailable(store, 0.5);
    await server.restart();
    expect(await recovery(store)).toBeLessThan(1.3);
    expect(warnings).toEqual([expect.stringContaining('(ECONNREFUSED)'), 'Redis is back.']);
  });

  it.each(['kill', 'pause'] as const)("is unavailable in time through a host's patient client too (%s)", async (fault) => {
    const client = hostClient(new Redis(server.url));
    const store = open(client);
    await store.get('key');
    await server[fault]();
    await expectUnavailable(store, 0.5);
    client.disconnect(); // now the commands themselves fail, after their deadline
    await wait(50);
  });

  it('is a master that became a replica', async () => {
    const store = open();
    await store.put('key', 1, 60);
    await hostClient(new Redis(server.url)).replicaof('127.0.0.1', '1');
    for (const write of [store.put('key', 2, 60), store.add('new', 2, 60), store.link('owner', 'id', 60)]) {
      await expect(write).rejects.toMatchObject({ name: 'StoreUnavailable', cause: { message: expect.stringContaining('READONLY') } });
    }
  });

  it('has no memory left', async () => {
    const store = open();
    await store.put('key', 1, 60);
    const version = (await store.get('key'))?.version ?? '';
    await hostClient(new Redis(server.url)).config('SET', 'maxmemory', '1');
    for (const write of [store.put('key', 2, 60), store.swap('key', version, 2, 60), store.link('owner', 'id', 60)]) {
      await expect(write).rejects.toMatchObject({ name: 'StoreUnavailable', cause: { message: expect.stringContaining('OOM') } });
    }
  });

  it('keeps, with appendonly, what was written before a crash', async () => {
    const durable = await startRedis({ appendonly: true });
    const store = open(durable.url);
    await store.put('key', 'kept', 60);
    await durable.kill();
    await durable.restart();
    await recovery(store);
    expect(await store.get('key')).toMatchObject({ value: 'kept' });
    await durable.stop();
  });

  it('refuses the password, and the password is written nowhere', async () => {
    await hostClient(new Redis(server.url)).config('SET', 'requirepass', 'right');
    const store = open(`redis://default:s3cret@127.0.0.1:${server.port}`);
    const errors = await Promise.all([1, 2, 3].map(() => store.put('key', 'private', 60).catch((error: unknown) => error)));
    await wait(500);
    expect(errors).toEqual([expect.any(StoreUnavailable), expect.any(StoreUnavailable), expect.any(StoreUnavailable)]);
    expect(inspect([errors, warnings], { depth: null })).not.toMatch(/s3cret|private/);
    expect(warnings).toEqual([expect.stringContaining('(WRONGPASS)')]);
  });

  it('is closed on purpose: nobody is told, and what comes later is refused', async () => {
    const store = open();
    await store.get('key');
    await store.close();
    await store.close();
    await expectUnavailable(store, 0.5);
    expect(warnings).toEqual([]);
  });

  it('is closed while it is looked for: that ends too', async () => {
    await server.kill();
    const store = open();
    await expectUnavailable(store, 0.5);
    await store.close();
    await server.restart();
    await wait(1200);
    await expectUnavailable(store, 0.5);
  });
});
