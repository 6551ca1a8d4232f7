/** The EJS templates of the screens: those of the host's folder in front of ours. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ejs from 'ejs';
import type { Settings } from '../contracts.js';
import { ConfigurationError } from '../errors.js';
import { TemplateFailure } from './template-failure.js';

export type Values = Readonly<Record<string, unknown>>;

export const ourFolder = fileURLToPath(new URL('../../views/', import.meta.url));

/**
 * Templates by name, from the first of the folders that has them; each is compiled once. EJS would compile an included file anew
 * for every page, or keep it in a cache that it shares with the host: hence an `include` of our own, which stands among the values.
 */
export class Templates {
  readonly #compiled = new Map<string, (values: Values) => string>();

  /** Whether no template is the host's. Those that may include one, or be included by one, are all compiled as EJS does it. */
  readonly #areOurs: boolean;

  constructor(private readonly folders: readonly string[]) {
    this.#areOurs = folders.every((folder) => folder === ourFolder);
  }

  draw(name: string, values: Values, more: Values = {}): string {
    const include = (included: string, others?: Values) => (others ? this.draw(included, all, others) : this.fillIn(included, all));
    const all: Values = { ...values, ...more, include };
    return this.fillIn(name, all);
  }

  /** @param values - all of them, with `include`: copied only where a template is given more, which takes longer than to draw it */
  private fillIn(name: string, values: Values): string {
    try {
      return (this.#compiled.get(name) ?? this.compile(nameOf(name)))(values);
    } catch (error) {
      throw error instanceof TemplateFailure ? error : new TemplateFailure(nameOf(name), this.find(nameOf(name)), error);
    }
  }

  /** The comment that a template begins with, without its marks. */
  headOf(name: string): string | undefined {
    const text = this.has(name) ? readFileSync(this.find(name), 'utf8') : '';
    return /^<%#\n([\s\S]*?)\n-%>/.exec(text)?.[1];
  }

  /** Whether this template is ours, and so is all that it includes. */
  isOurs(name: string): boolean {
    if (this.#areOurs) return true;
    const file = this.find(name);
    return file === join(ourFolder, `${name}.ejs`) && includedIn(readFileSync(file, 'utf8')).every((included) => this.isOurs(included));
  }

  /** Compiles what the template includes as well, so that its mistakes are found when the host starts. */
  compile(name: string): (values: Values) => string {
    const known = this.#compiled.get(name);
    if (known) return known;
    const file = this.find(name);
    const text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
    const options = this.#areOurs ? { filename: file, ...this.withoutWith(name) } : { filename: file };
    const template = ejs.compile(text, options);
    this.#compiled.set(name, template);
    for (const included of includedIn(text)) this.compile(included);
    return template;
  }

  /**
   * EJS finds the variables of a template by `with`, which V8 cannot compile: that is half of the time that such a page takes. In ours they are
   * those that its head lists. A template of the host's may read whatever it likes; and if it includes a part of ours without one of that part's
   * variables, it must be told so, where a part without `with` would show nothing.
   */
  private withoutWith(name: string) {
    const variables = [...new Set(['partials/head', name].flatMap((one) => listedIn(this.headOf(one) ?? '')))];
    // "Unsafe" is to hand over the values as they are: what a template finds in their prototype is nobody's input, and ours name what they read.
    return { _with: false, destructuredLocals: variables, unsafePrototypeLocals: true };
  }

  private find(name: string): string {
    const file = this.filesOf(name).find((candidate) => existsSync(candidate));
    if (file === undefined) throw new Error(`There is no template "${name}".`);
    return file;
  }

  private has(name: string): boolean {
    return this.filesOf(name).some((candidate) => existsSync(candidate));
  }

  private filesOf(name: string): string[] {
    return this.folders.map((folder) => join(folder, `${name}.ejs`));
  }
}

/** The names in the list of a head, several on one line perhaps: `- t(words, values?)  …`, `- forgotPasswordUrl?, createAccountUrl?  …`. */
function listedIn(head: string): string[] {
  const lines = [...head.matchAll(/^ {2}- (\w+\??(?:\([^)]*\))?(?:, \w+\??)*)/gm)];
  return lines.flatMap(([, names = '']) => names.replace(/\([^)]*\)|\?/g, '').split(', '));
}

function includedIn(template: string): string[] {
  const withoutComments = template.replace(/<%#[\s\S]*?%>/g, '');
  return [...withoutComments.matchAll(/\binclude\(\s*(['"`])([\w./-]+)\1/g)].map(([, , name]) => nameOf(name as string));
}

/** What is included is named from the top of the folder, wherever the template that includes it is. */
function nameOf(included: string): string {
  return posix.normalize(included).replace(/\.ejs$/, '');
}

export function checkAll(templates: Templates, { views }: Settings): void {
  const problems = new Set<string>();
  if (views !== undefined && !existsSync(views)) problems.add(`There is no folder ${views}.`);
  for (const page of allPages()) {
    try {
      templates.compile(page);
    } catch (error) {
      problems.add((error as Error).message);
    }
  }
  if (problems.size === 0) return;
  const cure =
    'Name a folder of EJS templates that are called like those in express-oauth-router/views and include each other by their path in it.';
  throw new ConfigurationError([...problems].map((problem) => ({ path: 'views', problem, cure })));
}

/** Their names: all templates but those that are parts of others. */
export function allPages(): string[] {
  return readdirSync(ourFolder).flatMap((file) => (file.endsWith('.ejs') ? [nameOf(file)] : []));
}
