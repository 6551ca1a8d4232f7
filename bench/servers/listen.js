/** Waits until a server listens. */
import { once } from 'node:events';

/** @param {import('node:http').Server} server */
export async function listen(server) {
  server.keepAliveTimeout = 60_000; // longer than any pause of the driver
  if (!server.listening) await once(server, 'listening');
}
