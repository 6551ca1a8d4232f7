/** The same host, served as the recipe for Node 20 and 22 has it. */
import { busyHost } from './busy-host.js';
import { listen } from './listen.js';
import { parts } from './ours.js';
import { serverFor } from './prototypes.js';

/** @type {import('./start.js').Serve} */
export async function serve(start) {
  await listen(serverFor(busyHost(start)).listen(start.port, '127.0.0.1'));
  return parts;
}
