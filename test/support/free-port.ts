/** Ports for servers that are told where to listen. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

const given = new Set<number>();

/**
 * One of 127.0.0.1 that nobody listens on, and that was not given before: what listens there may not have begun yet. It is below those that systems
 * lend to connections and to whoever asks for any, so that a server which comes back to it finds it free.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(11_000, 30_000);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

export async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  const isFound = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  if (isFound) await once(server.close(), 'close');
  return isFound;
}
