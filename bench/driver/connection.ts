/**
 * A client that costs less than the servers it drives: HTTP/1.1 by hand on one connection that is kept, one request at a time. RFC 9112.
 * What a server may answer and none of ours does (trailers, 1xx, a body that ends with the connection) is refused, not guessed at.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  /** The status line and the header lines, as they came. */
  readonly head: string;
  readonly body: string;
}

export class Connection {
  readonly #host: string;
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;

  private constructor(host: string, socket: Socket) {
    this.#host = host;
    this.#socket = socket;
    socket.setNoDelay();
    socket.on('data', (chunk) => {
      this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
      try {
        this.#read();
      } catch (error) {
        socket.destroy(); // where the next answer begins is not known
        this.#fail(error as Error);
      }
    });
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('The server closed the connection.')));
  }

  static async open(url: string): Promise<Connection> {
    const { hostname, port, host } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new Connection(host, socket);
  }

  /** @param headers - whole lines, each with its line break */
  send(method: string, path: string, headers = '', body = ''): Promise<Answer> {
    const length = method === 'POST' ? `Content-Length: ${Buffer.byteLength(body)}\r\n` : '';
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(new Error('The server has closed the connection.'));
      this.#waiting = { resolve, reject };
      this.#socket.write(`${method} ${path} HTTP/1.1\r\nHost: ${this.#host}\r\n${headers}${length}\r\n${body}`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(): void {
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0 || !this.#waiting) return;
    const head = this.#received.toString('latin1', 0, end + 2);
    const rest = this.#received.subarray(end + 4);
    const read = bodyOf(head, rest);
    if (!read) return;
    this.#received = Buffer.from(rest.subarray(read.length));
    const { resolve } = this.#waiting;
    this.#waiting = undefined;
    resolve({ status: Number(head.slice(9, 12)), head, body: read.body });
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }
}

/** The body and how many bytes it took; `undefined` while some are missing. */
function bodyOf(head: string, bytes: Buffer): { body: string; length: number } | undefined {
  const length = headerOf({ head }, 'content-length');
  if (length !== undefined) {
    const size = Number(length);
    if (!(size >= 0)) throw new Error(`An answer with a length that is no number: ${head}`);
    return bytes.length < size ? undefined : { body: bytes.toString('utf8', 0, size), length: size };
  }
  if (headerOf({ head }, 'transfer-encoding') === 'chunked') return chunkedBody(bytes);
  if (/^HTTP\/1\.1 (204|304)/.test(head)) return { body: '', length: 0 };
  throw new Error(`An answer without a length: ${head}`);
}

function chunkedBody(bytes: Buffer): { body: string; length: number } | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (!(size >= 0)) throw new Error(`A chunk with a length that is no number: ${bytes.toString('latin1', at, lineEnd)}`);
    const next = lineEnd + 2 + size + 2;
    if (bytes.length < next) return undefined;
    if (size === 0) return { body: Buffer.concat(chunks).toString(), length: next };
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = next;
  }
}

/** @throws Error unless the answer has one of these */
export function expectStatus(answer: Answer, ...expected: readonly number[]): Answer {
  if (expected.includes(answer.status)) return answer;
  throw new Error(`Answered with ${answer.status} in place of ${expected.join(' or ')}: ${answer.head}${answer.body.slice(0, 500)}`);
}

/** The first header of this name, which is given in lower case. */
export function headerOf({ head }: Pick<Answer, 'head'>, name: string): string | undefined {
  return headersOf({ head }, name)[0];
}

export function headersOf({ head }: Pick<Answer, 'head'>, name: string): string[] {
  return [...head.matchAll(patternOf(name))].map(([, value = '']) => value.trim());
}

const patterns = new Map<string, RegExp>();

function patternOf(name: string): RegExp {
  const known = patterns.get(name);
  if (known) return known;
  const pattern = new RegExp(`\\r\\n${name}:([^\\r]*)`, 'gi');
  patterns.set(name, pattern);
  return pattern;
}
