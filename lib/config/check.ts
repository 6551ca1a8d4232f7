/** Checks the options when the router is made. Every mistake is reported, all in one error, each with its path and its cure. */
import type { RedisOptions } from 'ioredis';
import type { JWK } from 'jose';
import { below, type Complete, isObject, type Members, readMembers, type Shape } from '../clients/members.js';
import { type ClientContext, clientMembers, type KnownNames, readClient } from '../clients/metadata.js';
import type { Api, Settings } from '../contracts.js';
import { ConfigurationError, type ConfigurationProblem } from '../errors.js';
import type { Client } from '../model/client.js';
import type { Store } from '../model/store.js';
import { consoleLog, type Log } from '../platform/log.js';
import type { RedisClient } from '../store/redis.js';
import { apiShape, brandShape, firstPartyShape, keysShape, lifetimeShape, optionShape, scopesShape, usersShape } from './shapes.js';
import { suggest } from './suggest.js';

/** The options, checked: what the protocol goes by, and what the server is assembled from. */
export interface Configuration {
  readonly settings: Settings;
  /** Newest first. */
  readonly secrets: readonly string[];
  /** Left out: to be made, and kept in the store. */
  readonly keys?: { readonly keys: readonly JWK[] };
  /** Never together with `store`; without both, memory. */
  readonly redis?: string | RedisOptions | RedisClient;
  readonly store?: Store;
  readonly log: Log;
}

type Problems = ConfigurationProblem[];

/** @throws ConfigurationError with every mistake */
export function readOptions(options: unknown, known: KnownNames): Configuration {
  const problems: Problems = [];
  const meant = asMeant(needObject(options), Object.keys(optionShape), '', problems);
  const given = readMembers(meant, optionShape, '', problems);
  checkRepeated(listOf(meant.secrets), (i) => `secrets[${i}]`, problems);
  checkOneStore(given, problems);
  checkUsers(given.users, problems);
  const apis = readApis(given.apis, problems);
  const clients = readClients(given.clients, { scopes: scopesOf(apis), known }, problems);
  const brand = readNamed(given.brand ?? {}, brandShape, 'brand', problems);
  const lifetimes = readNamed(given.lifetimes ?? {}, lifetimeShape, 'lifetimes', problems);
  const keys = readKeys(given.keys, problems);
  if (problems.length > 0) throw new ConfigurationError(problems);

  // There are no problems, so nothing is lacking.
  const { issuer, basePath, users, views, secrets, redis, store, log = consoleLog } = given as Complete<typeof optionShape>;
  return {
    settings: {
      issuer,
      basePath,
      apis,
      clients,
      users,
      brand: { name: new URL(issuer).host, ...(brand as Complete<typeof brandShape>) },
      lifetimes: lifetimes as Complete<typeof lifetimeShape>,
      ...(views !== undefined && { views }),
    },
    secrets,
    ...(keys && { keys }),
    ...(redis !== undefined && { redis }),
    ...(store && { store }),
    log,
  };
}

function needObject(options: unknown): Readonly<Record<string, unknown>> {
  if (isObject(options)) return options;
  const problem = options === undefined ? 'They are missing.' : 'They are not an object.';
  throw new ConfigurationError([{ path: 'options', problem, cure: 'Call oauthRouter({ issuer, secrets, clients, users, apis }).' }]);
}

/**
 * Reports names that are none. Where one can be guessed, its value is read under the name that was meant, so that no other mistake
 * has to wait for this one.
 */
function asMeant(value: Readonly<Record<string, unknown>>, names: readonly string[], path: string, problems: Problems) {
  const renamed: Record<string, unknown> = {};
  for (const name of Object.keys(value).filter((name) => !names.includes(name))) {
    const guess = suggest(name, names);
    const cure = guess === undefined ? `Known are: ${names.join(', ')}.` : `Did you mean \`${guess}\`?`;
    problems.push({ path: below(path, name), problem: 'There is no option of this name.', cure });
    if (guess !== undefined && value[guess] === undefined) renamed[guess] = value[name];
  }
  return Object.keys(renamed).length > 0 ? { ...value, ...renamed } : value;
}

function readNamed<S extends Shape>(value: Readonly<Record<string, unknown>>, shape: S, path: string, problems: Problems): Members<S> {
  return readMembers(asMeant(value, Object.keys(shape), path, problems), shape, path, problems);
}

function checkRepeated(values: readonly unknown[], pathOf: (index: number) => string, problems: Problems): void {
  for (const [i, value] of values.entries()) {
    const first = values.indexOf(value);
    if (value === undefined || first === i) continue;
    problems.push({ path: pathOf(i), problem: `It is the same as ${pathOf(first)}.`, cure: 'Remove or change one of the two.' });
  }
}

function checkOneStore({ redis, store }: Members<typeof optionShape>, problems: Problems): void {
  if (redis === undefined || store === undefined) return;
  problems.push({ path: 'store', problem: 'There is redis as well.', cure: 'Keep one of the two: all state is in one place.' });
}

/** It may well be a service of the host, or an instance of a class: what resembles none of our names there is none of our business. */
function checkUsers(users: object | undefined, problems: Problems): void {
  if (!users) return;
  const names = Object.keys(usersShape);
  for (const name of Object.keys(users).filter((name) => !names.includes(name))) {
    const guess = suggest(name, names);
    if (guess === undefined || guess in users) continue;
    problems.push({ path: below('users', name), problem: 'There is no option of this name.', cure: `Did you mean \`${guess}\`?` });
  }
  readMembers(users, usersShape, 'users', problems);

  const { authenticate, current, loginUrl } = users as Record<string, unknown>;
  const report = (path: string, problem: string, cure: string) => problems.push({ path, problem, cure });
  const ofHost = current !== undefined || loginUrl !== undefined;
  if (authenticate !== undefined && ofHost) {
    report(
      'users',
      'It has authenticate, and current or loginUrl.',
      'Keep authenticate for the built-in login screen, the others for your own.',
    );
  } else if (authenticate === undefined && !ofHost) {
    report(
      'users',
      'It has no way to know a user.',
      'Give authenticate for the built-in login screen, or current and loginUrl for your own.',
    );
  } else if (ofHost && current === undefined) {
    report('users.current', 'It is missing.', 'Give a function that says which user is logged in: (req) => req.user.');
  } else if (ofHost && loginUrl === undefined) {
    report('users.loginUrl', 'It is missing.', "Write the path or URL of your login page, as '/login'.");
  }
}

function readApis(apis: Readonly<Record<string, unknown>> | undefined, problems: Problems): ReadonlyMap<string, Api> {
  if (apis && Object.keys(apis).length === 0) {
    problems.push({ path: 'apis', problem: 'It names no API.', cure: "Write { 'https://app.example.com/api': { scopes: { … } } }." });
  }
  return new Map(Object.entries(apis ?? {}).map(([identifier, api]) => [identifier, readApi(identifier, api, problems)]));
}

/** RFC 8707 section 2 says what identifies an API. */
function readApi(identifier: string, api: unknown, problems: Problems): Api {
  const path = below('apis', identifier);
  if (!/^[\x21-\x7e]+$/.test(identifier) || !URL.canParse(identifier) || identifier.includes('#')) {
    const cure = 'Name the API by its URL, as https://app.example.com/api.';
    problems.push({ path, problem: 'The identifier is not an absolute URI without fragment.', cure });
  }
  if (!isObject(api))
    problems.push({ path, problem: 'It is not an object.', cure: "Write { scopes: { 'read:contacts': 'See your contacts' } }." });

  const { name = identifier, scopes = {}, defaultScopes = [] } = isObject(api) ? readNamed(api, apiShape, path, problems) : {};
  readMembers(scopes, scopesShape(scopes), below(path, 'scopes'), problems);
  for (const [i, scope] of defaultScopes.entries()) {
    if (Object.hasOwn(scopes, scope)) continue;
    const cure = `Known are: ${Object.keys(scopes).join(', ')}.`;
    problems.push({ path: `${path}.defaultScopes[${i}]`, problem: `This API has no scope ${scope}.`, cure });
  }
  return { identifier, name, scopes: new Map(Object.entries(scopes as Record<string, string>)), defaultScopes };
}

function scopesOf(apis: ReadonlyMap<string, Api>): ReadonlySet<string> {
  return new Set([...apis.values()].flatMap(({ scopes }) => [...scopes.keys()]));
}

function readClients(clients: readonly unknown[] = [], context: ClientContext, problems: Problems): ReadonlyMap<string, Client> {
  const read = clients.map((metadata, i) => readHostsClient(metadata, context, `clients[${i}]`, problems));
  checkRepeated(clients.map(idOf), (i) => `clients[${i}].client_id`, problems);
  return new Map(read.flatMap((client) => (client ? [[client.client_id, client]] : [])));
}

/** The host may say `firstParty`, and is told of unknown names, which clients that register themselves are not. */
function readHostsClient(metadata: unknown, context: ClientContext, path: string, problems: Problems): Client | undefined {
  const names = [...clientMembers, ...Object.keys(firstPartyShape)];
  const meant = isObject(metadata) ? asMeant(metadata, names, path, problems) : {};
  const { firstParty = false } = readMembers(meant, firstPartyShape, path, problems);
  const { client, problems: others } = readClient(isObject(metadata) ? meant : metadata, context, path);
  problems.push(...others);
  return client && { ...client, firstParty };
}

function idOf(client: unknown): unknown {
  return isObject(client) ? client.client_id : undefined;
}

function readKeys(jwks: Readonly<Record<string, unknown>> | undefined, problems: Problems): Configuration['keys'] {
  if (!jwks) return undefined;
  const { keys = [] } = readMembers(jwks, keysShape, 'keys', problems);
  const kids = listOf(jwks.keys).map((jwk) => (isObject(jwk) ? jwk.kid : undefined));
  checkRepeated(kids, (i) => `keys.keys[${i}].kid`, problems);
  return { keys };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
