/** A line to a Redis that can be made slow, silent, senseless, or lead elsewhere: a small TCP proxy. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Line {
  readonly url: string;
  readonly port: number;
  /** How many clients are connected now. */
  readonly connections: number;
  /** Changes what is wrong with it, until the next change. */
  become(wrong: Partial<Wrong>): void;
  /** From the next connection on it leads to this port; those that are open stay. */
  leadTo(port: number): void;
  /** Ends all connections, as a failing network does. */
  cut(): void;
  close(): Promise<void>;
}

export interface Wrong {
  /** Answers arrive so many milliseconds late. */
  readonly delay: number;
  /** Nothing is passed on in either direction, and nothing is closed. */
  readonly isSilent: boolean;
  /** What stands in place of each answer. */
  readonly garbage: string | undefined;
}

export async function startLine(target: number): Promise<Line> {
  let port = target;
  let wrong: Wrong = { delay: 0, isSilent: false, garbage: undefined };
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) socket.on('error', () => {});
    sockets.add(near);
    near.on('data', (chunk) => void (wrong.isSilent || far.write(chunk)));
    far.on('data', (chunk) => {
      if (wrong.isSilent) return;
      const answer = wrong.garbage ?? chunk;
      if (wrong.delay > 0) setTimeout(() => near.write(answer), wrong.delay);
      else near.write(answer);
    });
    near.on('close', () => {
      sockets.delete(near);
      far.destroy();
    });
    far.on('close', () => near.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const own = (server.address() as AddressInfo).port;

  const line: Line = {
    url: `redis://127.0.0.1:${own}`,
    port: own,
    get connections() {
      return sockets.size;
    },
    become(change) {
      wrong = { ...wrong, ...change };
    },
    leadTo(next) {
      port = next;
    },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      line.cut();
      await new Promise((closed) => server.close(closed));
    },
  };
  return line;
}
