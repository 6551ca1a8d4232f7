import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { contrast, standingOut, textOn } from '../../lib/rules/contrast.js';

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
    expect(standingOut('#4f46e5', '#ffffff', 4.5)).toBe('#4f46e5');
  });

  it('becomes darker on a light surface', () => {
    expect(standingOut('#ffd400', '#ffffff', 4.5)).toBe('#8c7500');
  });

  it('becomes lighter on a dark surface', () => {
    expect(standingOut('#000080', '#17191e', 4.5)).toBe('#7d7dbe');
  });

  it('has the contrast that was asked for, whatever the colour', () => {
    fc.assert(fc.property(color, surface, (given, on) => contrast(standingOut(given, on, 4.5), on) >= 4.5));
  });
});
