/** The server as it answers one request. */
import type { IncomingMessage } from 'node:http';
import type { Server } from '../contracts.js';
import { addressOf } from './address.js';

/**
 * Its events tell from which address the request came; it has all else from the server itself. A copy of the server takes 0.17 µs on Node 24
 * against 0.03, which is 0.3 % of the smallest answers (on Node 20 both are the same). A copy of this one would have nothing but `emit`.
 */
export function serverFor(req: IncomingMessage, server: Server): Server {
  return Object.assign(Object.create(server), { emit: server.events.emitFrom(() => addressOf(req)) });
}
