/** What one of each job costs in Redis: done by itself, again and again, while nothing else happens. */
import { openWorker } from '../driver/drive.js';
import type { Target } from '../driver/target.js';
import { jobNamed } from '../jobs/index.js';
import { type RedisCount, startRedisProxy } from './redis-proxy.js';
import { type ServerOptions, startServer } from './server-process.js';

const times = 5;

/** The most frequent of some: what a process does only now and then, such as reading a list anew each second, does not belong to the flow. */
export async function countInRedis(options: Omit<ServerOptions, 'redis'> & { readonly redis: string }, job: string): Promise<RedisCount> {
  const proxy = await startRedisProxy(options.redis);
  const server = await startServer({ ...options, redis: proxy.url });
  try {
    const counts = await countAll(server.target, job, (act) => proxy.count(act));
    const same = (a: RedisCount) => counts.filter((b) => a.trips === b.trips && a.commands.length === b.commands.length).length;
    return counts.reduce((best, count) => (same(count) > same(best) ? count : best));
  } finally {
    await server.stop();
    proxy.stop();
  }
}

async function countAll(target: Target, name: string, count: (act: () => Promise<unknown>) => Promise<RedisCount>): Promise<RedisCount[]> {
  const job = jobNamed(name);
  const worker = await openWorker(0, 1, target, job.format);
  try {
    const step = await job.prepare(worker);
    await step(); // the first of a process may load what all the others find
    const counts: RedisCount[] = [];
    while (counts.length < times) counts.push(await count(step));
    return counts;
  } finally {
    worker.connection.close();
  }
}
