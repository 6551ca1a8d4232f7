/** Slows down who guesses at the secret of a client. RFC 6749 section 2.3.1. */
import type { HttpRequest, Server } from '../contracts.js';
import type { OAuthError } from '../errors.js';
import { originOf, tooMany, widerOriginOf } from '../limits/limits.js';
import type { Client } from '../model/client.js';
import { recentlyUsedPer } from '../platform/recently-used.js';
import { oneForAll } from '../rules/client-refusal.js';

/** What this process knows of. */
interface Guesses {
  readonly from: number;
  readonly count: number;
  /** Until when not even the right secret is looked at. */
  readonly until: number;
}

type Parts = Pick<Server, 'settings' | 'clock' | 'limits'>;

const made = recentlyUsedPer<Server['settings'], Guesses>(10_000);

/**
 * By client and address, so that guesses from elsewhere do not keep the client out. Asked of this process alone: a client with the right secret
 * costs the store nothing, and whoever guesses comes to know at the next wrong one that others have counted too.
 *
 * @throws OAuthError `invalid_client` with status 429 and Retry-After
 */
export function checkGuesses(client: Client, http: HttpRequest, { settings, clock }: Parts): void {
  const memory = made(settings);
  const until = Math.max(...namesOf(client, http).map((name) => memory.get(name)?.until ?? 0));
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
  const memory = made(settings);
  const [name, wider] = namesOf(client, http);
  const before = memory.get(name);
  const { from, count } = before && clock() - before.from < row.within ? before : { from: clock(), count: 0 };
  const isLast = count + 1 >= row.times;
  memory.set(name, { from, count: count + 1, until: isLast ? from + row.within : 0 });
  const counting = { limit: 'client', of: [client_id] } as const;
  const occasion = { from: http, emit, client_id };
  if (isLast) limits.tellReached(counting, occasion); // the next ones get no further than to this memory
  const { wait, widerWait } = await limits.count([counting], occasion);
  if (wait === 0) return;
  memory.set(name, { from, count: count + 1, until: clock() + wait });
  if (widerWait > 0) memory.set(wider, { from, count: count + 1, until: clock() + widerWait });
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
