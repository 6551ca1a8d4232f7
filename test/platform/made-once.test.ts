import { describe, expect, it } from '@jest/globals';
import { onceFor, oncePer } from '../../lib/platform/made-once.js';

describe('oncePer', () => {
  it('makes one value for each owner', () => {
    const listOf = oncePer((owner: { readonly name: string }) => [owner.name]);
    const [one, other] = [{ name: 'a' }, { name: 'a' }];
    expect(listOf(one)).toEqual(['a']);
    expect(listOf(one)).toBe(listOf(one));
    expect(listOf(other)).not.toBe(listOf(one));
  });

  it('keeps two memories of one owner apart', () => {
    const owner = {};
    const [first, second] = [oncePer(() => ['first']), oncePer(() => ['second'])];
    expect([first(owner), second(owner)]).toEqual([['first'], ['second']]);
  });

  it('makes again what could not be made', () => {
    const outcomes = [undefined, 'made'];
    const madeFor = oncePer(() => outcomes.shift() ?? fail());
    const owner = {};
    expect(() => madeFor(owner)).toThrow('not yet');
    expect(madeFor(owner)).toBe('made');
  });
});

describe('onceFor', () => {
  it('makes one value for each name', () => {
    const listOf = onceFor((name: string) => [name]);
    expect(listOf('a')).toEqual(['a']);
    expect(listOf('a')).toBe(listOf('a'));
    expect(listOf('b')).toEqual(['b']);
  });

  it('makes again what was promised and failed, and not while it is still awaited', async () => {
    const outcomes = [Promise.reject(new Error('not yet')), Promise.resolve('made')];
    const madeFor = onceFor((_name: string) => outcomes.shift());
    const first = madeFor('a');
    expect(madeFor('a')).toBe(first);
    await expect(first).rejects.toThrow('not yet');
    expect(await madeFor('a')).toBe('made');
    expect(await madeFor('a')).toBe('made');
  });
});

function fail(): never {
  throw new Error('not yet');
}
