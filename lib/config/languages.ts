/** The options `languages` and `messages`: what the screens are offered in, and the host's own sentences. BCP 47. */
import { below, isObject } from '../clients/members.js';
import type { Settings } from '../contracts.js';
import type { ConfigurationProblem } from '../errors.js';
import { en } from '../languages/en.js';
import { languages as builtIn } from '../languages/index.js';
import type { Language, MessageKey, Messages } from '../languages/language.js';
import { broaderTags, canonicalTag, directionOf } from '../languages/tag.js';
import { checkRepeated } from './named.js';
import { suggest } from './suggest.js';

type Problems = ConfigurationProblem[];
type OwnMessages = ReadonlyMap<string, Partial<Messages>>;

interface Given {
  readonly languages?: readonly string[];
  readonly messages?: Readonly<Record<string, unknown>>;
}

const keys = Object.keys(en) as MessageKey[];

export const noTag = { problem: 'It is no language tag.', cure: 'Write one as BCP 47 has it, as de or pt-BR.' };

/** Those that are offered, the first in front; and what the operator is told of them at start. */
export function readLanguages(
  { languages, messages = {} }: Given,
  problems: Problems,
): { readonly languages: Settings['languages']; readonly warnings: readonly string[] } {
  const own = readMessages(messages, problems);
  const known = [...new Set([...builtIn.map(({ tag }) => tag), ...own.keys()])];
  const tags = languages ? readTags(languages, known, problems) : known;
  const [first = builtIn[0], ...others] = tags.map((tag) => languageOf(tag, own));
  return { languages: [first, ...others], warnings: tags.flatMap((tag) => warningOf(tag, own)) };
}

function readTags(languages: readonly string[], known: readonly string[], problems: Problems): readonly string[] {
  const pathOf = (i: number) => `languages[${i}]`;
  const tags = languages.map((text, i) => {
    const tag = canonicalTag(text);
    if (tag === undefined) problems.push({ path: pathOf(i), ...noTag });
    else if (!known.includes(tag))
      problems.push({ path: pathOf(i), problem: `There are no sentences in ${tag}.`, cure: cureFor(tag, known) });
    return tag;
  });
  checkRepeated(tags, pathOf, problems);
  return tags.filter((tag) => tag !== undefined && known.includes(tag)) as string[];
}

function cureFor(tag: string, known: readonly string[]): string {
  const meant = broaderTags(tag).find((one) => known.includes(one)) ?? suggest(tag, known);
  const guess = meant === undefined ? `Known are: ${known.join(', ')}.` : `Did you mean \`${meant}\`?`;
  return `${guess} Or give them: ${below('messages', tag)}.`;
}

/** What the host says in its own words, by the tag as it is written at its best. */
function readMessages(messages: Readonly<Record<string, unknown>>, problems: Problems): OwnMessages {
  const given = Object.entries(messages);
  const read = given.map(([text, sentences]) => {
    const [path, tag] = [below('messages', text), canonicalTag(text)];
    if (tag === undefined) problems.push({ path, ...noTag });
    if (!isObject(sentences)) {
      problems.push({ path, problem: 'It is not an object.', cure: "Write { 'login.title': 'Welcome back' }, for example." });
    }
    return [tag, isObject(sentences) ? readSentences(sentences, path, problems) : {}] as const;
  });
  checkRepeated(
    read.map(([tag]) => tag),
    (i) => below('messages', given[i]?.[0] ?? ''),
    problems,
  );
  return new Map(read.flatMap(([tag, sentences]) => (tag === undefined ? [] : [[tag, sentences]])));
}

function readSentences(sentences: Readonly<Record<string, unknown>>, path: string, problems: Problems): Partial<Messages> {
  const given = Object.entries(sentences).filter(([, sentence]) => sentence !== undefined);
  for (const [name, sentence] of given) {
    const flaws = isKey(name) ? flawsOf(name, sentence) : [noKey(name)];
    problems.push(...flaws.map((flaw) => ({ path: below(path, name), ...flaw })));
  }
  return Object.fromEntries(given);
}

type Flaw = Pick<ConfigurationProblem, 'problem' | 'cure'>;

function isKey(name: string): name is MessageKey {
  return Object.hasOwn(en, name);
}

function noKey(name: string): Flaw {
  const guess = suggest(name, keys);
  const cure = guess === undefined ? 'The type MessageKey has all names.' : `Did you mean \`${guess}\`?`;
  return { problem: 'There is no sentence of this name.', cure };
}

/** Who asks, where it is published, and where the user will be sent: without these nobody can decide. */
const neededForConsent = ['{client}', '{host}', '{destination}'];

function flawsOf(key: MessageKey, sentence: unknown): readonly Flaw[] {
  const cure = 'Write a sentence, or leave it out.';
  if (typeof sentence !== 'string') return [{ problem: 'It is not a string.', cure }];
  if (sentence.trim() === '') return [{ problem: 'It is empty.', cure }];
  const placeholders: readonly string[] = en[key].match(/\{\w+\}/g) ?? [];
  const found = sentence.match(/\{[^{}]*\}|[{}]/g) ?? [];
  const strange = [...new Set(found)].filter((piece) => !placeholders.includes(piece));
  const lacking = key.startsWith('consent.')
    ? placeholders.filter((piece) => neededForConsent.includes(piece) && !sentence.includes(piece))
    : [];
  return [
    ...strange.map((piece) => ({
      problem: `It has ${piece}, for which nothing is filled in.`,
      cure: placeholders.length > 0 ? `It can have ${placeholders.join(' and ')}.` : 'Take it out: nothing is filled in here.',
    })),
    ...lacking.map((piece) => ({ problem: `It lacks ${piece}.`, cure: 'Put it in: the user could not decide without.' })),
  ];
}

/** One of ours, with what the host says in its own words; or one of the host's, upon what it is a kind of, or upon English. */
function languageOf(tag: string, own: OwnMessages): Language {
  const ours = builtIn.find((language) => language.tag === tag);
  const sentences = own.get(tag);
  if (ours) return sentences ? { ...ours, messages: { ...ours.messages, ...sentences } } : ours;
  const basis = languageOf(basisOf(tag, own) ?? builtIn[0].tag, own);
  return { tag, direction: directionOf(tag), messages: { ...basis.messages, ...sentences } };
}

function basisOf(tag: string, own: OwnMessages): string | undefined {
  return broaderTags(tag).find((broader) => own.has(broader) || builtIn.some((language) => language.tag === broader));
}

const named = 3;

/** A variety such as `de-CH` says the rest as its language does, and means to; but a language that is mixed with English is not done. */
function warningOf(tag: string, own: OwnMessages): readonly string[] {
  if (builtIn.some((language) => language.tag === tag) || basisOf(tag, own) !== undefined) return [];
  const missing = keys.filter((key) => own.get(tag)?.[key] === undefined);
  if (missing.length === 0) return [];
  const some = missing.slice(0, named).join(', ');
  const others = missing.length > named ? ` and ${missing.length - named} others` : '';
  return [
    `The option messages lacks ${missing.length} of ${keys.length} sentences in ${tag}, which are said in English: ${some}${others}.`,
  ];
}
