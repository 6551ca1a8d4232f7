/** Kornblum: the screens in a host's own layout, on Express 4 behind helmet and express-session, in Chromium. */
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { demoLogin } from '../../example-app/bakery/customers.js';
import { startBakery } from '../../example-app/bakery/server.js';
import type { Settings } from '../../lib/contracts.js';
import { createRenderer } from '../../lib/express/render.js';
import { languages } from '../../lib/languages/index.js';
import { exampleBrands, exampleScreens } from '../../scripts/example-screens.js';
import { overflow, visit } from './visit.js';

let bakery: Awaited<ReturnType<typeof startBakery>>;
let errors: jest.SpiedFunction<typeof console.error>;

// Each time anew: it remembers who has agreed.
beforeEach(async () => {
  errors = jest.spyOn(console, 'error');
  bakery = await startBakery({ port: 0 });
});

afterEach(async () => {
  await bakery.close();
  expect(errors).not.toHaveBeenCalled();
});

describe.each([
  ['on a phone', 320],
  ['on a desk', 1280],
])('%s', (_, width) => {
  it('a customer signs in and consents inside the layout of the bakery', async () => {
    await visit({ viewport: { width, height: 800 } }, async (page) => {
      await toLogin(page);
      await page.getByRole('heading', { level: 1, name: 'Good morning' }).waitFor();
      expect(await page.locator('.loaf').count()).toBe(1); // of its own login.ejs, and nowhere in ours
      await fits(page);
      await signIn(page, ['Customer name', 'Password', 'Come in']);
      await page.getByRole('heading', { level: 1, name: /Sunday Breakfast.*Kornblum/ }).waitFor();
      await fits(page);
      await page.getByRole('button', { name: 'Allow' }).click();
      await page.getByText('This is on your table').waitFor();
      expect(await page.locator('.orders li').allTextContents()).toEqual(['1 × Rye loaf', '6 × Poppy-seed roll']);
    });
  });
});

it('a customer reads it in German, the sentences of the bakery among ours', async () => {
  await visit({ locale: 'de-DE' }, async (page) => {
    await toLogin(page);
    await page.getByRole('heading', { level: 1, name: 'Guten Morgen' }).waitFor();
    await signIn(page, ['Kundenname', 'Passwort', 'Eintreten']);
    await page.getByText('Sehen, was Sie jede Woche bestellen').waitFor();
    expect(await page.locator('footer.shop').textContent()).toMatch(/Brot seit 1898\s+Wer Ihre Bestellungen sehen darf/);
  });
});

it('a customer who gives up comes back to the partner', async () => {
  await visit({}, async (page) => {
    await toLogin(page);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('All right, we do not look.').waitFor();
  });
});

it('a customer who mistypes is told so at the fields, and goes on with the password, which can be looked at', async () => {
  await visit({ refusals: [422] }, async (page) => {
    await toLogin(page);
    await signIn(page, ['Customer name', 'Password', 'Come in'], 'wrong');
    await page.getByRole('alert').waitFor();
    expect(await page.locator('[aria-invalid=true][aria-describedby=notice]').count()).toBe(2);
    await page.locator('#password:focus').waitFor();
    await page.getByLabel('Password', { exact: true }).fill('in sight');
    await page.getByRole('button', { name: 'Show password' }).click();
    expect(await page.getByLabel('Password', { exact: true }).getAttribute('type')).toBe('text');
  });
});

describe('the login page of the bakery', () => {
  const logins = Object.entries(exampleScreens('en')).filter(([, { name }]) => name === 'login');

  it.each(logins)('lacks nothing that can be filled in, pressed or followed on ours in the state %s', (_, screen) => {
    const controlsIn = (views?: string) => {
      const settings = { issuer: 'http://localhost', brand: exampleBrands.indigo.en, languages, views } as unknown as Settings;
      const { html } = createRenderer(settings, console)(screen, {
        base: 'http://localhost/oauth',
        csrfToken: () => 'csrf',
        nonce: () => 'nonce',
      });
      const [main = ''] = /<main>[\s\S]*<\/main>/.exec(html) ?? [];
      return main.match(/<(?:form|input|button|a|script)\b[^>]*>/g);
    };
    expect(controlsIn(fileURLToPath(new URL('../../example-app/bakery/screens', import.meta.url)))).toEqual(controlsIn());
  });
});

async function toLogin(page: Page): Promise<void> {
  await page.goto(bakery.url);
  await page.getByRole('link', { name: 'Sunday Breakfast' }).click();
  await page.getByRole('link', { name: 'Connect Kornblum' }).click();
}

async function signIn(page: Page, [name, password, button]: readonly [string, string, string], typed = demoLogin.password): Promise<void> {
  await page.getByLabel(name).fill(demoLogin.username);
  await page.getByLabel(password, { exact: true }).fill(typed);
  await page.getByRole('button', { name: button }).click();
}

/** The header and the footer of the bakery are there, in its own style, and nothing stands out. */
async function fits(page: Page): Promise<void> {
  await page.waitForLoadState(); // its style may come after its words
  expect(await page.locator('header.shop, footer.shop').count()).toBe(2);
  expect(await page.evaluate("getComputedStyle(document.querySelector('header.shop')).backgroundColor")).toBe('rgb(92, 50, 16)');
  expect(await overflow(page)).toBeLessThanOrEqual(0);
}
