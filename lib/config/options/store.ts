/** The options `redis`, `wait` and `store`: where state is kept. */
import type { Store } from '../../model/store.js';
import type { RedisClient } from '../../store/redis-client.js';
import type { RedisSource } from '../../store/redis-connection.js';

/** Where state is kept. */
export interface OptionsForStore {
  /**
   * Where codes, sessions, consents and keys are kept: a URL (`redis://` or `rediss://`), options of ioredis, or a client or
   * cluster of ioredis that you have. Default: in the memory of this process, with a warning; then a restart forgets all, and
   * there can be one process only.
   *
   * @example process.env.REDIS_URL
   * @example { sentinels: [{ host: 'sentinel-1', port: 26379 }], name: 'mymaster', password: process.env.REDIS_PASSWORD }
   * @example { cluster: ['redis://node-1:6379', 'redis://node-2:6379'], username: 'oauth', password: process.env.REDIS_PASSWORD, tls: {} }
   */
  redis?: RedisSource | RedisClient | undefined;

  /**
   * For those who want no write lost that was acknowledged when a primary dies: by how many `replicas` each write must have been received
   * before it counts, within `timeout` seconds (default 0.5). Costs the way to the replica each time; while too few answer, requests that
   * write are refused with 503, before anything is written but for what was under way. Default: none is waited for. See WAIT of Redis.
   *
   * @example { replicas: 1 }
   */
  wait?: { replicas: number; timeout?: number | undefined } | undefined;

  /** A store of your own, instead of `redis`; `Store` says what it must do. */
  store?: Store | undefined;
}
