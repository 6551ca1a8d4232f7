/** Slows down who guesses at the secret of a client. RFC 6749 section 2.3.1. */
import type { HttpRequest, Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import type { Client } from '../model/client.js';
import { recentlyUsedPer } from '../platform/recently-used.js';
import { oneForAll } from '../rules/client-refusal.js';

interface Guesses {
  readonly from: number;
  readonly count: number;
}

type Parts = Pick<Server, 'settings' | 'clock'>;

/** Enough for whoever has set it up wrongly, and tries; of no use against a long random secret. */
const mostPerMinute = 100;
const minute = 60; // seconds
const made = recentlyUsedPer<Server['settings'], Guesses>(10_000);

/**
 * Counted in each process, by client and address, so that guesses from elsewhere do not keep the client out. Behind a proxy that the host has
 * not told Express of (`trust proxy`) all have one address, and then they do.
 *
 * @throws OAuthError `invalid_client` with status 429 and Retry-After
 */
export function checkGuesses(client: Client, http: HttpRequest, { settings, clock }: Parts): void {
  const guesses = made(settings).get(nameOf(client, http));
  if (!guesses || guesses.count < mostPerMinute || clock() - guesses.from >= minute) return;
  throw new OAuthError('invalid_client', oneForAll, {
    status: 429,
    headers: { 'Retry-After': String(guesses.from + minute - clock()) },
    reason: 'too_many_guesses',
  });
}

export function countGuess(client: Client, http: HttpRequest, { settings, clock }: Parts): void {
  const memory = made(settings);
  const before = memory.get(nameOf(client, http));
  const { from, count } = before && clock() - before.from < minute ? before : { from: clock(), count: 0 };
  memory.set(nameOf(client, http), { from, count: count + 1 });
}

function nameOf({ client_id }: Client, { address }: HttpRequest): string {
  return JSON.stringify([client_id, address]);
}
