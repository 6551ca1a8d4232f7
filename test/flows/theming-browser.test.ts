/** The look of the screens as a browser reckons it: colours, corners, fonts and pictures, by day and at night. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { BrandOptions } from '../../lib/config/options/index.js';
import { contrast } from '../../lib/rules/contrast.js';
import { type PageOptions, withPage } from '../support/browser.js';
import { type Host, type HostOptions, withHost } from '../support/host.js';
import { press, sees } from '../support/screens.js';
import { alice, authorizeUrl, pkce, web } from '../support/server.js';

/** An image element, as far as it is used here. */
interface Picture {
  readonly currentSrc: string;
  readonly width: number;
  decode(): Promise<void>;
}

const both = ['light', 'dark'] as const;
const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const picture = (color: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32"><rect width="32" height="32" fill="${color}"/></svg>`;

/** The login page, in a browser that complains of nothing. */
async function onLoginPage(
  { colorScheme = 'light', options }: Pick<PageOptions, 'colorScheme'> & Pick<HostOptions, 'options'>,
  use: (page: Page, host: Host) => Promise<void>,
): Promise<void> {
  const layOut: HostOptions['layOut'] = (app, oauth) => {
    app.get('/:name.svg', (req, res) => void res.type('image/svg+xml').send(picture(req.params.name === 'night' ? '#00f' : '#0f0')));
    app.use(oauth);
  };
  await withHost({ layOut, ...(options && { options }) }, (host) =>
    withPage({ colorScheme, viewport: { width: 1024, height: 900 } }, async (page) => {
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('requestfailed', (request) => complaints.push(request.url()));
      await page.goto(authorizeUrl(host.url, pkce().code_challenge));
      await sees(page, 'Sign in');
      await use(page, host);
      expect(complaints).toEqual([]);
      expect(host.errors).toEqual([]);
    }),
  );
}

async function logIn(page: Page): Promise<void> {
  await page.locator('#username').fill(alice.username);
  await page.locator('#password').fill(alice.password);
  await press(page, 'Sign in');
}

const inBrand = (brand: BrandOptions) => ({ brand });

/** What the browser makes of a property; a colour as `#rrggbb`. */
async function computed(page: Page, selector: string, property: string): Promise<string> {
  const style = `getComputedStyle(document.querySelector(${JSON.stringify(selector)}))`;
  const value = await page.evaluate<string>(`${style}.getPropertyValue(${JSON.stringify(property)})`);
  const [, ...channels] = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(value) ?? [];
  return channels.length > 0 ? `#${channels.map((channel) => Number(channel).toString(16).padStart(2, '0')).join('')}` : value;
}

describe('colours that are given', () => {
  const colors = {
    light: { page: '#fdf6e3', card: '#fffdf6', text: '#073642', quiet: '#4a5b61', line: '#eee8d5', brand: '#0b5d57', onBrand: '#fffdf6' },
    dark: { page: '#001f27', card: '#002b36', text: '#eee8d5', quiet: '#a9b7b7', brand: '#2aa198', onBrand: '#00141a' },
  };

  it.each(both)('are those of the page, %s', async (colorScheme) => {
    await onLoginPage({ colorScheme, options: inBrand({ colors }) }, async (page) => {
      const given = colors[colorScheme];
      expect(await computed(page, 'html', 'background-color')).toBe(given.page);
      expect(await computed(page, 'main', 'background-color')).toBe(given.card);
      expect(await computed(page, 'main', 'color')).toBe(given.text);
      expect(await computed(page, '.quiet', 'color')).toBe(given.quiet);
      expect(await computed(page, '.primary', 'background-color')).toBe(given.brand);
      expect(await computed(page, '.primary', 'color')).toBe(given.onBrand);
      expect(await computed(page, 'html', 'color-scheme')).toBe(colorScheme);
    });
  });

  it('by day leave the night as it is', async () => {
    await onLoginPage({ colorScheme: 'dark', options: inBrand({ colors: { light: colors.light } }) }, async (page) => {
      expect(await computed(page, 'main', 'background-color')).toBe('#17191e');
    });
  });
});

describe('what is written can be read, and what is pressed can be seen', () => {
  const brands: readonly (readonly [string, BrandOptions])[] = [
    ['yellow', { color: '#ffd400' }],
    ['black', { color: '#000000' }],
    [
      'teal on cards of its own',
      { color: '#0f766e', colors: { light: { page: '#fdf6e3', card: '#fffdf6' }, dark: { page: '#001f27', card: '#002b36' } } },
    ],
  ];

  it.each(brands.flatMap(([name, brand]) => both.map((scheme) => [name, scheme, brand] as const)))(
    'in %s, %s',
    async (_, colorScheme, brand) => {
      await onLoginPage({ colorScheme, options: inBrand({ ...brand, links: [{ text: 'Help', href: '/help' }] }) }, async (page) => {
        const of = (selector: string, property: string) => computed(page, selector, property);
        const [ground, card] = [await of('html', 'background-color'), await of('main', 'background-color')];
        expect(contrast(await of('h1', 'color'), card)).toBeGreaterThanOrEqual(4.5);
        expect(contrast(await of('header .quiet', 'color'), card)).toBeGreaterThanOrEqual(4.5);
        expect(contrast(await of('.imprint a', 'color'), ground)).toBeGreaterThanOrEqual(4.5);
        expect(contrast(await of('.primary', 'color'), await of('.primary', 'background-color'))).toBeGreaterThanOrEqual(4.5);
        expect(contrast(await of('.primary', 'border-top-color'), card)).toBeGreaterThanOrEqual(3);
        expect(contrast(await of('#password', 'border-top-color'), card)).toBeGreaterThanOrEqual(3);
        await logIn(page);
        await sees(page, /would like to use/);
        const account = await of('.account', 'background-color');
        expect(contrast(await of('.account .quiet', 'color'), account)).toBeGreaterThanOrEqual(4.5);
        expect(contrast(await of('.account a', 'color'), account)).toBeGreaterThanOrEqual(4.5);
      });
    },
  );
});

describe('corners and fonts', () => {
  it('are those that were given', async () => {
    await onLoginPage({ options: inBrand({ radius: 10, font: "'Liberation Serif', serif" }) }, async (page) => {
      expect(await computed(page, 'main', 'border-top-left-radius')).toBe('10px');
      expect(await computed(page, '.primary', 'border-top-left-radius')).toBe('6px');
      expect(await computed(page, '#password', 'font-family')).toBe('"Liberation Serif", serif');
    });
  });

  it('are 20 pixels and those of the system where nothing is said', async () => {
    await onLoginPage({}, async (page) => {
      expect(await computed(page, 'main', 'border-top-left-radius')).toBe('20px');
      expect(await computed(page, 'body', 'font-family')).toMatch(/^system-ui/);
    });
  });

  it('may come from this host, where its own style sheet declares them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'views-'));
    folders.push(folder);
    const ours = readFileSync(new URL('../../views/style.css', import.meta.url), 'utf8');
    writeFileSync(join(folder, 'style.css'), `${ours}\n@font-face { font-family: "House"; src: url("/house.woff2"); }`);
    await withHost({ options: { views: folder, brand: { font: 'House, serif' } } }, (host) =>
      withPage({}, async (page) => {
        const [asked] = await Promise.all([
          page.waitForRequest(`${host.url}/house.woff2`),
          page.goto(authorizeUrl(host.url, pkce().code_challenge)),
        ]);
        expect((await asked.response())?.status()).toBe(404); // asked for, that is, and not stopped by the policy
      }),
    );
  });
});

describe('the logo', () => {
  it.each([
    ['light', 'day'],
    ['dark', 'night'],
  ] as const)('by %s is that for the %s', async (colorScheme, name) => {
    await onLoginPage({ colorScheme, options: inBrand({ logo: { light: '/day.svg', dark: '/night.svg' } }) }, async (page, host) => {
      const logo = page.locator('img.logo');
      await expect(logo.evaluate((one: Picture) => one.decode())).resolves.toBeUndefined();
      expect(await logo.evaluate((one: Picture) => one.currentSrc)).toBe(`${host.url}/${name}.svg`);
      expect(await logo.evaluate((one: Picture) => one.width)).toBe(34); // without its border
    });
  });

  it.each(both)('may stand in the options itself, with white space and all, %s', async (colorScheme) => {
    const logo = { light: `data:image/svg+xml,${picture('green')}`, dark: `data:image/svg+xml,${picture('lime')}` };
    await onLoginPage({ colorScheme, options: inBrand({ logo }) }, async (page) => {
      const img = page.locator('img.logo');
      await expect(img.evaluate((one: Picture) => one.decode())).resolves.toBeUndefined();
      expect(await img.evaluate((one: Picture) => one.currentSrc)).toContain(colorScheme === 'dark' ? 'lime' : 'green');
    });
  });
});

describe('the brand of a client', () => {
  it('from the host’s own table dresses login and consent', async () => {
    const brand: BrandOptions = { name: 'Calendar', color: '#ffd400', radius: 0, logo: '/day.svg' };
    const findClient = (client_id: string) => (client_id === 'web' ? { ...web, brand } : undefined);
    await onLoginPage({ options: { clients: [], findClient, brand: { color: '#0f766e' } } }, async (page) => {
      expect(await page.title()).toContain('Calendar');
      expect(await computed(page, '.primary', 'background-color')).toBe('#ffd400');
      const edge = await computed(page, '.primary', 'border-top-color');
      await logIn(page);
      await sees(page, /Calendar account/);
      expect(await computed(page, '[value="allow"]', 'border-top-color')).toBe(edge);
      expect(await computed(page, 'main', 'border-top-left-radius')).toBe('0px');
    });
  });
});
