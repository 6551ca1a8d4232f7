/**
 * Where the time goes, job by job. Profiling costs time itself: so what is measured here is shares, and nothing else. It begins and ends in the
 * pauses of the driver, so that neither what was made ready for the job nor its verification is in it.
 */
import { startRedis } from '../../test/support/redis.js';
import type { Job } from '../jobs/job.js';
import type { Profile } from '../servers/profile.js';
import { startDriver } from './driver-process.js';
import type { Node } from './node.js';
import { type ServerProcess, startServer } from './server-process.js';

export interface ProfileSummary extends Profile {
  readonly node: string;
  readonly job: string;
}

const most = 10;

export async function measureProfiles(
  jobs: readonly Job[],
  { name, node, workers, warmUp, seconds }: { name: string; node: Node; workers: number; warmUp: number; seconds: number },
): Promise<ProfileSummary[]> {
  const driver = startDriver();
  const summaries: ProfileSummary[] = [];
  try {
    for (const { name: job, format, warmUps = 1 } of jobs) {
      const redis = await startRedis();
      const server = await startServer({ name, node, redis: redis.url, format });
      try {
        const profiled = profiledIn(server);
        await driver.run({ job, target: server.target, workers, warmUp: warmUp * warmUps, seconds }, [profiled]);
        const { costs, parts } = profiled.profile;
        summaries.push({ node: node.version, job, costs: costs.slice(0, most), parts: parts.slice(0, most) });
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

/** Between its first usage and its second. */
export function profiledIn(server: Pick<ServerProcess, 'usage' | 'beginProfile' | 'endProfile'>) {
  let isRunning = false;
  let profile: Profile = { costs: [], parts: [] };
  return {
    get profile() {
      return profile;
    },
    async usage() {
      if (isRunning) profile = await server.endProfile();
      const usage = await server.usage();
      if (!isRunning) await server.beginProfile();
      isRunning = !isRunning;
      return usage;
    },
  };
}
