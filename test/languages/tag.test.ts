import { describe, expect, it } from '@jest/globals';
import { broaderTags, canonicalTag, directionOf } from '../../lib/languages/tag.js';

describe('a language tag', () => {
  it.each([
    ['de', 'de'],
    ['DE', 'de'],
    ['pt-br', 'pt-BR'],
    ['ZH-hant-tw', 'zh-Hant-TW'],
    ['haw', 'haw'],
    ['de-CH-1996', 'de-CH-1996'],
    ['und', 'und'],
  ])('%s is written %s', (text, tag) => {
    expect(canonicalTag(text)).toBe(tag);
  });

  it.each([
    '',
    '*',
    'd',
    'de_DE',
    'deutsch',
    'message',
    'de-',
    '-de',
    'de--DE',
    'de DE',
    'de\n',
    '../de',
    'x-private',
    `de${'-abcdefgh'.repeat(9)}`,
  ])('is not %j', (text) => {
    expect(canonicalTag(text)).toBeUndefined();
  });

  it.each([
    ['de', []],
    ['de-CH', ['de']],
    ['zh-Hant-TW', ['zh-Hant', 'zh']],
  ])('%s is a kind of %j', (tag, broader) => {
    expect(broaderTags(tag)).toEqual(broader);
  });

  it.each([
    ['ar', 'rtl'],
    ['he-IL', 'rtl'],
    ['az-Arab', 'rtl'],
    ['az', 'ltr'],
    ['ar-Latn', 'ltr'],
    ['ckb', 'rtl'],
    ['yi', 'rtl'],
    ['dv', 'rtl'],
    ['de', 'ltr'],
  ])('%s is written %s', (tag, direction) => {
    expect(directionOf(tag)).toBe(direction);
  });
});
