/** What npm will serve: packed, installed into an empty project, and used as README shows, from both module systems. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from './support/free-port.js';
import { callApi, freshCode, token } from './support/server.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = join(root, 'node_modules/.bin/tsc');
const installing = 120_000; // milliseconds

const published = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json', 'views'];

let folder: string;
let tarball: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'express-oauth-router-package-'));
  const clone = join(folder, 'clone'); // without dist/, which packing has to make
  for (const name of [...published, 'lib', 'scripts', 'tsconfig.json', 'tsconfig.build.json'])
    await cp(join(root, name), join(clone, name), { recursive: true });
  await symlink(join(root, 'node_modules'), join(clone, 'node_modules'));
  await execute('npm', ['pack', '--pack-destination', folder], clone);
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  tarball = join(folder, `express-oauth-router-${version}.tgz`);
}, installing);

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the tarball', () => {
  let files: string[];

  beforeAll(async () => {
    const list = await execute('tar', ['-tzf', tarball], folder);
    files = list
      .trim()
      .split('\n')
      .map((path) => path.replace(/^package\//, ''));
  });

  it('holds what is needed and nothing else', () => {
    const entries = new Set(files.map((path) => path.split('/')[0]));
    expect([...entries].sort()).toEqual([...published, 'dist'].sort());
  });

  it('holds compiled code with its types only', () => {
    expect(files.filter((path) => path.startsWith('dist/') && !/\.js$|\.d\.ts$/.test(path))).toEqual([]);
  });

  it('holds that code in the few files that a process loads fastest, and no single modules beside them', () => {
    const code = files.filter((path) => path.startsWith('dist/') && path.endsWith('.js') && !path.startsWith('dist/bundle/'));
    expect(code.sort()).toEqual(['dist/cli/index.js', 'dist/index.js', 'dist/protect-api.js']);
    expect(files.filter((path) => path.startsWith('dist/bundle/')).length).toBeLessThan(10);
  });

  it('holds the screens', () => {
    expect(files.filter((path) => path.startsWith('views/') && path.endsWith('.ejs'))).not.toEqual([]);
  });
});

describe.each(['5', '4'])('installed beside Express %s', (express) => {
  let project: string;

  beforeAll(async () => {
    project = join(folder, `express-${express}`);
    await mkdir(project);
    await writeFile(join(project, 'package.json'), '{ "private": true }');
    const packages = [tarball, `express@${express}`, `@types/express@${express}`, '@types/node@20'];
    await execute('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', ...packages], project);
  }, installing);

  it.each(['import', 'require'])("runs README's example by %s", async (moduleSystem) => {
    const file = await writeExample(moduleSystem, project);
    await whileRunning(file, async (url) => {
      const discovery = await fetch(`${url}/.well-known/oauth-authorization-server`);
      expect(discovery.status).toBe(200);
      expect(await discovery.json()).toMatchObject({ issuer: url });
      expect((await fetch(`${url}/api/contacts`)).status).toBe(401);
      const { body } = await token(url, { ...(await freshCode(url, { ...client, state: 'x' })), ...credentials });
      expect(await (await callApi(url, body.access_token)).json()).toEqual([{ owner: '1', name: 'Bob' }]);
    });
  });

  it('has a command line that can be run', async () => {
    const command = join(project, 'node_modules/.bin/express-oauth-router');
    expect(await execute(command, ['--help'], project)).toContain('Usage: express-oauth-router <command>');
    await writeFile(join(project, 'oauth.config.mjs'), "export default { issuer: 'http://localhost:3000' };");
    await expect(execute(command, ['client', 'list'], project)).rejects.toThrow('The options have neither redis nor store');
  });

  it('finds the screens to be copied', async () => {
    const command = join(project, 'node_modules/.bin/express-oauth-router');
    expect(await execute(command, ['views', '--list'], project)).toMatch(/^login /m);
  });

  it('has types that a strict project accepts', async () => {
    await writeFile(join(project, 'app.mts'), typed);
    await writeFile(join(project, 'app.cts'), typed);
    await writeFile(join(project, 'example.mts'), await readExample());
    const strict = [
      '--noEmit',
      '--strict',
      '--exactOptionalPropertyTypes',
      '--target',
      'es2023',
      '--module',
      'nodenext',
      '--types',
      'node',
    ];
    await execute(tsc, [...strict, '--skipLibCheck', 'false', 'app.mts', 'app.cts', 'example.mts'], project);
  });
});

const typed = `
import { oauthRouter } from 'express-oauth-router';
import { protectApi } from 'express-oauth-router/protect-api';

const oauth = oauthRouter({
  issuer: 'http://localhost:3000',
  secrets: ['a secret of thirty-two characters'],
  clients: [],
  users: { authenticate: () => undefined },
  apis: { 'http://localhost:3000/api': { scopes: { 'read:contacts': 'See your contacts' } } },
});
oauth.protect('read:contacts');
const protect = protectApi({ issuer: 'http://localhost:3000', audience: 'http://localhost:3000/api' });
protect({ scopes: ['read:contacts'], allow: ({ sub }, { params }) => sub === params.user });
// @ts-expect-error there is no such requirement
protect({ scope: 'read:contacts' });
// @ts-expect-error a number is no scope; so the types are really there
oauth.protect(5);
`;

/** The client of README's example. */
const client = { client_id: 'web', redirect_uri: 'http://localhost:3001/callback' };
const credentials = { client_id: 'web', client_secret: 'a secret that only web knows' };

async function readExample(): Promise<string> {
  const example = /^```js\n(.*?)^```$/ms.exec(await readFile(join(root, 'README.md'), 'utf8'))?.[1];
  if (!example) throw new Error('README.md has no ```js block.');
  return example;
}

async function writeExample(moduleSystem: string, project: string): Promise<string> {
  const example = await readExample();
  const file = join(project, moduleSystem === 'import' ? 'example.mjs' : 'example.cjs');
  await writeFile(file, moduleSystem === 'import' ? example : withRequire(example));
  return file;
}

function withRequire(example: string): string {
  return example
    .replace(/^import (\w+) from ('[^']+');$/gm, 'const $1 = require($2);')
    .replace(
      /^import (\{[^}]+\}) from ('[^']+');$/gm,
      (_, names: string, from: string) => `const ${names.replaceAll(' as ', ': ')} = require(${from});`,
    );
}

/** Runs a server for as long as `use` takes. */
async function whileRunning(file: string, use: (url: string) => Promise<void>): Promise<void> {
  const port = await freePort();
  const env = { ...process.env, OAUTH_SECRET: randomBytes(32).toString('base64url'), PORT: String(port) };
  const child = spawn(process.execPath, [file], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  try {
    await untilListening(child, port);
    await use(`http://localhost:${port}`);
  } finally {
    child.kill();
    await ended;
  }
}

async function untilListening(child: ChildProcess, port: number): Promise<void> {
  let output = '';
  child.stdout?.on('data', (text) => (output += text));
  child.stderr?.on('data', (text) => (output += text));
  for (let tries = 0; tries < 100; tries += 1) {
    if (child.exitCode !== null) break;
    if (await fetch(`http://localhost:${port}/`).catch(() => undefined)) return;
    await sleep(100);
  }
  throw new Error(`The example did not start:\n${output}`);
}

async function execute(command: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    return (await promisify(execFile)(command, args, { cwd })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error([`${command} ${args.join(' ')} failed.`, stdout, stderr].join('\n'));
  }
}
