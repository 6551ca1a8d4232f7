/** The short form of `npm run fuzz`, with the same seed each time, so that a failure is one of what has changed. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { endpoints } from '../../lib/endpoints/index.js';
import { type FuzzReport, fuzz } from './run.js';

const seed = 20_260_101;

describe(`two thousand random requests (seed ${seed})`, () => {
  let report: FuzzReport;

  beforeAll(async () => {
    report = await fuzz({ seed, requests: 2_400, perRound: 1_200, seconds: 8 });
  }, 120_000);

  it('find nothing to complain of', () => {
    if (report.failure) throw new Error(`${report.failure.text}\n\nOnce more: npm run fuzz -- --seed ${report.failure.seed}`);
    expect(report.requests).toBeGreaterThan(1_000);
    expect(report.raw).toBeGreaterThan(20);
  });

  it('reach every endpoint of the table', () => {
    expect(Object.keys(report.answered).sort()).toEqual(endpoints.map(({ name }) => name).sort());
  });

  it.each(endpoints.map(({ name }) => name))(
    'get behind the first check of %s: some are answered with success, some are refused',
    (name) => {
      const statuses = Object.keys(report.answered[name] ?? {}).map(Number);
      expect(statuses.some((status) => status < 400 || (name === 'logo' && status === 404))).toBe(true);
      expect(statuses.some((status) => status >= 400)).toBe(true);
    },
  );
});
