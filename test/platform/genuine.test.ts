import { describe, expect, it } from '@jest/globals';
import { genuineTokens, maxGenuine } from '../../lib/platform/genuine.js';

/** Counts how often a token is verified. */
function counting(read = genuineTokens<string>()) {
  const verified: string[] = [];
  const ask = (token: string, { holds = true, claims = {} }: { holds?: boolean; claims?: Record<string, unknown> } = {}) =>
    read(
      token,
      () => holds,
      async () => {
        verified.push(token);
        return { claims, proof: 'key' };
      },
    );
  return { ask, verified };
}

describe('genuineTokens', () => {
  it('verifies a token once', async () => {
    const { ask, verified } = counting();
    const answers = [await ask('a', { claims: { sub: 'alice' } }), await ask('a')];
    expect(answers).toEqual(Array(2).fill({ claims: { sub: 'alice' }, proof: 'key' }));
    expect(verified).toEqual(['a']);
  });

  it('verifies it again if what it was verified by does not hold any more, and goes by that', async () => {
    const { ask, verified } = counting();
    await ask('a', { claims: { sub: 'alice' } });
    expect((await ask('a', { holds: false, claims: { sub: 'bob' } })).claims).toEqual({ sub: 'bob' });
    expect((await ask('a')).claims).toEqual({ sub: 'bob' });
    expect(verified).toEqual(['a', 'a']);
  });

  it('asks of the very thing that it was verified by', async () => {
    const read = genuineTokens<string>();
    const verify = async () => ({ claims: {}, proof: 'the key' });
    const asked: string[] = [];
    const stillProves = (proof: string) => asked.push(proof) > 0;
    await read('a', stillProves, verify);
    await read('a', stillProves, verify);
    expect(asked).toEqual(['the key']);
  });

  it('remembers nothing that was refused', async () => {
    const read = genuineTokens<string>();
    let tries = 0;
    const refuse = async () => {
      tries += 1;
      throw new Error('forged');
    };
    await expect(read('a', () => true, refuse)).rejects.toThrow('forged');
    await expect(read('a', () => true, refuse)).rejects.toThrow('forged');
    expect(tries).toBe(2);
  });

  it('refuses what was withdrawn as often as it is shown', async () => {
    const read = genuineTokens<string>();
    const refuse = () => Promise.reject(new Error('withdrawn'));
    const withdrawn = () => false;
    await read('a', withdrawn, async () => ({ claims: {}, proof: 'key' }));
    await expect(read('a', withdrawn, refuse)).rejects.toThrow('withdrawn');
    await expect(read('a', withdrawn, refuse)).rejects.toThrow('withdrawn');
  });

  it('lets nobody write to what others are told', async () => {
    const { ask } = counting();
    const claims = () => ({ sub: 'alice', amr: ['pwd'], act: { sub: 'bob' }, nothing: null });
    for (const _ of [1, 2, 3]) {
      const told = (await ask('a', { claims: claims() })).claims as ReturnType<typeof claims>;
      expect(told).toEqual(claims());
      told.sub = 'poisoned';
      told.amr.push('poisoned');
      told.act.sub = 'poisoned';
    }
  });

  it('takes a claim named __proto__ for no more than a claim', async () => {
    const { ask } = counting();
    const text = '{"__proto__":{"sub":"root"},"act":{"__proto__":{"sub":"root"}}}';
    await ask('a', { claims: JSON.parse(text) });
    const { claims } = await ask('a');
    expect(JSON.stringify(claims)).toBe(text);
    expect(claims.sub).toBeUndefined();
  });

  it('has an end, and forgets what was not shown for longest', async () => {
    const { ask, verified } = counting();
    for (let i = 0; i < maxGenuine; i += 1) await ask(`token ${i}`);
    await ask('token 0');
    for (let i = maxGenuine; i < 1.5 * maxGenuine; i += 1) await ask(`token ${i}`);
    verified.length = 0;
    for (const token of ['token 0', `token ${maxGenuine}`, 'token 1']) await ask(token);
    expect(verified).toEqual(['token 1']);
  });

  it('never holds more than it may', async () => {
    const { ask, verified } = counting();
    const tokens = Array.from({ length: maxGenuine * 3 }, (_, i) => `token ${i}`);
    for (const token of tokens) await ask(token);
    verified.length = 0;
    for (const token of tokens.toReversed()) await ask(token); // those that are known come first, and stay
    expect(tokens.length - verified.length).toBeLessThanOrEqual(maxGenuine);
    expect(tokens.length - verified.length).toBeGreaterThanOrEqual(maxGenuine / 2);
  });

  it('verifies long tokens each time, rather than keep what they say', async () => {
    const { ask, verified } = counting();
    for (const length of [4_096, 4_096, 4_097, 4_097]) await ask('a'.repeat(length));
    expect(verified.map(({ length }) => length)).toEqual([4_096, 4_097, 4_097]);
  });
});
