/** What an authorization request needs next: a login, a consent, or nothing. Pure. RFC 6749 section 4.1.1, OpenID Connect Core section 3.1.2.3. */
import type { AuthorizationRequest } from '../model/authorization.js';
import type { Client } from '../model/client.js';
import type { Identity } from '../model/user.js';
import { needsAcr } from '../rules/authentication-request.js';
import { type Permission, permissionsOf } from '../rules/permission.js';
import { isClientAssured } from '../rules/redirect-uri.js';

export type Step =
  | { readonly to: 'login' }
  /** The user has just logged in, and not in the way that the client cannot do without. */
  | { readonly to: 'unmet' }
  /** The user has to say which account to go on with: this one, or another. */
  | { readonly to: 'account'; readonly user: Identity }
  | { readonly to: 'consent'; readonly user: Identity; readonly asked: readonly Permission[]; readonly allowed: readonly Permission[] }
  | { readonly to: 'allow'; readonly user: Identity; readonly granted: readonly Permission[] };

/** What was agreed to before, and what may be left out. */
export interface Leave {
  /** Whether the user has ever agreed to anything for this client. */
  readonly given: boolean;
  hasAgreed(permission: Permission): boolean;
  isOptional(permission: Permission): boolean;
}

/** What has happened to the request on its way. */
export interface Situation {
  /** Whether nothing is allowed without a question, whatever was agreed to before. */
  readonly mustAsk?: boolean;
  /** Whom the user has chosen to go on as. */
  readonly chosen?: string | undefined;
}

export function decide(
  request: AuthorizationRequest,
  client: Client,
  user: Identity | undefined,
  leave: Leave,
  situation: Situation = {},
): Step {
  const { redirect_uri, prompt } = request;
  const wanted = permissionsOf(request);
  if (!user || mustLogInAgain(request, client, user)) return { to: 'login' };
  if (!hasNeededAcr(request, user)) return (user.auth_time ?? 0) < request.received_at ? { to: 'login' } : { to: 'unmet' };
  if (mustChoose(request, user, situation)) return { to: 'account', user };
  const asked = wanted.filter((permission) => !leave.hasAgreed(permission));
  const allowed = wanted.filter(leave.hasAgreed);
  if (prompt.includes('consent')) return { to: 'consent', user, asked, allowed };
  // Another program could be listening where the answer goes: then the user has to say each time. RFC 8252 section 8.6.
  if (situation.mustAsk || !isClientAssured(client, redirect_uri)) return { to: 'consent', user, asked, allowed };
  if (client.firstParty) return { to: 'allow', user, granted: wanted };
  if (leave.given && asked.length === 0) return { to: 'allow', user, granted: wanted };
  // Where no page may be shown, what the user has left out before is left out again.
  if (prompt.includes('none') && allowed.length > 0 && asked.every(leave.isOptional)) return { to: 'allow', user, granted: allowed };
  return { to: 'consent', user, asked, allowed };
}

/**
 * Measured from when the request came in, so that the login which it asks for is enough. Where nobody knows when the login was, and
 * the ID token must tell, there has to be one that is known of.
 */
function mustLogInAgain({ prompt, max_age, received_at }: AuthorizationRequest, client: Client, { auth_time }: Identity): boolean {
  if (auth_time === undefined) return prompt.includes('login') || max_age !== undefined || client.require_auth_time;
  if (prompt.includes('login') && auth_time < received_at) return true;
  return max_age !== undefined && auth_time < received_at - max_age;
}

/**
 * OpenID Connect Core section 3.1.2.1, of `select_account`. Who has signed in for this request has just named an account; but where a form
 * was refused, that may have been in another tab, and for something else.
 */
function mustChoose(
  { prompt, received_at }: AuthorizationRequest,
  { sub, auth_time = 0 }: Identity,
  { chosen, mustAsk }: Situation,
): boolean {
  if (!prompt.includes('select_account') || chosen === sub) return false;
  return mustAsk === true || auth_time < received_at;
}

/** OpenID Connect Core section 5.5.1.1. */
function hasNeededAcr(request: AuthorizationRequest, { acr }: Identity): boolean {
  return needsAcr(request)?.includes(acr) ?? true;
}
