/** Failovers of Sentinel in which the old primary lives on: ordered by somebody, or because the sentinels alone cannot see it. */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import type { Store } from '../../lib/model/store.js';
import { type FailoverWatch, watchFailovers } from '../../lib/store/redis-sentinel.js';
import { asAdmin, type RedisSentinel, type RedisServer, recovery, startRedis, startRedisSentinel } from '../support/redis.js';
import { storesUnderTest } from '../support/redis-stores.js';
import { lostOf, writeOn } from '../support/writers.js';

const { open } = storesUnderTest();

describe('a failover that somebody orders', () => {
  let sentinel: RedisSentinel;
  let old: RedisServer;
  beforeEach(async () => {
    sentinel = await startRedisSentinel();
    old = await sentinel.primary();
  }, 30_000);
  afterEach(() => sentinel.stop());

  const order = () => asAdmin(sentinel.sentinels[0] as RedisServer, (client) => client.call('SENTINEL', 'FAILOVER', 'oauth'));
  const roleOf = (server: RedisServer) => asAdmin(server, async (client) => ((await client.call('ROLE')) as string[])[0]);

  /** The new primary, as soon as all of these sentinels have heard of it. */
  async function replaced(witnesses = sentinel.sentinels): Promise<RedisServer> {
    const asks = (server: RedisServer) =>
      asAdmin(server, (client) => client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'oauth') as Promise<[string, string]>);
    let ports = new Set<number>();
    await recovery(async () => {
      ports = new Set((await Promise.all(witnesses.map(asks))).map(([, port]) => Number(port)));
      expect([ports.size, ports.has(old.port)]).toEqual([1, false]);
    });
    return sentinel.servers.find(({ port }) => ports.has(port)) as RedisServer;
  }

  /** Whether this server alone has what is written now. */
  async function holds(server: RedisServer, store: Store): Promise<boolean> {
    const key = randomUUID();
    await recovery(() => store.put(key, 1, 60));
    const has = (each: RedisServer) => asAdmin(each, async (client) => (await client.keys(`*${key}*`)).length > 0);
    return (await has(server)) && !(await has(old));
  }

  it('is followed while the old primary still takes what it is given', async () => {
    const store = open(sentinel.source);
    await store.put('key', 1, 60);
    await order();
    const primary = await replaced();
    await recovery(async () => expect(await holds(primary, store)).toBe(true));
    expect(await roleOf(old)).toBe('master');
  }, 30_000);

  it('loses nothing if the old primary was told to pause writes before, as the documentation has it', async () => {
    const store = open(sentinel.source, { wait: { replicas: 1, timeout: 1 } });
    const writing = writeOn(store);
    await recovery(async () => expect(writing.acknowledged.length).toBeGreaterThan(100));
    await asAdmin(old, (client) => client.call('CLIENT', 'PAUSE', 10_000, 'WRITE'));
    await order();
    const primary = await replaced();
    const before = writing.acknowledged.length;
    await recovery(async () => expect(await holds(primary, store)).toBe(true));
    await recovery(async () => expect(writing.acknowledged.length).toBeGreaterThan(before + 100));
    await writing.stop();
    expect(await lostOf(writing.acknowledged, store)).toEqual([]);
  }, 30_000);

  it('is not undone by a sentinel that has not heard of it', async () => {
    const store = open(sentinel.source);
    await store.put('key', 1, 60);
    await order();
    const primary = await replaced();
    await recovery(async () => expect(await holds(primary, store)).toBe(true));
    for (const behind of sentinel.sentinels) {
      await asAdmin(behind, async (client) => {
        await client.call('SENTINEL', 'REMOVE', 'oauth');
        await client.call('SENTINEL', 'MONITOR', 'oauth', '127.0.0.1', old.port, 2);
      });
    }
    await asAdmin(primary, (client) => client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'));
    await recovery(() => store.put('key', 1, 60));
    expect(await holds(primary, store)).toBe(true);
    expect(await roleOf(old)).toBe('master');
  }, 30_000);

  it('is followed by a connection that was asking a sentinel at the time', async () => {
    const [first, second, hanging] = sentinel.sentinels as [RedisServer, RedisServer, RedisServer];
    const inTurn = [first, hanging, hanging, hanging, second]; // a second is lost with each that hangs
    const store = open({ ...sentinel.source, sentinels: inTurn.map(({ port }) => ({ host: '127.0.0.1', port })) });
    await store.put('key', 1, 60);
    hanging.pause();
    try {
      await order();
      await asAdmin(old, (client) => client.call('CLIENT', 'KILL', 'TYPE', 'normal'));
      const primary = await replaced([first, second]);
      await recovery(async () => expect(await holds(primary, store)).toBe(true));
    } finally {
      hanging.resume();
    }
  }, 30_000);
});

describe('what sentinels tell', () => {
  let server: RedisServer; // to listeners, any Redis is as a sentinel is
  let speaker: Redis;
  let watch: FailoverWatch;
  const leave = jest.fn();
  const tell = jest.fn();
  beforeAll(async () => {
    server = await startRedis({ users: ['user mute on >password ~* &* +@all -subscribe'] });
    speaker = new Redis(server.url, { replyMapping: 'legacy' });
  });
  afterAll(async () => {
    speaker.disconnect();
    await server.stop();
  });
  afterEach(async () => {
    watch.close();
    await recovery(() => listeners(0));
    jest.restoreAllMocks();
    for (const mock of [leave, tell]) mock.mockReset();
  });

  const channel = '+switch-master';

  /** With settings that are fit for what is asked of Redis, not for listening. */
  function listen(options: object = {}): void {
    const settings = { autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0, retryStrategy: () => 20, disconnectTimeout: 20 };
    watch = watchFailovers({ name: 'oauth', sentinels: [{ host: '127.0.0.1', port: server.port }], ...options }, settings, leave, tell);
  }

  const listeners = async (count: number) => expect((await speaker.pubsub('NUMSUB', channel))[1]).toBe(count);

  /** Until these were heard, as one was that came after them. Answers how often they made us leave. */
  async function say(...messages: string[]): Promise<number> {
    await recovery(() => listeners(1));
    const before = leave.mock.calls.length;
    const last = randomUUID();
    for (const message of [...messages, `oauth ${last} 1 after-${last} 1`]) await speaker.publish(channel, message);
    await recovery(async () => expect(watch.natMap(`${last}:1`).host).toBe(`after-${last}`));
    return leave.mock.calls.length - before - 1;
  }

  it('leads past a primary that was replaced, and past one that has replaced it and was replaced', async () => {
    listen();
    expect(await say('oauth 10.0.0.1 6379 10.0.0.2 6380')).toBe(1);
    expect(watch.natMap('10.0.0.1:6379')).toEqual({ host: '10.0.0.2', port: 6380 });
    expect(await say('oauth 10.0.0.2 6380 ::1 6381')).toBe(1);
    for (const address of ['10.0.0.1:6379', '10.0.0.2:6380', '::1:6381'])
      expect(watch.natMap(address)).toEqual({ host: '::1', port: 6381 });
  });

  it('leads back to one that is the primary again', async () => {
    listen();
    expect(await say('oauth 10.0.0.1 6379 10.0.0.2 6379', 'oauth 10.0.0.2 6379 10.0.0.1 6379')).toBe(2);
    for (const address of ['10.0.0.1:6379', '10.0.0.2:6379']) expect(watch.natMap(address)).toEqual({ host: '10.0.0.1', port: 6379 });
  });

  it('is news once, however many sentinels tell it', async () => {
    listen();
    expect(await say(...Array<string>(3).fill('oauth 10.0.0.1 6379 10.0.0.2 6379'))).toBe(1);
  });

  it('is no news again from the one that leads, which waits until all replicas follow the new primary', async () => {
    listen();
    await say();
    leave.mockReset();
    await speaker.publish('+promoted-slave', 'slave 10.0.0.2:6380 10.0.0.2 6380 @ oauth 10.0.0.1 6379');
    await recovery(async () => expect(leave).toHaveBeenCalledTimes(1));
    const now = Date.now();
    jest.spyOn(Date, 'now').mockReturnValue(now + 180_000);
    expect(await say('oauth 10.0.0.1 6379 10.0.0.2 6380')).toBe(0);
  });

  it('leaves a primary whose name is that of another server now, once, and looks for it by that name', async () => {
    listen();
    expect(await say(...Array<string>(3).fill('oauth redis-0 6379 redis-0 6379'))).toBe(1);
    expect(watch.natMap('redis-0:6379')).toEqual({ host: 'redis-0', port: 6379 });
  });

  it('is heard from the one that leads as soon as it sees the promotion', async () => {
    listen();
    await say();
    leave.mockReset();
    await speaker.publish('+promoted-slave', 'slave 10.0.0.2:6380 10.0.0.2 6380 @ oauth 10.0.0.1 6379');
    await recovery(async () => expect(leave).toHaveBeenCalledTimes(1));
    expect(watch.natMap('10.0.0.1:6379')).toEqual({ host: '10.0.0.2', port: 6380 });
    expect(await say('oauth 10.0.0.1 6379 10.0.0.2 6380')).toBe(0);
  });

  it('is of no concern if it is another primary that was replaced', async () => {
    listen();
    expect(await say('others 10.0.0.1 6379 10.0.0.2 6379')).toBe(0);
    expect(watch.natMap('10.0.0.1:6379')).toEqual({ host: '10.0.0.1', port: 6379 });
  });

  it('holds for about five seconds: then all sentinels know better', async () => {
    listen();
    await say('oauth 10.0.0.1 6379 10.0.0.2 6379');
    const now = Date.now();
    jest.spyOn(Date, 'now').mockReturnValue(now + 6000);
    expect(watch.natMap('10.0.0.1:6379')).toEqual({ host: '10.0.0.1', port: 6379 });
  });

  it.each([
    ['table', { '10.0.0.2:6379': { host: 'redis.example.com', port: 7000 } }],
    ['function', (address: string) => (address === '10.0.0.2:6379' ? { host: 'redis.example.com', port: 7000 } : null)],
  ])('is of addresses as the servers know them, before those of a natMap, a %s', async (_, natMap) => {
    listen({ natMap });
    expect(await say('oauth 10.0.0.1 6379 10.0.0.2 6379')).toBe(1);
    expect(watch.natMap('10.0.0.1:6379')).toEqual({ host: 'redis.example.com', port: 7000 });
    expect(watch.natMap('10.0.0.3:6379')).toEqual({ host: '10.0.0.3', port: 6379 });
  });

  it('is heard again after the connection was lost', async () => {
    listen();
    await say();
    await speaker.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    expect(await say('oauth 10.0.0.1 6379 10.0.0.2 6379')).toBe(1);
    expect(tell).not.toHaveBeenCalled();
  });

  it.each([
    ['is away', () => server.kill()],
    ['hangs', async () => server.pause()],
  ])('is heard from a sentinel that %s at the start', async (_, goAway) => {
    await goAway();
    listen();
    await wait(100);
    await server.kill();
    await server.restart();
    expect(await say('oauth 10.0.0.1 6379 10.0.0.2 6379')).toBe(1);
    expect(tell).not.toHaveBeenCalled();
  });

  it('is missed where a user has no right to listen, which is told once of each sentinel, however often it is asked', async () => {
    const sentinels = ['127.0.0.1', 'localhost'].map((host) => ({ host, port: server.port }));
    listen({ sentinels, sentinelUsername: 'mute', sentinelPassword: 'password' });
    const refusals = () => asAdmin(server, async (client) => (((await client.call('ACL', 'LOG')) as unknown[])[0] as unknown[])[1]);
    await recovery(async () => expect(await refusals()).toBe(2));
    await speaker.call('CLIENT', 'KILL', 'USER', 'mute');
    await recovery(async () => expect(await refusals()).toBe(4));
    const calls = sentinels.map(({ host }) => [
      expect.objectContaining({ message: expect.stringContaining('NOPERM') }),
      `${host}:${server.port}`,
    ]);
    expect(tell.mock.calls).toHaveLength(2);
    expect(tell.mock.calls).toEqual(expect.arrayContaining(calls));
  });

  it('is told to be missed by a user who is not let in', async () => {
    listen({ sentinelUsername: 'mute', sentinelPassword: 'another' });
    await recovery(async () => expect(tell).toHaveBeenCalled());
    expect(tell.mock.calls).toEqual([
      [expect.objectContaining({ message: expect.stringContaining('WRONGPASS') }), `127.0.0.1:${server.port}`],
    ]);
  });

  describe('as a user who may lose the right to listen', () => {
    const allow = (rule: string) => speaker.call('ACL', 'SETUSER', 'heard', rule);
    const kill = () => speaker.call('CLIENT', 'KILL', 'USER', 'heard');
    beforeEach(async () => {
      await speaker.call('ACL', 'SETUSER', 'heard', 'reset', 'on', '>password', '&*', '+@all');
      listen({ sentinelUsername: 'heard', sentinelPassword: 'password' });
      await recovery(() => listeners(1));
    });

    it('is told to be missed when it is lost, ends nothing, and is heard on the next connection with it', async () => {
      await allow('-subscribe');
      await kill();
      await recovery(async () => expect(tell).toHaveBeenCalledTimes(1));
      await allow('+subscribe');
      await kill();
      expect(await say('oauth 10.0.0.1 6379 10.0.0.2 6379')).toBe(1);
      expect(tell).toHaveBeenCalledTimes(1);
    });

    it('is heard within a minute after it is given again', async () => {
      jest.useFakeTimers({ advanceTimers: true, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance', 'Date'] });
      try {
        await allow('-subscribe');
        await kill();
        await recovery(async () => expect(tell).toHaveBeenCalledTimes(1));
        await allow('+subscribe');
        await jest.advanceTimersByTimeAsync(60_000);
        expect(await say('oauth 10.0.0.1 6379 10.0.0.2 6379')).toBe(1);
      } finally {
        jest.useRealTimers();
      }
    });
  });

  it('is not told to be missed when we close while a sentinel hangs', async () => {
    server.pause();
    listen();
    await wait(100);
    watch.close();
    await wait(100);
    server.resume();
    expect(tell).not.toHaveBeenCalled();
  });
});
