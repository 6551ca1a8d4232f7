import { describe, expect, it } from '@jest/globals';
import { recentlyUsed, recentlyUsedPer } from '../../lib/platform/recently-used.js';

describe('recentlyUsed', () => {
  it('forgets what was not asked for longest', () => {
    const memory = recentlyUsed<number>(2);
    memory.set('a', 1);
    memory.set('b', 2);
    memory.get('a');
    memory.set('c', 3);
    expect([memory.get('a'), memory.get('b'), memory.get('c')]).toEqual([1, undefined, 3]);
  });

  it('forgets what it is told to', () => {
    const memory = recentlyUsed<number>(2);
    memory.set('a', 1);
    memory.delete('a');
    expect(memory.get('a')).toBeUndefined();
  });
});

describe('recentlyUsedPer', () => {
  it('keeps the memories of two owners apart', () => {
    const memoryOf = recentlyUsedPer<object, number>(2);
    const [one, other] = [{}, {}];
    memoryOf(one).set('a', 1);
    expect([memoryOf(one).get('a'), memoryOf(other).get('a')]).toEqual([1, undefined]);
  });
});
