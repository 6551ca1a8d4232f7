/** Checks the options when the router is made. Every mistake is reported, all in one error, each with its path and its cure. */
import type { JsonWebKey } from 'node:crypto';
import type { RedisOptions } from 'ioredis';
import type { JWK } from 'jose';
import { type Complete, isObject, type Members, readMembers } from '../clients/members.js';
import type { Settings } from '../contracts.js';
import { ConfigurationError, type ConfigurationProblem } from '../errors.js';
import { algorithmFor, defaultAlgorithms, signingAlgorithms } from '../keys/algorithms.js';
import type { Client } from '../model/client.js';
import type { KnownNames } from '../model/known.js';
import type { Store } from '../model/store.js';
import { consoleLog, type Log } from '../platform/log.js';
import type { RedisClient } from '../store/redis.js';
import { checkIntrospects, readApis, scopesOf } from './apis.js';
import { readBrand } from './brand.js';
import { clientsOfHost, readClients } from './clients.js';
import { defaults, isDevelopment } from './defaults.js';
import { readLanguages } from './languages.js';
import { asMeant, checkRepeated, checkSpelling, readNamed } from './named.js';
import type { ExtensionGrant } from './options.js';
import { readPasskeys } from './passkeys.js';
import { readRegistration } from './registration.js';
import {
  clientAssertionsShape,
  givenKeysShape,
  grantShape,
  lifetimeShape,
  mtlsShape,
  optionShape,
  outgoingShape,
  pairwiseShape,
  storedKeysShape,
  usersShape,
} from './shapes.js';
import { checkSteps } from './steps.js';
import { checkAssertionGrant, readTrustedIssuers } from './trusted-issuers.js';

/** The options, checked: what the protocol goes by, and what the server is assembled from. */
export interface Configuration {
  readonly settings: Settings;
  /** Newest first. */
  readonly secrets: readonly string[];
  /** Those of the host; or how often to replace those that are made here, in seconds. */
  readonly keys: { readonly keys: readonly JWK[] } | { readonly rotateEvery: number };
  /** What tokens are signed with, for all whom they may be for. */
  readonly algorithms: readonly string[];
  /** Never together with `store`; without both, memory. */
  readonly redis?: string | RedisOptions | RedisClient;
  readonly store?: Store;
  /** The host's own grants, besides those in the table. */
  readonly grants: readonly ExtensionGrant[];
  readonly outgoing: Complete<typeof outgoingShape>;
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
    ...(redis !== undefined && { redis }),
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

function checkOneStore({ redis, store }: Members<typeof optionShape>, problems: Problems): void {
  if (redis === undefined || store === undefined) return;
  problems.push({ path: 'store', problem: 'There is redis as well.', cure: 'Keep one of the two: all state is in one place.' });
}

function checkUsers(users: object | undefined, problems: Problems): void {
  if (!users) return;
  checkSpelling(users, Object.keys(usersShape), 'users', problems);
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
  for (const name of ofHost ? (['steps', 'forgotPasswordUrl', 'createAccountUrl'] as const) : []) {
    if ((users as Record<string, unknown>)[name] !== undefined)
      report(`users.${name}`, 'It belongs to the built-in login screen.', 'Leave it out: your own login page sees to that.');
  }
  checkSteps(listOf((users as Record<string, unknown>).steps), problems);
}

/** RFC 6749 section 8.3: the type of a grant of one's own is a URI, so that it meets no other; here it is enough that it does not. */
function readGrants(grants: readonly unknown[] = [], known: KnownNames, problems: Problems): readonly ExtensionGrant[] {
  const read = grants.flatMap((grant, i) => {
    const path = `grants[${i}]`;
    if (!isObject(grant)) {
      problems.push({ path, problem: 'It is not an object.', cure: 'Write { type, redeem }.' });
      return [];
    }
    const { type } = readMembers(grant, grantShape, path, problems);
    if (type === undefined) return [];
    if (known.grantTypes.includes(type)) {
      problems.push({ path: `${path}.type`, problem: `${type} is built in.`, cure: 'Give it another name.' });
    }
    return [grant as unknown as ExtensionGrant];
  });
  checkRepeated(
    grants.map((grant) => (isObject(grant) ? grant.type : undefined)),
    (i) => `grants[${i}].type`,
    problems,
  );
  return read;
}

/** RFC 6749 section 4.3: somebody has to check the passwords. */
function checkPasswordGrant(clients: ReadonlyMap<string, Client>, users: object | undefined, problems: Problems): void {
  const client = [...clients.values()].find(({ grant_types }) => grant_types.includes('password'));
  if (!client || !users || 'authenticate' in users) return;
  const problem = `It is missing, but the client ${client.client_id} may use the grant password.`;
  problems.push({
    path: 'users.authenticate',
    problem,
    cure: 'Take password out of its grant_types: your own login page is not asked here.',
  });
}

/** RFC 8705 section 6.2: who takes a header for a certificate must know that only the proxy sets it, and what it has verified. */
function checkMutualTls(clients: ReadonlyMap<string, Client>, mtls: Members<typeof mtlsShape> | undefined, problems: Problems): void {
  if (mtls?.verified !== undefined && mtls.header === undefined) {
    const cure =
      'Leave it out: without header the TLS connection itself says it. Or name the header in which the proxy passes certificates on.';
    problems.push({ path: 'mtls.verified', problem: 'There is no header.', cure });
  }
  const client = [...clients.values()].find(({ authMethods }) => authMethods.includes('tls_client_auth'));
  if (!client || mtls?.header === undefined || mtls.verified) return;
  problems.push({
    path: 'mtls.verified',
    problem: `It is missing, but the client ${client.client_id} authenticates by tls_client_auth.`,
    cure: "Write the header in which the proxy says SUCCESS, as 'X-SSL-Client-Verify'; or true, if it refuses all that it cannot verify.",
  });
}

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

function readKeys(keys: Readonly<Record<string, unknown>>, problems: Problems): Configuration['keys'] {
  const names = [...Object.keys(givenKeysShape), ...Object.keys(storedKeysShape)];
  // A JWK Set may have further members. RFC 7517 section 5.
  const meant = keys.keys === undefined ? asMeant(keys, names, 'keys', problems) : keys;
  if (meant.keys === undefined) return readMembers(meant, storedKeysShape, 'keys', problems) as Complete<typeof storedKeysShape>;
  if (meant.rotateEvery !== undefined) {
    const cure = 'Keep one of the two: keys of your own are not rotated here.';
    problems.push({ path: 'keys.rotateEvery', problem: 'There are keys as well.', cure });
  }
  const kids = listOf(meant.keys).map((jwk) => (isObject(jwk) ? jwk.kid : undefined));
  checkRepeated(kids, (i) => `keys.keys[${i}].kid`, problems);
  return readMembers(meant, givenKeysShape, 'keys', problems) as Complete<typeof givenKeysShape>;
}

/** Keys that are made here are made for whatever a client wants. */
function signingAlgsOf(keys: Configuration['keys']): string[] {
  const all = signingAlgorithms.map(({ alg }) => alg);
  if (!('keys' in keys)) return all;
  const given = keys.keys.flatMap((jwk) => algorithmFor(jwk as JsonWebKey)?.alg ?? []);
  return given.length > 0 ? [...new Set(given)] : all; // no key could be read: that is a problem of its own
}

/** What clients want to be told in, and APIs their access tokens signed with. */
function algorithmsOf(clients: ReadonlyMap<string, Client>, apis: Settings['apis']): string[] {
  const ofClients = [...clients.values()].flatMap((client) => [
    client.id_token_signed_response_alg,
    client.userinfo_signed_response_alg,
    client.introspection_signed_response_alg,
  ]);
  return [...ofClients, ...[...apis.values()].map(({ signingAlg }) => signingAlg)].filter((alg) => alg !== undefined);
}

function checkFindClient({ clients, findClient }: Members<typeof optionShape>, problems: Problems): void {
  if (typeof clients !== 'function' || !findClient) return;
  problems.push({ path: 'findClient', problem: 'The option clients is a function as well.', cure: 'Keep one of the two.' });
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
