/** ReDoS: texts made to keep a regular expression busy. Each expression of the code is given some, as long as a text from outside can be. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createContext, Script } from 'node:vm';
import { describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../../lib', import.meta.url));

/** As long as a parameter or a header may be; node itself takes no more of all headers together. */
const longest = 16_384; // characters
/** What takes square time needs seconds for so long a text, and what takes exponential time never ends. */
const limit = 250; // milliseconds of work, however busy the machine is otherwise
const givenUp = 5_000; // milliseconds

/** What reads nothing from outside: the command line, and the templates and words of the host, which are read when it starts. */
const ofTheHost = /^(cli|config|languages)\/|^express\/(form-check|render|template-failure|template-language)|^nearest/;

/** Every literal; a slash that divides stands behind a name, a number or a parenthesis. */
const literal = /(?<=(?:[=(,:!&|?{}[;>]|return|=>)\s*)\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[dgimsuvy]*/g;

function expressions(): (readonly [string, string])[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !ofTheHost.test(file))
    .flatMap((file) => {
      const code = readFileSync(join(root, file), 'utf8').replace(/^\s*(?:\/\*\*|\*|\/\/).*$/gm, '');
      return [...code.matchAll(literal)].map(([text]) => [file, text] as const);
    });
}

/** What the expression repeats, again and again, then something that fits nowhere; and after what it begins with. */
function slowTexts(source: string): string[] {
  const letters = new Set([
    'a',
    'A',
    '0',
    ' ',
    '\t',
    '-',
    '.',
    '/',
    '=',
    '%',
    '"',
    ',',
    '\\',
    ...source.replace(/[\w\\^$()[\]{}|?*+]/g, ''),
  ]);
  const words = [...(source.match(/[a-z]{3,}:?\/{0,2}/gi) ?? []), ''];
  const pairs = ['a.', 'a ', 'a-', 'a=', ' ,', 'a,', 'aA', '0a', '%2', '\\"', ':a', 'a/'];
  const repeated = [...letters, ...pairs].map((part) => part.repeat(longest / part.length));
  return words.flatMap((word) => repeated.flatMap((text) => [`${word}${text}\u0000`, `${word}${text}\n!`]));
}

function slowest(expression: string): { readonly milliseconds: number; readonly text: string } {
  const context = createContext({});
  new Script(`var expression = ${expression}`).runInContext(context);
  let found = { milliseconds: 0, text: '' };
  for (const text of slowTexts(expression)) {
    Object.assign(context, { text });
    const began = process.cpuUsage();
    try {
      new Script('expression.lastIndex = 0; expression.test(text)').runInContext(context, { timeout: givenUp });
    } catch {
      return { milliseconds: Number.POSITIVE_INFINITY, text: `${text.slice(0, 12)}…` };
    }
    const milliseconds = process.cpuUsage(began).user / 1000;
    if (milliseconds > found.milliseconds) found = { milliseconds, text: `${text.slice(0, 12)}…` };
  }
  return found;
}

describe('each regular expression that reads what comes from outside', () => {
  it('is found', () => {
    const found = expressions().map(([, text]) => text);
    expect(found.length).toBeGreaterThan(60);
    expect(found).toContain('/[\\x00-\\x1f\\x7f\\ufffd]/');
  });

  it('is quick, whatever is repeated', () => {
    const slow = expressions()
      .map(([file, text]) => ({ file, expression: text, ...slowest(text) }))
      .filter(({ milliseconds }) => milliseconds > limit);
    expect(slow).toEqual([]);
  }, 180_000);

  it.each(['/^(a+)+$/', '/(a|a)*b/', '/^(\\w+\\s?)*$/'])('would not be, and be caught, as %s', (text) => {
    expect(slowest(text).milliseconds).toBeGreaterThan(limit);
  });
});
