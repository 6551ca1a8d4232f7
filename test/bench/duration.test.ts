/** What a run says of itself before it begins. */
import { describe, expect, it } from '@jest/globals';
import { jobNamed } from '../../bench/jobs/index.js';
import { durationOfSpeed } from '../../bench/measure/duration.js';
import { serverNamed } from '../../bench/servers/index.js';

describe('the planned time', () => {
  it.each(['ours', 'better-auth'])('counts for %s the tokens that are made before each round, to be shown in turn', (name) => {
    const ofTokens = (rounds: number) => {
      const [fresh = 0, again = 0] = ['userinfo-new', 'userinfo'].map((job) =>
        durationOfSpeed([jobNamed(job)], [serverNamed(name)], { rounds, warmUp: 3, seconds: 2 }),
      );
      return fresh - again;
    };
    expect(ofTokens(1)).toBeGreaterThan(0);
    expect(ofTokens(3)).toBeCloseTo(3 * ofTokens(1));
  });
});
