import { describe, expect, it } from '@jest/globals';
import { Parameters } from '../../lib/http/parameters.js';
import fc from '../support/fast-check.js';

const parse = (text: string) => new Parameters(new URLSearchParams(text));
/** Whatever is printed, but for U+FFFD: that one says that the bytes were not UTF-8, and is refused. */
const text = (maxLength: number) => fc.string({ unit: 'grapheme', minLength: 1, maxLength }).filter((value) => !value.includes('\ufffd'));
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

  it.each<readonly [string, readonly string[]]>([
    ['', []],
    ['a=', []],
    ['b=c', []],
    ['a=b', ['b']],
    ['a=b&a=c', ['b', 'c']],
    ['a=c&x=1&a=b&a=', ['c', 'b']],
    ['a=b&a=b', ['b']],
    ['a=b%20c&a=b', ['b c', 'b']],
    ['a[]=b&a[0]=c&A=d', []],
  ])('that may be repeated has in %j the values %j', (text, values) => {
    expect(parse(text).all('a')).toEqual(values);
  });

  it.each(['a=b&a=c%00', 'a=%0d%0a&a=b', 'a=b&a=%ff', `a=b&a=${'c'.repeat(16_385)}`])(
    'that may be repeated is refused in %.20j',
    (text) => {
      expect(() => parse(text).all('a')).toThrow(refused);
    },
  );

  it.each(['__proto__', 'constructor'])('that may be repeated, called %s, has no values where nobody sent it', (name) => {
    expect(Parameters.none.all(name)).toEqual([]);
  });

  it('that may be repeated has each value once, in the order in which they were sent', () => {
    fc.assert(
      fc.property(fc.array(text(20)), (values) =>
        expect(parse(`${new URLSearchParams(values.map((value): [string, string] => ['a', value]))}`).all('a')).toEqual([
          ...new Set(values),
        ]),
      ),
    );
  });

  it('that is only compared may be anything, but not repeated', () => {
    const odd = 'b\u0000\ufffd'.repeat(10_000);
    expect(parse(`${new URLSearchParams({ a: odd })}`).needVerbatim('a')).toBe(odd);
    expect(parse('a=').verbatim('a')).toBeUndefined();
    expect(() => parse('a=b&a=b').verbatim('a')).toThrow(refused);
    expect(() => parse('a=').needVerbatim('a')).toThrow('The parameter a is missing.');
  });

  it('that is needed is refused if it is absent, by its name', () => {
    expect(() => parse('a=').need('a')).toThrow('The parameter a is missing.');
  });

  it('is read as it was sent, whatever is in it', () => {
    fc.assert(fc.property(text(100), (value) => parse(`${new URLSearchParams({ a: value })}`).get('a') === value));
  });
});
