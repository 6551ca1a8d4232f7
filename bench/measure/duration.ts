/** How long a run will take, about. */
import { jobNamed } from '../jobs/index.js';
import type { Job } from '../jobs/job.js';
import type { Row } from '../servers/index.js';
import { ableTo, settlingOf } from './plan.js';
import { scaled } from './scale.js';

export interface Times {
  readonly rounds: number;
  readonly warmUp: number;
  readonly seconds: number;
}

/** What was seen beside the measured time itself, in seconds. */
const seen = { start: 0.7, preparation: 0.2, counting: 1.6, coldStart: 1.7, profile: 2.5, copy: 25 / 1e6 };

/** For the tokens that are shown in turn, before each round, in seconds: the most of what was seen of a server. */
const newTokensOf: Readonly<Record<string, number>> = { 'oidc-provider': 4, 'better-auth': 9 };

function preparationOf({ name: job }: Job, { name }: Row): number {
  return seen.preparation + (job.endsWith('-new') ? (newTokensOf[name] ?? 1) : 0);
}

export function durationOfSpeed(jobs: readonly Job[], servers: readonly Row[], { rounds, warmUp, seconds }: Times): number {
  const each = (job: Job, row: Row) =>
    seen.start + rounds * (preparationOf(job, row) + seconds) + (rounds - 1) * settlingOf(job) + warmUp * (job.warmUps ?? 1);
  return jobs.flatMap((job) => ableTo(job, servers).map((row) => each(job, row))).reduce((sum, duration) => sum + duration, 0);
}

export function durationOfCounting(jobs: readonly Job[], servers: readonly Row[]): number {
  return jobs.flatMap((job) => ableTo(job, servers)).length * seen.counting;
}

export function durationOfStarts(servers: readonly Row[], times: number): number {
  return servers.length * times * seen.coldStart;
}

export function durationOfScale(authorizations: readonly number[], { rounds, warmUp, seconds }: Times): number {
  const arrangements = 4 + authorizations.length;
  const processes = 1 + 2 + 4 + 1 + authorizations.length;
  const present = authorizations.reduce((sum, count) => sum + count, 0);
  const each = (job: Job) => processes * warmUp + arrangements * rounds * (seen.preparation + seconds + settlingOf(job));
  return scaled.reduce((sum, name) => sum + each(jobNamed(name)), processes * seen.start + present * seen.copy);
}

export function durationOfProfiles(jobs: readonly Job[], { warmUp, seconds }: Omit<Times, 'rounds'>): number {
  return jobs.reduce((sum, { warmUps = 1 }) => sum + seen.profile + warmUp * warmUps + seconds, 0);
}
