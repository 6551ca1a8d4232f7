/** Counts guesses and the like against the table, in the store for all processes, and says so where a limit is reached. */
import { OAuthError, type OAuthErrorDetails } from '../errors.js';
import type { Emit } from '../model/events.js';
import type { JointLimiter, Limit, Limiter } from '../model/store.js';
import type { Clock } from '../platform/clock.js';
import type { Log } from '../platform/log.js';
import { onceFor } from '../platform/made-once.js';
import { recentlyUsed } from '../platform/recently-used.js';
import { type LimitName, type LimitRow, limitRows } from './index.js';
import { networkOf, siteOf } from './network.js';

/** Where a request came from. */
export interface Origin {
  /** As Express tells it, if that was told whom to believe; else that of the connection. */
  readonly address: string;
  /** Whom the other end of the connection says that it speaks for, where Express was not told of a proxy, or believes everybody. */
  readonly forwarded: string | undefined;
}

/** What is counted: by which row, and by what besides the address. */
export interface Counting {
  readonly limit: LimitName;
  readonly of: readonly string[];
}

/** In the course of a request: who asks, and how it is told. */
export interface Occasion {
  readonly from: Origin;
  readonly emit: Emit;
  readonly client_id?: string;
}

export interface Counted {
  /** In seconds; 0 if it may happen. */
  readonly wait: number;
  /** Of it, what everybody has to wait who comes through the same proxy, or from the same site. */
  readonly widerWait: number;
  /** It did not take place, since something else failed: as if it had not been counted. */
  undo(): Promise<void>;
  /** It was no guess: waits that had begun to grow begin anew, and the rest is as if it had not been counted. */
  succeeded(): Promise<void>;
}

export interface Limits {
  /** The row as it holds here; nothing, if it is switched off. */
  row(name: LimitName): LimitRow | undefined;
  /** Counts once by each of these, side by side; before what is counted happens, so that guesses at the same time count too. */
  count(what: readonly Counting[], occasion: Occasion): Promise<Counted>;
  /** Says that a limit was reached where it is counted besides, in memory. */
  tellReached(what: Counting, occasion: Occasion): void;
  /** What was counted by earlier requests has turned out to be no guess: as `Counted.succeeded` says it of this one. */
  forgive(what: readonly Counting[], from: Origin): Promise<void>;
}

/** By name: another number of times, or `false`. */
export type LimitChanges = Readonly<Partial<Record<LimitName, number | false | undefined>>>;

interface Parts {
  limiterFor(limit: Limit): Limiter;
  /** Nothing, where the store can only count by one limit at a time. */
  jointLimiterFor?(limits: readonly Limit[]): JointLimiter | undefined;
  /** Makes keys of names that nobody else can make. */
  mac(name: string): string;
  readonly clock: Clock;
  readonly log: Log;
}

/** @param changes - those of the host; `false`: there are no limits */
export function createLimits(changes: LimitChanges | false, { limiterFor, jointLimiterFor, mac, clock, log }: Parts): Limits {
  const rows = new Map(limitRows.flatMap((row) => changedRow(row, changes)).map((row) => [row.name, row]));
  const jointRows = [...rows.values()].filter(({ jointly }) => jointly);
  const joint = jointLimiterFor?.(jointRows.flatMap((row) => Object.values(limitsOf(row))));
  const limiters = new Map([...rows.values()].map((row) => [row.name, limitersOf(row, limiterFor)]));
  const told = recentlyUsed<number>(10_000);
  let warned = false;

  function isNews(what: string, lasting: number): boolean {
    if ((told.get(what) ?? Number.NEGATIVE_INFINITY) > clock()) return false;
    told.set(what, clock() + lasting);
    return true;
  }

  function tellOfProxy(forwarded: string, { emit }: Occasion): void {
    if (!isNews('proxy', 3_600)) return;
    emit('proxy.unknown', { forwarded: forwarded.slice(0, 64) });
    if (!warned) log.warn(unknownProxy);
    warned = true;
  }

  function tellReached({ limit, key }: Pick<Keyed, 'limit' | 'key'>, { emit, client_id }: Occasion): void {
    const { within = 0 } = rows.get(limit) ?? {};
    if (isNews(`${limit} ${key}`, within)) emit('limit.reached', { limit, ...(client_id !== undefined && { client_id }) });
  }

  async function countStep({ counted, count }: Step, occasion: Occasion): Promise<readonly Waiting[]> {
    const waits = await count();
    return counted.map((one, i) => {
      const wait = waits[i] as number;
      if (!(wait >= 0)) throw new TypeError(`The limiter of the store gave ${wait}, and not how many seconds to wait.`);
      if (wait > 0) tellReached(one, occasion);
      return { ...one, wait };
    });
  }

  const keysFor = (what: readonly Counting[], from: Origin) => {
    // Nobody reads names or addresses out of the store, where a password may stand that was typed into the wrong field.
    const macOf = onceFor(mac); // of the place, which is a part of several
    const keyOf = (parts: readonly string[]) => macOf(JSON.stringify(parts));
    return what.flatMap(({ limit, of }) => keysOf(limiters.get(limit), limit, of, from, keyOf));
  };

  return {
    row: (name) => rows.get(name),

    async count(what, occasion) {
      const { from } = occasion;
      const steps = stepsOf(keysFor(what, from), joint);
      if (steps.length > 0 && from.forwarded !== undefined) tellOfProxy(from.forwarded, occasion);
      const waits = await Promise.all(steps.map((step) => countStep(step, occasion)));
      const waitOf = (some: readonly Waiting[]) => Math.max(0, ...some.map(({ wait }) => wait));
      const wait = waitOf(waits.flat());
      // What is refused does not happen, so it does not count elsewhere either.
      if (wait > 0) await giveBack(steps.filter((_, i) => waitOf(waits[i] ?? []) === 0));
      return {
        wait,
        widerWait: waitOf(waits.flat().filter(({ isWider }) => isWider)),
        undo: () => giveBack(steps),
        succeeded: () => forgive(steps),
      };
    },

    tellReached(what, occasion) {
      for (const key of keysFor([what], occasion.from).slice(0, 1)) tellReached(key, occasion);
    },

    forgive: (what, from) => forgive(stepsOf(keysFor(what, from), joint)),
  };
}

const unknownProxy =
  "A header of a request names another address than that of its connection, and Express was not told whom to believe, or everybody ('trust proxy' is true). " +
  'Set it to the number or the addresses of your proxies, so that guessing is limited by the addresses of users; see https://expressjs.com/en/guide/behind-proxies.html';

function changedRow(row: LimitRow, changes: LimitChanges | false): LimitRow[] {
  const times = changes === false ? false : (changes[row.name] ?? row.times);
  if (times === false) return [];
  const { wider = 0 } = row;
  const proportion = wider / row.times;
  return [{ ...row, times, ...(wider > 0 && { wider: Math.ceil(times * proportion) }) }];
}

interface RowLimiters {
  readonly row: LimitRow;
  readonly own: Limiter;
  readonly wider: Limiter | undefined;
}

function limitersOf(row: LimitRow, limiterFor: (limit: Limit) => Limiter): RowLimiters {
  const { own, wider } = limitsOf(row);
  return { row, own: limiterFor(own), wider: wider && limiterFor(wider) };
}

function limitsOf({ name, times, within, longestWait, wider }: LimitRow): { readonly own: Limit; readonly wider?: Limit } {
  return {
    own: { name, times, within, ...(longestWait !== undefined && { longestWait }) },
    ...(wider !== undefined && { wider: { name: widerName(name), times: wider, within } }),
  };
}

function widerName(name: LimitName): string {
  return `${name}-wider`;
}

interface Keyed {
  readonly limit: LimitName;
  readonly limiter: Limiter;
  readonly key: string;
  /** Where it is counted jointly with others; nothing, where it is counted by itself. */
  readonly place?: string;
  readonly grows: boolean;
  readonly isWider: boolean;
}

interface Waiting extends Keyed {
  /** In seconds. */
  readonly wait: number;
}

/** What the store counts in one step: all of it, or nothing if it refuses some. */
interface Step {
  readonly counted: readonly Keyed[];
  count(): Promise<readonly number[]>;
  giveBack(): Promise<void>;
  forgive(): Promise<void>;
}

function stepsOf(counted: readonly Keyed[], joint: JointLimiter | undefined): Step[] {
  if (!joint) return counted.map(stepAlone);
  const alone = counted.filter(({ place }) => place === undefined);
  const places = [...new Set(counted.flatMap(({ place }) => place ?? []))];
  const at = (place: string) => counted.filter((one) => one.place === place);
  return [...alone.map(stepAlone), ...places.map((place) => stepAt(place, at(place), joint))];
}

function stepAlone(one: Keyed): Step {
  const { limiter, key, grows } = one;
  return {
    counted: [one],
    count: async () => [await limiter.count(key)],
    giveBack: () => limiter.giveBack(key),
    forgive: () => (grows ? limiter.forget(key) : limiter.giveBack(key)),
  };
}

function stepAt(place: string, counted: readonly Keyed[], joint: JointLimiter): Step {
  const counters = counted.map(({ limit, key, isWider }) => ({ limit: isWider ? widerName(limit) : limit, key }));
  return {
    counted,
    count: () => joint.count(place, counters),
    giveBack: () => joint.giveBack(place, counters),
    forgive: () => joint.forgive(place, counters),
  };
}

async function giveBack(steps: readonly Step[]): Promise<void> {
  await Promise.all(steps.map((step) => step.giveBack()));
}

async function forgive(steps: readonly Step[]): Promise<void> {
  await Promise.all(steps.map((step) => step.forgive()));
}

function keysOf(
  limiters: RowLimiters | undefined,
  limit: LimitName,
  of: readonly string[],
  from: Origin,
  keyOf: (parts: readonly string[]) => string,
): Keyed[] {
  if (!limiters) return [];
  const { row, own, wider } = limiters;
  const origin = originOf(from);
  const at = (place: readonly string[]) => row.jointly && { place: keyOf(place) };
  const key = keyOf(row.atAllAddresses ? of : [...of, ...origin]);
  const strict = { limit, limiter: own, key, ...at(origin), grows: row.longestWait !== undefined, isWider: false };
  const place = widerOriginOf(from);
  if (!wider || place === undefined) return [strict];
  return [strict, { limit, limiter: wider, key: keyOf([...of, place]), ...at([place]), grows: false, isWider: true }];
}

/** Tells one who asks from another. */
export function originOf({ address, forwarded }: Origin): readonly string[] {
  return [networkOf(address), ...(forwarded === undefined ? [] : [networkOf(forwarded)])];
}

/** Where many may be, or one who passes for many: an unknown proxy, or a site of IPv6. */
export function widerOriginOf({ address, forwarded }: Origin): string | undefined {
  return forwarded === undefined ? siteOf(address) : networkOf(address);
}

/** What the host's functions or the store fail at is no guess. */
export async function unlessItFails<T>(counted: Counted, act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    await Promise.allSettled([counted.undo()]); // what is told is the first failure
    throw error;
  }
}

/** RFC 6585 section 4. */
export function tooMany(
  code: 'invalid_grant' | 'invalid_client' | 'temporarily_unavailable',
  message: string,
  wait: number,
  more: OAuthErrorDetails = {},
) {
  return new OAuthError(code, message, { ...more, status: 429, headers: { 'Retry-After': String(wait) } });
}
