/** The scopes of OpenID Connect, one row each: what they stand for, and which claims they ask for. OpenID Connect Core sections 5.4 and 11. */

import type { AuthorizationRequest } from '../model/authorization.js';

export interface IdentityScope {
  readonly scope: string;
  /** For the consent screen. */
  readonly description: string;
  readonly claims: readonly string[];
}

export const identityScopes: readonly IdentityScope[] = [
  { scope: 'openid', description: 'Know that it is you who signs in', claims: ['sub'] },
  {
    scope: 'profile',
    description: 'See your name and your profile',
    claims: [
      'name',
      'family_name',
      'given_name',
      'middle_name',
      'nickname',
      'preferred_username',
      'profile',
      'picture',
      'website',
      'gender',
      'birthdate',
      'zoneinfo',
      'locale',
      'updated_at',
    ],
  },
  { scope: 'email', description: 'See your email address', claims: ['email', 'email_verified'] },
  { scope: 'address', description: 'See your postal address', claims: ['address'] },
  { scope: 'phone', description: 'See your phone number', claims: ['phone_number', 'phone_number_verified'] },
  { scope: 'offline_access', description: 'Stay connected while you are away', claims: [] },
];

const names = new Set(identityScopes.map(({ scope }) => scope));

/** How a claim that is asked for by name is called where scopes are called by theirs. */
const claimPrefix = 'claim:';

/** Whether this is about the user and not about an API. */
export function isIdentityScope(scope: string): boolean {
  return names.has(scope) || scope.startsWith(claimPrefix);
}

/** All that needs the user's leave: the scopes, and the claims that no scope has asked for already. */
export function askedOf({ scope, claims }: Pick<AuthorizationRequest, 'scope' | 'claims'>): readonly string[] {
  const byScope = [...claimsOfScopes(scope), ...protocolClaims];
  const byName = [...Object.keys(claims?.userinfo ?? {}), ...Object.keys(claims?.id_token ?? {})].filter((name) => !byScope.includes(name));
  return [...scope, ...new Set(byName.map((name) => `${claimPrefix}${name}`))];
}

/** In words, or `undefined` if it is not about the user. */
export function describeIdentityScope(scope: string): string | undefined {
  if (scope.startsWith(claimPrefix)) return `See your ${claimInWords(scope.slice(claimPrefix.length))}`;
  return identityScopes.find((row) => row.scope === scope)?.description;
}

/** A name that the client has made up is shown as such, and not as our words. */
function claimInWords(claim: string): string {
  return isStandardClaim(claim) ? (claim.split('#', 1)[0] as string).replaceAll('_', ' ') : `“${claim}”`;
}

/** Whether this, in whatever language, is a claim of one of the scopes. */
export function isStandardClaim(claim: string): boolean {
  return scopeOfClaim(claim) !== undefined;
}

/** The scope that asks for this claim. */
export function scopeOfClaim(claim: string): string | undefined {
  const [name = ''] = claim.split('#', 1);
  return identityScopes.find(({ claims }) => claims.includes(name))?.scope;
}

/** The claims that these scopes ask for. */
export function claimsOfScopes(scopes: readonly string[]): string[] {
  return identityScopes.filter(({ scope }) => scopes.includes(scope)).flatMap(({ claims }) => claims);
}

/** About the login and not about the person; never taken from the host. OpenID Connect Core section 2. */
export const protocolClaims: readonly string[] = [
  'iss',
  'sub',
  'aud',
  'exp',
  'iat',
  'nbf',
  'jti',
  'auth_time',
  'nonce',
  'acr',
  'amr',
  'azp',
  'sid',
  'at_hash',
  'c_hash',
];
