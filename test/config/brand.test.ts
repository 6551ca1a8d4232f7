/** The option `brand`, of the host and of its clients: what it may hold, what is laid over what, and which colours cannot be read. */
import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '../../lib/errors.js';
import { createServer } from '../../lib/server.js';
import { testOptions, web } from '../support/server.js';

const issuer = 'https://app.example.com/tenant';

/** As they come from files and tables, which no type has checked. */
function serverWith(brand: unknown, ofClient?: unknown) {
  const clients = [{ ...web, ...(ofClient !== undefined && { brand: ofClient }) }];
  return createServer({ ...testOptions(issuer), clients, brand });
}

function brandOf(brand: unknown) {
  return serverWith(brand).settings.brand;
}

function clientsBrand(brand: unknown, ofClient: unknown) {
  return serverWith(brand, ofClient).settings.clients.get('web')?.brand;
}

function problemsOf(brand: unknown, ofClient?: unknown) {
  try {
    serverWith(brand, ofClient);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('a brand', () => {
  it('that is left out has the name and the home page of the issuer’s host', () => {
    const usual = {
      name: 'app.example.com',
      url: 'https://app.example.com/',
      links: [],
      color: '#2457c5',
      colors: { light: {}, dark: {} },
    };
    expect(brandOf(undefined)).toEqual(usual);
    expect(brandOf({})).toEqual(usual);
  });

  it('keeps all that is said', () => {
    const given = {
      name: 'Contacts',
      logo: { light: '/logo.svg', dark: 'https://cdn.example.com/dark.svg' },
      favicon: 'data:image/png;base64,iVBORw0KGgo=',
      color: '#0F766E',
      colors: { light: { page: '#fdf6e3', card: '#fffdf6' }, dark: { brand: '#2aa198' } },
      radius: 0,
      font: 'Inter, \'Source Sans 3\', "Noto Sans", -apple-system, ui-sans-serif, Segoe UI, sans-serif',
      url: '/home',
      links: [
        { text: 'Privacy', href: '/privacy' },
        { text: { en: 'Imprint', 'de-AT': 'Impressum' }, href: 'mailto:help@example.com' },
      ],
    };
    const { logo, ...others } = given;
    expect(brandOf(given)).toEqual({ ...others, logo: logo.light, darkLogo: logo.dark });
  });

  it.each([
    ['data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" />', 'data:image/svg+xml,<svg%20xmlns="http://www.w3.org/2000/svg"%20/>'],
    ['/my logo.png', '/my%20logo.png'],
    ['/logo.png,,', '/logo.png%2c%2c'],
  ])('has %s written so that a list of pictures can hold it', (logo, written) => {
    expect(brandOf({ logo })).toMatchObject({ logo: written });
  });

  it.each<[string, unknown, RegExp, RegExp]>([
    ['name', { name: ' ' }, /empty/, /people/],
    ['logo', { logo: 'logo.png' }, /picture/, /slash/],
    ['logo', { logo: '//evil.example/logo.png' }, /picture/, /slash/],
    ['logo', { logo: 'javascript:alert(1)' }, /picture/, /slash/],
    ['logo', { logo: 'data:text/html,<script>' }, /picture/, /data:image/],
    ['logo', { logo: "https://a;script-src'unsafe-inline'/x.png" }, /picture/, /URL/],
    ['logo', { logo: 'https://a,default-src/x.png' }, /picture/, /URL/],
    ['logo', { logo: 7 }, /not a string/, /\{ light, dark \}/],
    ['logo.dark', { logo: { light: '/logo.svg' } }, /missing/, /picture/],
    ['logo.light', { logo: { light: 'x', dark: '/x' } }, /picture/, /slash/],
    ['logo.night', { logo: { light: '/x', dark: '/x', night: '/x' } }, /no option/, /`dark`/],
    ['favicon', { favicon: 'favicon.ico' }, /picture/, /slash/],
    ['color', { color: 'red' }, /#rrggbb/, /#2457c5/],
    ['colors', { colors: [] }, /not an object/, /light/],
    ['colors.light', { colors: { light: '#ffffff' } }, /not an object/, /card/],
    ['colors.night', { colors: { night: {} } }, /no option/, /`dark`/],
    ['colors.dark.card', { colors: { dark: { card: '#fff' } } }, /#rrggbb/, /#2457c5/],
    ['colors.dark.card', { colors: { dark: { card: '#ffffff;}body{' } } }, /#rrggbb/, /#2457c5/],
    ['colors.dark.onbrand', { colors: { dark: { onbrand: '#ffffff' } } }, /no option/, /`onBrand`/],
    ['radius', { radius: -1 }, /from 0 to 32/, /20/],
    ['radius', { radius: 33 }, /from 0 to 32/, /20/],
    ['radius', { radius: '8px' }, /whole number/, /pixels/],
    ['font', { font: 'Inter; } body { display: none' }, /font families/, /commas/],
    ['font', { font: 'url(https://evil.example)' }, /font families/, /commas/],
    ['font', { font: '"Inter' }, /font families/, /commas/],
    ['font', { font: "'</style><script>'" }, /font families/, /commas/],
    ['font', { font: 'Inter\\3b' }, /font families/, /commas/],
    ['font', { font: 'Inter,' }, /font families/, /commas/],
    ['font', { font: '' }, /font families/, /commas/],
    ['font', { font: 'a'.repeat(501) }, /font families/, /commas/],
    ['url', { url: 'javascript:alert(1)' }, /neither/, /https/],
    ['url', { url: '//evil.example' }, /neither/, /https/],
    ['links', { links: {} }, /not a list/, /\[\{/],
    ['links', { links: Array(7).fill({ text: 'Help', href: '/' }) }, /more than 6/, /imprint/],
    ['links[0]', { links: ['/privacy'] }, /not an object/, /href/],
    ['links[0].href', { links: [{ text: 'Help' }] }, /missing/, /path/],
    ['links[0].text', { links: [{ href: '/' }] }, /missing/, /Datenschutz/],
    ['links[0].text', { links: [{ text: {}, href: '/' }] }, /no language/, /Datenschutz/],
    ['links[0].text.message', { links: [{ text: { message: 'login.title' }, href: '/' }] }, /language/, /BCP 47/],
    ['links[0].href', { links: [{ text: 'Help', href: 'javascript:alert(1)' }] }, /neither/, /mailto/],
    ['links[0].href', { links: [{ text: 'Help', href: '/\t/evil.example' }] }, /neither/, /mailto/],
    [
      'links[1].href',
      {
        links: [
          { text: 'A', href: '/' },
          { text: 'B', href: 'data:text/html,x' },
        ],
      },
      /neither/,
      /mailto/,
    ],
  ])('is refused with a wrong %s: %j', (path, brand, problem, cure) => {
    const found = [{ path: `brand.${path}`, problem: expect.stringMatching(problem), cure: expect.stringMatching(cure) }];
    expect(problemsOf(brand)).toEqual(found);
    expect(problemsOf({}, brand)).toEqual(found.map((one) => ({ ...one, path: `clients[0].brand.${path}` })));
  });

  it('takes no time over a font that almost is one', () => {
    expect(problemsOf({ font: `${'a '.repeat(249)};` })).toHaveLength(1);
  });
});

describe('colours that cannot be read', () => {
  it('are told all at once: what was measured, and the nearest that can', () => {
    const colors = { light: { quiet: '#9aa0ab' }, dark: { card: '#555555', brand: '#ffd400', onBrand: '#ffffff' } };
    expect(problemsOf({ colors, radius: 99 })).toEqual([
      expect.objectContaining({ path: 'brand.radius' }),
      {
        path: 'brand.colors.light.quiet',
        problem: '#9aa0ab has a contrast of 2.6 with the card (#ffffff) and 2.3 with the page (#f2f4f8); text needs 4.5 to be read.',
        cure: 'Write #6c7078, which has 4.5.',
      },
      {
        path: 'brand.colors.dark.card',
        problem: '#555555 has a contrast of 3.1 with the quiet text (#a3aab8); text needs 4.5 to be read.',
        cure: 'Write #3f3f3f, which has 4.5; or give quiet as well.',
      },
      {
        path: 'brand.colors.dark.onBrand',
        problem: '#ffffff has a contrast of 1.4 with the brand (#ffd400); text needs 4.5 to be read.',
        cure: 'Write #5e5e5e, which has 4.5.',
      },
    ]);
  });

  it('are accepted once the cure is written', () => {
    const colors = { light: { quiet: '#6c7078' }, dark: { card: '#3f3f3f' } };
    expect(problemsOf({ colors })).toEqual([]);
  });

  it('may have no cure but to begin anew', () => {
    const colors = { light: { page: '#555555', card: '#ffffff', text: '#777777', quiet: '#000000' } };
    expect(problemsOf({ colors })).toContainEqual(
      expect.objectContaining({ path: 'brand.colors.light.text', cure: expect.stringMatching(/more alike/) }),
    );
  });

  it('are not looked for where one of them is no colour at all', () => {
    expect(problemsOf({ colors: { light: { card: '#222222', text: 'white' } } })).toHaveLength(1);
  });

  it('of a client are those that it says, on what the host has', () => {
    const host = { colors: { light: { card: '#fffdf6' } } };
    expect(problemsOf(host, { colors: { light: { text: '#bbbbbb' } } })).toEqual([
      expect.objectContaining({ path: 'clients[0].brand.colors.light.text', problem: expect.stringContaining('the card (#fffdf6)') }),
    ]);
    expect(problemsOf({ colors: { light: { text: '#bbbbbb' } } }, { name: 'Ours' }).map(({ path }) => path)).toEqual([
      'brand.colors.light.text',
    ]);
  });
});

describe('the brand of a client', () => {
  const host = {
    name: 'Contacts',
    logo: { light: '/logo.svg', dark: '/dark.svg' },
    favicon: '/favicon.ico',
    color: '#0f766e',
    colors: { light: { card: '#fffdf6', brand: '#0b5d57', onBrand: '#fffdf6' } },
    radius: 8,
    links: [{ text: 'Privacy', href: '/privacy' }],
  };

  it('is that of the host where nothing is said', () => {
    expect(clientsBrand(host, {})).toEqual({ ...brandOf(host), client_id: 'web' });
    expect(clientsBrand(host, undefined)).toBeUndefined();
  });

  it('is laid over that of the host', () => {
    const { logo, darkLogo, favicon } = brandOf(host);
    expect(clientsBrand(host, { name: 'Calendar', radius: 0, links: [] })).toMatchObject({
      ...{ name: 'Calendar', radius: 0, links: [] },
      ...{ logo, darkLogo, favicon, color: '#0f766e', url: 'https://app.example.com/' },
    });
  });

  it('has no picture of the host’s beside a logo of its own', () => {
    const brand = clientsBrand(host, { logo: '/theirs.svg' });
    expect(brand).toMatchObject({ logo: '/theirs.svg' });
    expect(brand).not.toHaveProperty('darkLogo');
    expect(brand).not.toHaveProperty('favicon');
  });

  it('has nothing of the host’s brand colour beside one of its own, but its card', () => {
    expect(clientsBrand(host, { color: '#ffd400' })).toMatchObject({ color: '#ffd400', colors: { light: { card: '#fffdf6' } } });
    expect(clientsBrand(host, { color: '#ffd400' })?.colors?.light).toEqual({ card: '#fffdf6' });
    expect(clientsBrand(host, { colors: { light: { brand: '#ffd400' } } })?.colors?.light).toEqual({ card: '#fffdf6', brand: '#ffd400' });
  });

  it('must be an object', () => {
    expect(problemsOf({}, 'blue')).toEqual([expect.objectContaining({ path: 'clients[0].brand', problem: 'It is not an object.' })]);
  });
});
