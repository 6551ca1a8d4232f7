/** Cold start to the first answer, and memory at rest. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startRedis } from '../../test/support/redis.js';
import type { Row } from '../servers/index.js';
import type { Node } from './node.js';
import { median } from './plan.js';
import { startServer } from './server-process.js';

export interface StartSummary {
  readonly server: string;
  /** In milliseconds. */
  readonly coldStart: number;
  /** In bytes, a second after the first answer. */
  readonly rss: number;
}

export async function measureStarts(rows: readonly Row[], node: Node, times: number): Promise<StartSummary[]> {
  const redis = await startRedis();
  const seen = rows.map((row) => ({ row, coldStarts: [] as number[], memory: [] as number[] }));
  try {
    for (let time = 0; time < times; time += 1) {
      for (const { row, coldStarts, memory } of seen) {
        const server = await startServer({ name: row.name, node, redis: redis.url, format: 'ES256' });
        try {
          await sleep(1000);
          coldStarts.push(server.coldStart);
          memory.push((await server.usage()).rss);
        } finally {
          await server.stop();
        }
      }
    }
  } finally {
    await redis.stop();
  }
  return seen.map(({ row, coldStarts, memory }) => ({ server: row.name, coldStart: median(coldStarts), rss: median(memory) }));
}
