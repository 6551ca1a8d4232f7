/** What users import. */
export type {
  ApiOptions,
  BrandOptions,
  ClientOptions,
  ExtensionGrant,
  GivenKeysOption,
  LifetimeOptions,
  OAuthRouterOptions,
  StoredKeysOption,
} from './config/options.js';
export type { Entitlement, GrantRequest } from './contracts.js';
export {
  ConfigurationError,
  type ConfigurationProblem,
  type ErrorCode,
  OAuthError,
  type OAuthErrorDetails,
  StoreUnavailable,
} from './errors.js';
export type { Middleware } from './express/mount.js';
export type { Protect } from './express/protect.js';
export type { Parameters } from './http/parameters.js';
export type { Client } from './model/client.js';
export type { Store, Stored } from './model/store.js';
export type { ClaimsWanted, HostRequest, User, UserClaims, Users, UsersOfHost, UsersWithPasswords } from './model/user.js';
export type { Log } from './platform/log.js';
export type { Auth } from './resource-server/check-token.js';
export { type OAuthRouter, oauthRouter } from './router.js';
export type { RedisClient } from './store/redis.js';
