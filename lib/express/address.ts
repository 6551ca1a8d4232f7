/** Where a request came from, for events: as Express tells it, which knows the host's `trust proxy`; else the other end of the connection. */
import type { IncomingMessage } from 'node:http';

export function addressOf(req: IncomingMessage & { readonly ip?: unknown }): string | undefined {
  return typeof req.ip === 'string' ? req.ip : req.socket.remoteAddress;
}
