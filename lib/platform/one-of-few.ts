/** A bound on what is asked for at the same time, where anybody can make us ask. */

/**
 * Each owner has a bound of its own.
 *
 * @param full - what is thrown once so many are under way
 */
export function oneOfFewPer<Owner extends object>(most: number, full: () => Error): <T>(owner: Owner, ask: () => Promise<T>) => Promise<T> {
  const underway = new WeakMap<Owner, number>();
  const change = (owner: Owner, by: number) => underway.set(owner, (underway.get(owner) ?? 0) + by);

  return async (owner, ask) => {
    if ((underway.get(owner) ?? 0) >= most) throw full();
    change(owner, 1);
    try {
      return await ask();
    } finally {
      change(owner, -1);
    }
  };
}
