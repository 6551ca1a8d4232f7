/** What may be asked for, and for which API. RFC 6749 section 3.3. */
import type { Api } from '../contracts.js';
import { OAuthError } from '../errors.js';
import type { Parameters } from '../http/parameters.js';
import type { Client } from '../model/client.js';

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

/** The scopes of an authorization request, and the one API that has them all. */
export function readScope(
  parameters: Parameters,
  client: Client,
  apis: ReadonlyMap<string, Api>,
): { scope: readonly string[]; audience: string } {
  const asked = parseScope(parameters.get('scope') ?? '');
  const scope = asked.length > 0 ? asked : defaultScope(client, apis);
  const known = [...apis.values()].flatMap((api) => [...api.scopes.keys()]);
  const unknown = scope.filter((word) => !known.includes(word));
  if (unknown.length > 0) {
    throw new OAuthError('invalid_scope', `Unknown scope: ${unknown.join(' ')}. Known are: ${[...new Set(known)].join(' ')}.`);
  }
  if (client.scope) {
    const beyond = scope.filter((word) => !client.scope?.includes(word));
    if (beyond.length > 0) throw new OAuthError('invalid_scope', `This client may not ask for: ${beyond.join(' ')}.`);
  }
  const api = [...apis.values()].find(({ scopes }) => scope.every((word) => scopes.has(word)));
  if (!api) {
    throw new OAuthError('invalid_scope', 'These scopes belong to different APIs, and a token is for one: ask for one API at a time.');
  }
  return { scope, audience: api.identifier };
}

function defaultScope(client: Client, apis: ReadonlyMap<string, Api>): readonly string[] {
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
