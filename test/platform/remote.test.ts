import { describe, expect, it } from '@jest/globals';
import { createRemote, type Loaded } from '../../lib/platform/remote.js';

/** A host, and a clock. `answer` is what the next request gets; `hold` lets it wait. */
function host() {
  const state = { now: 1_700_000_000, count: 0, answer: { value: 'one' } as Loaded<string>, hold: Promise.resolve() };
  const remote = createRemote<string>(
    async () => {
      state.count += 1;
      await state.hold;
      return state.answer;
    },
    () => state.now,
  );
  return { state, remote };
}

const down: Loaded<string> = { failure: new Error('It is down.'), withdrawn: false };
const never = new Promise<void>(() => {});

describe('what is fetched from elsewhere', () => {
  it('is fetched once for all who wait', async () => {
    const { state, remote } = host();
    expect(await Promise.all([remote.get(), remote.get(), remote.get()])).toEqual(['one', 'one', 'one']);
    expect(state.count).toBe(1);
  });

  it('is waited for when it is no longer fresh: it may have been replaced', async () => {
    const { state, remote } = host();
    await remote.get();
    state.answer = { value: 'two' };
    state.now += 300;
    expect(await remote.get()).toBe('two');
  });

  it('is given at once while its host hangs, after the first to notice', async () => {
    const { state, remote } = host();
    await remote.get();
    state.answer = down;
    state.now += 300;
    await remote.get();
    state.hold = never;
    state.now += 5;
    expect([await remote.get(), await remote.get(), state.count]).toEqual(['one', 'one', 3]);
  });

  it('is given at once to who finds it fresh, while another waits for what is not there', async () => {
    const { state, remote } = host();
    await remote.get();
    state.hold = never;
    state.now += 30;
    void remote.get((value) => value === 'two');
    expect([await remote.get((value) => value === 'one'), state.count]).toEqual(['one', 2]);
  });

  it('goes when its host has withdrawn it, and is asked for again soon', async () => {
    const { state, remote } = host();
    await remote.get();
    state.now += 30;
    state.answer = { failure: new Error('It was stolen.'), withdrawn: true };
    await expect(remote.get((value) => value === 'two')).rejects.toThrow('It was stolen.');
    state.answer = { value: 'two' };
    state.now += 5;
    expect(await remote.get()).toBe('two');
  });

  it('stays if fetching it breaks down, which is told to who has nothing', async () => {
    let fails = true;
    const remote = createRemote<string>(
      async () => {
        if (fails) throw new TypeError('A bug.');
        return { value: 'one' };
      },
      () => now,
    );
    let now = 0;
    await expect(remote.get()).rejects.toThrow('A bug.');
    fails = false;
    now += 5;
    expect(await remote.get()).toBe('one');
    fails = true;
    now += 300;
    expect(await remote.get()).toBe('one');
  });
});
