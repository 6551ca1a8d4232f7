/** How long and in what number commands to Redis may wait. */
import { StoreUnavailable } from '../errors.js';

/** What is done in several steps asks before each whether somebody still waits for it. */
export type InTime = <T>(work: (checkInTime: () => void) => Promise<T>) => Promise<T>;

/**
 * One deadline and one error for whatever client it is: that of a host may try for minutes before it gives up. While Redis is slow, no more
 * than so many wait; who comes then is told at once, and the queue does not outgrow the memory.
 * The work is listened to beyond its deadline, so that a command which fails then disturbs nobody.
 *
 * Each command passes here, so there is one promise, and no error before it is needed: its stack and three more promises would be a third of our
 * CPU time of a command.
 */
export function within(seconds: number, mostWaiting: number): InTime {
  let waiting = 0;

  return function inTime<T>(work: (checkInTime: () => void) => Promise<T>): Promise<T> {
    if (waiting >= mostWaiting) {
      return Promise.reject(new StoreUnavailable(`Redis is slow: ${mostWaiting} commands wait for their answers already.`));
    }
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown) => reject(new StoreUnavailable('Redis could not answer.', { cause: withoutCommand(cause) }));
      const tooLate = () => new Error(`There was no answer within ${seconds} seconds.`);
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        fail(tooLate());
      }, seconds * 1000).unref();
      const done = () => {
        waiting -= 1; // not at the deadline: until then the command waits in the client
        clearTimeout(timer);
      };
      const checkInTime = () => {
        if (isLate) throw tooLate();
      };
      waiting += 1;
      work(checkInTime).then(
        (answer) => {
          done();
          resolve(answer);
        },
        (error: unknown) => {
          done();
          fail(error);
        },
      );
    });
  };
}

/** ioredis puts the command on its errors, with the value that was written, or with the password if AUTH was refused. Causes get logged. */
function withoutCommand(error: unknown): unknown {
  return error instanceof Error && 'command' in error ? new Error(error.message) : error;
}
