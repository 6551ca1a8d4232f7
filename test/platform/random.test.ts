/** Random bytes, out of a pool. */
import { randomFillSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { pooledRandom, systemRandom } from '../../lib/platform/random.js';
import fc from '../support/fast-check.js';

/** Chance that can be followed: numbers of four bytes, each of which comes once; 1001 is the first of the first filling. */
function countingPool(size: number) {
  let pool: Buffer | undefined;
  let fillings = 0;
  const random = pooledRandom(size, (given) => {
    pool = given;
    fillings += 1;
    for (let at = 0; at + 4 <= given.length; at += 4) given.writeUInt32BE(fillings * 1000 + at / 4 + 1, at);
  });
  return { random, pool: () => pool as Buffer, fillings: () => fillings };
}

/** The numbers that a text of whole ones stands for. */
function numbersIn(text: string): number[] {
  const bytes = Buffer.from(text, 'base64url');
  return Array.from({ length: bytes.length / 4 }, (_, number) => bytes.readUInt32BE(4 * number));
}

const sizes = fc.array(fc.nat(19), { minLength: 1, maxLength: 100 });

describe('random bytes', () => {
  it('are as many as were asked for, whether they fit in the pool or not', () => {
    for (const bytes of [0, 1, 15, 16, 48, 1023, 1024, 1025, 70_000]) {
      expect(Buffer.from(systemRandom(bytes), 'base64url')).toHaveLength(bytes);
    }
  });

  it('are written as base64url', () => {
    expect(Array.from({ length: 100 }, () => systemRandom(16)).filter((text) => !/^[\w-]{22}$/.test(text))).toEqual([]);
  });

  it('are never given twice, however many are asked for at each time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 16 }), sizes, (words, asked) => {
        const { random } = countingPool(4 * words);
        const given = asked.filter((count) => count <= words).flatMap((count) => numbersIn(random(4 * count)));
        expect(given).not.toContain(0); // the zeros of what was given
        expect(new Set(given).size).toBe(given.length);
      }),
    );
  });

  it('are never given twice in thousands of draws from the system', () => {
    const drawn = Array.from({ length: 20_000 }, (_, number) => systemRandom(8 + (number % 25)).slice(0, 11));
    expect(new Set(drawn).size).toBe(drawn.length);
  });

  it('come from the whole pool before it is filled again, to the last byte', () => {
    const { random, fillings } = countingPool(64);
    expect([random(16), random(16), random(16), random(16)].flatMap(numbersIn)).toEqual(Array.from({ length: 16 }, (_, at) => 1001 + at));
    expect(fillings()).toBe(1);
    expect(numbersIn(random(4))).toEqual([2001]);
    expect(fillings()).toBe(2);
  });

  it('do not come from the rest of a pool that is too short for them', () => {
    const { random } = countingPool(64);
    random(60);
    expect(numbersIn(random(8))).toEqual([2001, 2002]);
  });

  it('may be as many as the pool has', () => {
    const { random, fillings } = countingPool(64);
    expect([random(64), random(64)].flatMap(numbersIn)).toHaveLength(32);
    expect(fillings()).toBe(2);
  });

  it('that are more than the pool has leave it as it is', () => {
    const { random, fillings } = countingPool(64);
    random(4);
    expect(random(65)).toMatch(/^[\w-]{87}$/);
    expect(numbersIn(random(4))).toEqual([1002]);
    expect(fillings()).toBe(1);
  });

  it('are not in the pool any more when they are given', () => {
    fc.assert(
      fc.property(sizes, (asked) => {
        const { random, pool } = countingPool(80);
        for (const count of asked) {
          const given = numbersIn(random(4 * count + 4));
          expect(given.filter((number) => numbersIn(pool().toString('base64url')).includes(number))).toEqual([]);
        }
      }),
    );
  });

  it.each([-1, 0.5, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32])('cannot be %p, and what was given stays given', (bytes) => {
    const { random } = countingPool(64);
    const before = numbersIn(random(8));
    try {
      random(bytes); // node:crypto takes 1.5 for 1
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
    }
    expect(numbersIn(random(8))).toEqual([1003, 1004]);
    expect(before).toEqual([1001, 1002]);
  });

  it('are not given out of a pool that could not be filled', () => {
    let isBroken = true;
    const random = pooledRandom(64, (pool) => {
      if (isBroken) throw new Error('no chance');
      randomFillSync(pool);
    });
    expect(() => random(16)).toThrow('no chance');
    expect(() => random(16)).toThrow('no chance');
    isBroken = false;
    expect(random(16)).not.toBe('A'.repeat(22));
  });

  it('of two pools have nothing in common', () => {
    const [one, other] = [pooledRandom(64), pooledRandom(64)];
    expect(one(32)).not.toBe(other(32));
  });
});
