/** What `npm start` and `npm test` have in common: the right Node, dependencies, a fresh dist/, and a way to run commands. */
import { spawn } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, rmSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'node_modules', '.bin');

export const tsc = join(bin, 'tsc');
export const biome = join(bin, 'biome');

export function checkNode() {
  const { node } = process.versions;
  if (!isAtLeast(node, '20.19.0') || (isAtLeast(node, '21.0.0') && !isAtLeast(node, '22.12.0'))) {
    stop(`This needs Node 20.19 or newer (of 22: 22.12), and you run ${node}.`);
  }
}

/**
 * Installs exactly what the lock file says. Not by `npm ci`: it refuses a lock file without the packages of other platforms
 * (swc, Biome), and one made behind a registry mirror that serves a single platform has none.
 */
export async function install() {
  if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) return; // it belongs to another checkout
  const installed = 'node_modules/.package-lock.json'; // npm writes it last
  if (changed(installed) >= changed('package-lock.json')) return;
  console.log('Installing dependencies ...');
  rmSync(join(root, existsSync(join(root, installed)) ? installed : 'node_modules'), { recursive: true, force: true });
  if ((await runQuietly('npm', ['install', '--no-save', '--no-progress', '--ignore-scripts'])) !== 0)
    stop('The dependencies were not installed; see above.');
}

/** Says whether dist/ now is what lib/ says. */
export async function build() {
  const sources = [
    'tsconfig.json',
    'tsconfig.build.json',
    'scripts/bundle.js',
    'lib',
    ...readdirSync(join(root, 'lib'), { recursive: true }).map(inLib),
  ];
  if (changed('dist/bundle') > Math.max(...sources.map(changed))) return true;
  console.log('Building ...');
  rmSync(join(root, 'dist'), { recursive: true, force: true }); // or a module that was removed would live on
  if ((await runQuietly(tsc, ['-p', 'tsconfig.build.json', '--noEmitOnError'])) !== 0) return false;
  return (await runQuietly(process.execPath, [join('scripts', 'bundle.js')])) === 0;
}

/**
 * Runs a command to its end, in the open, and returns its exit code.
 * A signal that reaches us meanwhile goes to the command first, so that it is never left behind;
 * if it does not end within two seconds (npm rolls back for longer), it is killed.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>}
 */
export function run(command, args, options) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
    /** @type {Buffer[]} */
    const output = [];
    child.stdout?.on('data', (text) => output.push(text));
    child.stderr?.on('data', (text) => output.push(text));

    /** @type {NodeJS.Signals | undefined} */
    let interruption;
    /** @param {NodeJS.Signals} signal */
    const passOn = (signal) => {
      interruption = signal;
      child.kill(signal);
      setTimeout(() => child.kill('SIGKILL'), 2_000);
    };
    process.on('SIGINT', passOn).on('SIGTERM', passOn);

    child.once('error', (error) => output.push(Buffer.from(`${command}: ${error.message}\n`)));
    child.once('close', (code) => {
      process.off('SIGINT', passOn).off('SIGTERM', passOn);
      if (interruption) process.exit(128 + constants.signals[interruption]);
      if (code !== 0) process.stdout.write(Buffer.concat(output));
      resolve(code ?? 1);
    });
  });
}

/**
 * As run(), but says something only when the command fails, and then all of it.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
export function runQuietly(command, args, env = process.env) {
  return run(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
}

/**
 * @param {string} sentence
 * @returns {never}
 */
export function stop(sentence) {
  console.error(sentence);
  process.exit(1);
}

/**
 * When a file was last changed; never, if it is not there.
 *
 * @param {string} path
 */
function changed(path) {
  return existsSync(join(root, path)) ? statSync(join(root, path)).mtimeMs : 0;
}

/** @param {string | Buffer} path */
function inLib(path) {
  return join('lib', path.toString());
}

/**
 * @param {string} version
 * @param {string} needed
 */
function isAtLeast(version, needed) {
  return version.localeCompare(needed, 'en', { numeric: true }) >= 0;
}
