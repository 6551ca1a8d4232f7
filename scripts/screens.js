/** Pictures of every screen, as PNG: `npm run build && node scripts/screens.js <folder>`. */
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

/** @typedef {{ html: string, headers: Record<string, string> }} Rendered */

const folder = process.argv[2];
if (folder === undefined) throw new Error('Say where to: node scripts/screens.js <folder>');

const { createRenderer } = await fromDist('express/render.js');
const { stylesheet } = await fromDist('endpoints/stylesheet.js');

const sizes = { phone: { width: 390, height: 844 }, small: { width: 320, height: 568 }, desktop: { width: 1280, height: 800 } };
const colorSchemes = /** @type {const} */ (['light', 'dark']);
const chromiumFlags =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

const calendar = { name: 'Calendar' };
const form = { action: '/oauth/login', ticket: 'eyJhbGciOiJkaXIi' };
const scope = (/** @type {string} */ description, more = {}) => ({
  scope: description,
  name: description,
  description,
  optional: false,
  ticked: true,
  ...more,
});
const optional = (/** @type {string} */ description, more = {}) => scope(description, { ...more, optional: true });
const consent = {
  ...form,
  client: {
    ...calendar,
    client_uri: 'https://calendar.example',
    policy_uri: 'https://calendar.example/privacy',
    tos_uri: 'https://calendar.example/terms',
  },
  user: { name: 'alice@example.com' },
  asked: ['See your contacts', 'Add and change contacts', 'Stay connected while you are away'].map(scope),
  allowed: [],
  destination: 'calendar.example',
  loopback: false,
  switchAccountUrl: '/oauth/login?ticket=x',
};
const link = { href: 'https://calendar.example/', text: 'Go back to Calendar' };
const long = 'The Extraordinarily Comprehensive International Appointment and Availability Coordination Suite (Enterprise)';
const unbroken = 'donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft@rechtsschutzversicherung.example';

const moment = (/** @type {string} */ text) => ({ datetime: '2026-05-03T10:00:00Z', text });
const access = { since: moment('on 3 May 2026'), lastUsed: moment('5 minutes ago'), signIns: 1 };
const app = { client_id: 'web', client: consent.client, permissions: consent.asked, access, agreed: moment('on 3 May 2026') };
const apps = {
  action: '/oauth/apps',
  user: consent.user,
  apps: [app],
  switchAccountUrl: '/oauth/login?ticket=x',
  signOutUrl: '/oauth/sign-out',
};
const severalApps = [
  { ...app, access: { ...access, since: moment('on 2 March 2026'), lastUsed: moment('just now'), signIns: 3 } },
  {
    ...app,
    client: { name: 'Mailbox', client_uri: 'https://mail.example' },
    permissions: [
      ...['Know that it is you who signs in', 'See your email address'].map(scope),
      ...['See your contacts', 'Add and change contacts', 'Delete contacts'].map((words) => ({ ...scope(words), api: 'Contacts' })),
      ...['See your files', 'Share your files'].map((words) => ({ ...scope(words), api: 'Files' })),
    ],
    access: { ...access, lastUsed: moment('on 21 November 2026') },
  },
  { client_id: 'ours', client: { name: 'Contacts on the phone' }, permissions: [scope('See your contacts')], access },
  { client_id: 'old-agent-7', client: { name: 'old-agent-7' }, permissions: [scope('Add contacts')], agreed: moment('on 1 January 2026') },
];

const states = {
  login: { name: 'login', values: { ...form, client: calendar, username: '' } },
  'login-notice': {
    name: 'login',
    values: { ...form, client: calendar, username: 'alice', notice: 'User name and password do not belong together. Please try again.' },
  },
  consent: { name: 'consent', values: consent },
  'consent-loopback': {
    name: 'consent',
    values: {
      ...consent,
      client: { name: 'Contacts CLI' },
      asked: [scope('Delete contacts')],
      allowed: ['Know who you are', 'See your contacts'].map(scope),
      destination: 'an app on this device',
      loopback: true,
    },
  },
  'consent-document': {
    name: 'consent',
    values: {
      ...consent,
      client: { name: 'Meeting Agent', unverified: true, host: 'agent.example', client_uri: 'https://agent.example' },
      destination: 'agent.example',
    },
  },
  'consent-document-loopback': {
    name: 'consent',
    values: {
      ...consent,
      client: { name: 'Meeting Agent for the terminal', unverified: true, host: 'agent.example' },
      asked: ['See your contacts', 'Add and change contacts'].map(scope),
      destination: 'localhost:53682',
      loopback: true,
    },
  },
  'consent-registered': {
    name: 'consent',
    values: { ...consent, client: { name: 'Meeting Agent', unverified: true }, destination: 'agent.example' },
  },
  'consent-document-long': {
    name: 'consent',
    values: {
      ...consent,
      client: { name: long.slice(0, 100), unverified: true, host: unbroken.replace('@', '.') },
      destination: unbroken.replace('@', '.'),
      loopback: true,
    },
  },
  'consent-nothing': { name: 'consent', values: { ...consent, client: calendar, asked: [] } },
  'consent-nothing-new': { name: 'consent', values: { ...consent, client: calendar, asked: [], allowed: consent.asked } },
  'consent-optional': {
    name: 'consent',
    values: {
      ...consent,
      asked: [
        scope('Know that it is you who signs in'),
        scope('See your contacts'),
        optional('Add and change contacts'),
        optional('Delete contacts', { ticked: false }),
      ],
    },
  },
  'consent-optional-later': {
    name: 'consent',
    values: {
      ...consent,
      client: calendar,
      asked: [optional('Delete contacts')],
      allowed: [scope('See your contacts'), optional('Add contacts')],
    },
  },
  'consent-two-apis': {
    name: 'consent',
    values: {
      ...consent,
      asked: [
        scope('Know that it is you who signs in'),
        scope('See your contacts', { api: 'Contacts' }),
        optional('Add and change contacts', { api: 'Contacts' }),
        optional('See your appointments and those that others share with you', { api: 'Appointments' }),
        optional('Make appointments', { api: 'Appointments' }),
      ],
      allowed: [scope('See your email address'), scope('See your notes', { api: 'Notes' })],
    },
  },
  'consent-optional-long': {
    name: 'consent',
    values: {
      ...consent,
      client: { ...consent.client, name: long },
      asked: [
        scope(`See ${long}`, { api: long }),
        optional(`See, change and delete ${long.repeat(2)}`, { api: long }),
        optional(unbroken, { api: unbroken }),
      ],
    },
  },
  'consent-notice': { name: 'consent', values: { ...consent, notice: 'Please choose once more: your answer could not be saved.' } },
  'consent-long': {
    name: 'consent',
    values: {
      ...consent,
      client: { ...consent.client, name: long },
      user: { name: unbroken },
      asked: [scope(`See, change and delete ${long.repeat(2)}`), scope(unbroken)],
      allowed: [scope(long)],
      destination: unbroken.replace('@', '.'),
    },
  },
  'login-long': { name: 'login', values: { ...form, client: { name: unbroken }, username: unbroken, notice: long } },
  error: {
    name: 'error',
    values: {
      title: 'This link does not work',
      message: 'The application that sent you here is not known to us. Please tell those who run it.',
      code: 'invalid_request',
      link,
    },
  },
  'error-developer': {
    name: 'error',
    values: {
      title: 'This link does not work',
      message: 'The redirect_uri is not one that this client has registered. They are compared character by character.',
      code: 'invalid_request',
      developer: {
        what: 'redirect_uri',
        asked: 'http://calendar.example:8080/callback/',
        fitting: ['https://calendar.example/callback', 'https://calendar.example/silent', 'com.example.calendar:/callback'],
        source: 'registered',
        nearest: 'https://calendar.example/callback',
        difference: 'the scheme, the port, the slash at the end of the path',
      },
    },
  },
  'error-developer-long': {
    name: 'error',
    values: {
      title: 'This link does not work',
      message: 'No client is registered under this client_id.',
      code: 'invalid_request',
      developer: {
        detail: long,
        what: 'client_id',
        asked: `${unbroken}…`,
        fitting: Array.from({ length: 14 }, (_, i) => `${unbroken}-${i}`),
        source: 'known',
        nearest: unbroken,
      },
    },
  },
  expired: { name: 'expired', values: { client: calendar, link } },
  'login-for-apps': { name: 'login', values: { ...form, username: '' } },
  apps: { name: 'apps', values: { ...apps, apps: severalApps } },
  'apps-removed': { name: 'apps', values: { ...apps, removed: 'Mailbox' } },
  'apps-empty': { name: 'apps', values: { ...apps, apps: [], removed: 'Calendar' } },
  'apps-notice': { name: 'apps', values: { ...apps, notice: 'For your safety, please send this form once more.' } },
  'apps-long': {
    name: 'apps',
    values: {
      ...apps,
      user: { name: unbroken },
      removed: unbroken,
      apps: [
        {
          ...app,
          client: { ...consent.client, name: long },
          permissions: [scope(`See, change and delete ${long.repeat(2)}`), scope(unbroken)],
        },
        { ...app, client: { name: unbroken } },
      ],
    },
  },
  'apps-many': {
    name: 'apps',
    values: { ...apps, apps: [{ ...app, permissions: Array.from({ length: 24 }, (_, i) => scope(`Read and change list ${i + 1}`)) }] },
  },
  'sign-out': { name: 'sign-out', values: { action: '/oauth/sign-out', user: consent.user } },
  'signed-out': { name: 'signed-out', values: {} },
  'form-post': { name: 'form-post', values: { action: 'https://calendar.example/callback', fields: [{ name: 'code', value: 'x' }] } },
};

const brands = {
  indigo: { name: 'Contacts', color: '#4f46e5' },
  yellow: {
    name: 'Contacts',
    color: '#ffd400',
    logo: 'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="15" fill="%23ffd400"/><path d="M8 20a8 8 0 0 1 16 0" stroke="%23000" stroke-width="3" fill="none"/></svg>',
  },
  black: { name: 'Contacts', color: '#000000' },
};

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', args: chromiumFlags.split(' ') });
for (const [brandName, brand] of Object.entries(brands)) await photograph(brandName, brand);
await browser.close();

/** @param {string} brandName @param {{ name: string, color: string }} brand */
async function photograph(brandName, brand) {
  const { url, close } = await serve(brand);
  for (const [size, viewport] of Object.entries(sizes)) {
    for (const colorScheme of colorSchemes) {
      // No screen needs JavaScript, and the one that has some would be gone at once.
      const page = await browser.newPage({ viewport, colorScheme, javaScriptEnabled: false });
      page.on('console', (message) => console.warn(`${page.url()}: ${message.text()}`));
      for (const state of Object.keys(brandName === 'indigo' ? states : { login: 0, consent: 0, 'consent-optional': 0 })) {
        await page.goto(`${url}/oauth/${state}`);
        const overflow = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
        if (overflow) console.warn(`${state} is wider than ${viewport.width}`);
        await page.screenshot({
          path: join(/** @type {string} */ (folder), `${brandName}-${size}-${colorScheme}-${state}.png`),
          fullPage: true,
        });
      }
      await page.close();
    }
  }
  close();
}

/** The pages with their real headers, for a browser to judge. @param {{ name: string, color: string }} brand */
async function serve(brand) {
  const settings = { issuer: 'http://127.0.0.1', brand };
  const render = createRenderer(settings, console);
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const name = pathname.replace('/oauth/', '');
    if (name === 'style.css') {
      const { headers, body } = await stylesheet.handle({ query: searchParams }, { settings });
      response.writeHead(200, headers).end(body);
    } else if (name in states) {
      const state = states[/** @type {keyof typeof states} */ (name)];
      /** @type {Rendered} */
      const { html, headers } = render(state, { base: 'http://127.0.0.1/oauth', csrfToken: () => 'csrf', nonce: () => 'nonce' });
      response.writeHead(200, headers).end(html);
    } else response.writeHead(204).end(); // favicon.ico
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

/** @param {string} file */
function fromDist(file) {
  return import(new URL(`../dist/${file}`, import.meta.url).href);
}
