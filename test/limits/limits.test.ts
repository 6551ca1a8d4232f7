import { beforeEach, describe, expect, it } from '@jest/globals';
import { limitRows } from '../../lib/limits/index.js';
import { createLimits, type LimitChanges, type Limits, type Origin } from '../../lib/limits/limits.js';
import { memoryLimiter } from '../../lib/store/limiter.js';

const home: Origin = { address: '198.51.100.7', forwarded: undefined };
const elsewhere: Origin = { address: '203.0.113.66', forwarded: undefined };
const proxied: Origin = { address: '10.0.0.1', forwarded: '198.51.100.7' };
const [alice, anybody] = [{ limit: 'login', of: ['alice'] } as const, { limit: 'loginAddress', of: [] } as const];

let now: number;
let told: string[];
let keys: string[];

beforeEach(() => {
  now = 1_700_000_000;
  told = [];
  keys = [];
});

function create(changes: LimitChanges | false = {}): Limits {
  const clock = () => now;
  const log = { warn: () => {}, error: () => {} };
  const limiterFor = (limit: Parameters<typeof memoryLimiter>[0]) => {
    const limiter = memoryLimiter(limit, clock);
    const count = (key: string) => {
      keys.push(`${limit.name} ${key}`);
      return limiter.count(key);
    };
    return { ...limiter, count };
  };
  return createLimits(changes, { limiterFor, mac: (name) => `mac of ${name}`, clock, log });
}

const emit = (name: string) => void told.push(name);

async function waits(limits: Limits, what: Parameters<Limits['count']>[0], from = home, times = 1): Promise<number[]> {
  const all: number[] = [];
  for (let i = 0; i < times; i += 1) all.push((await limits.count(what, { from, emit })).wait);
  return all;
}

describe('limits', () => {
  it('keep no name and no address in their keys', async () => {
    await waits(create(), [alice, anybody]);
    expect(keys).toEqual(['login mac of ["alice","198.51.100.7"]', 'loginAddress mac of ["198.51.100.7"]']);
  });

  it('do not count elsewhere what one of them has refused', async () => {
    const limits = create({ login: 1, loginAddress: 3 });
    await waits(limits, [alice, anybody], home, 50);
    expect(await waits(limits, [{ limit: 'login', of: ['bob'] }, anybody])).toEqual([0]);
  });

  it('make whoever reached two of them wait for the longer one', async () => {
    const limits = create({ login: 1, loginAddress: 1 });
    expect(await waits(limits, [alice, anybody], home, 2)).toEqual([0, 900]);
  });

  it('begin anew for an account after a success, but not for an address', async () => {
    const limits = create({ login: 2, loginAddress: 3 });
    await waits(limits, [alice, anybody]);
    const { succeeded } = await limits.count([alice, anybody], { from: home, emit });
    await succeeded();
    expect(await waits(limits, [alice], home, 3)).toEqual([0, 0, 1]);
    expect((await waits(limits, [anybody], home, 3)).map((wait) => wait > 0)).toEqual([false, false, true]);
  });

  it('are told of at most once for a key and its time', async () => {
    const limits = create({ client: 1 });
    const client = [{ limit: 'client', of: ['web'] } as const];
    await waits(limits, client, home, 5);
    await waits(limits, client, elsewhere, 5);
    expect(told).toEqual(['limit.reached', 'limit.reached']);
    now += 60;
    await waits(limits, client, home, 5);
    expect(told).toHaveLength(3);
  });

  it('that are switched off count nothing, alone or all', async () => {
    expect(await waits(create({ login: false }), [alice], home, 50)).toEqual(Array(50).fill(0));
    expect(await waits(create(false), [alice, anybody], proxied, 50)).toEqual(Array(50).fill(0));
    expect(keys).toEqual([]);
  });

  it('count the address of an unknown proxy too, in proportion to what the host has chosen', async () => {
    const limits = create({ login: 1 });
    const proxies = Array.from({ length: 21 }, (_, i) => ({ address: '10.0.0.1', forwarded: `192.0.2.${i}` }));
    const all: number[] = [];
    for (const from of proxies) all.push(...(await waits(limits, [alice], from)));
    expect(all).toEqual([...Array(20).fill(0), 3_600]);
  });

  it('count a site of IPv6 too, whose owner has a new network for each guess', async () => {
    const limits = create({ login: 1 });
    const from = (network: number): Origin => ({ address: `2001:db8:1:${network.toString(16)}::1`, forwarded: undefined });
    const all: number[] = [];
    for (let i = 0; i < 21; i += 1) all.push(...(await waits(limits, [alice], from(i))));
    expect(all).toEqual([...Array(20).fill(0), 3_600]);
    expect(await waits(limits, [alice], { address: '2001:db8:2::1', forwarded: undefined })).toEqual([0]);
  });

  it('do not count what did not take place', async () => {
    const limits = create({ login: 2 });
    for (let i = 0; i < 5; i += 1) await (await limits.count([alice], { from: home, emit })).undo();
    expect(await waits(limits, [alice], home, 3)).toEqual([0, 0, 1]);
  });

  it('are not taken for no limit, where the limiter of a host gives no number', async () => {
    const limiterFor = () => ({ count: async () => undefined as never, giveBack: async () => {}, forget: async () => {} });
    const log = { warn: () => {}, error: () => {} };
    const limits = createLimits({}, { limiterFor, mac: (name) => name, clock: () => now, log });
    await expect(limits.count([alice], { from: home, emit })).rejects.toThrow('The limiter of the store gave undefined');
  });

  it('where all addresses count together do so', async () => {
    const limits = create({ stepAccount: 2 });
    const step = [{ limit: 'stepAccount', of: ['totp', 'alice'] } as const];
    await waits(limits, step, home);
    await waits(limits, step, elsewhere);
    expect(await waits(limits, step, proxied)).toEqual([3_600]);
  });

  it('stand in the table each once, and more loosely where many may be', () => {
    expect(new Set(limitRows.map(({ name }) => name)).size).toBe(limitRows.length);
    for (const { times, wider, atAllAddresses } of limitRows) {
      if (!atAllAddresses) expect(wider).toBeGreaterThanOrEqual(10 * times);
    }
  });
});
