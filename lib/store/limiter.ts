/** Counts what must not happen too often, by rate-limiter-flexible: in this process, or in Redis for all. */
/// <reference path="./rate-limiter-flexible.d.ts" />
// By their files: the package as a whole loads limiters for a dozen databases, and node:cluster, which is 4 % of the time to the first answer.
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory.js';
import RateLimiterRedis from 'rate-limiter-flexible/lib/RateLimiterRedis.js';
import RateLimiterRes from 'rate-limiter-flexible/lib/RateLimiterRes.js';
import type { Counter, JointLimiter, Limit, Limiter } from '../model/store.js';
import { type Clock, systemClock } from '../platform/clock.js';
import type { Log } from '../platform/log.js';
import { createOutage, type Outage } from '../platform/outage.js';
import { recentlyUsed } from '../platform/recently-used.js';

/** Sends one command, reads its answer, and gives up in time. */
export type Ask = <T>(read: (answer: unknown) => T, command: string, ...args: (string | number)[]) => Promise<T>;

export function memoryLimiter(limit: Limit, clock: Clock): Limiter {
  return limiterBy(new MemoryLimiter(limit, clock));
}

/** By one limiter for each: in memory nothing is won by counting at once. */
export function sideBySide(limits: readonly Limit[], limiterFor: (limit: Limit) => Limiter): JointLimiter {
  const limiters = new Map(limits.map((limit) => [limit.name, { ...limiterFor(limit), grows: limit.longestWait !== undefined }]));
  const each = <T>(place: string, counters: readonly Counter[], act: (limiter: Limiter & { grows: boolean }, key: string) => Promise<T>) =>
    Promise.all(counters.map(({ limit, key }) => act(findFor(limit, limiters), `${place} ${key}`)));
  const giveBack = async (place: string, counters: readonly Counter[]) => {
    await each(place, counters, (limiter, key) => limiter.giveBack(key));
  };
  return {
    async count(place, counters) {
      const waits = await each(place, counters, (limiter, key) => limiter.count(key));
      const others = counters.filter((_, i) => waits[i] === 0);
      if (others.length < counters.length) await giveBack(place, others);
      return waits;
    },
    giveBack,
    async forgive(place, counters) {
      await each(place, counters, (limiter, key) => (limiter.grows ? limiter.forget(key) : limiter.giveBack(key)));
    },
  };
}

/** What there is for each limit, by the name of the limit. */
function findFor<T>(limit: string, all: ReadonlyMap<string, T>): T {
  const found = all.get(limit);
  if (found === undefined) throw new Error(`No limit is known by the name ${limit}.`);
  return found;
}

/**
 * One round trip. While Redis is away each process counts for itself: what limits guessing must not fall with it.
 *
 * The script is ours, not that of the package: it knows waits that grow, does not count what it refuses, and gives back nothing that has
 * expired. The package is given commands rather than the client, on which it would define a command that a host's client may have already.
 * The name `rlflxIncr`, by which it calls our script, is no part of its interface: so package.json allows only patches of the version that was tried.
 */
export function redisLimiter(limit: Limit, ask: Ask, prefix: string, outage: Outage): Limiter {
  const { name, times, within } = limit;
  const told = telling(outage);
  const storeClient = {
    async rlflxIncr([key, points]: [string, string]) {
      const verb = Number(points) < 0 ? 'give back' : 'count';
      const [counted] = await told(ask(readCounts(1), 'eval', countScript, 1, key, verb, ...numbersOf(limit)));
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

/**
 * The same for several counters at once, by the script itself, as the package knows of one at a time. The place is the hash tag of their
 * keys, so that they are together in a Cluster too. https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags
 */
export function redisJointLimiter(limits: readonly Limit[], ask: Ask, prefix: string, outage: Outage): JointLimiter {
  const rows = new Map(limits.map((limit) => [limit.name, limit]));
  const told = telling(outage);
  const here = sideBySide(limits, (limit) => memoryLimiter(limit, systemClock));
  async function run(verb: 'count' | 'give back' | 'forgive', place: string, counters: readonly Counter[]) {
    const keys = counters.map(({ limit, key }) => `${prefix}limit:${limit}:{${place}}:${key}`);
    const numbers = counters.flatMap(({ limit }) => numbersOf(findFor(limit, rows)));
    return told(ask(readCounts(counters.length), 'eval', countScript, keys.length, ...keys, verb, ...numbers));
  }
  return {
    async count(place, counters) {
      try {
        const counted = await run('count', place, counters);
        outage.ended();
        return counted.map(([, wait]) => Math.ceil(wait / 1000));
      } catch {
        return here.count(place, counters);
      }
    },
    async giveBack(place, counters) {
      await Promise.allSettled([run('give back', place, counters), here.giveBack(place, counters)]);
    },
    async forgive(place, counters) {
      await Promise.allSettled([run('forgive', place, counters), here.forgive(place, counters)]);
    },
  };
}

function telling(outage: Outage) {
  return async <T>(asked: Promise<T>): Promise<T> => {
    try {
      return await asked;
    } catch (cause) {
      outage.began(cause);
      throw cause;
    }
  };
}

/** As the script takes them. */
function numbersOf({ times, within, longestWait = 0 }: Limit): number[] {
  return [times, within * 1000, longestWait * 1000];
}

/** One for all limits of a store: what one cannot count, the others cannot either. */
export function limitOutage(log: Log): Outage {
  return createOutage('Limits cannot be counted in Redis: until they can, each process counts for itself.', { clock: systemClock, log });
}

/** What is no count must not be taken for one: whatever is not more than allowed would be let through. */
function readCounts(counters: number) {
  return (answer: unknown): [count: number, wait: number][] => {
    const numbers = Array.isArray(answer) ? answer.map(String) : []; // a host's client may have stringNumbers
    if (numbers.length !== 2 * counters || !numbers.every(isWhole)) throw new Error('Redis has answered with something else than a count.');
    return Array.from({ length: counters }, (_, i) => [Number(numbers[2 * i]), Number(numbers[2 * i + 1])]);
  };
}

function isWhole(text: string): boolean {
  return /^\d{1,15}$/.test(text);
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

/**
 * The same, by the clock of Redis, in milliseconds, for each key with the numbers of its limit: one after the other, or none if one of them
 * refuses. What it answers is two numbers for each: how many were counted, of which more than allowed is a refusal, and the wait.
 */
const countScript = `
local verb = ARGV[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local counters, answer, isRefused = {}, {}, false
for i, key in ipairs(KEYS) do
  local held = redis.call('HMGET', key, 'count', 'next')
  local count, next = tonumber(held[1] or 0), tonumber(held[2] or 0)
  local times, within, longest = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1])
  counters[i] = {count = count, times = times, within = within, longest = longest}
  local isEarly = verb == 'count' and now < next
  isRefused = isRefused or isEarly
  answer[2 * i - 1] = isEarly and times + 1 or 1
  answer[2 * i] = isEarly and next - now or 0
end
if isRefused then return answer end
for i, key in ipairs(KEYS) do
  local counter = counters[i]
  local count, longest = counter.count, counter.longest
  if verb == 'count' then
    local rest = redis.call('PTTL', key)
    if longest > 0 or rest < 0 then rest = counter.within end
    count = count + 1
    local wait = rest
    if longest > 0 then wait = math.min(2 ^ (count - counter.times) * 1000, longest) end
    local next = 0
    if count >= counter.times then next = now + wait end
    redis.call('HSET', key, 'count', count, 'next', string.format('%.0f', next))
    redis.call('PEXPIRE', key, string.format('%.0f', rest))
  elseif count > 1 and not (verb == 'forgive' and longest > 0) then
    redis.call('HSET', key, 'count', count - 1, 'next', 0)
  else
    redis.call('DEL', key)
  end
end
return answer`;
