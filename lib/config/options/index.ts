/** The options of `oauthRouter`, as the host writes them: one file for each subject. `check.ts` holds them to what is said here. */
import type { OptionsForApis } from './apis.js';
import type { OptionsForBrand } from './brand.js';
import type { OptionsForClientAssertions } from './client-assertions.js';
import type { OptionsForClients } from './clients.js';
import type { OptionsForDiagnostics } from './diagnostics.js';
import type { OptionsForGrants } from './grants.js';
import type { OptionsForIssuer } from './issuer.js';
import type { OptionsForKeys } from './keys.js';
import type { OptionsForLanguages } from './languages.js';
import type { OptionsForLifetimes } from './lifetimes.js';
import type { OptionsForLimits } from './limits.js';
import type { OptionsForMutualTls } from './mutual-tls.js';
import type { OptionsForOutgoing } from './outgoing.js';
import type { OptionsForPairwise } from './pairwise.js';
import type { OptionsForPasskeys } from './passkeys.js';
import type { OptionsForRegistration } from './registration.js';
import type { OptionsForSecrets } from './secrets.js';
import type { OptionsForStore } from './store.js';
import type { OptionsForTrustedIssuers } from './trusted-issuers.js';
import type { OptionsForUsers } from './users.js';

export type { ApiOptions, ScopeOptions } from './apis.js';
export type { BrandColorOptions, BrandOptions } from './brand.js';
export type { ClientOptions, FindClient } from './clients.js';
export type { ExtensionGrant } from './grants.js';
export type { GivenKeysOption, StoredKeysOption } from './keys.js';
export type { LifetimeOptions } from './lifetimes.js';
export type { MutualTlsOption } from './mutual-tls.js';
export type { PasskeyOptions } from './passkeys.js';
export type { RegistrationOptions } from './registration.js';
export type { IdentityProviderOptions, IssuerOptions, TrustedIssuerOptions, WorkloadIssuerOptions } from './trusted-issuers.js';

/**
 * What `oauthRouter` needs to know. Five are required: `issuer`, `secrets`, `clients`, `users` and `apis`.
 *
 * @example
 * ```ts
 * const oauth = oauthRouter({
 *   issuer: 'https://app.example.com',
 *   secrets: [process.env.OAUTH_SECRET],
 *   redis: process.env.REDIS_URL,
 *   clients: [{ client_id: 'web', client_secret: '…', redirect_uris: ['https://client.example.com/callback'] }],
 *   users: { authenticate: ({ username, password }) => db.verify(username, password) },
 *   apis: { 'https://app.example.com/api': { scopes: { 'read:contacts': 'See your contacts' } } },
 * });
 * ```
 */
export interface OAuthRouterOptions
  extends OptionsForIssuer,
    OptionsForSecrets,
    OptionsForStore,
    OptionsForClients,
    OptionsForRegistration,
    OptionsForUsers,
    OptionsForPasskeys,
    OptionsForApis,
    OptionsForBrand,
    OptionsForLanguages,
    OptionsForLifetimes,
    OptionsForKeys,
    OptionsForGrants,
    OptionsForTrustedIssuers,
    OptionsForClientAssertions,
    OptionsForMutualTls,
    OptionsForPairwise,
    OptionsForOutgoing,
    OptionsForLimits,
    OptionsForDiagnostics {}
