/** Something that others provide, and that may be away: the operator is told when it goes, and not again until it was back. */
import type { Log } from './log.js';

export interface Outage {
  began(cause: unknown): void;
  ended(): void;
}

export function createOutage(message: string, log: Pick<Log, 'error'>): Outage {
  let isTold = false;
  return {
    began(cause) {
      if (!isTold) log.error(message, cause);
      isTold = true;
    },
    ended() {
      isTold = false;
    },
  };
}
