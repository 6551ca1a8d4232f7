/** What may be asked for, and for which API. RFC 6749 section 3.3. */
import type { Api, Settings } from '../contracts.js';
import { OAuthError } from '../errors.js';
import type { Parameters } from '../http/parameters.js';
import type { Client } from '../model/client.js';
import { describeIdentityScope, identityScopes, isIdentityScope } from './identity-scopes.js';

type Parts = Pick<Settings, 'apis' | 'issuer'>;

/** The scopes in the order in which they were named, each once. The words are parted by one or more spaces. */
export function parseScope(scope: string): string[] {
  const words = scope.split(' ').filter((word) => word !== '');
  for (const word of words) {
    if (!isScopeToken(word)) throw new OAuthError('invalid_scope', 'The scope has characters that are not allowed.');
  }
  return [...new Set(words)];
}

/** RFC 6749 appendix A.4. */
export function isScopeToken(word: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(word);
}

/** The scopes that are asked for, and the one API that has all of those that are not about the user. */
export function readScope(parameters: Parameters, client: Client, settings: Parts): { scope: readonly string[]; audience: string } {
  const asked = parseScope(parameters.get('scope') ?? '');
  const scope = asked.length > 0 ? asked : defaultScope(client, settings);
  const known = knownScopes(settings);
  const unknown = scope.filter((word) => !known.includes(word));
  if (unknown.length > 0) {
    throw new OAuthError('invalid_scope', `Unknown scope: ${unknown.join(' ')}. Known are: ${known.join(' ')}.`);
  }
  const beyond = client.scope ? scope.filter((word) => !client.scope?.includes(word)) : [];
  if (beyond.length > 0) throw new OAuthError('invalid_scope', `This client may not ask for: ${beyond.join(' ')}.`);
  return { scope, audience: audienceOf(scope, settings) };
}

/** A token that is good for nothing but userinfo is for this server itself. */
export function audienceOf(scope: readonly string[], { apis, issuer }: Parts): string {
  const ofApis = scope.filter((word) => !isIdentityScope(word));
  if (ofApis.length === 0) return issuer;
  const api = [...apis.values()].find(({ scopes }) => ofApis.every((word) => scopes.has(word)));
  if (api) return api.identifier;
  throw new OAuthError('invalid_scope', 'These scopes belong to different APIs, and a token is for one: ask for one API at a time.');
}

/** All scopes that somebody may ask for here. */
export function knownScopes({ apis }: Pick<Parts, 'apis'>): readonly string[] {
  const ofApis: readonly Api[] = [...apis.values()];
  return [...new Set([...identityScopes.map(({ scope }) => scope), ...ofApis.flatMap(({ scopes }) => [...scopes.keys()])])];
}

/** What a scope lets a client do, in words. */
export function describeScope(scope: string, audience: string, { apis }: Pick<Parts, 'apis'>): string {
  return describeIdentityScope(scope) ?? apis.get(audience)?.scopes.get(scope) ?? scope;
}

function defaultScope(client: Client, { apis }: Parts): readonly string[] {
  const scope = client.scope ?? [...apis.values()][0]?.defaultScopes ?? [];
  if (scope.length === 0) {
    throw new OAuthError('invalid_scope', 'The parameter scope is missing, and neither the client nor the API has a default.');
  }
  return scope;
}

/** At the token endpoint: less than was granted, never more. RFC 6749 section 6. */
export function narrowScope(parameters: Parameters, granted: readonly string[]): readonly string[] {
  const asked = parseScope(parameters.get('scope') ?? '');
  const beyond = asked.filter((word) => !granted.includes(word));
  if (beyond.length > 0) throw new OAuthError('invalid_scope', `Beyond what the user allowed: ${beyond.join(' ')}.`);
  return asked.length > 0 ? asked : granted;
}
