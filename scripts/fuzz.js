/**
 * `npm run fuzz`: a million random requests at a server in this process, each answer judged; ends with 1 if there is anything to complain of.
 * `npm run fuzz -- --requests 50000 --seconds 60 --seed 4711`
 */
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkNode, install, root, stop } from './prepare.js';

checkNode();
await install();
if (!globalThis.gc) {
  const args = ['--expose-gc', '--no-deprecation', fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  process.exit(spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1);
}

const { values } = parseArgs({ options: { requests: { type: 'string' }, seconds: { type: 'string' }, seed: { type: 'string' } } });
const seed = number('seed') ?? randomInt(1_000_000_000);
const seconds = number('seconds');

register('../test/support/typescript-hooks.js', import.meta.url);
const { fuzz, mostGrowth, mostHandles } = await import('../test/fuzz/run.js');

console.log(`Seed ${seed}`);
const report = await fuzz({
  seed,
  requests: number('requests') ?? 1_000_000,
  ...(seconds !== undefined && { seconds }),
  onRound: ({ requests, seconds }) => process.stdout.write(`\r${requests} requests, ${Math.round(requests / seconds)} a second `),
});
console.log('');
const statuses = [...new Set(Object.values(report.answered).flatMap(Object.keys))].sort();
console.table(Object.fromEntries(Object.entries(report.answered).map(([endpoint, counts]) => [endpoint, inOrder(counts, statuses)])));
const { requests, raw, kept, slowest, growth = 0, growthInSecondHalf = 0, handles, failure } = report;
const megabytes = (growth / 1_000_000).toFixed(1);
console.log(
  `${requests} requests, ${raw} of them bytes that are hardly HTTP, in ${Math.round(report.seconds)} s; the slowest answer took ${Math.round(slowest)} ms; the heap grew by ${megabytes} MB, of which ${(growthInSecondHalf / 1_000_000).toFixed(1)} MB in the second half. ${kept} connections were kept as long as could be. Handles: ${handles.before}, and ${handles.after} at the end.`,
);
if (failure) console.error(`\nFailed: ${failure.text}\n\nOnce more: npm run fuzz -- --seed ${failure.seed}`);
if (growth > mostGrowth) console.error(`\nFailed: the heap grew by ${megabytes} MB.`);
const haveHandlesStayed = handles.after > handles.before + mostHandles;
if (haveHandlesStayed) console.error('\nFailed: handles have stayed.');
process.exit(failure || growth > mostGrowth || haveHandlesStayed ? 1 : 0);

/**
 * @param {Readonly<Record<string, number>>} counts
 * @param {readonly string[]} statuses
 */
function inOrder(counts, statuses) {
  return Object.fromEntries(statuses.map((status) => [status, counts[status] ?? 0]));
}

/** @param {'requests' | 'seconds' | 'seed'} name */
function number(name) {
  const text = values[name];
  if (text !== undefined && !/^\d+$/.test(text)) stop(`--${name} must be a whole number.`);
  return text === undefined ? undefined : Number(text);
}
