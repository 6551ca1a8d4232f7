/** How long and in what number commands to Redis may wait. */
import { StoreUnavailable } from '../errors.js';

/** What is done in several steps asks before each whether somebody still waits for it. */
export type InTime = <T>(work: (checkInTime: () => void) => Promise<T>) => Promise<T>;
type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * One deadline and one error for whatever client it is: that of a host may try for minutes before it gives up. While Redis is slow, no more
 * than so many wait; who comes then is told at once, and the queue does not outgrow the memory. Of those only `atOnce` are with the client, and
 * what is late before its turn comes is not sent any more.
 * The race listens to both sides, so that a command which fails after its deadline disturbs nobody.
 */
export function within(seconds: number, mostWaiting: number, atOnce = mostWaiting): InTime {
  const inTurn = turns(atOnce);
  let waiting = 0;

  return async function inTime<T>(work: (checkInTime: () => void) => Promise<T>): Promise<T> {
    if (waiting >= mostWaiting) throw new StoreUnavailable(`Redis is slow: ${mostWaiting} commands wait for their answers already.`);
    const tooLate = new Error(`There was no answer within ${seconds} seconds.`);
    let isLate = false;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        isLate = true;
        reject(tooLate);
      }, seconds * 1000).unref();
    });
    const checkInTime = () => {
      if (isLate) throw tooLate;
    };
    waiting += 1;
    const answer = inTurn(async () => {
      checkInTime();
      return work(checkInTime);
    }).finally(() => {
      waiting -= 1; // not at the deadline: until then the command waits in the client
    });
    try {
      return await Promise.race([answer, late]);
    } catch (error) {
      throw new StoreUnavailable('Redis could not answer.', { cause: withoutCommand(error) });
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Lets so many be under way; the others stand in line. */
function turns(most: number): InTurn {
  const line: (() => void)[] = [];
  let free = most;

  return async function inTurn(work) {
    if (free > 0) free -= 1;
    else await new Promise<void>((go) => line.push(go));
    try {
      return await work();
    } finally {
      const next = line.shift();
      if (next) next();
      else free += 1;
    }
  };
}

/** ioredis puts the command on its errors, with the value that was written, or with the password if AUTH was refused. Causes get logged. */
function withoutCommand(error: unknown): unknown {
  return error instanceof Error && 'command' in error ? new Error(error.message) : error;
}
