/** What each option may be, one by one; `check.ts` holds them against each other. The sentences never show a value that may be secret. */
import type { OAuthRouterOptions } from '../options/index.js';
import { accessTokens, apis } from './apis.js';
import { brand, views } from './brand.js';
import { clientAssertions } from './client-assertions.js';
import { clients, findClient, metadataDocuments } from './clients.js';
import { development, log } from './diagnostics.js';
import { grants } from './grants.js';
import { basePath, issuer } from './issuer.js';
import { keys } from './keys.js';
import { languages, messages } from './languages.js';
import { lifetimes } from './lifetimes.js';
import { limits } from './limits.js';
import { mtls } from './mutual-tls.js';
import { outgoing } from './outgoing.js';
import { pairwise } from './pairwise.js';
import { passkeys } from './passkeys.js';
import { registration } from './registration.js';
import { secrets } from './secrets.js';
import { redis, store, wait } from './store.js';
import { trustedIssuers } from './trusted-issuers.js';
import { users } from './users.js';

export const optionShape = {
  issuer,
  secrets,
  redis,
  wait,
  store,
  clients,
  findClient,
  metadataDocuments,
  registration,
  users,
  passkeys,
  apis,
  basePath,
  brand,
  views,
  languages,
  messages,
  accessTokens,
  lifetimes,
  keys,
  grants,
  trustedIssuers,
  clientAssertions,
  mtls,
  pairwise,
  outgoing,
  limits,
  development,
  log,
} satisfies Record<keyof OAuthRouterOptions, unknown>;
