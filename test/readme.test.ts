/** The README says what is true: its tables are held against the code. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { defaults } from '../lib/config/defaults.js';
import { endpoints } from '../lib/endpoints/index.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const readme = read('README.md');
const options = read('lib/config/options.ts');

describe('the README', () => {
  it.each([
    ['OAuthRouterOptions', 'option'],
    ['ApiOptions', 'api'],
    ['ClientOptions', 'client'],
    ['LifetimeOptions', 'lifetime'],
  ])('has a row for each member of %s, and no other', (type, heading) => {
    expect(rowsOf(heading).sort()).toEqual(membersOf(type).sort());
  });

  it('has a row for each event, and no other', () => {
    const names = [...read('lib/model/events.ts').matchAll(/^ {2}'?([a-z]+(?:\.[a-z]+)?)'?: (?:Parties|\{)/gm)].map(
      ([, name]) => name as string,
    );
    expect(names.length).toBeGreaterThan(10);
    expect(rowsOf('event').sort()).toEqual(names.sort());
  });

  it('gives the default of each lifetime', () => {
    const days = (seconds: number) => (seconds >= 86_400 ? `${seconds / 86_400} days` : String(seconds));
    for (const [name, seconds] of Object.entries(defaults.lifetimes)) {
      expect(readme).toMatch(new RegExp(`^\\| \`${name}\` \\|.*\\| ${days(seconds)} \\|$`, 'm'));
    }
  });

  it('has a row for each endpoint', () => {
    const paths = endpoints.flatMap(({ methods, path }) => {
      const ways = methods.join(', ');
      return typeof path === 'string' ? [`${ways} /oauth${path}`] : path.wellKnown.map((name) => `${ways} /.well-known/${name}`);
    });
    expect(rowsOf('path').sort()).toEqual(paths.sort());
  });

  it('names each runtime dependency and the peer with a reason', () => {
    const { dependencies, peerDependencies } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
    const named = [...readme.matchAll(/^\| \[([@\w/-]+)\]\(https:[^)]*\)[^|]*\| [^|]{20,} \|$/gm)].map(([, name]) => name);
    expect(named.sort()).toEqual([...Object.keys(dependencies ?? {}), ...Object.keys(peerDependencies ?? {})].sort());
  });

  it('has a row for each RFC that the first line of a file names', () => {
    const [, rows = ''] = /## Specifications\n([\s\S]*?)\n## /.exec(readme) ?? [];
    const files = readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    const named = files.flatMap(
      (name) =>
        read(`lib/${name}`)
          .split('\n', 1)[0]
          ?.match(/RFC \d+/g) ?? [],
    );
    expect([...new Set(named)].filter((rfc) => !rows.includes(rfc))).toEqual([]);
  });

  it.each([...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path]) => path as string))('links to %s, which exists', (path) => {
    expect(existsSync(join(root, path))).toBe(true);
  });
});

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The names in the first column of the table with this heading. */
function rowsOf(heading: string): string[] {
  const [, table = ''] = new RegExp(`^\\| ${heading} \\|.*\\n\\|[-| ]+\\|\\n((?:\\|.*\\n)+)`, 'm').exec(readme) ?? [];
  return table
    .split('\n')
    .flatMap((row) => [...(row.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)])
    .map(([, name]) => name as string);
}

/** The members of an interface of the options, as its source has them. */
function membersOf(type: string): string[] {
  const [, body = ''] = new RegExp(`^export interface ${type} \\{\\n([\\s\\S]*?)^\\}`, 'm').exec(options) ?? [];
  return [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, name]) => name as string);
}
