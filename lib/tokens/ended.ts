/** Ended authorizations whose access tokens have not expired yet: a short list, shared through the store. */
import type { EndedAuthorizations } from '../contracts.js';
import { StoreUnavailable } from '../errors.js';
import type { Store } from '../model/store.js';
import type { Clock } from '../platform/clock.js';
import type { Log } from '../platform/log.js';

const owner = 'ended';

/**
 * The list is read again when a second has passed, by the call that needs it; so there is no timer, and at most one round trip a
 * second. While the store is away the last known list holds: an API does not go down with Redis. Who never had a list lets no one pass.
 */
export function endedAuthorizations({
  store,
  clock,
  log,
  accessTokenLifetime,
}: {
  store: Store;
  clock: Clock;
  log: Log;
  accessTokenLifetime: number;
}): EndedAuthorizations {
  let known: Set<string> | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  let isAway = false;

  async function read(): Promise<void> {
    try {
      known = new Set(await store.linked(owner));
      isAway = false;
    } catch (cause) {
      if (!isAway) log.error('The list of ended authorizations could not be read; the last known one holds.', cause);
      isAway = true;
    } finally {
      readAt = clock();
      reading = undefined;
    }
  }

  return {
    async add(id) {
      await store.link(owner, id, accessTokenLifetime);
      await reading; // whose answer may be older than the link
      known?.add(id);
    },
    async has(id) {
      if (clock() !== readAt) {
        reading ??= read();
        if (!known || !isAway) await reading; // or every call would wait for a store that hangs
      }
      if (!known) throw new StoreUnavailable('It is not known which authorizations have ended.');
      return known.has(id);
    },
  };
}
