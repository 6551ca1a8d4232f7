/** Runs that are added to one another, and what the document then says of them. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { checkCommit, commitMeasured } from '../../bench/measure/commit.js';
import type { Failure } from '../../bench/measure/failure.js';
import { median, type Summary } from '../../bench/measure/plan.js';
import { sectionsOf } from '../../bench/report/document.js';
import { merge, type Results, type Run } from '../../bench/report/results.js';

const code = 'code flow, logged in and agreed, JWT ES256';

function summary(job: string, server: string, rounds: readonly number[], more: Partial<Summary> = {}): Summary {
  const perSecond = median(rounds);
  return {
    ...{ node: '24.0.0', job, server, perSecond, perCpuSecond: perSecond, p50: 1, p99: 2, verified: 1, driverLoad: 0.5 },
    ...{ memory: rounds.map(() => 1e8), rounds, cpuRounds: rounds },
    ...more,
  };
}

function results(more: Partial<Results>): Results {
  return {
    ...{ commit: 'abcdef0', machine: 'a machine', arrangement: 'nothing pinned', redis: '7', runs: [run] },
    ...{ failures: [], summaries: [], redisCounts: [], starts: [], scale: [], profiles: [] },
    ...more,
  };
}

const run: Run = {
  ...{ date: '2026-01-01', command: 'npm run bench', what: ['speed'] as const, nodes: ['24.0.0'] },
  ...{ rounds: 3, seconds: 2, warmUp: 3, workers: 16 },
};

const failed = (more: Partial<Failure> = {}): Failure => ({
  ...{ what: 'speed', node: '24.0.0', job: 'code', server: 'ours', why: 'no' },
  ...more,
});

describe('a run that is added to another', () => {
  const rates = (all: readonly Summary[]) => all.map(({ job, server, perSecond }) => [job, server, perSecond]);

  it('replaces all servers of a job that it has measured, and keeps the other jobs', () => {
    const before = [summary('code', 'ours', [1]), summary('code', 'jmondi', [1]), summary('refresh', 'ours', [1])];
    const merged = merge(results({ summaries: before }), results({ summaries: [summary('code', 'ours', [2])] }));
    expect(rates(merged.summaries)).toEqual([
      ['refresh', 'ours', 1],
      ['code', 'ours', 2],
    ]);
    expect(merged.runs).toHaveLength(2);
  });

  it.each([['speed'], ['starts']] as const)(
    'is refused with %s of some servers, which must stand beside the others of the same run',
    (what) => {
      const now = results({ runs: [{ ...run, what: [what], servers: ['ours'] }] });
      expect(() => merge(results({}), now)).toThrow(
        `${what} of some servers would stand beside those of another run. Leave out --servers.`,
      );
    },
  );

  it('may count of some servers what they ask of Redis', () => {
    const now = results({ runs: [{ ...run, what: ['redis'], servers: ['ours'] }] });
    expect(merge(results({}), now).runs).toHaveLength(2);
  });

  it('tells no longer of a failure once the same was measured', () => {
    const before = results({ failures: [failed(), failed({ job: 'refresh' }), failed({ node: '20.0.0' }), failed({ what: 'redis' })] });
    const merged = merge(before, results({ summaries: [summary('code', 'ours', [1])] }));
    expect(merged.failures).toEqual([failed({ job: 'refresh' }), failed({ node: '20.0.0' }), failed({ what: 'redis' })]);
  });

  it('takes away the figure of a server that fails now', () => {
    const before = results({ summaries: [summary('code', 'ours', [1]), summary('refresh', 'ours', [1])] });
    expect(rates(merge(before, results({ failures: [failed()] })).summaries)).toEqual([['refresh', 'ours', 1]]);
  });

  it('takes no figure away where a whole part of it fails', () => {
    const before = results({ summaries: [summary('code', 'ours', [1])] });
    const failure: Failure = { what: 'speed', node: '24.0.0', why: 'no Redis' };
    expect(merge(before, results({ failures: [failure] })).summaries).toHaveLength(1);
  });

  it('leaves what was counted, profiled and scaled on another Node, and shows that of the newest', () => {
    const on = (node: string) =>
      results({
        redisCounts: [{ node, server: 'ours', job: 'code', trips: 5, commands: [node] }],
        scale: [{ node, what: '1 process', job: 'code', perSecond: 1, perCpuSecond: 1, p50: 1, p50s: [1], p99: 1 }],
        profiles: [{ node, job: 'code', costs: [{ name: node, place: '', share: 1 }], parts: [] }],
      });
    const merged = merge(on('24.0.0'), on('20.0.0'));
    const sections = sectionsOf(merged);
    for (const name of ['redis', 'scale', 'profiles']) {
      expect(sections.get(name)).toMatch(/^On Node 24\.0\.0\.\n/);
      expect(sections.get(name)).not.toContain('20.0.0');
    }
  });

  it('is told with what it has measured, and who failed with the Node', () => {
    const text = sectionsOf(results({ runs: [{ ...run, jobs: ['code'] }], failures: [failed()] })).get('run');
    expect(text).toContain('`npm run bench`: speed on Node 24.0.0, code by all servers; 16 workers, 3 interleaved rounds of 2 seconds');
    expect(text).toContain('- speed, Node 24.0.0, code, ours: no');
  });
});

describe('a verdict', () => {
  const row = (ours: Summary, other: Summary) =>
    sectionsOf(results({ summaries: [ours, other] }))
      .get('targets')
      ?.split('\n')[2];

  it.each([
    ['is met where every round says so', [81, 82, 83], '82 % (81 % to 83 %)', 'met'],
    ['is missed where every round says so', [77, 78, 79], '78 % (77 % to 79 %)', '**missed**'],
    ['cannot be told where rounds differ about it and the median is close', [78, 81, 83], '81 % (78 % to 83 %)', 'cannot be told'],
    ['is met where one round differs but the median is well above', [79, 95, 96], '95 % (79 % to 96 %)', 'met'],
    ['is missed where one round differs but the median is well below', [70, 71, 90], '71 % (70 % to 90 %)', '**missed**'],
  ] as const)('%s', (_, ours, seen, verdict) => {
    const cells = row(summary('code', 'ours', ours), summary('code', 'limit-express', [100, 100, 100]))?.split(' | ');
    expect([cells?.[0], cells?.[3], cells?.[5]]).toEqual([`| ${code}`, seen, `${verdict} |`]);
  });

  it('sets each round beside the same round of the other', () => {
    const cells = row(summary('code', 'ours', [90, 45, 9]), summary('code', 'limit-express', [100, 50, 10]))?.split(' | ');
    expect(cells?.[3]).toBe('90 % (90 % to 90 %)');
  });

  it('cannot be told where the driver was busy and the CPU time says otherwise', () => {
    const busy = summary('code', 'limit-express', [100, 100, 100], { driverLoad: 0.95, cpuRounds: [200, 200, 200] });
    expect(row(summary('code', 'ours', [90, 90, 90]), busy)).toMatch(
      /\| 90 % \(90 % to 90 %\) \\\* \| 45 % \(45 % to 45 %\) \| cannot be told \|$/,
    );
  });

  it('stands beside the shares of other limits, which have no aim', () => {
    const job = 'protect-jwt-new';
    const summaries = ['ours', 'bare-jose', 'limit-express', 'limit-jose'].map((server) => summary(job, server, [100, 100, 100]));
    const rows = sectionsOf(results({ summaries })).get('targets')?.split('\n').slice(2);
    expect(rows?.map((line) => line.split(' | ').filter((_, column) => [1, 2, 5].includes(column)))).toEqual([
      ['bare verification by jose in Express', '≥ 95 %', 'met |'],
      ['limit in Express', '', ' |'],
      ['limit in Express, ciphers of jose', '', ' |'],
    ]);
  });
});

describe('a table', () => {
  it('holds the names of functions that have strokes and backticks', () => {
    const costs = [{ name: 'get `a` || b', place: 'x|y', share: 0.5 }];
    const parts = [{ place: 'lib/index.ts', share: 0.75 }];
    const section = sectionsOf(results({ profiles: [{ node: '24.0.0', job: 'code', costs, parts }] })).get('profiles');
    expect(section).toContain('| 50 % | `` get `a` \\|\\| b `` | x\\|y | 75 % | lib/index.ts |');
  });
});

describe('sources that change during a run', () => {
  it('end it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bench-'));
    const git = (...args: readonly string[]) =>
      spawnSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', '-c', 'commit.gpgsign=false', ...args], { cwd: folder });
    try {
      mkdirSync(join(folder, 'lib'));
      appendFileSync(join(folder, 'lib', 'index.ts'), 'a line\n');
      for (const args of [['init'], ['add', '-A'], ['commit', '-m', 'first']]) git(...args);
      const atStart = commitMeasured(folder);
      expect(() => checkCommit(atStart, folder)).not.toThrow();
      appendFileSync(join(folder, 'lib', 'index.ts'), 'another\n');
      expect(() => checkCommit(atStart, folder)).toThrow(`it began at ${atStart}, and they are now at ${atStart} with changes`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('npm run bench', () => {
  it('refuses to write what --quick has seen', () => {
    const script = fileURLToPath(new URL('../../scripts/bench.js', import.meta.url));
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--quick', '--write'], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('--quick is no measurement');
  });
});
