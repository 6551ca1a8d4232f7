/** Writers who go on while Redis fails, and what was lost of what they were told is written. */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Store } from '../../lib/model/store.js';

/** Writes one after the other until told; what was answered with success is listed. */
export function writeOn(store: Store): { readonly acknowledged: string[]; stop(): Promise<void> } {
  const acknowledged: string[] = [];
  let goesOn = true;
  const writers = Array.from({ length: 20 }, async () => {
    while (goesOn) {
      const key = randomUUID();
      const isWritten = await store.add(key, key, 600).catch(() => false);
      if (isWritten) acknowledged.push(key);
      else await wait(5);
    }
  });
  return {
    acknowledged,
    async stop() {
      goesOn = false;
      await Promise.all(writers);
    },
  };
}

export async function lostOf(keys: readonly string[], store: Store): Promise<string[]> {
  const lost: string[] = [];
  for (let at = 0; at < keys.length; at += 500) {
    const some = keys.slice(at, at + 500);
    const found = await Promise.all(some.map((key) => store.get(key)));
    lost.push(...some.filter((_, index) => found[index] === undefined));
  }
  return lost;
}
