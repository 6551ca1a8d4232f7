/** docs/security.md says what is true: each defence is in a file that exists, and each test is there by its title. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const text = readFileSync(join(root, 'docs/security.md'), 'utf8');

/** The rows of all tables, without headings. */
const rows = text
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (threat|known weakness) \|/.test(line))
  .map((line) => line.slice(2, -2).split(' | '));

const tests = rows.flatMap(([threat = '', , list = '']) =>
  list.split('<br>').map((one) => {
    const [, name = '', path = '', title = ''] = /^\[([^\]]+)\]\(\.\.\/(test\/[^)]+)\): (.+)$/.exec(one) ?? [];
    return [threat, name, path, title] as const;
  }),
);

/** The sections of each list, all of which must have a row. */
const lists: readonly (readonly [string, readonly string[]])[] = [
  [
    'RFC 6819, sections 4.1 to 4.6',
    [
      ...numbered('4.1', 5),
      ...numbered('4.2', 4),
      ...numbered('4.3', 5),
      ...numbered('4.4.1', 13),
      ...numbered('4.4.2', 6),
      ...numbered('4.4.3', 6),
      '4.4.4',
      ...numbered('4.5', 4),
      ...numbered('4.6', 7),
    ],
  ],
  ['RFC 9700, section 4', [...numbered('4', 10), '4.11.1', '4.11.2', ...numbered('4', 17).slice(11)]],
  ['OAuth 2.1, section 7', numbered('7', 14)],
  ['RFC 8725, sections 2 and 3', [...numbered('2', 9), ...numbered('3', 12)]],
];

function numbered(section: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${section}.${index + 1}`);
}

/** What the rows below a heading begin with: `4.1.1`, or `2.1, 3.1`. */
function sectionsBelow(heading: string): Set<string> {
  const [, table = ''] = text.split(`\n## ${heading}\n`);
  const [own = ''] = table.split('\n## ');
  return new Set(own.split('\n').flatMap((line) => /^\| ((?:\d+(?:\.\d+)+(?:, )?)+)/.exec(line)?.[1]?.split(', ') ?? []));
}

describe('docs/security.md', () => {
  it('has rows of three columns, with a threat, a defence and a test', () => {
    expect(rows.length).toBeGreaterThan(130);
    expect(rows.filter((row) => row.length !== 3 || row.some((cell) => cell.trim() === ''))).toEqual([]);
  });

  it.each(lists)('has each threat of %s', (heading, sections) => {
    const found = sectionsBelow(heading);
    const missing = sections.filter((section) => !found.has(section) && ![...found].some((one) => one.startsWith(`${section}.`)));
    expect(missing).toEqual([]);
  });

  it('names files that exist', () => {
    const named = [...text.matchAll(/`((?:lib|views|test)\/[\w/.-]+)`/g)].map(([, path]) => path as string);
    expect(named.length).toBeGreaterThan(100);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('names tests that are there, by their titles', () => {
    const wrong = tests.filter(([, name, path, title]) => {
      if (path !== `test/${name}.test.ts` || !existsSync(join(root, path))) return true;
      return !titlesIn(path).includes(title);
    });
    expect(wrong).toEqual([]);
  });

  it('names every test of attacks', () => {
    const files = readdirSync(join(root, 'test/attacks')).map((file) => `test/attacks/${file}`);
    expect(files.filter((file) => !tests.some(([, , path]) => path === file))).toEqual([]);
  });
});

const read = new Map<string, readonly string[]>();

/** What the tests of a file are called: the texts behind `it(`, or behind the rows of `it.each`. */
function titlesIn(path: string): readonly string[] {
  const known = read.get(path);
  if (known) return known;
  const code = readFileSync(join(root, path), 'utf8');
  const titles = [...code.matchAll(/(?:\bit\(\s*|\)\(\s*)(['"`])((?:\\.|(?!\1).)*)\1,/g)].map(([, , title]) => title as string);
  read.set(path, titles);
  return titles;
}
