/** Listens where `http://localhost:<port>` leads and nowhere else: on 127.0.0.1, and on ::1 where this machine has it. */
import { once } from 'node:events';
import { createServer } from 'node:http';

/** @typedef {{ readonly url: string, close(): Promise<void> }} Listener */

/**
 * @param {number} port - 0: any that is free
 * @param {(url: string) => import('node:http').RequestListener} createHandler - called when the port, and so the URL, is known
 * @returns {Promise<Listener>}
 * @throws the error of the socket, such as EADDRINUSE
 */
export async function listen(port, createHandler) {
  const first = await bind(port, '127.0.0.1');
  const servers = [first];
  const { port: actual } = /** @type {import('node:net').AddressInfo} */ (first.address());
  const url = `http://localhost:${actual}`;
  const close = async () => void (await Promise.all(servers.map(end)));
  try {
    servers.push(...(await bindIfThere(actual, '::1')));
    const handler = createHandler(url);
    for (const server of servers) server.on('request', handler);
  } catch (error) {
    await close();
    throw error;
  }
  return { url, close };
}

/**
 * @param {number} port
 * @param {string} host
 */
async function bind(port, host) {
  const server = createServer().listen(port, host);
  await once(server, 'listening');
  return server;
}

/** @type {(port: number, host: string) => Promise<import('node:http').Server[]>} */
async function bindIfThere(port, host) {
  try {
    return [await bind(port, host)];
  } catch (error) {
    if (['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(/** @type {NodeJS.ErrnoException} */ (error).code ?? '')) return [];
    throw error;
  }
}

/** Browsers keep connections open; they must not keep us. @param {import('node:http').Server} server */
async function end(server) {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
