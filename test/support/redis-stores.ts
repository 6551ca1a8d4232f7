/** Stores in Redis under test: each is closed after its test, and what they told the operator is kept. */
import { afterEach, beforeEach } from '@jest/globals';
import type { Store } from '../../lib/model/store.js';
import { type RedisStoreOptions, redisStore } from '../../lib/store/redis.js';

export function storesUnderTest() {
  const warnings: string[] = [];
  const problems: string[] = [];
  const opened: Store[] = [];
  const log = {
    warn: (message: string) => void warnings.push(message),
    error: (message: string, cause: unknown) => void problems.push(`${message} ${String((cause as Error).cause)}`),
  };

  beforeEach(() => {
    for (const told of [warnings, problems]) told.length = 0;
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
  });

  function open(source: Parameters<typeof redisStore>[0], options: Partial<RedisStoreOptions> = {}): Store {
    const store = redisStore(source, { log, ...options });
    opened.push(store);
    return store;
  }
  return { open, log, warnings, problems };
}
