import { describe, expect, it } from '@jest/globals';
import { momentInWords } from '../../lib/rules/moment.js';

const now = Date.UTC(2026, 10, 22, 0, 30) / 1000;

describe('a time in words', () => {
  it.each([
    [-5, 'just now'],
    [0, 'just now'],
    [59, 'just now'],
    [60, '1 minute ago'],
    [119, '1 minute ago'],
    [3_599, '59 minutes ago'],
    [3_600, '1 hour ago'],
    [86_399, '23 hours ago'],
    [86_400, 'on 21 November 2026'],
    [203 * 86_400, 'on 3 May 2026'],
  ])('of %i seconds ago is "%s"', (ago, text) => {
    expect(momentInWords(now - ago, now).text).toBe(text);
  });

  it('is given to machines in UTC', () => {
    expect(momentInWords(now, now).datetime).toBe('2026-11-22T00:30:00Z');
  });
});
