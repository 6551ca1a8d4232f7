/** `views`: copies our screens into a folder of the host's, to be changed there, and says later what has been changed. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nearest } from '../nearest.js';
import { type Arguments, type Command, Failure, Mistake, write } from './command.js';

export const views: Command = {
  name: 'views',
  takes: '[folder]',
  takesMore: '[template]',
  options: ['list', 'diff', 'force', 'json'],
  about: 'copies the templates of the screens, all of them or these; without a folder it says which there are',

  async run(given) {
    const { subject, values } = given;
    if (values.list && (values.diff || values.force)) throw new Mistake('--list stands alone. Leave out the other.');
    if (values.diff && values.force) throw new Mistake('--diff changes nothing. Leave out --force.');
    if (values.list || (subject === '' && !values.diff && !values.force)) return list(given);
    if (subject === '') throw new Mistake('Write `views --diff <folder>`, or `views <folder> --force`.');
    checkFolder(subject);
    return values.diff ? compare(given) : copy(given);
  },
};

const ourFolder = fileURLToPath(new URL('../../views/', import.meta.url));

/** A file of ours that a host may have in its place. */
interface View {
  /** As it is typed: `login`, `partials/head`, `style`. */
  readonly name: string;
  /** In the folder: `login.ejs`. */
  readonly file: string;
  readonly text: string;
}

/** Not those for developers, which no file of the host's stands in for. */
function ourViews(): readonly View[] {
  return ['', 'partials/'].flatMap((folder) =>
    filesIn(join(ourFolder, folder)).map((name) => {
      const file = `${folder}${name}`;
      return { name: nameOf(file), file, text: readFileSync(join(ourFolder, file), 'utf8') };
    }),
  );
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();
}

function nameOf(file: string): string {
  return file.slice(0, file.length - extname(file).length);
}

function list(given: Arguments): number {
  const known = choose(given.values.list && given.subject !== '' ? [given.subject, ...given.more] : []);
  const purposes = known.map(({ name, text }) => ({ name, purpose: purposeOf(text) }));
  const width = Math.max(...purposes.map(({ name }) => name.length));
  write(purposes, purposes.map(({ name, purpose }) => `${name.padEnd(width)}   ${purpose}`).join('\n'), given);
  return 0;
}

/** The first sentence of the comment that it begins with. */
function purposeOf(text: string): string {
  const [, comment = ''] = /^\s*(?:<%#|\/\*+)([\s\S]*?)(?:-?%>|\*\/)/.exec(text) ?? [];
  const plain = comment.replace(/\s+(?:\* )?/g, ' ').trim();
  return /^.*?[^.]\.(?= |$)/.exec(plain)?.[0] ?? plain;
}

function copy(given: Arguments): number {
  const { subject: folder, more, values } = given;
  const outcomes = choose(more).map(({ name, file, text }) => {
    const path = join(folder, file);
    const there = read(path);
    const isOther = there !== undefined && !isSame(there, text);
    if (there === undefined || (isOther && values.force)) put(path, text);
    const outcome = there === undefined ? 'copied' : !isOther ? 'same' : values.force ? 'overwritten' : 'kept';
    return { name, path, outcome } as const;
  });
  const kept = outcomes.filter(({ outcome }) => outcome === 'kept');
  write(outcomes, lines(outcomes), given);
  if (kept.length === 0) return 0;
  throw new Failure(
    `${kept.map(({ path }) => path).join(', ')}: ${kept.length === 1 ? 'it differs from ours and was' : 'they differ from ours and were'} not overwritten. Use --force to lose what is in there.`,
  );
}

/** What a host changed differs as well as what it copied from another release: only its owner can tell which. */
function compare(given: Arguments): number {
  const { subject: folder, more } = given;
  const ours = choose(more);
  if (read(folder) === undefined && !isFolder(folder)) throw new Mistake(`There is no folder ${folder}.`);
  const files =
    more.length > 0 ? ours.map(({ file }) => file) : [...new Set(['', 'partials/'].flatMap((below) => hostsFiles(folder, below)))];
  const outcomes = files.flatMap((file) => {
    const path = join(folder, file);
    const there = read(path);
    const known = ours.find((one) => one.file === file);
    if (there === undefined) return [];
    return { name: known?.name ?? file, path, outcome: !known ? 'unknown' : isSame(there, known.text) ? 'same' : 'different' } as const;
  });
  const guesses = outcomes.flatMap(({ path, outcome }) => {
    const guess =
      outcome === 'unknown'
        ? nearest(
            basename(path),
            ours.map(({ file }) => basename(file)),
          )
        : undefined;
    return guess === undefined ? [] : `\n${path} stands in for none of ours. Did you mean ${guess}?`;
  });
  write(outcomes, `${lines(outcomes) || 'No template is in there.'}${guesses.join('')}`, given);
  return 0;
}

function hostsFiles(folder: string, below: string): string[] {
  return isFolder(join(folder, below))
    ? attempt(() => filesIn(join(folder, below)), join(folder, below)).map((name) => `${below}${name}`)
    : [];
}

function lines(outcomes: readonly { readonly path: string; readonly outcome: string }[]): string {
  const width = Math.max(0, ...outcomes.map(({ outcome }) => outcome.length));
  return outcomes.map(({ path, outcome }) => `${outcome.padEnd(width)}   ${path}`).join('\n');
}

/** By name, with or without what files end with; all of them, if none is named. */
function choose(names: readonly string[]): readonly View[] {
  const ours = ourViews();
  if (names.length === 0) return ours;
  return [...new Set(names)].map((name) => {
    const found = ours.find((view) => view.name === name || view.file === name);
    if (found) return found;
    const known = ours.map((view) => view.name);
    const guess = nearest(nameOf(name), known) ?? nearest(basename(nameOf(name)), known, (text) => basename(text).toLowerCase());
    throw new Mistake(
      `There is no template ${name}. ${guess === undefined ? `Known are: ${known.join(', ')}.` : `Did you mean ${guess}?`}`,
    );
  });
}

/** Version control may have changed how lines end. */
function isSame(one: string, other: string): boolean {
  return one.replaceAll('\r\n', '\n') === other.replaceAll('\r\n', '\n');
}

function checkFolder(folder: string): void {
  const found = attempt(() => statSync(folder, { throwIfNoEntry: false }), folder);
  if (found && !found.isDirectory()) throw new Mistake(`${folder} is a file. Name a folder; it is created where there is none.`);
}

function isFolder(path: string): boolean {
  return attempt(() => statSync(path, { throwIfNoEntry: false }), path)?.isDirectory() ?? false;
}

function read(path: string): string | undefined {
  if (attempt(() => statSync(path, { throwIfNoEntry: false }), path)?.isFile() !== true) return undefined;
  return attempt(() => readFileSync(path, 'utf8'), path);
}

function put(path: string, text: string): void {
  attempt(() => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }, path);
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'you may not read or write there',
  EPERM: 'you may not read or write there',
  EROFS: 'nothing can be written there',
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'a part of its path is a file',
  EISDIR: 'it is a folder',
  ENOSPC: 'there is no space left',
};

/** @throws Failure that says why */
function attempt<T>(action: () => T, path: string): T {
  try {
    return action();
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new Failure(`${path} cannot be used: ${reasons[code] ?? message}.`);
  }
}
