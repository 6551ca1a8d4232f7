/** Where a request came from: as Express tells it, which knows the host's `trust proxy`; else the other end of the connection. */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Origin } from '../limits/limits.js';

export function addressOf(req: IncomingMessage & { readonly ip?: unknown }): string | undefined {
  return typeof req.ip === 'string' ? req.ip : req.socket.remoteAddress;
}

/**
 * By what limits hold. Whom the other end of the connection says that it speaks for counts besides, if Express does not believe it, or believes
 * everybody: then it may be a proxy that the host has not told Express of, or somebody who claims to be one. A proxy adds to what it was sent,
 * so only the last is its own word. RFC 7239 section 4.
 */
export function cameFrom(req: IncomingMessage & { readonly ip?: unknown }): Origin {
  const connection = req.socket.remoteAddress ?? '';
  const address = addressOf(req) ?? '';
  if (address !== connection && !believesEverybody(req)) return { address, forwarded: undefined };
  const { 'x-forwarded-for': list, forwarded } = req.headers;
  const last = lastOf(list) ?? /for="?([^";,]+)/i.exec(lastOf(forwarded) ?? '')?.[1];
  const named = last === undefined ? undefined : withoutPort(last);
  return { address: connection, forwarded: named === connection ? undefined : named };
}

/** Whether `trust proxy` is `true`, or a function that never says no: asked of an address that nobody has, behind more proxies than there are. */
function believesEverybody({ app }: IncomingMessage & { readonly app?: { get?(name: string): unknown } }): boolean {
  const trusts = app?.get?.('trust proxy fn');
  return typeof trusts === 'function' && trusts('192.0.2.0', 1_000) === true;
}

function lastOf(header: string | readonly string[] | undefined): string | undefined {
  return header === undefined ? undefined : String(header).split(',').at(-1)?.trim() || undefined;
}

/** What is no address may be a name of the proxy's own; an overlong one nobody has. RFC 7239 section 6. */
function withoutPort(node: string): string {
  const [, bracketed] = /^\[([^\]]+)\](?::\d+)?$/.exec(node) ?? [];
  if (bracketed !== undefined) return bracketed.slice(0, 64);
  return (isIP(node) ? node : node.replace(/:\d+$/, '')).slice(0, 64);
}
