/** How long commands may wait for Redis, how many of them, and what becomes of writes that wait for replicas or are sent twice. */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { redisStore } from '../../lib/store/redis.js';
import type { RedisClient } from '../../lib/store/redis-client.js';
import { type Line, startLine } from '../support/line.js';
import { asAdmin, type RedisServer, recovery, startRedis } from '../support/redis.js';
import { storesUnderTest } from '../support/redis-stores.js';

const limit = { name: 'tries', times: 3, within: 60 };

const { open, log, warnings, problems } = storesUnderTest();

describe('one name behind which the primary changes', () => {
  let before: RedisServer;
  let after: RedisServer;
  let line: Line;
  beforeEach(async () => {
    before = await startRedis();
    after = await startRedis();
    line = await startLine(before.port);
  });
  afterEach(async () => {
    await line.close();
    await Promise.all([before.stop(), after.stop()]);
  });

  it.each([
    { name: '', options: {} },
    { name: ', by who reads too, if writes have a connection of their own', options: { wait: { replicas: 0, timeout: 0.2 } } },
  ])('is followed as soon as the old one says that it is a replica$name', async ({ options }) => {
    const store = open(line.url, options);
    await store.put('key', 1, 60);
    expect(await store.get('key')).toMatchObject({ value: 1 });
    await asAdmin(before, (client) => client.replicaof('127.0.0.1', 1)); // it never hears of what is written from here on
    line.leadTo(after.port);
    const refusal = expect.stringMatching(/READONLY|WAIT cannot be used with replica/);
    await expect(store.put('key', 2, 60)).rejects.toMatchObject({ cause: { message: refusal } });
    expect(await recovery(() => store.put('key', 3, 60))).toBeLessThan(2);
    expect(await asAdmin(after, (client) => client.get('oauth:value:key'))).toMatch(/ 3$/);
    expect(await store.get('key')).toMatchObject({ value: 3 });
    expect(warnings).toEqual([]);
  });
});

describe('writes that wait for replicas', () => {
  let alone: RedisServer;
  beforeAll(async () => {
    alone = await startRedis();
  });
  afterAll(() => alone.stop());

  it('are refused where there is none, in time, and nothing is written; what is read is not refused', async () => {
    const store = open(alone.url, { deadline: 10, wait: { replicas: 1, timeout: 0.2 } });
    const start = performance.now();
    const writes = [store.put('a', 1, 60), store.add('b', 1, 60), store.delete('c'), store.link('owner', 'id', 60)];
    for (const answer of await Promise.allSettled(writes)) {
      expect(answer).toMatchObject({
        status: 'rejected',
        reason: { name: 'StoreUnavailable', cause: { message: expect.stringContaining('0 of 1 replicas') } },
      });
    }
    expect(performance.now() - start).toBeLessThan(5000);
    expect(await store.get('a')).toBeUndefined();
  });

  it('do not hold up what is read, nor wait in a line without end', async () => {
    const store = open(alone.url, { deadline: 10, mostWaiting: 2, wait: { replicas: 1, timeout: 1 } });
    await store.get('key');
    const writes = Array.from({ length: 4 }, (_, key) => store.put(`key:${key}`, 1, 60).catch((error: Error) => error.message));
    expect(await Promise.all(writes.slice(2))).toEqual(Array(2).fill(expect.stringContaining('2 commands wait')));
    expect(await Promise.race([store.get('key').then(() => 'read'), ...writes.slice(0, 2)])).toBe('read');
    await Promise.all(writes);
  });

  it('are not sent any more when their time is over', async () => {
    const commands: string[] = [];
    const client = new Redis(alone.url, { replyMapping: 'legacy' });
    const slow = {
      call: client.call.bind(client),
      pipeline: (given: (string | number)[][]) => ({
        exec: async () => {
          commands.push(...given.map(([name]) => String(name)));
          await wait(200); // most of the time that there is
          return given.map(([name]): [null, unknown] => [null, name === 'wait' ? 1 : 'OK']);
        },
      }),
      duplicate: () => Object.assign(slow, { on: () => slow, disconnect: () => {} }),
    };
    const store = open(slow, { deadline: 0.3, wait: { replicas: 1, timeout: 0.05 } });
    const writes = await Promise.allSettled(Array.from({ length: 300 }, (_, key) => store.put(`late:${key}`, 1, 60)));
    expect(writes.every(({ status }) => status === 'rejected')).toBe(true);
    await wait(1000);
    expect(commands).toContain('pttl');
    expect(commands.filter((name) => name === 'pttl').length).toBeLessThanOrEqual(32); // sixteen at a time, and those behind the first
    expect(commands.filter((name) => name === 'set').length).toBeLessThanOrEqual(16);
    client.disconnect();
  }, 15_000);

  it('tell what Redis refuses', async () => {
    const store = open(alone.url, { wait: { replicas: 0, timeout: 0.2 } });
    await asAdmin(alone, (client) => client.lpush('oauth:links:list', 'x').then(() => client.set('oauth:links:owner', 'x')));
    await expect(store.link('owner', 'id', 60)).rejects.toMatchObject({ cause: { message: expect.stringContaining('WRONGTYPE') } });
  });

  it("have a connection besides the host's, which goes with the store, and the host's does not", async () => {
    const client = new Redis(alone.url, { replyMapping: 'legacy' });
    const connections = async () => Number(/connected_clients:(\d+)/.exec(await client.info('clients'))?.[1]);
    const before = await connections();
    const store = redisStore(client, { log, deadline: 10, wait: { replicas: 1, timeout: 1 } });
    const writing = store.put('key', 1, 60).catch((error: { cause: Error }) => error.cause.message);
    expect(await Promise.race([client.get('of the host').then(() => 'read'), writing])).toBe('read');
    expect(await writing).toContain('0 of 1 replicas');
    expect(await connections()).toBe(before + 1);
    await store.close();
    await recovery(async () => expect(await connections()).toBe(before));
    client.disconnect();
  });

  it('are refused through a client that cannot send two commands behind each other', async () => {
    const client = new Redis(alone.url);
    const store = open({ call: (...given) => client.call(...given) }, { wait: { replicas: 1, timeout: 0.2 } });
    await expect(store.put('key', 1, 60)).rejects.toMatchObject({
      cause: { message: expect.stringContaining('This client of Redis has no pipelines.') },
    });
    client.disconnect();
  });
});

describe('a write that the client sends twice', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  /** A client that sends each command once more, as that of a Cluster does when the answer to the first was lost. */
  function repeating(): { client: Redis; source: { call: Redis['call'] } } {
    const client = new Redis(server.url);
    const call = async (...args: Parameters<Redis['call']>) => {
      await client.call(...args);
      return client.call(...args);
    };
    return { client, source: { call: call as Redis['call'] } };
  }

  it('does not lose against itself, and another still loses against it', async () => {
    const { client, source } = repeating();
    const store = open(source);
    expect(await store.add('key', 1, 60)).toBe(true);
    expect(await store.add('key', 2, 60)).toBe(false);
    const version = (await store.get('key'))?.version ?? '';
    expect(await store.swap('key', version, 3, 60)).toBe(true);
    expect(await store.swap('key', version, 4, 60)).toBe(false);
    expect(await store.get('key')).toMatchObject({ value: 3 });
    client.disconnect();
  });

  it('is waited for, though it was the first time that counted and went over another connection', async () => {
    const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', String(server.port)] });
    const [client, other] = [new Redis(server.url, { replyMapping: 'legacy' }), new Redis(server.url, { replyMapping: 'legacy' })];
    const source: RedisClient = {
      call: (...given) => client.call(...given),
      pipeline: ([write = [], ...others]) => ({
        async exec() {
          await other.call(...(write as [string, ...string[]]));
          return client.pipeline([write, ...others]).exec();
        },
      }),
    };
    const store = open(source, { deadline: 10, wait: { replicas: 1, timeout: 0.3 } });
    await recovery(() => store.put('before', 1, 60)); // the replica is there
    const time = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 61_000);
    await store.put('before', 1, 60); // from here on it is taken at its word
    const version = (await store.get('before'))?.version ?? '';
    replica.pause();
    const refusals = await Promise.allSettled([store.add('after', 1, 60), store.swap('before', version, 2, 60)]);
    time.mockRestore();
    const refused = { status: 'rejected', reason: { cause: { message: '0 of 1 replicas have answered.' } } };
    expect(refusals).toMatchObject([refused, refused]);
    for (const each of [client, other]) each.disconnect();
    await replica.stop();
  });
});

describe('a bound of commands that wait', () => {
  let server: RedisServer;
  let line: Line;
  beforeAll(async () => {
    server = await startRedis();
    line = await startLine(server.port);
  });
  afterAll(async () => {
    await line.close();
    await server.stop();
  });

  it('refuses the 1001st at once, and none when the others have been answered', async () => {
    const store = open(line.url, { deadline: 20 });
    await store.put('key', 1, 60);
    line.become({ delay: 1000 });
    let answered = 0;
    const waiting = Array.from({ length: 1000 }, async () => {
      const found = await store.get('key');
      answered += 1;
      return found;
    });
    await expect(store.get('key')).rejects.toThrow('1000 commands wait');
    expect(answered).toBe(0);
    expect((await Promise.all(waiting)).every((found) => found?.value === 1)).toBe(true);
    line.become({ delay: 0 });
    expect(await store.get('key')).toMatchObject({ value: 1 });
  }, 30_000);

  it('counts what was given up as long as the client keeps it', async () => {
    const answers: (() => void)[] = [];
    const store = open({ call: () => new Promise((answer) => answers.push(() => answer(null))) }, { deadline: 0.1, mostWaiting: 10 });
    await Promise.allSettled(Array.from({ length: 10 }, () => store.get('key')));
    await expect(store.get('key')).rejects.toThrow('10 commands wait');
    for (const answer of answers) answer();
    await wait(10);
    await expect(store.get('key')).rejects.toMatchObject({ cause: { message: expect.stringContaining('no answer within 0.1') } });
  });

  it('recovers when Redis hung, with all of them under way', async () => {
    const store = open(line.url, { deadline: 0.5 });
    await recovery(() => store.put('key', 1, 60));
    line.become({ isSilent: true });
    const given = await Promise.allSettled(Array.from({ length: 1500 }, () => store.get('key')));
    expect(given.every(({ status }) => status === 'rejected')).toBe(true);
    line.become({ isSilent: false });
    expect(await recovery(() => store.get('key'))).toBeLessThan(8);
    expect(warnings).toEqual([expect.stringContaining('Redis cannot be reached'), 'Redis is back.']);
  }, 20_000);

  it('holds for what limits guessing too, which each process counts for itself while Redis is silent', async () => {
    const store = open(line.url, { deadline: 0.5 });
    const limiter = store.limiter?.(limit);
    await recovery(() => store.get('key'));
    await limiter?.count('warm-up');
    expect(problems).toEqual([]);
    line.become({ isSilent: true });
    const start = performance.now();
    const waits = await Promise.all(Array.from({ length: 4 }, () => limiter?.count('alice')));
    expect(problems).toEqual([expect.stringContaining('each process counts for itself')]);
    expect(performance.now() - start).toBeLessThan(1900);
    expect(waits.filter((seconds) => seconds === 0)).toHaveLength(3);
    while (warnings.length === 0) await wait(20); // until the connection is given up
    const later = performance.now();
    expect(await limiter?.count('alice')).toBeGreaterThan(0);
    expect(performance.now() - later).toBeLessThan(1900);
    await limiter?.forget('alice');
    expect(await limiter?.count('alice')).toBe(0);
    expect(problems).toHaveLength(1);
    line.become({ isSilent: false });
  }, 20_000);
});
