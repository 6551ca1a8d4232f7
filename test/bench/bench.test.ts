/** That the bench works, as far as it needs no packages but ours: a job with a few requests, and what is told of it. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { transform } from '@swc/core';
import type { Connection } from '../../bench/driver/connection.js';
import { drive, openWorker } from '../../bench/driver/drive.js';
import { jobNamed, jobs, newTokens } from '../../bench/jobs/index.js';
import { commitMeasured } from '../../bench/measure/commit.js';
import { countInRedis } from '../../bench/measure/flow-costs.js';
import { nodeOf, nodesHere } from '../../bench/measure/node.js';
import { carryOut, cpuOf, loadOf, median, type Summary } from '../../bench/measure/plan.js';
import { type ServerProcess, startServer } from '../../bench/measure/server-process.js';
import { overviewOf, rateChartOf } from '../../bench/report/chart.js';
import { sectionsOf } from '../../bench/report/document.js';
import { merge, type Results } from '../../bench/report/results.js';
import { servers } from '../../bench/servers/index.js';
import { maxGenuine } from '../../lib/platform/genuine.js';
import { type RedisServer, startRedis } from '../support/redis.js';

const node = nodeOf(process.versions.node.split('.')[0] as string);

async function withServer<T>(name: string, act: (server: ServerProcess, redis: RedisServer) => Promise<T>): Promise<T> {
  const redis = await startRedis();
  try {
    const server = await startServer({ name, node, redis: redis.url, format: 'ES256' });
    return await act(server, redis).finally(server.stop);
  } finally {
    await redis.stop();
  }
}

describe('a job', () => {
  it.each(['ours', 'limit-express', 'limit-http'])('is done and verified: the code flow, by %s', async (name) => {
    await withServer(name, async ({ target, usage }) => {
      const cpu: number[] = [];
      const order = { job: 'code', target, workers: 2, warmUp: 0, seconds: 0.2 };
      const result = await drive(order, async () => void cpu.push((await usage()).cpu));
      expect(result.done).toBeGreaterThanOrEqual(2);
      expect(result.verified).toBeGreaterThanOrEqual(1);
      expect(result.p99).toBeGreaterThanOrEqual(result.p50);
      expect(cpu[1]).toBeGreaterThan(cpu[0] as number);
    });
  });

  it('fails where an answer is not what it must be', async () => {
    await withServer('ours', async ({ target }) => {
      const elsewhere = { ...target, paths: { ...target.paths, token: '/oauth/userinfo' } };
      const order = { job: 'client-credentials-es256', target: elsewhere, workers: 1, warmUp: 0, seconds: 0.2 };
      await expect(drive(order, async () => {})).rejects.toThrow(/in place of 200/);
    });
  });
});

describe('tokens that are verified anew each time', () => {
  it('are more than it can remember, so that none is known when it comes again', () => {
    expect(newTokens).toBeGreaterThan(maxGenuine * 1.25);
  });

  it.each(['protect-jwt-new', 'introspection-new'])('are shown in turn by the job %s, and told as they are', async (job) => {
    await withServer('ours', async ({ target }) => {
      const seen = new Set<string>();
      const worker = await openWorker(0, 800, target, 'ES256');
      try {
        const shown = { ...worker, connection: watching(worker.connection, seen) };
        const step = await jobNamed(job).prepare(shown);
        seen.clear();
        for (let times = 0; times < 5; times += 1) await (await step())({ keys: [] });
      } finally {
        worker.connection.close();
      }
      expect(seen.size).toBe(4); // of 2 600 shared out among 800
    });
  });
});

/** Notes each request that differs from all before. */
function watching(connection: Connection, seen: Set<string>): Connection {
  const send: Connection['send'] = (...request) => {
    seen.add(request.join(' '));
    return connection.send(...request);
  };
  return Object.assign(Object.create(connection) as Connection, { send, close: () => connection.close() });
}

describe('the store', () => {
  it('is asked by six commands in five round trips for a code flow of a user who is logged in', async () => {
    const redis = await startRedis();
    try {
      const { commands, trips } = await countInRedis({ name: 'ours', node, redis: redis.url, format: 'ES256' }, 'code');
      expect({ commands: commands.length, trips }).toEqual({ commands: 6, trips: 5 });
    } finally {
      await redis.stop();
    }
  });
});

describe('the tables', () => {
  it('name only jobs that there are', () => {
    const names = jobs.map(({ name }) => name);
    expect(servers.flatMap((row) => row.jobs).filter((name) => !names.includes(name))).toEqual([]);
  });

  it('say for each target whether it was reached, by the clock and by CPU time', () => {
    const sections = sectionsOf(results([2000, 1500, 500]));
    const title = 'code flow, logged in and agreed, JWT ES256';
    expect(sections.get('targets')?.split('\n').slice(2, 5)).toEqual([
      `| ${title} | oidc-provider | ≥ 5× | 3× (3× to 3×) | 1.5× (1.5× to 1.5×) | **missed** |`,
      `| ${title} | best of all peers: oidc-provider | ≥ 1.5× | 3× (3× to 3×) | 1.5× (1.5× to 1.5×) | met |`,
      `| ${title} | limit in Express | ≥ 80 % | 75 % (75 % to 75 %) | 38 % (38 % to 38 %) | **missed** |`,
    ]);
    expect(sections.get('verdict')).toBe('Of 4 aims 2 are met, 2 missed, and of 0 it cannot be told.');
    expect([...sections.keys()]).toEqual(['run', 'overview', 'verdict', 'targets', 'speed', 'charts', 'latency']);
  });

  it('mark what was measured while the driver had no time left', () => {
    const busy = results([2000, 1500, 500]);
    const summaries = busy.summaries.map((summary) => ({ ...summary, driverLoad: summary.server === 'limit-express' ? 0.95 : 0.5 }));
    const sections = sectionsOf({ ...busy, summaries });
    expect(sections.get('targets')).toContain('| ≥ 80 % | 75 % (75 % to 75 %) \\* | 38 % (38 % to 38 %) |');
    expect(sections.get('targets')).toContain('| ≥ 5× | 3× (3× to 3×) | 1.5× (1.5× to 1.5×) |');
    expect(sections.get('speed')).toContain('| 1,500 (1,500) | 2,000 \\* (4,000) |');
  });

  it('count commands, memory and the time of a start among the targets', () => {
    const count = (server: string, commands: number, trips: number) => ({
      ...{ node: '24.0.0', server, job: 'code', trips },
      commands: Array.from({ length: commands }, () => 'get'),
    });
    const start = (server: string, coldStarts: readonly number[]) => ({ node: '24.0.0', server, coldStarts, rss: 1e8 });
    const plain = results([2000, 1500, 500]);
    const using = (server: string) => (server === 'ours' ? [1e8, 2e8, 2e8] : [1.5e8, 1.5e8, 1.5e8]);
    const sections = sectionsOf({
      ...plain,
      summaries: plain.summaries.map((summary) => ({ ...summary, memory: using(summary.server) })),
      redisCounts: [count('ours', 7, 6), count('oidc-provider', 22, 10)],
      starts: [start('ours', [410, 400, 390]), start('oidc-provider', [480, 500, 520])],
    });
    expect(sections.get('targets')?.split('\n').slice(5)).toEqual([
      '| Redis: code flow, logged in and agreed, JWT ES256 | oidc-provider: 22 commands in 10 round trips | ≤ 7 commands in 5 round trips | 7 commands in 6 round trips |  | **missed** |',
      '| memory after the load of the code flow | oidc-provider: 150 MB (150 MB to 150 MB) | less | 200 MB (100 MB to 200 MB) |  | **missed** |',
      '| cold start to the first answer | oidc-provider: 500 ms (480 ms to 520 ms) | less | 400 ms (390 ms to 410 ms) |  | met |',
    ]);
  });

  it('judge Node 20 too, by every peer and by the same share of the limit', () => {
    const newer = results([2000, 1500, 500]);
    const older = newer.summaries.map((summary) => ({
      ...{ ...summary, node: '20.19.0' },
      rounds: [1, 1, 1].map(() => (summary.server === 'ours' ? 400 : 500)),
    }));
    const rows = sectionsOf({ ...newer, summaries: [...newer.summaries, ...older] })
      .get('targets')
      ?.split('\n')
      .slice(6);
    expect(rows).toEqual([
      '| Node 20: code flow, logged in and agreed, JWT ES256 | best of all peers: oidc-provider | ≥ 1× | 0.8× (0.8× to 0.8×) | 1.5× (1.5× to 1.5×) | **missed** |',
      '| Node 20: code flow, logged in and agreed, JWT ES256 | limit in Express | ≥ 80 % | 80 % (80 % to 80 %) | 38 % (38 % to 38 %) | met |',
    ]);
  });

  it.each([
    ['is no longer', [1, 1.1, 1.2], [1, 1.1, 1.2], 'met'],
    ['is a little longer in some rounds', [1, 1.1, 1.2], [1.05, 1.1, 1.1], 'met'],
    ['is a little longer in every round', [1, 1.1, 1.2], [1.01, 1.11, 1.21], '**missed**'],
    ['is longer by more than is noticeable in one round, and shorter in another', [1, 1.1, 1.5], [0.9, 1.3, 1.5], 'cannot be told'],
    ['is that of too few rounds', [1, 1], [2, 2], 'cannot be told'],
  ] as const)('judge latency that %s with more authorizations', (_, fewer, more, verdict) => {
    const scaled = (count: string, p50s: readonly number[]) => ({
      ...{
        node: '24.0.0',
        what: `1 process, ${count} authorizations present`,
        job: 'code',
        perSecond: 1,
        perCpuSecond: 1,
        p50: median(p50s),
        p50s,
        p99: 9,
      },
    });
    const scale = [scaled('1,000,000', more), scaled('100,000', [5, 5, 5]), scaled('10,000', fewer)];
    const row = sectionsOf({ ...results([2000, 1500, 500]), scale })
      .get('targets')
      ?.split('\n')
      .at(-1);
    expect(row).toMatch(/^\| median latency with 1,000,000 authorizations: code flow, logged in and agreed, JWT ES256 \| with 10,000: /);
    expect(row?.split(' | ').at(-1)).toBe(`${verdict} |`);
  });

  it('tell by how much the rounds of a latency differ', () => {
    const scaled = (count: string, p50s: readonly number[]) => ({
      ...{
        node: '24.0.0',
        what: `1 process, ${count} authorizations present`,
        job: 'code',
        perSecond: 1,
        perCpuSecond: 1,
        p50: median(p50s),
        p50s,
        p99: 9,
      },
    });
    const sections = sectionsOf({ ...results([2000, 1500, 500]), scale: [scaled('10,000', [2, 4, 3]), scaled('1,000,000', [3, 3, 6])] });
    expect(sections.get('targets')).toContain(
      '| with 10,000: 2.00 to 4.00 ms, by round | no growth | 1.5× (0.75× to 2×): 3.00 to 6.00 ms |  | cannot be told |',
    );
    expect(sections.get('scale')).toContain('| 3.00 (2.00 to 4.00) | 9.00 |');
  });

  it('judge tokens that are shown twice: verified anew each time, and shown again', () => {
    const plain = results([2000, 1500, 500]);
    const summaries = ['userinfo-new', 'userinfo'].flatMap((job) =>
      plain.summaries.map((summary) => {
        const ofOurs = job === 'userinfo' ? 2500 : 1500;
        return { ...summary, job, rounds: [1, 1, 1].map(() => (summary.server === 'ours' ? ofOurs : summary.perSecond)) };
      }),
    );
    const rows = sectionsOf({ ...plain, summaries })
      .get('targets')
      ?.split('\n')
      .slice(2);
    expect(rows?.map((row) => row.split(' | ').filter((_, column) => column !== 4))).toEqual([
      ['| userinfo, verified anew each time', 'oidc-provider', '≥ 4×', '3× (3× to 3×)', '**missed** |'],
      ['| userinfo, verified anew each time', 'best of all peers: oidc-provider', '≥ 1.2×', '3× (3× to 3×)', 'met |'],
      ['| userinfo, verified anew each time', 'limit in Express', '≥ 80 %', '75 % (75 % to 75 %)', '**missed** |'],
      ['| userinfo, the same token again', 'oidc-provider', '≥ 4×', '5× (5× to 5×)', 'met |'],
      ['| userinfo, the same token again', 'best of all peers: oidc-provider', '≥ 1.2×', '5× (5× to 5×)', 'met |'],
      ['| userinfo, the same token again', 'limit in Express', '≥ 80 %', '125 % (125 % to 125 %)', 'met |'],
    ]);
  });

  it('tell of a token that comes again what a bare verification does, and take that for no limit', () => {
    const plain = results([2000, 1500, 500]);
    const summaries = ['protect-jwt-new', 'protect-jwt'].flatMap((job) =>
      plain.summaries.map((summary) => ({ ...summary, job, server: summary.server === 'oidc-provider' ? 'bare-jose' : summary.server })),
    );
    const rows = sectionsOf({ ...plain, summaries })
      .get('targets')
      ?.split('\n')
      .slice(2);
    const ofJose = rows
      ?.filter((row) => row.includes('bare verification'))
      .map((row) => row.split(' | ').filter((_, i) => i === 2 || i === 5));
    expect(ofJose).toEqual([
      ['≥ 95 %', 'met |'],
      ['', ' |'],
    ]);
  });

  it('tell nothing for sure of fewer than three rounds', () => {
    const plain = results([2000, 1500, 500]);
    const summaries = plain.summaries.map((summary) => ({
      ...summary,
      ...{ rounds: summary.rounds.slice(1), memory: summary.memory.slice(1) },
    }));
    expect(sectionsOf({ ...plain, summaries }).get('verdict')).toBe('Of 4 aims 0 are met, 0 missed, and of 4 it cannot be told.');
  });

  it('count Redis among what the driver has no time for, where both share a core', () => {
    const redisCpu = cpuOf('# CPU\r\nused_cpu_sys:0.25\r\nused_cpu_user:0.5\r\nused_cpu_sys_children:7\r\n');
    expect(redisCpu).toBe(0.75);
    const round = { cpu: 1, seconds: 2, redisCpu };
    expect([loadOf(round, true), loadOf(round, false)]).toEqual([0.875, 0.5]);
  });

  it('draw the fastest first, and say in words what is drawn', () => {
    const { svg, text } = rateChartOf(results([2000, 1500, 500]), '24.0.0', 'code');
    expect([...svg.matchAll(/class="name[^>]*>([^<]*)/g)].map(([, name]) => name)).toEqual([
      'limit in Express',
      'express-oauth-router',
      'oidc-provider',
    ]);
    expect(text).toBe(
      'code flow, logged in and agreed, JWT ES256, flows a second: limit in Express 2,000, express-oauth-router 1,500, oidc-provider 500',
    );
  });

  it('draw all jobs as shares of the limit', () => {
    expect(overviewOf(results([2000, 1500, 500]), '24.0.0')?.text).toContain('express-oauth-router 75 %, oidc-provider 25 %');
  });

  it('draw the median of the shares of each round, which the table of aims tells too', () => {
    const rounds: Record<string, number[]> = {
      'limit-express': [1000, 2000, 4000],
      ours: [900, 1000, 3000],
      'oidc-provider': [100, 200, 400],
    };
    const { summaries, ...rest } = results([2000, 1000, 200]);
    const three = { ...rest, summaries: summaries.map((summary) => ({ ...summary, rounds: rounds[summary.server] as number[] })) };
    expect(overviewOf(three, '24.0.0')?.text).toContain('express-oauth-router 75 %, oidc-provider 10 %');
    expect(sectionsOf(three).get('targets')).toContain('| 75 % (50 % to 90 %) |');
  });

  it('take the median of an odd and of an even number of rounds', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
  });
});

describe('a run that is added to another', () => {
  const first = results([2000, 1500, 500]);

  it('is refused if it has measured other sources', () => {
    expect(() => merge(first, { ...first, commit: 'another' })).toThrow('the commit was abcdef0, and is another');
  });
});

describe('what was measured', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const git = (...args: readonly string[]) =>
    spawnSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', '-c', 'commit.gpgsign=false', ...args], { cwd: folder });
  const write = (path: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    appendFileSync(join(folder, path), 'a line\n');
  };
  const commit = (path: string) => {
    write(path);
    git('add', '-A');
    git('commit', '-m', path);
    return commitMeasured(folder);
  };

  beforeAll(() => void git('init'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is called by the last commit of its sources, whatever was written about it since', () => {
    const first = commit('lib/index.ts');
    expect(first).toMatch(/^[0-9a-f]{7,}$/);
    expect(['docs/performance.md', 'test/index.test.ts', 'bench/report/tables.ts'].map(commit)).toEqual([first, first, first]);
  });

  it.each(['lib/router.ts', 'views/login.ejs', 'bench/jobs/index.ts', 'package-lock.json', 'tsconfig.build.json', 'scripts/bundle.js'])(
    'is something else after a commit of %s, so that nothing of it can be added',
    (path) => {
      const before = commit('lib/index.ts');
      const after = commit(path);
      expect(after).not.toBe(before);
      expect(() => merge({ ...results([3, 2, 1]), commit: before }, { ...results([3, 2, 1]), commit: after })).toThrow('cannot be added');
    },
  );

  it('is something else with changes that nobody has committed, even to a file that git does not know', () => {
    const before = commit('lib/index.ts');
    write('docs/performance.md');
    expect(commitMeasured(folder)).toBe(before);
    write('lib/another.ts');
    expect(commitMeasured(folder)).toBe(`${before} with changes`);
  });
});

describe('a server that does not start', () => {
  it('is left out with a line, and the others go on', async () => {
    const others = servers.filter(({ name }) => name === 'limit-http');
    const nobody = { name: 'nobody', title: 'nobody', kind: 'peer', module: './nobody.js', jobs: ['metadata'] } as const;
    const done: Summary[] = [];
    const failed: string[] = [];
    await carryOut({
      ...{ servers: [nobody, ...others], jobs: [jobNamed('metadata'), jobNamed('jwks')], node },
      ...{ rounds: 2, workers: 1, warmUp: 0, seconds: 0.05 },
      onDone: (summaries) => void done.push(...summaries),
      onFailed: ({ node: version, job, server, why }) => void failed.push(`${version}, ${job}, ${server}: ${why}`),
    });
    expect(failed).toEqual([`${node.version}, metadata, nobody: The server nobody ended with 1.`]);
    expect(done.map(({ job, server, verified }) => [job, server, verified > 0])).toEqual([
      ['metadata', 'limit-http', true],
      ['jwks', 'limit-http', true],
    ]);
  });
});

describe('the recipe for Node 20 and 22', () => {
  it('is tried as the document shows it', async () => {
    const [shown = ''] = /import \{ createServer[\s\S]*?(?=\nserverFor)/.exec(read('docs/performance.md')) ?? [];
    const withoutTypes = await transform(shown, { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } });
    const tried = await transform(read('bench/servers/prototypes.js'), { jsc: { target: 'es2022' } });
    expect(withoutTypes.code).toBe(withoutComments(tried.code));
  });
});

describe('npm run bench', () => {
  it('leaves out a Node that is not there, and says so', () => {
    const told: string[] = [];
    const tell = (line: string) => void told.push(line);
    expect(nodesHere(['19', process.versions.node.split('.')[0] as string], tell)).toEqual([node]);
    expect(nodesHere(['19'], tell)).toEqual([node]);
    expect(told).toEqual([expect.stringMatching(/^Left out: There is no Node 19/), expect.any(String)]);
  });

  it.each(['what', 'jobs', 'servers', 'nodes'])('refuses a name that --%s does not know, before it installs anything', (option) => {
    const script = fileURLToPath(new URL('../../scripts/bench.js', import.meta.url));
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, `--${option}`, 'sped'], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(`--${option} knows no sped`);
  });

  it('is no part of what users install', () => {
    const root = fileURLToPath(new URL('../../', import.meta.url));
    const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--ignore-scripts', '--json'], { cwd: root, encoding: 'utf8' });
    const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
    expect(files.filter(({ path }) => path.startsWith('bench'))).toEqual([]);
  });
});

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\/\s*/g, '');
}

/** Of the limit, ours and oidc-provider, in this order. Ours takes as much CPU time as the clock tells, the others half of it. */
function results([limit, ours, peer]: readonly [number, number, number]): Results {
  const summary = (server: string, perSecond: number): Summary => ({
    ...{ node: '24.0.0', job: 'code', server, perSecond, perCpuSecond: server === 'ours' ? perSecond : 2 * perSecond },
    ...{ p50: 1, p99: 2, memory: [1e8, 1e8, 1e8], verified: 1, driverLoad: 0.5 },
    rounds: [perSecond, perSecond, perSecond],
    cpuRounds: [1, 1, 1].map(() => (server === 'ours' ? perSecond : 2 * perSecond)),
  });
  return {
    ...{ commit: 'abcdef0', machine: 'a machine', arrangement: 'nothing pinned', redis: '7' },
    runs: [
      { date: '2026-01-01', command: 'npm run bench', what: ['speed'], nodes: ['24.0.0'], rounds: 3, seconds: 2, warmUp: 3, workers: 16 },
    ],
    ...{ failures: [], redisCounts: [], starts: [], scale: [], profiles: [] },
    summaries: [summary('limit-express', limit), summary('ours', ours), summary('oidc-provider', peer)],
  };
}
