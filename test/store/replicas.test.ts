/** Writes that wait for replicas, with real ones that go and come back: what is refused meanwhile was not written, and may be tried again. */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import type { Store } from '../../lib/model/store.js';
import { redisStore } from '../../lib/store/redis.js';
import { type RedisCluster, type RedisServer, startRedis, startRedisCluster } from '../support/redis.js';
import { freshCode, testServer, token } from '../support/server.js';

const log = { warn() {}, error() {} };
const replicas = { replicas: 1, timeout: 0.3 };
const grace = 30; // seconds

const stores: Store[] = [];
function open(source: Parameters<typeof redisStore>[0]): Store {
  const store = redisStore(source, { log, wait: replicas });
  stores.push(store);
  return store;
}

const realNow = Date.now;
afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all(stores.splice(0).map((store) => store.close()));
});

/** Long after anything has failed: replicas are taken at their word. */
async function trusted(store: Store, key = 'before'): Promise<Store> {
  await eventually(() => store.put(key, 1, 60).then(() => true));
  const ahead = Date.now() - realNow() + 61_000;
  jest.spyOn(Date, 'now').mockImplementation(() => realNow() + ahead);
  await store.put(key, 2, 60);
  return store;
}

/** Just begun, with replicas that receive what is written. */
async function doubted(store: Store): Promise<Store> {
  await eventually(() => store.put('before', 1, 60).then(() => true));
  return store;
}

async function eventually(act: () => Promise<unknown>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await act().catch(() => false))) {
    if (performance.now() > end) throw new Error('It did not come about within 20 seconds.');
    await wait(50);
  }
}

async function asAdmin<T>({ port }: RedisServer, act: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis({ port, replyMapping: 'legacy' });
  try {
    return await act(client);
  } finally {
    client.disconnect();
  }
}

/** Waits until a replica receives what is written. */
function followed(primary: RedisServer): Promise<void> {
  return eventually(() =>
    asAdmin(primary, async (client) => {
      await client.call('PUBLISH', 'followed', 1); // of which replicas are told, and which needs no key
      return Number(await client.call('WAIT', 1, 100)) >= 1;
    }),
  );
}

const refusal = (text: string) => ({ name: 'StoreUnavailable', cause: { message: expect.stringContaining(text) } });
const unwritten = refusal('Nothing was written: 0 of 1 replicas have answered.');

describe('one primary with a replica', () => {
  let primary: RedisServer;
  let replica: RedisServer;
  beforeAll(async () => {
    primary = await startRedis();
    replica = await startRedis({ args: ['--replicaof', '127.0.0.1', String(primary.port)] });
    await followed(primary);
  });
  afterAll(async () => {
    await Promise.all([primary, replica].map((server) => server.stop()));
  });
  const faults = {
    'is killed': { begin: () => replica.kill(), end: () => replica.restart() },
    hangs: { begin: async () => replica.pause(), end: async () => replica.resume() },
  };

  async function whileAway(act: () => Promise<void>): Promise<void> {
    await replica.kill();
    try {
      await act();
    } finally {
      await replica.restart();
      await followed(primary);
    }
  }

  it.each(['is killed', 'hangs'] as const)(
    'that %s: one write is in doubt, the others are not written, and all goes on by itself',
    async (fault) => {
      const [first, second, third, swapped, owner] = [1, 2, 3, 4, 5].map((n) => `${fault} ${n}`) as [
        string,
        string,
        string,
        string,
        string,
      ];
      const store = await trusted(open(primary.url), swapped);
      await faults[fault].begin();
      try {
        await expect(store.put(first, 1, 60)).rejects.toMatchObject(refusal('0 of 1 replicas have answered.'));
        expect(await store.get(first)).toMatchObject({ value: 1 });
        const version = (await store.get(swapped))?.version ?? '';
        const writes = [store.put(second, 1, 60), store.add(third, 1, 60), store.swap(swapped, version, 3, 60)];
        for (const answer of await Promise.allSettled(writes)) expect(answer).toMatchObject({ reason: unwritten });
        await expect(store.delete(first)).rejects.toMatchObject(unwritten);
        await expect(store.link(owner, 'id', 60)).rejects.toMatchObject(unwritten);
        const found = await Promise.all([first, second, third, swapped].map(async (key) => (await store.get(key))?.value));
        expect([found, await store.linked(owner)]).toEqual([[1, undefined, undefined, 2], []]);
      } finally {
        await faults[fault].end();
      }
      await eventually(() => store.put(second, 2, 60).then(() => true));
      expect(await store.get(second)).toMatchObject({ value: 2 });
      await followed(primary);
    },
    40_000,
  );

  it('that is away when a process starts: nothing is written at all', async () => {
    const store = open(primary.url);
    await whileAway(async () => {
      await expect(store.put('early', 1, 60)).rejects.toMatchObject(unwritten);
      expect(await store.get('early')).toBeUndefined();
    });
  });

  it('that is away for long: nothing is written later either', async () => {
    const store = await trusted(open(primary.url));
    await whileAway(async () => {
      await store.put('doubtful', 1, 60).catch(() => {});
      const ahead = Date.now() - realNow() + 3_600_000;
      jest.spyOn(Date, 'now').mockImplementation(() => realNow() + ahead);
      await expect(store.put('late', 1, 60)).rejects.toMatchObject(unwritten);
      expect(await store.get('late')).toBeUndefined();
    });
  });

  it('that comes back after the answer was no: what was refused is not written then', async () => {
    const store = await doubted(open(primary.url));
    await faults.hangs.begin();
    const writes = Promise.allSettled(Array.from({ length: 16 }, (_, i) => store.put(`queued:${i}`, 1, 60)));
    const reasons = (await writes).map(({ status }) => status);
    await faults.hangs.end();
    expect(reasons).toEqual(Array(16).fill('rejected'));
    await wait(3_000); // by then the last of them was asked about
    const found = await Promise.all(Array.from({ length: 16 }, (_, i) => store.get(`queued:${i}`)));
    expect(found.filter(Boolean)).toEqual([]);
  }, 20_000);

  it('that is away: a refresh that was refused works when it is tried again, later than the grace time', async () => {
    const server = await testServer({ options: { redis: primary.url, wait: replicas, log } });
    const refresh = (refresh_token: string | undefined) => token(server.url, { grant_type: 'refresh_token', refresh_token });
    try {
      const codes = [await freshCode(server.url), await freshCode(server.url), await freshCode(server.url)];
      const given = await Promise.all(codes.map(async (code) => (await token(server.url, code)).body.refresh_token));
      await whileAway(async () => {
        const refused = await Promise.all(given.map(refresh));
        expect(refused.map(({ status, body }) => [status, body.error])).toEqual(Array(3).fill([503, 'temporarily_unavailable']));
      });
      server.sleep(grace + 10);
      const later = await Promise.all(given.map(refresh));
      expect(later.map(({ status }) => status)).toEqual([200, 200, 200]);
    } finally {
      await server.close();
    }
  }, 40_000);
});

describe('a Cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster({ replicas: 1, nodeTimeout: 30_000 }); // none is promoted here
  }, 40_000);
  afterAll(() => cluster.stop());

  const open3 = () => open({ cluster: cluster.nodes.slice(0, 3) });

  async function slotOf(key: string): Promise<number> {
    return Number(await asAdmin(cluster.servers[0] as RedisServer, (client) => client.call('CLUSTER', 'KEYSLOT', `oauth:value:${key}`)));
  }

  /** A name whose key is with the first master, or with the others. */
  async function nameAt(isFirst: boolean, name: string): Promise<string> {
    for (let i = 0; ; i += 1) if ((await slotOf(`${name}:${i}`)) < 5461 === isFirst) return `${name}:${i}`;
  }

  it('of which one replica is away: what its master has is refused unwritten, and the rest goes on', async () => {
    const [first, replica] = [cluster.servers[0] as RedisServer, cluster.servers[3] as RedisServer];
    const [here, other, there] = [await nameAt(true, 'here'), await nameAt(true, 'other'), await nameAt(false, 'there')];
    const store = await trusted(open3(), here);
    await replica.kill();
    await expect(store.put(here, 3, 60)).rejects.toMatchObject(refusal('0 of 1 replicas have answered.'));
    await expect(store.put(other, 1, 60)).rejects.toMatchObject(unwritten);
    await store.put(there, 1, 60);
    await expect(store.put(other, 1, 60)).rejects.toMatchObject(unwritten);
    expect(await store.get(other)).toBeUndefined();
    await replica.restart();
    await followed(first);
    await eventually(() => store.put(other, 2, 60).then(() => true));
    expect(await store.get(other)).toMatchObject({ value: 2 });
  }, 40_000);

  it.each(['trusted', 'doubted'])('whose slots are moved is followed, with replicas that are %s', async (name) => {
    const store = name === 'trusted' ? await trusted(open3()) : await doubted(open3());
    const key = await nameAt(true, name);
    const slot = await slotOf(key);
    await store.get(key);
    const [from, to, third] = cluster.servers as [RedisServer, RedisServer, RedisServer];
    const id = await asAdmin(to, async (client) => String(await client.call('CLUSTER', 'MYID')));
    const fromId = await asAdmin(from, async (client) => String(await client.call('CLUSTER', 'MYID')));
    await asAdmin(to, (client) => client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId));
    for (const server of [to, from, third]) await asAdmin(server, (client) => client.call('CLUSTER', 'SETSLOT', slot, 'NODE', id));
    const leadsThere = (server: RedisServer) =>
      asAdmin(server, (client) => client.get(`oauth:value:${key}`)).catch(({ message }: Error) => message.endsWith(`:${to.port}`));
    for (const server of cluster.servers) if (server !== to) await eventually(() => leadsThere(server)); // all have heard of it
    await store.put(key, 1, 60);
    expect(await asAdmin(to, (client) => client.get(`oauth:value:${key}`))).toMatch(/ 1$/);
  });
});
