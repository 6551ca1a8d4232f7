import { describe, expect, it } from '@jest/globals';
import { languages } from '../../lib/languages/index.js';
import type { Language } from '../../lib/languages/language.js';
import { chooseLanguage } from '../../lib/rules/language.js';

function chosen(locales: readonly string[] | undefined, acceptLanguage?: string, offered = languages): string {
  return chooseLanguage(offered, locales, acceptLanguage).tag;
}

/** Offers these alone. */
function only(...tags: readonly string[]): readonly [Language, ...Language[]] {
  return tags.map((tag) => ({ ...languages[0], tag })) as unknown as readonly [Language, ...Language[]];
}

describe('the language of a page', () => {
  it.each<readonly [string, readonly string[] | undefined, string | undefined, string]>([
    ['the first of ours, where nobody wishes', undefined, undefined, 'en'],
    ['the first of ours, where the header is empty', [], '', 'en'],
    ['what the client asks for', ['de'], undefined, 'de'],
    ['what the browser prefers', undefined, 'de', 'de'],
    ['what the client asks for, before what the browser prefers', ['fr'], 'de', 'fr'],
    ['the first that we have of those that the client asks for', ['sv', 'fi', 'pl', 'de'], undefined, 'pl'],
    ['in the order of the client', ['tr', 'de'], undefined, 'tr'],
    ['what the browser prefers, where we have none that the client asks for', ['sv', 'fi'], 'it', 'it'],
    ['the first of ours, where we have none of all', ['sv'], 'fi', 'en'],
    ['what is most like it: de-CH', ['de-CH'], undefined, 'de'],
    ['what is most like it: pt-BR', undefined, 'pt-BR', 'pt'],
    ['what is most like it: zh-TW', undefined, 'zh-TW', 'zh'],
    ['what is most like it: zh-Hant-TW', ['zh-Hant-TW'], undefined, 'zh'],
    ['the same in capital letters', ['DE'], undefined, 'de'],
    ['the first of a header without weights', undefined, 'en-US,de', 'en'],
    ['the first among equals', undefined, 'en-US;q=0.8,de;q=0.8,fr;q=0.7', 'en'],
    ['the weightiest of a header', undefined, 'en;q=0.5, de;q=0.9, fr;q=0.7', 'de'],
    ['none that the browser refuses', undefined, 'de;q=0, fr;q=0.1', 'fr'],
    ['not the one refused, where any other will do', undefined, 'en;q=0, *', 'de'],
    ['any, where any will do', undefined, '*', 'en'],
    ['one by name before any', undefined, '*;q=0.1, ja', 'ja'],
    ['as if there were no header, where it is none', undefined, ';;;=,,q=1;q=x,\u0000', 'en'],
    ['what can be read of a header', undefined, 'x;y;z, de;q=high, pl;q=0.3', 'pl'],
  ])('is %s', (_, locales, header, tag) => {
    expect(chosen(locales, header)).toBe(tag);
  });

  it('is no name that every object has', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    expect(chosen(names, `${names}, de;q=0.5`)).toBe('de');
  });

  it.each([
    ['*', 'any language, which a client that has no wish need not say'],
    ['de;q=0', 'a weight'],
    ['de,fr', 'a list of its own'],
    ['fr\r\nX: y', 'another header'],
  ])('is what the browser prefers where the client asks for %j: %s is no tag', (locale) => {
    expect(chosen([locale], 'pl')).toBe('pl');
  });

  it('is asked of the client ten times at most', () => {
    const unknown = Array.from({ length: 10 }, (_, i) => `x${i}`.replace(/\d/, (digit) => 'abcdefghij'[Number(digit)] as string));
    expect(chosen([...unknown, 'de'], 'pl')).toBe('pl');
    expect(chosen([...unknown.slice(1), 'de'], 'pl')).toBe('de');
  });

  it.each([
    ['has as many as nobody speaks', `de,${'xx-yy;q=0.1,'.repeat(900)}`],
    ['is one long word', `de, ${'x-'.repeat(5_500)}`],
    ['is of spaces', `de,${' '.repeat(11_000)};q=1`],
    ['is of weights', `de${';q=1'.repeat(2_600)}`],
  ])('is known soon where the header %s', (_, header) => {
    expect(header.length).toBeGreaterThan(10_000);
    const started = process.cpuUsage();
    for (let i = 0; i < 20; i += 1) expect(chosen(undefined, header)).toBe('de');
    expect(process.cpuUsage(started).user).toBeLessThan(2_000_000); // microseconds, for all of them
  });

  it.each([
    [['pt-PT'], 'pt', 'pt-PT'],
    [['pt', 'pt-PT'], 'pt-PT', 'pt-PT'],
    [['pt', 'pt-PT'], 'pt-BR', 'pt'],
    [['de', 'de-CH'], 'de-AT', 'de'],
    [['sv', 'en'], 'ja', 'sv'],
  ])('where %j are offered and %s is asked for is %s', (tags, wish, tag) => {
    expect(chosen([wish], undefined, only(...tags))).toBe(tag);
    expect(chosen(undefined, wish, only(...tags))).toBe(tag);
  });
});
