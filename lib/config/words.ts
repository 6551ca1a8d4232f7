/** Words of the host, for people to read. */
import { z } from 'zod';
import { isObject, mustBe, says } from '../clients/members.js';
import { canonicalTag } from '../languages/tag.js';
import type { HostWords } from '../model/words.js';
import { noTag } from './languages.js';

export const text = z
  .string(mustBe('a string', 'Write it for people to read.'))
  .refine((words) => words.trim() !== '', says('It is empty.', 'Write it for people to read.'));

/** Words of the host's, for all or by language. */
export function hostWords(cure: string) {
  return z
    .custom<HostWords>((value) => typeof value === 'string' || isObject(value), { ...mustBe('a string', cure), abort: true })
    .superRefine((words, context) => reportWords(words, cure, context))
    .transform(byCanonicalTag);
}

export function reportWords(
  words: unknown,
  cure: string,
  context: { addIssue(issue: { code: 'custom'; path: string[]; message: string }): void },
): void {
  const report = (path: string[], problem: string, cure: string) =>
    context.addIssue({ code: 'custom', path, message: `${problem}\n${cure}` });
  if (typeof words === 'string' && words.trim() === '') report([], 'It is empty.', cure);
  if (!isObject(words)) return;
  if (Object.keys(words).length === 0) report([], 'It has no language.', cure);
  for (const [tag, text] of Object.entries(words)) {
    if (canonicalTag(tag) === undefined) report([tag], noTag.problem, noTag.cure);
    if (typeof text !== 'string') report([tag], 'It is not a string.', cure);
    else if (text.trim() === '') report([tag], 'It is empty.', cure);
  }
}

export function byCanonicalTag(words: HostWords): HostWords {
  if (typeof words === 'string') return words;
  return Object.fromEntries(Object.entries(words).map(([tag, text]) => [canonicalTag(tag) ?? tag, text]));
}
