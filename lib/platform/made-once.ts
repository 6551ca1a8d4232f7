/** What is made when it is first asked for, and then stays as it is. */

/** One value for each owner, for as long as the owner lives: nothing that may fail later, since a promise that did would stay. */
export function oncePer<Owner extends object, Value>(make: (owner: Owner) => Value): (owner: Owner) => Value {
  const made = new WeakMap<Owner, Value>();

  return (owner) => {
    const known = made.get(owner);
    if (known !== undefined) return known;
    const value = make(owner);
    made.set(owner, value);
    return value;
  };
}

/**
 * One value for each name, without end: for names that are few, or a memory that is short-lived. Else see `recentlyUsed`. Of a promise that
 * fails nothing stays: it is tried again by who asks next.
 */
export function onceFor<Name extends string, Value>(make: (name: Name) => Value): (name: Name) => Value {
  const made = new Map<Name, Value>();

  return (name) => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const value = make(name);
    made.set(name, value);
    if (value instanceof Promise) value.catch(() => made.delete(name));
    return value;
  };
}
