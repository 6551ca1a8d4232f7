/** The layout of DESIGN.md section 3, held by reading the sources: imports point down, chance and time have one home, tables are complete. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parseSync } from '@swc/core';

/** From the bottom up. A folder stands for all its files, which may import each other; a file stands for itself. */
const layers: readonly (readonly string[])[] = [
  ['languages', 'platform'],
  ['errors', 'nearest', 'model'],
  ['http', 'store', 'keys', 'events', 'limits'],
  ['contracts'],
  ['clients', 'rules'],
  ['proof', 'config'],
  ['tokens', 'interaction', 'response-modes', 'error-answer'],
  ['response-types', 'logout', 'resource-server'],
  ['grants', 'client-auth', 'authorization'],
  ['sign-in'],
  ['endpoints', 'answer'],
  ['server'],
  ['express'],
  ['router', 'protect-api'],
  ['index', 'cli'],
];

/** These packages, and who may import them. */
const homes: Readonly<Record<string, readonly string[]>> = {
  express: ['express', 'router'],
  ejs: ['express', 'router'],
  'cookie-parser': ['express', 'router'],
  csurf: ['express', 'router'],
  '@simplewebauthn': ['interaction'],
};

/** Time and chance, as they are called or imported, and where else but in platform/ they may be. */
const forbidden: ReadonlyMap<string, readonly string[]> = new Map([
  ['Date.now', []],
  ['new Date()', []],
  ['Date()', []],
  ['performance.now', []],
  ['process.hrtime', []],
  ['Math.random', []],
  ['randomBytes', []],
  ['randomFill', []],
  ['randomFillSync', []],
  ['randomInt', []],
  ['randomUUID', []],
  ['getRandomValues', []],
  ['generateKey', []],
  ['generateKeySync', []],
  ['generateKeyPair', ['keys']],
  ['generateKeyPairSync', ['keys']],
]);

const root = fileURLToPath(new URL('../lib/', import.meta.url));
const sources: Readonly<Record<string, string>> = Object.fromEntries(
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => [file.replaceAll('\\', '/'), readFileSync(join(root, file), 'utf8')]),
);

/** What stands in a layer: the folder of a file; of a file in lib/ itself, its name. */
function placeOf(file: string): string {
  return file.includes('/') ? (file.split('/')[0] as string) : basename(file, '.ts');
}

function layerOf(file: string): number {
  return layers.findIndex((places) => places.includes(placeOf(file)));
}

type Node = Readonly<Record<string, unknown>> & { readonly type: string };

/** Every node of the syntax tree, so that no comment and no string is taken for code. */
function* nodesOf(value: unknown): Generator<Node> {
  if (typeof value !== 'object' || value === null) return;
  if ('type' in value && typeof value.type === 'string') yield value as Node;
  for (const child of Object.values(value)) yield* nodesOf(child);
}

function parse(source: string): Node[] {
  return [...nodesOf(parseSync(source, { syntax: 'typescript', target: 'es2022' }))];
}

/** What is imported: by import, export from, import() and import('…') as a type. */
function importsOf(source: string): string[] {
  return parse(source).flatMap((node) => {
    if (node.type === 'CallExpression' && (node.callee as Node).type === 'Import') {
      const [argument] = node.arguments as { expression: { value?: string } }[];
      return [argument?.expression.value ?? 'what is computed'];
    }
    const from = (node.type === 'TsImportType' ? node.argument : node.source) as { value?: string } | undefined | null;
    return typeof from?.value === 'string' ? [from.value] : [];
  });
}

/** The names of the clock and of chance that a source uses. */
function usesOf(source: string): string[] {
  return parse(source)
    .map(useOf)
    .filter((use) => use !== undefined && forbidden.has(use)) as string[];
}

function useOf(node: Node): string | undefined {
  const name = (value: unknown) => (value as { value?: string }).value;
  switch (node.type) {
    case 'NewExpression':
      return (node.arguments as unknown[] | null)?.length ? undefined : `new ${name(node.callee)}()`;
    case 'CallExpression':
      return `${name(node.callee)}()`;
    case 'MemberExpression': {
      const member = name(node.property);
      return member !== undefined && forbidden.has(member) ? member : `${name(node.object)}.${member}`;
    }
    case 'ImportSpecifier':
      return name(node.imported ?? node.local);
    default:
      return undefined;
  }
}

/** What has members by its prototype, by the name that it goes by: a copy by `{ ...server }` would be without them. Spreads alone are looked for. */
const uncopied = ['server', 'here', 'http'];

function copiesIn(source: string): string[] {
  return parse(source).flatMap((node) => {
    const spread = node.type === 'SpreadElement' ? (node.arguments as Node & { value?: unknown }) : undefined;
    return spread?.type === 'Identifier' && uncopied.includes(spread.value as string) ? [spread.value as string] : [];
  });
}

/** Each breach in one line, with the file and what it should not have. */
function breaches(files: Readonly<Record<string, string>>): string[] {
  return Object.entries(files).flatMap(([file, source]) => [
    ...(layerOf(file) < 0 ? [`${file} is in no layer`] : []),
    ...importsOf(source).flatMap((specifier) => breachOf(file, specifier)),
    ...usesOf(source)
      .filter((use) => placeOf(file) !== 'platform' && !forbidden.get(use)?.includes(placeOf(file)))
      .map((use) => `${file} uses ${use}`),
    ...copiesIn(source).map((name) => `${file} makes a copy of ${name}`),
  ]);
}

function breachOf(file: string, specifier: string): string[] {
  if (!specifier.startsWith('.')) {
    const name = specifier.split('/')[0] as string;
    return homes[name] && !homes[name].includes(placeOf(file)) ? [`${file} imports the package ${name}`] : [];
  }
  const target = posix.join(dirname(file), specifier).replace(/\.js$/, '.ts');
  if (target.startsWith('..')) return [`${file} imports ${target}, outside of lib/`];
  if (placeOf(target) === placeOf(file) && file.includes('/')) return [];
  const [from, to] = [layerOf(file), layerOf(target)];
  if (to >= 0 && to < from) return [];
  return [`${file} (layer ${from}) imports ${target} (layer ${to})`];
}

describe('the sources in lib/', () => {
  it('import only downwards, ask nobody but platform/ for time and chance, and copy nothing that has members by its prototype', () => {
    expect(Object.keys(sources).length).toBeGreaterThan(50);
    expect(breaches(sources)).toEqual([]);
  });

  it('load what passkeys need only where somebody comes with one: it takes a fifth of a second and a few megabytes', () => {
    const importing = (type: string) =>
      Object.entries(sources).flatMap(([file, source]) => {
        const found = parse(source).filter((node) => node.type === type && JSON.stringify(node).includes('@simplewebauthn'));
        return found.length > 0 ? [file] : [];
      });
    expect(importing('ImportDeclaration')).toEqual([]);
    expect(importing('AwaitExpression')).toEqual(['interaction/passkey-ceremony.ts']);
  });

  it('do not import node:http but for its types: it would load all that it exports, an HTTP client of 10 MB included', () => {
    const importing = Object.entries(sources).flatMap(([file, source]) => {
      const found = parse(source).filter(
        (node) => node.type === 'ImportDeclaration' && !node.typeOnly && (node.source as { value?: string }).value === 'node:http',
      );
      return found.length > 0 ? [file] : [];
    });
    expect(importing).toEqual([]);
  });

  it('import each other often enough to show that imports are found', () => {
    const count = Object.values(sources).flatMap(importsOf).length;
    const textual = Object.values(sources).flatMap((source) => source.match(/^(import|export) .* from '|^\} from '/gm) ?? []).length;
    expect(count).toBeGreaterThanOrEqual(textual);
    expect(textual).toBeGreaterThan(150);
  });
});

describe('the reader of the sources finds', () => {
  it.each([
    [
      'an import that points up',
      'tokens/a.ts',
      "import { b } from '../grants/b.js';",
      'tokens/a.ts (layer 6) imports grants/b.ts (layer 8)',
    ],
    [
      'one of a type',
      'rules/a.ts',
      "import type { B } from '../endpoints/b.js';",
      'rules/a.ts (layer 4) imports endpoints/b.ts (layer 10)',
    ],
    [
      'one that points sideways',
      'grants/a.ts',
      "import { b } from '../client-auth/b.js';",
      'grants/a.ts (layer 8) imports client-auth/b.ts (layer 8)',
    ],
    ['one between two files of lib/ itself', 'answer.ts', "import './server.js';", 'answer.ts (layer 10) imports server.ts (layer 11)'],
    ['one inside of a type', 'model/a.ts', "type B = import('../http/b.js').B;", 'model/a.ts (layer 1) imports http/b.ts (layer 2)'],
    ['one that comes late', 'model/a.ts', "await import('../http/b.js');", 'model/a.ts (layer 1) imports http/b.ts (layer 2)'],
    ['one that is passed on', 'model/a.ts', "export * from '../http/b.js';", 'model/a.ts (layer 1) imports http/b.ts (layer 2)'],
    [
      'one that is passed on by name',
      'model/a.ts',
      "export { b } from '../http/b.js';",
      'model/a.ts (layer 1) imports http/b.ts (layer 2)',
    ],
    ['one of an unknown folder', 'router.ts', "import '../lib/helpers/b.js';", 'router.ts imports ../lib/helpers/b.ts, outside of lib/'],
    ['a folder without a layer', 'helpers/a.ts', '', 'helpers/a.ts is in no layer'],
    ['a file without a layer', 'helpers.ts', '', 'helpers.ts is in no layer'],
    [
      'a framework outside of express/',
      'endpoints/a.ts',
      "import type { Request } from 'express';",
      'endpoints/a.ts imports the package express',
    ],
    ['the time', 'tokens/a.ts', 'const now = Date.now();', 'tokens/a.ts uses Date.now'],
    ['the time as a date', 'tokens/a.ts', 'const now = new Date();', 'tokens/a.ts uses new Date()'],
    ['the time as a date without brackets', 'tokens/a.ts', 'const now = new Date;', 'tokens/a.ts uses new Date()'],
    ['chance', 'tokens/a.ts', 'const dice = Math.random();', 'tokens/a.ts uses Math.random'],
    ['chance by import', 'store/a.ts', "import { randomBytes as dice } from 'node:crypto';", 'store/a.ts uses randomBytes'],
    ['chance by namespace', 'store/a.ts', "import * as c from 'node:crypto'; c.randomUUID();", 'store/a.ts uses randomUUID'],
    ['chance of the web', 'store/a.ts', 'globalThis.crypto.getRandomValues(bytes);', 'store/a.ts uses getRandomValues'],
    ['a copy of the server', 'express/a.ts', 'const here = { ...server, emit };', 'express/a.ts makes a copy of server'],
    ['a copy of the server of one request', 'express/a.ts', 'answer({ ...here, emit });', 'express/a.ts makes a copy of here'],
    ['a copy of the request', 'grants/a.ts', 'handle({ ...http, body });', 'grants/a.ts makes a copy of http'],
    ['keys made elsewhere', 'tokens/a.ts', "import { generateKeyPairSync } from 'node:crypto';", 'tokens/a.ts uses generateKeyPairSync'],
  ])('%s', (_what, file, source, breach) => {
    expect(breaches({ [file]: source })).toEqual([breach]);
  });

  it.each([
    ['an import that points down', 'grants/a.ts', "import { b } from '../tokens/b.js';"],
    ['one within the folder', 'grants/a.ts', "import { b } from './b.js';"],
    ['one from lib/ itself', 'index.ts', "export { oauthRouter } from './router.js';"],
    [
      'what a comment or a string says',
      'model/a.ts',
      "// import '../grants/b.js'; Date.now()\nconst text = \"import '../grants/b.js'; Date.now()\";",
    ],
    ['a date of a given time', 'tokens/a.ts', 'new Date(clock() * 1000);'],
    ['keys made in keys/', 'keys/a.ts', "import { generateKeyPairSync } from 'node:crypto';"],
    ['the clock itself', 'platform/a.ts', 'Date.now();'],
    ['a copy of something in the server', 'express/a.ts', 'const own = { ...server.settings, views }; const all = [...http];'],
  ])('nothing wrong with %s', (_what, file, source) => {
    expect(breaches({ [file]: source })).toEqual([]);
  });
});

/** Whatever a file of such a folder exports that is not a function is a row or a list of rows, and the table of the folder must have it. */
const tables = ['grants', 'client-auth', 'response-types', 'response-modes', 'sign-in', 'endpoints'];

function missingRows(table: readonly unknown[], modules: Readonly<Record<string, Readonly<Record<string, unknown>>>>): string[] {
  return Object.entries(modules).flatMap(([file, exported]) =>
    Object.entries(exported)
      .filter(([, value]) => typeof value === 'object' && [value].flat().some((row) => !table.includes(row)))
      .map(([name]) => `${file} exports ${name}, which is not in the table`),
  );
}

describe.each(tables)('the table in %s/index.ts', (folder) => {
  it('has every row of its folder', async () => {
    const load = (file: string) => import(pathToFileURL(join(root, file)).href) as Promise<Record<string, unknown>>;
    const files = Object.keys(sources).filter((file) => placeOf(file) === folder && basename(file) !== 'index.ts');
    const modules: Record<string, Record<string, unknown>> = {};
    for (const file of files) modules[file] = await load(file); // jest cannot link two at once
    const [table] = Object.values(await load(`${folder}/index.ts`)) as [readonly unknown[]];
    expect(table.length).toBeGreaterThan(0);
    expect(missingRows(table, modules)).toEqual([]);
  });
});

describe('a table', () => {
  const [known, forgotten] = [{ type: 'known' }, { type: 'forgotten' }];

  it('without one of its rows is found out', () => {
    const modules = { 'grants/known.ts': { known }, 'grants/forgotten.ts': { forgotten, help: () => {} } };
    expect(missingRows([known], modules)).toEqual(['grants/forgotten.ts exports forgotten, which is not in the table']);
  });

  it('without one row of a list is found out', () => {
    const modules = { 'grants/some.ts': { all: [known] }, 'grants/more.ts': { most: [known, forgotten] } };
    expect(missingRows([known], modules)).toEqual(['grants/more.ts exports most, which is not in the table']);
  });
});
