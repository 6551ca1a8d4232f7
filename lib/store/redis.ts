/** A store in Redis 6.2 or newer, for any number of processes: one node, Sentinel or Cluster. The contract is in model/store.ts. */
import { Redis, type RedisOptions } from 'ioredis';
import { StoreUnavailable } from '../errors.js';
import type { Store, Stored } from '../model/store.js';
import type { Log } from '../platform/log.js';
import { systemRandom } from '../platform/random.js';

/** The part of an ioredis client that is used. `Redis` and `Cluster` have it, of this ioredis and of the host's. */
export interface RedisClient {
  call(command: string, ...args: (string | number)[]): Promise<unknown>;
}

/** How `redisStore` talks to Redis. */
export interface RedisStoreOptions {
  readonly log: Log;
  /** What every key begins with; a colon is added if it does not end with one. Default `oauth:`. */
  readonly prefix?: string;
  /** After how many seconds without an answer Redis counts as unavailable. Default 2. */
  readonly deadline?: number;
}

/**
 * Keeps everything in Redis. Each command touches one key, so that Cluster needs no hash tags.
 *
 * @param source - A URL (`redis://` or `rediss://`) or ioredis options, for a connection of our own that `close()` ends; or a client or
 * Cluster of the host, which is used as it is and is never closed. It must not read from replicas (`scaleReads`): they may be behind.
 */
export function redisStore(source: string | RedisOptions | RedisClient, options: RedisStoreOptions): Store {
  const { log, prefix = 'oauth:', deadline = 2 } = options;
  const { client, close } = isClient(source) ? { client: source, close: async () => {} } : connect(source, log);
  const root = prefix.endsWith(':') ? prefix : `${prefix}:`;
  // Two name spaces, so that a value and an owner of the same name do not meet.
  const valueKey = (key: string) => `${root}value:${key}`;
  const linksKey = (owner: string) => `${root}links:${owner}`;

  const ask = <T>(read: (answer: unknown) => T, command: string, ...args: (string | number)[]): Promise<T> =>
    inTime(deadline, async () => read(await client.call(command, ...args)));

  return {
    get<T>(key: string) {
      return ask(readStored<T>, 'get', valueKey(key));
    },
    async put(key, value, ttl) {
      return ask(readNothing, 'set', valueKey(key), written(value), ...lifetime(ttl));
    },
    async add(key, value, ttl) {
      return ask(readOk, 'set', valueKey(key), written(value), ...lifetime(ttl), 'NX');
    },
    async swap(key, version, value, ttl) {
      return ask(readOne, 'eval', swapScript, 1, valueKey(key), `${version} `, written(value), ...lifetime(ttl));
    },
    delete(key) {
      return ask(readOne, 'del', valueKey(key));
    },
    async link(owner, id, ttl) {
      if (ttl > 0) await ask(readNothing, 'eval', linkScript, 1, linksKey(owner), id, milliseconds(ttl));
    },
    linked(owner) {
      return ask(readStrings, 'eval', linkedScript, 1, linksKey(owner));
    },
    close,
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
  if (version === undefined || json === undefined) throw new Error('This key was not written by this store.');
  return { value: JSON.parse(json) as T, version };
}

const readNothing = () => {};
const readOk = (answer: unknown) => answer === 'OK';
const readOne = (answer: unknown) => Number(answer) === 1; // a host's client may have stringNumbers
const readStrings = (answer: unknown) => answer as string[];

/** How SET says it. A life of no length is an end in the past: the write takes place, and nothing stays of it. */
function lifetime(ttl: number): ['PX' | 'PXAT', number] {
  return ttl > 0 ? ['PX', milliseconds(ttl)] : ['PXAT', 1];
}

const milliseconds = (seconds: number) => Math.ceil(seconds * 1000);

// Scripts are sent by EVAL, not by hash: they are short, and no restart, failover or SCRIPT FLUSH can then take them away.

/** An absent value begins with '', which no version is. */
const swapScript = `
if redis.call('GETRANGE', KEYS[1], 0, #ARGV[1] - 1) ~= ARGV[1] then return 0 end
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

/**
 * One deadline and one error for whatever client it is: that of a host may try for minutes before it gives up.
 * The race listens to both sides, so that a command which fails after its deadline disturbs nobody.
 */
async function inTime<T>(seconds: number, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`There was no answer within ${seconds} seconds.`)), seconds * 1000).unref();
  });
  try {
    return await Promise.race([work(), late]);
  } catch (error) {
    throw new StoreUnavailable('Redis could not answer.', { cause: withoutCommand(error) });
  } finally {
    clearTimeout(timer);
  }
}

/** ioredis puts the command on its errors, with the value that was written, or with the password if AUTH was refused. Causes get logged. */
function withoutCommand(error: unknown): unknown {
  return error instanceof Error && 'command' in error ? new Error(error.message) : error;
}

function isClient(source: string | RedisOptions | RedisClient): source is RedisClient {
  return typeof source === 'object' && 'call' in source && typeof source.call === 'function';
}

const ownSettings = {
  autoResendUnfulfilledCommands: false, // a swap whose answer was lost may have won, and would lose against itself
  maxRetriesPerRequest: 0, // with the connection fails what was sent on it; what comes later waits for one attempt
  retryStrategy: (times: number) => Math.min(times * 100, 1000),
  connectTimeout: 2000,
  socketTimeout: 2000, // a Redis that fell silent without closing is left, and looked for anew
  disconnectTimeout: 200, // ioredis leaves it out of its types; by default a process whose Redis is gone needs 2 s to end
};

/** A connection of our own. That it is lost, and that it is back, is one line each, however often it was tried in between. */
function connect(source: string | RedisOptions, log: Log): { client: Redis; close(): Promise<void> } {
  const client =
    typeof source === 'string' ? new Redis(source, ownSettings) : new Redis({ ...ownSettings, ...source, replyMapping: 'legacy' });
  let isLost = false;

  function lose(error?: Error): void {
    if (!isLost) log.warn(`Redis cannot be reached (${reasonOf(error)}). Requests are refused until it is back.`);
    isLost = true;
  }
  client.on('error', lose);
  client.on('close', lose);
  client.on('ready', () => {
    if (isLost) log.warn('Redis is back.');
    isLost = false;
  });

  return {
    client,
    async close() {
      isLost = true; // on purpose, so nobody needs to be told
      client.disconnect();
    },
  };
}

/** The code alone, as in ECONNREFUSED or WRONGPASS: messages may repeat parts of the URL or of AUTH. */
function reasonOf(error: (Error & { code?: string }) | undefined): string {
  return error?.code ?? /^[A-Z]{3,}\b/.exec(error?.message ?? '')?.[0] ?? 'the connection was closed';
}
