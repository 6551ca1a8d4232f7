/** The colours of the screens: those of our style sheet, what a brand wants otherwise, and what follows from that. */
import type { Brand, BrandColors, Scheme } from '../model/brand.js';
import {
  type Color,
  contrast,
  isDark,
  leastContrast,
  mix,
  nearestStandingOut,
  readable,
  standingOut,
  textOn,
  visible,
} from './contrast.js';

/** All that is coloured, but for notices and the like, which stand on a ground of their own. */
export interface Palette extends Surfaces {
  /** What fills buttons, and what is written there. */
  readonly brand: Color;
  readonly onBrand: Color;
  /** The brand as a line that is seen, and as text that can be read. */
  readonly brandEdge: Color;
  readonly brandInk: Color;
}

interface Surfaces {
  readonly page: Color;
  readonly card: Color;
  /** What stands out from the card a little. */
  readonly raised: Color;
  readonly text: Color;
  readonly quiet: Color;
  readonly line: Color;
  /** The edge of fields and buttons. */
  readonly control: Color;
}

/** As `views/style.css` has them. */
export const ourSurfaces: Readonly<Record<Scheme, Surfaces>> = {
  light: {
    page: '#f2f4f8',
    card: '#ffffff',
    raised: '#f7f8fa',
    text: '#14161b',
    quiet: '#565d6b',
    line: '#e1e4ea',
    control: '#868d9b',
  },
  dark: {
    page: '#0c0d10',
    card: '#17191e',
    raised: '#1e2127',
    text: '#eef0f4',
    quiet: '#a3aab8',
    line: '#2c3038',
    control: '#747c8b',
  },
};

export function paletteOf({ color, colors }: Pick<Brand, 'color' | 'colors'>, scheme: Scheme): Palette {
  const given = colors?.[scheme] ?? {};
  const surfaces = surfacesOf(given, scheme);
  const { card, raised } = surfaces;
  const brand = given.brand ?? fillOn(raised, color);
  return {
    ...surfaces,
    brand,
    onBrand: given.onBrand ?? textOn(brand),
    brandEdge: standingOut(brand, [card, raised], visible),
    brandInk: standingOut(brand, [card, raised], readable),
  };
}

/** Whether the brand has other surfaces than our style sheet. */
export function hasOwnSurfaces({ page, card, text, quiet, line }: BrandColors): boolean {
  return [page, card, text, quiet, line].some((color) => color !== undefined);
}

function surfacesOf(given: BrandColors, scheme: Scheme): Surfaces {
  const ours = ourSurfaces[scheme];
  const { page = ours.page, card = ours.card, text = ours.text, quiet = ours.quiet, line } = given;
  const isOurs = [given.card, given.text, given.quiet].every((color) => color === undefined);
  if (isOurs) return { ...ours, page, line: line ?? ours.line };
  const raised = raisedFrom(card, text, quiet);
  const control = standingOut(mix(card, text, 0.5), [card, raised], visible);
  return { page, card, raised, text, quiet, line: line ?? mix(card, text, 0.12), control };
}

/** A little nearer to the text than the card, as far as all that can be read there can be read here. */
function raisedFrom(card: Color, text: Color, quiet: Color): Color {
  const candidates = [0.04, 0.03, 0.02, 0.01].map((share) => mix(card, text, share));
  return candidates.find((candidate) => leastContrast(candidate, [text, quiet]) >= readable) ?? card;
}

/** In daylight the brand has exactly its colour. At night it must not be a hole in the page, so what is as dark as that becomes light. */
function fillOn(surface: Color, color: Color): Color {
  if (!isDark(surface)) return color;
  const asDarkAsTheNight = contrast(color, surface) < 1.6;
  return standingOut(color, [surface], asDarkAsTheNight ? 9 : visible);
}

/** A colour that was given, and what cannot be read with it. */
export interface Unreadable {
  readonly name: ColorName;
  readonly color: Color;
  readonly with: readonly { readonly name: ColorName; readonly color: Color; readonly contrast: number }[];
  /** What could be there instead; absent where nothing could. */
  readonly nearest?: { readonly color: Color; readonly contrast: number };
}

export type ColorName = keyof BrandColors & keyof Palette;

const inks = ['text', 'quiet'] as const;
const grounds = ['card', 'page'] as const;

/** Text is held against the ground it stands on, a ground against the text that was not given with it: who gives both means the ground. */
export function unreadableColors(given: BrandColors, palette: Palette): readonly Unreadable[] {
  const isGiven = (name: ColorName) => given[name] !== undefined;
  const rest = inks.filter((ink) => !isGiven(ink));
  const pairs: readonly (readonly [ColorName, readonly ColorName[]])[] = [
    ...inks.map((ink) => [ink, grounds] as const),
    ...grounds.map((ground) => [ground, rest] as const),
    ['onBrand', ['brand']],
  ];
  return pairs.filter(([name]) => isGiven(name)).flatMap(([name, others]) => holdAgainst(name, others, palette) ?? []);
}

function holdAgainst(name: ColorName, others: readonly ColorName[], palette: Palette): Unreadable | undefined {
  const color = palette[name];
  const surfaces = others.map((other) => palette[other]);
  if (leastContrast(color, surfaces) >= readable) return undefined;
  const measured = others.map((other) => ({ name: other, color: palette[other], contrast: contrast(color, palette[other]) }));
  const nearest = nearestStandingOut(color, surfaces, readable);
  return {
    name,
    color,
    with: measured.filter((other) => other.contrast < readable),
    ...(nearest !== undefined && { nearest: { color: nearest, contrast: leastContrast(nearest, surfaces) } }),
  };
}
