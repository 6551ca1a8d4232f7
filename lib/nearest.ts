/** Guesses which of several names was meant. Bounded, since what was written may be an attacker's, and as long as a request can be. */

const longest = 200; // characters
const most = 50; // names that are looked at closely

/** The one of `known` that comes nearest to `written`, if any comes near: no more than a third of its letters are others. */
export function nearest(
  written: string,
  known: readonly string[],
  plain: (text: string) => string = (text) => text.toLowerCase(),
): string | undefined {
  if (written.length > longest) return undefined;
  const meant = plain(written);
  const ranked = known
    .filter((candidate) => candidate.length <= longest && Math.abs(plain(candidate).length - meant.length) <= allowance(plain(candidate)))
    .map((candidate) => ({ candidate, middle: middle(meant, plain(candidate)) }))
    .sort((one, other) => one.middle - other.middle)
    .slice(0, most)
    .map(({ candidate }) => ({ candidate, distance: distance(meant, plain(candidate)) }))
    .filter((one) => one.distance <= allowance(plain(one.candidate)))
    .sort((one, other) => one.distance - other.distance);
  return ranked[0]?.candidate;
}

function allowance(text: string): number {
  return text.length / 3;
}

/** How many letters are between the beginning and the end that two names have in common: quick to tell, and never less than `distance`. */
function middle(one: string, other: string): number {
  const shorter = Math.min(one.length, other.length);
  let start = 0;
  while (start < shorter && one[start] === other[start]) start++;
  let end = 0;
  while (end < shorter - start && one.at(-1 - end) === other.at(-1 - end)) end++;
  return Math.max(one.length, other.length) - start - end;
}

/** How many letters must be put in, taken out or replaced to make `one` into `other`. Levenshtein 1965, row by row. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, j) => j);
  for (const [i, letter] of [...one].entries()) {
    const above = row;
    row = [i + 1];
    for (let j = 0; j < other.length; j++) {
      const replaced = at(above, j) + (letter === other[j] ? 0 : 1);
      row.push(Math.min(replaced, at(above, j + 1) + 1, at(row, j) + 1));
    }
  }
  return at(row, other.length);
}

function at(row: readonly number[], j: number): number {
  return row[j] as number;
}
