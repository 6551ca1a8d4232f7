/**
 * Pictures of the screens. `npm run screens` takes those that are kept in docs/screens/, and lists them in its README;
 * `npm run screens -- --all <folder>` takes every state in every size and look. Ends with 1 if a browser objects to anything. Arabic needs a
 * font that has it, such as those of Debian's fonts-noto-core; the pictures that are kept were taken with it.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { exampleBrands, exampleScreens } from './example-screens.js';
import { build, checkNode, root, stop } from './prepare.js';
import { serveScreens } from './serve-screens.js';

const sizes = {
  small: { width: 320, height: 568 },
  phone: { width: 390, height: 844 },
  tablet: { width: 820, height: 1180 },
  desktop: { width: 1280, height: 800 },
  '4k': { width: 3840, height: 2160 },
};

/** @typedef {{ language: 'en' | 'ar', colorScheme: 'light' | 'dark', forcedColors: 'active' | 'none' }} Look */
/** @type {Readonly<Record<'light' | 'dark' | 'rtl' | 'forced', Look>>} */
const looks = {
  light: { language: 'en', colorScheme: 'light', forcedColors: 'none' },
  dark: { language: 'en', colorScheme: 'dark', forcedColors: 'none' },
  rtl: { language: 'ar', colorScheme: 'light', forcedColors: 'none' },
  forced: { language: 'en', colorScheme: 'dark', forcedColors: 'active' },
};

/** The states that are kept, and what each is called. */
const kept = {
  login: 'Sign in',
  consent: 'Consent',
  'consent-optional': 'Consent, with permissions that may be left out, and some that need care',
  'consent-unverified': 'Consent for an app that nobody vouches for',
  accounts: 'Choice of account',
  step: 'A step of the sign-in: a second factor',
  'passkey-offer': 'Offer of a passkey',
  passkeys: 'Passkeys',
  apps: 'Connected apps',
  'sign-out': 'Sign out',
  'error-redirect': 'An error',
};

/** In the order in which they are shown, one line after the other. @type {readonly (readonly Picture[])[]} */
const keptPictures = [
  [
    { size: 'phone', look: 'light' },
    { size: 'tablet', look: 'light' },
    { size: 'desktop', look: 'light' },
  ],
  [
    { size: 'phone', look: 'dark' },
    { size: 'desktop', look: 'dark' },
    { size: 'phone', look: 'rtl' },
    { size: 'desktop', look: 'rtl' },
  ],
];

/** Those in which the colour of the host is seen. */
const brandedStates = ['login-passkey', 'consent', 'consent-optional', 'step-terms', 'passkey-offer', 'apps', 'error-app'];

const captions = { light: 'light', dark: 'dark', rtl: 'right to left', forced: 'forced colours' };

/** @typedef {{ size: keyof typeof sizes, look: keyof typeof looks }} Picture */

/** The last one: or what was drawn before would shimmer through, and pictures would change for no reason. */
const flags =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --disable-partial-raster';

checkNode();
const [option, folder] = process.argv.slice(2);
if (option !== undefined && (option !== '--all' || folder === undefined))
  stop('Say: npm run screens, or: npm run screens -- --all <folder>.');
if (!(await build())) stop('There is nothing to take pictures of; see above.');

/** @type {import('./serve-screens.js').Drawing} */
const drawing = {
  ...(await fromDist('express/render.js')),
  ...(await fromDist('endpoints/assets.js')),
  ...(await fromDist('languages/index.js')),
};
const states = Object.keys(exampleScreens('en'));
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args: flags.split(' ') });
/** @type {Set<string>} */
const objections = new Set();

if (folder === undefined) await photographKept(join(root, 'docs', 'screens'));
else await photographAll(folder);
await browser.close();

for (const objection of objections) console.error(objection);
process.exitCode = objections.size > 0 ? 1 : 0;

/** @param {string} folder */
async function photographKept(folder) {
  emptied(folder);
  await withScreens('indigo', async (photograph) => {
    for (const picture of keptPictures.flat()) {
      for (const state of Object.keys(kept)) await photograph(state, picture, join(folder, fileOf(state, picture)));
    }
  });
  writeFileSync(join(folder, 'README.md'), list());
}

/** @param {string} folder */
async function photographAll(folder) {
  for (const [brand, chosen] of Object.entries({ indigo: states, yellow: brandedStates, black: brandedStates })) {
    const own = emptied(join(folder, brand));
    await withScreens(/** @type {keyof typeof exampleBrands} */ (brand), async (photograph) => {
      for (const size of /** @type {(keyof typeof sizes)[]} */ (Object.keys(sizes))) {
        for (const look of /** @type {(keyof typeof looks)[]} */ (Object.keys(looks))) {
          for (const state of chosen) await photograph(state, { size, look }, join(own, fileOf(state, { size, look })));
        }
      }
    });
  }
}

/** So that no picture of a screen remains that there is no more. @param {string} folder */
function emptied(folder) {
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(folder)) if (file.endsWith('.png')) rmSync(join(folder, file));
  return folder;
}

/**
 * @param {keyof typeof exampleBrands} brand
 * @param {(photograph: (state: string, picture: Picture, path: string) => Promise<void>) => Promise<void>} use
 */
async function withScreens(brand, use) {
  const { url, close } = await serveScreens(drawing, exampleBrands[brand]);
  const page = await openPage(true);
  const pageWithoutScript = await openPage(false);
  await use(async (state, { size, look }, path) => {
    const { language, ...media } = looks[look];
    const shown = state === 'form-post' ? pageWithoutScript : page; // its script would send it at once
    await shown.setViewportSize(sizes[size]);
    await shown.emulateMedia({ ...media, reducedMotion: 'reduce' });
    await shown.goto(`${url}/${language}/${state}`);
    if ((await shown.locator('[autofocus]').count()) > 0) await shown.locator('[autofocus]:focus').waitFor(); // with its ring
    if (await shown.evaluate('document.documentElement.scrollWidth > innerWidth'))
      objections.add(`${path} is wider than ${sizes[size].width}.`);
    await shown.screenshot({ path, fullPage: true, animations: 'disabled', caret: 'hide', scale: 'css' });
  });
  await page.context().close();
  await pageWithoutScript.context().close();
  close();
}

/** What it says, violations of the content security policy among it, is an objection. @param {boolean} javaScriptEnabled */
async function openPage(javaScriptEnabled) {
  const page = await browser.newPage({ javaScriptEnabled, deviceScaleFactor: 1, locale: 'en' });
  const say = (/** @type {string} */ what) => objections.add(`${page.url()}: ${what}`);
  page.on('console', (message) => say(message.text()));
  page.on('pageerror', (error) => say(error.message));
  page.on('requestfailed', (request) => say(`${request.url()} did not come.`));
  return page;
}

/** @param {string} state @param {Picture} picture */
function fileOf(state, { size, look }) {
  return `${state}-${size}-${look}.png`;
}

/** The README of the pictures. */
function list() {
  const sections = Object.entries(kept).map(
    ([state, title]) => `## ${title}\n\n${keptPictures.map((line) => table(state, title, line)).join('\n')}`,
  );
  return `# Screens

Pictures of what users see, in the sizes of a phone (390 × 844), a tablet (820 × 1180) and a desktop (1280 × 800); in light and dark, and from
right to left, in Arabic. Taken by \`npm run screens\`.

${sections.join('\n')}`;
}

/** @param {string} state @param {string} title @param {readonly Picture[]} line */
function table(state, title, line) {
  const heads = line.map(({ size, look }) => `${capitalised(size)}, ${captions[look]}`);
  const pictures = line.map((picture, i) => `![${title}: ${heads[i]?.toLowerCase()}](${fileOf(state, picture)})`);
  return [heads, heads.map(() => '---'), pictures].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

/** @param {string} word */
function capitalised(word) {
  return `${word[0]?.toUpperCase()}${word.slice(1)}`;
}

/** @param {string} file */
function fromDist(file) {
  return import(new URL(`../dist/${file}`, import.meta.url).href);
}
