/** What an authorization request needs next: a login, a consent, or nothing. Pure. RFC 6749 section 4.1.1. */
import type { AuthorizationRequest } from '../model/authorization.js';
import type { Client } from '../model/client.js';
import type { Identity } from '../model/user.js';
import { isClientAssured } from '../rules/redirect-uri.js';

export type Step =
  | { readonly to: 'login' }
  | { readonly to: 'consent'; readonly user: Identity; readonly asked: readonly string[]; readonly allowed: readonly string[] }
  | { readonly to: 'allow'; readonly user: Identity };

/**
 * @param consented - the scopes that this user has agreed to before, for this client and API; `undefined` if never asked
 * @param mustAsk - whether nothing is allowed without a question, whatever was agreed to before
 */
export function decide(
  { scope, redirect_uri }: AuthorizationRequest,
  client: Client,
  user: Identity | undefined,
  consented: readonly string[] | undefined,
  mustAsk = false,
): Step {
  if (!user) return { to: 'login' };
  const asked = scope.filter((word) => !consented?.includes(word));
  const allowed = scope.filter((word) => consented?.includes(word));
  // Another program could be listening where the answer goes: then the user has to say each time. RFC 8252 section 8.6.
  if (mustAsk || !isClientAssured(client, redirect_uri)) return { to: 'consent', user, asked, allowed };
  if (client.firstParty) return { to: 'allow', user };
  if (consented && asked.length === 0) return { to: 'allow', user };
  return { to: 'consent', user, asked, allowed };
}
