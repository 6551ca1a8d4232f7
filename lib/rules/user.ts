/** The host's user object, taken at its word: a subject identifier and a name to show. */
import type { Identity, Nobody, User } from '../model/user.js';

/** @throws TypeError if it is neither nobody nor a user; the host's function is at fault */
export function readUser(user: User | Nobody, source: string): Identity | undefined {
  if (user === null || user === undefined || user === false) return undefined;
  const sub = user.sub ?? user.id;
  // Of a number that is not exact, or none (NaN), two users might have the same.
  const isExact = typeof sub === 'string' || typeof sub === 'bigint' || Number.isSafeInteger(sub);
  if (typeof user !== 'object' || !isExact || sub === '' || String(sub).length > 255) {
    throw new TypeError(`${source} must give null, or a user with a sub (or an id) of 1 to 255 characters.`);
  }
  const { auth_time, acr, amr } = user;
  return {
    sub: String(sub),
    name: String(user.name || user.email || user.username || sub),
    ...(Number.isInteger(auth_time) && { auth_time: auth_time as number }),
    ...(typeof acr === 'string' && { acr }),
    ...(Array.isArray(amr) && { amr: amr.map(String) }),
  };
}

/** One for all spellings of a user name that a host may take for the same: else each would be another account to guess at. */
export function nameInLimits(username: string): string {
  const letters = username.normalize('NFKD').replace(/[\p{M}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '');
  return letters.toUpperCase().toLowerCase().replace(/\s+/g, ' ').trim(); // by way of capitals: ı and i have the same, ß and ss too
}
