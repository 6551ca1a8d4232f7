/** Cold start to the first answer, and memory at rest. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startRedis } from '../../test/support/redis.js';
import type { Row } from '../servers/index.js';
import type { Node } from './node.js';
import { inTurn, median } from './plan.js';
import { startServer } from './server-process.js';

export interface StartSummary {
  readonly server: string;
  /** Of each time, in milliseconds. */
  readonly coldStarts: readonly number[];
  /** In bytes, a second after the first answer. */
  readonly rss: number;
}

/** @param onFailed - told of a server that did not start; it is left out, and the others go on */
export async function measureStarts(
  rows: readonly Row[],
  node: Node,
  times: number,
  onFailed: (server: string, why: string) => void,
): Promise<StartSummary[]> {
  const redis = await startRedis();
  let seen = rows.map((row) => ({ row, coldStarts: [] as number[], memory: [] as number[] }));
  try {
    for (let time = 0; time < times; time += 1) {
      for (const { row, coldStarts, memory } of inTurn(seen, time)) {
        try {
          const server = await startServer({ name: row.name, node, redis: redis.url, format: 'ES256' });
          try {
            await sleep(1000);
            memory.push((await server.usage()).rss);
            coldStarts.push(server.coldStart);
          } finally {
            await server.stop();
          }
        } catch (error) {
          onFailed(row.name, (error as Error).message);
          seen = seen.filter((one) => one.row !== row);
        }
      }
    }
  } finally {
    await redis.stop();
  }
  return seen.map(({ row, coldStarts, memory }) => ({ server: row.name, coldStarts, rss: median(memory) }));
}
