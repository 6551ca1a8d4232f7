/** Which colours can be read on which. WCAG 2.2, "relative luminance" and "contrast ratio" in section 6. */

/** `#rrggbb`. */
export type Color = string;

/** What text needs to be read (success criterion 1.4.3), and the shape of a control to be seen (1.4.11). */
export const readable = 4.5;
export const visible = 3;

const white: Color = '#ffffff';
const black: Color = '#000000';

/** From 1 (the same) to 21 (black on white). */
export function contrast(one: Color, other: Color): number {
  const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (lighter + 0.05) / (darker + 0.05);
}

/** The least of the contrasts with several. */
export function leastContrast(color: Color, others: readonly Color[]): number {
  return Math.min(...others.map((other) => contrast(color, other)));
}

/** White where it can be read on `surface`, otherwise black. On every colour one of the two has a contrast of 4.5 or more. */
export function textOn(surface: Color): Color {
  return contrast(white, surface) >= readable ? white : black;
}

/** Whether light stands out from it more than the dark does. */
export function isDark(surface: Color): boolean {
  return contrast(white, surface) > contrast(black, surface);
}

/** `color`, as little darker or lighter as it takes to stand out from each of the surfaces by `ratio`. */
export function standingOut(color: Color, surfaces: readonly Color[], ratio: number): Color {
  const towards = leastContrast(white, surfaces) > leastContrast(black, surfaces) ? white : black;
  return firstThatStandsOut(color, towards, surfaces, ratio) ?? towards;
}

/** The colour nearest to `color`, darker or lighter, that stands out from each of `others` by `ratio`; none, if they are too far apart. */
export function nearestStandingOut(color: Color, others: readonly Color[], ratio: number): Color | undefined {
  const found = [black, white].flatMap((towards) => firstThatStandsOut(color, towards, others, ratio) ?? []);
  return found.sort((a, b) => distance(a, color) - distance(b, color))[0];
}

function firstThatStandsOut(color: Color, towards: Color, others: readonly Color[], ratio: number): Color | undefined {
  for (let percent = 0; percent <= 100; percent++) {
    const mixed = mix(color, towards, percent / 100);
    if (leastContrast(mixed, others) >= ratio) return mixed;
  }
  return undefined;
}

/** `color` with a `share` of the other in it, from 0 to 1. */
export function mix(color: Color, other: Color, share: number): Color {
  const others = channels(other);
  const mixed = channels(color).map((channel, i) => Math.round(channel + ((others[i] as number) - channel) * share));
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}

function distance(one: Color, other: Color): number {
  const others = channels(other);
  return Math.hypot(...channels(one).map((channel, i) => channel - (others[i] as number)));
}

function luminance(color: Color): number {
  const [red, green, blue] = channels(color).map((channel) => linear(channel / 255)) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function linear(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
}

function channels(color: Color): number[] {
  return [1, 3, 5].map((start) => Number.parseInt(color.slice(start, start + 2), 16));
}
