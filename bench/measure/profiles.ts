/** Where the time goes, job by job. Profiling costs time itself: so what is measured here is shares, and nothing else. */
import { startRedis } from '../../test/support/redis.js';
import type { Job } from '../jobs/job.js';
import type { Cost } from '../servers/profile.js';
import { startDriver } from './driver-process.js';
import type { Node } from './node.js';
import { startServer } from './server-process.js';

export interface ProfileSummary {
  readonly node: string;
  readonly job: string;
  readonly costs: readonly Cost[];
}

const most = 10;

export async function measureProfiles(
  jobs: readonly Job[],
  { name, node, workers, seconds }: { name: string; node: Node; workers: number; seconds: number },
): Promise<ProfileSummary[]> {
  const driver = startDriver();
  const summaries: ProfileSummary[] = [];
  try {
    for (const { name: job, format } of jobs) {
      const redis = await startRedis();
      const server = await startServer({ name, node, redis: redis.url, format });
      try {
        const order = { job, target: server.target, workers, warmUp: 0 };
        await driver.run({ ...order, seconds: 2 }, [server]); // until V8 has compiled what it uses
        const servers: never[] = []; // it cannot be asked for its usage meanwhile
        const costs = await server.profile(() => driver.run({ ...order, seconds }, servers));
        summaries.push({ node: node.version, job, costs: costs.slice(0, most) });
      } finally {
        await server.stop();
        await redis.stop();
      }
    }
  } finally {
    await driver.stop();
  }
  return summaries;
}
