/** Writes that wait for replicas, with real ones that go and come back: what is refused meanwhile was not written, and may be tried again. */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Cluster } from 'ioredis';
import type { Store } from '../../lib/model/store.js';
import { redisStore } from '../../lib/store/redis.js';
import type { RedisClient } from '../../lib/store/redis-client.js';
import { asAdmin, followed, moveSlots, type RedisCluster, type RedisServer, startRedis, startRedisCluster } from '../support/redis.js';
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

  function idOf(server: RedisServer): Promise<string> {
    return asAdmin(server, async (client) => String(await client.call('CLUSTER', 'MYID')));
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
    const [id, fromId] = [await idOf(to), await idOf(from)];
    await asAdmin(to, (client) => client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId));
    for (const server of [to, from, third]) await asAdmin(server, (client) => client.call('CLUSTER', 'SETSLOT', slot, 'NODE', id));
    const leadsThere = (server: RedisServer) =>
      asAdmin(server, (client) => client.get(`oauth:value:${key}`)).catch(({ message }: Error) => message.endsWith(`:${to.port}`));
    for (const server of cluster.servers) if (server !== to) await eventually(() => leadsThere(server)); // all have heard of it
    await store.put(key, 1, 60);
    expect(await asAdmin(to, (client) => client.get(`oauth:value:${key}`))).toMatch(/ 1$/);
  });

  const again = {
    'has moved on': (slot: number, from: RedisServer, to: RedisServer) => moveSlots(slot, 1, from, to),
    'is on its way again': async (slot: number, from: RedisServer, to: RedisServer) => {
      const [fromId, toId] = [await idOf(from), await idOf(to)];
      await asAdmin(to, (client) => client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId));
      await asAdmin(from, (client) => client.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId));
    },
  };

  it.each(['has moved on', 'is on its way again'] as const)('of which a slot %s before the write is sent again', async (what) => {
    const [first, second, third] = cluster.servers as [RedisServer, RedisServer, RedisServer];
    const host = new Cluster([...cluster.nodes]);
    const writing = host.duplicate();
    host.duplicate = () => writing;
    const store = open(host as unknown as RedisClient);
    const name = await nameAt(true, what);
    const slot = await slotOf(name);
    await trusted(store);
    await moveSlots(slot, 1, first, second);
    const call = writing.call.bind(writing) as RedisClient['call'];
    const led = jest.spyOn(writing as unknown as RedisClient, 'call').mockImplementationOnce(async (...command) => {
      const answer = await call(...command);
      await again[what](slot, second, third);
      return answer;
    });
    try {
      expect(await store.add(name, 1, 60)).toBe(true); // a second time it would not be new
      expect(led.mock.calls.length).toBeGreaterThanOrEqual(2); // more if the client was taught back and forth
      expect(await store.get(name)).toMatchObject({ value: 1 });
    } finally {
      host.disconnect();
    }
  });

  it('whose slots are moved while others of their range are written to: no write is refused', async () => {
    const [first, second] = cluster.servers as [RedisServer, RedisServer];
    const stores = [await trusted(open3()), await doubted(open3())];
    const names = await Promise.all(Array.from({ length: 40 }, (_, i) => nameAt(true, `name ${i}`)));
    const slots = new Set(await Promise.all(names.slice(20).map(slotOf)));
    const written: Record<string, number> = {};
    let isOver = false;

    async function write(store: Store, name: string): Promise<void> {
      for (let n = 1; !isOver; n += 1) {
        await store.put(name, n, 60);
        written[name] = n;
      }
    }

    const writes = Promise.all(names.map((name, i) => write(stores[i % 2] as Store, name)));
    const moves = (async () => {
      for (const slot of slots) await moveSlots(slot, 1, first, second);
    })();
    await Promise.race([moves, writes]).finally(() => {
      isOver = true;
    });
    await writes;
    const found = await Promise.all(names.map(async (name) => (await stores[0]?.get(name))?.value));
    expect(found).toEqual(names.map((name) => written[name]));
    expect(Math.min(...Object.values(written))).toBeGreaterThan(1);
  }, 60_000);
});
