/** Assembles the server: options checked, tables laid out, store and keys opened. */
import { clientAuthMethods } from './client-auth/index.js';
import { type Configuration, readOptions } from './config/check.js';
import type { Server } from './contracts.js';
import { endpoints } from './endpoints/index.js';
import { grants } from './grants/index.js';
import { deriveSecrets } from './keys/secrets.js';
import { givenKeys, storedKeys } from './keys/signing-keys.js';
import type { Store } from './model/store.js';
import { type Clock, systemClock } from './platform/clock.js';
import { type Random, systemRandom } from './platform/random.js';
import { responseModes } from './response-modes/index.js';
import { responseTypes } from './response-types/index.js';
import { memoryStore } from './store/memory.js';
import { redisStore } from './store/redis.js';
import { endedAuthorizations } from './tokens/ended.js';

/** Time and chance. */
export interface Platform {
  readonly clock: Clock;
  readonly random: Random;
}

/** @throws ConfigurationError with every mistake in the options */
export function createServer(options: unknown, { clock, random }: Platform = { clock: systemClock, random: systemRandom }): Server {
  const configuration = readOptions(options, {
    grantTypes: grants.map(({ type }) => type),
    responseTypes: responseTypes.map(({ word }) => word),
    authMethods: clientAuthMethods.map(({ name }) => name),
  });
  const { settings, log } = configuration;
  const secrets = deriveSecrets(configuration.secrets);
  const store = openStore(configuration, clock);
  return {
    settings,
    store,
    secrets,
    keys: configuration.keys ? givenKeys(configuration.keys) : storedKeys({ store, secrets, clock }),
    ended: endedAuthorizations({ store, clock, log, accessTokenLifetime: settings.lifetimes.accessToken }),
    clock,
    random,
    log,
    endpoints,
    grants,
    clientAuthMethods,
    responseTypes,
    responseModes,
  };
}

function openStore({ store, redis, log }: Configuration, clock: Clock): Store {
  if (store) return store;
  if (redis !== undefined) return redisStore(redis, { log });
  log.warn('No redis is configured: codes, sessions and keys are kept in the memory of this process, and a restart forgets them.');
  return memoryStore(clock);
}
