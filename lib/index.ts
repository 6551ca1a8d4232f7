/** What users import. */
export type { ApiOptions, BrandOptions, ClientOptions, LifetimeOptions, OAuthRouterOptions } from './config/options.js';
export { ConfigurationError, type ConfigurationProblem, StoreUnavailable } from './errors.js';
export type { Middleware } from './express/mount.js';
export type { Protect } from './express/protect.js';
export type { Client } from './model/client.js';
export type { Store, Stored } from './model/store.js';
export type { HostRequest, User, Users, UsersOfHost, UsersWithPasswords } from './model/user.js';
export type { Log } from './platform/log.js';
export type { Auth } from './resource-server/check-token.js';
export { type OAuthRouter, oauthRouter } from './router.js';
export type { RedisClient } from './store/redis.js';
