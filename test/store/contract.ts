/** What every store must do. Whoever writes a store of their own calls `describeStore` with it, in jest. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Store } from '../../lib/model/store.js';

export interface StoreUnderTest {
  /** Opens the store; `close` is called at the end. */
  open(): Store | Promise<Store>;
  /** Lets so many seconds pass, as the store sees it. */
  sleep(seconds: number): unknown;
}

const racers = Array.from({ length: 100 }, (_, index) => index);

/** Writes, and looks before the time is over. A machine that was too busy for that looks again; a store that forgets too early still fails. */
async function lookingWithin(seconds: number, act: () => Promise<void>): Promise<void> {
  for (let tries = 0; tries < 20; tries += 1) {
    const begin = performance.now();
    try {
      return await act();
    } catch (error) {
      if (performance.now() - begin < seconds * 1000) throw error;
    }
  }
  throw new Error(`It was not looked at within ${seconds} seconds, in 20 tries.`);
}

/**
 * The contract of `Store` (lib/model/store.ts) as tests.
 *
 * @example
 * describeStore('my store', { open: () => myStore(), sleep: (seconds) => setTimeout(seconds * 1000) });
 */
export function describeStore(name: string, { open, sleep }: StoreUnderTest): void {
  describe(`${name} keeps the contract of a store:`, () => {
    let store: Store;
    let key: string;

    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.close());
    beforeEach(() => {
      key = randomUUID();
    });

    const valueAt = async (name: string) => (await store.get(name))?.value;
    const versionAt = async (name: string) => (await store.get(name))?.version ?? 'none';

    describe('get and put', () => {
      it('finds nothing under a key that was never written', async () => {
        expect(await store.get(key)).toBeUndefined();
      });

      it('finds what was put last', async () => {
        await store.put(key, 'first', 60);
        await store.put(key, 'second', 60);
        expect(await valueAt(key)).toBe('second');
      });

      it('gives every write another version, of the same value too', async () => {
        await store.put(key, 'same', 60);
        const before = await versionAt(key);
        await store.put(key, 'same', 60);
        expect(await versionAt(key)).not.toBe(before);
      });

      it('gives the same version for as long as nobody writes', async () => {
        await store.put(key, 'same', 60);
        expect(await versionAt(key)).toBe(await versionAt(key));
      });

      it.each([
        ['null', null],
        ['false', false],
        ['an empty string', ''],
        ['a string of spaces and line breaks', '  \r\n\t '],
        ['Unicode, also beyond the first plane', 'Zoë 漢字 🔑 \u2028 e\u0301'],
        ['NUL and other control characters', 'a\u0000b\u0001\u001f'],
        ['half of a surrogate pair', '\ud83d'],
        ['numbers', [0, -1, 0.1, 1e21, 1e-7, Number.MAX_SAFE_INTEGER]],
        ['empty objects and arrays', { object: {}, array: [] }],
        ['what is nested', { a: [{ b: { c: [null, [1, ['2']]] } }] }],
        ['members named as those of Object', JSON.parse('{"__proto__":{"x":1},"constructor":2}')],
        ['100 kB', 'ä'.repeat(50_000)],
      ])('gives back %s as it was', async (_, value) => {
        await store.put(key, value, 60);
        expect(JSON.stringify(await valueAt(key))).toBe(JSON.stringify(value));
      });

      it('does not see what the writer does to the value afterwards', async () => {
        const value = { scopes: ['read'] };
        await store.put(key, value, 60);
        value.scopes.push('write');
        expect(await valueAt(key)).toEqual({ scopes: ['read'] });
      });

      it('does not see what a reader does to the value', async () => {
        await store.put(key, { scopes: ['read'] }, 60);
        (await store.get<{ scopes: string[] }>(key))?.value.scopes.push('write');
        expect(await valueAt(key)).toEqual({ scopes: ['read'] });
      });

      it('forgets when the time is over', async () => {
        await lookingWithin(0.2, async () => {
          await store.put(key, 1, 0.2);
          expect(await valueAt(key)).toBe(1);
        });
        await sleep(0.25);
        expect(await store.get(key)).toBeUndefined();
      });

      it('counts the time from the last write', async () => {
        await store.put(key, 1, 0.2);
        await store.put(key, 2, 60);
        await sleep(0.25);
        expect(await valueAt(key)).toBe(2);
      });

      it.each([0, -1])('leaves nothing, nor what was there, after a put for %d seconds', async (ttl) => {
        await store.put(key, 1, 60);
        await store.put(key, 2, ttl);
        expect(await store.get(key)).toBeUndefined();
      });
    });

    describe('keys', () => {
      const kilobyte = 'k'.repeat(1024);
      const odd = ['', ' ', 'a b', 'a:b', ':', '{a}b', '}{', '*', 'a\nb', 'a\u0000b', '漢字🔑', '__proto__', 'constructor', kilobyte];

      it('may be anything, and do not meet', async () => {
        const keys = odd.map((text) => `${key}${text}`);
        await Promise.all(keys.map((each) => store.put(each, each, 60)));
        expect(await Promise.all(keys.map(valueAt))).toEqual(keys);
      });

      it.each(odd.map((whole) => [whole.slice(0, 20), whole]))('may be %j and nothing else', async (_, whole) => {
        await store.put(whole, 1, 60);
        expect(await valueAt(whole)).toBe(1);
        expect(await store.delete(whole)).toBe(true);
        expect(await store.get(whole)).toBeUndefined();
      });

      it('are others than owners', async () => {
        await store.put(key, 'value', 60);
        await store.link(key, 'id', 60);
        expect(await valueAt(key)).toBe('value');
        expect(await store.linked(key)).toEqual(['id']);
      });
    });

    describe('add', () => {
      it('writes where nothing is', async () => {
        expect(await store.add(key, 'first', 60)).toBe(true);
        expect(await valueAt(key)).toBe('first');
      });

      it('leaves alone what is there', async () => {
        await store.add(key, 'first', 60);
        expect(await store.add(key, 'second', 60)).toBe(false);
        expect(await valueAt(key)).toBe('first');
      });

      it('leaves alone what is there, even if it is null', async () => {
        await store.put(key, null, 60);
        expect(await store.add(key, 'second', 60)).toBe(false);
      });

      it('has one winner among a hundred', async () => {
        const won = await Promise.all(racers.map((racer) => store.add(key, racer, 60)));
        expect(won.filter(Boolean)).toHaveLength(1);
        expect(await valueAt(key)).toBe(won.indexOf(true));
      });

      it('writes again when the time of the first is over, and not before', async () => {
        await lookingWithin(0.2, async () => {
          await store.delete(key);
          await store.add(key, 'first', 0.2);
          expect(await store.add(key, 'early', 60)).toBe(false);
        });
        await sleep(0.25);
        expect(await store.add(key, 'late', 60)).toBe(true);
      });

      it('leaves nothing, if it is for no time', async () => {
        expect(await store.add(key, 1, 0)).toBe(true);
        expect(await store.get(key)).toBeUndefined();
      });
    });

    describe('swap', () => {
      it('writes over the version that was read', async () => {
        await store.put(key, 'old', 60);
        expect(await store.swap(key, await versionAt(key), 'new', 60)).toBe(true);
        expect(await valueAt(key)).toBe('new');
      });

      it('refuses a version that was written over', async () => {
        await store.put(key, 'old', 60);
        const stale = await versionAt(key);
        await store.put(key, 'newer', 60);
        expect(await store.swap(key, stale, 'lost', 60)).toBe(false);
        expect(await valueAt(key)).toBe('newer');
      });

      it('refuses a version that was swapped, though the value is the same', async () => {
        await store.put(key, 'same', 60);
        const stale = await versionAt(key);
        await store.swap(key, stale, 'same', 60);
        expect(await store.swap(key, stale, 'lost', 60)).toBe(false);
      });

      it('has one winner among a hundred', async () => {
        await store.put(key, 'start', 60);
        const version = await versionAt(key);
        const won = await Promise.all(racers.map((racer) => store.swap(key, version, racer, 60)));
        expect(won.filter(Boolean)).toHaveLength(1);
        expect(await valueAt(key)).toBe(won.indexOf(true));
      });

      it('refuses when the value was deleted', async () => {
        await store.put(key, 'old', 60);
        const version = await versionAt(key);
        await store.delete(key);
        expect(await store.swap(key, version, 'lost', 60)).toBe(false);
        expect(await store.get(key)).toBeUndefined();
      });

      it('refuses when the value was deleted and the same was added again', async () => {
        await store.put(key, 'same', 60);
        const version = await versionAt(key);
        await store.delete(key);
        await store.add(key, 'same', 60);
        expect(await store.swap(key, version, 'lost', 60)).toBe(false);
      });

      it('refuses when the time is over', async () => {
        await store.put(key, 'old', 0.2);
        const version = await versionAt(key);
        await sleep(0.25);
        expect(await store.swap(key, version, 'lost', 60)).toBe(false);
      });

      it.each(['', ' ', 'unknown'])('refuses the version %j where nothing is', async (version) => {
        expect(await store.swap(key, version, 'lost', 60)).toBe(false);
        expect(await store.get(key)).toBeUndefined();
      });

      it('refuses a part of the version, and more than the version', async () => {
        await store.put(key, 'old', 60);
        const version = await versionAt(key);
        for (const wrong of ['', version.slice(0, -1), `${version} `, `${version} "`]) {
          expect(await store.swap(key, wrong, 'lost', 60)).toBe(false);
        }
      });

      it('starts the time anew', async () => {
        await lookingWithin(0.2, async () => {
          await store.put(key, 'old', 60);
          await store.swap(key, await versionAt(key), 'new', 0.2);
          expect(await valueAt(key)).toBe('new');
        });
        await sleep(0.25);
        expect(await store.get(key)).toBeUndefined();
      });

      it('leaves nothing, if it is for no time', async () => {
        await store.put(key, 'old', 60);
        expect(await store.swap(key, await versionAt(key), 'new', 0)).toBe(true);
        expect(await store.get(key)).toBeUndefined();
      });
    });

    describe('delete', () => {
      it('says whether there was something', async () => {
        await store.put(key, 1, 60);
        expect(await store.delete(key)).toBe(true);
        expect(await store.delete(key)).toBe(false);
        expect(await store.get(key)).toBeUndefined();
      });

      it('finds nothing when the time is over', async () => {
        await store.put(key, 1, 0.2);
        await sleep(0.25);
        expect(await store.delete(key)).toBe(false);
      });

      it('has one winner among a hundred', async () => {
        await store.put(key, 1, 60);
        const won = await Promise.all(racers.map(() => store.delete(key)));
        expect(won.filter(Boolean)).toHaveLength(1);
      });
    });

    describe('link and linked', () => {
      it('lists nothing for an unknown owner', async () => {
        expect(await store.linked(key)).toEqual([]);
      });

      it('lists the oldest end first', async () => {
        await store.link(key, 'last', 90);
        await store.link(key, 'first', 30);
        await store.link(key, 'middle', 60);
        expect(await store.linked(key)).toEqual(['first', 'middle', 'last']);
      });

      it('lists an id once, by its new end, if it is linked again', async () => {
        await store.link(key, 'a', 30);
        await store.link(key, 'b', 60);
        await store.link(key, 'a', 90);
        expect(await store.linked(key)).toEqual(['b', 'a']);
      });

      it('keeps the later end, if an id is linked again for less', async () => {
        await store.link(key, 'a', 60);
        for (const ttl of [0.2, 0, -1]) await store.link(key, 'a', ttl);
        await sleep(0.25);
        expect(await store.linked(key)).toEqual(['a']);
      });

      it('does not list an id that is linked for no time', async () => {
        await store.link(key, 'a', 0);
        expect(await store.linked(key)).toEqual([]);
      });

      it('forgets each id when its time is over, and not the others', async () => {
        await lookingWithin(0.2, async () => {
          await store.link(key, 'long', 60);
          await store.link(key, 'short', 0.2);
          expect(await store.linked(key)).toEqual(['short', 'long']);
        });
        await sleep(0.25);
        expect(await store.linked(key)).toEqual(['long']);
      });

      it('forgets the owner with its last id', async () => {
        await store.link(key, 'short', 0.2);
        await sleep(0.25);
        expect(await store.linked(key)).toEqual([]);
        await store.link(key, 'new', 60);
        expect(await store.linked(key)).toEqual(['new']);
      });

      it('loses none of a hundred at once', async () => {
        await Promise.all(racers.map((racer) => store.link(key, String(racer), 60)));
        expect((await store.linked(key)).sort()).toEqual(racers.map(String).sort());
      });

      it('takes any owner and any id', async () => {
        for (const odd of ['', ' ', 'a:b', '{a}', 'a\u0000b', '漢字🔑', '__proto__', '-inf']) {
          await store.link(`${key}${odd}`, odd, 60);
          expect(await store.linked(`${key}${odd}`)).toEqual([odd]);
        }
      });
    });
  });
}
