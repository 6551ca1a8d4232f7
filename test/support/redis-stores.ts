/** Stores in Redis under test: each is closed after its test, and what they told the operator is kept. A rejection that nobody handles fails the test. */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals';
import type { Store } from '../../lib/model/store.js';
import { type RedisStoreOptions, redisStore } from '../../lib/store/redis.js';

export function storesUnderTest() {
  const warnings: string[] = [];
  const problems: string[] = [];
  const unhandled: unknown[] = [];
  const opened: Store[] = [];
  const noteUnhandled = (reason: unknown) => void unhandled.push(reason);
  const log = {
    warn: (message: string) => void warnings.push(message),
    error: (message: string, cause: unknown) => void problems.push(`${message} ${String((cause as Error).cause)}`),
  };

  beforeAll(() => void process.on('unhandledRejection', noteUnhandled));
  beforeEach(() => {
    for (const told of [warnings, problems]) told.length = 0;
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
    expect(unhandled.splice(0)).toEqual([]);
  });
  afterAll(() => void process.off('unhandledRejection', noteUnhandled));

  function open(source: Parameters<typeof redisStore>[0], options: Partial<RedisStoreOptions> = {}): Store {
    const store = redisStore(source, { log, ...options });
    opened.push(store);
    return store;
  }
  return { open, log, warnings, problems };
}
