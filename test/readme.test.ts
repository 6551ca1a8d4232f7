/** The README and the documents say what is true: their tables are held against the code. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { defaults } from '../lib/config/defaults.js';
import { endpoints } from '../lib/endpoints/index.js';
import { limitRows } from '../lib/limits/index.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const readme = read('README.md');
const optionsPage = read('docs/options.md');
const options = readdirSync(join(root, 'lib/config/options'))
  .map((file) => read(`lib/config/options/${file}`))
  .join('\n');
const documents = ['README.md', 'CHANGELOG.md', 'SECURITY.md', ...readdirSync(join(root, 'docs')).flatMap(documentIn)];

describe('docs/options.md', () => {
  it.each([
    ['OAuthRouterOptions', 'option'],
    ['ApiOptions', 'api'],
    ['ClientOptions', 'client'],
    ['LifetimeOptions', 'lifetime'],
  ])('has a row for each member of %s, and no other', (type, heading) => {
    expect(rowsOf(optionsPage, heading).sort()).toEqual(membersOf(type).sort());
  });

  it('gives the default of each lifetime', () => {
    const days = (seconds: number) => (seconds >= 86_400 ? `${seconds / 86_400} days` : String(seconds));
    for (const [name, seconds] of Object.entries(defaults.lifetimes)) {
      expect(optionsPage).toMatch(new RegExp(`^\\| \`${name}\` \\|.*\\| ${days(seconds)} \\|$`, 'm'));
    }
  });

  it('has a row for each limit, with its figures, and no other', () => {
    const table = tableOf(optionsPage, 'limit');
    const ofLogin = table[0]?.[3] ?? '';
    const rows = table.map(([name = '', , , times = '', wider = '']) => ({
      name: /^`(\w+)`$/.exec(name)?.[1],
      times: Number(/^\d+/.exec(times === 'as `login`' ? ofLogin : times)?.[0]),
      wider: wider === '' ? undefined : Number(/^(\d+)/.exec(wider)?.[1]),
    }));
    expect(rows).toEqual(limitRows.map(({ name, times, wider }) => ({ name, times, wider })));
  });

  it('gives the default of each limit in its row of the option', () => {
    const chosen = limitRows.filter(({ name }) => name !== 'registration'); // which has an option of its own
    const [, , said = ''] = tableOf(optionsPage, 'option').find(([name]) => name === '`limits`') ?? [];
    expect(said).toBe(chosen.map(({ times, longestWait }) => (longestWait ? `${times}, then growing waits` : String(times))).join('; '));
  });
});

describe('docs/events.md', () => {
  it('has a row for each event, and no other', () => {
    const names = [...read('lib/model/events.ts').matchAll(/^ {2}'?([a-z]+(?:\.[a-z]+)?)'?: (?:Parties|\{)/gm)].map(
      ([, name]) => name as string,
    );
    expect(names.length).toBeGreaterThan(10);
    expect(rowsOf(read('docs/events.md'), 'event').sort()).toEqual(names.sort());
  });

  it('names each limit that can be reached', () => {
    const [, , members = ''] = tableOf(read('docs/events.md'), 'event').find(([name]) => name === '`limit.reached`') ?? [];
    expect(members).toBe(`\`limit\` (${limitRows.map(({ name }) => `\`${name}\``).join(', ')}), \`client_id?\``);
  });
});

describe('docs/endpoints.md', () => {
  it('has a row for each endpoint, and no other', () => {
    const paths = endpoints.flatMap(({ methods, path }) => {
      const ways = methods.join(', ');
      return typeof path === 'string' ? [`${ways} /oauth${path}`] : path.wellKnown.map((name) => `${ways} /.well-known/${name}`);
    });
    expect(rowsOf(read('docs/endpoints.md'), 'path').sort()).toEqual(paths.sort());
  });
});

describe('the README', () => {
  it('says how to start it and how to test it', () => {
    expect(readme).toMatch(/^npm start {3}#/m);
    expect(readme).toMatch(/^npm test {4}#/m);
  });

  it.each(readdirSync(join(root, 'docs')).flatMap(documentIn))('leads to %s', (path) => {
    expect(readme).toContain(`](${path}`);
  });

  it('names each command for contributors', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...readme.matchAll(/`npm (?:run )?([a-z]+)`/g)].map(([, name]) => name);
    const meant = Object.keys(scripts).filter((name) => !['build', 'prepack'].includes(name)); // those are part of others
    expect(meant.filter((name) => !named.includes(name))).toEqual([]);
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
});

describe.each(documents)('%s', (document) => {
  const links = [...read(document).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link]) => link as string);

  it('links to what exists', () => {
    const broken = links.filter((link) => {
      const [path = '', anchor] = link.split('#');
      const file = path === '' ? document : join(dirname(document), path);
      if (!existsSync(join(root, file))) return true;
      return anchor !== undefined && !anchorsOf(file).includes(anchor);
    });
    expect(broken).toEqual([]);
  });
});

/** What GitHub makes of headings. */
function anchorsOf(file: string): string[] {
  return [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    (heading as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function documentIn(name: string): string[] {
  return name.endsWith('.md') ? [`docs/${name}`] : [];
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The rows of the table with this heading, as cells. */
function tableOf(text: string, heading: string): string[][] {
  const [, table = ''] = new RegExp(`^\\| ${heading} \\|.*\\n\\|[-| ]+\\|\\n((?:\\|.*\\n)+)`, 'm').exec(text) ?? [];
  return [...table.matchAll(/^\|(.*)\|$/gm)].map(([, row]) => (row as string).split('|').map((cell) => cell.trim()));
}

/** The names in its first column. */
function rowsOf(text: string, heading: string): string[] {
  return tableOf(text, heading).flatMap(([cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string));
}

/** The members of an interface of the options, as its source has them, and those of the interfaces that it is composed of. */
function membersOf(type: string): string[] {
  const declaration = new RegExp(`^export interface ${type}\\s(?:\\s*extends ([\\w,\\s]+) )?\\{(?:\\}|\\n([\\s\\S]*?)^\\})`, 'm').exec(
    options,
  );
  if (!declaration) throw new Error(`There is no interface ${type}.`);
  const [, parts = '', body = ''] = declaration;
  const own = [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, name]) => name as string);
  return [...own, ...(parts.match(/\w+/g) ?? []).flatMap(membersOf)];
}
