/** The scopes of OpenID Connect, one row each: what they stand for, and which claims they ask for. OpenID Connect Core sections 5.4 and 11. */
import { en } from '../languages/en.js';
import type { MessageKey } from '../languages/language.js';
import type { AuthorizationRequest } from '../model/authorization.js';
import type { Icon } from '../model/screens.js';
import type { Message } from '../model/words.js';

export interface IdentityScope {
  readonly scope: string;
  readonly icon: Icon;
  readonly claims: readonly string[];
}

export const identityScopes: readonly IdentityScope[] = [
  { scope: 'openid', icon: 'key', claims: ['sub'] },
  {
    scope: 'profile',
    icon: 'person',
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
  { scope: 'email', icon: 'email', claims: ['email', 'email_verified'] },
  { scope: 'address', icon: 'place', claims: ['address'] },
  { scope: 'phone', icon: 'phone', claims: ['phone_number', 'phone_number_verified'] },
  { scope: 'offline_access', icon: 'clock', claims: [] },
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

/** In words, or `undefined` if it is not about the user. A name that the client has made up is shown as such. */
export function describeIdentityScope(scope: string): Message | undefined {
  if (scope.startsWith(claimPrefix)) {
    const claim = scope.slice(claimPrefix.length);
    const key = `claim.${claim.split('#', 1)[0]}`;
    return { message: 'scope.claim', values: { claim: isKey(key) ? { message: key } : `“${claim}”` } };
  }
  const key = `scope.${scope}`;
  return names.has(scope) && isKey(key) ? { message: key } : undefined;
}

/** What stands beside it. */
export function iconOf(scope: string): Icon | undefined {
  return scope.startsWith(claimPrefix) ? 'person' : identityScopes.find((row) => row.scope === scope)?.icon;
}

function isKey(key: string): key is MessageKey {
  return Object.hasOwn(en, key);
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
