/** Whether it grows with processes, and does not slow down with what is in the store. Ours alone. */
import { Redis } from 'ioredis';
import { type RedisServer, startRedis, startRedisCluster } from '../../test/support/redis.js';
import { openWorker } from '../driver/drive.js';
import type { Target } from '../driver/target.js';
import { jobNamed } from '../jobs/index.js';
import type { Start } from '../servers/start.js';
import { type Measured, startDriver } from './driver-process.js';
import type { Node } from './node.js';
import { inTurn, median, settlingOf } from './plan.js';
import { type ServerProcess, startServer } from './server-process.js';

export interface ScaleOptions {
  readonly node: Node;
  readonly rounds: number;
  readonly workers: number;
  readonly warmUp: number;
  readonly seconds: number;
  /** How many authorizations are there before it is measured. */
  readonly authorizations: readonly number[];
}

/** One job in one arrangement: medians of its rounds. */
export interface ScaleSummary {
  readonly node: string;
  readonly what: string;
  readonly job: string;
  readonly perSecond: number;
  /** For each second of CPU time that all processes of the server took. */
  readonly perCpuSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Of each round. */
  readonly p50s: readonly number[];
}

export const scaled = ['code', 'refresh'];

interface Arrangement {
  readonly what: string;
  readonly servers: readonly ServerProcess[];
  readonly stop: () => Promise<void>;
}

/** @param onFailed - told of a job that was not done; the other goes on */
export async function measureScale(options: ScaleOptions, onFailed: (job: string, why: string) => void): Promise<ScaleSummary[]> {
  const arrangements: Arrangement[] = [];
  const driver = startDriver();
  const { rounds, workers, warmUp, seconds } = options;
  try {
    for (const arrange of waysToArrange(options)) arrangements.push(await arrange());
    const summaries: ScaleSummary[] = [];
    let turn = 0; // of the user whose flow was copied
    for (const job of scaled) {
      const all = arrangements.map((arrangement) => ({ ...arrangement, measured: [] as Measured[] }));
      try {
        for (let round = 0; round < rounds; round += 1) {
          for (const { servers, measured } of inTurn(all, round)) {
            const untilWarm = round === 0 ? warmUp * servers.length : settlingOf(jobNamed(job)); // they share the requests
            const order = { job, target: targetOf(servers), workers, warmUp: untilWarm, seconds, turn: ++turn };
            measured.push(await driver.run(order, servers));
          }
        }
        summaries.push(...all.map(({ what, measured }) => summaryOf(options.node.version, what, job, measured)));
      } catch (error) {
        onFailed(job, (error as Error).message);
      }
    }
    return summaries;
  } finally {
    await driver.stop();
    await Promise.all(arrangements.map(({ stop }) => stop()));
  }
}

function waysToArrange({ node, authorizations }: ScaleOptions): (() => Promise<Arrangement>)[] {
  return [
    ...[1, 2, 4].map((processes) => async () => {
      const redis = await startRedis();
      const what = `${processes} ${processes === 1 ? 'process' : 'processes'} on one Redis`;
      return arrangementOf(what, await startServers(processes, redis.url, node), redis);
    }),
    async () => {
      const cluster = await startRedisCluster();
      return arrangementOf('1 process on a Redis Cluster of three', await startServers(1, { cluster: cluster.nodes }, node), cluster);
    },
    ...authorizations.map((count) => async () => {
      const redis = await startRedis();
      const servers = await startServers(1, redis.url, node);
      await fill(redis, count, targetOf(servers));
      return arrangementOf(`1 process, ${count.toLocaleString('en-US')} authorizations present`, servers, redis);
    }),
  ];
}

function arrangementOf(what: string, servers: readonly ServerProcess[], redis: Pick<RedisServer, 'stop'>): Arrangement {
  return {
    what,
    servers,
    async stop() {
      await Promise.all(servers.map((server) => server.stop()));
      await redis.stop();
    },
  };
}

/** On whatever core is free: several on one would tell nothing. */
async function startServers(processes: number, redis: Start['redis'], node: Node): Promise<ServerProcess[]> {
  const servers: ServerProcess[] = [];
  while (servers.length < processes) {
    const issuer = servers[0]?.target.urls[0];
    servers.push(await startServer({ name: 'ours', node, redis, format: 'ES256', core: 'any', ...(issuer !== undefined && { issuer }) }));
  }
  return servers;
}

function targetOf(servers: readonly ServerProcess[]): Target {
  const [first] = servers as [ServerProcess];
  return { ...first.target, urls: servers.flatMap(({ target }) => target.urls) };
}

function summaryOf(node: string, what: string, job: string, measured: readonly Measured[]): ScaleSummary {
  return {
    node,
    what,
    job,
    perSecond: median(measured.map(({ done, seconds }) => done / seconds)),
    perCpuSecond: median(measured.map(({ done, serverCpu }) => done / serverCpu)),
    p50: median(measured.map(({ p50 }) => p50)),
    p99: median(measured.map(({ p99 }) => p99)),
    p50s: measured.map(({ p50 }) => p50),
  };
}

/** KEYS: of one flow. ARGV: the first and the last number of the copies, which take the place of the last 8 characters of a name. */
const copies = `
for number = ARGV[1], ARGV[2] do
  for _, key in ipairs(KEYS) do
    redis.call('COPY', key, string.sub(key, 1, -9) .. string.format('%08d', number))
  end
end`;

const atOnce = 10_000;

/**
 * One flow is done in earnest, by the server itself; all that it leaves in Redis (session, consent, authorization and the lists of the user) is
 * copied by Redis so many times, with its form and its time to live, under names of the same length.
 */
export async function fill({ url }: Pick<RedisServer, 'url'>, count: number, target: Target): Promise<void> {
  const worker = await openWorker(0, 1, target, 'ES256');
  const redis = new Redis(url);
  try {
    await (await jobNamed('refresh').prepare(worker))();
    const ofFlow = (await redis.keys('oauth:*')).filter((key) => !key.endsWith(':signing-keys'));
    for (let first = 0; first < count; first += atOnce) {
      await redis.eval(copies, ofFlow.length, ...ofFlow, first, Math.min(first + atOnce, count) - 1);
    }
    const present = await redis.dbsize();
    if (present < ofFlow.length * count) throw new Error(`There are ${present} keys in place of ${ofFlow.length * count}.`);
  } finally {
    worker.connection.close();
    redis.disconnect();
  }
}
