/** `protectApi(options)`: protects an API on another machine than its authorization server. RFC 6750, RFC 9068, RFC 7662, RFC 9728. */
import { type ApiProtection, createApiProtection } from './express/api-protection.js';
import { systemClock } from './platform/clock.js';
import type { ProtectApiOptions } from './resource-server/api-options.js';

export { ConfigurationError, type ConfigurationProblem, OAuthError } from './errors.js';
export type { McpRequirements, ProtectMcp } from './express/mcp.js';
export type { Middleware } from './express/mount.js';
export type { Protect } from './express/protect.js';
export type { IntrospectionOptions } from './resource-server/api-options.js';
export type { Auth } from './resource-server/auth.js';
export type { Requirements, RouteRequest } from './resource-server/requirements.js';
export type { ApiProtection, ProtectApiOptions };

/**
 * Protects the routes of an API on another machine than its authorization server, which may be an `oauthRouter` or any other that issues
 * JWT access tokens of RFC 9068 or answers introspection requests. Keys are fetched when they are first needed, and kept: the issuer may
 * be down for a day.
 *
 * @param options - two are required, `issuer` and `audience`; see `ProtectApiOptions`
 * @returns `protect(...scopes)` and `protect({ … })`, which make a middleware each
 * @throws ConfigurationError with every mistake in the options, each with its path and its cure
 * @example
 * ```ts
 * import { protectApi } from 'express-oauth-router/protect-api';
 *
 * const protect = protectApi({ issuer: 'https://app.example.com', audience: 'https://api.example.com/contacts' });
 * app.use(protect.metadata);
 * app.get('/contacts', protect('read:contacts'), (req, res) => res.json(contactsOf(req.auth.sub)));
 * ```
 * @see RFC 6750, RFC 7662, RFC 9068 section 4, RFC 9470, RFC 9728
 */
export function protectApi(options: ProtectApiOptions): ApiProtection {
  return createApiProtection(options, systemClock);
}
