import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { en } from '../../lib/languages/en.js';
import { languages } from '../../lib/languages/index.js';
import type { Language, MessageKey } from '../../lib/languages/language.js';

const keys = Object.keys(en) as MessageKey[];
const [english, ...translated] = languages as readonly [Language, ...Language[]];

/** What may be the same as in English, because the language has the same word for it. */
const sameWord: Readonly<Record<string, readonly MessageKey[]>> = {
  de: ['links.website', 'passkeys.title'], // "Website" and "Passkey" are German by now
  it: ['login.password'], // "password" is the Italian word
  nl: ['links.website', 'claim.website', 'passkeys.title'], // as in German
};

/** Each would mislead if two of its sentences were the same. */
const choices: readonly (readonly MessageKey[])[] = [
  ['consent.allow', 'consent.deny'],
  ['login.submit', 'login.cancel', 'login.create', 'login.passkey', 'login.forgot'],
  ['login.submit', 'signOut.submit'],
  ['signOut.title', 'signedOut.title'],
  ['signOut.heading', 'signedOut.heading'],
  ['passkeyOffer.create', 'passkeyOffer.later'],
  ['passkeys.synced', 'passkeys.bound'],
  ['passkeys.created', 'passkeys.lastUsed'],
  ['passkeys.add', 'passkeys.remove'],
  ['passkeys.added', 'passkeys.removed', 'passkeys.failed', 'passkeys.already'],
  ['consent.able', 'consent.already', 'consent.nothingNew'],
  ['consent.verified', 'consent.unverified', 'consent.unverifiedFrom'],
  ['links.website', 'links.privacy', 'links.terms'],
  ['apps.lastUsed', 'apps.agreed', 'apps.since', 'apps.signIns'],
  keys.filter((key) => key.startsWith('scope.')),
  keys.filter((key) => key.startsWith('claim.')),
];

/** A button and what it is called where it cannot be seen of what. Who speaks to the device says what is seen: WCAG 2.5.3. */
const called: readonly (readonly [MessageKey, MessageKey])[] = [
  ['passkeys.remove', 'passkeys.removeThis'],
  ['apps.remove', 'apps.removeThis'],
];

const buttons: readonly MessageKey[] = [
  'login.submit',
  'login.cancel',
  'login.create',
  'login.passkey',
  'passkeyOffer.create',
  'passkeyOffer.later',
  'passkeys.add',
  'passkeys.remove',
  'step.submit',
  'apps.remove',
  'signOut.submit',
  'formPost.submit',
  'error.retry',
];

/** In its own script and direction, where this version of Node.js knows them. */
function directionOf(tag: string): string | undefined {
  const locale = new Intl.Locale(tag) as Intl.Locale & { textInfo?: { direction: string }; getTextInfo?(): { direction: string } };
  return (locale.getTextInfo?.() ?? locale.textInfo)?.direction;
}

const placeholders = (sentence: string) => (sentence.match(/\{.*?\}/g) ?? []).sort();

/** Those that are not as they should be, so that a failure names them. */
function offending({ messages }: Language, isOffending: (sentence: string, key: MessageKey) => boolean): string[] {
  return keys.filter((key) => isOffending(messages[key], key)).map((key) => `${key}: ${messages[key]}`);
}

describe('the languages', () => {
  it('begin with English, which is taken where none fits', () => {
    expect(english).toMatchObject({ tag: 'en', messages: en });
  });

  it('have one row each', () => {
    expect(new Set(languages.map(({ tag }) => tag)).size).toBe(languages.length);
  });
});

describe('the English sentences', () => {
  const root = new URL('../../', import.meta.url);
  const sources = ['lib/', 'views/'].flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(?:ts|ejs)$/.test(file) && !/^languages\/\w+\.ts$/.test(file))
      .map((file) => withoutComments(readFileSync(new URL(`${folder}${file}`, root), 'utf8'))),
  );
  const quoted = new Set(sources.flatMap((text) => text.match(/(?<=')[\w.]+(?=')/g) ?? []));
  /** What is put together, as `error.${kind}.title`: of what comes before, a word that stands somewhere by itself, and what comes after. */
  const frames = sources.flatMap((text) =>
    [...text.matchAll(/`(\w+\.)\$\{[^`]*\}([\w.]*)`/g)].map(([, before = '', after = '']) => ({ before, after })),
  );

  const isPutTogether = (key: string) =>
    frames.some(
      ({ before, after }) =>
        key.startsWith(before) && key.endsWith(after) && quoted.has(key.slice(before.length, key.length - after.length)),
    );

  it.each(keys)('have one that is said somewhere: %s', (key) => {
    expect(quoted.has(key) || isPutTogether(key)).toBe(true);
  });
});

/** What is only explained there is not said to anybody. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|<%#[\s\S]*?%>|(?<=^|\s)\/\/.*/g, '');
}

describe.each(languages)('the language $tag', (language) => {
  const { tag, direction, messages } = language;

  it('has a tag as BCP 47 writes it', () => {
    expect(Intl.getCanonicalLocales(tag)).toEqual([tag]);
  });

  it('is one in which Node.js can write a date', () => {
    expect(Intl.DateTimeFormat.supportedLocalesOf(tag)).toEqual([tag]);
  });

  it('has the direction of its script', () => {
    expect([direction, undefined]).toContain(directionOf(tag));
  });

  it('has every sentence, in the order of the English ones', () => {
    expect(Object.keys(messages)).toEqual(keys);
  });

  it('has no sentence that is empty or has spaces too many', () => {
    expect(offending(language, (sentence) => sentence === '' || sentence !== sentence.trim() || /\s\s/.test(sentence))).toEqual([]);
  });

  it('has nothing that would be markup', () => {
    expect(offending(language, (sentence) => /[<>&]/.test(sentence))).toEqual([]);
  });

  it('has the quotation marks and apostrophes of print', () => {
    expect(offending(language, (sentence) => /['"`]/.test(sentence))).toEqual([]);
  });

  it('has the placeholders of the English sentences, each once', () => {
    const differs = (sentence: string, key: MessageKey) => `${placeholders(sentence)}` !== `${placeholders(en[key])}`;
    expect(offending(language, differs)).toEqual([]);
  });

  it('has no brace that is not of a placeholder', () => {
    expect(offending(language, (sentence) => /[{}]/.test(sentence.replaceAll(/\{[a-z]+\}/g, '')))).toEqual([]);
  });

  it.each(choices)('tells apart %s and %s', (...group) => {
    expect(new Set(group.map((key) => messages[key])).size).toBe(group.length);
  });

  it.each(called)('has the words of %s in %s', (seen, heard) => {
    expect(messages[heard].toLocaleLowerCase(tag)).toContain(messages[seen].toLocaleLowerCase(tag));
  });

  it('has buttons that fit on a phone', () => {
    expect(buttons.filter((key) => messages[key].length > 30)).toEqual([]);
  });

  it('has short words for allow and deny, which stand side by side', () => {
    expect(Math.max(messages['consent.allow'].length, messages['consent.deny'].length)).toBeLessThanOrEqual(14);
  });
});

describe.each(translated)('the translation into $tag', (language) => {
  const same = (sentence: string, key: MessageKey) => sentence === en[key] && !sameWord[language.tag]?.includes(key);

  it('leaves nothing in English', () => {
    expect(offending(language, same)).toEqual([]);
  });

  it('has no excuse for a word that is not the same', () => {
    expect(sameWord[language.tag]?.filter((key) => language.messages[key] !== en[key]) ?? []).toEqual([]);
  });
});

describe('French', () => {
  const french = languages.find(({ tag }) => tag === 'fr') as Language;

  it('has a space before every : ; ? and !, at which no line breaks', () => {
    expect(offending(french, (sentence) => /[^\u00a0\u202f][:;?!]/.test(sentence))).toEqual([]);
  });

  it('elides no word before a name, as nobody knows whether it begins with a vowel', () => {
    expect(offending(french, (sentence) => /’\{/.test(sentence))).toEqual([]);
  });
});

describe('Spanish', () => {
  const spanish = languages.find(({ tag }) => tag === 'es') as Language;

  it('opens every question', () => {
    expect(offending(spanish, (sentence) => sentence.split('?').length !== sentence.split('¿').length)).toEqual([]);
  });
});
