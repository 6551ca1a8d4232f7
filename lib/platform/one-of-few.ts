/** A bound on what is asked for at the same time, where anybody can make us ask. */

/** @throws what `full` gives, once so many are under way */
export function oneOfFew(most: number, full: () => Error): <T>(ask: () => Promise<T>) => Promise<T> {
  let underway = 0;

  return async (ask) => {
    if (underway >= most) throw full();
    underway += 1;
    try {
      return await ask();
    } finally {
      underway -= 1;
    }
  };
}
