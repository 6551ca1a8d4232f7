/** All that has been measured, by one run or by several, and how it is asked for. */

import { type Failure, Refusal, type What } from '../measure/failure.js';
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
  readonly failures: readonly Failure[];
  readonly summaries: readonly Summary[];
  readonly redisCounts: readonly (RedisCount & { readonly node: string; readonly server: string; readonly job: string })[];
  readonly starts: readonly (StartSummary & { readonly node: string })[];
  readonly scale: readonly ScaleSummary[];
  readonly profiles: readonly ProfileSummary[];
}

/** One call of `npm run bench`. */
export interface Run {
  readonly date: string;
  readonly command: string;
  readonly what: readonly What[];
  /** Versions. */
  readonly nodes: readonly string[];
  /** Names; left out: all. */
  readonly jobs?: readonly string[];
  /** Names; left out: all. */
  readonly servers?: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUp: number;
  readonly workers: number;
}

/**
 * What was measured before, and what now: where both have measured the same, it is the later that counts. What is compared must have been measured
 * side by side, so a job that is measured again replaces all its servers, and a part of them cannot be added. @throws Refusal
 */
export function merge(before: Results, now: Results): Results {
  for (const name of ['commit', 'machine', 'arrangement', 'redis'] as const) {
    if (before[name] !== now[name]) throw new Refusal(`This cannot be added: the ${name} was ${before[name]}, and is ${now[name]}.`);
  }
  const inPart = now.runs.flatMap(({ servers: some, what }) => (some ? what.filter((name) => name === 'speed' || name === 'starts') : []));
  if (inPart.length > 0) {
    throw new Refusal(
      `This cannot be added: ${inPart.join(' and ')} of some servers would stand beside those of another run. Leave out --servers.`,
    );
  }
  const lost = now.failures.filter(({ job, server }) => job !== undefined || server !== undefined);
  const kept = <Row extends Measured>(what: What, rows: readonly Row[], again: readonly Row[], isSame: (a: Row, b: Row) => boolean) => [
    ...rows.filter((row) => !again.some((later) => isSame(row, later)) && !lost.some((failure) => isOf(failure, what, row))),
    ...again,
  ];
  const measured = (['speed', 'redis', 'starts', 'scale', 'profiles'] as const).flatMap((what) =>
    rowsOf(now, what).map((row) => ({ what, row })),
  );
  const isOld = (failure: Failure) =>
    measured.some(({ what, row }) => isOf(failure, what, row)) ||
    now.failures.some(({ what, node, job, server }) => isOf(failure, what, { node, ...(job && { job }), ...(server && { server }) }));
  return {
    ...now,
    runs: [...before.runs, ...now.runs],
    failures: [...before.failures.filter((failure) => !isOld(failure)), ...now.failures],
    summaries: kept('speed', before.summaries, now.summaries, (a, b) => a.node === b.node && a.job === b.job),
    redisCounts: kept(
      'redis',
      before.redisCounts,
      now.redisCounts,
      (a, b) => a.node === b.node && a.job === b.job && a.server === b.server,
    ),
    starts: kept('starts', before.starts, now.starts, (a, b) => a.node === b.node),
    scale: kept('scale', before.scale, now.scale, (a, b) => a.node === b.node && a.job === b.job),
    profiles: kept('profiles', before.profiles, now.profiles, (a, b) => a.node === b.node && a.job === b.job),
  };
}

/** What a failure is told of; where there is no server, it is ours. */
interface Measured {
  readonly node: string;
  readonly job?: string;
  readonly server?: string;
}

function rowsOf({ summaries, redisCounts, starts, scale, profiles }: Results, what: What): readonly Measured[] {
  return { speed: summaries, redis: redisCounts, starts, scale, profiles }[what];
}

function isOf(failure: Failure, what: What, { node, job, server }: Measured): boolean {
  const isNamed = (of: string | undefined, name: string | undefined) => of === undefined || of === name;
  return failure.what === what && failure.node === node && isNamed(failure.job, job) && isNamed(failure.server, server);
}

/** Those of the newest Node among some rows. */
export function ofNewest<Row extends { readonly node: string }>(rows: readonly Row[]): readonly Row[] {
  const [newest] = newestFirst(rows);
  return rows.filter(({ node }) => node === newest);
}

/** The versions of Node for which speeds were measured, the newest first. */
export function nodesOf({ summaries, starts }: Pick<Results, 'summaries' | 'starts'>): string[] {
  return newestFirst([...summaries, ...starts]);
}

function newestFirst(rows: readonly { readonly node: string }[]): string[] {
  const versions = new Set(rows.map(({ node }) => node));
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
