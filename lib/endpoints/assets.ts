/** What the screens load: the style sheet in the colours of a brand, and the scripts. From `views/`, or the host's own files in their place. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Brand, Endpoint, Settings } from '../contracts.js';
import { type Scheme, schemes } from '../model/brand.js';
import { oncePer } from '../platform/made-once.js';
import { isDark } from '../rules/contrast.js';
import { hasOwnSurfaces, paletteOf } from '../rules/palette.js';

/** By the names that templates know them by. */
const files = {
  style: { name: 'style', extension: 'css', type: 'text/css' },
  script: { name: 'script', extension: 'js', type: 'text/javascript' },
  passkey: { name: 'passkey', extension: 'js', type: 'text/javascript' },
} as const;

type AssetName = keyof typeof files;

interface Asset {
  /** With a hash of the text in it, since it may be kept for ever. */
  readonly file: string;
  /** One after the other; the first is shared by all brands. */
  readonly text: readonly string[];
}

const ours = fileURLToPath(new URL('../../views/', import.meta.url));
const year = 31_536_000; // seconds

export const assets: readonly Endpoint[] = (Object.keys(files) as AssetName[]).map((which) => ({
  name: which,
  path: `/${files[which].name}.*.${files[which].extension}`,
  methods: ['GET'],
  audience: 'user',
  cors: false,

  async handle({ path, query }, { settings }) {
    const isIt = ({ file }: Asset) => path.endsWith(`/${file}`);
    const usual = assetsOf(settings)[which];
    const asset = which !== 'style' || isIt(usual) ? usual : await styleFor(query.get('client'), settings);
    // While a new release is rolled out, a page of one process may fetch its style from another: that answer must not stick.
    const caching = isIt(asset) ? `public, max-age=${year}, immutable` : 'no-cache';
    const headers = {
      'Content-Type': `${files[which].type}; charset=utf-8`,
      'Cache-Control': caching,
      'X-Content-Type-Options': 'nosniff',
    };
    return { status: 200, headers, body: asset.text.join('') };
  },
}));

/** Where the screens find them. A client with a look of its own is named, so that every process can find that, whoever drew the page. */
export function assetPaths(settings: Settings, basePath: string, brand = settings.brand): Readonly<Record<AssetName, string>> {
  const { styleOf, style, script, passkey } = assetsOf(settings);
  const own = styleOf(brand);
  const client = own.file === style.file || brand.client_id === undefined ? '' : `?${new URLSearchParams({ client: brand.client_id })}`;
  return { style: `${basePath}/${own.file}${client}`, script: `${basePath}/${script.file}`, passkey: `${basePath}/${passkey.file}` };
}

/** The host's, where the client has none or is not known; only the host's own clients have one, so no other table is asked. */
async function styleFor(client_id: string | undefined, settings: Settings): Promise<Asset> {
  const client = client_id === undefined ? undefined : (settings.clients.get(client_id) ?? (await settings.findClient?.(client_id)));
  return assetsOf(settings).styleOf(client?.brand ?? settings.brand);
}

const assetsOf = oncePer((settings: Settings) => {
  const sheet = textOf('style', settings);
  /** Made once for each brand, and forgotten together with the client that has it. */
  const styleOf = oncePer((brand: Brand) => asset('style', sheet, stylesOf(brand)));
  return {
    styleOf,
    style: styleOf(settings.brand),
    script: asset('script', textOf('script', settings)),
    passkey: asset('passkey', textOf('passkey', settings)),
  };
});

function asset(which: AssetName, ...text: readonly string[]): Asset {
  const hash = createHash('sha256').update(text.join('')).digest('base64url').slice(0, 16);
  const { name, extension } = files[which];
  return { file: `${name}.${hash}.${extension}`, text };
}

/** Ours without comments and indentation; the host's as they are. */
function slim(text: string): string {
  return text.replace(/^\s*\/\*[\s\S]*?\*\/\n|^\s*\/\/.*\n/gm, '').replace(/^\s+/gm, '');
}

function textOf(which: AssetName, { views }: Settings): string {
  const { name, extension } = files[which];
  const own = views && join(views, `${name}.${extension}`);
  if (own && existsSync(own)) return readFileSync(own, 'utf8');
  return slim(readFileSync(join(ours, `${name}.${extension}`), 'utf8'));
}

/** At the end, where it does not hinder an `@import`. */
function stylesOf(brand: Brand): string {
  return `\n${brandColors(brand)}${ownSurfaces(brand)}${ownShape(brand)}`;
}

/** Four uses of one colour. With the specificity of nothing, so that the file may say otherwise. */
function brandColors(brand: Brand): string {
  const colors = (scheme: Scheme) => {
    const { brand: fill, onBrand, brandEdge, brandInk } = paletteOf(brand, scheme);
    return `:where(:root) { --brand: ${fill}; --on-brand: ${onBrand}; --brand-edge: ${brandEdge}; --brand-ink: ${brandInk}; }`;
  };
  return `${colors('light')}\n@media (prefers-color-scheme: dark) { ${colors('dark')} }\n`;
}

/** What the host wants otherwise than the file has it, each scheme for itself. */
function ownSurfaces(brand: Brand): string {
  const own = schemes.filter((scheme) => hasOwnSurfaces(brand.colors?.[scheme] ?? {}));
  const rules = own.map((scheme) => {
    const { page, card, raised, text, quiet, line, control } = paletteOf(brand, scheme);
    const colors = Object.entries({ page, card, raised, text, quiet, line, control }).map(([name, color]) => `--${name}: ${color};`);
    // What the browser itself draws, such as a caret or a scroll bar, goes by the card, whatever the user's system is like.
    const ofBrowser = `color-scheme: ${isDark(card) ? 'dark' : 'light'};`;
    return `@media (prefers-color-scheme: ${scheme}) { :root { ${ofBrowser} ${colors.join(' ')} } }\n`;
  });
  return rules.length > 0 ? `${rules.join('')}${moreContrast}` : '';
}

/** As the file has it, for those who have asked for it: again, since it comes before. */
const moreContrast =
  '@media (prefers-contrast: more) { :root { --quiet: var(--text); --line: var(--control); --control: var(--text); } }\n';

function ownShape({ radius, font }: Brand): string {
  const own = [...(radius === undefined ? [] : [`--radius: ${radius}px;`]), ...(font === undefined ? [] : [`--font: ${font};`])];
  return own.length > 0 ? `:root { ${own.join(' ')} }\n` : '';
}
