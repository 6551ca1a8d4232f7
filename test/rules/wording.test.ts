import { describe, expect, it } from '@jest/globals';
import { languages } from '../../lib/languages/index.js';
import type { Language } from '../../lib/languages/language.js';
import { momentAt, own, type Words } from '../../lib/model/words.js';
import { inLanguage, wordingIn } from '../../lib/rules/wording.js';

const now = Date.UTC(2026, 10, 22, 12) / 1000;
const [minute, hour, day] = [60, 3600, 86_400];

const languageOf = (tag: string) => languages.find((language) => language.tag === tag) as Language;
const say = (words: Words, tag = 'en') => wordingIn(languageOf(tag)).say(words);
const lastUsed = (ago: number) => ({ message: 'apps.lastUsed', values: { time: momentAt(now - ago, now) } }) as const;

/** The time alone, as it stands in the sentence. */
function timeIn(tag: string, ago: number): string | undefined {
  return wordingIn(languageOf(tag))
    .parts(lastUsed(ago))
    .find(({ datetime }) => datetime)?.text;
}

describe('a time', () => {
  it.each([
    [0, 'now'],
    [59, 'now'],
    [60, '1 minute ago'],
    [119, '1 minute ago'],
    [59 * minute + 59, '59 minutes ago'],
    [hour, '1 hour ago'],
    [23 * hour + 3599, '23 hours ago'],
    [day, '21 November 2026'],
    [-30, 'now'],
    [-2 * day, 'now'],
  ])('%d seconds ago is called %s', (ago, text) => {
    expect(timeIn('en', ago)).toBe(text);
  });

  it.each<readonly [string, string, string, string, string, string]>([
    ['de', 'jetzt', 'vor 1 Minute', 'vor 59 Minuten', 'vor 23 Stunden', '21. November 2026'],
    ['fr', 'maintenant', 'il y a 1 minute', 'il y a 59 minutes', 'il y a 23 heures', '21 novembre 2026'],
    ['es', 'ahora', 'hace 1 minuto', 'hace 59 minutos', 'hace 23 horas', '21 de noviembre de 2026'],
    ['pt', 'agora', 'há 1 minuto', 'há 59 minutos', 'há 23 horas', '21 de novembro de 2026'],
    ['it', 'ora', '1 minuto fa', '59 minuti fa', '23 ore fa', '21 novembre 2026'],
    ['nl', 'nu', '1 minuut geleden', '59 minuten geleden', '23 uur geleden', '21 november 2026'],
    ['pl', 'teraz', '1 minutę temu', '59 minut temu', '23 godziny temu', '21 listopada 2026'],
    ['tr', 'şimdi', '1 dakika önce', '59 dakika önce', '23 saat önce', '21 Kasım 2026'],
    ['ja', '今', '1 分前', '59 分前', '23 時間前', '2026年11月21日'],
    ['zh', '现在', '1分钟前', '59分钟前', '23小时前', '2026年11月21日'],
    ['ar', 'الآن', 'قبل دقيقة واحدة', 'قبل 59 دقيقة', 'قبل 23 ساعة', '21 نوفمبر 2026'],
  ])('is said in %s', (tag, ...texts) => {
    const agos = [0, minute, 59 * minute, 23 * hour, day];
    expect(agos.map((ago) => timeIn(tag, ago))).toEqual(texts);
    expect([59, hour - 1, day - 1].map((ago) => timeIn(tag, ago))).toEqual(texts.slice(0, 1).concat(texts[2] ?? '', texts[3] ?? ''));
  });

  it('has every language in the tables of this version of Node.js', () => {
    const tags = languages.map(({ tag }) => tag);
    expect(Intl.RelativeTimeFormat.supportedLocalesOf(tags)).toEqual(tags);
  });

  it('can be read by programs', () => {
    const part = wordingIn(languageOf('ja'))
      .parts(lastUsed(day))
      .find(({ datetime }) => datetime);
    expect(part).toEqual({ text: '2026年11月21日', filledIn: true, datetime: '2026-11-21T12:00:00Z' });
  });

  it('is a day, where that is meant, however short ago it was', () => {
    const words = { message: 'passkeys.of', values: { time: { day: now } } } as const;
    const parts = wordingIn(languageOf('en')).parts(words);
    expect(parts.at(-1)).toEqual({ text: '22 November 2026', filledIn: true, datetime: '2026-11-22' });
  });

  it('is a part of its sentence', () => {
    expect(say(lastUsed(minute))).toBe('Last used: 1 minute ago');
  });
});

describe('a number', () => {
  it.each([
    ['en', '1,234'],
    ['de', '1.234'],
    ['fr', '1\u202f234'],
    ['ja', '1,234'],
    ['ar', new Intl.NumberFormat('ar').format(1234)],
  ])('is written as %s does it', (tag, text) => {
    expect(say({ message: 'apps.permissions', values: { count: 1234 } }, tag)).toContain(text);
  });

  it('has the digits that the language has', () => {
    const egyptian: Language = { ...languageOf('ar'), tag: 'ar-EG' };
    expect(wordingIn(egyptian).say({ message: 'apps.permissions', values: { count: 12 } })).toContain('١٢');
  });
});

describe('what is filled in', () => {
  it('is what it is, though it looks like a place where something is filled in', () => {
    const values = { client: '{brand} {client} {toString} $& $1', brand: 'Acme' };
    expect(say({ message: 'consent.heading', values })).toBe('{brand} {client} {toString} $& $1 would like to use your Acme account');
  });

  it('leaves its place as it is where it is missing', () => {
    expect(say({ message: 'consent.heading', values: { brand: 'Acme' } })).toBe('{client} would like to use your Acme account');
    expect(say({ message: 'consent.heading' })).toBe('{client} would like to use your {brand} account');
  });

  it('is nothing that every object has', () => {
    const language: Language = {
      ...languages[0],
      messages: { ...languages[0].messages, 'login.title': '{constructor} {toString}' as never },
    };
    expect(wordingIn(language).tell('login.title', {})).toBe('{constructor} {toString}');
  });

  it('can be nothing at all', () => {
    expect(say({ message: 'links.back', values: { client: '' } })).toBe('Back to ');
  });

  it('can be one of our sentences, in the same language', () => {
    const claim = { message: 'scope.claim', values: { claim: { message: 'claim.gender' } } } as const;
    expect(say(claim)).toBe('See this about you: gender');
    expect(say(claim, 'de')).toContain(languageOf('de').messages['claim.gender']);
  });

  it('can be words by language', () => {
    const back = { message: 'links.back', values: { client: own({ und: 'Calendar', de: 'Kalender' }) } } as const;
    expect([say(back), say(back, 'de')]).toEqual([
      'Back to Calendar',
      languageOf('de').messages['links.back'].replace('{client}', 'Kalender'),
    ]);
  });

  it('is told apart from its sentence', () => {
    expect(wordingIn(languages[0]).parts({ message: 'links.home', values: { brand: 'Go to' } })).toEqual([
      { text: 'Go to ', filledIn: false },
      { text: 'Go to', filledIn: true },
    ]);
  });
});

describe('words of the host', () => {
  it.each(['login.title', '{client}', 'message', ''])('are said as they are: %j', (words) => {
    expect(say(own(words), 'de')).toBe(words);
  });

  const words = { de: 'Deutsch', 'de-CH': 'Schweiz', 'pt-BR': 'Brasil', en: 'English' };

  it.each([
    ['de', words, 'Deutsch'],
    ['de-CH', words, 'Schweiz'],
    ['de-CH-1996', words, 'Schweiz'],
    ['de-AT', words, 'Deutsch'],
    ['pt', words, 'Brasil'],
    ['pt-PT', words, 'Brasil'],
    ['zh-Hant-TW', { zh: 'zh', 'zh-Hant': 'Hant' }, 'Hant'],
    ['fr', words, 'English'],
    ['fr', { ...words, und: 'all' }, 'all'],
    ['en', { ...words, und: 'all' }, 'English'],
    ['fr', { de: 'Deutsch', nl: 'Nederlands' }, 'Deutsch'],
    ['toString', { de: 'Deutsch' }, 'Deutsch'],
    ['de', {}, ''],
    ['d', { de: 'Deutsch', d: 'D' }, 'D'],
  ])('are read in %s', (tag, given, text) => {
    expect(inLanguage(given, tag)).toBe(text);
  });
});
