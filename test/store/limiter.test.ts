/** What counts guesses, in memory and in Redis: the same rules, one trip, and nothing lost between those who count at the same time. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import type { JointLimiter, Limit, Limiter, Store } from '../../lib/model/store.js';
import { memoryLimiter, sideBySide } from '../../lib/store/limiter.js';
import { memoryStore } from '../../lib/store/memory.js';
import { redisStore } from '../../lib/store/redis.js';
import { type RedisServer, startRedis } from '../support/redis.js';

const limit: Limit = { name: 'test', times: 5, within: 3_600 };
const growing: Limit = { ...limit, name: 'growing', longestWait: 900 };
const log = { warn: () => {}, error: () => {} };

let redis: RedisServer;
let client: Redis;
let store: Store;
let now = 1_700_000_000;

beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
  store = redisStore(redis.url, { log });
});

afterAll(async () => {
  client.disconnect();
  await store.close();
  await redis.stop();
});

/** How many seconds have passed since it was made: on a busy machine that may be more than one. */
function timer(): () => number {
  const begin = performance.now();
  return () => Math.ceil((performance.now() - begin) / 1000);
}

const both = [growing, limit];
const jointOf = (from: Store) => from.jointLimiter?.(both) as JointLimiter;
/** A name that was guessed at, and the place of whoever did. */
const guess = (name: string, place: string) => [
  { limit: 'growing', key: name },
  { limit: 'test', key: place },
];

const limiterOf = (from: Store, of: Limit) => from.limiter?.(of) as Limiter;

describe.each([
  { name: 'in memory', open: () => memoryStore(() => now) },
  { name: 'in Redis', open: () => store },
])('a limit $name', ({ open }) => {
  async function count(limiter: Limiter, key: string, times: number): Promise<number[]> {
    const waits: number[] = [];
    for (let i = 0; i < times; i += 1) waits.push(await limiter.count(key));
    return waits;
  }

  it('lets so many through, and then none until the time is over', async () => {
    const passed = timer();
    const waits = await count(limiterOf(open(), limit), 'a', 7);
    expect(waits.slice(0, 5)).toEqual([0, 0, 0, 0, 0]);
    for (const wait of waits.slice(5)) {
      expect(wait).toBeLessThanOrEqual(3_600);
      expect(wait).toBeGreaterThanOrEqual(3_600 - passed());
    }
  });

  it('lets exactly so many through of those who come at the same time', async () => {
    const limiter = limiterOf(open(), limit);
    const waits = await Promise.all(Array.from({ length: 40 }, () => limiter.count('b')));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(5);
  });

  it('counts each key for itself', async () => {
    const limiter = limiterOf(open(), limit);
    await count(limiter, 'c', 6);
    expect(await limiter.count('d')).toBe(0);
  });

  it('gives one back, and no more than were counted', async () => {
    const limiter = limiterOf(open(), limit);
    await limiter.count('e');
    for (let i = 0; i < 3; i += 1) await limiter.giveBack('e');
    expect((await count(limiter, 'e', 6)).map((wait) => wait > 0)).toEqual([false, false, false, false, false, true]);
    await limiter.giveBack('e');
    expect((await count(limiter, 'e', 2)).map((wait) => wait > 0)).toEqual([false, true]);
  });

  it('forgets', async () => {
    const limiter = limiterOf(open(), growing);
    await count(limiter, 'f', 6);
    await limiter.forget('f');
    expect(await count(limiter, 'f', 5)).toEqual([0, 0, 0, 0, 0]);
  });

  it('whose waits grow begins with a second', async () => {
    const waits = await count(limiterOf(open(), growing), 'g', 5);
    expect(waits).toEqual([0, 0, 0, 0, 0]);
  });
});

describe('in memory', () => {
  it('waits double up to the longest, and are forgotten within the time after the last', async () => {
    const limiter = limiterOf(
      memoryStore(() => now),
      growing,
    );
    for (let i = 0; i < 5; i += 1) expect(await limiter.count('a')).toBe(0);
    const waits: number[] = [];
    for (let i = 0; i < 12; i += 1) {
      const wait = await limiter.count('a');
      waits.push(wait);
      now += wait;
      expect(await limiter.count('a')).toBe(0);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    now += 3_600;
    for (let i = 0; i < 5; i += 1) expect(await limiter.count('a')).toBe(0);
  });

  it('the time is over when it is over', async () => {
    const limiter = limiterOf(
      memoryStore(() => now),
      limit,
    );
    for (let i = 0; i < 5; i += 1) await limiter.count('a');
    now += 3_599;
    expect(await limiter.count('a')).toBe(1);
    now += 1;
    expect(await limiter.count('a')).toBe(0);
  });
});

describe('in Redis', () => {
  /** As if that many had been counted, the last of them long enough ago. */
  const countedBefore = (key: string, count: number) => client.hset(`oauth:limit:growing:${key}`, 'count', count, 'next', 0);

  it.each([
    [5, 2],
    [8, 16],
    [12, 256],
    [200, 900],
    [5_000, 900],
  ])('after %i the one after the next waits %i seconds', async (count, wait) => {
    const limiter = limiterOf(store, growing);
    await countedBefore(`waits ${count}`, count);
    const passed = timer();
    expect(await limiter.count(`waits ${count}`)).toBe(0);
    const left = await limiter.count(`waits ${count}`);
    expect(left).toBeLessThanOrEqual(wait);
    expect(left).toBeGreaterThanOrEqual(wait - passed());
  });

  it('every key ends by itself', async () => {
    const [fixed, grows] = [limiterOf(store, limit), limiterOf(store, growing)];
    for (const limiter of [fixed, grows]) for (let i = 0; i < 7; i += 1) await limiter.count('ends');
    await grows.giveBack('ends');
    const keys = await client.keys('oauth:limit:*ends');
    expect(keys).toHaveLength(2);
    for (const key of keys) {
      const left = await client.ttl(key);
      expect(left).toBeGreaterThan(3_500);
      expect(left).toBeLessThanOrEqual(3_600);
    }
  });

  it('what is given back in full is gone', async () => {
    const limiter = limiterOf(store, limit);
    await limiter.count('gone');
    await limiter.giveBack('gone');
    expect(await client.exists('oauth:limit:test:gone')).toBe(0);
  });

  it('two who count by connections of their own count together', async () => {
    const other = redisStore(redis.url, { log });
    const [here, there] = [limiterOf(store, limit), limiterOf(other, limit)];
    const waits = await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 ? here : there).count('together')));
    await other.close();
    expect(waits.filter((wait) => wait === 0)).toHaveLength(5);
  });

  it('leaves the client of a host as it is, on which the host may have commands of its own', async () => {
    await limiterOf(redisStore(client, { log }), limit).count('own');
    expect(client).not.toHaveProperty('rlflxIncr');
  });

  it('is not there: each process counts for itself', async () => {
    const away = redisStore('redis://127.0.0.1:1', { log });
    const limiter = limiterOf(away, limit);
    const waits: number[] = [];
    for (let i = 0; i < 6; i += 1) waits.push(await limiter.count('away'));
    await limiter.giveBack('away');
    waits.push(await limiter.count('away'));
    await limiter.forget('away');
    waits.push(await limiter.count('away'));
    await away.close();
    expect(waits.map((wait) => wait > 0)).toEqual([false, false, false, false, false, true, false, false]);
  });

  it.each([['OK'], [null], [[]], [['x', 'y']], [[1]], [[Number.NaN, 0]], ['HTTP/1.1 200 OK']])(
    'answers %j, which is no count: nobody is let through for it',
    async (answer) => {
      const limiter = limiterOf(redisStore({ call: async () => answer }, { log }), limit);
      const waits: number[] = [];
      for (let i = 0; i < 6; i += 1) waits.push(await limiter.count('alice'));
      expect(waits.map((wait) => wait > 0)).toEqual([false, false, false, false, false, true]);
    },
  );

  it('refuses to count and still forgets: that is one outage, of which the operator is told once', async () => {
    const told: string[] = [];
    const call = async (command: string) => {
      if (command === 'eval') throw new Error('NOPERM');
      return 1;
    };
    const limiter = limiterOf(redisStore({ call }, { log: { ...log, error: (message) => void told.push(message) } }), limit);
    const time = jest.spyOn(Date, 'now');
    for (let minute = 0; minute < 3; minute += 1) {
      time.mockReturnValue((now + 60 * minute) * 1000);
      await limiter.count('alice');
      await limiter.forget('alice');
    }
    time.mockRestore();
    expect(told).toHaveLength(1);
  });
});

describe('a Redis that is full', () => {
  let full: RedisServer;
  let admin: Redis;
  let here: Store;
  beforeEach(async () => {
    full = await startRedis();
    admin = new Redis(full.url);
    here = redisStore(full.url, { log });
    await limiterOf(here, limit).count('before');
    await admin.config('SET', 'maxmemory', '1');
  });
  afterEach(async () => {
    admin.disconnect();
    await here.close();
    await full.stop();
  });

  it('counts nothing, and yet deletes: what is given back is given back where it was counted', async () => {
    const limiter = limiterOf(here, limit);
    for (let times = 0; times < 8; times += 1) {
      expect(await limiter.count('harmless')).toBe(0);
      await limiter.giveBack('harmless');
    }
  });

  it('and what is forgotten is forgotten there', async () => {
    const limiter = limiterOf(here, growing);
    for (let times = 0; times < 8; times += 1) {
      expect(await limiter.count('right password')).toBe(0);
      await limiter.forget('right password');
    }
  });

  it('does neither with several limits at once', async () => {
    const limiter = jointOf(here);
    const waits = async (name: string) => Math.max(...(await limiter.count('here', guess(name, 'here'))));
    for (let times = 0; times < 8; times += 1) {
      expect(await waits('right password')).toBe(0);
      await limiter.forgive('here', guess('right password', 'here'));
    }
    for (let times = 0; times < 5; times += 1) expect(await waits('wrong password')).toBe(0);
    expect(await waits('wrong password')).toBeGreaterThan(0);
  });

  it('still limits', async () => {
    const limiter = limiterOf(here, limit);
    const waits: number[] = [];
    for (let times = 0; times < 6; times += 1) waits.push(await limiter.count('guesses'));
    expect(waits.map((wait) => wait > 0)).toEqual([false, false, false, false, false, true]);
  });
});

describe('what is no count', () => {
  it.each([
    ['NaN', [Number.NaN, 0]],
    ['words', ['many', 'soon']],
    ['nothing', null],
    ['nothing twice', [null, null]],
    ['an empty list', []],
    ['a list without a wait', [1]],
    ['a number alone', 1],
    ['less than none', [-1, 0]],
    ['a part', [0.5, 0]],
    ['OK', 'OK'],
  ])('is an outage and never let through: %s', async (_, answer) => {
    const errors: string[] = [];
    const source = { call: async () => answer };
    const limiter = limiterOf(redisStore(source, { log: { ...log, error: (message) => void errors.push(message) } }), limit);
    const waits: number[] = [];
    for (let times = 0; times < 6; times += 1) waits.push(await limiter.count('guesses'));
    expect(waits.map((wait) => wait > 0)).toEqual([false, false, false, false, false, true]);
    expect(errors).toEqual([expect.stringContaining('each process counts for itself')]);
  });
});

describe('a Redis that answers now and then', () => {
  it('is one line for all its limits, and another when it had been well for a while', async () => {
    const errors: string[] = [];
    let asked = 0;
    let isWell = false;
    const call = async () => {
      asked += 1;
      if (isWell || asked % 2 === 0) return [1, 0];
      throw new Error('slow');
    };
    const flapping = redisStore({ call }, { log: { ...log, error: (message) => void errors.push(message) } });
    const limiters = [limiterOf(flapping, limit), limiterOf(flapping, growing)];
    const countAll = async (times: number) => {
      for (let i = 0; i < times; i += 1) for (const limiter of limiters) await limiter.count(`key ${i}`);
    };
    const time = jest.spyOn(Date, 'now');
    const start = Date.now();
    try {
      for (let second = 0; second < 20; second += 1) {
        time.mockReturnValue(start + second * 1000);
        asked = second; // each limit meets both answers
        await countAll(10);
      }
      expect(errors).toHaveLength(1);
      isWell = true;
      time.mockReturnValue(start + 60_000);
      await countAll(1);
      isWell = false;
      await countAll(10);
      expect(errors).toHaveLength(2);
    } finally {
      time.mockRestore();
    }
  });
});

describe.each([
  { name: 'one by one in memory', open: () => sideBySide(both, (each) => memoryLimiter(each, () => now)) },
  { name: 'in Redis, by one command', open: () => jointOf(store) },
])('two limits at once, $name', ({ open }) => {
  let limiter: JointLimiter;
  let places = 0;
  let place: string;
  beforeEach(() => {
    limiter = open();
    places += 1;
    place = `place ${places} of ${expect.getState().currentTestName}`;
  });

  const count = async (name: string) => (await limiter.count(place, guess(name, place))).map((wait) => wait > 0);
  async function waits(name: string, times: number): Promise<boolean[]> {
    const all: boolean[] = [];
    for (let i = 0; i < times; i += 1) all.push((await count(name)).some(Boolean));
    return all;
  }

  it('let so many through as the stricter one does', async () => {
    await waits('bob', 2);
    expect(await waits('alice', 4)).toEqual([false, false, false, true]);
  });

  it('say which of them refuses, and how long', async () => {
    await waits('alice', 5);
    const passed = timer();
    const [alice, others] = (await limiter.count(place, guess('alice', place))) as [number, number];
    expect(alice).toBeLessThanOrEqual(1);
    expect(others).toBeGreaterThan(3_590 - passed());
    expect(others).toBeLessThanOrEqual(3_600);
    expect(await count('bob')).toEqual([false, true]);
  });

  it('count by none of them what one refuses', async () => {
    const alone = Array.from({ length: 5 }, () => [{ limit: 'growing', key: 'alice' }]);
    for (const one of alone) await limiter.count(place, one);
    for (let times = 0; times < 8; times += 1) expect(await count('alice')).toEqual([true, false]);
    expect(await waits('bob', 5)).toEqual([false, false, false, false, false]);
  });

  it('let exactly so many through of those who come at the same time', async () => {
    const all = await Promise.all(Array.from({ length: 40 }, (_, i) => limiter.count(place, guess(`user ${i}`, place))));
    expect(all.filter((each) => each.every((wait) => wait === 0))).toHaveLength(5);
  });

  it('give back one of each, and no more than were counted', async () => {
    for (let times = 0; times < 12; times += 1) {
      expect(await count('alice')).toEqual([false, false]);
      await limiter.giveBack(place, guess('alice', place));
      await limiter.giveBack(place, guess('alice', place));
    }
    expect(await waits('alice', 6)).toEqual([false, false, false, false, false, true]);
  });

  it('forget the name whose password was right, and of its place no more than that it was counted', async () => {
    await waits('alice', 4);
    await limiter.forgive(place, guess('alice', place));
    expect(await waits('bob', 3)).toEqual([false, false, true]);
    const alone = () => limiter.count(place, [{ limit: 'growing', key: 'alice' }]);
    for (let times = 0; times < 5; times += 1) expect(await alone()).toEqual([0]);
  });

  it('count each place for itself', async () => {
    await waits('alice', 6);
    place = `another ${place}`;
    expect(await count('alice')).toEqual([false, false]);
  });

  it('count a limit alone where it was counted with others', async () => {
    await waits('alice', 5);
    expect((await limiter.count(place, guess('x', place).slice(1)))[0]).toBeGreaterThan(0);
  });
});

describe('two limits at once, in Redis', () => {
  it('are one command, of keys that are in one slot and end by themselves', async () => {
    const commands: unknown[][] = [];
    const call = (command: string, ...args: (string | number)[]) => {
      commands.push([command, ...args]);
      return client.call(command, ...args);
    };
    const limiter = jointOf(redisStore({ call }, { log }));
    await limiter.count('here', guess('alice', 'here'));
    const keys = ['oauth:limit:growing:{here}:alice', 'oauth:limit:test:{here}:here'];
    expect(commands.map(([command, , ...args]) => [command, ...args.slice(0, 3)])).toEqual([['eval', 2, ...keys]]);
    for (const key of keys) expect(await client.ttl(key)).toBeGreaterThan(3_500);
    await limiter.forgive('here', guess('alice', 'here'));
    expect(commands).toHaveLength(2);
    expect(await client.exists(...keys)).toBe(0);
  });

  it('that is away: each process counts for itself, and the operator is told once', async () => {
    const errors: string[] = [];
    const away = redisStore('redis://127.0.0.1:1', { log: { ...log, error: (message) => void errors.push(message) } });
    const limiter = jointOf(away);
    const all: boolean[] = [];
    for (let i = 0; i < 6; i += 1) all.push((await limiter.count('here', guess('alice', 'here'))).some((wait) => wait > 0));
    await limiter.forgive('here', guess('alice', 'here'));
    all.push((await limiter.count('here', guess('alice', 'here'))).some((wait) => wait > 0));
    await away.close();
    expect(all).toEqual([false, false, false, false, false, true, false]);
    expect(errors.filter((message) => message.includes('each process counts for itself'))).toHaveLength(1);
  });

  it.each([['OK'], [null], [[]], [[1, 0]], [[1, 0, 1]], [[1, 0, 'x', 'y']], [[1, 0, 1, Number.NaN]], [[1, 0, 1, -1]], [[1, 0, 1, 0, 'x']]])(
    'that answers %j, which are no two counts: nobody is let through for it',
    async (answer) => {
      const limiter = jointOf(redisStore({ call: async () => answer }, { log }));
      const all: boolean[] = [];
      for (let i = 0; i < 6; i += 1) all.push((await limiter.count('here', guess('alice', 'here'))).some((wait) => wait > 0));
      expect(all).toEqual([false, false, false, false, false, true]);
    },
  );
});
