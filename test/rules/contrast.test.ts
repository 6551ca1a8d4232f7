import { describe, expect, it } from '@jest/globals';
import { contrast, isDark, leastContrast, mix, nearestStandingOut, standingOut, textOn } from '../../lib/rules/contrast.js';
import fc from '../support/fast-check.js';

const color = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`);
const surface = fc.constantFrom('#ffffff', '#17191e', '#000000');

describe('contrast', () => {
  it.each([
    ['#000000', '#ffffff', 21],
    ['#ffffff', '#000000', 21],
    ['#ff0000', '#ff0000', 1],
    ['#767676', '#ffffff', 4.54],
    ['#0000ff', '#ffffff', 8.59],
  ])('of %s on %s is %d, as WCAG reckons it', (one, other, ratio) => {
    expect(contrast(one, other)).toBeCloseTo(ratio, 2);
  });
});

describe('text on a colour', () => {
  it.each([
    ['#4f46e5', '#ffffff'],
    ['#ffd400', '#000000'],
    ['#000000', '#ffffff'],
    ['#FFFFFF', '#000000'],
  ])('on %s is %s', (surface, text) => {
    expect(textOn(surface)).toBe(text);
  });

  it('can be read on every colour', () => {
    fc.assert(fc.property(color, (surface) => contrast(textOn(surface), surface) >= 4.5));
  });
});

describe('a colour that stands out', () => {
  it('stays as it is where it does so already', () => {
    expect(standingOut('#4f46e5', ['#ffffff'], 4.5)).toBe('#4f46e5');
  });

  it('becomes darker on a light surface', () => {
    expect(standingOut('#ffd400', ['#ffffff'], 4.5)).toBe('#8c7500');
  });

  it('becomes lighter on a dark surface', () => {
    expect(standingOut('#000080', ['#17191e'], 4.5)).toBe('#7d7dbe');
  });

  it('has the contrast that was asked for, whatever the colour', () => {
    fc.assert(fc.property(color, surface, (given, on) => contrast(standingOut(given, [on], 4.5), on) >= 4.5));
  });

  it('does so from all surfaces at once', () => {
    const near = standingOut('#ffd400', ['#ffffff', '#e0e0e0'], 4.5);
    expect(leastContrast(near, ['#ffffff', '#e0e0e0'])).toBeGreaterThanOrEqual(4.5);
    expect(near).not.toBe(standingOut('#ffd400', ['#ffffff'], 4.5));
  });
});

describe('the nearest colour that stands out', () => {
  it.each<[string, string[], string | undefined]>([
    ['#9aa0ab', ['#ffffff', '#f2f4f8'], '#6c7078'], // darker
    ['#555555', ['#17191e'], '#818181'], // lighter
    ['#767676', ['#ffffff'], '#767676'], // as it is
    ['#cccccc', ['#777777'], '#060606'], // white itself has 4.48
    ['#888888', ['#ffffff', '#000000'], '#767676'], // the one grey that both leave
    ['#ff0000', ['#ffffff', '#aaaaaa', '#000000'], undefined],
  ])('to %s on %j is %s', (color, others, nearest) => {
    expect(nearestStandingOut(color, others, 4.5)).toBe(nearest);
  });

  it('has the contrast that was asked for, wherever there is one', () => {
    fc.assert(
      fc.property(color, surface, (given, on) => {
        const found = nearestStandingOut(given, [on], 4.5);
        return found !== undefined && contrast(found, on) >= 4.5;
      }),
    );
  });
});

describe('a mixture', () => {
  it.each([
    [0, '#102030'],
    [0.5, '#889098'],
    [1, '#ffffff'],
  ])('with %d of white is %s', (share, mixed) => {
    expect(mix('#102030', '#FFFFFF', share)).toBe(mixed);
  });
});

describe('a surface', () => {
  it.each([
    ['#000000', true],
    ['#002b36', true],
    ['#808080', false],
    ['#ffffff', false],
  ])('%s is dark: %s', (color, dark) => {
    expect(isDark(color)).toBe(dark);
  });
});
