/** The option `apis`: what identifies each API is said in RFC 8707 section 2. */
import { below, isObject, type Members, readMembers } from '../clients/members.js';
import type { Api, ApiScope, Settings } from '../contracts.js';
import type { ConfigurationProblem } from '../errors.js';
import { type Client, isPublic } from '../model/client.js';
import { isIdentityScope } from '../rules/identity-scopes.js';
import { knownScopes } from '../rules/scope.js';
import { iconForScope } from '../rules/scope-icon.js';
import { readNamed } from './named.js';
import { apiLifetimeShape, apiShape, isByLanguage, scopeShape, scopesShape } from './shapes/apis.js';
import { byCanonicalTag } from './words.js';

type Problems = ConfigurationProblem[];

/** What holds for an API that says nothing else, and what it may choose from. */
interface ApiContext extends Pick<Settings, 'lifetimes' | 'accessTokens'> {
  readonly signingAlgs: readonly string[];
}

export function readApis(
  apis: Readonly<Record<string, unknown>> | undefined,
  context: ApiContext,
  problems: Problems,
): ReadonlyMap<string, Api> {
  if (apis && Object.keys(apis).length === 0) {
    problems.push({ path: 'apis', problem: 'It names no API.', cure: "Write { 'https://app.example.com/api': { scopes: { … } } }." });
  }
  return new Map(Object.entries(apis ?? {}).map(([identifier, api]) => [identifier, readApi(identifier, api, context, problems)]));
}

/** RFC 8707 section 2 says what identifies an API. */
function readApi(identifier: string, api: unknown, context: ApiContext, problems: Problems): Api {
  const path = below('apis', identifier);
  if (!/^[\x21-\x7e]+$/.test(identifier) || !URL.canParse(identifier) || identifier.includes('#')) {
    const cure = 'Name the API by its URL, as https://app.example.com/api.';
    problems.push({ path, problem: 'The identifier is not an absolute URI without fragment.', cure });
  }
  if (!isObject(api))
    problems.push({ path, problem: 'It is not an object.', cure: "Write { scopes: { 'read:contacts': 'See your contacts' } }." });

  const members: Partial<Members<typeof apiShape>> = isObject(api) ? readNamed(api, apiShape, path, problems) : {};
  const { name = identifier, scopes = {}, defaultScopes = [], accessTokens = context.accessTokens, signingAlg } = members;
  const { accessToken = context.lifetimes.accessToken, refreshToken = context.lifetimes.refreshToken } = readNamed(
    members.lifetimes ?? {},
    apiLifetimeShape(),
    below(path, 'lifetimes'),
    problems,
  );
  if (signingAlg !== undefined && !context.signingAlgs.includes(signingAlg)) {
    const cure = `Known are: ${context.signingAlgs.join(', ')}.`;
    problems.push({ path: below(path, 'signingAlg'), problem: `There are no keys for ${signingAlg}.`, cure });
  }
  for (const [i, scope] of defaultScopes.entries()) {
    if (Object.hasOwn(scopes, scope)) continue;
    const cure = `Known are: ${Object.keys(scopes).join(', ')}.`;
    problems.push({ path: `${path}.defaultScopes[${i}]`, problem: `This API has no scope ${scope}.`, cure });
  }
  return {
    identifier,
    name,
    scopes: readScopes(scopes, below(path, 'scopes'), problems),
    defaultScopes,
    accessTokens,
    ...(signingAlg !== undefined && { signingAlg }),
    lifetimes: { accessToken, refreshToken },
  };
}

/** Each is a sentence, perhaps by language, or an object with one. */
function readScopes(scopes: object, path: string, problems: Problems): ReadonlyMap<string, ApiScope> {
  const read = Object.entries(readMembers(scopes, scopesShape(scopes), path, problems));
  return new Map(read.map(([name, scope]) => [name, readScope(name, scope, below(path, name), problems)]));
}

function readScope(name: string, scope: unknown, path: string, problems: Problems): ApiScope {
  return { description: '', optional: false, risky: false, icon: iconForScope(name), ...meantBy(scope, path, problems) };
}

function meantBy(scope: unknown, path: string, problems: Problems): Partial<ApiScope> {
  if (isByLanguage(scope)) return { description: byCanonicalTag(scope) };
  return isObject(scope) ? readNamed(scope, scopeShape, path, problems) : { description: String(scope) };
}

/** An API that asks about tokens has to prove that it is that API. RFC 7662 section 2.1. */
export function checkIntrospects(clients: ReadonlyMap<string, Client>, apis: ReadonlyMap<string, Api>, problems: Problems): void {
  for (const [i, client] of [...clients.values()].entries()) {
    const path = `clients[${i}].introspects`;
    const unknown = client.introspects?.filter((identifier) => !apis.has(identifier)) ?? [];
    if (unknown.length > 0) {
      problems.push({ path, problem: `No API: ${unknown.join(', ')}.`, cure: `Known are: ${[...apis.keys()].join(', ')}.` });
    }
    if (client.introspects && isPublic(client)) {
      problems.push({ path, problem: 'A public client cannot prove that it is the API.', cure: 'Give it a client_secret.' });
    }
  }
}

/** None where no API could be read: then clients are not to blame. */
export function scopesOf(apis: ReadonlyMap<string, Api>): ReadonlySet<string> {
  const known = knownScopes({ apis });
  return new Set(known.every(isIdentityScope) ? [] : known);
}
