/** What has ended although access tokens were still valid: a short list, shared through the store. */
import type { Ended } from '../contracts.js';
import { StoreUnavailable } from '../errors.js';
import type { Store } from '../model/store.js';
import type { Clock } from '../platform/clock.js';
import type { Log } from '../platform/log.js';
import { createOutage } from '../platform/outage.js';

const owner = 'ended';

/** Clocks differ, and signing takes its time. In seconds. */
const tolerance = 60;

/**
 * The list is read again when a second has passed, by the call that needs it; so there is no timer, and at most one round trip a
 * second. While the store is away the last known list holds: an API does not go down with Redis. Who never had a list lets no one pass.
 * Beside the list each name has a key of its own, for those who must know now.
 *
 * @param lifetime - of the longest access token, in seconds: one that is made at this very moment lasts so long
 */
export function endedTokens({ store, clock, log, lifetime }: { store: Store; clock: Clock; log: Log; lifetime: number }): Ended {
  let known: Set<string> | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  const outage = createOutage('The list of what has ended could not be read; the last known one holds.', { clock, log });

  async function read(): Promise<void> {
    const asked = clock();
    try {
      known = new Set(await store.linked(owner));
      outage.ended();
    } catch (cause) {
      outage.began(cause);
    } finally {
      readAt = asked;
      reading = undefined;
    }
  }

  return {
    async add(name, until) {
      const ttl = Math.max(until - clock(), lifetime) + tolerance;
      await Promise.all([store.put(keyOf(name), true, ttl), store.link(owner, name, ttl)]);
      await reading; // whose answer may be older than the link
      known?.add(name);
    },
    async hasAny(names) {
      if (clock() !== readAt) {
        reading ??= read();
        if (!known || !outage.isOn) await reading; // or every call would wait for a store that hangs
      }
      if (!known) throw new StoreUnavailable('It is not known which authorizations have ended.');
      return names.some((name) => known?.has(name));
    },
    async hasAnyNow(names) {
      const found = await Promise.all(names.map((name) => store.get(keyOf(name))));
      return found.some((stored) => stored !== undefined);
    },
  };
}

function keyOf(name: string): string {
  return `ended:${name}`;
}
