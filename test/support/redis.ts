/** Real Redis servers for tests, on free ports of 127.0.0.1, each with a directory of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Ends it and removes its directory. */
  stop(): Promise<void>;
  /** Ends it at once, as a crash would; `restart` starts it again on its port and directory. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Lets it hang: its connections stay open, and nothing is answered until `resume`. */
  pause(): void;
  resume(): void;
}

export interface RedisServerOptions {
  /** Writes every change to disk before it answers, so that a crash loses nothing. Default false: nothing is kept. */
  readonly appendonly?: boolean;
  /** More arguments of `redis-server`. */
  readonly args?: readonly string[];
}

export async function startRedis({ appendonly = false, args = [] }: RedisServerOptions = {}): Promise<RedisServer> {
  const port = await freePort();
  const dir = await mkdtemp(join(tmpdir(), 'oauth-redis-'));
  const persistence = appendonly ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
  const network = ['--bind', '127.0.0.1', '--port', String(port)];
  let server: ChildProcess;

  async function start(): Promise<void> {
    server = spawn('redis-server', [...network, '--dir', dir, '--save', '', ...persistence, ...args], { stdio: 'ignore' });
    const ended = once(server, 'exit').then(([code]) => Promise.reject(new Error(`redis-server ended with ${code} before it answered.`)));
    const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 20, maxRetriesPerRequest: null });
    client.on('error', () => {}); // it is not up yet
    await Promise.race([client.ping(), ended]).finally(() => client.disconnect());
  }

  async function kill(): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  }

  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    kill,
    restart: start,
    async stop() {
      await kill();
      await rm(dir, { recursive: true, force: true });
    },
    pause: () => void server.kill('SIGSTOP'),
    resume: () => void server.kill('SIGCONT'),
  };
}

export interface RedisCluster {
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly servers: readonly RedisServer[];
  stop(): Promise<void>;
}

/** Three masters that share the 16384 slots, without replicas. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const busPorts = [await freePort(), await freePort(), await freePort()];
  const servers = await Promise.all(
    busPorts.map((busPort) => startRedis({ args: ['--cluster-enabled', 'yes', '--cluster-port', String(busPort)] })),
  );
  const clients = servers.map(({ url }) => new Redis(url));
  const slots = [0, 5461, 10923, 16384] as const;
  for (const [index, client] of clients.entries()) {
    await client.call('CLUSTER', 'ADDSLOTSRANGE', slots[index] ?? 0, (slots[index + 1] ?? 0) - 1);
    await client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
    await clients[0]?.call('CLUSTER', 'MEET', '127.0.0.1', servers[index]?.port ?? 0, busPorts[index] ?? 0);
  }
  for (const client of clients) {
    await until(async () => {
      const info = String(await client.call('CLUSTER', 'INFO'));
      return info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:3');
    });
    client.disconnect();
  }
  return {
    nodes: servers.map(({ port }) => ({ host: '127.0.0.1', port })),
    servers,
    async stop() {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(50);
}
