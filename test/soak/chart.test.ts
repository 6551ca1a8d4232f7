/** The picture of a soak: a long one has more samples than there is room for. */
import { describe, expect, it } from '@jest/globals';
import { chartOf } from './chart.js';
import type { Sample } from './run.js';

function sample(at: number, handles: number): Sample {
  return { at, handles, rss: 1e8, heapUsed: 1e7, keys: 100, usedMemory: 1e6, rate: 10 };
}

/** Of the fourth line, that of handles. */
function pointsOf(samples: readonly Sample[]): (readonly [x: number, y: number])[] {
  const [, , , points = ''] = [...chartOf({ samples }, 'A caption').matchAll(/points="([^"]+)"/g)].map(([, list]) => list);
  return points.split(' ').map((point) => point.split(',').map(Number) as [number, number]);
}

describe('the chart of a soak', () => {
  it('has a point for each sample, where there are few', () => {
    expect(pointsOf([sample(0, 10), sample(5, 20), sample(10, 10)])).toHaveLength(3);
  });

  it('leaves no peak out, where there are many', () => {
    const points = pointsOf(Array.from({ length: 5_000 }, (_, index) => sample(index, index === 4_321 ? 99 : 10)));
    expect(points.length).toBeLessThanOrEqual(256);
    expect(points.filter(([, y]) => y < 20)).toHaveLength(1);
  });

  it('can be seen on a dark page, too', () => {
    expect(chartOf({ samples: [sample(0, 10)] }, 'A caption')).toMatch(/@media \(prefers-color-scheme: dark\) \{ rect \{ fill: #0/);
  });
});
