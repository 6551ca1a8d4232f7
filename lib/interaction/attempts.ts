/** Slows down who guesses passwords. RFC 6749 section 4.3.2. */
import { createHash } from 'node:crypto';
import type { Server } from '../contracts.js';
import { OAuthError } from '../errors.js';

interface Attempts {
  readonly failed: number;
  /** No further attempt before this. */
  readonly next_at: number;
}

const freeAttempts = 5;
const longestWait = 900; // seconds
const remembered = 3_600; // seconds

/**
 * Counts an attempt before it is made. After five in a row the next has to wait, twice as long each time; within the hour a success
 * forgets them all.
 *
 * @throws OAuthError `invalid_grant` with status 429 and Retry-After
 */
export async function countAttempt(subject: readonly string[], server: Pick<Server, 'store' | 'clock'>): Promise<void> {
  const { store, clock } = server;
  const key = keyOf(subject);
  const stored = await store.get<Attempts>(key);
  const { failed, next_at } = stored?.value ?? { failed: 0, next_at: 0 };
  const now = clock();
  if (now < next_at) {
    throw new OAuthError('invalid_grant', 'There were too many attempts. Please wait.', {
      status: 429,
      headers: { 'Retry-After': String(next_at - now) },
    });
  }
  const made = failed + 1;
  const wait = made < freeAttempts ? 0 : Math.min(2 ** (made - freeAttempts), longestWait);
  const counted: Attempts = { failed: made, next_at: now + wait };
  const written = stored ? await store.swap(key, stored.version, counted, remembered) : await store.add(key, counted, remembered);
  if (!written) await countAttempt(subject, server); // another attempt was made at the same time
}

export async function clearAttempts(subject: readonly string[], { store }: Pick<Server, 'store'>): Promise<void> {
  await store.delete(keyOf(subject));
}

function keyOf(subject: readonly string[]): string {
  return `attempts:${createHash('sha256').update(JSON.stringify(subject)).digest('base64url')}`;
}
