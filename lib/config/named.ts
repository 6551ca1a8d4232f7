/** Reads an object of options, whose names may have been meant for others. */
import { below, type Members, readMembers, type Shape } from '../clients/members.js';
import type { ConfigurationProblem } from '../errors.js';
import { suggest } from './suggest.js';

type Problems = ConfigurationProblem[];

/**
 * Reports names that are none. Where one can be guessed, its value is read under the name that was meant, so that no other mistake
 * has to wait for this one.
 */
export function asMeant(
  value: Readonly<Record<string, unknown>>,
  names: readonly string[],
  path: string,
  problems: Problems,
): Readonly<Record<string, unknown>> {
  const renamed: Record<string, unknown> = {};
  for (const name of Object.keys(value).filter((name) => !names.includes(name))) {
    const guess = suggest(name, names);
    const cure = guess === undefined ? `Known are: ${names.join(', ')}.` : `Did you mean \`${guess}\`?`;
    problems.push({ path: below(path, name), problem: 'There is no option of this name.', cure });
    if (guess !== undefined && value[guess] === undefined) renamed[guess] = value[name];
  }
  return Object.keys(renamed).length > 0 ? { ...value, ...renamed } : value;
}

export function readNamed<S extends Shape>(
  value: Readonly<Record<string, unknown>>,
  shape: S,
  path: string,
  problems: Problems,
): Members<S> {
  return readMembers(asMeant(value, Object.keys(shape), path, problems), shape, path, problems);
}

/** Of what may well be a service of the host, or an instance of a class: what resembles none of our names there is none of our business. */
export function checkSpelling(value: object, names: readonly string[], path: string, problems: Problems): void {
  for (const name of Object.keys(value).filter((name) => !names.includes(name))) {
    const guess = suggest(name, names);
    if (guess === undefined || guess in value) continue;
    problems.push({ path: below(path, name), problem: 'There is no option of this name.', cure: `Did you mean \`${guess}\`?` });
  }
}

export function checkRepeated(values: readonly unknown[], pathOf: (index: number) => string, problems: Problems): void {
  for (const [i, value] of values.entries()) {
    const first = values.indexOf(value);
    if (value === undefined || first === i) continue;
    problems.push({ path: pathOf(i), problem: `It is the same as ${pathOf(first)}.`, cure: 'Remove or change one of the two.' });
  }
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
