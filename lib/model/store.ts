/** What a store can do: five verbs on one key, each atomic, an index that forgets, and counters. */

/** A JSON value as it was read, with the version that `swap` asks for. */
export interface Stored<T = unknown> {
  readonly value: T;
  /** Opaque; changes with every write. */
  readonly version: string;
}

/**
 * Where codes, sessions, consents and keys are kept. Every key expires. Any number of processes may race:
 * `add` and `swap` have exactly one winner.
 *
 * @throws StoreUnavailable from every method, if the answer does not come in time.
 */
export interface Store {
  /** The value of `key`, or `undefined` if it was never written, deleted, or has expired. */
  get<T>(key: string): Promise<Stored<T> | undefined>;
  /** Writes, whatever was there before. `ttl` in seconds. */
  put(key: string, value: unknown, ttl: number): Promise<void>;
  /** Writes if there is nothing; says whether it did. */
  add(key: string, value: unknown, ttl: number): Promise<boolean>;
  /** Writes if the value is still the one that was read as `version`; says whether it did. */
  swap(key: string, version: string, value: unknown, ttl: number): Promise<boolean>;
  /** Says whether there was something to delete. */
  delete(key: string): Promise<boolean>;
  /** Lists `id` under `owner` for `ttl` seconds; again with a later end moves the end. */
  link(owner: string, id: string, ttl: number): Promise<void>;
  /** The ids under `owner` that have not expired, oldest end first. */
  linked(owner: string): Promise<string[]>;
  /** Counts what must not happen too often, for all processes that share the store. Left out: each process counts for itself. */
  limiter?(limit: Limit): Limiter;
  /** Counts by several of these limits in one step, apart from what their `limiter` counts. Left out: each is counted by its own, side by side. */
  jointLimiter?(limits: readonly Limit[]): JointLimiter;
  /** Lets go of connections and timers that this store itself has opened. */
  close(): Promise<void>;
}

/** How often something may happen in a time. */
export interface Limit {
  /** Tells it from others; a part of the keys. */
  readonly name: string;
  readonly times: number;
  /** In seconds, from the first time on; with `longestWait`, from the last. */
  readonly within: number;
  /**
   * In seconds. With it the last of `times`, and each that follows, only makes the next one wait: a second, then twice as long each time,
   * but never longer than this. Without it all wait until the time is over.
   */
  readonly longestWait?: number;
}

/** Counts by a key, such as an address; each verb is atomic. */
export interface Limiter {
  /** Counts one more, and gives 0 if it may happen; else counts nothing, and gives how many seconds to wait. */
  count(key: string): Promise<number>;
  /** Counts one less, for what has turned out to be harmless; never less than none. */
  giveBack(key: string): Promise<void>;
  /** Forgets what was counted. */
  forget(key: string): Promise<void>;
}

/** Of what something is one more: the name of the limit, and the key as for its `Limiter`. */
export interface Counter {
  readonly limit: string;
  readonly key: string;
}

/** Counts by several limits at once what comes from the same `place`, such as a network, and for each place apart; each verb is atomic. */
export interface JointLimiter {
  /** Counts one more by each, and gives 0 for each, if it may happen; else counts nothing, and gives for each how many seconds to wait. */
  count(place: string, counters: readonly Counter[]): Promise<readonly number[]>;
  /** Counts one less by each, as `Limiter` does. */
  giveBack(place: string, counters: readonly Counter[]): Promise<void>;
  /** Forgets what was counted where waits grow (`longestWait`), and counts one less by the others. */
  forgive(place: string, counters: readonly Counter[]): Promise<void>;
}
