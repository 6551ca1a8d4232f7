/** What a run of the bench does: each job by each server that can do it, in rounds, so that what disturbs the machine for a while hits all. */
import { Redis } from 'ioredis';
import { startRedis } from '../../test/support/redis.js';
import { openWorker } from '../driver/drive.js';
import type { Target } from '../driver/target.js';
import type { Job } from '../jobs/job.js';
import type { Row } from '../servers/index.js';
import { redisIsBesideDriver } from './cores.js';
import { type Driver, type Measured, startDriver } from './driver-process.js';
import type { Failure } from './failure.js';
import type { Node } from './node.js';
import { type ServerProcess, startServer } from './server-process.js';

export interface Plan {
  readonly servers: readonly Row[];
  readonly jobs: readonly Job[];
  readonly node: Node;
  readonly rounds: number;
  readonly workers: number;
  /** In seconds, of each server before its first round. */
  readonly warmUp: number;
  /** In seconds, of each round. */
  readonly seconds: number;
  /** Told after each job. */
  readonly onDone: (summaries: readonly Summary[]) => void;
  /** Told of a server that did not do what it should; it is left out of this job, and the others go on. */
  readonly onFailed: (failure: Omit<Failure, 'what'>) => void;
}

/** One job by one server: medians of its rounds. */
export interface Summary {
  readonly node: string;
  readonly job: string;
  readonly server: string;
  readonly perSecond: number;
  /** For each second of CPU time that the server took. */
  readonly perCpuSecond: number;
  /** In milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** In bytes, after each round. */
  readonly memory: readonly number[];
  readonly verified: number;
  /** Of the driver's core, how much it took, and Redis with it where they share one: near 1, it was these that were measured. */
  readonly driverLoad: number;
  /** What was done in a second, round by round: those of one number are as near to one another as can be. */
  readonly rounds: readonly number[];
  /** The same for a second of CPU time. */
  readonly cpuRounds: readonly number[];
}

interface Round extends Measured {
  /** In seconds of CPU time. */
  readonly redisCpu: number;
}

/** Of the core on which the driver is. */
export function loadOf({ cpu, redisCpu, seconds }: Pick<Round, 'cpu' | 'redisCpu' | 'seconds'>, isShared: boolean): number {
  return (cpu + (isShared ? redisCpu : 0)) / seconds;
}

/** What Redis has used, in seconds, as it tells of itself. */
export function cpuOf(info: string): number {
  const [, ...times] = /^used_cpu_sys:([\d.]+)\r?\nused_cpu_user:([\d.]+)/m.exec(info) ?? [];
  return times.reduce((sum, time) => sum + Number(time), 0);
}

/**
 * Before each round but the first, in seconds: the server has compiled what it uses, but the connections and sessions are new, and while others had
 * their turn its memory has left the caches. As many times as long as the job needs to warm up.
 */
export function settlingOf({ warmUps = 1 }: Job): number {
  return warmUps; // a second for each
}

export async function carryOut(plan: Plan): Promise<void> {
  const driver = startDriver();
  try {
    for (const job of plan.jobs) plan.onDone(await compare(job, plan, driver));
  } finally {
    await driver.stop();
  }
}

export function ableTo(job: Job, servers: readonly Row[]): readonly Row[] {
  return servers.filter(({ jobs }) => jobs.includes(job.name));
}

async function compare(job: Job, plan: Plan, driver: Driver): Promise<Summary[]> {
  const redis = await startRedis();
  let started: { readonly row: Row; readonly server: ServerProcess; readonly rounds: Round[] }[] = [];
  const asked = new Redis(redis.url);
  try {
    let turn = 0;
    for (const row of ableTo(job, plan.servers)) {
      const { name, checkout } = row;
      try {
        const server = await startServer({ name, checkout, node: plan.node, redis: redis.url, format: job.format });
        await checkRefusals(job, server.target, turn++).catch(async (error) => {
          await server.stop();
          throw error;
        });
        started.push({ row, server, rounds: [] });
      } catch (error) {
        plan.onFailed({ node: plan.node.version, job: job.name, server: nameOf(row), why: (error as Error).message });
      }
    }
    for (let round = 0; round < plan.rounds; round += 1) {
      for (const { row, server, rounds } of inTurn(started, round)) {
        const { workers, seconds } = plan;
        const warmUp = round === 0 ? plan.warmUp * (job.warmUps ?? 1) : settlingOf(job);
        try {
          const ofRedis: number[] = [];
          const watched = {
            async usage() {
              ofRedis.push(cpuOf(await asked.info('cpu')));
              return server.usage();
            },
          };
          const order = { job: job.name, target: server.target, workers, warmUp, seconds, turn: turn++ };
          const measured = await driver.run(order, [watched]);
          const [before = 0, after = 0] = ofRedis;
          rounds.push({ ...measured, redisCpu: after - before });
        } catch (error) {
          plan.onFailed({ node: plan.node.version, job: job.name, server: nameOf(row), why: (error as Error).message });
          started = started.filter((one) => one.server !== server);
          await server.stop();
        }
      }
    }
    return started.map(({ row, rounds }) => summaryOf(plan.node, job, row, rounds));
  } finally {
    asked.disconnect();
    await Promise.all(started.map(({ server }) => server.stop()));
    await redis.stop();
  }
}

/** @throws Error if it takes what it must refuse: it would be fast for not looking */
export async function checkRefusals(job: Job, target: Target, turn: number): Promise<void> {
  const worker = await openWorker(0, 1, target, job.format, turn);
  try {
    await job.refusals?.(worker);
  } finally {
    worker.connection.close();
  }
}

/** Another first in each round: whoever comes first finds the caches cold. */
export function inTurn<T>(all: readonly T[], round: number): T[] {
  const first = round % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}

function nameOf({ name, checkout }: Row): string {
  return checkout === undefined ? name : `${name} of ${checkout}`;
}

function summaryOf(node: Node, job: Job, row: Row, rounds: readonly Round[]): Summary {
  const perSecond = rounds.map(({ done, seconds }) => done / seconds);
  const perCpuSecond = rounds.map(({ done, serverCpu }) => done / serverCpu);
  return {
    node: node.version,
    job: job.name,
    server: nameOf(row),
    perSecond: median(perSecond),
    perCpuSecond: median(perCpuSecond),
    p50: median(rounds.map(({ p50 }) => p50)),
    p99: median(rounds.map(({ p99 }) => p99)),
    memory: rounds.map(({ rss }) => rss),
    verified: rounds.reduce((sum, { verified }) => sum + verified, 0),
    driverLoad: median(rounds.map((round) => loadOf(round, redisIsBesideDriver))),
    rounds: perSecond,
    cpuRounds: perCpuSecond,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? (sorted[Math.floor(middle)] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
