/** All that has been measured, by one run or by several, and how it is asked for. */

import type { Summary } from '../measure/plan.js';
import type { ProfileSummary } from '../measure/profiles.js';
import type { RedisCount } from '../measure/redis-proxy.js';
import type { ScaleSummary } from '../measure/scale.js';
import type { StartSummary } from '../measure/starts.js';
import { type Row, servers } from '../servers/index.js';

export interface Results {
  /** Of what was measured; of another one, or of another machine, nothing may be added. */
  readonly commit: string;
  readonly machine: string;
  readonly arrangement: string;
  readonly redis: string;
  readonly runs: readonly Run[];
  /** Servers that did not do what they should, each in a sentence. */
  readonly failures: readonly string[];
  readonly summaries: readonly Summary[];
  readonly redisCounts: readonly (RedisCount & { readonly server: string; readonly job: string })[];
  readonly starts: readonly (StartSummary & { readonly node: string })[];
  readonly scale: readonly ScaleSummary[];
  readonly profiles: readonly ProfileSummary[];
}

/** One call of `npm run bench`. */
export interface Run {
  readonly date: string;
  readonly command: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUp: number;
  readonly workers: number;
}

/** What was measured before, and what now: where both have measured the same, it is the later that counts. */
export function merge(before: Results, now: Results): Results {
  for (const name of ['commit', 'machine', 'arrangement', 'redis'] as const) {
    if (before[name] !== now[name]) throw new Error(`This cannot be added: the ${name} was ${before[name]}, and is ${now[name]}.`);
  }
  return {
    ...now,
    runs: [...before.runs, ...now.runs],
    failures: [...before.failures, ...now.failures],
    summaries: later(before.summaries, now.summaries, ({ node, job, server }) => `${node} ${job} ${server}`),
    redisCounts: later(before.redisCounts, now.redisCounts, ({ job, server }) => `${job} ${server}`),
    starts: later(before.starts, now.starts, ({ node, server }) => `${node} ${server}`),
    scale: later(before.scale, now.scale, ({ what, job }) => `${job} ${what}`),
    profiles: later(before.profiles, now.profiles, ({ job }) => job),
  };
}

function later<T>(before: readonly T[], now: readonly T[], nameOf: (row: T) => string): T[] {
  const again = new Set(now.map(nameOf));
  return [...before.filter((row) => !again.has(nameOf(row))), ...now];
}

/** The versions of Node for which speeds were measured, the newest first. */
export function nodesOf({ summaries, starts }: Pick<Results, 'summaries' | 'starts'>): string[] {
  const versions = new Set([...summaries, ...starts].map(({ node }) => node));
  return [...versions].sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
}

export function summaryOf({ summaries }: Pick<Results, 'summaries'>, node: string, job: string, server: string): Summary | undefined {
  return summaries.find((summary) => summary.node === node && summary.job === job && summary.server === server);
}

/** The fastest of all peers, by what is done in a second; among those on Express, if it is so asked. */
export function bestPeer(
  results: Pick<Results, 'summaries'>,
  node: string,
  job: string,
  onExpressAlone = false,
): (Summary & { readonly row: Row }) | undefined {
  const peers = servers
    .filter(({ kind, onExpress = true }) => kind === 'peer' && (onExpress || !onExpressAlone))
    .flatMap((row) => {
      const summary = summaryOf(results, node, job, row.name);
      return summary ? [{ ...summary, row }] : [];
    });
  return peers.sort((a, b) => b.perSecond - a.perSecond)[0];
}
