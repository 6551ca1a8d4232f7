/**
 * Stands between a server and its Redis, counts commands, and tells how many round trips they took: commands that go out before the answers
 * to others have come are one trip. To be seen, answers come a little later than they would.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface RedisProxy {
  readonly url: string;
  /** What went through while this was done. */
  count(act: () => Promise<unknown>): Promise<RedisCount>;
  stop(): void;
}

export interface RedisCount {
  /** The names of the commands, in their order. */
  readonly commands: readonly string[];
  readonly trips: number;
}

const delay = 5; // milliseconds

export async function startRedisProxy(redisUrl: string): Promise<RedisProxy> {
  const { hostname, port } = new URL(redisUrl);
  const sockets = new Set<Socket>();
  let commands: string[] = [];
  let trips = 0;
  let waiting = 0; // for answers

  const proxy = createServer((client) => {
    const redis = connect(Number(port), hostname);
    for (const socket of [client, redis]) {
      sockets.add(socket);
      socket.setNoDelay();
      socket.on('error', () => socket.destroy());
    }
    client.on('data', (chunk) => {
      const sent = namesIn(chunk);
      if (sent.length > 0) {
        if (waiting === 0) trips += 1;
        waiting += sent.length;
        commands.push(...sent);
      }
      redis.write(chunk);
    });
    redis.on('data', async (chunk) => {
      await sleep(delay);
      waiting = Math.max(0, waiting - answersIn(chunk));
      client.write(chunk);
    });
    client.on('close', () => redis.destroy());
    redis.on('close', () => client.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');

  return {
    url: `redis://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    async count(act) {
      commands = [];
      trips = 0;
      await act();
      return { commands, trips };
    },
    stop() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    },
  };
}

/** The commands that begin in this chunk. Values of the bench are too short to fill more than one. */
function namesIn(chunk: Buffer): string[] {
  const names: string[] = [];
  for (let at = 0; at < chunk.length; ) {
    const [parts, afterCount] = lengthAt(chunk, at);
    at = afterCount;
    for (let part = 0; part < parts; part += 1) {
      const [length, begin] = lengthAt(chunk, at);
      if (part === 0) names.push(chunk.toString('latin1', begin, begin + length).toLowerCase());
      at = begin + length + 2;
    }
  }
  return names;
}

/** The number after `*` or `$`, and where what it counts begins. */
function lengthAt(chunk: Buffer, at: number): [number, number] {
  const end = chunk.indexOf('\r\n', at);
  return [Number(chunk.toString('latin1', at + 1, end)), end + 2];
}

/** How many whole answers are in this chunk. RESP 2 and 3, as far as they come here. */
function answersIn(chunk: Buffer): number {
  let answers = 0;
  for (let at = 0; at < chunk.length; answers += 1) at = endOf(chunk, at);
  return answers;
}

function endOf(chunk: Buffer, at: number): number {
  const type = String.fromCharCode(chunk[at] ?? 0);
  const [length, begin] = lengthAt(chunk, at);
  if (type === '$') return length < 0 ? begin : begin + length + 2;
  if (!['*', '%', '~', '>'].includes(type)) return begin;
  let end = begin;
  for (let part = 0; part < (type === '%' ? 2 * length : length); part += 1) end = endOf(chunk, end);
  return end;
}
