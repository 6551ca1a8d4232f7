/**
 * What is fetched from elsewhere again and again: kept while it is fresh, held on to while its host is down. RFC 9111 section 4.2, RFC 5861
 * section 4.
 */
import type { Clock } from './clock.js';

export type Loaded<Value> =
  | {
      readonly value: Value;
      /** The header of the answer, which says how long it is fresh. */
      readonly cacheControl?: string | undefined;
    }
  | {
      readonly failure: Error;
      /** Whether the host was there, and what it had published before must not be used any more. */
      readonly withdrawn: boolean;
    };

export interface Remote<Value> {
  /**
   * What was fetched last; fetched anew if it is not fresh, or not what is looked for.
   *
   * @param serves - whether this is what is looked for; left out: whatever is there
   * @throws what the last attempt failed by, if there is nothing that may be used
   */
  get(serves?: (value: Value) => boolean): Promise<Value>;
}

/** In seconds, all of them. */
export interface Patience {
  /** So long what was fetched is fresh, whatever its host says. */
  readonly minFresh: number;
  readonly maxFresh: number;
  /** So long what is old serves where nothing new can be had. */
  readonly maxStale: number;
  readonly retryAfterFailure: number;
}

const usual: Patience = { minFresh: 300, maxFresh: 600, maxStale: 86_400, retryAfterFailure: 5 };

/** So long not to find what is looked for does not make us ask again; in seconds. */
const cooldown = 30;

/** However many wait, one request is under way. */
export function createRemote<Value>(load: () => Promise<Loaded<Value>>, clock: Clock, patience: Patience = usual): Remote<Value> {
  let held: { readonly value: Value } | undefined;
  let freshUntil = Number.NEGATIVE_INFINITY;
  let staleUntil = Number.NEGATIVE_INFINITY;
  let triedAt = Number.NEGATIVE_INFINITY;
  let failure: unknown;
  let loading: Promise<void> | undefined;

  function reload(): Promise<void> {
    triedAt = clock();
    loading ??= keep().finally(() => {
      loading = undefined;
    });
    return loading;
  }

  /** If the host is down, what is there stays; if it has withdrawn it, that goes. */
  async function keep(): Promise<void> {
    const now = clock();
    try {
      const loaded = await load();
      failure = 'failure' in loaded ? loaded.failure : undefined;
      if ('value' in loaded) {
        held = { value: loaded.value };
        freshUntil = now + freshness(patience, loaded.cacheControl);
        staleUntil = now + patience.maxStale;
      } else if (loaded.withdrawn) {
        held = undefined;
        freshUntil = Number.NEGATIVE_INFINITY;
      }
    } catch (error) {
      failure = error;
    }
  }

  /** Whether to ask the host, as far as time tells. */
  function isDue(found: boolean): boolean {
    const triedBefore = clock() - triedAt;
    if (clock() >= freshUntil) return failure === undefined || triedBefore >= patience.retryAfterFailure;
    return !found && triedBefore >= cooldown;
  }

  return {
    async get(serves = () => true) {
      const usable = held && clock() < staleUntil ? held : undefined;
      const found = usable !== undefined && serves(usable.value);
      const reloading = loading ?? (isDue(found) ? reload() : undefined);
      // Nobody who has what is needed waits for a host that was down, or for what somebody else looks for.
      const mayGoOn = found && (failure !== undefined || clock() < freshUntil);
      if (!mayGoOn) await reloading;
      if (held && clock() < staleUntil) return held.value;
      throw failure;
    },
  };
}

/** As long as the host says, within our bounds. RFC 9111 section 5.2.2.1. */
function freshness({ minFresh, maxFresh }: Patience, cacheControl = ''): number {
  const maxAge = Number(/\bmax-age=(\d+)/.exec(cacheControl)?.[1] ?? minFresh);
  return Math.min(Math.max(maxAge, minFresh), maxFresh);
}
