/** Which endpoints pages of other origins may call. RFC 9700 section 2.6. */
import type { ServerResponse } from 'node:http';
import type { Endpoint } from '../contracts.js';

/** Any origin and no cookies: these endpoints go by what the request itself carries. */
export const corsHeaders = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': 'WWW-Authenticate, Retry-After' };

/** The answer to a preflight request. */
export function preflightHeaders({ methods }: Pick<Endpoint, 'methods'>): Record<string, string> {
  return {
    ...corsHeaders,
    'Access-Control-Allow-Methods': methods.join(', '),
    'Access-Control-Allow-Headers': 'Authorization, Content-Type, DPoP, MCP-Protocol-Version',
    'Access-Control-Max-Age': '86400',
  };
}

/** Takes out what the host's own CORS middleware allowed: no page of another origin may read a login or consent screen, or send cookies. */
export function denyCors(res: ServerResponse): void {
  for (const name of res.getHeaderNames()) if (name.startsWith('access-control-')) res.removeHeader(name);
}

/** Adds to what the host lets pages of other origins read. */
export function exposeHeaders(res: ServerResponse, names: readonly string[]): void {
  if (res.headersSent) return;
  const lists = [res.getHeader('Access-Control-Expose-Headers') ?? []].flat();
  const exposed = lists.flatMap((list) => list.toString().split(',')).map((name) => name.trim());
  const lower = exposed.map((name) => name.toLowerCase());
  const all = [...exposed, ...names.filter((name) => !lower.includes(name.toLowerCase()))];
  res.setHeader('Access-Control-Expose-Headers', all.join(', '));
}
