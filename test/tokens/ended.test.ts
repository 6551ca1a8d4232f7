import { beforeEach, describe, expect, it } from '@jest/globals';
import { StoreUnavailable } from '../../lib/errors.js';
import type { Store } from '../../lib/model/store.js';
import { memoryStore } from '../../lib/store/memory.js';
import { endedAuthorizations } from '../../lib/tokens/ended.js';

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
  return endedAuthorizations({ store: on, clock: () => now, log: { warn: () => {}, error }, accessTokenLifetime: 600 });
}

describe('an authorization that has ended', () => {
  it('is known at once where it was ended', async () => {
    const ended = process();
    await ended.has('a');
    await ended.add('a');
    expect(await ended.has('a')).toBe(true);
  });

  it('is known a second later everywhere else', async () => {
    const [one, other] = [process(), process()];
    await other.has('a');
    await one.add('a');
    now += 1;
    expect(await other.has('a')).toBe(true);
  });

  it('is known to a process that starts later', async () => {
    await process().add('a');
    expect(await process().has('a')).toBe(true);
  });

  it('is forgotten when its last access token has expired', async () => {
    const ended = process();
    await ended.add('a');
    now += 599;
    expect(await ended.has('a')).toBe(true);
    now += 1;
    expect(await ended.has('a')).toBe(false);
  });

  it('lets no one pass where the list could never be read', async () => {
    const ended = process({ ...store, linked: () => Promise.reject(new Error('away')) });
    await expect(ended.has('a')).rejects.toThrow(StoreUnavailable);
  });

  it('does not make anybody wait for a store that failed before and now hangs', async () => {
    const failing: Store = { ...store };
    const ended = process(failing);
    await ended.has('a');
    failing.linked = () => Promise.reject(new Error('away'));
    now += 1;
    await ended.has('a');
    failing.linked = () => new Promise(() => {});
    now += 1;
    expect(await ended.has('a')).toBe(false);
  });

  it('leaves the others alone', async () => {
    const ended = process();
    await ended.add('a');
    expect(await ended.has('b')).toBe(false);
  });

  it('is not lost if the list was being read as it was added', async () => {
    let answer: (ids: string[]) => void = () => {};
    const slow: Store = { ...store, linked: () => new Promise((resolve) => (answer = resolve)) };
    const ended = process(slow);
    const first = ended.has('a');
    const adding = ended.add('a');
    await Promise.resolve();
    answer([]);
    await Promise.all([first, adding]);
    expect(await ended.has('a')).toBe(true);
  });
});

describe('the list of what has ended', () => {
  it('is read once a second, however many ask', async () => {
    const ended = process();
    await Promise.all(Array.from({ length: 100 }, () => ended.has('a')));
    await ended.has('b');
    expect(reads).toBe(1);
    now += 1;
    await ended.has('a');
    expect(reads).toBe(2);
  });

  it('holds on while the store is away, and the operator is told', async () => {
    let away = false;
    const ended = process({ ...store, linked: (owner) => (away ? Promise.reject(new Error('away')) : store.linked(owner)) });
    await ended.add('a');
    await ended.has('a');
    away = true;
    now += 1;
    expect(await ended.has('a')).toBe(true);
    expect(logged).toBe(1);
  });
});
