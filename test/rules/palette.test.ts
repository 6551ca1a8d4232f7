import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type BrandColors, type Scheme, schemes } from '../../lib/model/brand.js';
import { contrast, leastContrast, mix, nearestStandingOut, textOn } from '../../lib/rules/contrast.js';
import { ourSurfaces, paletteOf, unreadableColors } from '../../lib/rules/palette.js';
import fc from '../support/fast-check.js';

const blue = '#2457c5';
const any = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`);
const scheme = fc.constantFrom<Scheme>(...schemes);

/** Grounds of any colour, with text that can just be read there. */
const colors = fc.record({ card: any, page: any, text: any, quiet: any }).map(({ card, page, text, quiet }): BrandColors => {
  const grounds = [card, mix(card, page, 0.03)];
  const onThem = (ink: string) => nearestStandingOut(ink, grounds, 4.5) ?? textOn(card);
  return { card, page: grounds[1] as string, text: onThem(text), quiet: onThem(quiet) };
});

function check(given: BrandColors, in_: Scheme, color = blue) {
  return unreadableColors(given, paletteOf({ color, colors: { [in_]: given } }, in_));
}

describe('our own colours', () => {
  const css = readFileSync(new URL('../../views/style.css', import.meta.url), 'utf8');
  const [light = '', dark = ''] = [...css.matchAll(/:root \{[^}]*--page:[^}]*\}/g)].map(([rule]) => rule);

  it.each<[Scheme, string]>([
    ['light', light],
    ['dark', dark],
  ])('are those of the style sheet, %s', (which, rule) => {
    const written = [...rule.matchAll(/--(\w+): (#[0-9a-f]{6});/g)].map(([, name, color]) => [name, color]);
    expect(Object.fromEntries(written)).toMatchObject(ourSurfaces[which]);
  });

  it.each(schemes)('can be read, %s', (which) => {
    const { page, card, raised, text, quiet, control } = ourSurfaces[which];
    for (const ink of [text, quiet]) expect(leastContrast(ink, [page, card, raised])).toBeGreaterThanOrEqual(4.5);
    expect(contrast(control, card)).toBeGreaterThanOrEqual(3);
  });

  it.each(schemes)('hold where a brand says nothing, %s', (which) => {
    expect(paletteOf({ color: blue }, which)).toMatchObject(ourSurfaces[which]);
  });
});

describe('the colours that follow from those of a brand', () => {
  it.each<[string, string, Scheme, string, string]>([
    ['exactly that by day', '#ffd400', 'light', '#ffd400', '#000000'],
    ['exactly that at night, where it is seen', '#ffd400', 'dark', '#ffd400', '#000000'],
    ['white at night, where it is black', '#000000', 'dark', '#c2c2c2', '#000000'],
  ])('are %s: %s, %s', (_, color, which, brand, onBrand) => {
    expect(paletteOf({ color }, which)).toMatchObject({ brand, onBrand });
  });

  it('are given for a scheme as they are given', () => {
    const colors = { dark: { brand: '#101010', onBrand: '#fafafa' } };
    expect(paletteOf({ color: blue, colors }, 'dark')).toMatchObject({ brand: '#101010', onBrand: '#fafafa' });
    expect(paletteOf({ color: blue, colors }, 'light')).toMatchObject({ brand: blue });
  });

  it('go by the card, and not by the scheme: on a dark card by day what is dark becomes light as well', () => {
    const colors = { light: { page: '#000000', card: '#111111', text: '#ffffff', quiet: '#bbbbbb' } };
    expect(contrast(paletteOf({ color: '#0a0a0a', colors }, 'light').brand, '#111111')).toBeGreaterThanOrEqual(3);
  });

  it('are seen and read on the card and what is raised from it, for every brand whose text can be read', () => {
    fc.assert(
      fc.property(colors, any, scheme, (given, color, which) => {
        fc.pre(check(given, which, color).length === 0);
        const { card, raised, text, quiet, control, brand, onBrand, brandEdge, brandInk } = paletteOf(
          { color, colors: { [which]: given } },
          which,
        );
        for (const ink of [text, quiet, brandInk]) expect(leastContrast(ink, [card, raised])).toBeGreaterThanOrEqual(4.5);
        for (const edge of [control, brandEdge]) expect(leastContrast(edge, [card, raised])).toBeGreaterThanOrEqual(3);
        expect(contrast(onBrand, brand)).toBeGreaterThanOrEqual(4.5);
      }),
    );
  });
});

describe('what cannot be read', () => {
  it.each<[string, BrandColors, Scheme, [string, string[]][]]>([
    ['nothing, where nothing is given', {}, 'light', []],
    ['nothing, where all is well', { page: '#fdf6e3', card: '#fffdf6' }, 'light', []],
    ['text on both grounds', { text: '#aaaaaa' }, 'light', [['text', ['card', 'page']]]],
    ['text on one of them', { quiet: '#737373' }, 'light', [['quiet', ['page']]]],
    ['a ground that swallows the usual text', { card: '#555555' }, 'light', [['card', ['text', 'quiet']]]],
    [
      'only the text, where the ground was given with it',
      { card: '#888888', text: '#777777', quiet: '#000000' },
      'light',
      [['text', ['card', 'page']]],
    ],
    [
      'each by itself',
      { card: '#888888', text: '#777777' },
      'light',
      [
        ['text', ['card', 'page']],
        ['card', ['quiet']],
      ],
    ],
    ['what is written on the brand', { brand: '#ffd400', onBrand: '#ffffff' }, 'dark', [['onBrand', ['brand']]]],
    ['what is written on a brand by itself', { onBrand: '#2457c5' }, 'light', [['onBrand', ['brand']]]],
  ])('is %s', (_, given, which, found) => {
    expect(check(given, which).map(({ name, with: others }) => [name, others.map((other) => other.name)])).toEqual(found);
  });

  it('comes with the nearest colour that can', () => {
    const [found] = check({ quiet: '#9aa0ab' }, 'light');
    expect(found?.with.map((other) => other.contrast.toFixed(2))).toEqual(['2.63', '2.39']);
    expect(found?.nearest).toEqual({ color: '#6c7078', contrast: expect.closeTo(4.55, 1) });
  });

  it('comes with none where card and page leave none', () => {
    expect(check({ page: '#555555', card: '#ffffff', text: '#777777', quiet: '#000000' }, 'light')[0]?.nearest).toBeUndefined();
  });

  it('is gone when it is mended as told', () => {
    fc.assert(
      fc.property(any, scheme, (text, which) => {
        const [found] = check({ text }, which);
        return !found || check({ text: found.nearest?.color as string }, which).length === 0;
      }),
    );
  });
});
