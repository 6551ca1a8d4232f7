/** Checks an object of options without a schema library: what stands on another machine should load little. */
import { suggest } from '../config/suggest.js';
import type { ConfigurationProblem } from '../errors.js';

/** What one member may be. */
export interface MemberRule {
  isRight(value: unknown): boolean;
  /** What to write instead. */
  readonly cure: string;
  readonly required?: boolean;
}

/** Every mistake: unknown names, members that are missing, values that cannot be. */
export function problemsOf(
  given: object,
  rules: Readonly<Record<string, MemberRule>>,
  pathOf: (name: string) => string,
): ConfigurationProblem[] {
  const known = Object.keys(rules);
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  return [
    ...unknown.map((name) => ({ path: pathOf(name), problem: 'There is no option of this name.', cure: meant(name, known) })),
    ...Object.entries(rules).flatMap(([name, { isRight, cure, required }]) => {
      const value = (given as Readonly<Record<string, unknown>>)[name];
      if (value === undefined) return required ? [{ path: pathOf(name), problem: 'It is missing.', cure }] : [];
      return isRight(value) ? [] : [{ path: pathOf(name), problem: 'It cannot be this.', cure }];
    }),
  ];
}

/** The cure for a name that is none. */
export function meant(name: string, known: readonly string[]): string {
  const guess = suggest(name, known);
  return guess === undefined ? `Known are: ${known.join(', ')}.` : `Did you mean \`${guess}\`?`;
}

export function isListOf(value: unknown, isRight: (text: string) => boolean): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && isRight(one));
}
