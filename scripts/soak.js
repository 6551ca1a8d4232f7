/**
 * `npm run soak`: an hour of mixed flows against one server process and a real Redis. Ends with 1 if a flow failed, if keys or handles stayed,
 * or if memory grew. `npm run soak -- --minutes 3 --rate 10 --report` writes docs/reliability/soak.svg; `--flows 100000` goes on until then.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { register } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkNode, install, root, stop } from './prepare.js';

checkNode();
await install();
const { values } = parseArgs({
  options: { minutes: { type: 'string' }, flows: { type: 'string' }, rate: { type: 'string' }, report: { type: 'boolean' } },
});
const flows = number('flows');
const minutes = number('minutes') ?? (flows === undefined ? 60 : undefined);
const rate = number('rate') ?? (flows === undefined ? 10 : undefined);

register('../test/support/typescript-hooks.js', import.meta.url);
const { soak, mostHandles } = await import('../test/soak/run.js');
const { chartOf } = await import('../test/soak/chart.js');

const report = await soak({
  ...(flows !== undefined && { flows }),
  ...(minutes !== undefined && { seconds: minutes * 60 }),
  ...(rate !== undefined && { rate }),
  onSample: ({ at, rss, heapUsed, handles, keys }, begun) =>
    console.log(
      `${at.toFixed(0).padStart(5)} s ${begun} flows, RSS ${inMegabytes(rss)}, heap ${inMegabytes(heapUsed)}, ${handles} handles, ${keys} keys`,
    ),
});

const { samples, keys, failures, seconds, immortal, handles } = report;
const total = Object.values(report.flows).reduce((sum, times) => sum + times, 0);
console.table(report.flows);
const caption = `${total} flows in ${Math.round(seconds)} s, ${Math.round(total / seconds)} a second, Node ${process.versions.node}`;
console.log(
  `${caption}. Keys: ${keys.base} before, ${keys.full} after the last flow, ${keys.atEnd} when time had passed. Handles: ${handles.base} before, ${handles.atEnd} at the end.`,
);
const half = samples.slice(Math.floor(samples.length / 2));
const growth = median(half.slice(-Math.ceil(half.length / 3))) - median(half.slice(0, Math.ceil(half.length / 3)));
console.log(`In the second half the heap grew by ${inMegabytes(growth)}.`);
if (values.report) {
  const folder = join(root, 'docs', 'reliability');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'soak.svg'), chartOf(report, caption));
}

const problems = [
  ...(failures.length > 0 ? [`${failures.length} flows failed: ${[...new Set(failures)].slice(0, 10).join('; ')}`] : []),
  ...(immortal.length > 0 ? [`Keys would stay for ever: ${immortal.slice(0, 10).join(', ')}`] : []),
  ...(keys.atEnd === keys.base ? [] : [`Keys have stayed: ${JSON.stringify(keys.atEndByKind)}`]),
  ...(handles.atEnd <= handles.base + mostHandles ? [] : ['Handles have stayed.']),
  ...(growth > 10_000_000 ? ['The heap grows.'] : []),
];
for (const problem of problems) console.error(`Failed: ${problem}`);
process.exit(problems.length > 0 ? 1 : 0);

/** Of the heap. @param {readonly { readonly heapUsed: number }[]} some */
function median(some) {
  const sorted = some.map(({ heapUsed }) => heapUsed).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** @param {number} bytes */
function inMegabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** @param {'minutes' | 'flows' | 'rate'} name */
function number(name) {
  const text = values[name];
  if (text !== undefined && !/^\d+(\.\d+)?$/.test(text)) stop(`--${name} must be a number.`);
  return text === undefined ? undefined : Number(text);
}
