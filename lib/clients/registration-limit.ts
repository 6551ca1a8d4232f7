/** Slows down who registers clients without end. RFC 7591 section 5. */
import type { HttpRequest, Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { recentlyUsedPer } from '../platform/recently-used.js';

interface Window {
  readonly from: number;
  readonly count: number;
}

const hour = 3_600; // seconds
const windows = recentlyUsedPer<Server['settings'], Window>(10_000);

/**
 * Counted in this process alone: what costs the store nothing shall not cost it a counter either.
 *
 * @throws OAuthError with status 429 and Retry-After
 */
export function countRegistration(
  { address }: Pick<HttpRequest, 'address'>,
  { settings, clock }: Pick<Server, 'settings' | 'clock'>,
): void {
  const memory = windows(settings);
  const now = clock();
  const before = memory.get(address);
  const { from, count } = before && now - before.from < hour ? before : { from: now, count: 0 };
  if (count >= (settings.registration?.perHour ?? 0)) {
    throw new OAuthError('temporarily_unavailable', 'Too many clients were registered from your address. Please wait.', {
      status: 429,
      headers: { 'Retry-After': String(from + hour - now) },
    });
  }
  memory.set(address, { from, count: count + 1 });
}
