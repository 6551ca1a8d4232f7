/** What may be asked for, and at which API. RFC 6749 section 3.3. */
import type { Api, Settings } from '../contracts.js';
import { OAuthError } from '../errors.js';
import type { Parameters } from '../http/parameters.js';
import type { Audiences } from '../model/authorization.js';
import type { Client } from '../model/client.js';
import { identityScopes, isIdentityScope } from './identity-scopes.js';
import { type Allowed, onlyOne, readResources } from './resource.js';
import { limitOf } from './scope-limit.js';

type Parts = Pick<Settings, 'apis' | 'issuer' | 'registration'>;

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

/** The scopes that are asked for, shared out among the APIs that are. */
export function readScope(parameters: Parameters, client: Client, settings: Parts): Allowed {
  const named = readResources(parameters, settings);
  const asked = understood(parseScope(parameters.get('scope') ?? ''), client, named, settings);
  const scope = withDefaults(asked.length > 0 ? asked : defaultScope(client, named, settings), named, settings);
  const unknown = scope.filter((word) => !isKnown(word, settings));
  if (unknown.length > 0) {
    throw new OAuthError('invalid_scope', 'The scope is not known.', {
      mismatch: { what: 'scope', asked: unknown.join(' '), fitting: knownScopes(settings), source: 'known' },
    });
  }
  const limit = limitOf(client, settings);
  const beyond = scope.filter((word) => limit?.includes(word) === false);
  if (beyond.length > 0)
    throw new OAuthError('invalid_scope', 'The scope is beyond what this client may ask for.', {
      mismatch: { what: 'scope', asked: beyond.join(' '), fitting: limit ?? [], source: 'registered' },
    });
  const audiences = shareOut(scope, named.length > 0 ? named : [audienceOf(scope, settings)], settings);
  return { scope, audiences: withoutEmpty(audiences, settings) };
}

/** Who names an API and none of its scopes gets those that it gives by default. */
function withDefaults(scope: readonly string[], named: readonly string[], { apis }: Parts): readonly string[] {
  const chosen = named.map((identifier) => apis.get(identifier) as Api);
  const empty = chosen.filter(({ scopes }) => !scope.some((word) => scopes.has(word)));
  return [...new Set([...scope, ...empty.flatMap(({ defaultScopes }) => defaultScopes)])];
}

/** Without the APIs of which nothing is asked: the user would not see them on the consent screen. */
function withoutEmpty(audiences: Audiences, { apis, issuer }: Parts): Audiences {
  const some = Object.entries(audiences).filter(([audience, words]) => words.length > 0 || audience === issuer);
  if (some.length > 0) return Object.fromEntries(some);
  const fitting = Object.keys(audiences).flatMap((audience) => [...(apis.get(audience)?.scopes.keys() ?? [])]);
  throw new OAuthError('invalid_scope', 'An API is named, and none of its scopes.', {
    mismatch: { what: 'scope', asked: 'none', fitting, source: 'known' },
  });
}

/**
 * A client that nobody here has set up asks for what it finds in the metadata, or elsewhere, and cannot be told otherwise: so it gets what
 * there is at the API that it names, and the answer says which scopes those are. RFC 6749 section 3.3 allows it.
 */
function understood(asked: readonly string[], client: Client, named: readonly string[], settings: Parts): readonly string[] {
  const { apis } = settings;
  const limit = limitOf(client, settings);
  // Many clients ask for it wherever the metadata names it; who may not have it goes without. OpenID Connect Core section 11.
  if (client.source === 'host') return asked.filter((word) => word !== 'offline_access' || (limit?.includes(word) ?? true));
  const chosen = named.length > 0 ? named.map((identifier) => apis.get(identifier)) : [apiWithMost(asked, apis)];
  const mayHave = (word: string) => names.has(word) || chosen.some((api) => api?.scopes.has(word));
  return asked.filter((word) => mayHave(word) && (limit?.includes(word) ?? true));
}

const names = new Set(identityScopes.map(({ scope }) => scope));

/** The first of those that have most of these. */
function apiWithMost(asked: readonly string[], apis: Parts['apis']): Api | undefined {
  const count = ({ scopes }: Api) => asked.filter((word) => scopes.has(word)).length;
  return [...apis.values()].sort((a, b) => count(b) - count(a))[0];
}

/** For a grant that gives one token and nothing else: no user was asked for more than one API. */
export function readScopeAtOne(parameters: Parameters, client: Client, settings: Parts): { scope: readonly string[]; audience: string } {
  const { scope, audiences } = readScope(parameters, client, settings);
  return { scope, audience: onlyOne(Object.keys(audiences)) as string };
}

/** The one API that has all of these; a token that is good for nothing but userinfo is for this server itself. */
export function audienceOf(scope: readonly string[], { apis, issuer }: Parts): string {
  const ofApis = scope.filter((word) => !isIdentityScope(word));
  if (ofApis.length === 0) return issuer;
  const api = [...apis.values()].find(({ scopes }) => ofApis.every((word) => scopes.has(word)));
  if (api) return api.identifier;
  throw new OAuthError('invalid_scope', 'These scopes belong to different APIs: name each of the APIs by the parameter resource.');
}

/** Each API with its own of the scopes; two may share a name. */
export function shareOut(scope: readonly string[], audiences: readonly string[], { apis }: Pick<Parts, 'apis'>): Audiences {
  const shares = audiences.map((audience) => [audience, scope.filter((word) => apis.get(audience)?.scopes.has(word))] as const);
  const nobodys = scope.filter((word) => !isIdentityScope(word) && !shares.some(([, share]) => share.includes(word)));
  if (nobodys.length > 0) {
    const fitting = audiences.flatMap((audience) => [...(apis.get(audience)?.scopes.keys() ?? [])]);
    throw new OAuthError('invalid_scope', 'The scope is of none of the APIs that are named.', {
      mismatch: { what: 'scope', asked: nobodys.join(' '), fitting, source: 'known' },
    });
  }
  return Object.fromEntries(shares);
}

function isKnown(word: string, { apis }: Pick<Parts, 'apis'>): boolean {
  return names.has(word) || [...apis.values()].some(({ scopes }) => scopes.has(word));
}

/** All scopes that somebody may ask for here. */
export function knownScopes({ apis }: Pick<Parts, 'apis'>): readonly string[] {
  const ofApis: readonly Api[] = [...apis.values()];
  return [...new Set([...identityScopes.map(({ scope }) => scope), ...ofApis.flatMap(({ scopes }) => [...scopes.keys()])])];
}

/** The client's own; else those of the APIs that it names, or of the first. */
function defaultScope({ scope: registered }: Client, named: readonly string[], { apis }: Parts): readonly string[] {
  const chosen = [...apis.values()].filter(({ identifier }, i) => (named.length > 0 ? named.includes(identifier) : i === 0));
  const fits = (word: string) => named.length === 0 || isIdentityScope(word) || chosen.some(({ scopes }) => scopes.has(word));
  const scope = registered?.filter(fits) ?? [...new Set(chosen.flatMap(({ defaultScopes }) => defaultScopes))];
  if (scope.length === 0) {
    throw new OAuthError('invalid_scope', 'The parameter scope is missing, and neither the client nor the API has a default.');
  }
  return scope;
}

/** At the token endpoint: less than was granted, never more. RFC 6749 section 6. */
export function narrowScope(asked: readonly string[], granted: readonly string[]): readonly string[] {
  const beyond = asked.filter((word) => !granted.includes(word));
  if (beyond.length > 0)
    throw new OAuthError('invalid_scope', 'The scope is beyond what the user allowed.', {
      mismatch: { what: 'scope', asked: beyond.join(' '), fitting: granted, source: 'earlier request' },
    });
  return asked.length > 0 ? asked : granted;
}
