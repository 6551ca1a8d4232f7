/** Slows down who guesses at the secret of a client. RFC 6749 section 2.3.1. */
import type { HttpRequest, Server } from '../contracts.js';
import type { OAuthError } from '../errors.js';
import { originOf, tooMany, widerOriginOf } from '../limits/limits.js';
import type { Client } from '../model/client.js';
import { oncePer } from '../platform/made-once.js';
import { type RecentlyUsed, recentlyUsed } from '../platform/recently-used.js';
import { oneForAll } from '../rules/client-refusal.js';

/** What this process knows of one client and address. */
interface Guesses {
  readonly from: number;
  readonly count: number;
  /** Until when not even the right secret is looked at. */
  readonly until: number;
}

type Parts = Pick<Server, 'settings' | 'clock' | 'limits'>;

/** What it knows of all. */
interface Memory {
  readonly guesses: RecentlyUsed<Guesses>;
  /** When the last of those who are kept waiting is let go on: after that nobody need be looked up, which saves 2 % of client_credentials. */
  lastUntil: number;
}

const memoryOf = oncePer((_owner: Server['settings']): Memory => ({ guesses: recentlyUsed<Guesses>(10_000), lastUntil: 0 }));

function remember(memory: Memory, name: string, guesses: Guesses): void {
  memory.guesses.set(name, guesses);
  memory.lastUntil = Math.max(memory.lastUntil, guesses.until);
}

/**
 * By client and address, so that guesses from elsewhere do not keep the client out. Asked of this process alone: a client with the right secret
 * costs the store nothing, and whoever guesses comes to know at the next wrong one that others have counted too.
 *
 * @throws OAuthError `invalid_client` with status 429 and Retry-After
 */
export function checkGuesses(client: Client, http: HttpRequest, { settings, clock }: Parts): void {
  const { guesses, lastUntil } = memoryOf(settings);
  if (clock() >= lastUntil) return;
  const until = Math.max(...namesOf(client, http).map((name) => guesses.get(name)?.until ?? 0));
  if (clock() < until) throw tooManyGuesses(until - clock());
}

/**
 * Here at once, so that guesses at the same time count, and in the store for all processes.
 *
 * @throws OAuthError `invalid_client` with status 429 and Retry-After
 */
export async function countGuess(client: Client, http: HttpRequest, server: Parts & Pick<Server, 'emit'>): Promise<void> {
  const { settings, clock, limits, emit } = server;
  const row = limits.row('client');
  if (!row) return;
  const { client_id } = client;
  const memory = memoryOf(settings);
  const [name, wider] = namesOf(client, http);
  const before = memory.guesses.get(name);
  const { from, count } = before && clock() - before.from < row.within ? before : { from: clock(), count: 0 };
  const isLast = count + 1 >= row.times;
  remember(memory, name, { from, count: count + 1, until: isLast ? from + row.within : 0 });
  const counting = { limit: 'client', of: [client_id] } as const;
  const occasion = { from: http, emit, client_id };
  if (isLast) limits.tellReached(counting, occasion); // the next ones get no further than to this memory
  const { wait, widerWait } = await limits.count([counting], occasion);
  if (wait === 0) return;
  remember(memory, name, { from, count: count + 1, until: clock() + wait });
  if (widerWait > 0) remember(memory, wider, { from, count: count + 1, until: clock() + widerWait });
  throw tooManyGuesses(wait);
}

function tooManyGuesses(wait: number): OAuthError {
  return tooMany('invalid_client', oneForAll, wait, { reason: 'too_many_guesses' });
}

/** The client from where the request came; and from where many may be, if that is so. */
function namesOf({ client_id }: Client, http: HttpRequest): readonly [string, string] {
  const name = JSON.stringify([client_id, ...originOf(http)]);
  const wider = widerOriginOf(http);
  return [name, wider === undefined ? name : JSON.stringify([client_id, 'wider', wider])];
}
