/**
 * Those who keep a connection as long as they can: bytes one at a time, heads and bodies that never end, answers that nobody reads. What ends
 * them is Node, by limits of minutes; here by the same limits, made short. RFC 6819 section 4.4.1.11.
 */
import { createServer, type RequestListener, type ServerOptions } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What goes over the wire: the first bytes at once, then one of the rest with each pause, as long as there are any. */
interface Sent {
  readonly first: string;
  readonly rest?: Iterator<string>;
  /** Left out: it reads what is answered. */
  readonly reads?: boolean;
  /** Left out: it stays until the server ends it. */
  readonly leaves?: boolean;
}

/** By name, what one makes of a good request and a number. */
const manners = {
  'stops in the middle': (request, at) => ({ first: beginning(request, at) }),
  'sends one byte at a time': (request, at) => ({ first: beginning(request, at), rest: restOf(request, at) }),
  'never ends its head': (request) => ({ first: linesOf(request).join(''), rest: forEver('X: y\r\n') }),
  'never ends its body': (request) => ({ first: `${chunkedHeadOf(request)}\r\n`, rest: forEver('1\r\na\r\n') }),
  'never ends a chunk': (request) => ({ first: `${chunkedHeadOf(request)}\r\n5`, rest: forEver(';a=b') }),
  'never begins its body': (request) => ({ first: `${headOf(request)}Content-Length: 60000\r\n\r\n` }),
  'waits to be asked for its body': (request) => ({ first: `${headOf(request)}Expect: 100-continue\r\nContent-Length: 60000\r\n\r\n` }),
  'sends nothing': () => ({ first: '' }),
  'reads no answer': (request, at) => ({ first: request.repeat(at), reads: false }),
  'breaks off': (request, at) => ({ first: beginning(request, at), leaves: true }),
} as const satisfies Readonly<Record<string, (request: string, at: number) => Sent>>;

export type Manner = keyof typeof manners;
export const mannerNames = Object.keys(manners) as readonly Manner[];

export interface SlowClient {
  readonly manner: Manner;
  /** A request as bytes, in Latin-1. */
  readonly request: string;
  /** How many bytes of it come at once; or how often it comes, where no answer is read. */
  readonly at: number;
  /** Between two bytes, in milliseconds. */
  readonly pause: number;
}

function beginning(request: string, at: number): string {
  return request.slice(0, at % request.length);
}

function restOf(request: string, at: number): Iterator<string> {
  return request.slice(at % request.length)[Symbol.iterator]();
}

/** The lines of the head, but for the empty one. */
function linesOf(request: string): string[] {
  const end = request.indexOf('\r\n\r\n');
  return request
    .slice(0, end)
    .split('\r\n')
    .map((line) => `${line}\r\n`);
}

/** Without what says how long the body is. */
function headOf(request: string): string {
  return linesOf(request)
    .filter((line) => !/^(?:content-length|transfer-encoding|expect):/i.test(line))
    .join('');
}

function chunkedHeadOf(request: string): string {
  return `${headOf(request)}Transfer-Encoding: chunked\r\n`;
}

function* forEver(part: string): Generator<string> {
  for (;;) yield part;
}

/** Of a server, in milliseconds. */
export interface TimeLimits {
  /** Those of Node; left out: 60 s, 300 s, 30 s and 5 s. */
  readonly node: ServerOptions;
  /** How long nothing may move on a connection; Node has no such limit, unless the host sets one. */
  readonly idle: number;
}

export const short: TimeLimits = {
  node: { headersTimeout: 300, requestTimeout: 600, connectionsCheckingInterval: 50, keepAliveTimeout: 200 },
  idle: 800,
};
/** More than all of these in a row: a request whose last byte came just in time, its answer, and the second that Node adds to `keepAliveTimeout`. */
const longest = 3_000;
const patience = 10_000;

/** A server that knows how long each connection lasts. */
export interface Watched {
  readonly port: number;
  /** When the connection from this port of the client has ended, in milliseconds since it was there; `Infinity`, if it does not end. */
  ended(clientPort: number): Promise<number>;
  /** How many connections are open. */
  readonly open: number;
  /** How many are so when all clients have gone, after some time at most. */
  left(): Promise<number>;
  close(): Promise<void>;
}

/** Another one with this app. Left out: the limits of Node, which are of minutes. */
export async function startWatched(app: RequestListener, { node, idle }: TimeLimits = { node: {}, idle: 0 }): Promise<Watched> {
  const server = createServer(node, app);
  server.setTimeout(idle);
  const connections = new Map<number, Promise<number>>();
  let open = 0;
  server.on('connection', (socket) => {
    const begin = performance.now();
    const { remotePort = 0 } = socket;
    open += 1;
    connections.set(
      remotePort,
      new Promise((resolve) => {
        const timer = setTimeout(() => resolve(Number.POSITIVE_INFINITY), patience);
        socket.on('close', () => {
          clearTimeout(timer);
          open -= 1;
          resolve(performance.now() - begin);
        });
      }),
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    port: (server.address() as AddressInfo).port,
    async ended(clientPort) {
      const begin = performance.now();
      // Who connects may be told of it before the server is.
      while (!connections.has(clientPort) && performance.now() - begin < patience) await sleep(5);
      return (await connections.get(clientPort)) ?? Number.POSITIVE_INFINITY;
    },
    get open() {
      return open;
    },
    async left() {
      for (let waited = 0; open > 0 && waited < longest; waited += 10) await sleep(10);
      connections.clear(); // ports come again
      return open;
    },
    async close() {
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
    },
  };
}

export interface SlowOutcome {
  /** Of each answer that came, in their order. */
  readonly statuses: readonly number[];
  readonly text: string;
  /** Until the server closed the connection, in milliseconds. */
  readonly took: number;
  readonly isTooLong: boolean;
}

/** Keeps a connection for as long as the server lets it. */
export async function keepConnection(server: Watched, { manner, request, at, pause }: SlowClient): Promise<SlowOutcome> {
  const { first, rest, reads = true, leaves = false }: Sent = manners[manner](request, at);
  const socket = connect(server.port, '127.0.0.1').setNoDelay(true);
  socket.on('error', () => {}); // what the server has ended may be reset while more is being sent
  let text = '';
  if (reads) {
    socket.on('data', (data) => {
      text += data.toString('latin1');
    });
  }
  await new Promise((connected) => socket.once('connect', connected).once('close', connected));
  const { localPort } = socket;
  if (localPort === undefined) throw new Error('The server does not listen any more.');
  socket.write(first, 'latin1');
  const dripping = setInterval(() => {
    const part = rest?.next();
    if (part && !part.done && socket.writable) socket.write(part.value, 'latin1');
  }, pause);
  if (leaves) setTimeout(() => socket.resetAndDestroy(), pause);
  // Who has left at once, the server does not know the port of.
  const took = leaves ? await new Promise<number>((closed) => socket.once('close', () => closed(pause))) : await server.ended(localPort);
  clearInterval(dripping);
  socket.destroy();
  const statuses = [...text.matchAll(/(?:^|\n)HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status));
  return { statuses, text, took, isTooLong: took > longest };
}
