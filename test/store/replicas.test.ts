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

/** The masters come first: three that share the slots, and one without. */
type Servers = readonly [RedisServer, RedisServer, RedisServer, RedisServer];

describe('a Cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster({ replicas: 1, empty: 1, nodeTimeout: 30_000 }); // none is promoted here
  }, 40_000);
  afterAll(() => cluster.stop());

  const masters = () => cluster.servers as unknown as Servers;
  const replicaOf = (index: number) => cluster.servers[4 + index] as RedisServer;
  const open3 = () => open({ cluster: cluster.nodes.slice(0, 3) });

  async function slotOf(name: string, prefix = ''): Promise<number> {
    const [server, key] = [cluster.servers[0] as RedisServer, `${prefix}oauth:value:${name}`];
    return Number(await asAdmin(server, (client) => client.call('CLUSTER', 'KEYSLOT', key)));
  }

  const taken = new Set<number>(); // so that no test meets a slot that another one has moved

  /** A name whose key is with the first master at the start, or with the others, in a slot of its own. */
  async function nameAt(isFirst: boolean, name: string, prefix?: string): Promise<string> {
    for (let i = 0; ; i += 1) {
      const slot = await slotOf(`${name}:${i}`, prefix);
      if (slot < 5461 !== isFirst || taken.has(slot)) continue;
      taken.add(slot);
      return `${name}:${i}`;
    }
  }

  function idOf(server: RedisServer): Promise<string> {
    return asAdmin(server, async (client) => String(await client.call('CLUSTER', 'MYID')));
  }

  it('of which a client knows one node alone: a write that leads elsewhere is refused at once, with where it leads', async () => {
    const [first] = masters();
    const store = open({ host: '127.0.0.1', port: first.port });
    await store.put(await nameAt(true, 'here alone'), 1, 60);
    await expect(store.put(await nameAt(false, 'elsewhere'), 1, 60)).rejects.toMatchObject(refusal('Nothing was written: MOVED '));
    await expect((await trusted(store, await nameAt(true, 'here later'))).put(await nameAt(false, 'there'), 1, 60)).rejects.toMatchObject(
      refusal('MOVED '),
    );
  });

  it('of which one replica is away: what its master has is refused unwritten, and the rest goes on', async () => {
    const [first, replica] = [masters()[0], replicaOf(0)];
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
    const [from, to, third] = masters();
    const [id, fromId] = [await idOf(to), await idOf(from)];
    await asAdmin(to, (client) => client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId));
    for (const server of [to, from, third]) await asAdmin(server, (client) => client.call('CLUSTER', 'SETSLOT', slot, 'NODE', id));
    const leadsThere = (server: RedisServer) =>
      asAdmin(server, (client) => client.get(`oauth:value:${key}`)).catch(({ message }: Error) => message.endsWith(`:${to.port}`));
    for (const server of cluster.servers) if (server !== to) await eventually(() => leadsThere(server)); // all have heard of it
    await store.put(key, 1, 60);
    expect(await asAdmin(to, (client) => client.get(`oauth:value:${key}`))).toMatch(/ 1$/);
  });

  /** As `redis-cli --cluster reshard` begins. */
  async function beginMove(slot: number, from: RedisServer, to: RedisServer): Promise<void> {
    const [fromId, toId] = [await idOf(from), await idOf(to)];
    await asAdmin(to, (client) => client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId));
    await asAdmin(from, (client) => client.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId));
  }

  async function giveUpMove(slot: number, from: RedisServer, to: RedisServer): Promise<void> {
    for (const server of [to, from]) await asAdmin(server, (client) => client.call('CLUSTER', 'SETSLOT', slot, 'STABLE'));
  }

  const moveSlot = (slot: number, from: RedisServer, to: RedisServer) => moveSlots(slot, 1, from, to);

  type Options = NonNullable<ConstructorParameters<typeof Cluster>[1]>;
  /** A client of the host, and the one that the store writes by. */
  function hostCluster(options: Options = {}) {
    const host = new Cluster([...cluster.nodes], options);
    const writing = host.duplicate();
    host.duplicate = () => writing;
    hosts.push(host);
    return { store: open(host as unknown as RedisClient), writing: writing as unknown as Required<RedisClient> };
  }
  const hosts: Cluster[] = [];
  afterEach(() => {
    for (const host of hosts.splice(0)) host.disconnect();
  });

  /** What is done as soon as the client was told that the slot is elsewhere. */
  function onceRefused(writing: Required<RedisClient>, act: () => Promise<unknown>): void {
    const pipeline = writing.pipeline.bind(writing);
    jest.spyOn(writing, 'pipeline').mockImplementationOnce((commands) => ({
      async exec() {
        const answers = await pipeline(commands).exec();
        expect(String(answers?.[0]?.[0])).toMatch(/MOVED|ASK/);
        await act();
        return answers;
      },
    }));
  }

  /** How many writes with a condition the masters have executed. */
  async function executed(): Promise<number> {
    const statistics = await Promise.all(masters().map((server) => asAdmin(server, (client) => client.info('commandstats'))));
    return statistics.reduce((sum, text) => sum + Number(/cmdstat_eval:calls=(\d+)/.exec(text)?.[1] ?? 0), 0);
  }

  it.each([
    ['moved, has moved on', moveSlot, ([, second, third], slot) => moveSlot(slot, second, third)],
    ['moved, is on its way again', moveSlot, ([, second, third], slot) => beginMove(slot, second, third)],
    ['is on its way, stays after all', beginMove, ([first, second], slot) => giveUpMove(slot, first, second)],
  ] satisfies [string, typeof moveSlot, (servers: Servers, slot: number) => Promise<void>][])(
    'of which a slot that %s before the write is sent again',
    async (title, begin, goOn) => {
      const { store, writing } = hostCluster();
      const name = await nameAt(true, title);
      const slot = await slotOf(name);
      await trusted(store);
      await begin(slot, masters()[0], masters()[1]);
      onceRefused(writing, () => goOn(masters(), slot));
      const before = await executed();
      expect(await store.add(name, 1, 60)).toBe(true);
      expect(await executed()).toBe(before + 1);
      expect(await store.get(name)).toMatchObject({ value: 1 });
    },
  );

  it('of which two nodes lead to each other, until the second has heard of its slot', async () => {
    const [first, second] = masters();
    const { store, writing } = hostCluster();
    const name = await nameAt(true, 'disagreed');
    const slot = await slotOf(name);
    await trusted(store);
    const id = await idOf(second);
    const assign = (server: RedisServer) => asAdmin(server, (client) => client.call('CLUSTER', 'SETSLOT', slot, 'NODE', id));
    await assign(first);
    const led = jest.spyOn(writing, 'call');
    const added = store.add(name, 1, 60);
    await eventually(async () => led.mock.calls.length > 1); // the first found no end
    await assign(second);
    expect(await added).toBe(true);
    await expect(led.mock.results[0]?.value).rejects.toThrow('Too many Cluster redirections');
  });

  it('of which a slot stays after all: what its own replica has not received is not taken for written', async () => {
    const [first, second] = masters();
    const replica = replicaOf(0);
    const { store, writing } = hostCluster();
    const name = await nameAt(true, 'cancelled');
    const slot = await slotOf(name);
    await trusted(store);
    await beginMove(slot, first, second);
    onceRefused(writing, () => giveUpMove(slot, first, second));
    replica.pause();
    try {
      await expect(store.put(name, 1, 60)).rejects.toMatchObject(refusal('0 of 1 replicas have answered.'));
    } finally {
      replica.resume();
      await followed(first);
    }
  });

  it('of which a slot is on its way: what the replica there has not received is not taken for written', async () => {
    const [first, second] = masters();
    const replica = replicaOf(1);
    const [name, other] = [await nameAt(true, 'on its way'), await nameAt(true, 'on its way too')];
    const store = await trusted(open3());
    for (const each of [name, other]) await beginMove(await slotOf(each), first, second);
    replica.pause();
    try {
      await expect(store.put(name, 1, 60)).rejects.toMatchObject(refusal('0 of 1 replicas have answered.'));
      await expect(store.put(other, 1, 60)).rejects.toMatchObject(unwritten);
    } finally {
      replica.resume();
      await followed(second);
    }
    expect(await store.get(name)).toMatchObject({ value: 1 });
    expect(await store.get(other)).toBeUndefined();
  });

  const mapped = (address: string) => ({ host: 'localhost', port: Number(address.split(':')[1]) });
  it.each<[string, string, () => Options]>([
    ['prefix for all', 'app:', () => ({ keyPrefix: 'app:' })],
    ['prefix for each connection', 'app:', () => ({ redisOptions: { keyPrefix: 'app:' } })],
    [
      'map of addresses',
      '',
      () => ({ natMap: Object.fromEntries(cluster.servers.map(({ port }) => [`127.0.0.1:${port}`, mapped(`:${port}`)])) }),
    ],
    ['function that maps addresses', '', () => ({ natMap: mapped })],
  ])('of which one slot has moved and another is on its way, by a client with a %s', async (title, prefix, options) => {
    const [first, second] = masters();
    const { store, writing } = hostCluster(options());
    const [name, moved] = [await nameAt(true, title, prefix), await nameAt(true, `${title}, moved`, prefix)];
    await trusted(store);
    await moveSlot(await slotOf(moved, prefix), first, second);
    await beginMove(await slotOf(name, prefix), first, second);
    const led = jest.spyOn(writing, 'call');
    for (const each of [name, moved]) expect(await store.add(each, 1, 60)).toBe(true);
    expect(led.mock.calls.map(([, key]) => key)).not.toContain(`oauth:value:${name}`); // the way there is known
    const found = await asAdmin(second, (client) => client.pipeline([['asking'], ['get', `${prefix}oauth:value:${name}`]]).exec());
    expect(found).toEqual([
      [null, 'OK'],
      [null, expect.stringMatching(/ 1$/)],
    ]);
  });

  it('of which a slot is on its way to where nobody gives leave: the write is refused, and the process lives', async () => {
    const [first, second] = masters();
    const { store } = hostCluster();
    const name = await nameAt(true, 'no leave');
    await trusted(store);
    await beginMove(await slotOf(name), first, second);
    const permit = (right: string) => asAdmin(second, (client) => client.call('ACL', 'SETUSER', 'default', right));
    await permit('-asking');
    try {
      await expect(store.put(name, 1, 60)).rejects.toMatchObject({ name: 'StoreUnavailable' });
      await expect(store.get(name)).rejects.toMatchObject({ name: 'StoreUnavailable' });
      await wait(50); // a rejection that nobody handles fails the test
    } finally {
      await permit('+asking');
    }
    expect(await store.get(name)).toBeUndefined();
  });

  it('that asks to try again is asked again', async () => {
    const { store, writing } = hostCluster();
    const name = await nameAt(true, 'trimmed');
    await trusted(store);
    const pipeline = jest.spyOn(writing, 'pipeline').mockImplementationOnce(() => ({
      exec: async () => [
        [new Error('TRYAGAIN Slot is being trimmed'), null],
        [null, 1],
      ],
    })); // as Redis 8 does; older ones never do
    expect(await store.add(name, 1, 60)).toBe(true);
    expect(pipeline).toHaveBeenCalledTimes(2);
  });

  it('that leads nowhere: the write is given up when its time is over', async () => {
    const { store, writing } = hostCluster();
    await trusted(store);
    const pipeline = jest.spyOn(writing, 'pipeline').mockImplementation(() => ({
      exec: async () => [
        [new Error(`MOVED 1 127.0.0.1:${cluster.servers[0]?.port}`), null],
        [null, 1],
      ],
    }));
    await expect(store.put('nowhere', 1, 60)).rejects.toMatchObject(refusal('There was no answer within 2 seconds.'));
    await wait(100); // what was under way is over
    const turns = pipeline.mock.calls.length;
    await wait(500);
    expect(turns).toBeGreaterThan(1);
    expect(pipeline).toHaveBeenCalledTimes(turns);
  });

  it.each([
    ['another that has some', 1],
    ['one that has none', 3],
  ] as const)(
    'whose slots are moved to %s while others of their range are written to: no write is refused',
    async (title, index) => {
      const [from, to] = [masters()[0], masters()[index]];
      const stores = [await trusted(open3()), await doubted(open3())];
      const names = await Promise.all(Array.from({ length: 40 }, (_, i) => nameAt(true, `${title} ${i}`)));
      const slots = new Set(await Promise.all(names.slice(20).map((name) => slotOf(name))));
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
        for (const slot of slots) await moveSlots(slot, 1, from, to);
      })();
      await Promise.race([moves, writes]).finally(() => {
        isOver = true;
      });
      await writes;
      const found = await Promise.all(names.map(async (name) => (await stores[0]?.get(name))?.value));
      expect(found).toEqual(names.map((name) => written[name]));
      expect(Math.min(...Object.values(written))).toBeGreaterThan(1);
    },
    60_000,
  );
});
