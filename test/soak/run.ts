/** A soak: mixed flows at a steady rate, one server process, a real Redis; and what becomes of memory, handles and keys. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import type { LifetimeOptions } from '../../lib/config/options/index.js';
import { startRedis } from '../support/redis.js';
import { flowAt } from './flows.js';
import { byKind, type Kept, keptIn, passTime } from './keys.js';

export interface SoakOptions {
  /** It ends after so many flows, or so many seconds, whichever comes first. */
  readonly flows?: number;
  readonly seconds?: number;
  /** Flows begun in a second; left out: as many as go. */
  readonly rate?: number;
  /** Between two samples, in seconds. */
  readonly every?: number;
  readonly onSample?: (sample: Sample, flows: number) => void;
}

/** Bytes, but for the numbers of handles and keys. */
export interface Sample {
  /** Since the start, in seconds. */
  readonly at: number;
  readonly rss: number;
  readonly heapUsed: number;
  readonly handles: number;
  readonly keys: number;
  readonly usedMemory: number;
  /** Flows begun in a second, since the sample before. */
  readonly rate: number;
}

export interface SoakReport {
  /** By name, how often. */
  readonly flows: Readonly<Record<string, number>>;
  /** What went wrong, each with its flow. */
  readonly failures: readonly string[];
  readonly seconds: number;
  readonly samples: readonly Sample[];
  /** Keys before the first flow, right after the last one, when what lives as long as `lifetimes` had gone, and at the end of all. */
  readonly keys: {
    readonly base: number;
    readonly full: number;
    readonly atEnd: number;
    readonly atEndByKind: Readonly<Record<string, number>>;
  };
  /** Keys that would have stayed for ever. */
  readonly immortal: readonly string[];
  readonly handles: { readonly base: number; readonly atEnd: number };
}

/** Short, so that what comes and what goes is soon the same. In seconds. */
const lifetimes: LifetimeOptions = {
  code: 60,
  accessToken: 60,
  idToken: 60,
  refreshToken: 60,
  authorization: 60,
  session: 60,
  consent: 60,
  ticket: 60,
};

/** More than anything lives here but the signing keys: requests that wait are remembered for a day. In seconds. */
const longer = 2 * 86_400;
const atOnce = 8;

export async function soak({
  flows = Number.POSITIVE_INFINITY,
  seconds = Number.POSITIVE_INFINITY,
  rate,
  every = 5,
  onSample,
}: SoakOptions) {
  const redis = await startRedis();
  const client = new Redis(redis.url);
  const child = fork(fileURLToPath(new URL('./process.js', import.meta.url)), { execArgv: ['--expose-gc', '--no-deprecation'] });
  try {
    await once(child, 'message');
    child.send({ redis: redis.url, lifetimes });
    const [url] = (await once(child, 'message')) as [string];
    await fetch(`${url}/oauth/jwks`); // makes the signing keys
    const base = (await client.dbsize()) as number;
    let begun = 0;
    let last = { at: 0, begun };
    const before = await sampleOf();

    const begin = performance.now();
    const now = () => (performance.now() - begin) / 1000;
    const done: Record<string, number> = {};
    const failures: string[] = [];
    const samples: Sample[] = [];
    let isOver = false;

    async function sampleOf(at = 0): Promise<Sample> {
      const since = last;
      last = { at, begun };
      child.send('sample');
      const [own] = (await once(child, 'message')) as [Pick<Sample, 'rss' | 'heapUsed' | 'handles'>];
      const usedMemory = Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
      return { at, ...own, keys: await client.dbsize(), usedMemory, rate: at > since.at ? (begun - since.begun) / (at - since.at) : 0 };
    }

    async function keepSampling(): Promise<void> {
      while (!isOver) {
        const sample = await sampleOf(now());
        samples.push(sample);
        onSample?.(sample, begun);
        for (let waited = 0; waited < every && !isOver; waited += 0.1) await sleep(100);
      }
    }

    async function work(): Promise<void> {
      while (begun < flows && now() < seconds) {
        if (rate !== undefined && begun > now() * rate) {
          await sleep(5);
          continue;
        }
        const { name, run } = flowAt(begun);
        begun += 1;
        done[name] = (done[name] ?? 0) + 1;
        await run(url).catch((error: unknown) => failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`));
      }
    }

    const sampling = keepSampling();
    await Promise.all(Array.from({ length: atOnce }, work));
    const took = now();
    isOver = true;
    await sampling;
    samples.push(await sampleOf(took));
    const kept = await keptIn(client);
    await passTime(client, longer);
    const left = await keptIn(client);
    const report: SoakReport = {
      flows: done,
      failures,
      seconds: took,
      samples,
      keys: { base, full: kept.length, atEnd: left.length, atEndByKind: byKind(left) },
      immortal: kept.filter(isImmortal).map(({ key }) => key),
      handles: { base: before.handles, atEnd: (await sampleOf()).handles },
    };
    return report;
  } finally {
    child.kill('SIGKILL');
    client.disconnect();
    await redis.stop();
  }
}

/** 0 is its last millisecond. */
function isImmortal({ pttl }: Kept): boolean {
  return pttl < 0;
}

/** How many handles more than before the first flow may be there: the connections of those who work, and timers under way. */
export const mostHandles = 2 * atOnce + 8;
