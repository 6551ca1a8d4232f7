/** Assembles the server: options checked, tables laid out, store and keys opened. */
import { clientAuthMethods } from './client-auth/index.js';
import { type Configuration, readOptions } from './config/check.js';
import { withPatience } from './config/host-functions.js';
import type { ExtensionGrant } from './config/options/grants.js';
import type { Grant, Server, Settings } from './contracts.js';
import { endpoints } from './endpoints/index.js';
import { StoreUnavailable } from './errors.js';
import { createEvents } from './events.js';
import { grants } from './grants/index.js';
import { givenKeys } from './keys/given-keys.js';
import { deriveSecrets } from './keys/secrets.js';
import { storedKeys } from './keys/stored-keys.js';
import { createLimits } from './limits/limits.js';
import type { Client } from './model/client.js';
import type { Store } from './model/store.js';
import { type Clock, systemClock } from './platform/clock.js';
import { createGuardedFetch } from './platform/fetch.js';
import { type Log, unfailing } from './platform/log.js';
import { type Random, systemRandom } from './platform/random.js';
import { recentlyUsed } from './platform/recently-used.js';
import { responseModes } from './response-modes/index.js';
import { responseTypes } from './response-types/index.js';
import { readEntitlement } from './rules/entitlement.js';
import { longestAccessToken } from './rules/lifetime.js';
import { inTime, patient } from './rules/patience.js';
import { allResponseTypes } from './rules/response-type.js';
import { hostStep } from './sign-in/host-step.js';
import { signInSteps } from './sign-in/index.js';
import { memoryLimiter } from './store/limiter.js';
import { memoryStore } from './store/memory.js';
import { recordShapes } from './store/record-shapes.js';
import { redisStore } from './store/redis.js';
import { versioned } from './store/versioned.js';
import { watched } from './store/watched.js';
import { endedTokens } from './tokens/ended.js';

/** Time and chance. */
export interface Platform {
  readonly clock: Clock;
  readonly random: Random;
}

/** @throws ConfigurationError with every mistake in the options */
export function createServer(options: unknown, { clock, random }: Platform = { clock: systemClock, random: systemRandom }): Server {
  const configuration = readOptions(options, {
    grantTypes: [...new Set([...grants.map(({ type }) => type), ...responseTypes.flatMap(({ grantType }) => grantType ?? [])])],
    responseTypes: allResponseTypes(responseTypes).map((name) => ({ name, grantTypes: grantTypesOf(name) })),
    authMethods: clientAuthMethods,
  });
  const log = unfailing(configuration.log);
  const tables: Tables = {
    grants: [
      ...grants.filter(({ enabled }) => enabled?.(configuration.settings) ?? true),
      ...configuration.grants.map((grant) => hostsGrant(grant, configuration.settings)),
    ],
    responseTypes,
  };
  const settings = warnOfFound(withPatience(configuration.settings), tables, log);
  const secrets = deriveSecrets(configuration.secrets);
  const store = watched(versioned(openStore({ ...configuration, log }, clock), recordShapes), clock, log);
  const events = createEvents({ clock, log });
  const server: Server = {
    settings,
    store,
    secrets,
    keys:
      'keys' in configuration.keys
        ? givenKeys(configuration.keys)
        : storedKeys({
            store,
            secrets,
            clock,
            log,
            onRotated: (key) => events.emit('key.rotated', key),
            ...configuration.keys,
            tokenLifetime: Math.max(longestAccessToken(settings), settings.lifetimes.idToken),
            algorithms: configuration.algorithms,
          }),
    ended: endedTokens({ store, clock, log, lifetime: longestAccessToken(settings) }),
    limits: createLimits(configuration.limits, {
      limiterFor: (limit) => store.limiter?.(limit) ?? memoryLimiter(limit, clock),
      jointLimiterFor: (limits) => store.jointLimiter?.(limits),
      mac: (name) => secrets.mac('limit', name),
      clock,
      log,
    }),
    fetch: createGuardedFetch({ ...configuration.outgoing, log }),
    clock,
    random,
    log,
    emit: events.emit,
    events,
    endpoints,
    signInSteps: [...(settings.users.steps ?? []).map(hostStep), ...signInSteps],
    ...tables,
    clientAuthMethods,
    responseModes,
  };
  for (const warning of configuration.warnings) log.warn(warning);
  for (const client of settings.clients.values()) for (const warning of warningsOf(client, server)) log.warn(warning);
  if (settings.passkeys && !settings.users.find) {
    log.warn('The option passkeys is on without users.find: who has a passkey can sign in although the account is gone.');
  }
  if (configuration.limits === false)
    log.warn('The option limits is false: nobody is slowed down who guesses passwords, codes or secrets.');
  if (settings.development && settings.issuer.startsWith('https:')) {
    log.warn('The option development is on: errors tell everybody which clients there are and what they have registered.');
  }
  return server;
}

/** Announced for who has it; given the request and not the server, and believed as far as it can be true. */
function hostsGrant(grant: ExtensionGrant, settings: Settings): Grant {
  return {
    type: grant.type,
    optIn: true,
    redeem: async (request) => readEntitlement(await inTime(() => grant.redeem(request), `The grant ${grant.type}`), settings),
  };
}

/** RFC 7591 section 2.1. */
function grantTypesOf(response_type: string): string[] {
  const words = response_type.split(' ');
  return [...new Set(responseTypes.flatMap(({ word, grantType }) => (grantType !== undefined && words.includes(word) ? [grantType] : [])))];
}

/** What an operator should know of a client that may do what RFC 9700 advises against. */
export function warningsOf({ client_id, grant_types, pkce }: Client, { grants, responseTypes }: Tables): readonly string[] {
  const advised = [...grants, ...responseTypes.map(({ grantType: type = '', warning }) => ({ type, warning }))];
  const warned = advised.filter(({ type, warning }) => warning !== undefined && grant_types.includes(type));
  return [
    ...(pkce
      ? []
      : [
          `The client ${client_id} may do without PKCE. Its codes are safe only if it sends a nonce and checks it (RFC 9700 section 2.1.1).`,
        ]),
    ...warned.map(({ type, warning }) => `The client ${client_id} may use the grant ${type}. ${warning}`),
  ];
}

type Tables = Pick<Server, 'grants' | 'responseTypes'>;

/** How many warnings of clients that were found are remembered, so that they are not given at each request. */
const rememberedWarnings = 1_000;

/** Clients of the host's own table are met one by one: the first time, the operator is told of each what start-up tells of those of the list. */
function warnOfFound(settings: Settings, tables: Tables, log: Log): Settings {
  const { findClient } = settings;
  if (!findClient) return settings;
  const given = recentlyUsed<true>(rememberedWarnings);
  return {
    ...settings,
    async findClient(client_id) {
      const client = await findClient(client_id);
      for (const warning of client ? warningsOf(client, tables) : []) {
        if (!given.get(warning)) log.warn(warning);
        given.set(warning, true);
      }
      return client;
    },
  };
}

function openStore({ store, redis, wait, log }: Configuration, clock: Clock): Store {
  if (store) return storeInTime(store);
  if (redis !== undefined) return redisStore(redis, { log, ...(wait && { wait }) });
  log.warn('No redis is configured: codes, sessions and keys are kept in the memory of this process, and a restart forgets them.');
  return memoryStore(clock);
}

const storeMethods = ['get', 'put', 'add', 'swap', 'delete', 'link', 'linked'] as const;
const limiterMethods = ['count', 'giveBack', 'forget'] as const;
const jointLimiterMethods = ['count', 'giveBack', 'forgive'] as const;

/** The host's own may hang like any other function of theirs, and throw whatever its database does: either way it did not answer. */
function storeInTime(store: Store): Store {
  const { limiter, jointLimiter } = store;
  const limiterFor: Store['limiter'] = limiter && ((limit) => answering(limiter.call(store, limit), limiterMethods, 'store.limiter'));
  const jointLimiterFor: Store['jointLimiter'] =
    jointLimiter && ((limits) => answering(jointLimiter.call(store, limits), jointLimiterMethods, 'store.jointLimiter'));
  return {
    ...answering(store, storeMethods, 'store'),
    ...patient(store, ['close'], 'store'),
    ...(limiterFor && { limiter: limiterFor }),
    ...(jointLimiterFor && { jointLimiter: jointLimiterFor }),
  };
}

function answering<T extends object>(host: T, names: readonly string[], path: string): T {
  const members = Object.entries(patient(host, names, path)) as [string, (...given: readonly unknown[]) => Promise<unknown>][];
  const unavailable = (thrown: unknown) => {
    throw thrown instanceof StoreUnavailable ? thrown : new StoreUnavailable('The store could not answer.', { cause: thrown });
  };
  return Object.fromEntries(members.map(([name, ask]) => [name, (...given: readonly unknown[]) => ask(...given).catch(unavailable)])) as T;
}
