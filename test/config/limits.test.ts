import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '../../lib/errors.js';
import { createServer } from '../../lib/server.js';
import { testOptions } from '../support/server.js';

function problemsOf(limits: unknown): readonly object[] {
  try {
    createServer({ ...testOptions('https://app.example.com'), limits });
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

describe('the option limits', () => {
  it.each([[false], [{}], [{ login: 10 }], [{ login: false, client: 1 }], [undefined]])('may be %j', (limits) => {
    expect(problemsOf(limits)).toEqual([]);
  });

  it.each([
    [true, 'limits', /not false or an object/, /login: 10/],
    [10, 'limits', /not false or an object/, /login: 10/],
    [{ login: 0 }, 'limits.login', /whole number from 1/, /false for no limit/],
    [{ step: 1.5 }, 'limits.step', /whole number from 1/, /false for no limit/],
    [{ client: true }, 'limits.client', /whole number from 1/, /false for no limit/],
    [{ logn: 5 }, 'limits.logn', /no option of this name/, /`login`/],
    [{ registration: 5 }, 'limits.registration', /no option of this name/, /Known are|Did you mean/],
  ])('may not be %j', (limits, path, problem, cure) => {
    expect(problemsOf(limits)).toEqual([{ path, problem: expect.stringMatching(problem), cure: expect.stringMatching(cure) }]);
  });

  it('warns who switches all of them off', () => {
    const warnings: string[] = [];
    const log = { warn: (message: string) => void warnings.push(message), error: () => {} };
    createServer({ ...testOptions('https://app.example.com'), log, limits: false });
    expect(warnings.filter((warning) => warning.includes('limits'))).toHaveLength(1);
  });
});
