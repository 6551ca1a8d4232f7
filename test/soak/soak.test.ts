/** The short form of `npm run soak`: whatever flows leave behind in Redis goes by itself. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { mostHandles, type SoakReport, soak } from './run.js';

describe('200 mixed flows', () => {
  let report: SoakReport;

  beforeAll(async () => {
    report = await soak({ flows: 200, every: 1 });
  }, 120_000);

  it('end as they should', () => {
    expect(report.failures).toEqual([]);
    expect(Object.values(report.flows).reduce((sum, times) => sum + times)).toBe(200);
    expect(Object.keys(report.flows)).toHaveLength(8);
  });

  it('leave no key that stays for ever', () => {
    expect(report.keys.full).toBeGreaterThan(200);
    expect(report.immortal).toEqual([]);
  });

  it('leave as many keys as there were before, when time has passed', () => {
    const { base, atEnd, atEndByKind } = report.keys;
    expect({ atEnd, atEndByKind }).toEqual({ atEnd: base, atEndByKind: { 'value signing-keys': 1 } });
  });

  it('leave no handles open', () => {
    expect(report.handles.atEnd).toBeLessThanOrEqual(report.handles.base + mostHandles);
  });
});
