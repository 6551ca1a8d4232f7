/** What the operator reads of a store that fails: that it does, with the cause, and that it does no more. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { StoreUnavailable } from '../../lib/errors.js';
import type { Store } from '../../lib/model/store.js';
import { memoryStore } from '../../lib/store/memory.js';
import { watched } from '../../lib/store/watched.js';

let now: number;
let told: string[];
let failure: Error | undefined;
let store: Store;

const away = () => new StoreUnavailable('Redis could not answer.', { cause: new Error('OOM') });

beforeEach(() => {
  now = 1_700_000_000;
  told = [];
  failure = undefined;
  const clock = () => now;
  const log = {
    warn: (message: string) => void told.push(message),
    error: (message: string, cause: unknown) => void told.push(`${message} ${String((cause as Error).cause)}`),
  };
  const memory = memoryStore(clock);
  const get: Store['get'] = async (key) => {
    if (failure) throw failure;
    return memory.get(key);
  };
  store = watched({ ...memory, get }, clock, log);
});

const attempt = (times = 1) => Promise.allSettled(Array.from({ length: times }, () => store.get('key')));

const lost = 'The store does not answer. Requests that need it are refused with 503 until it does. Error: OOM';

describe('a store that fails', () => {
  it('is told of once, with the cause, however often it fails', async () => {
    failure = away();
    await attempt(50);
    now += 60;
    await attempt(50);
    expect(told).toEqual([lost]);
  });

  it('answers again when nothing has failed for five seconds, and not before', async () => {
    failure = away();
    await attempt(3);
    failure = undefined;
    now += 4;
    await attempt();
    expect(told).toHaveLength(1);
    now += 1;
    await attempt(2);
    expect(told).toEqual([lost, 'The store answers again. It had failed 3 times.']);
  });

  it('is one outage, where it answers now and then', async () => {
    for (let second = 0; second < 100; second += 1) {
      failure = second % 4 === 0 ? away() : undefined;
      await attempt();
      now += 1;
    }
    expect(told).toEqual([lost]);
  });

  it('is told of anew when it fails after it was back', async () => {
    for (let outage = 0; outage < 2; outage += 1) {
      failure = away();
      await attempt();
      failure = undefined;
      now += 5;
      await attempt();
    }
    expect(told).toEqual([lost, 'The store answers again. It had failed 1 time.', lost, 'The store answers again. It had failed 1 time.']);
  });

  it('still fails for who asked', async () => {
    failure = away();
    await expect(store.get('key')).rejects.toBe(failure);
  });

  it('is none where something else is wrong', async () => {
    failure = new TypeError('a mistake');
    await attempt();
    expect(told).toEqual([]);
  });

  it.each(['put', 'add', 'swap', 'delete', 'link', 'linked'] as const)('is told of by %s too', async (verb) => {
    const failing = { ...store, [verb]: () => Promise.reject(away()) };
    const log = { warn() {}, error: (message: string) => void told.push(message) };
    await (watched(failing, () => now, log)[verb] as (...given: unknown[]) => Promise<unknown>)('key').catch(() => {});
    expect(told).toHaveLength(1);
  });
});
