/** What users import. */
export type { AllowedScope, AuthorizationSummary } from './authorization/connected-apps.js';
export type {
  ApiOptions,
  BrandColorOptions,
  BrandOptions,
  ClientOptions,
  ExtensionGrant,
  GivenKeysOption,
  IdentityProviderOptions,
  IssuerOptions,
  LifetimeOptions,
  MutualTlsOption,
  OAuthRouterOptions,
  PasskeyOptions,
  RegistrationOptions,
  StoredKeysOption,
  TrustedIssuerOptions,
  WorkloadIssuerOptions,
} from './config/options/index.js';
export { presets } from './config/presets.js';
export type { Entitlement, GrantRequest } from './contracts.js';
export {
  ConfigurationError,
  type ConfigurationProblem,
  type ErrorCode,
  type Mismatch,
  OAuthError,
  type OAuthErrorDetails,
  StoreUnavailable,
  type WireError,
} from './errors.js';
export type { On } from './events.js';
export type { McpRequirements, ProtectMcp } from './express/mcp.js';
export type { Middleware } from './express/mount.js';
export type { Protect } from './express/protect.js';
export type { Parameters } from './http/parameters.js';
export type { PasskeySummary } from './interaction/passkeys.js';
export type { ErrorKind, MessageKey } from './languages/language.js';
export type { Brand, BrandLink } from './model/brand.js';
export type { Client } from './model/client.js';
export type { EndReason, Explanation, Listener, LoginVia, OAuthEvent, OAuthEvents } from './model/events.js';
export type { EnrolContext, MayEnrol, Passkey, PasskeyStore } from './model/passkey.js';
export type { Ask, ClientCard, ConnectedAppCard, Icon, Link, Screen, Screens, StepField } from './model/screens.js';
export type { StepButton, StepContext, StepPage, StepPageField, StepResult, StepValues, UserStep } from './model/step.js';
export type { Counter, JointLimiter, Limit, Limiter, Store, Stored } from './model/store.js';
export type { AssertionClaims, UserOfAssertion } from './model/trusted-issuer.js';
export type { ClaimsWanted, HostRequest, User, UserClaims, Users, UsersOfHost, UsersWithPasswords } from './model/user.js';
export type { Day, GivenWords, HostWords, Message, Moment, OwnWords, Value, Words } from './model/words.js';
export type { Log } from './platform/log.js';
export { type ApiProtection, protectApi } from './protect-api.js';
export type { IntrospectionOptions, ProtectApiOptions } from './resource-server/api-options.js';
export type { Auth } from './resource-server/auth.js';
export type { Requirements, RouteRequest } from './resource-server/requirements.js';
export { type OAuthRouter, oauthRouter } from './router.js';
export type { RedisClient } from './store/redis-client.js';
export type { ClusterSource, RedisSource } from './store/redis-connection.js';
