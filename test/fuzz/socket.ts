/** HTTP/1.1 over sockets that stay open, as bytes: nothing is tidied up on the way, and a hundred thousand requests cost little. */
import { connect, type Socket } from 'node:net';

export interface Answer {
  /** 0: the connection ended without an answer. */
  readonly status: number;
  /** As they came, repeated ones too; names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** What came behind the answer, although nothing was asked any more. */
  readonly surplus: string;
  /** From the last byte of the request to the last one of the answer, in milliseconds; `Infinity`, if there was none within the patience. */
  readonly took: number;
}

export interface Sent {
  readonly bytes: Buffer;
  /** Whether the answer has no body: that to HEAD. */
  readonly isHead: boolean;
}

const patience = 8_000; // milliseconds

/** One connection, opened when it is needed, and anew after it was closed. Sends one request at a time. */
export class Connection {
  readonly #port: number;
  #socket: Socket | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  async send({ bytes, isHead }: Sent): Promise<Answer> {
    const { readyState, destroyed } = this.#socket ?? { readyState: 'closed', destroyed: true };
    const socket = destroyed || readyState !== 'open' ? this.#open() : (this.#socket as Socket);
    const answer = await this.#exchange(socket, bytes, isHead);
    const closes = answer.headers.some(([name, value]) => name === 'connection' && value.toLowerCase() === 'close');
    if (closes || answer.status === 0 || answer.surplus !== '') this.close();
    return answer;
  }

  #open(): Socket {
    const socket = connect(this.#port, '127.0.0.1').setNoDelay(true);
    socket.on('error', () => {}); // whoever refuses a long body may reset the connection while it is still being sent
    this.#socket = socket;
    return socket;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #exchange(socket: Socket, bytes: Buffer, isHead: boolean): Promise<Answer> {
    return new Promise((resolve) => {
      const begin = performance.now();
      let received = '';
      const end = (took: number, isClosed: boolean) => {
        clearTimeout(timer);
        socket.off('data', take).off('error', close).off('close', close);
        resolve({ ...(readAnswer(received, isHead, isClosed) ?? nothing), took });
      };
      const take = (data: Buffer) => {
        received += data.toString('latin1');
        if (readAnswer(received, isHead, false)) end(performance.now() - begin, false);
      };
      const close = () => end(performance.now() - begin, true);
      const timer = setTimeout(() => end(Number.POSITIVE_INFINITY, true), patience);
      socket.on('data', take).on('error', close).on('close', close);
      socket.write(bytes);
    });
  }
}

const nothing = { status: 0, headers: [], body: '', surplus: '' } as const;

/** Nothing, as long as something is missing. */
function readAnswer(text: string, isHead: boolean, isClosed: boolean): Omit<Answer, 'took'> | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? 0);
  const rest = text.slice(end + 4);
  if (status >= 100 && status < 200) return readAnswer(rest, isHead, isClosed);
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const header = (name: string) => headers.find(([one]) => one === name)?.[1];
  const length = isHead || status === 204 || status === 304 ? 0 : Number(header('content-length') ?? Number.NaN);
  if (header('transfer-encoding') === 'chunked' && length !== 0) return readChunked(rest, status, headers, isClosed);
  if (Number.isNaN(length)) return isClosed ? { status, headers, body: asText(rest), surplus: '' } : undefined;
  if (rest.length < length && !isClosed) return undefined;
  return { status, headers, body: asText(rest.slice(0, length)), surplus: rest.slice(length) };
}

/** As Express itself may answer. */
function readChunked(text: string, status: number, headers: Answer['headers'], isClosed: boolean): Omit<Answer, 'took'> | undefined {
  let rest = text;
  let body = '';
  for (;;) {
    const line = rest.indexOf('\r\n');
    const size = Number.parseInt(rest, 16);
    if (line < 0 || rest.length < line + 2 + size + 2) return isClosed ? { status, headers, body: asText(body), surplus: '' } : undefined;
    body += rest.slice(line + 2, line + 2 + size);
    rest = rest.slice(line + 2 + size + 2);
    if (size === 0) return { status, headers, body: asText(body), surplus: rest };
  }
}

function asText(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString();
}

export interface RawOutcome {
  /** Of each answer that came, in their order. */
  readonly statuses: readonly number[];
  readonly text: string;
  /** Until the server closed the connection, in milliseconds. */
  readonly took: number;
}

/** Sends bytes that may be anything, in these parts, and says that no more will come: then the server must answer, or hang up. */
export function sendRaw(port: number, parts: readonly Buffer[]): Promise<RawOutcome> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let text = '';
    let begin = performance.now();
    const timer = setTimeout(() => done(Number.POSITIVE_INFINITY), patience);
    const done = (took = performance.now() - begin) => {
      clearTimeout(timer);
      socket.removeAllListeners().on('error', () => {});
      socket.destroy();
      resolve({ statuses: [...text.matchAll(/(?:^|\n)HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status)), text, took });
    };
    socket.on('data', (data) => {
      text += data.toString('latin1');
    });
    socket
      .on('error', () => done())
      .on('close', () => done())
      .on('end', () => done());
    socket.on('connect', async () => {
      for (const part of parts) {
        if (socket.writable) socket.write(part);
        await new Promise(setImmediate);
      }
      begin = performance.now();
      socket.end();
    });
  });
}
