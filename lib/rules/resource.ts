/** For which API a token is asked. RFC 8707. */
import type { Api, Settings } from '../contracts.js';
import { OAuthError } from '../errors.js';
import type { Parameters } from '../http/parameters.js';
import type { Audiences } from '../model/authorization.js';
import type { Client } from '../model/client.js';
import { isIdentityScope } from './identity-scopes.js';
import { limitOf } from './scope-limit.js';

type Parts = Pick<Settings, 'apis'>;

/** What was allowed, as far as it says where tokens may be used. */
export interface Allowed {
  readonly scope: readonly string[];
  readonly audiences: Audiences;
}

/**
 * The identifiers of the APIs that a request names. Section 2. Some libraries say `audience` instead, as they did before there was an
 * RFC: it means the same.
 */
export function readResources(parameters: Parameters, settings: Parts): readonly string[] {
  const named = [...parameters.all('resource'), ...parameters.all('audience')];
  return [...new Set(named.map((resource) => needApi(resource, settings).identifier))];
}

function needApi(resource: string, { apis }: Parts): Api {
  const api = apis.get(resource) ?? apis.get(withOtherSlash(resource));
  if (api) return api;
  throw new OAuthError('invalid_target', 'There is no such API.', {
    mismatch: { what: 'resource', asked: resource, fitting: [...apis.keys()], source: 'known' },
  });
}

/** A URL that is an origin is often given a slash by a parser, or relieved of it; and users type one behind a path. */
function withOtherSlash(resource: string): string {
  if (!/^https?:\/\/[^?#]+$/.test(resource)) return resource;
  return resource.endsWith('/') ? resource.slice(0, -1) : `${resource}/`;
}

/** Section 2.1: what the authorization endpoint itself gives is one token, so the user need not be asked for more. */
export function checkTargets({ audiences }: Pick<Allowed, 'audiences'>, response_type: string): void {
  if (response_type.split(' ').includes('token')) onlyOne(Object.keys(audiences));
}

/** What a token for this API may do: the scopes that are the API's, and those about the user. */
export function scopeAt(audience: string, { scope, audiences }: Allowed): readonly string[] {
  const own = audiences[audience] ?? [];
  return scope.filter((word) => isIdentityScope(word) || own.includes(word));
}

/** What of it still is: APIs and scopes may have been taken away since, from the options or from the client. */
export function stillAllowed(
  { scope, audiences }: Allowed,
  client: Pick<Client, 'scope' | 'source'>,
  settings: Pick<Settings, 'apis' | 'issuer' | 'registration'>,
): Allowed {
  const { apis, issuer } = settings;
  const limit = limitOf(client, settings);
  const mayHave = (word: string) => limit?.includes(word) ?? true;
  const left = Object.entries(audiences)
    .filter(([audience]) => audience === issuer || apis.has(audience))
    .map(([audience, words]) => [audience, words.filter((word) => apis.get(audience)?.scopes.has(word) && mayHave(word))] as const);
  if (left.length === 0) throw new OAuthError('invalid_grant', 'There is no API any more of those that the user allowed.');
  return { scope: scope.filter(mayHave), audiences: Object.fromEntries(left) };
}

/**
 * At the token endpoint: which of the APIs that were allowed the token is for. Section 2.2. Where the request does not say it, the first
 * that has all the scopes that it asks for.
 */
export function chooseAudience(parameters: Parameters, asked: readonly string[], allowed: Allowed, settings: Parts): string {
  const audiences = Object.keys(allowed.audiences);
  const audience = onlyOne(readResources(parameters, settings));
  if (audience === undefined) {
    const hasAll = (candidate: string) => asked.every((word) => scopeAt(candidate, allowed).includes(word));
    return audiences.find(hasAll) ?? (audiences[0] as string);
  }
  if (audiences.includes(audience)) return audience;
  throw new OAuthError('invalid_target', 'The user was not asked for this API.', {
    mismatch: { what: 'resource', asked: audience, fitting: audiences, source: 'earlier request' },
  });
}

/** An access token is for one API, so that none can use it at another. RFC 9700 section 2.3. */
export function onlyOne(audiences: readonly string[]): string | undefined {
  if (audiences.length > 1) throw new OAuthError('invalid_target', 'An access token is for one API: ask for one at a time.');
  return audiences[0];
}
