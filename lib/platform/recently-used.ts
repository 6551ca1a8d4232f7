/** A small memory for what is costly to fetch. It has an end: what was not asked for longest is forgotten first. */

export interface RecentlyUsed<Value> {
  get(name: string): Value | undefined;
  set(name: string, value: Value): void;
  delete(name: string): void;
}

export function recentlyUsed<Value>(limit: number): RecentlyUsed<Value> {
  const values = new Map<string, Value>(); // which keeps the order of insertion

  return {
    get(name) {
      const value = values.get(name);
      if (value !== undefined) this.set(name, value);
      return value;
    },

    set(name, value) {
      values.delete(name);
      values.set(name, value);
      if (values.size > limit) values.delete(values.keys().next().value as string);
    },

    delete(name) {
      values.delete(name);
    },
  };
}
