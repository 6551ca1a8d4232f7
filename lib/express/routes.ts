/** Which path leads to which endpoint. RFC 8414 section 3, OpenID Connect Discovery section 4. */
import type { Endpoint, Settings } from '../contracts.js';

export interface Route {
  readonly endpoint: Endpoint;
  readonly path: string;
  /** The URL that the endpoints are below. */
  readonly base: string;
  /** Its path. */
  readonly basePath: string;
}

export type Routes = ReadonlyMap<string, Route>;

/** By the exact path. A file has the hash of its content in its name, and is found by any: `/style.*.css` is the path of its endpoint. */
export function routeOf(routes: Routes, path: string): Route | undefined {
  return routes.get(path) ?? (hashed.test(path) ? routes.get(path.replace(hashed, '.*.')) : undefined);
}

const hashed = /\.[\w-]{16}\.(?=(?:css|js)$)/;

/**
 * Every path that is ours, exactly. `prefix` is what comes before `basePath`: the issuer's own path, or where the router is mounted.
 * Absolute URLs begin with the issuer's origin, whatever the Host header says.
 */
export function routesAt(prefix: string, endpoints: readonly Endpoint[], settings: Settings): Routes {
  const { origin } = new URL(settings.issuer);
  const basePath = `${prefix}${settings.basePath}`;
  const base = `${origin}${basePath}`;
  const routes = endpoints
    .filter((endpoint) => endpoint.enabled?.(settings) ?? true)
    .flatMap((endpoint) => pathsOf(endpoint, basePath, settings).map((path) => [path, { endpoint, path, base, basePath }] as const));
  return new Map(routes);
}

/** The path of the issuer, without a slash at its end. */
export function issuerPath({ issuer }: Pick<Settings, 'issuer'>): string {
  return new URL(issuer).pathname.replace(/\/$/, '');
}

/** A well-known document stands before the issuer's path as RFC 8414 has it, and behind it as OpenID Connect has it. */
function pathsOf({ path }: Endpoint, basePath: string, settings: Settings): string[] {
  if (typeof path === 'string') return [`${basePath}${path}`];
  const behind = path.behind?.(settings);
  if (behind) return path.wellKnown.flatMap((name) => behind.map((part) => `/.well-known/${name}${part}`));
  const issuer = issuerPath(settings);
  return path.wellKnown.flatMap((name) => [`/.well-known/${name}${issuer}`, `${issuer}/.well-known/${name}`]);
}
