/** What a store can do: five verbs on one key, each atomic, and an index that forgets. */

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
  /** Lets go of connections and timers that this store itself has opened. */
  close(): Promise<void>;
}
