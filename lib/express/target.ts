/** What a request asks for: path and query. */
import type { IncomingMessage } from 'node:http';

/** The path, below where the router is mounted. */
export function pathOf(req: IncomingMessage): string {
  return targetOf(req).split('?', 1)[0] as string;
}

/** The query with its question mark; empty where there is none. */
export function searchOf(req: IncomingMessage): string {
  const target = targetOf(req);
  const at = target.indexOf('?');
  return at < 0 ? '' : target.slice(at);
}

/** A request may also name the server, which is not believed. RFC 9112 section 3.2.2. */
function targetOf({ url = '/' }: IncomingMessage): string {
  return url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?#]*/i, '');
}
