import { describe, expect, it } from '@jest/globals';
import { recentlyUsed } from '../../lib/platform/recently-used.js';

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
