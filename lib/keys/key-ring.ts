/**
 * The ring of signing keys that all processes share: who signs when, what is published, what is due. Pure: every process computes it
 * from the same ring, and from its own clock. OpenID Connect Core section 10.1.1.
 */
import type { JWK } from 'jose';

/** So long whoever checks tokens may keep the public keys. In seconds, as all times here. */
export const jwksMaxAge = 300;

/** A process that signs or checks has read the ring within this time. */
export const readAgainAfter = 60;

/** Clocks differ, answers take their time, and a store may be away for a moment. */
const tolerance = 60;

/**
 * From the first publication of a key to its first signature: until every process has read it, and every copy of the public keys
 * that lacks it has been thrown away.
 */
export const overlap = readAgainAfter + jwksMaxAge + tolerance;

/** When a key is what; in seconds since 1970. */
export interface KeyTimes {
  readonly alg: string;
  readonly created_at: number;
  /** It signs from then on, until the next key of its algorithm does. */
  readonly active_from: number;
  /** It is published until then. A key has no end before it has a successor. */
  readonly retires_at?: number;
}

/** A private key with its times among its members, as RFC 7517 section 4 allows. */
export type RingKey = JWK & KeyTimes & { readonly kid: string };

/** In the order in which they were added. */
export type Ring = readonly RingKey[];

/** The newest that is active. A process whose clock is far behind finds none, and then the oldest will do. */
export function signerOf<K extends KeyTimes>(keys: readonly K[], alg: string, now: number): K | undefined {
  const candidates = keys.filter((key) => key.alg === alg);
  return candidates.findLast(({ active_from }) => active_from <= now) ?? candidates[0];
}

export function withoutRetired<K extends KeyTimes>(keys: readonly K[], now: number): readonly K[] {
  return keys.filter(({ retires_at }) => retires_at === undefined || retires_at > now);
}

/** What has no key at all. */
export function algorithmsMissing(keys: readonly KeyTimes[], algorithms: readonly string[]): string[] {
  return algorithms.filter((alg) => !keys.some((key) => key.alg === alg));
}

/** Those whose newest key has been there for `age` seconds, and does not still wait for its first signature. */
export function algorithmsDue(keys: readonly KeyTimes[], now: number, age: number): string[] {
  const newest = new Map(keys.map((key) => [key.alg, key]));
  return [...newest.values()].filter(({ created_at, active_from }) => active_from <= now && now - created_at >= age).map(({ alg }) => alg);
}

/**
 * The times of the first key of an algorithm. It signs at once, as there is none that could in its place, and nobody has had a reason to
 * fetch keys for this algorithm before; who did, for another, does so again for a `kid` that it has never seen.
 */
export function timesOfFirst(now: number): Omit<KeyTimes, 'alg'> {
  return { created_at: now, active_from: 0 }; // not now: another clock may be behind
}

export function timesOfSuccessor(now: number): Omit<KeyTimes, 'alg'> {
  return { created_at: now, active_from: now + overlap };
}

/**
 * Keys that have a successor stay until the last token that they have signed has expired. Processes may differ in how long their tokens
 * last, while they are replaced one by one; so an end is only ever moved away.
 */
export function withEnds(ring: Ring, tokenLifetime: number): Ring {
  return ring.map((key, index) => {
    const successor = ring.slice(index + 1).find(({ alg }) => alg === key.alg);
    const end = successor && successor.active_from + tokenLifetime + tolerance;
    return end !== undefined && end > (key.retires_at ?? 0) ? { ...key, retires_at: end } : key;
  });
}
