/** The command line in a process of its own, in a folder of its own, as an operator has it. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Options, transform } from '@swc/core';
import { secret } from './server.js';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Operator {
  readonly folder: string;
  /** Runs `express-oauth-router` with these arguments. */
  run(...args: readonly string[]): Promise<Ran>;
  /** What it writes with `--json`; an error, if it fails. */
  json<T = Record<string, unknown>>(...args: readonly string[]): Promise<T>;
  write(name: string, text: string): Promise<void>;
  remove(): Promise<void>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** As it stands now, in plain JavaScript: compiled once, not in each of many processes. */
async function compileInto(folder: string): Promise<string> {
  const files = await readdir(join(root, 'lib'), { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  for (const beside of ['node_modules', 'views']) await symlink(join(root, beside), join(folder, beside));
  const options: Options = { swcrc: false, module: { type: 'es6' }, jsc: { target: 'es2022', parser: { syntax: 'typescript' } } };
  await Promise.all(
    files
      .filter((file) => file.endsWith('.ts'))
      .map(async (file) => {
        const { code } = await transform(await readFile(join(root, 'lib', file), 'utf8'), options);
        const target = join(folder, 'lib', file.replace(/\.ts$/, '.js'));
        await mkdir(dirname(target), { recursive: true });
        await writeFile(target, code);
      }),
  );
  return join(folder, 'lib/cli/index.js');
}

/** @param env - besides that of the tests */
export async function startOperator(env: Readonly<Record<string, string>> = {}): Promise<Operator> {
  const folder = await mkdtemp(join(tmpdir(), 'oauth-operator-'));
  const compiled = await mkdtemp(join(tmpdir(), 'oauth-command-line-'));
  const entry = await compileInto(compiled);

  async function run(...args: readonly string[]): Promise<Ran> {
    const child = spawn(process.execPath, [entry, ...args], {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) child[name].setEncoding('utf8').on('data', (text) => (output[name] += text));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, ...output };
  }

  return {
    folder,
    run,
    async json(...args) {
      const { code, stdout, stderr } = await run(...args, '--json');
      if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
      return JSON.parse(stdout);
    },
    write: (name, text) => writeFile(join(folder, name), text),
    async remove() {
      await Promise.all([folder, compiled].map((each) => rm(each, { recursive: true })));
    },
  };
}

/** The source of options that go with those of `testOptions`; `more` is source, too. */
export function optionsSource(redis: string, more = ''): string {
  return `{
    issuer: 'https://app.example.com',
    secrets: ['${secret}'],
    redis: '${redis}',
    clients: [{ client_id: 'web', client_secret: 'the secret of the web client', redirect_uris: ['https://client.example.com/callback'] }],
    users: { authenticate: () => null },
    apis: { 'https://api.example.com/contacts': { scopes: { 'read:contacts': 'See your contacts', 'create:contacts': 'Add contacts' } } },
    ${more}
  }`;
}
