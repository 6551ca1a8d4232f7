import { beforeEach, describe, expect, it } from '@jest/globals';
import { StoreUnavailable } from '../../lib/errors.js';
import type { Store } from '../../lib/model/store.js';
import { memoryStore } from '../../lib/store/memory.js';
import { endedTokens } from '../../lib/tokens/ended.js';

let now: number;
let store: Store;
let reads: number;
let logged: number;

beforeEach(() => {
  [now, reads, logged] = [1_000, 0, 0];
  const memory = memoryStore(() => now);
  store = {
    ...memory,
    linked: async (owner) => {
      reads += 1;
      return memory.linked(owner);
    },
  };
});

function process(on: Store = store) {
  const error = () => {
    logged += 1;
  };
  return endedTokens({ store: on, clock: () => now, log: { warn: () => {}, error }, lifetime: 600 });
}

describe('an authorization that has ended', () => {
  it('is known at once where it was ended', async () => {
    const ended = process();
    await ended.hasAny(['a']);
    await ended.add('a', now);
    expect(await ended.hasAny(['a'])).toBe(true);
  });

  it('is known a second later everywhere else', async () => {
    const [one, other] = [process(), process()];
    await other.hasAny(['a']);
    await one.add('a', now);
    now += 1;
    expect(await other.hasAny(['a'])).toBe(true);
  });

  it('is known to a process that starts later', async () => {
    await process().add('a', now);
    expect(await process().hasAny(['a'])).toBe(true);
  });

  it('is forgotten when its last access token has expired', async () => {
    const ended = process();
    await ended.add('a', now);
    now += 659;
    expect(await ended.hasAny(['a'])).toBe(true);
    now += 1;
    expect(await ended.hasAny(['a'])).toBe(false);
  });

  it('is remembered for as long as a token of it can live that was made when they lived longer', async () => {
    const ended = process();
    await ended.add('a', now + 86_400);
    now += 86_400 + 59;
    expect([await ended.hasAny(['a']), await ended.hasAnyNow(['a'])]).toEqual([true, true]);
    now += 1;
    expect([await ended.hasAny(['a']), await ended.hasAnyNow(['a'])]).toEqual([false, false]);
  });

  it('lets no one pass where the list could never be read', async () => {
    const ended = process({ ...store, linked: () => Promise.reject(new Error('away')) });
    await expect(ended.hasAny(['a'])).rejects.toThrow(StoreUnavailable);
  });

  it('does not make anybody wait for a store that failed before and now hangs', async () => {
    const failing: Store = { ...store };
    const ended = process(failing);
    await ended.hasAny(['a']);
    failing.linked = () => Promise.reject(new Error('away'));
    now += 1;
    await ended.hasAny(['a']);
    failing.linked = () => new Promise(() => {});
    now += 1;
    expect(await ended.hasAny(['a'])).toBe(false);
  });

  it('is known within a second again as soon as the store has answered once', async () => {
    const failing: Store = { ...store };
    const [one, other] = [process(), process(failing)];
    await other.hasAny(['a']);
    failing.linked = () => Promise.reject(new Error('away'));
    now += 1;
    await other.hasAny(['a']);
    failing.linked = store.linked;
    now += 1;
    await other.hasAny(['a']); // does not wait for what failed last
    await new Promise(setImmediate);
    await one.add('a', now);
    now += 1;
    expect(await other.hasAny(['a'])).toBe(true);
  });

  it('leaves the others alone', async () => {
    const ended = process();
    await ended.add('a', now);
    expect(await ended.hasAny(['b'])).toBe(false);
  });

  it('is not lost if the list was being read as it was added', async () => {
    let answer: (ids: string[]) => void = () => {};
    const slow: Store = { ...store, linked: () => new Promise((resolve) => (answer = resolve)) };
    const ended = process(slow);
    const first = ended.hasAny(['a']);
    const adding = ended.add('a', now);
    await Promise.resolve();
    answer([]);
    await Promise.all([first, adding]);
    expect(await ended.hasAny(['a'])).toBe(true);
  });
});

describe('whoever must know now', () => {
  it('hears at once what another process has ended', async () => {
    const [one, other] = [process(), process()];
    await other.hasAny(['a']);
    await one.add('a', now);
    expect([await other.hasAnyNow(['a']), await other.hasAny(['a'])]).toEqual([true, false]);
  });

  it('asks the store each time, and for these alone', async () => {
    const asked: string[] = [];
    const ended = process({
      ...store,
      get: (key) => {
        asked.push(key);
        return store.get(key);
      },
    });
    await ended.add('b', now);
    expect([await ended.hasAnyNow(['a', 'b']), await ended.hasAnyNow(['a'])]).toEqual([true, false]);
    expect({ asked: asked.length, reads }).toEqual({ asked: 3, reads: 0 });
  });

  it('is told nothing while the store is away', async () => {
    const ended = process({ ...store, get: () => Promise.reject(new Error('away')) });
    await expect(ended.hasAnyNow(['a'])).rejects.toThrow('away');
  });

  it('hears nothing of what no access token can remember', async () => {
    const ended = process();
    await ended.add('a', now);
    now += 660;
    expect(await ended.hasAnyNow(['a'])).toBe(false);
  });
});

describe('the list of what has ended', () => {
  it('is asked for several names in one', async () => {
    const ended = process();
    await ended.add('b', now);
    expect([await ended.hasAny(['a', 'b']), await ended.hasAny(['a', 'c']), await ended.hasAny([])]).toEqual([true, false, false]);
  });

  it('is read once a second, however many ask', async () => {
    const ended = process();
    await Promise.all(Array.from({ length: 100 }, () => ended.hasAny(['a'])));
    await ended.hasAny(['b']);
    expect(reads).toBe(1);
    now += 1;
    await ended.hasAny(['a']);
    expect(reads).toBe(2);
  });

  it('holds on while the store is away, and the operator is told', async () => {
    let away = false;
    const ended = process({ ...store, linked: (owner) => (away ? Promise.reject(new Error('away')) : store.linked(owner)) });
    await ended.add('a', now);
    await ended.hasAny(['a']);
    away = true;
    now += 1;
    expect(await ended.hasAny(['a'])).toBe(true);
    expect(logged).toBe(1);
  });

  it('is one line in the log, not one every other second, while the store answers now and then', async () => {
    let away = false;
    const ended = process({ ...store, linked: (owner) => (away ? Promise.reject(new Error('away')) : store.linked(owner)) });
    for (let second = 0; second < 30; second += 1) {
      now += 1;
      away = second % 3 === 1;
      await ended.hasAny(['a']);
      await new Promise(setImmediate); // it is read in the background while the store is away
    }
    expect(logged).toBe(1);
  });
});
