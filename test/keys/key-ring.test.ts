/** Who signs when, what is published, what is due. OpenID Connect Core section 10.1.1. */
import { describe, expect, it } from '@jest/globals';
import {
  algorithmsDue,
  algorithmsMissing,
  jwksMaxAge,
  type KeyTimes,
  overlap,
  type Ring,
  type RingKey,
  readAgainAfter,
  signerOf,
  timesOfFirst,
  timesOfSuccessor,
  withEnds,
  withoutRetired,
} from '../../lib/keys/key-ring.js';

const day = 86_400;
const tolerance = 60;

function key(kid: string, times: Partial<KeyTimes> = {}): RingKey {
  return { kty: 'EC', kid, alg: 'ES256', created_at: 0, active_from: 0, ...times };
}

const a = key('a');
const b = key('b', { created_at: 1000, active_from: 2000 });
const c = key('c', { created_at: 3000, active_from: 4000 });
const rsa = key('rsa', { alg: 'RS256' });

it('the overlap outlasts a process that has just read, a copy made of what it knows, and clocks that differ by 5 seconds each', () => {
  expect(overlap).toBeGreaterThan(readAgainAfter + jwksMaxAge + 2 * 5);
});

describe('the signer', () => {
  it.each<[string, Ring, number, string | undefined]>([
    ['is the only key', [a], 0, 'a'],
    ['stays before its successor is active', [a, b], 1999, 'a'],
    ['changes at the very second', [a, b], 2000, 'b'],
    ['is the newest of several that are active', [a, b, c], 9999, 'c'],
    ['is the newest active one, where another waits', [a, b, c], 3999, 'b'],
    ['has the algorithm', [rsa, a, b], 1999, 'a'],
    ['is the oldest, for a clock that is far behind', [b, c], 1, 'b'],
    ['is missing', [rsa], 9999, undefined],
  ])('%s', (_, ring, now, kid) => {
    expect(signerOf(ring, 'ES256', now)?.kid).toBe(kid);
  });
});

describe('what is due', () => {
  it.each<[string, Ring, number, number, string[]]>([
    ['nothing before the age', [a], day - 1, day, []],
    ['a key of the age', [a], day, day, ['ES256']],
    ['nothing while a successor waits', [a, key('b', { created_at: day, active_from: 3 * day })], 2 * day, day, []],
    ['nothing while the successor is young', [a, key('b', { created_at: day, active_from: day + 1 })], 2 * day - 1, day, []],
    ['a successor of the age', [a, key('b', { created_at: day, active_from: day + 1 })], 2 * day, day, ['ES256']],
    ['each algorithm by its own age', [a, { ...rsa, created_at: 100 }], day, day, ['ES256']],
    ['all of any age', [a, { ...rsa, created_at: 100 }], 10, Number.NEGATIVE_INFINITY, ['ES256', 'RS256']],
    ['nothing, ever', [a], 1e9, Number.POSITIVE_INFINITY, []],
  ])('%s', (_, ring, now, age, due) => {
    expect(algorithmsDue(ring, now, age)).toEqual(due);
  });

  it('is missing for algorithms without any key', () => {
    expect(algorithmsMissing([a], ['ES256', 'PS256'])).toEqual(['PS256']);
  });
});

describe('the end of a key', () => {
  it('is not, before it has a successor', () => {
    expect(withEnds([a, rsa], 600)).toEqual([a, rsa]);
  });

  it('comes when the last token has expired that it can have signed', () => {
    expect(withEnds([a, rsa, b, c], 600).map(({ retires_at }) => retires_at)).toEqual([
      2000 + 600 + tolerance,
      undefined,
      4000 + 600 + tolerance,
      undefined,
    ]);
  });

  it('is moved away by a process whose tokens last longer, and not back by one whose tokens do not', () => {
    const moved = withEnds(withEnds([a, b], 600), 3600);
    expect(moved[0]?.retires_at).toBe(2000 + 3600 + tolerance);
    expect(withEnds(moved, 600)).toEqual(moved);
  });

  it('takes it away at the very second', () => {
    const ring = [{ ...a, retires_at: 5000 }, b];
    expect(withoutRetired(ring, 4999)).toEqual(ring);
    expect(withoutRetired(ring, 5000)).toEqual([b]);
  });
});

it('a first key signs at once, a successor after the overlap', () => {
  expect(timesOfFirst(1000)).toEqual({ created_at: 1000, active_from: 0 });
  expect(timesOfSuccessor(1000)).toEqual({ created_at: 1000, active_from: 1000 + overlap });
});
