/** Each record with the version of its shape, so that releases of different age can share a store while one replaces the other. */
import { StoreUnavailable } from '../errors.js';
import type { Store, Stored } from '../model/store.js';

/** A kind of record: what its keys begin with, and how records of each older shape become those of the next. */
export interface RecordShape {
  readonly kind: string;
  /** The first makes shape 2 of shape 1, and so on; none, as long as members were only added, which every reader can leave out. */
  readonly upgrades: readonly ((record: never) => unknown)[];
}

/** What is written: never less than this, so that a store can be read by eye. */
interface Versioned {
  readonly shape: number;
  readonly record: unknown;
}

/**
 * A record of an older shape is brought up to date as it is read. One of a newer shape than this release knows is left alone: it counts as
 * out of reach, and the user is told to try again, which another process can answer.
 */
export function versioned(store: Store, shapes: readonly RecordShape[]): Store {
  const rows = new Map(shapes.map((shape) => [shape.kind, shape]));
  const shapeOf = (key: string) => {
    const kind = key.slice(0, Math.max(0, key.indexOf(':')));
    const shape = rows.get(kind === '' ? key : kind);
    if (!shape) throw new Error(`No shape is known of records such as ${kind === '' ? key : kind}.`);
    return shape;
  };
  const write = (key: string, record: unknown): Versioned => ({ shape: shapeOf(key).upgrades.length + 1, record });

  return {
    ...bound(store),
    async get<T>(key: string) {
      const known = shapeOf(key);
      const stored = await store.get(key);
      return stored && { version: stored.version, value: upgraded(stored, known) as T };
    },
    put: (key, value, ttl) => store.put(key, write(key, value), ttl),
    add: (key, value, ttl) => store.add(key, write(key, value), ttl),
    swap: (key, version, value, ttl) => store.swap(key, version, write(key, value), ttl),
  };
}

function upgraded({ value }: Stored, { kind, upgrades }: RecordShape): unknown {
  const { shape, record } = isVersioned(value) ? value : { shape: 1, record: value };
  if (!Number.isInteger(shape) || shape < 1 || shape > upgrades.length + 1) {
    throw new StoreUnavailable(`A record of the kind ${kind} has shape ${shape}, which this release does not know.`);
  }
  return upgrades.slice(shape - 1).reduce((older, upgrade) => upgrade(older as never), record);
}

/** Releases that knew no shapes yet have written their records as they were, which is what shape 1 is; none of them has these two members. */
function isVersioned(value: unknown): value is Versioned {
  return typeof value === 'object' && value !== null && 'shape' in value && 'record' in value;
}

/** A store of the host's may be an instance of a class: its methods are called on it. */
function bound(store: Store): Store {
  return {
    get: (key) => store.get(key),
    put: (key, value, ttl) => store.put(key, value, ttl),
    add: (key, value, ttl) => store.add(key, value, ttl),
    swap: (key, version, value, ttl) => store.swap(key, version, value, ttl),
    delete: (key) => store.delete(key),
    link: (owner, id, ttl) => store.link(owner, id, ttl),
    linked: (owner) => store.linked(owner),
    ...(store.limiter && { limiter: (limit) => (store.limiter as NonNullable<Store['limiter']>)(limit) }),
    ...(store.jointLimiter && { jointLimiter: (limits) => (store.jointLimiter as NonNullable<Store['jointLimiter']>)(limits) }),
    close: () => store.close(),
  };
}
