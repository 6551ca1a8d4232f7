/** Servers of Redis that die, or change their part, in the middle of many flows: nothing is issued twice, nothing is lost, and it goes on by itself. */
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Cluster, startCluster } from '../support/cluster.js';
import { expectNothingWrong, faultFlows, runFlows, tell } from '../support/fault-run.js';
import { asAdmin, moveSlots, type RedisServer, startRedis, startRedisCluster, startRedisSentinel } from '../support/redis.js';

const issuer = 'http://localhost:3000';
const lifetimes = { code: 600, refreshGrace: 300, ticket: 3600 }; // longer than the tests take
const minutes = faultFlows > 200 ? 15 : 1;

const opened: { stop(): Promise<void> }[] = [];
let apps: Cluster;

afterEach(async () => {
  expect({ isAlive: apps.isAlive, output: apps.output }).toEqual({ isAlive: true, output: expect.not.stringMatching(/unhandled/i) });
  await apps.kill();
  await Promise.all(opened.splice(0).map((servers) => servers.stop()));
});

async function serve(redis: string | object, others: object = {}): Promise<string[]> {
  apps = await startCluster(2, 'fault-process.js');
  return apps.serve({ issuer, lifetimes, redis, ...others });
}

async function open<T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const servers = await starting;
  opened.push(servers);
  return servers;
}

/** The lines that an operator reads of an outage: the same few of each process, however many requests were refused. */
function linesTold(pattern: RegExp): number {
  return apps.output.split('\n').filter((line) => pattern.test(line)).length;
}

describe('in the middle of many flows', () => {
  it(
    'a Redis that writes each change to disk is killed and restarted',
    async () => {
      const redis = await open(startRedis({ appendonly: true }));
      const urls = await serve(redis.url);
      const kills = faultFlows > 200 ? 3 : 1;
      const report = await runFlows({
        flows: faultFlows,
        urls,
        async fault() {
          for (let kill = 0; kill < kills; kill += 1) {
            if (kill > 0) await wait(1000);
            await redis.kill();
            await wait(1000);
            await redis.restart();
          }
        },
      });
      tell(`Redis killed (-9) and restarted, ${kills} times`, report);
      expectNothingWrong(report);
      expect(report.unavailable).toBeGreaterThan(0);
      expect(report.outage).toBeGreaterThanOrEqual((kills - 1) * 2); // each of them was noticed
      expect(report.outage).toBeLessThan((kills - 1) * 2 + 10);
      expect(linesTold(/^warn Redis cannot be reached/)).toBe(2 * kills);
      expect(linesTold(/^warn Redis is back/)).toBe(2 * kills);
      expect(linesTold(/^error The store does not answer/)).toBeLessThanOrEqual(2 * kills);
      expect(linesTold(/^error/)).toBeLessThan(2 * kills + 5);
    },
    minutes * 60_000,
  );

  it(
    'the primary is killed under Sentinel, and every write waits for a replica',
    async () => {
      const sentinel = await open(startRedisSentinel());
      const urls = await serve(sentinel.source, { wait: { replicas: 1, timeout: 1 } });
      const report = await runFlows({
        flows: faultFlows,
        urls,
        async fault() {
          const primary = await sentinel.primary();
          await primary.kill();
          while ((await sentinel.primary()) === primary) await wait(50);
          await primary.restart();
        },
      });
      tell('primary killed (-9) under Sentinel', report);
      expectNothingWrong(report);
      expect(report.unavailable).toBeGreaterThan(0);
      expect(report.outage).toBeLessThan(15);
    },
    minutes * 60_000,
  );

  it(
    'a failover is ordered under Sentinel, and the old primary, which lives on, had paused its writes',
    async () => {
      const sentinel = await open(startRedisSentinel());
      const urls = await serve(sentinel.source, { wait: { replicas: 1, timeout: 1 } });
      const primary = await sentinel.primary();
      const isReplaced = async () => (await sentinel.primary()) !== primary;
      const report = await runFlows({
        flows: faultFlows,
        urls,
        async fault() {
          await asAdmin(primary, (client) => client.call('CLIENT', 'PAUSE', 10_000, 'WRITE'));
          await asAdmin(sentinel.sentinels[0] as RedisServer, (client) => client.call('SENTINEL', 'FAILOVER', 'oauth'));
          while (!(await isReplaced())) await wait(50);
        },
      });
      tell('failover ordered under Sentinel', report);
      expectNothingWrong(report);
      expect(report.outage).toBeLessThan(8); // sooner than Sentinel makes a replica of the old one
    },
    minutes * 60_000,
  );

  it(
    'a master of a Cluster is killed, and every write waits for a replica',
    async () => {
      const cluster = await open(startRedisCluster({ replicas: 1, nodeTimeout: 1000 }));
      const urls = await serve({ cluster: cluster.nodes.slice(1, 3) }, { wait: { replicas: 1, timeout: 1 } });
      const [first, second] = cluster.servers as [RedisServer, RedisServer];
      const killed = await runFlows({
        flows: faultFlows,
        urls,
        async fault() {
          await first.kill();
          await untilMasterOf(0, second, first.port);
          await first.restart();
        },
      });
      tell('a master killed (-9) in a Cluster', killed);
      expectNothingWrong(killed);
      expect(killed.unavailable).toBeGreaterThan(0);
      expect(killed.outage).toBeLessThan(15);
    },
    minutes * 60_000,
  );

  it(
    'slots of a Cluster are moved to another master, and every write waits for a replica',
    async () => {
      const cluster = await open(startRedisCluster({ replicas: 1 }));
      const urls = await serve({ cluster: cluster.nodes }, { wait: { replicas: 1, timeout: 1 } });
      const [from, to] = cluster.servers as [RedisServer, RedisServer];
      const moved = await runFlows({ flows: faultFlows, urls, fault: () => moveSlots(0, 500, from, to) });
      tell('500 slots moved in a Cluster', moved);
      expectNothingWrong(moved);
      expect(moved.unavailable).toBe(0);
    },
    minutes * 60_000,
  );
});

/** Waits until another than this port is the master of a slot. */
async function untilMasterOf(slot: number, witness: RedisServer, port: number): Promise<void> {
  await asAdmin(witness, async (client) => {
    for (;;) {
      const ranges = (await client.call('CLUSTER', 'SLOTS')) as [number, number, [string, number]][];
      const range = ranges.find(([first, last]) => first <= slot && slot <= last);
      if (range && range[2][1] !== port) return;
      await wait(50);
    }
  });
}
