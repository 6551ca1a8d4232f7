/** Reads an object member by member, so that no mistake hides another; each is collected with its cure. */
import type { z } from 'zod';
import type { ConfigurationProblem } from '../errors.js';

export type Shape = Readonly<Record<string, z.ZodType>>;

/** What could be read. What is not there was left out, or is among the problems. */
export type Members<S extends Shape> = { -readonly [Name in keyof S]?: Exclude<z.output<S[Name]>, undefined> };

/** The members of an object without problems. */
export type Complete<S extends Shape> = Members<S> & {
  -readonly [Name in keyof S as undefined extends z.output<S[Name]> ? never : Name]: z.output<S[Name]>;
};

/** What is wrong, and what to write instead, in the one string that zod carries. Neither may show a secret. */
export function says(problem: string | ((value: unknown) => string), cure: string) {
  return { error: ({ input }: { input?: unknown }) => `${typeof problem === 'string' ? problem : problem(input)}\n${cure}` };
}

/** Like `says`; the rules after it would make no sense then. */
export function last(problem: string, cure: string) {
  return { ...says(problem, cure), abort: true };
}

/** For a value of a wrong type, or none: `mustBe('a list', …)`. */
export function mustBe(type: string, cure: string) {
  return says((value) => (value === undefined ? 'It is missing.' : `It is not ${type}.`), cure);
}

export type Report = (name: string, problem: string, cure: string) => void;

export function readMembers<S extends Shape>(value: object, shape: S, path: string, problems: ConfigurationProblem[]): Members<S> {
  const members: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(shape)) {
    const { success, data, error } = schema.safeParse((value as Record<string, unknown>)[name]);
    if (!success) problems.push(...error.issues.map((issue) => asProblem(issue, below(path, name))));
    else if (data !== undefined) members[name] = data;
  }
  return members as Members<S>;
}

function asProblem({ message, path }: z.core.$ZodIssue, root: string): ConfigurationProblem {
  const [problem = '', cure = ''] = message.split('\n');
  return { path: path.reduce<string>(below, root), problem, cure };
}

/** The path of a member, as one would write it: `clients[0].redirect_uris[1]`. */
export function below(path: string, name: PropertyKey): string {
  if (typeof name === 'number') return `${path}[${name}]`;
  if (!/^[A-Za-z_$][\w$]*$/.test(String(name))) return `${path}['${String(name)}']`;
  return path === '' ? String(name) : `${path}.${String(name)}`;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
