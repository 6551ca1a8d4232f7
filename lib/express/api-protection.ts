/** Puts `protectApi` together: checked options, an issuer that is asked by fetch, and the middlewares. RFC 9068 section 4. */
import type { Clock } from '../platform/clock.js';
import { type ProtectApiOptions, readApiOptions } from '../resource-server/api-options.js';
import { createIntrospection } from '../resource-server/introspection.js';
import { createIssuer } from '../resource-server/issuer.js';
import { remoteChecker } from '../resource-server/remote-checker.js';
import { resourceMetadataUrl } from '../resource-server/resource-metadata.js';
import { type ProtectMcp, protectMcpFor } from './mcp.js';
import type { Middleware } from './mount.js';
import { type Protect, protectFor } from './protect.js';
import { createResourceMetadata } from './resource-metadata.js';

/** Protects the routes of an API; see `OAuthRouter.protect`, which is the same beside the authorization server. */
export interface ApiProtection extends Protect {
  /**
   * A middleware that answers what clients ask to know of this API: the document that each challenge names in `resource_metadata`. Mount
   * it at the root of the app.
   *
   * @example
   * ```ts
   * app.use(protect.metadata);
   * ```
   * @see RFC 9728 section 3
   */
  readonly metadata: Middleware;

  /**
   * Protects an MCP server; see `OAuthRouter.mcp`, which is the same beside the authorization server.
   *
   * @example
   * ```ts
   * app.use(protect.metadata);
   * app.use('/mcp', express.json(), protect.mcp('read:contacts'));
   * ```
   */
  readonly mcp: ProtectMcp;
}

/** `clock` is given, so that tests decide what time it is. */
export function createApiProtection(options: ProtectApiOptions, clock: Clock): ApiProtection {
  const settings = readApiOptions(options);
  const { issuer: identifier, audience, scopes, name, introspection, strict, clockTolerance, fetch, log } = settings;
  const issuer = createIssuer({ issuer: identifier, fetch, clock, log });
  const parts = { issuer: identifier, audience, clockTolerance, clock };
  const introspect =
    introspection && createIntrospection({ ...parts, ...introspection, endpoint: issuer.introspectionEndpoint, fetch, log });
  const api = {
    identifier: audience,
    scopes,
    checker: remoteChecker({ ...parts, keys: issuer.keys, introspect }),
    canBeStrict: introspect !== undefined,
    resource_metadata: resourceMetadataUrl(audience),
  };
  const guard = { issuer: identifier, apis: [api], strict, clock, log };
  const metadata = createResourceMetadata({ identifier: audience, scopes, name }, identifier);
  return Object.assign(protectFor(guard), { metadata, mcp: protectMcpFor(guard) });
}
