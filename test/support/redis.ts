/** Real Redis servers for tests, on free ports of 127.0.0.1, each with a directory of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis, type RedisOptions } from 'ioredis';
import { type Certificates, makeCertificates } from './certificates.js';
import { freePort } from './free-port.js';

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
  /** Files that the arguments name, by name: they lie where the server starts. */
  readonly files?: Readonly<Record<string, string>>;
  /** It is a sentinel, with these lines of configuration: it writes into its own file. */
  readonly sentinel?: readonly string[];
  /** Who may do what besides the default user, who may do all: lines of an ACL file, of a sentinel lines of its configuration. */
  readonly users?: readonly string[];
  /** How it is asked whether it is up, where not by plain TCP and as the default user. */
  readonly connection?: RedisOptions;
}

export async function startRedis({
  appendonly = false,
  args = [],
  files = {},
  sentinel,
  users = [],
  connection = {},
}: RedisServerOptions = {}): Promise<RedisServer> {
  const port = await freePort();
  const dir = await mkdtemp(join(tmpdir(), 'oauth-redis-'));
  const administrator = `user default on ${connection.password ? `>${connection.password}` : 'nopass'} ~* &* +@all`;
  const configuration = sentinel
    ? { 'sentinel.conf': [`port ${port}`, 'bind 127.0.0.1', ...sentinel, ...users, ''].join('\n') }
    : { 'users.acl': [administrator, ...users, ''].join('\n') };
  for (const [name, text] of Object.entries({ ...files, ...configuration })) await writeFile(join(dir, name), text);
  const replication = ['--repl-diskless-sync-delay', '0'];
  const persistence = appendonly ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
  const accounts = users.length > 0 ? ['--aclfile', 'users.acl'] : [];
  const network = ['--bind', '127.0.0.1', ...(connection.tls ? ['--port', '0', '--tls-port'] : ['--port']), String(port)];
  let server: ChildProcess;

  async function start(): Promise<void> {
    const all = sentinel
      ? ['sentinel.conf', '--sentinel']
      : [...network, '--dir', dir, '--save', '', ...accounts, ...replication, ...persistence, ...args];
    server = spawn('redis-server', all, { stdio: 'ignore', cwd: dir });
    const ended = once(server, 'exit').then(([code]) => Promise.reject(new Error(`redis-server ended with ${code} before it answered.`)));
    await Promise.race([isUp({ port, ...connection }), ended]);
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

/** Waits until a server is up. */
async function isUp(connection: RedisOptions): Promise<void> {
  const settings: RedisOptions = { host: '127.0.0.1', ...connection, retryStrategy: () => 20, maxRetriesPerRequest: null };
  const client = new Redis({ ...settings, replyMapping: 'legacy' });
  client.on('error', () => {}); // it is not up yet
  await client.ping().finally(() => client.disconnect());
}

/** What the default user asks of it. */
export async function asAdmin<T>({ port }: { readonly port: number }, act: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis({ port, replyMapping: 'legacy' });
  try {
    return await act(client);
  } finally {
    client.disconnect();
  }
}

/** How many seconds it takes until this succeeds. */
export async function recovery(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  for (;;) {
    const isBack = await act().then(
      () => true,
      () => false,
    );
    if (isBack) return (performance.now() - start) / 1000;
    await sleep(20);
    if (performance.now() - start > 15_000) throw new Error('It did not recover within 15 seconds.');
  }
}

export interface RedisCluster {
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  /** The masters at the start, then their replicas in the same order. */
  readonly servers: readonly RedisServer[];
  stop(): Promise<void>;
}

export interface RedisClusterOptions extends RedisServerOptions {
  /** How many each master has; none if left out. */
  readonly replicas?: number;
  /** How many masters there are besides, without slots; none if left out. */
  readonly empty?: number;
  /** After how many milliseconds a silent node counts as failed. */
  readonly nodeTimeout?: number;
}

/** Three masters that share the 16384 slots, and their replicas. */
export async function startRedisCluster({
  replicas = 0,
  empty = 0,
  nodeTimeout = 15_000,
  args = [],
  ...options
}: RedisClusterOptions = {}): Promise<RedisCluster> {
  const masters = 3 + empty;
  const size = masters * (1 + replicas);
  const busPorts: number[] = [];
  while (busPorts.length < size) busPorts.push(await freePort());
  const settings = ['--cluster-enabled', 'yes', '--cluster-node-timeout', String(nodeTimeout), '--cluster-replica-validity-factor', '0'];
  const servers = await Promise.all(
    busPorts.map((busPort) => startRedis({ ...options, args: [...settings, '--cluster-port', String(busPort), ...args] })),
  );
  const clients = servers.map(({ url }) => new Redis(url, { replyMapping: 'legacy' }));
  const slots = [0, 5461, 10923, 16384] as const;
  for (const [index, client] of clients.entries()) {
    if (index < 3) await client.call('CLUSTER', 'ADDSLOTSRANGE', slots[index] ?? 0, (slots[index + 1] ?? 0) - 1);
    await client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
    await clients[0]?.call('CLUSTER', 'MEET', '127.0.0.1', servers[index]?.port ?? 0, busPorts[index] ?? 0);
  }
  const isWhole = async (client: Redis) => {
    const info = String(await client.call('CLUSTER', 'INFO'));
    return info.includes(`cluster_known_nodes:${size}`) && (info.includes('cluster_state:ok') || info.includes('cluster_size:0'));
  };
  for (const client of clients) await until(() => isWhole(client));
  for (const [index, client] of clients.entries()) {
    const master = clients[index % masters];
    if (index < masters || !master) continue;
    const id = String(await master.call('CLUSTER', 'MYID'));
    await until(async () => String(await client.call('CLUSTER', 'NODES')).includes(id));
    await client.call('CLUSTER', 'REPLICATE', id);
  }
  for (const master of servers.slice(0, replicas && masters)) await followed(master);
  for (const client of clients) {
    await until(async () => String(await client.call('CLUSTER', 'INFO')).includes('cluster_state:ok'));
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

/**
 * Waits until a replica receives what is written, which begins up to a second after its link is up. The write is one that changes nothing, needs
 * no key and, unlike PUBLISH in a Cluster, is replicated.
 */
export function followed(primary: { readonly port: number }): Promise<void> {
  return asAdmin(primary, (client) =>
    until(async () => {
      await client.call('FUNCTION', 'FLUSH');
      return Number(await client.call('WAIT', 1, 100)) >= 1;
    }),
  );
}

/** As `redis-cli --cluster reshard` does it. */
export async function moveSlots(first: number, count: number, from: RedisServer, to: RedisServer): Promise<void> {
  await asAdmin(from, (source) =>
    asAdmin(to, async (target) => {
      const [fromId, toId] = [String(await source.call('CLUSTER', 'MYID')), String(await target.call('CLUSTER', 'MYID'))];
      for (let slot = first; slot < first + count; slot += 1) {
        await target.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId);
        await source.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId);
        for (;;) {
          const keys = (await source.call('CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[];
          if (keys.length === 0) break;
          await source.call('MIGRATE', '127.0.0.1', to.port, '', 0, 5000, 'KEYS', ...keys);
        }
        await target.call('CLUSTER', 'SETSLOT', slot, 'NODE', toId);
        await source.call('CLUSTER', 'SETSLOT', slot, 'NODE', toId);
      }
    }),
  );
}

export interface RedisSentinel {
  /** How clients find it: options of ioredis. */
  readonly source: { readonly sentinels: { readonly host: string; readonly port: number }[]; readonly name: string };
  /** The primary at the start, then its replicas. */
  readonly servers: readonly RedisServer[];
  readonly sentinels: readonly RedisServer[];
  /** The one that is the primary now, as the sentinels have it. */
  primary(): Promise<RedisServer>;
  stop(): Promise<void>;
}

export interface RedisSentinelOptions extends RedisServerOptions {
  /** The users of the sentinels; `users` are those of the servers. */
  readonly sentinelUsers?: readonly string[];
}

/** One primary with two replicas, and three sentinels who count it as down after half a second of silence. */
export async function startRedisSentinel({ sentinelUsers = [], ...options }: RedisSentinelOptions = {}): Promise<RedisSentinel> {
  const name = 'oauth';
  const first = await startRedis(options);
  const replicaOf = ['--replicaof', '127.0.0.1', String(first.port)];
  const others = await Promise.all([1, 2].map(() => startRedis({ ...options, args: [...(options.args ?? []), ...replicaOf] })));
  const servers = [first, ...others];
  await asAdmin(first, (client) => until(async () => (await client.info('replication')).includes('connected_slaves:2')));
  const monitor = [
    `sentinel monitor ${name} 127.0.0.1 ${first.port} 2`,
    `sentinel down-after-milliseconds ${name} 500`,
    `sentinel failover-timeout ${name} 3000`,
  ];
  const sentinels = await Promise.all([1, 2, 3].map(() => startRedis({ sentinel: monitor, users: sentinelUsers })));
  for (const sentinel of sentinels) {
    const knowsAll = async (client: Redis) =>
      /slaves=2,sentinels=3/.test(await client.info('sentinel')) &&
      String(await client.call('SENTINEL', 'CKQUORUM', name)).startsWith('OK');
    await asAdmin(sentinel, (client) => until(() => knowsAll(client).catch(() => false)));
  }
  return {
    source: { sentinels: sentinels.map(({ port }) => ({ host: '127.0.0.1', port })), name },
    servers,
    sentinels,
    async primary() {
      const [, port] = await asAdmin(
        sentinels[0] as RedisServer,
        (client) => client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name) as Promise<string[]>,
      );
      return servers.find((server) => server.port === Number(port)) as RedisServer;
    },
    async stop() {
      await Promise.all([...sentinels, ...servers].map((server) => server.stop()));
    },
  };
}

export interface SecuredRedis extends RedisServer {
  readonly certificates: Certificates;
  /** How our store connects: by TLS, as the user who may do just what it needs. */
  readonly connection: RedisOptions;
}

const deployment = readFileSync(new URL('../../docs/deployment.md', import.meta.url), 'utf8');

/** The rules of the one command of docs/deployment.md that reads so. */
function documentedRules(command: RegExp): readonly string[] {
  const commands = deployment.match(/^ACL SETUSER oauth .*$/gm) ?? [];
  const [found, ...others] = commands.filter((text) => command.test(text));
  if (found === undefined || others.length > 0) throw new Error(`docs/deployment.md has not one command that is ${command}.`);
  return found.replace(/ *#.*/, '').split(' ').slice(3);
}

/** The rights that docs/deployment.md gives, by what they are for. */
export const leastRights = {
  everywhere: documentedRules(/~oauth:/),
  wait: documentedRules(/# with the option wait$/),
  db: documentedRules(/# with a db other than 0$/),
  cluster: documentedRules(/# in a Cluster$/),
  sentinel: documentedRules(/sentinel\|/),
};

/** A line of an ACL file, for the user whom `asLeastUser` is. */
export function leastUser(...rights: (readonly string[])[]): string {
  return `user oauth ${rights.flat().join(' ')}`;
}

export const asLeastUser = { username: 'oauth', password: 'password' };

/** One that is reached by TLS alone, and knows but one user besides an administrator. */
export async function startSecuredRedis(): Promise<SecuredRedis> {
  const certificates = makeCertificates('DNS:localhost', 'IP:127.0.0.1');
  const files = { 'ca.pem': certificates.ca, 'cert.pem': certificates.cert, 'key.pem': certificates.key };
  const tls = { ca: certificates.ca };
  const args = ['--tls-cert-file', 'cert.pem', '--tls-key-file', 'key.pem', '--tls-ca-cert-file', 'ca.pem', '--tls-auth-clients', 'no'];
  const server = await startRedis({
    args,
    files,
    users: [leastUser(leastRights.everywhere, leastRights.wait, leastRights.db)],
    connection: { host: '127.0.0.1', tls, password: 'admin' },
  });
  const connection = { host: '127.0.0.1', port: server.port, tls, ...asLeastUser };
  return { ...server, url: `rediss://oauth:password@127.0.0.1:${server.port}`, certificates, connection };
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(50);
}
