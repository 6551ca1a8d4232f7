/** The options `redis`, `wait` and `store`: where state is kept. */
import { z } from 'zod';
import { isObject, last, says } from '../../clients/members.js';
import type { Store } from '../../model/store.js';
import type { RedisClient } from '../../store/redis-client.js';
import type { RedisSource } from '../../store/redis-connection.js';
import { anObject, count, objectWith } from '../values.js';

export const redis = z
  .custom<RedisSource | RedisClient>(
    (value) => isObject(value) || (typeof value === 'string' && /^rediss?:\/\/./.test(value)),
    last(
      'It is not a Redis URL, nor options or a client of ioredis.',
      'Write redis://… or rediss://…; leave it out to keep all in memory.',
    ),
  )
  .refine(
    (value) => typeof value !== 'object' || namesServer(value),
    says(
      'It is no client of ioredis (perhaps of another package), nor options that name a server.',
      'Pass a client of ioredis, its options with host, path, sentinels or cluster, or a URL.',
    ),
  )
  .optional();

/** Other objects would quietly mean localhost:6379. */
function namesServer(value: object): boolean {
  const isClient = 'call' in value && typeof value.call === 'function';
  const isPlain = [Object.prototype, null].includes(Object.getPrototypeOf(value));
  return isClient || (isPlain && ['host', 'port', 'path', 'sentinels', 'cluster'].some((name) => name in value));
}

export const wait = anObject('Write { replicas: 1, timeout: 0.5 }.').optional();

export const waitShape = {
  replicas: count('replicas', 1, 10, 1),
  timeout: z
    .custom<number>(
      (value) => typeof value === 'number' && value > 0 && value <= 1.5,
      says('It is not a number of seconds up to 1.5.', 'Write timeout: 0.5, the default, or leave it out.'),
    )
    .default(0.5),
};

export const store = objectWith<Store>(
  ['get', 'put', 'add', 'swap', 'delete', 'link', 'linked', 'close'],
  'Give an object with all methods of the interface Store.',
).optional();
