/** The keys of a Redis: how many, what for, how long yet. And time, made to pass for them. */
import type { Redis } from 'ioredis';

export interface Kept {
  readonly key: string;
  /** In milliseconds; -1: for ever. */
  readonly pttl: number;
}

export async function* keysOf(redis: Redis): AsyncGenerator<string[]> {
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'COUNT', 1_000);
    cursor = next;
    if (keys.length > 0) yield keys;
  } while (cursor !== '0');
}

export async function keptIn(redis: Redis): Promise<Kept[]> {
  const all = new Map<string, number>();
  for await (const keys of keysOf(redis)) {
    const answers = await redis.pipeline(keys.map((key) => ['pttl', key])).exec();
    for (const [index, [, pttl]] of (answers ?? []).entries()) if (pttl !== -2) all.set(keys[index] as string, Number(pttl));
  }
  return [...all].map(([key, pttl]) => ({ key, pttl }));
}

/** Such as `value session`. */
export function kindOf(key: string): string {
  return key.split(':').slice(1, 3).join(' ');
}

export function byKind(keys: readonly Kept[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { key } of keys) counts[kindOf(key)] = (counts[kindOf(key)] ?? 0) + 1;
  return counts;
}

/** What time does to keys: each has so much less to live. */
export async function passTime(redis: Redis, seconds: number): Promise<void> {
  for (const { key, pttl } of await keptIn(redis)) {
    const left = pttl - seconds * 1000;
    if (pttl < 0) continue; // for ever, which is what is looked for
    if (left > 0) await redis.pexpire(key, left);
    else await redis.del(key);
  }
}
