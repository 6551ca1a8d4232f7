import { describe, expect, it } from '@jest/globals';
import { genuineTokens, maxGenuine } from '../../lib/platform/genuine.js';

/** As tokens are spelled. */
const numbered = (number: number) => `${Buffer.from(`token ${number}`).toString('base64url')}.c2Vj`;

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
    const answers = [await ask('aaaa', { claims: { sub: 'alice' } }), await ask('aaaa')];
    expect(answers).toEqual(Array(2).fill({ claims: { sub: 'alice' }, proof: 'key' }));
    expect(verified).toEqual(['aaaa']);
  });

  it('verifies it again if what it was verified by does not hold any more, and goes by that', async () => {
    const { ask, verified } = counting();
    await ask('aaaa', { claims: { sub: 'alice' } });
    expect((await ask('aaaa', { holds: false, claims: { sub: 'bob' } })).claims).toEqual({ sub: 'bob' });
    expect((await ask('aaaa')).claims).toEqual({ sub: 'bob' });
    expect(verified).toEqual(['aaaa', 'aaaa']);
  });

  it('asks of the very thing that it was verified by', async () => {
    const read = genuineTokens<string>();
    const verify = async () => ({ claims: {}, proof: 'the key' });
    const asked: string[] = [];
    const stillProves = (proof: string) => asked.push(proof) > 0;
    await read('aaaa', stillProves, verify);
    await read('aaaa', stillProves, verify);
    expect(asked).toEqual(['the key']);
  });

  it('remembers nothing that was refused', async () => {
    const read = genuineTokens<string>();
    let tries = 0;
    const refuse = async () => {
      tries += 1;
      throw new Error('forged');
    };
    await expect(read('aaaa', () => true, refuse)).rejects.toThrow('forged');
    await expect(read('aaaa', () => true, refuse)).rejects.toThrow('forged');
    expect(tries).toBe(2);
  });

  it('refuses what was withdrawn as often as it is shown', async () => {
    const read = genuineTokens<string>();
    const refuse = () => Promise.reject(new Error('withdrawn'));
    const withdrawn = () => false;
    await read('aaaa', withdrawn, async () => ({ claims: {}, proof: 'key' }));
    await expect(read('aaaa', withdrawn, refuse)).rejects.toThrow('withdrawn');
    await expect(read('aaaa', withdrawn, refuse)).rejects.toThrow('withdrawn');
  });

  it('lets nobody write to what others are told', async () => {
    const { ask } = counting();
    const claims = () => ({ sub: 'alice', amr: ['pwd'], act: { sub: 'bob' }, nothing: null });
    for (const _ of [1, 2, 3]) {
      const told = (await ask('aaaa', { claims: claims() })).claims as ReturnType<typeof claims>;
      expect(told).toEqual(claims());
      told.sub = 'poisoned';
      told.amr.push('poisoned');
      told.act.sub = 'poisoned';
    }
  });

  it('takes a claim named __proto__ for no more than a claim', async () => {
    const { ask } = counting();
    const text = '{"__proto__":{"sub":"root"},"act":{"__proto__":{"sub":"root"}}}';
    await ask('aaaa', { claims: JSON.parse(text) });
    const { claims } = await ask('aaaa');
    expect(JSON.stringify(claims)).toBe(text);
    expect(claims.sub).toBeUndefined();
  });

  it('has an end, and forgets what was not shown for longest', async () => {
    const { ask, verified } = counting();
    for (let i = 0; i < maxGenuine; i += 1) await ask(numbered(i));
    await ask(numbered(0));
    for (let i = maxGenuine; i < 1.5 * maxGenuine; i += 1) await ask(numbered(i));
    verified.length = 0;
    for (const token of [numbered(0), numbered(maxGenuine), numbered(1)]) await ask(token);
    expect(verified).toEqual([numbered(1)]);
  });

  it('never holds more than it may', async () => {
    const { ask, verified } = counting();
    const tokens = Array.from({ length: maxGenuine * 3 }, (_, i) => numbered(i));
    for (const token of tokens) await ask(token);
    verified.length = 0;
    for (const token of tokens.toReversed()) await ask(token); // those that are known come first, and stay
    expect(tokens.length - verified.length).toBeLessThanOrEqual(maxGenuine);
    expect(tokens.length - verified.length).toBeGreaterThanOrEqual(maxGenuine / 2);
  });

  it.each<[string, (token: string, i: number) => string]>([
    ['spaces', (token, i) => `${token.slice(0, i % token.length)}${' '.repeat(1 + i)}${token.slice(i % token.length)}`],
    ['line breaks', (token, i) => `${token}${'\n'.repeat(1 + i)}`],
    ['padding', (token, i) => `${token}${'='.repeat(1 + i)}`],
    ['signs that are no base64', (token, i) => `${token}${'!'.repeat(1 + i)}`],
  ])('forgets nothing for the many other spellings of one token with %s', async (_, respell) => {
    const { ask, verified } = counting();
    await ask(numbered(0));
    for (let i = 0; i < 2 * maxGenuine; i += 1) await ask(respell(numbered(1), i));
    verified.length = 0;
    await ask(numbered(0));
    expect(verified).toEqual([]);
  });

  it.each(['YWI.YWJ', 'YWI.YW+/', 'YWI.YWI='])('verifies each time what is spelled as nobody writes it: %s', async (token) => {
    const { ask, verified } = counting();
    await ask(token);
    await ask(token);
    expect(verified).toEqual([token, token]);
  });

  it('verifies long tokens each time, rather than keep what they say', async () => {
    const { ask, verified } = counting();
    for (const length of [4_096, 4_096, 4_098, 4_098]) await ask('A'.repeat(length));
    expect(verified.map(({ length }) => length)).toEqual([4_096, 4_098, 4_098]);
  });
});
