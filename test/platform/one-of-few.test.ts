import { describe, expect, it } from '@jest/globals';
import { oneOfFewPer } from '../../lib/platform/one-of-few.js';

describe('what anybody can make us ask for', () => {
  const never = () => new Promise<never>(() => {});
  const oneOfTwo = () => oneOfFewPer<object>(2, () => new Error('full'));

  it('is refused while so many are under way', async () => {
    const [ask, owner] = [oneOfTwo(), {}];
    void ask(owner, never);
    void ask(owner, never);
    await expect(ask(owner, async () => 'done')).rejects.toThrow('full');
  });

  it.each([
    ['was answered', async () => 'an answer'],
    ['failed', () => Promise.reject(new Error('No.'))],
  ])('makes room when it %s', async (_how, work) => {
    const [ask, owner] = [oneOfTwo(), {}];
    void ask(owner, never);
    await ask(owner, work as () => Promise<unknown>).catch(() => {});
    expect(await ask(owner, async () => 'done')).toBe('done');
  });

  it('is counted for each owner', async () => {
    const ask = oneOfTwo();
    const one = {};
    void ask(one, never);
    void ask(one, never);
    expect(await ask({}, async () => 'done')).toBe('done');
  });
});
