/** A store that notes when each of its commands begins and ends. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Counter, Limit, Store } from '../../lib/model/store.js';
import { systemClock } from '../../lib/platform/clock.js';
import { memoryLimiter, sideBySide } from '../../lib/store/limiter.js';

interface Command {
  /** Verb and kind of key, such as `get session`. */
  readonly name: string;
  readonly begin: number;
  end: number;
}

const recorded: Command[] = [];
let moment = 0;

/** Answers some turns later, as over a network: so commands that are sent side by side are seen to overlap. */
export function recordingStore(store: Store): Store {
  const limiterFor = (limit: Limit) => store.limiter?.(limit) ?? memoryLimiter(limit, systemClock);
  async function record<T>(verb: string, key: string, run: () => Promise<T>): Promise<T> {
    const command = { name: `${verb} ${key.split(':')[0]}`, begin: ++moment, end: Number.POSITIVE_INFINITY };
    recorded.push(command);
    for (let turns = 0; turns < 20; turns += 1) await nextTurn();
    return run().finally(() => {
      command.end = ++moment;
    });
  }
  return {
    get: <T>(key: string) => record('get', key, () => store.get<T>(key)),
    put: (key, value, ttl) => record('put', key, () => store.put(key, value, ttl)),
    add: (key, value, ttl) => record('add', key, () => store.add(key, value, ttl)),
    swap: (key, version, value, ttl) => record('swap', key, () => store.swap(key, version, value, ttl)),
    delete: (key) => record('delete', key, () => store.delete(key)),
    link: (owner, id, ttl) => record('link', owner, () => store.link(owner, id, ttl)),
    linked: (owner) => record('linked', owner, () => store.linked(owner)),
    limiter: (limit) => {
      const { count, giveBack, forget } = limiterFor(limit);
      return {
        count: (key) => record('count', limit.name, () => count(key)),
        giveBack: (key) => record('give back', limit.name, () => giveBack(key)),
        forget: (key) => record('forget', limit.name, () => forget(key)),
      };
    },
    jointLimiter: (limits) => {
      const { count, giveBack, forgive } = store.jointLimiter?.(limits) ?? sideBySide(limits, limiterFor);
      const names = (counters: readonly Counter[]) => counters.map(({ limit }) => limit).join(' and ');
      return {
        count: (place, counters) => record('count', names(counters), () => count(place, counters)),
        giveBack: (place, counters) => record('give back', names(counters), () => giveBack(place, counters)),
        forgive: (place, counters) => record('forget or give back', names(counters), () => forgive(place, counters)),
      };
    },
    close: () => store.close(),
  };
}

/** The longest row of commands of which each began only after the one before had ended. */
function sequential(commands: readonly Command[]): number {
  let trips = 0;
  let lastEnd = 0;
  for (const { begin, end } of [...commands].sort((a, b) => a.end - b.end)) {
    if (begin < lastEnd) continue;
    trips += 1;
    lastEnd = end;
  }
  return trips;
}

export async function measure<T>(act: () => Promise<T>): Promise<{ answer: T; commands: string[]; trips: number }> {
  recorded.length = 0;
  const answer = await act();
  const commands = [...recorded];
  return { answer, commands: commands.map(({ name }) => name).sort(), trips: sequential(commands) };
}
