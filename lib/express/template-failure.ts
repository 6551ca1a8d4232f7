/** A template of the host's that fails while a page is drawn: where, and why, as far as that may be told. */
import type { Clock } from '../platform/clock.js';

/** The innermost template that failed: what EJS says of those that include it is only the way there. */
export class TemplateFailure extends Error {
  override readonly name = 'TemplateFailure';
  /** As it is included, such as `partials/head`. */
  readonly template: string;
  readonly file: string;
  readonly line: number | undefined;
  /** The lines around it, numbered, as EJS writes them. */
  readonly source: string;
  readonly problem: string;

  constructor(template: string, file: string, cause: unknown) {
    const { line, source, problem } = read(cause instanceof Error ? cause.message : String(cause));
    super(problem, { cause });
    this.template = template;
    this.file = file;
    this.line = line;
    this.source = source;
    this.problem = problem;
  }
}

/** EJS puts the file, the line and the lines around it before the message. */
function read(message: string): Pick<TemplateFailure, 'line' | 'source' | 'problem'> {
  const [, line, source = '', problem = message] = /^[^\n]*:(\d+)\n((?: (?:>>| {2}) \d+\|[^\n]*\n)+)\n([\s\S]*)$/.exec(message) ?? [];
  return { line: line === undefined ? undefined : Number(line), source: source.replace(/\n$/, ''), problem };
}

/** What only the user or the client may have, however short it is: names of values, wherever in them they are. */
const secretNames: readonly string[] = ['ticket', 'challenge', 'options', 'username', 'value'];

/**
 * A message may quote what a template was given, whole or in part, as that of `JSON.parse` does: so each word of it that stands in a secret is
 * left out, and each that stands in something that looks like one.
 *
 * @param made - the CSRF token and the nonce, where they were made
 */
export function withoutValues(message: string, values: Readonly<Record<string, unknown>>, made: readonly string[]): string {
  const secrets = [...made, ...secretsIn(values)];
  const whole = secrets.filter((secret) => secret.length >= 4).sort((one, other) => other.length - one.length);
  const shortened = whole.reduce((text, secret) => text.replaceAll(secret, withheld), message);
  return shortened.replace(/[\w.~+/=-]{6,}/g, (word) => (secrets.some((secret) => secret.includes(word)) ? withheld : word));
}

const withheld = '…';

function secretsIn(value: unknown, name = ''): string[] {
  if (typeof value === 'string') return secretNames.includes(name) || value.length >= 4 ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => secretsIn(member, Array.isArray(value) ? name : key));
}

/** What an operator is told, whoever listens to it. */
export interface ViewFailure {
  readonly screen: string;
  readonly template: string;
  readonly problem: string;
}

const pause = 60; // seconds

/** At most once a minute for each template: a page that everybody opens must not drown what else happens. */
export function tellSeldom(clock: Clock, tell: (failure: ViewFailure) => void): (failure: ViewFailure) => void {
  const told = new Map<string, number>();
  return (failure) => {
    const now = clock();
    if (now - (told.get(failure.template) ?? Number.NEGATIVE_INFINITY) < pause) return;
    told.set(failure.template, now);
    tell(failure);
  };
}
