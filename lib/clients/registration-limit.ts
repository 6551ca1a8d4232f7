/** Slows down who registers clients without end. RFC 7591 section 5. */
import type { Server } from '../contracts.js';
import type { OAuthError } from '../errors.js';
import { type Counting, type Origin, originOf, tooMany } from '../limits/limits.js';
import { oncePer } from '../platform/made-once.js';
import { recentlyUsed } from '../platform/recently-used.js';

interface Window {
  readonly from: number;
  readonly count: number;
}

const counting: Counting = { limit: 'registration', of: [] };

const windows = oncePer((_owner: Server['settings']) => recentlyUsed<Window>(10_000));

/**
 * All are counted in this process, before anything else: a public client costs the store nothing, and shall not cost it a counter either. Those
 * that are stored are counted besides for all processes, by `countStored`.
 *
 * @throws OAuthError with status 429 and Retry-After
 */
export function countRegistration(from: Origin, server: Pick<Server, 'settings' | 'clock' | 'limits' | 'emit'>): void {
  const { settings, clock, limits, emit } = server;
  const row = limits.row('registration');
  if (!row) return;
  const memory = windows(settings);
  const now = clock();
  const name = originOf(from).join(' ');
  const before = memory.get(name);
  const { from: since, count } = before && now - before.from < row.within ? before : { from: now, count: 0 };
  if (count >= row.times) {
    limits.tellReached(counting, { from, emit });
    throw tooManyClients(since + row.within - now);
  }
  memory.set(name, { from: since, count: count + 1 });
}

/** @throws OAuthError with status 429 and Retry-After */
export async function countStored(from: Origin, { limits, emit }: Pick<Server, 'limits' | 'emit'>): Promise<void> {
  const { wait } = await limits.count([counting], { from, emit });
  if (wait > 0) throw tooManyClients(wait);
}

function tooManyClients(wait: number): OAuthError {
  return tooMany('temporarily_unavailable', 'Too many clients were registered from your address. Please wait.', wait);
}
