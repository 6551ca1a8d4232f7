/** What a run says of itself before it begins. */
import { describe, expect, it } from '@jest/globals';
import { jobNamed } from '../../bench/jobs/index.js';
import { durationOfSpeed } from '../../bench/measure/duration.js';
import { serverNamed } from '../../bench/servers/index.js';

describe('the planned time', () => {
  it.each(['ours', 'better-auth'])('counts for %s the tokens that are made before each round, to be shown in turn', (name) => {
    const times = { rounds: 3, warmUp: 3, seconds: 2 };
    const durationOf = (job: string) => durationOfSpeed([jobNamed(job)], [serverNamed(name)], times);
    expect(durationOf('userinfo-new') - durationOf('userinfo')).toBeGreaterThanOrEqual(times.rounds);
  });
});
