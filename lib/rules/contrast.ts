/** Which colours can be read on which. WCAG 2.2, "relative luminance" and "contrast ratio" in section 6. */

/** `#rrggbb`. */
export type Color = string;

const white: Color = '#ffffff';
const black: Color = '#000000';

/** From 1 (the same) to 21 (black on white). Text needs 4.5 (success criterion 1.4.3), the shape of a control 3 (1.4.11). */
export function contrast(one: Color, other: Color): number {
  const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (lighter + 0.05) / (darker + 0.05);
}

/** White where it can be read on `surface`, otherwise black. On every colour one of the two has a contrast of 4.5 or more. */
export function textOn(surface: Color): Color {
  return contrast(white, surface) >= 4.5 ? white : black;
}

/** `color`, as little darker or lighter as it takes to stand out from `surface` by `ratio`. */
export function standingOut(color: Color, surface: Color, ratio: number): Color {
  const towards = contrast(white, surface) > contrast(black, surface) ? white : black;
  for (let percent = 0; percent < 100; percent++) {
    const mixed = mix(color, towards, percent / 100);
    if (contrast(mixed, surface) >= ratio) return mixed;
  }
  return towards;
}

function luminance(color: Color): number {
  const [red, green, blue] = channels(color).map((channel) => linear(channel / 255)) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function linear(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
}

function mix(color: Color, other: Color, share: number): Color {
  const others = channels(other);
  const mixed = channels(color).map((channel, i) => Math.round(channel + ((others[i] as number) - channel) * share));
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}

function channels(color: Color): number[] {
  return [1, 3, 5].map((start) => Number.parseInt(color.slice(start, start + 2), 16));
}
