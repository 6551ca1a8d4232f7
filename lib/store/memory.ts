/** A store in the memory of this one process, for development, tests and the smallest of apps. The contract is in model/store.ts. */
import type { Store } from '../model/store.js';
import type { Clock } from '../platform/clock.js';
import { memoryLimiter } from './limiter.js';

/**
 * Keeps everything in this process: a restart forgets it, and a second process does not see it.
 *
 * @param clock - What expiry is measured by; a value is gone as soon as the clock shows its end.
 */
export function memoryStore(clock: Clock): Store {
  const values = new ExpiringMap<{ json: string; version: string }>(clock);
  const owners = new ExpiringMap<ExpiringMap<true>>(clock);
  let writes = 0;

  // Values are kept as JSON, so that nobody holds a reference to what is stored, and what cannot be said in Redis cannot be said here.
  function write(key: string, value: unknown, ttl: number): true {
    writes += 1;
    values.set(key, { json: JSON.stringify(value), version: String(writes) }, clock() + ttl);
    return true;
  }

  return {
    async get(key) {
      const found = values.get(key);
      return found && { value: JSON.parse(found.json), version: found.version };
    },
    async put(key, value, ttl) {
      write(key, value, ttl);
    },
    async add(key, value, ttl) {
      return values.get(key) === undefined && write(key, value, ttl);
    },
    async swap(key, version, value, ttl) {
      return values.get(key)?.version === version && write(key, value, ttl);
    },
    async delete(key) {
      return values.delete(key);
    },
    async link(owner, id, ttl) {
      const ids = owners.get(owner) ?? new ExpiringMap<true>(clock);
      const end = clock() + ttl;
      ids.set(id, true, Math.max(end, ids.endOf(id)));
      owners.set(owner, ids, Math.max(end, owners.endOf(owner)));
    },
    async linked(owner) {
      return owners.get(owner)?.keysByEnd() ?? [];
    },
    limiter: (limit) => memoryLimiter(limit, clock),
    async close() {},
  };
}

/** A map whose entries end. What has ended is invisible at once, and swept away by the writes that follow. */
class ExpiringMap<V> {
  readonly #entries = new Map<string, { readonly value: V; readonly end: number }>();
  readonly #clock: Clock;
  #sweep = this.#entries.entries();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(key: string): V | undefined {
    return this.#alive(key)?.value;
  }

  endOf(key: string): number {
    return this.#alive(key)?.end ?? Number.NEGATIVE_INFINITY;
  }

  set(key: string, value: V, end: number): void {
    if (end > this.#clock()) this.#entries.set(key, { value, end });
    else this.#entries.delete(key);
    this.#sweepOn();
  }

  delete(key: string): boolean {
    const wasAlive = this.#alive(key) !== undefined;
    this.#entries.delete(key);
    return wasAlive;
  }

  keysByEnd(): string[] {
    const alive = [...this.#entries].filter(([key]) => this.#alive(key));
    return alive.sort(([, a], [, b]) => a.end - b.end).map(([key]) => key);
  }

  #alive(key: string) {
    const entry = this.#entries.get(key);
    return entry && entry.end > this.#clock() ? entry : undefined;
  }

  /** Two entries a write: faster than the map can grow, so that each round comes to its end, and no write pays for all. */
  #sweepOn(): void {
    for (let looked = 0; looked < 2; looked += 1) {
      const next = this.#sweep.next();
      if (next.done) {
        this.#sweep = this.#entries.entries();
        return;
      }
      const [key, { end }] = next.value;
      if (end <= this.#clock()) this.#entries.delete(key);
    }
  }
}
