/** The option `brand`, and that of a client: read, laid over what holds else, and its colours held against each other. */
import { below } from '../clients/members.js';
import type { ConfigurationProblem } from '../errors.js';
import { type Brand, type BrandColors, type BrandLink, type Scheme, schemes } from '../model/brand.js';
import { type ColorName, paletteOf, type Unreadable, unreadableColors } from '../rules/palette.js';
import { defaults } from './defaults.js';
import { readNamed } from './named.js';
import { brandLinkShape, brandShape, colorsShape, logoShape, schemesShape } from './shapes/brand.js';

type Problems = ConfigurationProblem[];
type Given = Readonly<Record<string, unknown>>;

/** What was said, and nothing else. */
type Own = Partial<Omit<Brand, 'client_id'>>;

/** The host's, complete. */
export function readBrand(given: Given, issuer: string | undefined, problems: Problems): Brand {
  const { host, origin } = new URL(issuer ?? 'https://localhost'); // without an issuer there is a problem already, and no brand
  const usual = { name: host, url: `${origin}/`, links: [], color: defaults.brand.color };
  return readOver(usual, given, 'brand', problems);
}

/** That of a client: what it leaves out is as for all. */
export function readClientsBrand(given: Given, client_id: string, ofHost: Brand, path: string, problems: Problems): Brand {
  return { ...readOver(ofHost, given, path, problems), client_id };
}

function readOver(usual: Brand, given: Given, path: string, problems: Problems): Brand {
  const own = readOwn(given, path, problems);
  const brand = layOver(usual, own);
  for (const scheme of schemes) {
    for (const found of unreadableColors(own.colors?.[scheme] ?? {}, paletteOf(brand, scheme))) {
      problems.push({ path: `${path}.colors.${scheme}.${found.name}`, ...tell(found) });
    }
  }
  return brand;
}

function readOwn(given: Given, path: string, problems: Problems): Own {
  const { logo, colors, links, ...others } = readNamed(given, brandShape, path, problems);
  return {
    ...others,
    ...(typeof logo === 'object' ? readLogos(logo, below(path, 'logo'), problems) : logo !== undefined && { logo }),
    ...(colors && { colors: readColors(colors, below(path, 'colors'), problems) }),
    ...(links && { links: links.map((link, i) => readNamed(link, brandLinkShape, `${path}.links[${i}]`, problems) as BrandLink) }),
  };
}

function readLogos(given: Given, path: string, problems: Problems): Pick<Own, 'logo' | 'darkLogo'> {
  const { light, dark } = readNamed(given, logoShape, path, problems);
  return { ...(light !== undefined && { logo: light }), ...(dark !== undefined && { darkLogo: dark }) };
}

function readColors(given: Given, path: string, problems: Problems): NonNullable<Brand['colors']> {
  const read = readNamed(given, schemesShape, path, problems);
  const colorsIn = (scheme: Scheme): BrandColors => {
    const before = problems.length;
    const colors = readNamed(read[scheme] ?? {}, colorsShape, below(path, scheme), problems);
    return problems.length === before ? colors : {}; // those that can be read are not held against one that cannot
  };
  return { light: colorsIn('light'), dark: colorsIn('dark') };
}

function layOver(usual: Brand, own: Own): Brand {
  const { logo: _, darkLogo: __, favicon: ___, ...withoutPictures } = usual;
  return {
    ...(own.logo === undefined ? usual : withoutPictures), // the icon of one beside the logo of another would be neither
    ...own,
    colors: { light: colorsOver(usual, own, 'light'), dark: colorsOver(usual, own, 'dark') },
  };
}

/** Another brand colour leaves nothing of that which was there: neither its shade for the scheme nor what was written on it. */
function colorsOver(usual: Brand, own: Own, scheme: Scheme): BrandColors {
  const mine = own.colors?.[scheme] ?? {};
  const { brand: _, onBrand: __, ...surfaces } = usual.colors?.[scheme] ?? {};
  const isOther = own.color !== undefined || mine.brand !== undefined;
  return { ...(isOther ? surfaces : usual.colors?.[scheme]), ...mine };
}

const meanings: Readonly<Record<ColorName, string>> = {
  page: 'the page',
  card: 'the card',
  text: 'the text',
  quiet: 'the quiet text',
  line: 'lines',
  brand: 'the brand',
  onBrand: 'the text on the brand',
};

function tell({ name, color, with: others, nearest }: Unreadable): Pick<ConfigurationProblem, 'problem' | 'cure'> {
  const measured = others.map((other) => `${roughly(other.contrast)} with ${meanings[other.name]} (${other.color})`);
  const problem = `${color} has a contrast of ${measured.join(' and ')}; text needs 4.5 to be read.`;
  if (!nearest) return { problem, cure: 'No colour can be read on both the card and the page: make the two more alike.' };
  const instead = name === 'card' || name === 'page' ? `; or give ${others.map((other) => other.name).join(' and ')} as well` : '';
  return { problem, cure: `Write ${nearest.color}, which has ${roughly(nearest.contrast)}${instead}.` };
}

/** Rounded down, so that what is too little never looks enough. */
function roughly(contrast: number): string {
  return (Math.floor(contrast * 10) / 10).toFixed(1);
}
