/** Puts what was measured into docs/performance.md, between its marks, and the charts beside it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jobs } from '../jobs/index.js';
import { sentenceOf } from '../measure/failure.js';
import { type Chart, overviewOf, rateChartOf } from './chart.js';
import { nodesOf, type Results, summaryOf } from './results.js';
import { latencyTable, profileTables, recipeTable, redisTable, scaleTable, speedTable, startTable, targetTable } from './tables.js';
import { outcomesOf, type Verdict } from './targets.js';

/** The parts of the document that a run writes, by their marks. One that was not measured is left as it is. */
export function sectionsOf(results: Results): ReadonlyMap<string, string> {
  const { summaries } = results;
  const measured = nodesOf(results).filter((node) => summaries.some((summary) => summary.node === node));
  const perNode = (of: (node: string) => string) => measured.map((node) => `### Node ${node}\n\n${of(node)}`).join('\n\n');
  const charts = chartsOf(results);
  const linksTo = (some: readonly Chart[]) => some.map(({ name, text }) => `![${text}](performance/${name}.svg)`).join('\n\n');
  return new Map(
    [
      ['run', describeRun(results)] as const,
      ['overview', linksTo(charts.filter(({ name }) => name === 'overview'))] as const,
      ['verdict', measured.length > 0 && verdictOf(results)] as const,
      ['targets', measured.length > 0 && targetTable(results)] as const,
      ['speed', measured.length > 0 && perNode((node) => speedTable(results, node))] as const,
      ['charts', linksTo(charts.filter(({ name }) => name !== 'overview'))] as const,
      ['latency', measured.length > 0 && perNode((node) => latencyTable(results, node))] as const,
      ['redis', results.redisCounts.length > 0 && redisTable(results)] as const,
      ['starts', results.starts.length > 0 && startTable(results)] as const,
      ['scale', results.scale.length > 0 && scaleTable(results)] as const,
      ['profiles', results.profiles.length > 0 && profileTables(results)] as const,
      ['recipe', summaries.some(({ server }) => server === 'busy-host-prototypes') && recipeTable(results)] as const,
    ].flatMap(([name, text]) => (text ? [[name, text] as const] : [])),
  );
}

function verdictOf(results: Results): string {
  const verdicts = outcomesOf(results).map(({ verdict }) => verdict);
  const count = (one: Verdict) => verdicts.filter((verdict) => verdict === one).length;
  const aims = verdicts.length - count('no aim');
  return `Of ${aims} aims ${count('met')} are met, ${count('missed')} missed, and of ${count('cannot be told')} it cannot be told.`;
}

function describeRun(results: Results): string {
  const { commit, machine, arrangement, redis, runs, failures } = results;
  const commands = runs.map(
    ({ date, command, what, nodes, jobs: some, servers, workers, rounds, seconds, warmUp }) =>
      `- ${date}: \`${command}\`: ${what.join(', ')} on Node ${nodes.join(' and ')}, ${some?.join(', ') ?? 'all jobs'} by ${servers?.join(', ') ?? 'all servers'}; ${workers} workers, ${rounds} interleaved rounds of ${seconds} seconds after ${warmUp} seconds of warm-up`,
  );
  return [
    `Measured at commit ${commit}: ${machine}; ${arrangement}; Redis ${redis}; Node ${nodesOf(results).join(' and ')}.`,
    commands.join('\n'),
    ...(failures.length > 0 ? [`Failed, and left out:\n\n${failures.map((failure) => `- ${sentenceOf(failure)}`).join('\n')}`] : []),
  ].join('\n\n');
}

/** On the newest Node: one for each job, and one for all that something is aimed at for. */
function chartsOf(results: Results): Chart[] {
  const [newest] = nodesOf(results);
  if (newest === undefined) return [];
  const drawn = jobs.filter(({ name }) => summaryOf(results, newest, name, 'ours'));
  const overview = overviewOf(results, newest);
  return [...(overview ? [overview] : []), ...drawn.map(({ name }) => rateChartOf(results, newest, name))];
}

export function writeDocument(results: Results, docs: string): void {
  const file = join(docs, 'performance.md');
  let text = readFileSync(file, 'utf8');
  for (const [name, section] of sectionsOf(results)) {
    const between = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(<!-- end ${name} -->)`);
    text = text.replace(between, (_, begin: string, end: string) => `${begin}\n${section}\n\n${end}`);
  }
  writeFileSync(file, text);
  const folder = join(docs, 'performance');
  mkdirSync(folder, { recursive: true });
  for (const { name, svg } of chartsOf(results)) writeFileSync(join(folder, `${name}.svg`), svg);
}
