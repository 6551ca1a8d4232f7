/** Keys that the first process makes, that all others and every restart find in the store, and that take turns. RFC 7517. */
import { isDeepStrictEqual } from 'node:util';
import { calculateJwkThumbprint, type JWK } from 'jose';
import { StoreUnavailable } from '../errors.js';
import type { Store, Stored } from '../model/store.js';
import type { Clock } from '../platform/clock.js';
import type { Log } from '../platform/log.js';
import { algorithmNamed, signingAlgorithms } from './algorithms.js';
import {
  algorithmsDue,
  algorithmsMissing,
  type KeyTimes,
  type Ring,
  type RingKey,
  readAgainAfter,
  signerOf,
  timesOfFirst,
  timesOfSuccessor,
  withEnds,
  withoutRetired,
} from './key-ring.js';
import type { Secrets } from './secrets.js';
import { findKey, publish, readSigningKey, type SigningKey, type SigningKeys, signWith } from './signing-keys.js';

export interface StoredKeysOptions {
  readonly store: Store;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly log: Log;
  /** The age at which keys get a successor, in seconds; 0: never by itself. */
  readonly rotateEvery: number;
  /** How long the longest-lived token lasts, in seconds, with what those who check it allow beyond that. */
  readonly tokenLifetime: number;
  /** What there are to be keys for. */
  readonly algorithms: readonly string[];
  /** Told of each successor that this process has put on the ring. */
  readonly onRotated?: (key: { readonly kid: string; readonly alg: string }) => void;
}

/** What the store keeps: the ring, sealed. */
interface StoredRing {
  readonly sealed: string;
  readonly renewed_at: number;
}

/** The ring as it was read last, ready for use. */
interface Known {
  readonly version: string;
  /** All that is there; a newer process may have keys in it that this one cannot read, and must not lose. */
  readonly ring: Ring;
  readonly keys: readonly (SigningKey & KeyTimes)[];
}

const storeKey = 'signing-keys';
const day = 86_400; // seconds
const storeLifetime = 400 * day;
const renewAfter = 30 * day;

/** After a failure, or for a `kid` that nobody knows, the ring is not read more often: forged tokens are not to reach the store. */
const waitBetween = 5; // seconds

const anyAge = Number.NEGATIVE_INFINITY; // also of keys that a faster clock made

/**
 * There are no timers: the ring is read, renewed and rotated by the calls that use it. Whoever finds something to do tries to swap;
 * one process wins, and all read what came of it. While the store is away the last known ring holds.
 */
export function storedKeys({
  store,
  secrets,
  clock,
  log,
  rotateEvery,
  tokenLifetime,
  algorithms: names,
  onRotated = () => {},
}: StoredKeysOptions): SigningKeys {
  const algorithms = signingAlgorithms.map(({ alg }) => alg).filter((alg) => names.includes(alg));
  const usualAge = rotateEvery === 0 ? Number.POSITIVE_INFINITY : rotateEvery;
  let known: Known | undefined;
  let readAt = 0;
  let triedAt = 0;
  let working: Promise<void> | undefined;
  let isAway = false;

  /** Also if the clock was set back. */
  const since = (time: number) => Math.abs(clock() - time);

  /** As time goes by for the ring: it stops with the store, so that no key signs that other processes had no chance to read. */
  const now = () => Math.min(clock(), readAt + readAgainAfter);

  async function load({ again = false } = {}): Promise<Known> {
    const isOld = again || since(readAt) >= readAgainAfter;
    if (!known || (isOld && since(triedAt) >= waitBetween)) await readAgain();
    return known as Known;
  }

  /** @throws StoreUnavailable if the ring was never read */
  async function readAgain(): Promise<void> {
    try {
      working ??= alone(usualAge);
      await working; // with all who asked meanwhile
      isAway = false;
    } catch (cause) {
      if (!known) throw cause;
      if (!isAway) log.error('The signing keys could not be read again; the last known ones hold.', cause);
      isAway = true;
    }
  }

  async function alone(age: number): Promise<void> {
    try {
      await tend(age);
    } finally {
      triedAt = clock();
      working = undefined;
    }
  }

  /** Reads the ring, and writes and reads it until there is nothing left to do: keys missing, keys of this age, keys retired. */
  async function tend(age: number): Promise<void> {
    const stored = await store.get<StoredRing>(storeKey);
    if (stored) {
      if (stored.version !== known?.version) known = await open(stored);
      readAt = clock();
      const next = await tended(known.ring, age);
      if (isDeepStrictEqual(next, known.ring) && clock() - stored.value.renewed_at < renewAfter) return;
      const written = await store.swap(storeKey, stored.version, { ...stored.value, ...(await seal(next)) }, storeLifetime);
      if (written) for (const key of successorsIn(next, known.ring)) onRotated(key);
    } else {
      // A store that has lost its data gets back what it had.
      await store.add(storeKey, await seal(known?.ring ?? (await tended([], age))), storeLifetime);
    }
    return tend(age); // whether this process was the one that wrote, or another
  }

  async function tended(ring: Ring, age: number): Promise<Ring> {
    const time = clock();
    const first = await make(algorithmsMissing(ring, algorithms), timesOfFirst(time));
    const successors = await make(algorithmsDue(ring, time, age), timesOfSuccessor(time));
    return withoutRetired(withEnds([...ring, ...first, ...successors], tokenLifetime), time);
  }

  /** Under the newest secret, whichever it was before. */
  async function seal(ring: Ring): Promise<StoredRing> {
    return { sealed: await secrets.seal('signing keys', { keys: ring }), renewed_at: clock() };
  }

  async function open({ value: { sealed }, version }: Stored<StoredRing>): Promise<Known> {
    const opened = (await secrets.open('signing keys', sealed)) as { keys: Ring } | undefined;
    if (!opened) {
      throw new Error(
        'The signing keys in the store were sealed under a secret that is not in the option secrets. ' +
          'Add the secret that was used before to the end of the list; or delete the keys from the store, which ends all access tokens.',
      );
    }
    const ring = opened.keys;
    const readable = ring.filter(({ alg }) => algorithmNamed(alg));
    return { version, ring, keys: await Promise.all(readable.map(async (key) => ({ ...timesOf(key), ...(await readSigningKey(key)) }))) };
  }

  return {
    algorithms,
    async ready() {
      const { keys } = await load();
      const missing = algorithmsMissing(keys, algorithms);
      if (missing.length > 0) throw noKey(missing);
    },
    async sign(claims, { typ, alg = algorithms[0] as string }) {
      if (!algorithms.includes(alg)) throw new TypeError(`There are no keys for ${alg}.`);
      const key = signerOf((await load()).keys, alg, now());
      if (!key) throw noKey([alg]);
      return signWith(key, claims, typ);
    },
    async find(header) {
      const { keys } = await load();
      const key = findKey(keys, header) ?? findKey((await load({ again: true })).keys, header);
      return key && withoutRetired([key], now())[0]?.publicKey;
    },
    async jwks() {
      const { keys } = await load();
      return publish(withoutRetired(keys, now()));
    },
    async rotate() {
      while (working) await working.catch(() => {}); // which is for who asked for it
      working = alone(anyAge);
      await working;
    },
  };
}

async function make(algorithms: readonly string[], times: Omit<KeyTimes, 'alg'>): Promise<Ring> {
  const rows = signingAlgorithms.filter(({ alg }) => algorithms.includes(alg));
  return Promise.all(
    rows.map(async ({ alg, generate }): Promise<RingKey> => {
      const jwk = (await generate()) as JWK;
      return { ...jwk, alg, kid: await calculateJwkThumbprint(jwk), ...times };
    }),
  );
}

/** A first key of an algorithm succeeds nobody. */
function successorsIn(next: Ring, before: Ring): { kid: string; alg: string }[] {
  const added = next.filter(({ kid }) => !before.some((key) => key.kid === kid));
  return added.filter(({ alg }) => before.some((key) => key.alg === alg)).map(({ kid, alg }) => ({ kid, alg }));
}

function timesOf({ alg, created_at, active_from, retires_at }: RingKey): KeyTimes {
  return { alg, created_at, active_from, ...(retires_at !== undefined && { retires_at }) };
}

/** The ring could be read, but not be written. */
function noKey(algorithms: readonly string[]): StoreUnavailable {
  return new StoreUnavailable(`The keys for ${algorithms.join(', ')} could not be kept.`);
}
