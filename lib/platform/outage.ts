/** Something that others provide, and that may be away: the operator is told when it goes, and not again until it was back. */
import type { Clock } from './clock.js';
import type { Log } from './log.js';

export interface Outage {
  /** Whether the last that was heard of it is that it failed; the operator is told later that it is back. */
  readonly isOn: boolean;
  began(cause: unknown): void;
  ended(): void;
}

interface OutageParts {
  readonly clock: Clock;
  readonly log: Log;
  /** What is said when it is back, after so many failures; left out: nothing. */
  readonly back?: (failures: number) => string;
}

/** In seconds. So long nothing may have failed before it is back: what is slow, or full, answers now and then. */
const calm = 5;

export function createOutage(message: string, { clock, log, back }: OutageParts): Outage {
  let failures = 0;
  let failedAt = 0;
  let isOn = false;
  return {
    get isOn() {
      return isOn;
    },
    began(cause) {
      if (failures === 0) log.error(message, cause);
      isOn = true;
      failures += 1;
      failedAt = clock();
    },
    ended() {
      isOn = false;
      if (failures === 0 || clock() - failedAt < calm) return;
      if (back) log.warn(back(failures));
      failures = 0;
    },
  };
}
