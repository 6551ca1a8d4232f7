/** Checks the options when the router is made. Every mistake is reported, all in one error, each with its path and its cure. */
import { type Complete, isObject, type Members, readMembers } from '../clients/members.js';
import type { Settings } from '../contracts.js';
import { ConfigurationError, type ConfigurationProblem } from '../errors.js';
import { defaultAlgorithms } from '../keys/algorithms.js';
import type { LimitChanges } from '../limits/limits.js';
import type { Client } from '../model/client.js';
import type { KnownNames } from '../model/known.js';
import type { Store } from '../model/store.js';
import { consoleLog, type Log } from '../platform/log.js';
import type { RedisClient } from '../store/redis-client.js';
import type { RedisSource } from '../store/redis-connection.js';
import type { ReplicaWait } from '../store/redis-replicas.js';
import { checkIntrospects, readApis, scopesOf } from './apis.js';
import { readBrand } from './brand.js';
import { clientsOfHost, readClients } from './clients.js';
import { defaults, isDevelopment } from './defaults.js';
import { readGrants } from './grants.js';
import { algorithmsOf, type KeysOption, readKeys, signingAlgsOf } from './keys.js';
import { readLanguages } from './languages.js';
import { checkMutualTls } from './mutual-tls.js';
import { asMeant, checkRepeated, listOf, readNamed } from './named.js';
import type { ExtensionGrant } from './options/grants.js';
import { readPasskeys } from './passkeys.js';
import { readRegistration } from './registration.js';
import { clientAssertionsShape } from './shapes/client-assertions.js';
import { optionShape } from './shapes/index.js';
import { lifetimeShape } from './shapes/lifetimes.js';
import { limitsShape } from './shapes/limits.js';
import { mtlsShape } from './shapes/mutual-tls.js';
import { outgoingShape } from './shapes/outgoing.js';
import { pairwiseShape } from './shapes/pairwise.js';
import { waitShape } from './shapes/store.js';
import { checkAssertionGrant, readTrustedIssuers } from './trusted-issuers.js';
import { checkPasswordGrant, checkUsers } from './users.js';

/** The options, checked: what the protocol goes by, and what the server is assembled from. */
export interface Configuration {
  readonly settings: Settings;
  /** Newest first. */
  readonly secrets: readonly string[];
  readonly keys: KeysOption;
  /** What tokens are signed with, for all whom they may be for. */
  readonly algorithms: readonly string[];
  /** Never together with `store`; without both, memory. */
  readonly redis?: RedisSource | RedisClient;
  readonly wait?: ReplicaWait;
  readonly store?: Store;
  /** The host's own grants, besides those in the table. */
  readonly grants: readonly ExtensionGrant[];
  readonly outgoing: Complete<typeof outgoingShape>;
  readonly limits: LimitChanges | false;
  readonly log: Log;
  /** What the operator is told at start, though it can be so. */
  readonly warnings: readonly string[];
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
  const grants = readGrants(given.grants, known, problems);
  const keys = readKeys(given.keys ?? {}, problems);
  const lifetimes = readNamed(given.lifetimes ?? {}, lifetimeShape, 'lifetimes', problems) as Complete<typeof lifetimeShape>;
  const { accessTokens = defaults.accessTokens } = given;
  const apis = readApis(given.apis, { lifetimes, accessTokens, signingAlgs: signingAlgsOf(keys) }, problems);
  const grantTypes = [...known.grantTypes, ...grants.map(({ type }) => type)];
  const context = { scopes: scopesOf(apis), known: { ...known, grantTypes, signingAlgs: signingAlgsOf(keys) } };
  const brand = readBrand(given.brand ?? {}, given.issuer, problems);
  const clients = readClients(given.clients, { ...context, brand }, problems);
  checkFindClient(given, problems);
  const pairwise = given.pairwise && readNamed(given.pairwise, pairwiseShape, 'pairwise', problems);
  const clientAssertions = readNamed(given.clientAssertions ?? {}, clientAssertionsShape, 'clientAssertions', problems);
  const mtls = given.mtls && readNamed(given.mtls, mtlsShape, 'mtls', problems);
  checkMutualTls(clients, mtls, problems);
  checkIntrospects(clients, apis, problems);
  checkPairwise(clients, pairwise !== undefined, problems);
  checkPasswordGrant(clients, given.users, problems);
  const registration = given.registration && readRegistration(given.registration, problems);
  const passkeys = given.passkeys && readPasskeys(given.passkeys, given, problems);
  const trustedIssuers = readTrustedIssuers(given.trustedIssuers, { issuer: given.issuer, clients, scopes: scopesOf(apis) }, problems);
  checkAssertionGrant(clients, given.trustedIssuers ?? [], problems);
  const outgoing = readNamed(given.outgoing ?? {}, outgoingShape, 'outgoing', problems);
  const limits = given.limits && readNamed(given.limits, limitsShape, 'limits', problems);
  const wait = given.wait && readNamed(given.wait, waitShape, 'wait', problems);
  const { languages, warnings } = readLanguages(given, problems);
  if (problems.length > 0) throw new ConfigurationError(problems);

  // There are no problems, so nothing is lacking.
  const { issuer, basePath, users, views, secrets, redis, store, development, log = consoleLog } = given as Complete<typeof optionShape>;
  const algorithms = 'keys' in keys ? signingAlgsOf(keys) : [...new Set([...defaultAlgorithms, ...algorithmsOf(clients, apis)])];
  const subjectTypes = pairwise?.salt === undefined ? ['public'] : ['public', 'pairwise'];
  const later = { ...context, known: { ...context.known, signingAlgs: algorithms, subjectTypes } };
  const find = typeof given.clients === 'function' ? given.clients : given.findClient;
  return {
    settings: {
      issuer,
      basePath,
      apis,
      clients,
      ...(find && { findClient: clientsOfHost(find, { ...later, brand }) }),
      ...(registration && { registration }),
      metadataDocuments: given.metadataDocuments ?? false,
      clientContext: later,
      users,
      ...(passkeys && { passkeys }),
      trustedIssuers,
      brand,
      languages,
      lifetimes,
      accessTokens,
      clientAssertions: clientAssertions as Complete<typeof clientAssertionsShape>,
      ...(mtls && { mtls: { verified: false, ...mtls } }),
      ...(views !== undefined && { views }),
      ...(pairwise?.salt !== undefined && { pairwiseSalt: pairwise.salt }),
      development: development ?? isDevelopment(issuer),
    },
    secrets,
    keys,
    algorithms,
    grants,
    outgoing,
    limits: limits === false ? false : { ...limits, ...(registration && { registration: registration.perHour }) },
    ...(redis !== undefined && { redis }),
    ...(wait && { wait: wait as Complete<typeof waitShape> }),
    ...(store && { store }),
    log,
    warnings,
  };
}

function needObject(options: unknown): Readonly<Record<string, unknown>> {
  if (isObject(options)) return options;
  const problem = options === undefined ? 'They are missing.' : 'They are not an object.';
  throw new ConfigurationError([{ path: 'options', problem, cure: 'Call oauthRouter({ issuer, secrets, clients, users, apis }).' }]);
}

function checkOneStore({ redis, store, wait }: Members<typeof optionShape>, problems: Problems): void {
  if (wait && redis === undefined) {
    problems.push({ path: 'wait', problem: 'There is no redis.', cure: 'Leave it out: what waits for replicas are writes to Redis.' });
  }
  if (wait && typeof redis === 'object' && 'call' in redis && !(isFunction(redis.pipeline) && isFunction(redis.duplicate))) {
    problems.push({
      path: 'wait',
      problem: 'The client in redis has no pipeline or no duplicate.',
      cure: 'Pass a client of ioredis itself, its options, or a URL: writes that wait need a connection of their own.',
    });
  }
  if (redis === undefined || store === undefined) return;
  problems.push({ path: 'store', problem: 'There is redis as well.', cure: 'Keep one of the two: all state is in one place.' });
}

const isFunction = (value: unknown) => typeof value === 'function';

/** Whoever changes the salt changes all users, so it is not made up here. */
function checkPairwise(clients: ReadonlyMap<string, Client>, hasSalt: boolean, problems: Problems): void {
  const client = [...clients.values()].find(({ subject_type }) => subject_type === 'pairwise');
  if (!client || hasSalt) return;
  const problem = `It is missing, but the client ${client.client_id} has pairwise subjects.`;
  problems.push({
    path: 'pairwise',
    problem,
    cure: 'Write { salt }, 32 random characters that will never change: `openssl rand -base64 32`.',
  });
}

function checkFindClient({ clients, findClient }: Members<typeof optionShape>, problems: Problems): void {
  if (typeof clients !== 'function' || !findClient) return;
  problems.push({ path: 'findClient', problem: 'The option clients is a function as well.', cure: 'Keep one of the two.' });
}
