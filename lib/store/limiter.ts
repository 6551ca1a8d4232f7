/** Counts what must not happen too often, by rate-limiter-flexible: in this process, or in Redis for all. */
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Limit, Limiter } from '../model/store.js';
import { type Clock, systemClock } from '../platform/clock.js';
import type { Log } from '../platform/log.js';
import { createOutage, type Outage } from '../platform/outage.js';
import { recentlyUsed } from '../platform/recently-used.js';

/** Sends one command, reads its answer, and gives up in time. */
export type Ask = <T>(read: (answer: unknown) => T, command: string, ...args: (string | number)[]) => Promise<T>;

export function memoryLimiter(limit: Limit, clock: Clock): Limiter {
  return limiterBy(new MemoryLimiter(limit, clock));
}

/**
 * One round trip. While Redis is away each process counts for itself: what limits guessing must not fall with it.
 *
 * The script is ours, not that of the package: it knows waits that grow, does not count what it refuses, and gives back nothing that has
 * expired. The package is given commands rather than the client, on which it would define a command that a host's client may have already.
 * The name `rlflxIncr`, by which it calls our script, is no part of its interface: so package.json allows only patches of the version that was tried.
 */
export function redisLimiter(limit: Limit, ask: Ask, prefix: string, outage: Outage): Limiter {
  const { name, times, within, longestWait = 0 } = limit;
  const told = async <T>(asked: Promise<T>): Promise<T> => {
    try {
      return await asked;
    } catch (cause) {
      outage.began(cause);
      throw cause;
    }
  };
  const storeClient = {
    async rlflxIncr([key, points]: [string, string]) {
      const counted = await told(ask(readCount, 'eval', countScript, 1, key, points, times, within * 1000, longestWait * 1000));
      outage.ended();
      return counted;
    },
    del: (key: string) => told(ask(Number, 'del', key)),
  };
  const inRedis = limiterBy(new RateLimiterRedis({ keyPrefix: `${prefix}limit:${name}`, points: times, duration: within, storeClient }));
  const here = memoryLimiter(limit, systemClock);
  return {
    count: (key) => inRedis.count(key).catch(() => here.count(key)),
    // In both, since nobody knows any more where it was counted: a Redis that is full counts nothing, and yet deletes.
    async giveBack(key) {
      await Promise.allSettled([inRedis.giveBack(key), here.giveBack(key)]);
    },
    async forget(key) {
      await Promise.allSettled([inRedis.forget(key), here.forget(key)]);
    },
  };
}

/** One for all limits of a store: what one cannot count, the others cannot either. */
export function limitOutage(log: Log): Outage {
  return createOutage('Limits cannot be counted in Redis: until they can, each process counts for itself.', { clock: systemClock, log });
}

/** What is no count must not be taken for one: whatever is not more than allowed would be let through. */
function readCount(answer: unknown): [count: number, wait: number] {
  const [count, wait] = Array.isArray(answer) ? answer.map(String) : []; // a host's client may have stringNumbers
  if (!isWhole(count) || !isWhole(wait)) throw new Error('Redis has answered with something else than a count.');
  return [Number(count), Number(wait)];
}

function isWhole(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,15}$/.test(text);
}

function limiterBy(limiter: RateLimiterAbstract): Limiter {
  return {
    async count(key) {
      try {
        await limiter.consume(key);
        return 0;
      } catch (refusal) {
        if (refusal instanceof RateLimiterRes) return Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
        throw refusal;
      }
    },
    async giveBack(key) {
      await limiter.reward(key);
    },
    async forget(key) {
      await limiter.delete(key);
    },
  };
}

interface Count {
  readonly count: number;
  /** No further one before this. */
  readonly next: number;
  /** Then it is forgotten. */
  readonly end: number;
}

/** How many keys are remembered, so that whoever invents ever new ones does not fill the memory. */
const mostKeys = 100_000;

/** That of the package asks the system for the time, and has no bound. */
class MemoryLimiter extends RateLimiterMemory {
  readonly #limit: Limit;
  readonly #clock: Clock;
  readonly #counts = recentlyUsed<Count>(mostKeys);

  constructor(limit: Limit, clock: Clock) {
    super({ points: limit.times, duration: limit.within });
    this.#limit = limit;
    this.#clock = clock;
  }

  override async consume(key: string): Promise<RateLimiterRes> {
    const { times, within, longestWait } = this.#limit;
    const now = this.#clock();
    const { count, next, end } = this.#counted(key) ?? { count: 0, next: 0, end: now + within };
    if (now < next) throw new RateLimiterRes(0, (next - now) * 1000);
    const made = count + 1;
    const until = longestWait === undefined ? end : now + Math.min(2 ** (made - times), longestWait);
    this.#counts.set(key, { count: made, next: made < times ? 0 : until, end: longestWait === undefined ? end : now + within });
    return new RateLimiterRes();
  }

  override async reward(key: string): Promise<RateLimiterRes> {
    const counted = this.#counted(key);
    if (counted && counted.count > 1) this.#counts.set(key, { ...counted, count: counted.count - 1, next: 0 });
    else this.#counts.delete(key);
    return new RateLimiterRes();
  }

  override async delete(key: string): Promise<boolean> {
    this.#counts.delete(key);
    return true;
  }

  #counted(key: string): Count | undefined {
    const counted = this.#counts.get(key);
    return counted && counted.end > this.#clock() ? counted : undefined;
  }
}

/** The same, by the clock of Redis, in milliseconds. What it answers is how many were counted, of which more than allowed is a refusal, and the wait. */
const countScript = `
local points, times, within, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local held = redis.call('HMGET', KEYS[1], 'count', 'next')
local count, next = tonumber(held[1] or 0), tonumber(held[2] or 0)
if points < 0 then
  if count > 1 then redis.call('HSET', KEYS[1], 'count', count - 1, 'next', 0) else redis.call('DEL', KEYS[1]) end
  return {0, 0}
end
if now < next then return {times + 1, next - now} end
local rest = redis.call('PTTL', KEYS[1])
if longest > 0 or rest < 0 then rest = within end
count = count + 1
local wait = rest
if longest > 0 then wait = math.min(2 ^ (count - times) * 1000, longest) end
next = 0
if count >= times then next = now + wait end
redis.call('HSET', KEYS[1], 'count', count, 'next', string.format('%.0f', next))
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', rest))
return {1, 0}`;
