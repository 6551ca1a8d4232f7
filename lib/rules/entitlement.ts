/** What a grant of the host's own gives back, believed only as far as it can be true. RFC 6749 section 4.5. */
import type { Entitlement, Settings } from '../contracts.js';
import { audienceOf, knownScopes, shareOut } from './scope.js';
import { readUser } from './user.js';

/** @throws TypeError if it is no entitlement; the host's function is at fault */
export function readEntitlement(given: Entitlement | undefined, settings: Settings): Entitlement {
  const user = readUser(given && { ...given, id: given.sub }, 'redeem');
  if (!given || !user) throw new TypeError('redeem must give { sub, scope, refresh }; to refuse, it throws an OAuthError.');
  const { scope, audience, refresh = false, onOwnBehalf = false } = given;
  const known = knownScopes(settings);
  if (!Array.isArray(scope) || !scope.every((word) => known.includes(word))) {
    throw new TypeError(`redeem must give a scope: a list out of ${known.join(', ')}.`);
  }
  const found = audience ?? audienceOf(scope, settings);
  if (!hasAll(scope, found, settings)) throw new TypeError('redeem must give the audience that has the scope, or none.');
  const { sub, auth_time, acr, amr } = user;
  const login = { ...(auth_time !== undefined && { auth_time }), ...(acr !== undefined && { acr }), ...(amr && { amr }) };
  return { sub, onOwnBehalf: onOwnBehalf === true, ...login, scope: [...new Set(scope)], audience: found, refresh };
}

/** Whether there is such an API, and these are its scopes. */
function hasAll(scope: readonly string[], audience: string, settings: Settings): boolean {
  if (audience !== settings.issuer && !settings.apis.has(audience)) return false;
  try {
    shareOut(scope, [audience], settings);
    return true;
  } catch {
    return false;
  }
}
