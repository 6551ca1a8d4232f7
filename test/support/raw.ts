/** HTTP as bytes on a socket: what an attacker sends, and fetch would tidy up or refuse to send. */
import { connect } from 'node:net';

export interface RawRequest {
  readonly method?: string;
  /** Path and query, sent as they are. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as Latin-1; the Content-Length goes with it, unless `headers` has a Transfer-Encoding. */
  readonly body?: string;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Sends one request on a connection of its own; stops sending as soon as the answer begins. */
export async function raw(url: string, { method = 'GET', path, headers = {}, body = '' }: RawRequest): Promise<RawAnswer> {
  const length = body === '' || 'Transfer-Encoding' in headers ? {} : { 'Content-Length': String(body.length) };
  const all = { Host: 'localhost', Connection: 'close', ...length, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return readAnswer(await exchange(Number(new URL(url).port), `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`));
}

/** A body in one chunk, for `Transfer-Encoding: chunked`. */
export function chunked(body: string): string {
  return `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
}

const atOnce = 32_768; // bytes
const pause = 5; // milliseconds: who sends on into a closed connection is told of that, and not of the answer

function exchange(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let rest = Buffer.from(request, 'latin1');
    let answer = '';
    const sendOn = () => {
      if (answer !== '' || rest.length === 0 || !socket.writable) return;
      const part = rest.subarray(0, atOnce);
      rest = rest.subarray(atOnce);
      socket.write(part, () => setTimeout(sendOn, pause));
    };
    socket.on('connect', sendOn);
    socket.on('data', (data) => {
      answer += data.toString();
    });
    // Who refuses a long body closes before it was sent; what counts is whether there was an answer.
    socket.on('error', (error) => (answer === '' ? reject(error) : resolve(answer)));
    socket.on('close', () => resolve(answer));
  });
}

function readAnswer(answer: string): RawAnswer {
  const end = answer.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = answer.slice(0, end).split('\r\n');
  const headers = new Headers();
  for (const line of lines) headers.append(line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim());
  return { status: Number(statusLine.split(' ')[1]), headers, body: answer.slice(end + 4) };
}
