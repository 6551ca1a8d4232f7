/** The store on the ways in which Redis is run: behind Sentinel, as a Cluster by option, by TLS; each as a user with the least rights. */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis, type RedisOptions } from 'ioredis';
import { StoreUnavailable } from '../../lib/errors.js';
import type { Store } from '../../lib/model/store.js';
import { redisStore } from '../../lib/store/redis.js';
import {
  asAdmin,
  asLeastUser,
  leastRights,
  leastUser,
  type RedisCluster,
  type RedisSentinel,
  type RedisServer,
  recovery,
  type SecuredRedis,
  startRedis,
  startRedisCluster,
  startRedisSentinel,
  startSecuredRedis,
} from '../support/redis.js';
import { storesUnderTest } from '../support/redis-stores.js';
import { lostOf, writeOn } from '../support/writers.js';
import { describeStore } from './contract.js';

const sleep = (seconds: number) => wait(seconds * 1000);
const limit = { name: 'tries', times: 3, within: 60 };

const { open, log, warnings, problems } = storesUnderTest();

/** What these servers have refused to users of their ACL. */
async function refusalsOf(servers: readonly { readonly port: number }[]): Promise<unknown[]> {
  return (await Promise.all(servers.map((server) => asAdmin(server, (client) => client.call('ACL', 'LOG') as Promise<unknown[]>)))).flat();
}

function adminOf({ connection }: SecuredRedis): Redis {
  return new Redis({ ...connection, username: 'default', password: 'admin', replyMapping: 'legacy' });
}

const isRight = (rule: string) => rule.startsWith('+');

describe('behind Sentinel, as users with the least rights', () => {
  let sentinel: RedisSentinel;
  let source: RedisOptions;
  beforeAll(async () => {
    sentinel = await startRedisSentinel({
      users: [leastUser(leastRights.everywhere, leastRights.wait)],
      sentinelUsers: [leastUser(leastRights.sentinel)],
    });
    const { username: sentinelUsername, password: sentinelPassword } = asLeastUser;
    source = { ...sentinel.source, ...asLeastUser, sentinelUsername, sentinelPassword };
  }, 30_000);
  afterAll(() => sentinel.stop());

  describeStore('Redis behind Sentinel', { open: () => redisStore(source, { log }), sleep });

  it('counts limits', async () => {
    const limiter = open(source).limiter?.(limit);
    const waits = [];
    for (let times = 0; times < 4; times += 1) waits.push(await limiter?.count('alice'));
    expect(waits).toEqual([0, 0, 0, expect.any(Number)]);
    expect(waits[3]).toBeGreaterThan(50);
    expect(problems).toEqual([]);
  });

  it('loses no acknowledged write when the primary is killed, if writes wait for a replica; and finds the new one within seconds', async () => {
    const store = open(source, { wait: { replicas: 1, timeout: 1 } });
    const writing = writeOn(store);
    while (writing.acknowledged.length < 100) await wait(10);
    const primary = await sentinel.primary();
    const before = writing.acknowledged.length;
    await primary.kill();
    const seconds = await recovery(() => store.put('probe', 1, 60));
    await wait(200);
    await writing.stop();
    expect(writing.acknowledged.length).toBeGreaterThan(before);
    expect(await lostOf(writing.acknowledged, store)).toEqual([]);
    expect(seconds).toBeLessThan(10);
    expect((await sentinel.primary()).port).not.toBe(primary.port);
    expect(warnings).toEqual([expect.stringContaining('Redis cannot be reached'), 'Redis is back.']);
    await primary.restart();
  }, 40_000);

  it('asks the next sentinel while one hangs', async () => {
    const [first] = sentinel.sentinels;
    first?.pause();
    try {
      const store = open({ ...source, sentinels: sentinel.sentinels.map(({ port }) => ({ host: '127.0.0.1', port })) });
      expect(await recovery(() => store.put('key', 1, 60))).toBeLessThan(6);
    } finally {
      first?.resume();
    }
  });

  it('needs no other right for any of this', async () => {
    expect(await refusalsOf([...sentinel.servers, ...sentinel.sentinels])).toEqual([]);
  });

  const allow = (...rules: string[]) =>
    Promise.all(sentinel.sentinels.map((server) => asAdmin(server, (client) => client.call('ACL', 'SETUSER', 'oauth', ...rules))));

  it.each(leastRights.sentinel.filter((rule) => rule.startsWith('+sentinel')))('needs %s at the sentinels', async (right) => {
    await allow(right.replace('+', '-'));
    try {
      await expect(open(source, { deadline: 0.5 }).get('key')).rejects.toBeInstanceOf(StoreUnavailable);
      expect(warnings).toEqual([expect.stringContaining('Redis cannot be reached (NOPERM)')]);
    } finally {
      await allow(right);
    }
  });

  it.each([
    ['+subscribe', '-subscribe'],
    ['&+promoted-slave', 'resetchannels', '&+switch-master'],
    ['&+switch-master', 'resetchannels', '&+promoted-slave'],
  ])('needs %s at the sentinels to hear of failovers, and says so', async (_, ...less) => {
    await allow(...less);
    try {
      const store = open(source);
      await store.put('key', 1, 60);
      const lines = sentinel.sentinels.map(({ port }) => `The sentinel 127.0.0.1:${port} does not tell of failovers (NOPERM). `);
      await recovery(async () => expect(warnings.map((line) => line.slice(0, lines[0]?.length)).sort()).toEqual(lines.sort()));
    } finally {
      await allow(...leastRights.sentinel.slice(1)); // all but the reset, which would forget the password
    }
  });
});

describe('as a Cluster, by option, as a user with the least rights', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    const users = [leastUser(leastRights.everywhere, leastRights.wait, leastRights.cluster)];
    cluster = await startRedisCluster({ replicas: 1, nodeTimeout: 1000, users });
  }, 40_000);
  afterAll(() => cluster.stop());

  const source = () => ({ cluster: cluster.nodes.slice(0, 2), ...asLeastUser });

  describeStore('Redis Cluster, by option', { open: () => redisStore(source(), { log }), sleep });
  describeStore('Redis Cluster, whose writes wait for a replica', {
    open: () => redisStore(source(), { log, wait: { replicas: 1, timeout: 1 } }),
    sleep,
  });

  it('counts limits', async () => {
    const limiter = open(source()).limiter?.(limit);
    const waits = [];
    for (let times = 0; times < 4; times += 1) waits.push(await limiter?.count('alice'));
    expect(waits).toEqual([0, 0, 0, expect.any(Number)]);
    expect(waits[3]).toBeGreaterThan(50);
    expect(problems).toEqual([]);
  });

  it('counts several limits by one command, whichever node has the place', async () => {
    const limiter = open(source()).jointLimiter?.([limit, { ...limit, name: 'others', longestWait: 60 }]);
    for (let place = 0; place < 20; place += 1) {
      const counters = [limit.name, 'others'].map((name) => ({ limit: name, key: `key ${place}` }));
      const waits = [];
      for (let times = 0; times < 4; times += 1) waits.push(await limiter?.count(`place ${place}`, counters));
      expect(waits).toEqual([
        [0, 0],
        [0, 0],
        [0, 0],
        [expect.any(Number), 1],
      ]);
      await limiter?.forgive(`place ${place}`, counters);
      expect(await limiter?.count(`place ${place}`, counters)).toEqual([0, 0]);
    }
    expect(problems).toEqual([]);
  });

  it('loses no acknowledged write when a master is killed, if writes wait for a replica; and goes on within seconds', async () => {
    const store = open(source(), { wait: { replicas: 1, timeout: 1 } });
    const writing = writeOn(store);
    while (writing.acknowledged.length < 100) await wait(10);
    const before = writing.acknowledged.length;
    const [master] = cluster.servers;
    await master?.kill();
    const isWhole = async () => {
      const nodes = await asAdmin(cluster.servers[1] as RedisServer, (client) => client.call('CLUSTER', 'INFO'));
      if (!String(nodes).includes('cluster_state:ok')) throw new Error('Not yet.');
      await Promise.all(Array.from({ length: 50 }, () => store.get(randomUUID())));
    };
    await wait(1200);
    const seconds = await recovery(isWhole);
    await master?.restart(); // as a replica; without one, the writes of a third of the keys would be refused
    await recovery(() => Promise.all(Array.from({ length: 50 }, () => store.put(randomUUID(), 1, 60))));
    await writing.stop();
    expect(writing.acknowledged.length).toBeGreaterThan(before);
    expect(seconds).toBeLessThan(10);
    expect(await lostOf(writing.acknowledged, store)).toEqual([]);
  }, 60_000);

  const ways = [
    { name: 'written', options: {} },
    { name: 'written, and the writes wait for a replica', options: { wait: { replicas: 1, timeout: 1 } } },
  ];

  it.each(ways)('follows a slot that is moved before it is $name', async ({ name, options }) => {
    const store = open(source(), options);
    await store.put(name, 0, 600);
    await moveSlot(...(await moveOf(`oauth:value:${name}`)));
    for (let round = 1; round < 4; round += 1) await store.put(name, round, 600);
    expect(await store.get(name)).toMatchObject({ value: 3 });
    expect(await store.delete(name)).toBe(true);
  });

  it.each(ways)(
    'follows a slot that is moved while it is $name',
    async ({ options }) => {
      const store = open(source(), options);
      await store.put('key', 0, 600);
      const [slot, from, to] = await moveOf('oauth:value:key');
      let isMoving = true;
      let rounds = 0;
      const swapping = (async () => {
        while (isMoving || rounds < 50) {
          const found = await store.get<number>('key');
          expect(found?.value).toBe(rounds);
          expect(await store.swap('key', found?.version ?? '', rounds + 1, 600)).toBe(true);
          rounds += 1;
        }
      })();
      await wait(100);
      await moveSlot(slot, from, to);
      isMoving = false;
      await swapping;
      expect(await store.get('key')).toMatchObject({ value: rounds });
      expect(await asAdmin(to, (client) => client.call('CLUSTER', 'COUNTKEYSINSLOT', slot))).toBe(1);
    },
    30_000,
  );

  it('is refused a write to a slot on its way that no replica has where it goes, if writes wait for a replica', async () => {
    const store = open(source(), { wait: { replicas: 2, timeout: 0.2 } });
    const [slot, from, to] = await moveOf('oauth:value:on its way');
    await letGo(slot, from, to);
    const refusal = { cause: { message: 'Nothing was written: 1 of 2 replicas have answered.' } };
    await expect(store.put('on its way', 1, 60)).rejects.toMatchObject(refusal);
    expect(await store.get('on its way')).toBeUndefined();
    await stay(slot, from, to);
  });

  it('needs no other right for any of this', async () => {
    expect(await refusalsOf(cluster.servers)).toEqual([]);
  });

  it.each(leastRights.cluster.filter(isRight))(
    'needs %s',
    async (right) => {
      const setUser = (server: RedisServer, rule: string) => asAdmin(server, (client) => client.call('ACL', 'SETUSER', 'oauth', rule));
      const [slot, from, to] = await moveOf('oauth:value:asked for');
      if (right === '+asking') await letGo(slot, from, to);
      await Promise.all(cluster.servers.map((server) => setUser(server, right.replace('+', '-'))));
      const isRefused = async () => {
        const store = open(source(), { deadline: 1 });
        const write = () =>
          Promise.allSettled(['asked for', ...Array.from({ length: 30 }, randomUUID)].map((key) => store.put(key, 1, 60)));
        await write();
        if (right === '+readwrite') await promoteOne();
        for (let times = 0; times < 5; times += 1) await write();
        if ((await refusalsOf(cluster.servers)).length === 0)
          throw new Error('Not yet: which nodes the client asks is a matter of chance.');
      };
      await recovery(isRefused);
      await Promise.all(cluster.servers.map((server) => setUser(server, right)));
      await Promise.all(cluster.servers.map((server) => asAdmin(server, (client) => client.call('ACL', 'LOG', 'RESET'))));
      if (right === '+asking') await stay(slot, from, to);
    },
    30_000,
  );

  it('does nothing late of what it refused while it was away', async () => {
    const stores = ways.map(({ options }) => open(source(), { ...options, deadline: 0.5 }));
    await Promise.all(stores.map((store) => store.put('early', 1, 600)));
    await Promise.all(cluster.servers.map((server) => server.kill()));
    const writes = stores.flatMap((store) => Array.from({ length: 100 }, (_, index) => store.put(`late ${index}`, 1, 600)));
    expect((await Promise.allSettled(writes)).every(({ status }) => status === 'rejected')).toBe(true);
    await wait(1000);
    await Promise.all(cluster.servers.map((server) => server.restart()));
    await recovery(() => Promise.all(stores.map((store) => store.put('new', 1, 600))));
    await wait(200);
    const keys = await Promise.all(cluster.servers.map((server) => asAdmin(server, (client) => client.keys('*late*'))));
    expect(keys.flat()).toEqual([]);
  }, 30_000);

  /** The slot of a key, the master that has it, and another; each by its own account, since others may not have heard of the last move. */
  async function moveOf(key: string): Promise<[slot: number, from: RedisServer, to: RedisServer]> {
    const [any] = cluster.servers as [RedisServer];
    const slot = Number(await asAdmin(any, (client) => client.call('CLUSTER', 'KEYSLOT', key)));
    const rangesOf = async (server: RedisServer) => {
      const ranges = (await asAdmin(server, (client) => client.call('CLUSTER', 'SLOTS'))) as [number, number, [string, number]][];
      return { server, own: ranges.filter(([, , [, port]]) => port === server.port) };
    };
    const masters = (await Promise.all(cluster.servers.map(rangesOf))).filter(({ own }) => own.length > 0);
    const has = ({ own }: (typeof masters)[number]) => own.some(([first, last]) => first <= slot && slot <= last);
    const [from, to] = [masters.find(has), masters.find((master) => !has(master))];
    return [slot, from?.server as RedisServer, to?.server as RedisServer];
  }

  async function idsOf(...servers: RedisServer[]): Promise<string[]> {
    return Promise.all(servers.map((server) => asAdmin(server, async (client) => String(await client.call('CLUSTER', 'MYID')))));
  }

  /** A replica takes the place of its master. */
  async function promoteOne(): Promise<void> {
    const roleOf = (server: RedisServer) => asAdmin(server, async (client) => ((await client.call('ROLE')) as [string])[0]);
    const roles = await Promise.all(cluster.servers.map(roleOf));
    await asAdmin(cluster.servers[roles.indexOf('slave')] as RedisServer, (client) => client.call('CLUSTER', 'FAILOVER', 'TAKEOVER'));
    await wait(300);
  }

  /** The slot is on its way: what is not at the one any more is asked for at the other. */
  async function letGo(slot: number, from: RedisServer, to: RedisServer): Promise<void> {
    const [fromId = '', toId = ''] = await idsOf(from, to);
    await asAdmin(to, (client) => client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId));
    await asAdmin(from, (client) => client.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId));
  }

  /** The slot does not go after all. */
  async function stay(slot: number, ...servers: RedisServer[]): Promise<void> {
    for (const server of servers) await asAdmin(server, (client) => client.call('CLUSTER', 'SETSLOT', slot, 'STABLE'));
  }

  async function moveSlot(slot: number, from: RedisServer, to: RedisServer): Promise<void> {
    await letGo(slot, from, to);
    await asAdmin(from, async (client) => {
      await wait(200); // as long as it takes to meet both
      const keys = (await client.call('CLUSTER', 'GETKEYSINSLOT', slot, 1000)) as string[];
      await client.call('MIGRATE', '127.0.0.1', to.port, '', 0, 5000, 'KEYS', ...keys);
      await wait(200);
    });
    const [toId = ''] = await idsOf(to);
    for (const server of [to, from]) await asAdmin(server, (client) => client.call('CLUSTER', 'SETSLOT', slot, 'NODE', toId));
  }
});

describe('by TLS, as a user with few rights', () => {
  let secured: SecuredRedis;
  beforeAll(async () => {
    secured = await startSecuredRedis();
  });
  afterAll(() => secured.stop());

  describeStore('Redis by TLS, with the least rights', {
    open: () => redisStore(secured.connection, { log, wait: { replicas: 0, timeout: 1 } }),
    sleep,
  });

  it('counts limits', async () => {
    const [one, other] = [open(secured.connection), open(secured.connection)].map((store) => store.limiter?.(limit));
    await Promise.all([one?.forget('nobody'), other?.forget('nobody')]); // both are connected
    expect([await one?.count('alice'), await other?.count('alice'), await one?.count('alice')]).toEqual([0, 0, 0]);
    expect(await other?.count('alice')).toBeGreaterThan(0);
    await other?.forget('alice');
    expect(await other?.count('alice')).toBe(0);
    const admin = adminOf(secured);
    expect(await admin.keys('oauth:limit:*')).toHaveLength(1); // counted there, not by the insurance
    expect(problems).toEqual([]);
    admin.disconnect();
  });

  it('keeps to a db of its own', async () => {
    const [one, other] = [open({ ...secured.connection, db: 1 }), open(secured.connection)];
    await one.put('only there', 1, 60);
    expect(await other.get('only there')).toBeUndefined();
  });

  it('needs no other right for any of this, and asks for nothing that this Redis does not know', async () => {
    const admin = adminOf(secured);
    expect(await admin.call('ACL', 'LOG')).toEqual([]);
    await admin.config('RESETSTAT');
    await open(secured.connection).put('key', 1, 60);
    expect(await admin.info('errorstats')).not.toContain('errorstat_');
    admin.disconnect();
  });

  it('can do nothing besides', async () => {
    const client = new Redis({ ...secured.connection, replyMapping: 'legacy' });
    client.on('error', () => {});
    for (const command of [['keys', '*'], ['get', 'app:session'], ['flushall'], ['config', 'get', '*'], ['scan', '0']] as const) {
      await expect(client.call(command[0], ...command.slice(1))).rejects.toThrow('NOPERM');
    }
    client.disconnect();
  });

  it('is reached by TLS behind Sentinel too, with no other option', async () => {
    const name = 'oauth';
    const sentinel = await startRedis({ sentinel: [`sentinel monitor ${name} 127.0.0.1 ${secured.port} 2`] }); // that it cannot reach it does not matter
    const { tls, username, password } = secured.connection as Required<RedisOptions>;
    const store = open({ sentinels: [{ host: '127.0.0.1', port: sentinel.port }], name, tls, username, password });
    await store.put('by sentinel', 1, 60);
    expect(await store.get('by sentinel')).toMatchObject({ value: 1 });
    await store.close();
    await sentinel.stop();
  });

  it("refuses a server whose certificate is nobody's", async () => {
    const { tls: _, ...others } = secured.connection;
    const store = open({ ...others, tls: {} }, { deadline: 0.5 });
    await expect(store.get('key')).rejects.toBeInstanceOf(StoreUnavailable);
    expect(warnings).toEqual([expect.stringMatching(/Redis cannot be reached \((SELF_SIGNED|UNABLE_TO)/)]);
  });
});

describe('the least rights', () => {
  const rights = [leastRights.everywhere, leastRights.wait, leastRights.db].flat().filter(isRight);
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis({ users: [leastUser(leastRights.everywhere)] });
  });
  afterAll(() => server.stop());

  /** All that the store does. */
  async function doAll(store: Store): Promise<void> {
    await store.put('key', 1, 60).catch(() => {});
    const calls = [
      store.get('key'),
      store.add('key', 1, 60),
      store.swap('key', 'version', 1, 60),
      store.link('owner', 'id', 60),
      store.linked('owner'),
      store.delete('key'),
    ];
    await Promise.allSettled(calls);
    for (const each of [limit, { ...limit, name: 'growing', longestWait: 60 }]) {
      const limiter = store.limiter?.(each);
      for (let times = 0; times < 4; times += 1) await limiter?.count('alice');
      for (let times = 0; times < 4; times += 1) await limiter?.giveBack('alice');
      await limiter?.forget('alice');
    }
  }

  it.each(rights)('have %s among them', async (right) => {
    const others = rights.filter((other) => other !== right);
    await asAdmin(server, (client) => client.call('ACL', 'SETUSER', 'oauth', ...leastRights.everywhere, ...others, `-${right.slice(1)}`));
    await doAll(open({ port: server.port, db: 1, ...asLeastUser }, { wait: { replicas: 0, timeout: 1 } }));
    expect(await refusalsOf([server])).not.toEqual([]);
  });

  it.each(['+hmget', '+hset', '+pttl', '+pexpire', '+time', '+eval'])(
    'without %s limits are still counted, by each process; the operator is told once',
    async (right) => {
      await asAdmin(server, (client) => client.call('ACL', 'SETUSER', 'oauth', ...leastRights.everywhere, `-${right.slice(1)}`));
      const store = open({ port: server.port, ...asLeastUser });
      for (const each of [limit, { ...limit, name: 'others' }]) {
        const limiter = store.limiter?.(each);
        const waits: unknown[] = [];
        for (let times = 0; times < 4; times += 1) waits.push(await limiter?.count('bob'));
        expect(waits).toEqual([0, 0, 0, expect.any(Number)]);
        expect(waits[3]).toBeGreaterThan(50);
        await limiter?.forget('bob'); // is allowed, and no sign that all is well
      }
      expect(problems).toEqual([expect.stringMatching(/^Limits cannot be counted in Redis.*(has no permissions|can't run this command)/)]);
    },
  );
});
