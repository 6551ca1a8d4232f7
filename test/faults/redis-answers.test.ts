/** A Redis that is slow, silent, full, read-only or talks nonsense: whoever asks is told in time, nothing piles up, and it goes on by itself. */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { Agent } from '../support/agent.js';
import { type Cluster, startCluster, until } from '../support/cluster.js';
import { type Line, startLine } from '../support/line.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { authorizeUrl, callApi, freshCode, pkce, token } from '../support/server.js';

const long = process.env.FAULT_FLOWS !== undefined;
const seconds = long ? 30 : 4;
const perSecond = 200;
const issuer = 'http://localhost:3000';
const megabyte = 2 ** 20;

let redis: RedisServer;
let line: Line;
let app: Cluster;
let url: string;
let admin: Redis;

beforeAll(async () => {
  [redis, app] = await Promise.all([startRedis(), startCluster(1, 'fault-process.js')]);
  line = await startLine(redis.port);
  admin = new Redis(redis.url);
  [url = ''] = await app.serve({ issuer, redis: line.url, lifetimes: { code: 600, refreshGrace: 300 } });
  await token(url, await freshCode(url)); // all is warm
});

afterAll(async () => {
  admin.disconnect();
  await app.kill();
  await line.close();
  await redis.stop();
});

interface Load {
  /** How often each status was answered; 0: there was no answer, or a 503 that does not say when to try again. */
  readonly statuses: Readonly<Record<number, number>>;
  /** The longest that anybody waited, in seconds. */
  readonly slowest: number;
}

/** Refreshes that have to ask Redis, so many a second, whether or not the others were answered. */
async function load(refresh_token: string | undefined): Promise<Load> {
  const statuses: Record<number, number> = {};
  let slowest = 0;
  const under: Promise<void>[] = [];
  for (let sent = 0; sent < seconds * perSecond; sent += 10) {
    for (let burst = 0; burst < 10; burst += 1) {
      const start = performance.now();
      const note = (status: number) => {
        statuses[status] = (statuses[status] ?? 0) + 1;
        slowest = Math.max(slowest, (performance.now() - start) / 1000);
      };
      under.push(
        token(url, { grant_type: 'refresh_token', refresh_token }).then(
          ({ status, headers }) => note(status === 503 && !headers.has('retry-after') ? 0 : status),
          () => note(0),
        ),
      );
    }
    await wait((10 / perSecond) * 1000);
  }
  await Promise.all(under);
  return { statuses, slowest };
}

async function flow(): Promise<string | undefined> {
  const { body } = await token(url, await freshCode(url));
  expect((await callApi(url, body.access_token)).status).toBe(200);
  return body.refresh_token;
}

describe.each([
  {
    name: 'takes a second for each answer',
    begin: async () => line.become({ delay: 1000 }),
    end: async () => line.become({ delay: 0 }),
    answers: [200, 503],
    slowest: 8,
  },
  {
    name: 'hangs',
    begin: async () => line.become({ isSilent: true }),
    end: async () => line.become({ isSilent: false }),
    answers: [503],
    slowest: 6,
  },
  {
    name: 'has no memory left',
    begin: async () => void (await admin.config('SET', 'maxmemory', '1')),
    end: async () => void (await admin.config('SET', 'maxmemory', '0')),
    answers: [503],
    slowest: 6,
  },
  {
    name: 'is read-only',
    begin: async () => void (await admin.replicaof('127.0.0.1', '1')),
    end: async () => void (await admin.replicaof('NO', 'ONE')),
    answers: [503],
    slowest: 6,
  },
  {
    name: 'answers garbage',
    begin: async () => line.become({ garbage: 'HTTP/1.1 400 Bad Request\r\n\r\n' }),
    end: async () => line.become({ garbage: undefined }),
    answers: [503],
    slowest: 6,
  },
])('Redis $name', ({ name, begin, end, answers, slowest }) => {
  it(
    `for ${seconds} s under load: each answer comes in time, memory and sockets stay flat, and then all is well again`,
    async () => {
      const refresh_token = await flow();
      const before = await app.figures(0);
      await begin();
      const seen = await load(refresh_token);
      const connections = line.connections;
      await end();
      const start = performance.now();
      await until(async () => (await flow().catch(() => undefined)) !== undefined, 15);
      const recovered = (performance.now() - start) / 1000;
      await wait(500);
      const after = await app.figures(0);
      if (long) {
        const statuses = Object.entries(seen.statuses).map(([status, times]) => `${times} × ${status}`);
        const grown = ((after.heapUsed - before.heapUsed) / megabyte).toFixed(1);
        const cells = [`Redis ${name}`, statuses.join(', '), seen.slowest.toFixed(1), connections, grown, recovered.toFixed(1)];
        process.stdout.write(`| ${cells.join(' | ')} |\n`);
      }
      for (const status of Object.keys(seen.statuses)) expect(answers).toContain(Number(status));
      expect(seen.slowest).toBeLessThan(slowest);
      expect(connections).toBeLessThanOrEqual(3);
      expect(recovered).toBeLessThan(10);
      expect(after.heapUsed - before.heapUsed).toBeLessThan(20 * megabyte);
      expect(app.isAlive).toBe(true);
    },
    (seconds + 60) * 1000,
  );
});

it('the operator reads of each outage in a few lines, and of no request', () => {
  const lines = app.output.split('\n').filter((text) => /^(warn|error)/.test(text));
  if (lines.length > 20) throw new Error(lines.join('\n')); // five outages, of two lines or four
  expect(lines).toContainEqual(expect.stringMatching(/^error The store does not answer\./));
  expect(app.output).not.toMatch(/unhandled/i);
});

it('pages say 503 as the token endpoint does', async () => {
  line.become({ isSilent: true });
  const agent = new Agent(url);
  await expect(freshCode(url, {}, agent)).rejects.toThrow('Please try again in a moment</h1>');
  line.become({ isSilent: false });
});

it('who asks in silence is sent back to the client, and the operator reads no line of it', async () => {
  const agent = new Agent(url);
  const isSignedIn = () =>
    freshCode(url, {}, agent).then(
      () => true,
      () => false,
    );
  await until(isSignedIn, 20);
  line.become({ isSilent: true });
  const answer = await agent.get(authorizeUrl(url, pkce().code_challenge, { prompt: 'none' }));
  expect(new URL(answer.headers.get('location') ?? '').searchParams.get('error')).toBe('temporarily_unavailable');
  expect(app.output).not.toMatch(/^error authorize/m);
  line.become({ isSilent: false });
});
