/** The style sheet of the screens: `views/style.css`, or the host's own, in the brand's colour. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Brand, Endpoint, Settings } from '../contracts.js';
import { contrast, standingOut, textOn } from '../rules/contrast.js';

interface Stylesheet {
  readonly text: string;
  readonly version: string;
}

const path = '/style.css';
const ours = fileURLToPath(new URL('../../views/style.css', import.meta.url));
const year = 31_536_000; // seconds

/** What the colours must stand out from: `--raised` in `views/style.css`, the surface nearest to them. */
const surfaces = { light: '#f7f8fa', dark: '#1e2127' };

export const stylesheet: Endpoint = {
  name: 'stylesheet',
  path,
  methods: ['GET'],
  audience: 'user',
  cors: false,

  async handle({ query }, { settings }) {
    const { text, version } = stylesheetOf(settings);
    // While a new release is rolled out, a page of one process may fetch its style from another: that answer must not stick.
    const caching = query.get('v') === version ? `public, max-age=${year}, immutable` : 'no-cache';
    const headers = { 'Content-Type': 'text/css; charset=utf-8', 'Cache-Control': caching, 'X-Content-Type-Options': 'nosniff' };
    return { status: 200, headers, body: text };
  },
};

/** Where the screens find it, below the URL of the endpoints. Changes with the text, which may be kept for ever. */
export function stylesheetPath(settings: Settings): string {
  return `${path}?v=${stylesheetOf(settings).version}`;
}

const made = new WeakMap<Settings, Stylesheet>();

function stylesheetOf(settings: Settings): Stylesheet {
  const known = made.get(settings);
  if (known) return known;
  const text = `${readFileSync(fileOf(settings), 'utf8')}\n${colorsOf(settings.brand)}`;
  const fresh = { text, version: createHash('sha256').update(text).digest('base64url').slice(0, 16) };
  made.set(settings, fresh);
  return fresh;
}

function fileOf({ views }: Settings): string {
  const own = views && join(views, 'style.css');
  return own && existsSync(own) ? own : ours;
}

/** At the end, where it does not hinder an `@import`, and with the specificity of nothing, so that the file may say otherwise. */
function colorsOf({ color }: Brand): string {
  return `:where(:root) { ${properties(color, surfaces.light)} }
@media (prefers-color-scheme: dark) { :where(:root) { ${properties(inTheDark(color), surfaces.dark)} } }
`;
}

/** Four uses of one colour: to fill, for text on that, for the edge of what is filled, and as text. */
function properties(color: string, surface: string): string {
  const edge = standingOut(color, surface, 3);
  const ink = standingOut(color, surface, 4.5);
  return `--brand: ${color}; --on-brand: ${textOn(color)}; --brand-edge: ${edge}; --brand-ink: ${ink};`;
}

/** In daylight the brand has exactly its colour. At night it must not be a hole in the page, so what is as dark as that becomes light. */
function inTheDark(color: string): string {
  const asDarkAsTheNight = contrast(color, surfaces.dark) < 1.6;
  return standingOut(color, surfaces.dark, asDarkAsTheNight ? 9 : 3);
}
