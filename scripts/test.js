/** `npm test`: everything, on any machine. Arguments go to jest: `npm test -- test/store`. */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { biome, build, checkNode, install, root, run, runQuietly, stop, tsc } from './prepare.js';

const mark = `EXPRESS_OAUTH_ROUTER_TEST_RUN=${randomUUID()}`; // in the environment of all that the tests start
const args = process.argv.slice(2);

checkNode();
await install();
await installPrograms();

const folder = mkdtempSync(join(tmpdir(), 'express-oauth-router-test-'));
process.once('exit', () => {
  endProcesses(leftBehind());
  rmSync(folder, { recursive: true });
});

/** @type {string[]} */
const failedChecks = [];

if (!(await build())) failedChecks.push('build'); // first: by our own name, the example gets its types from dist/
console.log('Checking types ...');
if ((await run(tsc, ['-p', 'tsconfig.json'])) !== 0) failedChecks.push('types');
console.log('Linting ...');
if ((await run(biome, ['check', '.'])) !== 0) failedChecks.push('lint');

const { passed, failed, skipped } = await runJest();

const left = await waitForNoneLeft();
for (const { pid, command } of left) console.error(`Still running after the tests: ${pid} ${command}`);
if (left.length > 0) failedChecks.push('processes left running');

if (failedChecks.length > 0) console.error(`Failed besides the tests: ${failedChecks.join(', ')}.`);
const allFailed = failed + failedChecks.length;
process.exitCode = allFailed > 0 ? 1 : 0;
console.log(`${passed} passed, ${allFailed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);

async function installPrograms() {
  const packages = [
    ...(isOnPath('redis-server') ? [] : ['redis-server']),
    ...(isOnPath('nginx') ? [] : ['nginx']),
    ...(existsSync(process.env.CHROMIUM_PATH ?? '/usr/bin/chromium') ? [] : ['chromium', 'fonts-liberation']),
  ];
  if (packages.length === 0) return;

  const isDebian = existsSync('/etc/os-release') && /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'));
  if (!isDebian || process.getuid?.() !== 0) stop(`Please install first: ${packages.join(', ')}.`);

  console.log(`Installing ${packages.join(', ')} ...`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }; // 1: without systemd, services do not start
  const installed =
    (await runQuietly('apt-get', ['update'], env)) === 0 &&
    (await runQuietly('apt-get', ['install', '-y', '--no-install-recommends', ...packages], env)) === 0;
  if (!installed) stop(`Could not install ${packages.join(', ')}; see above.`);
  const services = ['redis-server', 'nginx'].filter((name) => packages.some((installedNow) => installedNow.startsWith(name)));
  if (services.length > 0 && existsSync('/run/systemd/system')) {
    await runQuietly('systemctl', ['disable', '--now', ...services]); // the tests start their own
  }
}

/**
 * Debian keeps servers in /usr/sbin, which is not on the path of ordinary users; so the tests look there too.
 *
 * @param {string} program
 */
function isOnPath(program) {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'].some((folder) => existsSync(join(folder, program)));
}

/** A test file that crashed counts as one failed test; so does a run without any test, or one that jest itself calls failed. */
async function runJest() {
  const outputFile = join(folder, 'jest.json');
  const code = await run(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      join(root, 'node_modules/jest/bin/jest.js'),
      '--json',
      `--outputFile=${outputFile}`,
      ...args,
    ],
    { stdio: ['inherit', 'ignore', 'inherit'], env: { ...process.env, ...Object.fromEntries([mark.split('=')]) } },
  );
  const results = existsSync(outputFile) ? JSON.parse(readFileSync(outputFile, 'utf8')) : {};
  const { numPassedTests: passed = 0, numFailedTests = 0, numRuntimeErrorTestSuites = 0 } = results;
  const failed = numFailedTests + numRuntimeErrorTestSuites;
  if (passed + failed === 0) failedChecks.push('no test ran');
  else if (failed === 0 && code !== 0) failedChecks.push(`jest ended with ${code}`);
  return { passed, failed, skipped: (results.numPendingTests ?? 0) + (results.numTodoTests ?? 0) };
}

/** A browser needs a moment to go. */
async function waitForNoneLeft() {
  for (let tries = 0; tries < 20 && leftBehind().length > 0; tries += 1) await sleep(100);
  return leftBehind();
}

/** Processes that the tests started, wherever in the process tree they are now. Looks into /proc, so on Linux only. */
function leftBehind() {
  const pids = existsSync('/proc/self/environ') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
  return pids
    .filter((pid) => read(`/proc/${pid}/environ`).split('\0').includes(mark))
    .map((pid) => ({ pid: Number(pid), command: read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim() }));
}

/** @param {readonly { pid: number }[]} processes */
function endProcesses(processes) {
  for (const { pid } of processes) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it has gone meanwhile
    }
  }
}

/**
 * A file of /proc; nothing, if the process has gone or is not ours to read.
 *
 * @param {string} path
 */
function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
