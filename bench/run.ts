/** A run of the bench, as `npm run bench` is told. */
import { cpus, totalmem } from 'node:os';
import { Redis } from 'ioredis';
import { startRedis } from '../test/support/redis.js';
import { jobNamed, jobs } from './jobs/index.js';
import type { Job } from './jobs/job.js';
import { checkCommit, commitMeasured } from './measure/commit.js';
import { arrangement, pinHere } from './measure/cores.js';
import { durationOfCounting, durationOfProfiles, durationOfScale, durationOfSpeed, durationOfStarts } from './measure/duration.js';
import { type Failure, Refusal, sentenceOf, type What } from './measure/failure.js';
import { countInRedis } from './measure/flow-costs.js';
import { measuredNodes, type Node, nodeOf, nodesHere } from './measure/node.js';
import { ableTo, carryOut, type Summary } from './measure/plan.js';
import { measureProfiles } from './measure/profiles.js';
import { measureScale } from './measure/scale.js';
import { measureStarts } from './measure/starts.js';
import type { Results } from './report/results.js';
import { oursAt, type Row, serverNamed, servers } from './servers/index.js';

export interface Wishes {
  /** What is measured. */
  readonly what: readonly What[];
  /** Names; left out: all. */
  readonly jobs?: readonly string[];
  /** Names; left out: all. */
  readonly servers?: readonly string[];
  /** Another checkout of ours, built, to be compared with this one. */
  readonly against?: string | undefined;
  /** Major versions, the newest first; left out: those that are measured and are here. */
  readonly nodes?: readonly string[] | undefined;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUp: number;
  readonly workers: number;
  readonly authorizations: readonly number[];
  /** How it was called. */
  readonly command: string;
  readonly tell: (line: string) => void;
  /** Given all that is measured so far, again and again: a run that is stopped is not lost. */
  readonly save: (results: Results) => void;
}

/** Of which jobs it is told how often they ask Redis. */
const counted = ['code', 'full', 'refresh', 'introspection', 'userinfo', 'protect-opaque'];

interface Part {
  readonly title: string;
  /** About, in seconds. */
  readonly duration: number;
  readonly what: What;
  readonly node: Node;
  carryOut(): Promise<void>;
}

export async function run(wishes: Wishes): Promise<void> {
  const { what, rounds, seconds, warmUp, workers, command, tell, save } = wishes;
  pinHere('redis'); // whatever is started from here and not pinned elsewhere stays where this process is
  const nodes = wishes.nodes?.map(nodeOf) ?? nodesHere(measuredNodes, tell);
  const [newest] = nodes as [Node];
  const others = wishes.against === undefined ? [] : [oursAt(wishes.against)];
  const rows = [...(wishes.servers?.map(serverNamed) ?? servers), ...others];
  const wanted = wishes.jobs?.map(jobNamed) ?? jobs;
  /** Also where a part of the run is of the older Node alone. */
  const rowsOn = (node: Node) => rows.filter(({ onNewestNodeOnly = false }) => !onNewestNodeOnly || !node.version.startsWith('20.'));
  const withoutHosts = (some: readonly Row[]) => some.filter(({ kind }) => kind !== 'host');

  const [processor] = cpus();
  const commit = commitMeasured();
  let results: Results = {
    commit,
    machine: `${processor?.model.trim() ?? 'an unknown processor'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB`,
    arrangement,
    redis: await redisVersion(),
    runs: [
      {
        ...{ date: new Date().toISOString().slice(0, 10), command, what, nodes: nodes.map(({ version }) => version) },
        ...(wishes.jobs && { jobs: wishes.jobs }),
        ...(wishes.servers && { servers: wishes.servers }),
        ...{ rounds, seconds, warmUp, workers },
      },
    ],
    failures: [],
    summaries: [],
    redisCounts: [],
    starts: [],
    scale: [],
    profiles: [],
  };
  const keep = <Name extends 'failures' | 'summaries' | 'redisCounts' | 'starts' | 'scale' | 'profiles'>(
    name: Name,
    more: Results[Name],
  ) => {
    checkCommit(commit);
    results = { ...results, [name]: [...results[name], ...more] };
    save(results);
  };
  const fail = (failure: Failure) => {
    tell(`Failed: ${sentenceOf(failure)}`);
    keep('failures', [failure]);
  };
  /** The rest of the run goes on if this fails. */
  const attempt = async (of: Omit<Failure, 'why'>, act: () => Promise<void>) => {
    try {
      await act();
    } catch (error) {
      if (error instanceof Refusal) throw error;
      fail({ ...of, why: (error as Error).message });
    }
  };

  const speedOn = (node: Node): Part => ({
    ...{ what: 'speed', node },
    title: `speed on Node ${node.version}`,
    duration: durationOfSpeed(wanted, rowsOn(node), wishes),
    carryOut: () =>
      carryOut({
        ...wishes,
        ...{ servers: rowsOn(node), jobs: wanted, node },
        onDone(summaries) {
          for (const summary of summaries) tell(lineOf(summary));
          keep('summaries', summaries);
        },
        onFailed: (failure) => fail({ what: 'speed', ...failure }),
      }),
  });

  const ofCounting = wanted.filter(({ name }) => counted.includes(name));
  const counting: Part = {
    ...{ what: 'redis', node: newest },
    title: 'what is asked of Redis',
    duration: durationOfCounting(ofCounting, withoutHosts(rows)),
    async carryOut() {
      for (const job of ofCounting) {
        for (const { name: server } of ableTo(job, withoutHosts(rows))) {
          await attempt({ what: 'redis', node: newest.version, job: job.name, server }, async () => {
            const count = await countOf(job, server, newest);
            keep('redisCounts', [{ ...count, node: newest.version, server, job: job.name }]);
            tell(`${job.name}: ${server} sends ${count.commands.length} commands in ${count.trips} round trips.`);
          });
        }
      }
    },
  };

  const startsOn = (node: Node): Part => ({
    ...{ what: 'starts', node },
    title: `starts on Node ${node.version}`,
    duration: durationOfStarts(withoutHosts(rowsOn(node)), Math.max(rounds, 3)),
    async carryOut() {
      const measured = await measureStarts(withoutHosts(rowsOn(node)), node, Math.max(rounds, 3), (server, why) =>
        fail({ what: 'starts', node: node.version, server, why }),
      );
      const starts = measured.map((summary) => ({ ...summary, node: node.version }));
      keep('starts', starts);
    },
  });

  const scale: Part = {
    ...{ what: 'scale', node: newest },
    title: 'scale',
    duration: durationOfScale(wishes.authorizations, wishes),
    async carryOut() {
      const { version } = newest;
      keep('scale', await measureScale({ ...wishes, node: newest }, (job, why) => fail({ what: 'scale', node: version, job, why })));
    },
  };

  const ours = serverNamed('ours');
  const ofOurs = wanted.filter(({ name }) => ours.jobs.includes(name));
  const profiles: Part = {
    ...{ what: 'profiles', node: newest },
    title: 'profiles',
    duration: durationOfProfiles(ofOurs, wishes),
    async carryOut() {
      for (const job of ofOurs) {
        await attempt({ what: 'profiles', node: newest.version, job: job.name }, async () =>
          keep('profiles', await measureProfiles([job], { ...wishes, name: ours.name, node: newest })),
        );
      }
    },
  };

  const partsOf: Readonly<Record<What, readonly Part[]>> = {
    speed: nodes.map(speedOn),
    redis: [counting],
    starts: nodes.map(startsOn),
    scale: [scale],
    profiles: [profiles],
  };
  const parts = what.flatMap((name) => partsOf[name]);
  const whole = parts.reduce((sum, { duration }) => sum + duration, 0);
  tell(`${arrangement}. This will take about ${minutes(whole)}.`);
  save(results); // fails now, not later, if it cannot be added to what there is
  for (const { title, duration, what: name, node, carryOut: act } of parts) {
    tell(`${timeOfDay()}: ${title}, about ${minutes(duration)}`);
    await attempt({ what: name, node: node.version }, act);
  }
  tell(`${timeOfDay()}: done`);
}

async function countOf({ name, format }: Job, server: string, node: Node) {
  const redis = await startRedis();
  return countInRedis({ name: server, node, redis: redis.url, format }, name).finally(redis.stop);
}

async function redisVersion(): Promise<string> {
  const server = await startRedis();
  const client = new Redis(server.url);
  try {
    return /redis_version:(\S+)/.exec(await client.info('server'))?.[1] ?? 'of an unknown version';
  } finally {
    client.disconnect();
    await server.stop();
  }
}

function minutes(seconds: number): string {
  return `${Math.ceil(seconds / 6) / 10} minutes`;
}

function timeOfDay(): string {
  return new Date().toISOString().slice(11, 19);
}

function lineOf({ job, server, perSecond, perCpuSecond, p50, p99, driverLoad, verified, rounds }: Summary): string {
  const figures = `${Math.round(perSecond)} a second (${Math.round(Math.min(...rounds))} to ${Math.round(Math.max(...rounds))}), ${Math.round(perCpuSecond)} per CPU-second`;
  const load = driverLoad > 0.9 ? `; the driver was busy for ${Math.round(driverLoad * 100)} % of the time` : '';
  return `${job}: ${server} ${figures}, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, ${verified} verified${load}`;
}
