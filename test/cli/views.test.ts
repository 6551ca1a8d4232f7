/** `views`: what is copied, what is never lost, and what an upgrade finds. */
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createRouter } from '../../lib/router.js';
import { type Operator, startOperator } from '../support/cli.js';
import { testOptions } from '../support/server.js';

const ours = fileURLToPath(new URL('../../views', import.meta.url));
const ourFiles = ['', 'partials'].flatMap((folder) =>
  readdirSync(join(ours, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => join(folder, name)),
);

let operator: Operator;
let folder: string;
let count = 0;

beforeAll(async () => {
  operator = await startOperator();
});

beforeEach(() => {
  count += 1;
  folder = join(operator.folder, `views-${count}`);
});

afterAll(() => operator.remove());

const filesIn = (path: string) => readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
const textOf = (path: string) => readFile(path, 'utf8');

describe('views <folder>', () => {
  it('copies all that a host may have in its place, byte for byte, and such a folder works', async () => {
    const { code, stderr } = await operator.run('views', folder);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const file of ourFiles) expect(await textOf(join(folder, file))).toBe(await textOf(join(ours, file)));
    expect(filesIn(folder)).toBe(ourFiles.length);
    await createRouter({ ...testOptions('http://localhost'), views: folder, log: { warn() {}, error() {} } }).close();
  });

  it('copies those that are named, and nothing else', async () => {
    const { code, stdout } = await operator.run('views', folder, 'login', 'partials/head.ejs', 'style', 'login');
    expect(code).toBe(0);
    expect(stdout.match(/^copied /gm)).toHaveLength(3);
    for (const file of ['login.ejs', 'partials/head.ejs', 'style.css']) expect(existsSync(join(folder, file))).toBe(true);
    expect(filesIn(folder)).toBe(3);
  });

  it('never loses what somebody wrote, and copies the rest', async () => {
    await mkdir(folder);
    await writeFile(join(folder, 'login.ejs'), 'my own');
    const { code, stdout, stderr } = await operator.run('views', folder, 'login', 'consent');
    expect(code).toBe(1);
    expect(stderr).toMatch(/login\.ejs: it differs from ours and was not overwritten\. Use --force/);
    expect(stdout).toMatch(/^kept +\S+login\.ejs\ncopied +\S+consent\.ejs\n$/);
    expect(await textOf(join(folder, 'login.ejs'))).toBe('my own');
  });

  it('loses it by --force alone', async () => {
    await mkdir(folder);
    await writeFile(join(folder, 'login.ejs'), 'my own');
    const { code, stdout } = await operator.run('views', folder, 'login', '--force');
    expect({ code, stdout: stdout.split(' ')[0] }).toEqual({ code: 0, stdout: 'overwritten' });
    expect(await textOf(join(folder, 'login.ejs'))).toBe(await textOf(join(ours, 'login.ejs')));
  });

  it('leaves alone what is the same but for the ends of its lines', async () => {
    await operator.run('views', folder, 'login');
    const windows = (await textOf(join(folder, 'login.ejs'))).replaceAll('\n', '\r\n');
    await writeFile(join(folder, 'login.ejs'), windows);
    expect((await operator.run('views', folder, 'login', '--force')).stdout).toMatch(/^same /);
    expect(await textOf(join(folder, 'login.ejs'))).toBe(windows);
  });
});

describe('views --list', () => {
  it('names each with its purpose, and so does views alone; nothing is written', async () => {
    const before = filesIn(operator.folder);
    const { code, stdout } = await operator.run('views', '--list');
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(ourFiles.length);
    expect(stdout).toMatch(/^login +Asks for user name and password\.$/m);
    expect(stdout).toMatch(/^partials\/foot +The end of every page\.$/m);
    expect(stdout).not.toMatch(/^\S+ *$/m);
    expect(stdout).not.toContain('broken');
    expect((await operator.run('views')).stdout).toBe(stdout);
    expect(filesIn(operator.folder)).toBe(before);
  });

  it('is JSON for programs', async () => {
    const list = await operator.json<{ name: string; purpose: string }[]>('views', '--list');
    expect(list.find(({ name }) => name === 'consent')?.purpose).toBe('Asks whether a client may use the account.');
  });
});

describe('views --diff <folder>', () => {
  it('says which are the same, which differ, and which stand in for nothing', async () => {
    await operator.run('views', folder, 'login', 'consent', 'partials/head');
    await writeFile(join(folder, 'login.ejs'), 'my own');
    await writeFile(join(folder, 'partials/heda.ejs'), 'a slip');
    const outcomes = await operator.json<{ name: string; outcome: string }[]>('views', '--diff', folder);
    expect(Object.fromEntries(outcomes.map(({ name, outcome }) => [name, outcome]))).toEqual({
      consent: 'same',
      login: 'different',
      'partials/head': 'same',
      'partials/heda.ejs': 'unknown',
    });
    const { code, stdout } = await operator.run('views', '--diff', folder);
    expect(code).toBe(0);
    expect(stdout).toContain('heda.ejs stands in for none of ours. Did you mean head.ejs?');
    expect(await textOf(join(folder, 'login.ejs'))).toBe('my own');
  });
});

describe('what was typed wrong', () => {
  it.each<[string, string[], number, RegExp]>([
    ['a slip', ['views', 'FOLDER', 'logn'], 2, /There is no template logn\. Did you mean login\?/],
    ['a partial without its folder', ['views', 'FOLDER', 'head'], 2, /Did you mean partials\/head\?/],
    ['what is nothing like it', ['views', 'FOLDER', 'zzzzzzzz'], 2, /Known are: accounts, /],
    ['what is not to be replaced', ['views', 'FOLDER', 'developer/broken'], 2, /There is no template developer\/broken/],
    ['a file for the folder', ['views', 'a-file'], 2, /a-file is a file\. Name a folder/],
    ['a folder below a file', ['views', 'a-file/below'], 1, /a part of its path is a file/],
    ['no folder to compare', ['views', '--diff'], 2, /Write `views --diff <folder>`/],
    ['a folder that is not there', ['views', '--diff', 'nowhere'], 2, /There is no folder nowhere\./],
    ['two wishes at once', ['views', 'FOLDER', '--diff', '--force'], 2, /Leave out --force/],
  ])('is told with a cure, and nothing is written: %s', async (_, args, exit, said) => {
    await operator.write('a-file', 'text');
    const { code, stdout, stderr } = await operator.run(...args.map((arg) => (arg === 'FOLDER' ? folder : arg)));
    expect({ code, stdout }).toEqual({ code: exit, stdout: '' });
    expect(stderr).toMatch(said);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(existsSync(folder)).toBe(false);
  });
});
