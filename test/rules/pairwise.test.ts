import { describe, expect, it } from '@jest/globals';
import { pairwiseSubject } from '../../lib/rules/pairwise.js';
import fc from '../support/fast-check.js';

const salt = 'a salt for tests, of 32 characters or more';
const of = ([sub, sector, pepper]: readonly [string, string, string]) => pairwiseSubject(sub, sector, pepper);

describe('a pairwise subject', () => {
  it('is 43 characters that do not contain the user or the sector', () => {
    expect(pairwiseSubject('alice', 'client.example.com', salt)).toMatch(/^[\w-]{43}$/);
  });

  it('stays the same, or users would lose their accounts', () => {
    expect(pairwiseSubject('alice', 'client.example.com', salt)).toBe('uucbh6e3Jx3vt__ow_eWbg9BVKQoRscIU550vNj7Vjg');
  });

  it('is another for another user, sector or salt, wherever one ends and the next begins', () => {
    const three = fc.tuple(fc.string(), fc.string(), fc.string({ minLength: 1 }));
    fc.assert(fc.property(three, three, (one, other) => (of(one) === of(other)) === (JSON.stringify(one) === JSON.stringify(other))));
  });

  it.each([
    ['a quote', 'a"', 'b', 'a', '"b'],
    ['a comma', 'a","b', 'c', 'a', 'b","c'],
  ])('is not mixed up by %s', (_, sub, sector, otherSub, otherSector) => {
    expect(pairwiseSubject(sub, sector, salt)).not.toBe(pairwiseSubject(otherSub, otherSector, salt));
  });
});
