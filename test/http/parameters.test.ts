import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Parameters } from '../../lib/http/parameters.js';

const parse = (text: string) => new Parameters(new URLSearchParams(text));
const refused = expect.objectContaining({ code: 'invalid_request' });

describe('a parameter', () => {
  it.each([
    ['a=b', 'b'],
    ['a=b+c', 'b c'],
    ['a=%E2%82%AC', '€'],
    ['a=%zz', '%zz'],
    ['x=1&x=2&a=b', 'b'],
    ['a=&a=b', 'b'],
    ['a=b=c', 'b=c'],
  ])('of %s is %j', (text, value) => {
    expect(parse(text).get('a')).toBe(value);
  });

  it.each(['', 'b=c', 'a', 'a=', 'a=&a=', 'A=b', 'a[]=b', 'a[b]=c', '%61%00=b'])('is absent in %j', (text) => {
    expect([parse(text).get('a'), parse(text).has('a')]).toEqual([undefined, false]);
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('called %s is absent where nobody sent it', (name) => {
    expect([Parameters.none.get(name), Parameters.none.has(name)]).toEqual([undefined, false]);
  });

  it('called __proto__ is one like any other', () => {
    expect(parse('__proto__=a').get('__proto__')).toBe('a');
  });

  it('is there, even if it cannot be read', () => {
    expect(parse('a=b&a=c').has('a')).toBe(true);
  });

  it.each([
    ['twice', 'a=b&a=c'],
    ['twice with the same value', 'a=b&a=b'],
    ['with a NUL', 'a=b%00'],
    ['with CR LF', 'a=b%0d%0ac'],
    ['with a tab', 'a=b%09c'],
    ['with DEL', 'a=b%7f'],
    ['with bytes that are not UTF-8', 'a=b%ff'],
    ['with half of a letter', 'a=%E2%82'],
    ['with more than 16 384 characters', `a=${'b'.repeat(16_385)}`],
  ])('is refused %s', (_, text) => {
    expect(() => parse(text).get('a')).toThrow(refused);
    expect(() => parse(text).need('a')).toThrow(refused);
  });

  it('may have 16 384 characters', () => {
    expect(parse(`a=${'b'.repeat(16_384)}`).need('a')).toHaveLength(16_384);
  });

  it('that is needed is refused if it is absent, by its name', () => {
    expect(() => parse('a=').need('a')).toThrow('The parameter a is missing.');
  });

  it('is read as it was sent, whatever is in it', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 });
    fc.assert(fc.property(text, (value) => parse(`${new URLSearchParams({ a: value })}`).get('a') === value));
  });
});
