/**
 * `npm run bench`: this server beside others, on the same work, in one run. It tells how long that will take; `--quick` takes one short round of
 * each, to see that all work, and keeps them in a file of their own. `--jobs`, `--servers`, `--nodes` and `--what` (speed, redis, starts, scale, profiles) take names with commas between
 * them, `--rounds`, `--seconds`, `--warm-up` and `--workers` numbers. `--against` takes the folder of another checkout of ours, built, for what a
 * change has brought.
 *
 * What was measured is in bench/results.json, after each job; `--add` keeps what is there of the same commit, so that a run can be made in parts,
 * each job by all servers (else it goes to bench/results-before.json). `--write` puts all of it into docs/performance.md, and with `--what nothing` does just this.
 */
import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { register } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { servers } from '../bench/servers/index.js';
import { build, checkNode, install, root, run, stop, tsc } from './prepare.js';

checkNode();

const [own = ''] = process.versions.node.split('.');
const list = /** @type {const} */ ({ type: 'string' });
const { values } = parseArgs({
  options: {
    against: list,
    jobs: list,
    servers: list,
    nodes: list,
    what: list,
    rounds: list,
    seconds: list,
    'warm-up': list,
    workers: list,
    add: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});

/** @type {readonly import('../bench/measure/failure.js').What[]} */
const everything = ['speed', 'redis', 'starts', 'scale', 'profiles'];
checkNames('what', [...everything, 'nothing']);
checkNames(
  'jobs',
  servers.flatMap(({ jobs }) => jobs),
);
checkNames(
  'servers',
  servers.map(({ name }) => name),
);
checkNames('nodes', ['24', '22', '20', own]);

if (values.quick && values.write) stop('--quick is no measurement, and --write takes it for one: leave one of them out.');
if (values.against !== undefined && values.write) stop('--against is for yourself, and --write for everybody: leave one of them out.');

await install();
if (!(await build())) stop('The sources do not compile; see above.');
await installPeers();
if ((await run(tsc, ['-p', 'bench'])) !== 0) stop('The types of the bench are not right; see above.');

register('../test/support/typescript-hooks.js', import.meta.url);
const { run: runBench } = await import('../bench/run.js');

const { quick } = values;
const file = join(root, 'bench', quick ? 'results-quick.json' : 'results.json');
const { merge } = await import('../bench/report/results.js');
const { Refusal, sentenceOf } = await import('../bench/measure/failure.js');
/** @type {import('../bench/report/results.js').Results | undefined} */
const before = values.add && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
/** @type {readonly import('../bench/measure/failure.js').Failure[]} */
let failures = [];
const what = everything.filter((name) => split(values.what)?.includes(name) ?? true);
if (what.length > 0 && !values.add && !quick && existsSync(file)) copyFileSync(file, join(root, 'bench', 'results-before.json'));

await runBench({
  what,
  ...withNames('jobs'),
  ...withNames('servers'),
  against: values.against === undefined ? undefined : resolve(values.against),
  nodes: split(values.nodes),
  rounds: number('rounds', quick ? 1 : 3),
  seconds: number('seconds', quick ? 0.5 : 2),
  warmUp: number('warm-up', quick ? 0.3 : 3), // until V8 has compiled what most servers use: after 2 to 4 seconds
  workers: number('workers', 16),
  authorizations: quick ? [1_000] : [10_000, 100_000, 1_000_000],
  command: `npm run bench -- ${process.argv.slice(2).join(' ')}`.replace(/ -- $/, ''),
  tell: (line) => console.log(line),
  save(results) {
    if (what.length === 0) return;
    failures = results.failures;
    writeFileSync(file, JSON.stringify(before ? merge(before, results) : results, undefined, 2));
  },
}).catch((error) => {
  if (error instanceof Refusal) stop(error.message);
  throw error;
});
if (values.write) {
  const { writeDocument } = await import('../bench/report/document.js');
  writeDocument(JSON.parse(readFileSync(file, 'utf8')), join(root, 'docs'));
}
for (const failure of failures) console.error(`Failed: ${sentenceOf(failure)}`);
process.exit(failures.length > 0 ? 1 : 0);

/** What is measured against, and Node 24, for this folder alone. Nothing of it runs when it is installed. */
async function installPeers() {
  const cwd = join(root, 'bench');
  const installed = join(cwd, 'node_modules', '.package-lock.json'); // npm writes it last
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(cwd, 'package-lock.json')).mtimeMs) return;
  console.log('Installing what is measured against ...');
  const options = { cwd, stdio: /** @type {const} */ (['ignore', 'pipe', 'pipe']) };
  const failed = await run('npm', ['install', '--no-save', '--no-progress', '--ignore-scripts'], { ...options, stdio: [...options.stdio] });
  if (failed !== 0) stop('The peers were not installed; see above.');
}

/** @param {string | undefined} names */
function split(names) {
  return names?.split(',');
}

/** @param {'what' | 'jobs' | 'servers' | 'nodes'} option @param {readonly string[]} known */
function checkNames(option, known) {
  const unknown = split(values[option])?.filter((name) => !known.includes(name)) ?? [];
  if (unknown.length > 0) stop(`--${option} knows no ${unknown.join(' and no ')}; it knows ${[...new Set(known)].join(', ')}.`);
}

/** @param {'jobs' | 'servers'} option */
function withNames(option) {
  const names = split(values[option]);
  return names ? { [option]: names } : {};
}

/** @param {'rounds' | 'seconds' | 'warm-up' | 'workers'} option @param {number} usual */
function number(option, usual) {
  const text = values[option];
  if (text !== undefined && !/^\d+(\.\d+)?$/.test(text)) stop(`--${option} must be a number.`);
  return text === undefined ? usual : Number(text);
}
