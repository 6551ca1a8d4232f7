/** That the bench works, as far as it needs no packages but ours: a job with a few requests, and what is told of it. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { transform } from '@swc/core';
import type { Connection } from '../../bench/driver/connection.js';
import { drive, openWorker } from '../../bench/driver/drive.js';
import { jobNamed, jobs, newTokens } from '../../bench/jobs/index.js';
import { countInRedis } from '../../bench/measure/flow-costs.js';
import { nodeOf, nodesHere } from '../../bench/measure/node.js';
import { cpuOf, loadOf, median, type Summary } from '../../bench/measure/plan.js';
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

describe('tokens that a server has never seen', () => {
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
      `| ${title} | oidc-provider | ≥ 5× | 3× | 1.5× | **missed** |`,
      `| ${title} | best of all peers: oidc-provider | ≥ 1.5× | 3× | 1.5× | met |`,
      `| ${title} | limit in Express | ≥ 80 % | 75 % | 38 % | **missed** |`,
    ]);
    expect([...sections.keys()]).toEqual(['run', 'overview', 'targets', 'speed', 'charts', 'latency']);
  });

  it('mark what was measured while the driver had no time left', () => {
    const busy = results([2000, 1500, 500]);
    const summaries = busy.summaries.map((summary) => ({ ...summary, driverLoad: summary.server === 'limit-express' ? 0.95 : 0.5 }));
    const sections = sectionsOf({ ...busy, summaries });
    expect(sections.get('targets')).toContain('| ≥ 80 % | 75 % \\* | 38 % |');
    expect(sections.get('targets')).toContain('| ≥ 5× | 3× | 1.5× |');
    expect(sections.get('speed')).toContain('| 1,500 (1,500) | 2,000 \\* (4,000) |');
  });

  it('count commands, memory and the time of a start among the targets', () => {
    const count = (server: string, commands: number, trips: number) => ({
      ...{ server, job: 'code', trips },
      commands: Array.from({ length: commands }, () => 'get'),
    });
    const start = (server: string, coldStart: number) => ({ node: '24.0.0', server, coldStart, rss: 1e8 });
    const sections = sectionsOf({
      ...results([2000, 1500, 500]),
      redisCounts: [count('ours', 7, 6), count('oidc-provider', 22, 10)],
      starts: [start('ours', 400), start('oidc-provider', 500)],
    });
    expect(sections.get('targets')?.split('\n').slice(5)).toEqual([
      '| Redis: code flow, logged in and agreed, JWT ES256 | oidc-provider: 22 commands in 10 round trips | ≤ 7 commands in 5 round trips | 7 commands in 6 round trips |  | **missed** |',
      '| memory after the load of the code flow | oidc-provider | < 100 MB | 100 MB |  | **missed** |',
      '| cold start to the first answer | oidc-provider | < 500 ms | 400 ms |  | met |',
    ]);
  });

  it('judge Node 20 too, by every peer and by the same share of the limit', () => {
    const newer = results([2000, 1500, 500]);
    const older = newer.summaries.map((summary) => ({ ...summary, node: '20.19.0', perSecond: summary.server === 'ours' ? 400 : 500 }));
    const rows = sectionsOf({ ...newer, summaries: [...newer.summaries, ...older] })
      .get('targets')
      ?.split('\n')
      .slice(6);
    expect(rows).toEqual([
      '| Node 20: code flow, logged in and agreed, JWT ES256 | best of all peers: oidc-provider | ≥ 1× | 0.8× | 1.5× | **missed** |',
      '| Node 20: code flow, logged in and agreed, JWT ES256 | limit in Express | ≥ 80 % | 80 % | 38 % | met |',
    ]);
  });

  it.each([
    [1.1, 'met'],
    [1.2, '**missed**'],
  ] as const)('judge latency that is %s times as long with more authorizations', (p50, verdict) => {
    const scaled = (count: string, median: number) => ({
      ...{ what: `1 process, ${count} authorizations present`, job: 'code', perSecond: 1, perCpuSecond: 1, p50: median, p99: 9 },
    });
    const scale = [scaled('1,000,000', p50), scaled('100,000', 5), scaled('10,000', 1)];
    expect(
      sectionsOf({ ...results([2000, 1500, 500]), scale })
        .get('targets')
        ?.split('\n')
        .at(-1),
    ).toBe(
      `| median latency with 1,000,000 authorizations: code flow, logged in and agreed, JWT ES256 | with 10,000 | ≤ 1.1× | ${p50}× |  | ${verdict} |`,
    );
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

  it('take the median of an odd and of an even number of rounds', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
  });
});

describe('a run that is added to another', () => {
  const first = results([2000, 1500, 500]);

  it('replaces what both have measured, and keeps the rest', () => {
    const [limit, ours] = results([4000, 3000, 500]).summaries as [Summary, Summary];
    const merged = merge(first, { ...first, summaries: [{ ...limit, job: 'refresh' }, ours] });
    expect(merged.summaries.map(({ job, server, perSecond }) => [job, server, perSecond])).toEqual([
      ['code', 'limit-express', 2000],
      ['code', 'oidc-provider', 500],
      ['refresh', 'limit-express', 4000],
      ['code', 'ours', 3000],
    ]);
    expect(merged.runs).toHaveLength(2);
  });

  it('keeps who failed, and tells it under the run', () => {
    const merged = merge({ ...first, failures: ['one, code: no'] }, { ...first, failures: ['another, code: no'] });
    expect(sectionsOf(merged).get('run')).toContain('Failed, and left out:\n\n- one, code: no\n- another, code: no');
  });

  it('is refused if it has measured other sources', () => {
    expect(() => merge(first, { ...first, commit: 'another' })).toThrow('the commit was abcdef0, and is another');
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
    ...{ p50: 1, p99: 2, rss: 1e8, verified: 1, driverLoad: 0.5, range: [perSecond, perSecond] },
  });
  return {
    ...{ commit: 'abcdef0', machine: 'a machine', arrangement: 'nothing pinned', redis: '7' },
    runs: [{ date: '2026-01-01', command: 'npm run bench', rounds: 3, seconds: 2, warmUp: 3, workers: 16 }],
    ...{ failures: [], redisCounts: [], starts: [], scale: [], profiles: [] },
    summaries: [summary('limit-express', limit), summary('ours', ours), summary('oidc-provider', peer)],
  };
}
