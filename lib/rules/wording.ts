/** Words in the language of the reader: our sentences filled in, the host's own words, times. */
import type { Language, MessageKey } from '../languages/language.js';
import { broaderTags } from '../languages/tag.js';
import { type HostWords, isMessage, type Message, type Moment, type Value, type Words } from '../model/words.js';
import { onceFor, oncePer } from '../platform/made-once.js';

export interface Wording {
  readonly language: Language;
  /** As text. */
  say(words: Words): string;
  /** As text, one of our sentences. */
  tell(key: MessageKey, values?: Message['values']): string;
  /** In parts, for whoever sets what is filled in apart from the sentence. */
  parts(words: Words): readonly Part[];
}

/** A piece of a sentence, or what was filled in; a time with its form for programs. */
export interface Part {
  readonly text: string;
  readonly filledIn: boolean;
  /** ISO 8601, in UTC; of a day without the time. */
  readonly datetime?: string;
  /** Of words that are not in the language of the page: which they are in, or nothing where nobody knows. */
  readonly foreign?: string;
}

const minute = 60; // seconds
const hour = 60 * minute;
const day = 24 * hour;

/** Made once for each language: formats of dates and numbers take long to make. */
export const wordingIn = oncePer(createWording);

function createWording(language: Language): Wording {
  const { tag, messages } = language;
  const relative = new Intl.RelativeTimeFormat(tag, { numeric: 'auto' });
  // English without a country has the day first, as most who read it do. The month is a name, so that nobody takes it for the day.
  const date = new Intl.DateTimeFormat(tag === 'en' ? 'en-GB' : tag, { timeZone: 'UTC', day: 'numeric', month: 'long', year: 'numeric' });
  const number = new Intl.NumberFormat(tag);

  /** Taken apart once: a page has a dozen sentences, and to split each anew takes a tenth of the page's time. */
  const piecesOf = onceFor((message: MessageKey) => piecesIn(messages[message]));

  /** After a day the date. Not "today" or "yesterday": nobody tells which day it is where the user is. */
  function timeOf({ at, ago }: Moment): string {
    if (ago < minute) return relative.format(0, 'second'); // also where another process has a clock that is ahead
    if (ago < hour) return relative.format(-Math.floor(ago / minute), 'minute');
    if (ago < day) return relative.format(-Math.floor(ago / hour), 'hour');
    return date.format(at * 1000);
  }

  function fill(value: Value): Part {
    if (typeof value === 'number') return { text: number.format(value), filledIn: true };
    if (typeof value === 'string') return { text: value, filledIn: true };
    if ('message' in value || 'own' in value) return { text: say(value), filledIn: true };
    if ('day' in value) return { text: date.format(value.day * 1000), filledIn: true, datetime: isoOf(value.day).slice(0, 10) };
    return { text: timeOf(value), filledIn: true, datetime: isoOf(value.at) };
  }

  function parts(words: Words): readonly Part[] {
    if (!isMessage(words)) return [ownPart(words.own, tag)];
    const { message, values = {} } = words;
    return piecesOf(message).map(({ text, name }) => {
      const value = name !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
      return value === undefined ? { text, filledIn: false } : fill(value);
    });
  }

  function say(words: Words): string {
    return parts(words)
      .map(({ text }) => text)
      .join('');
  }

  return { language, say, parts, tell: (message, values = {}) => say({ message, values }) };
}

/** A piece of a sentence as it is written, and the name of what is to be filled in there. */
interface Piece {
  readonly text: string;
  readonly name?: string;
}

function piecesIn(sentence: string): readonly Piece[] {
  const pieces = sentence.split(/(\{\w+\})/).filter((text) => text !== '');
  return pieces.map((text) => (/^\{\w+\}$/.test(text) ? { text, name: text.slice(1, -1) } : { text }));
}

function isoOf(at: number): string {
  return new Date(at * 1000).toISOString().replace('.000Z', 'Z');
}

/** Words of the host's for all may be in any language; who has only others is read in theirs. WCAG 2.2 success criterion 3.1.2. */
function ownPart(words: HostWords, tag: string): Part {
  const found = typeof words === 'string' ? '' : tagFor(words, tag);
  const fits = [tag, ...broaderTags(tag)].includes(found);
  return { text: inLanguage(words, tag), filledIn: false, ...(!fits && { foreign: found === 'und' ? '' : found }) };
}

/** In the language itself, in one that is like it, in whatever is meant for all, in English, or in the first that there is. */
export function inLanguage(words: HostWords, tag: string): string {
  return typeof words === 'string' ? words : (words[tagFor(words, tag)] ?? '');
}

function tagFor(words: Readonly<Record<string, string>>, tag: string): string {
  const [base = tag] = tag.split('-', 1);
  const known = Object.keys(words);
  const fitting = [tag, ...broaderTags(tag)].find((one) => known.includes(one)) ?? known.find((one) => one.startsWith(`${base}-`));
  return fitting ?? ['und', 'en'].find((one) => known.includes(one)) ?? known[0] ?? '';
}
