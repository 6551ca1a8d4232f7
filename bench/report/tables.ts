/** The results as tables in Markdown. */
import { jobNamed, jobs } from '../jobs/index.js';
import { median } from '../measure/plan.js';
import { type Row, serverNamed, servers } from '../servers/index.js';
import { bestPeer, nodesOf, ofNewest, type Results, summaryOf } from './results.js';
import { busyDriver, outcomesOf, rangeOf } from './targets.js';

type Cells = readonly string[];

function table(head: Cells, rows: readonly Cells[]): string {
  const line = (cells: Cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Each job by each server: done in a second, by the wall clock and, in brackets, by the CPU time of the server. */
export function speedTable(results: Results, node: string): string {
  const compared = servers.filter(
    ({ kind, name }) => kind !== 'host' && results.summaries.some((row) => row.node === node && row.server === name),
  );
  const done = jobs.filter(({ name }) => summaryOf(results, node, name, 'ours'));
  const cell = (job: string, { name }: Row) => {
    const summary = summaryOf(results, node, job, name);
    return summary ? `${whole(summary.perSecond)}${summary.driverLoad > busyDriver ? ' \\*' : ''} (${whole(summary.perCpuSecond)})` : '';
  };
  return table(
    ['job', ...compared.map(({ title }) => title)],
    done.map(({ name, title }) => [title, ...compared.map((row) => cell(name, row))]),
  );
}

export function latencyTable(results: Results, node: string): string {
  const done = jobs.filter(({ name }) => summaryOf(results, node, name, 'ours'));
  const cells = (job: string, server: string | undefined) => {
    const summary = server === undefined ? undefined : summaryOf(results, node, job, server);
    return summary ? `${summary.p50.toFixed(2)} / ${summary.p99.toFixed(2)}` : '';
  };
  const cellsOfBest = (job: string) => {
    const best = bestPeer(results, node, job);
    return best ? `${cells(job, best.server)} (${best.row.title})` : '';
  };
  return table(
    ['job', 'ours', 'limit in Express', 'oidc-provider', 'best of all peers'],
    done.map(({ name, title }) => [
      title,
      cells(name, 'ours'),
      cells(name, 'limit-express'),
      cells(name, 'oidc-provider'),
      cellsOfBest(name),
    ]),
  );
}

export function targetTable(results: Results): string {
  return table(
    ['job', 'against', 'aim', 'by the clock', 'by CPU time', ''],
    outcomesOf(results).map(({ title, against, aim, seen, byCpu = '', verdict, isMarked }) => [
      title,
      against,
      aim,
      `${seen}${isMarked ? ' \\*' : ''}`,
      byCpu,
      { met: 'met', missed: '**missed**', 'cannot be told': 'cannot be told', 'no aim': '' }[verdict],
    ]),
  );
}

export function redisTable({ redisCounts }: Pick<Results, 'redisCounts'>): string {
  const rows = ofNewest(redisCounts);
  const counts = table(
    ['flow', 'server', 'commands', 'round trips', 'which'],
    rows.map(({ job, server, commands, trips }) => [
      jobNamed(job).title,
      serverNamed(server).title,
      String(commands.length),
      String(trips),
      commands.join(' '),
    ]),
  );
  return `${onNode(rows)}\n\n${counts}`;
}

export function startTable({ starts, summaries }: Pick<Results, 'starts' | 'summaries'>): string {
  return table(
    ['server', 'Node', 'cold start to the first answer', 'memory at rest', 'after the code flow', 'after all jobs, the most'],
    starts.map(({ server, node, coldStarts, rss }) => {
      const loads = summaries.filter((summary) => summary.node === node && summary.server === server);
      const afterCode = loads.find(({ job }) => job === 'code')?.memory;
      const after = Math.max(...loads.map(({ memory }) => median(memory)));
      return [
        serverNamed(server).title,
        node,
        `${whole(median(coldStarts))} ms (${whole(Math.min(...coldStarts))} to ${whole(Math.max(...coldStarts))})`,
        megabytes(rss),
        afterCode === undefined ? '' : megabytes(median(afterCode)),
        loads.length === 0 ? '' : megabytes(after),
      ];
    }),
  );
}

export function scaleTable({ scale }: Pick<Results, 'scale'>): string {
  const rows = ofNewest(scale);
  const arrangements = table(
    ['job', 'with', 'a second', 'CPU time of each, µs', 'p50 ms (by round)', 'p99 ms'],
    rows.map(({ what, job, perSecond, perCpuSecond, p50, p50s, p99 }) => [
      ...[jobNamed(job).title, what, whole(perSecond), whole(1e6 / perCpuSecond)],
      `${p50.toFixed(2)} (${rangeOf(p50s)})`,
      p99.toFixed(2),
    ]),
  );
  return `${onNode(rows)}\n\n${arrangements}`;
}

export function profileTables({ profiles }: Pick<Results, 'profiles'>): string {
  const rows = ofNewest(profiles);
  const ofJobs = rows.map(({ job, costs, parts }) => {
    const cells = costs.map(({ name, place, share }, index) => {
      const part = parts[index];
      return [percent(share), code(name), place, ...(part ? [percent(part.share), part.place] : ['', ''])];
    });
    return `### ${jobNamed(job).title}\n\n${table(['time by itself', 'function', 'where', 'with all that it calls', 'part'], cells)}`;
  });
  return [onNode(rows), ...ofJobs].join('\n\n');
}

/** How the recipe for Node 20 and 22 did. */
export function recipeTable(results: Results): string {
  const pairs = [
    ['busy-host', 'busy-host-prototypes'],
    ['ours', 'ours-prototypes'],
  ] as const;
  const rows = nodesOf(results).flatMap((node) =>
    pairs.flatMap(([plain, born]) =>
      jobs.flatMap(({ name, title }) => {
        const before = summaryOf(results, node, name, plain);
        const after = summaryOf(results, node, name, born);
        if (!before || !after) return [];
        const gain = (of: 'perSecond' | 'perCpuSecond') => `${(after[of] / before[of]).toFixed(2)}×`;
        const rates = [before, after].map(({ perSecond, perCpuSecond }) => `${whole(perSecond)} (${whole(perCpuSecond)})`);
        return [[node, serverNamed(plain).title, title, ...rates, `${gain('perSecond')} (${gain('perCpuSecond')})`]];
      }),
    ),
  );
  return table(['Node', 'host', 'job', '`app.listen`', 'by the recipe', 'gain'], rows);
}

function onNode([row]: readonly { readonly node: string }[]): string {
  return `On Node ${row?.node}.`;
}

/** A name may hold a backtick itself: V8 calls some functions by a whole expression. */
function code(name: string): string {
  return name.includes('`') ? `\`\` ${name} \`\`` : `\`${name}\``;
}

function whole(number: number): string {
  return Math.round(number).toLocaleString('en-US');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
