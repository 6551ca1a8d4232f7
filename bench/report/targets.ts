/** What is aimed at: ratios within one run, on the newest Node, and less of what Redis, memory and the start cost. */
import { jobNamed, jobs } from '../jobs/index.js';
import { median, type Summary } from '../measure/plan.js';
import { serverNamed } from '../servers/index.js';
import { bestPeer, nodesOf, ofNewest, type Results, summaryOf } from './results.js';

/** The driver was so busy that more could not be asked for: then the CPU time tells more than the clock. */
export const busyDriver = 0.9;

export type Verdict = 'met' | 'missed' | 'cannot be told' | 'no aim';

export interface Outcome {
  readonly title: string;
  readonly against: string;
  readonly aim: string;
  /** What was seen; by the clock, where it is a rate. */
  readonly seen: string;
  /** The same by the CPU time of the server. */
  readonly byCpu?: string;
  readonly verdict: Verdict;
  /** Whether the driver had no time left, on one side or the other. */
  readonly isMarked?: boolean;
}

interface RateTarget {
  readonly job: string;
  /** How many times as much as oidc-provider. */
  readonly oidcProvider?: number;
  /** How many times as much as the best of all peers, of those on Express, or as this one. */
  readonly bestPeer?: number;
  readonly among?: 'those on Express' | 'jwt-bearer';
  /** What share of the limit in Express, or of this server. */
  readonly limit?: number | undefined;
  readonly limitBy?: string;
}

const rates: readonly RateTarget[] = [
  { job: 'client-credentials-es256', oidcProvider: 2, bestPeer: 1.1, limit: 0.9 },
  { job: 'refresh', oidcProvider: 2.5, bestPeer: 1, limit: 0.85 },
  { job: 'code', oidcProvider: 5, bestPeer: 1.5, limit: 0.8 },
  { job: 'code-openid', oidcProvider: 3, bestPeer: 3, limit: 0.8 },
  { job: 'full', oidcProvider: 5, bestPeer: 1.1, limit: 0.8 },
  ...anewAndAgain({ job: 'introspection', oidcProvider: 3, bestPeer: 3, limit: 0.8 }),
  ...anewAndAgain({ job: 'userinfo', oidcProvider: 4, bestPeer: 1.2, limit: 0.8 }),
  { job: 'metadata', bestPeer: 1, among: 'those on Express', limit: 0.9 },
  { job: 'jwks', bestPeer: 1, among: 'those on Express', limit: 0.9 },
  ...anewAndAgain({ job: 'protect-jwt', bestPeer: 1.5, among: 'jwt-bearer', limit: 0.95, limitBy: 'bare-jose' }),
];

/**
 * Where tokens are shown, the same is aimed at for those that are verified anew each time, and for those that the server may know to be genuine.
 * Of these a bare verification is no limit: it does what is left out.
 */
function anewAndAgain(target: RateTarget): RateTarget[] {
  return [{ ...target, job: `${target.job}-new` }, target.limitBy === undefined ? target : { ...target, limit: undefined }];
}

/** The jobs for which there is an aim, in the order of the table. */
export const aimedAt: readonly string[] = rates.map(({ job }) => job);

const counts = [
  { job: 'code', commands: 7, trips: 5 },
  { job: 'full', commands: 12 },
] as const;

/** One for each thing that is aimed at and was measured. */
export function outcomesOf(results: Results): Outcome[] {
  const [newest] = nodesOf(results);
  return [
    ...(newest === undefined ? [] : rates.flatMap((target) => rateOutcomes(results, newest, target))),
    ...countOutcomes(results),
    ...(newest === undefined ? [] : startOutcomes(results, newest)),
    ...nodesOf(results).flatMap((node) => (node !== newest && node.startsWith('20.') ? olderOutcomes(results, node) : [])),
    ...scaleOutcomes(results),
  ];
}

function rateOutcomes(results: Results, node: string, target: RateTarget): Outcome[] {
  const ours = summaryOf(results, node, target.job, 'ours');
  if (!ours) return [];
  const compare = (other: Summary | undefined, against: string, aim: number | undefined, write: (ratio: number) => string): Outcome[] => {
    if (!other || aim === undefined) return [];
    return [{ ...compared(ours, other, write), against, aim: `≥ ${write(aim)}`, verdict: judge(ours, other, aim) }];
  };
  /** What is only told, so that a reader sees why a share is missed. */
  const tell = (server: string): Outcome[] => {
    const other = summaryOf(results, node, target.job, server);
    return other ? [{ ...compared(ours, other, share), against: serverNamed(server).title, aim: '', verdict: 'no aim' }] : [];
  };
  const [peer, calledPeer] = peerOf(results, node, target);
  const { limitBy = 'limit-express' } = target;
  const limit = summaryOf(results, node, target.job, limitBy);
  return [
    ...compare(summaryOf(results, node, target.job, 'oidc-provider'), 'oidc-provider', target.oidcProvider, times),
    ...compare(peer, calledPeer, target.bestPeer, times),
    ...compare(limit, serverNamed(limitBy).title, target.limit, share),
    ...(target.limit === undefined && target.limitBy !== undefined ? tell(limitBy) : []),
    ...(limitBy === 'limit-express' ? [] : tell('limit-express')),
    ...(target.limit === undefined ? [] : tell('limit-jose')),
  ];
}

function compared(ours: Summary, other: Summary, write: (ratio: number) => string) {
  return {
    title: jobNamed(ours.job).title,
    seen: withRange(ratiosOf(ours.rounds, other.rounds), write),
    byCpu: withRange(ratiosOf(ours.cpuRounds, other.cpuRounds), write),
    isMarked: isBusy(ours, other),
  };
}

function withRange(values: readonly number[], write: (value: number) => string): string {
  return `${write(median(values))} (${write(Math.min(...values))} to ${write(Math.max(...values))})`;
}

function times(ratio: number): string {
  return `${Number(ratio.toFixed(2))}×`;
}

function share(ratio: number): string {
  return `${Math.round(ratio * 100)} %`;
}

/** What is done in a second, against another server: the median of the rounds. */
export function ratioOf(ours: Summary, other: Summary): number {
  return median(ratiosOf(ours.rounds, other.rounds));
}

/** Of each round against the same round of the other: what disturbed the machine for minutes hit both. */
function ratiosOf(ours: readonly number[], others: readonly number[]): number[] {
  return ours.flatMap((value, round) => {
    const other = others[round];
    return other === undefined ? [] : [value / other];
  });
}

function isBusy(ours: Summary, other: Summary): boolean {
  return ours.driverLoad > busyDriver || other.driverLoad > busyDriver;
}

/** As close to an aim as this, what is seen depends on the round. */
const close = 0.05;

/** With fewer rounds, chance alone may have them all agree. */
const enoughRounds = 3;

function judge(ours: Summary, other: Summary, aim: number): Verdict {
  const verdict = judgeRatios(ratiosOf(ours.rounds, other.rounds), aim);
  const isMetByCpu = median(ratiosOf(ours.cpuRounds, other.cpuRounds)) >= aim;
  return verdict === 'met' && isBusy(ours, other) && !isMetByCpu ? 'cannot be told' : verdict;
}

/** Of each round, which must be no less than the aim. */
function judgeRatios(ratios: readonly number[], aim: number): Verdict {
  const seen = median(ratios);
  const differ = ratios.some((ratio) => ratio >= aim) && ratios.some((ratio) => ratio < aim);
  if (ratios.length < enoughRounds || (differ && Math.abs(seen / aim - 1) <= close)) return 'cannot be told';
  return seen < aim ? 'missed' : 'met';
}

function peerOf(results: Results, node: string, { job, among }: RateTarget): [Summary | undefined, string] {
  if (among === 'jwt-bearer') return [summaryOf(results, node, job, among), serverNamed(among).title];
  const best = bestPeer(results, node, job, among === 'those on Express');
  return [best, `${among ? 'best peer on Express' : 'best of all peers'}: ${best?.row.title}`];
}

function countOutcomes({ redisCounts }: Results): Outcome[] {
  return counts.flatMap((aim) => {
    const trips = 'trips' in aim ? aim.trips : undefined;
    const write = (commands: number, roundTrips: number) =>
      `${commands} commands${trips === undefined ? '' : ` in ${roundTrips} round trips`}`;
    const countOf = (server: string) => ofNewest(redisCounts).find((count) => count.job === aim.job && count.server === server);
    const [ours, other] = [countOf('ours'), countOf('oidc-provider')];
    if (!ours) return [];
    return [
      {
        title: `Redis: ${jobNamed(aim.job).title}`,
        against: other ? `oidc-provider: ${write(other.commands.length, other.trips)}` : '',
        aim: `≤ ${write(aim.commands, trips ?? 0)}`,
        seen: write(ours.commands.length, ours.trips),
        verdict: ours.commands.length <= aim.commands && (trips === undefined || ours.trips <= trips) ? 'met' : 'missed',
      },
    ];
  });
}

function startOutcomes(results: Results, node: string): Outcome[] {
  const startsOf = (server: string) => results.starts.find((start) => start.node === node && start.server === server)?.coldStarts;
  const memoryOf = (server: string) => summaryOf(results, node, 'code', server)?.memory;
  const less = (title: string, of: (server: string) => readonly number[] | undefined, write: (value: number) => string): Outcome[] => {
    const [ours, other] = [of('ours'), of('oidc-provider')];
    if (!ours || !other) return [];
    const verdict = judgeRatios(ratiosOf(other, ours), 1);
    return [{ title, against: `oidc-provider: ${withRange(other, write)}`, aim: 'less', seen: withRange(ours, write), verdict }];
  };
  return [
    ...less('memory after the load of the code flow', memoryOf, (bytes) => `${Math.round(bytes / 1e6)} MB`),
    ...less('cold start to the first answer', startsOf, (milliseconds) => `${Math.round(milliseconds)} ms`),
  ];
}

/** On Node 20: ahead of every peer on every job, and the same share of the limit. */
function olderOutcomes(results: Results, node: string): Outcome[] {
  return jobs
    .flatMap(({ name: job }) => {
      const aims = rates.find((target) => target.job === job);
      const { limit, limitBy } = aims ?? {};
      return rateOutcomes(results, node, { job, bestPeer: 1, limit, ...(limitBy !== undefined && { limitBy }) });
    })
    .map((outcome) => ({ ...outcome, title: `Node 20: ${outcome.title}` }));
}

/** Growth by more than this would be a finding. */
const noticeable = 1.1;

/** From the fewest authorizations that are present to the most, the median latency may not grow. */
function scaleOutcomes({ scale }: Results): Outcome[] {
  const countOf = (what: string) => Number(/ ([\d,]+) authorizations present$/.exec(what)?.[1]?.replaceAll(',', '') ?? Number.NaN);
  const filled = ofNewest(scale)
    .filter(({ what }) => !Number.isNaN(countOf(what)))
    .sort((a, b) => countOf(a.what) - countOf(b.what));
  return [...new Set(filled.map(({ job }) => job))].flatMap((job) => {
    const ofJob = filled.filter((summary) => summary.job === job);
    const [fewest, most] = [ofJob[0], ofJob.at(-1)];
    if (!fewest || !most || fewest === most) return [];
    const ratios = ratiosOf(most.p50s, fewest.p50s);
    return [
      {
        title: `median latency with ${countOf(most.what).toLocaleString('en-US')} authorizations: ${jobNamed(job).title}`,
        against: `with ${countOf(fewest.what).toLocaleString('en-US')}: ${rangeOf(fewest.p50s)} ms, by round`,
        aim: 'no growth',
        seen: `${withRange(ratios, times)}: ${rangeOf(most.p50s)} ms`,
        verdict: judgeGrowth(ratios),
      },
    ];
  });
}

/** It has grown where each round with more is slower than the same with fewer, and has not where none is so by more than is noticeable. */
function judgeGrowth(ratios: readonly number[]): Verdict {
  if (ratios.length < enoughRounds) return 'cannot be told';
  if (ratios.every((ratio) => ratio > 1)) return 'missed';
  return ratios.every((ratio) => ratio <= noticeable) ? 'met' : 'cannot be told';
}

export function rangeOf(milliseconds: readonly number[]): string {
  return `${Math.min(...milliseconds).toFixed(2)} to ${Math.max(...milliseconds).toFixed(2)}`;
}
