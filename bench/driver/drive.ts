/** The closed loop: each worker does the job again as soon as it is done, for so long. */
import { performance } from 'node:perf_hooks';
import type { JSONWebKeySet } from 'jose';
import { jobNamed } from '../jobs/index.js';
import type { Step, Worker } from '../jobs/job.js';
import { Connection } from './connection.js';
import { pathOf, type Target } from './target.js';

export interface Order {
  readonly job: string;
  readonly target: Target;
  readonly workers: number;
  /** For how long it is done before the measurement begins, in seconds: until the server has compiled what it uses. */
  readonly warmUp: number;
  /** In seconds. */
  readonly seconds: number;
  /** A part of the names of users, so that nobody has agreed already in an earlier turn, or at another server with the same Redis. Left out: 0. */
  readonly turn?: number;
}

export interface Result {
  /** How often the job was done in the measured time. */
  readonly done: number;
  readonly seconds: number;
  /** In milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** How many were verified in full. */
  readonly verified: number;
  /** Of the process that drives, in seconds of CPU time: one that is busy all the time measures itself. */
  readonly cpu: number;
}

/** One of so many is verified in full, after the measured time. */
const sampled = 200;

/** @param onMeasure - called when the warm-up is over, and when the measured time is */
export async function drive(
  { job: name, target, workers, warmUp, seconds, turn = 0 }: Order,
  onMeasure: () => Promise<void>,
): Promise<Result> {
  const job = jobNamed(name);
  const crew = await Promise.all(Array.from({ length: workers }, (_, index) => openWorker(index, workers, target, job.format, turn)));
  try {
    const steps = await Promise.all(crew.map((worker) => job.prepare(worker)));
    await loop(steps, warmUp);
    await onMeasure();
    const before = process.cpuUsage();
    const { latencies, proofs, elapsed } = await loop(steps, seconds);
    const { user, system } = process.cpuUsage(before);
    await onMeasure();
    const keys = await keysOf(target);
    for (const proof of proofs) await proof(keys);
    const sorted = Float64Array.from(latencies).sort();
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return {
      done: latencies.length,
      seconds: elapsed,
      p50: at(0.5),
      p99: at(0.99),
      verified: proofs.length,
      cpu: (user + system) / 1e6,
    };
  } finally {
    for (const { connection } of crew) connection.close();
  }
}

export async function openWorker(index: number, workers: number, target: Target, format: Worker['format'], turn = 0): Promise<Worker> {
  let times = 0;
  return {
    connection: await Connection.open(target.urls[index % target.urls.length] as string),
    target,
    format,
    workers,
    user() {
      const next = index + workers * times++;
      return target.users === undefined ? `user-${turn}-${next}` : `user-${next % target.users}`;
    },
  };
}

async function loop(steps: readonly Step[], seconds: number) {
  const latencies: number[] = [];
  const proofs: Awaited<ReturnType<Step>>[] = [];
  const begin = performance.now();
  const end = begin + seconds * 1000;
  await Promise.all(
    steps.map(async (step) => {
      for (let now = performance.now(); now < end; ) {
        const proof = await step();
        const then = performance.now();
        if (latencies.length % sampled === 0) proofs.push(proof);
        latencies.push(then - now);
        now = then;
      }
    }),
  );
  return { latencies, proofs, elapsed: (performance.now() - begin) / 1000 };
}

async function keysOf(target: Target): Promise<JSONWebKeySet> {
  if (target.paths.jwks === undefined) return { keys: [] };
  const connection = await Connection.open(target.urls[0] as string);
  try {
    return JSON.parse((await connection.send('GET', pathOf(target, 'jwks'))).body) as JSONWebKeySet;
  } finally {
    connection.close();
  }
}
