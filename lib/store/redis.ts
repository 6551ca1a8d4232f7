/** A store in Redis 6.2 or newer, for any number of processes: one node, Sentinel or Cluster. The contract is in model/store.ts. */
import type { Store, Stored } from '../model/store.js';
import type { Log } from '../platform/log.js';
import { systemRandom } from '../platform/random.js';
import { limitOutage, redisJointLimiter, redisLimiter } from './limiter.js';
import type { RedisClient } from './redis-client.js';
import { connect, handleAsking, type RedisConnection, type RedisSource } from './redis-connection.js';
import { within } from './redis-deadline.js';
import { type ReplicaWait, replicating } from './redis-replicas.js';

/** How `redisStore` talks to Redis. */
export interface RedisStoreOptions {
  readonly log: Log;
  /** What every key begins with; a colon is added if it does not end with one. Default `oauth:`. */
  readonly prefix?: string;
  /** After how many seconds without an answer Redis counts as unavailable. Default 2. */
  readonly deadline?: number;
  /** How many commands may wait for their answers; one more is refused at once. Writes that wait for replicas are counted apart. Default 1000. */
  readonly mostWaiting?: number;
  /** By how many replicas each write must have been received, and how many seconds that may take. Default: by none. */
  readonly wait?: ReplicaWait;
}

/**
 * Keeps everything in Redis. Each command touches one key, or such as have a hash tag in common, for Cluster.
 *
 * @param source - A URL (`redis://` or `rediss://`) or ioredis options, for a connection of our own that `close()` ends; or a client or
 * Cluster of the host, which is used as it is and is never closed. It must not read from replicas (`scaleReads`): they may be behind.
 */
export function redisStore(source: RedisSource | RedisClient, options: RedisStoreOptions): Store {
  const { log, prefix = 'oauth:', deadline = 2, mostWaiting = 1000, wait } = options;
  const { client, second, close } = isClient(source) ? connectionOf(source) : connect(source, log);
  const root = prefix.endsWith(':') ? prefix : `${prefix}:`;
  // Two name spaces, so that a value and an owner of the same name do not meet.
  const valueKey = (key: string) => `${root}value:${key}`;
  const linksKey = (owner: string) => `${root}links:${owner}`;

  const inTime = within(deadline, mostWaiting);
  const ask = <T>(read: (answer: unknown) => T, command: string, ...args: (string | number)[]): Promise<T> =>
    inTime(async () => read(await client.call(command, ...args)));
  const write = wait ? replicating(second(), wait, within(deadline, mostWaiting)) : ask;
  const outage = limitOutage(log);

  return {
    get<T>(key: string) {
      return ask(readStored<T>, 'get', valueKey(key));
    },
    async put(key, value, ttl) {
      return write(readNothing, 'set', valueKey(key), written(value), ...lifetime(ttl));
    },
    async add(key, value, ttl) {
      return write(readOne, 'eval', addScript, 1, valueKey(key), written(value), ...lifetime(ttl));
    },
    async swap(key, version, value, ttl) {
      return write(readOne, 'eval', swapScript, 1, valueKey(key), `${version} `, written(value), ...lifetime(ttl));
    },
    delete(key) {
      return write(readOne, 'del', valueKey(key));
    },
    async link(owner, id, ttl) {
      if (ttl > 0) await write(readNothing, 'eval', linkScript, 1, linksKey(owner), id, milliseconds(ttl));
    },
    linked(owner) {
      return ask(readStrings, 'eval', linkedScript, 1, linksKey(owner));
    },
    limiter: (limit) => redisLimiter(limit, ask, root, outage),
    jointLimiter: (limits) => redisJointLimiter(limits, ask, root, outage),
    close,
  };
}

/** That of the host is left alone; what was opened besides is ours to close. */
function connectionOf(client: RedisClient): RedisConnection<RedisClient> {
  const opened: { disconnect(): void }[] = [];
  for (const node of client.nodes?.('all') ?? []) handleAsking(node);
  if (client.nodes) client.on?.('+node', handleAsking);
  return {
    client,
    second() {
      const second = client.duplicate?.();
      if (!second) return client;
      opened.push(second);
      second.on('error', () => {}); // the host is told of the first
      if (second.nodes) second.on('+node', handleAsking);
      return second;
    },
    async close() {
      client.off?.('+node', handleAsking);
      for (const each of opened) each.disconnect();
    },
  };
}

/**
 * A value is `<nonce> <json>`, and the nonce is the version: drawn anew for every write, so that a value which was deleted and added
 * again, alike to the letter, is still another one.
 */
function written(value: unknown): string {
  return `${systemRandom(12)} ${JSON.stringify(value)}`;
}

function readStored<T>(answer: unknown): Stored<T> | undefined {
  if (answer === null) return undefined;
  const [, version, json] = /^([\w-]+) (.*)$/s.exec(String(answer)) ?? [];
  if (version === undefined || json === undefined) throw foreign();
  return { value: parsed(json) as T, version };
}

/** The error of JSON.parse repeats a piece of what it has read, and causes get logged. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw foreign();
  }
}

const foreign = () => new Error('This key was not written by this store.');

const readNothing = () => {};
const readOne = (answer: unknown) => Number(answer) === 1; // a host's client may have stringNumbers
const readStrings = (answer: unknown) => answer as string[];

/** How SET says it. A life of no length is an end in the past: the write takes place, and nothing stays of it. */
function lifetime(ttl: number): ['PX' | 'PXAT', number] {
  return ttl > 0 ? ['PX', milliseconds(ttl)] : ['PXAT', 1];
}

const milliseconds = (seconds: number) => Math.ceil(seconds * 1000);

// Scripts are sent by EVAL, not by hash: they are short, and no restart, failover or SCRIPT FLUSH can then take them away.

// A client may send a command once more whose answer was lost, as those of Cluster do: whoever has won must not lose against themselves.

/**
 * What begins with the nonce of this very write was written by it. It is written once more: WAIT waits for what was written on its own
 * connection, and the first time may have been on another.
 */
const addScript = `
if redis.call('SET', KEYS[1], ARGV[1], ARGV[2], ARGV[3], 'NX') then return 1 end
if redis.call('GETRANGE', KEYS[1], 0, 16) ~= string.sub(ARGV[1], 1, 17) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], ARGV[2], ARGV[3])
return 1`;

/** An absent value begins with '', which no version is. */
const swapScript = `
local version = redis.call('GETRANGE', KEYS[1], 0, 16)
if version ~= ARGV[1] and version ~= string.sub(ARGV[2], 1, 17) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], ARGV[3], ARGV[4])
return 1`;

// The ends of links are measured by the clock of Redis, like the ends of all keys: one clock, however those of our processes differ.
const now = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/** ZADD comes first: Redis asks only before the first write of a script whether there is memory left. */
const linkScript = `${now}
redis.call('ZADD', KEYS[1], 'GT', now + ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('PEXPIREAT', KEYS[1], redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2])`;

const linkedScript = `${now}
return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')`;

function isClient(source: RedisSource | RedisClient): source is RedisClient {
  return typeof source === 'object' && 'call' in source && typeof source.call === 'function';
}
