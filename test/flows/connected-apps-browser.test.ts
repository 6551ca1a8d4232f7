/** The page of connected apps in a real browser. */
import { describe, expect, it } from '@jest/globals';
import helmet from 'helmet';
import type { Page } from 'playwright-core';
import { type PageOptions, withPage } from '../support/browser.js';
import { type Host, withHost } from '../support/host.js';
import { logIn, press, sees } from '../support/screens.js';
import { authorizeUrl, callApi, pkce, token, web } from '../support/server.js';

const calendar = { ...web, client_name: 'Calendar' };
const mailbox = {
  ...web,
  client_id: 'mailbox',
  client_name: 'Das Postfach der Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft',
};

async function inBrowser(options: PageOptions, use: (world: { host: Host; page: Page }) => Promise<void>): Promise<void> {
  await withHost(
    { options: { clients: [calendar, mailbox] }, layOut: (app, oauth) => void app.use('/', helmet(), oauth) },
    async (host) => {
      await withPage(options, async (page) => {
        page.setDefaultTimeout(10_000);
        await page.route('https://client.example.com/**', (route) => route.fulfill({ body: 'The client' }));
        await use({ host, page });
      });
      expect(host.errors).toEqual([]);
    },
  );
}

/** The user lets an app in; gives its access token. */
async function connect(page: Page, { url }: Host, client: typeof calendar, signedIn = false): Promise<string> {
  const { code_verifier, code_challenge } = pkce();
  await page.goto(authorizeUrl(url, code_challenge, { client_id: client.client_id }));
  if (!signedIn) await logIn(page);
  await press(page, 'Allow');
  await page.waitForURL('https://client.example.com/**');
  const code = new URL(page.url()).searchParams.get('code') ?? '';
  const { client_id, client_secret } = client;
  const { body } = await token(url, { grant_type: 'authorization_code', code, code_verifier, client_id, client_secret });
  return body.access_token as string;
}

describe.each([
  ['with JavaScript', true],
  ['without JavaScript', false],
])('%s', (_, javaScriptEnabled) => {
  it('a user removes an app, and its next call is refused; another one goes on', async () => {
    await inBrowser({ javaScriptEnabled }, async ({ host, page }) => {
      const removed = await connect(page, host, calendar);
      const kept = await connect(page, host, mailbox, true);
      expect((await callApi(host.url, removed)).status).toBe(200);
      await page.goto(`${host.url}/oauth/apps`);
      await sees(page, 'Apps that use your account');
      await press(page, 'Remove access for Calendar');
      await page.getByRole('status').getByText('Calendar no longer has access.').waitFor();
      expect(await page.getByRole('region').count()).toBe(1);
      expect((await callApi(host.url, removed)).status).toBe(401);
      expect((await callApi(host.url, kept)).status).toBe(200);
    });
  });

  it('the keyboard is enough, and the word about what was done has the focus', async () => {
    await inBrowser({ javaScriptEnabled }, async ({ host, page }) => {
      const access_token = await connect(page, host, calendar);
      await page.goto(`${host.url}/oauth/apps`);
      for (const [role, name] of [
        ['link', 'Use another account'],
        ['button', 'Remove access for Calendar'],
      ] as const) {
        await page.keyboard.press('Tab');
        await page.getByRole(role, { name, exact: true }).and(page.locator(':focus')).waitFor();
      }
      await page.keyboard.press('Enter');
      await page.getByText('No app uses your account now.').waitFor();
      await page.getByRole('status').and(page.locator(':focus')).waitFor();
      expect((await page.locator(':focus').textContent())?.trim()).toBe('Calendar no longer has access.');
      expect((await callApi(host.url, access_token)).status).toBe(401);
    });
  });

  it('who is not signed in is asked to, and comes to the page', async () => {
    await inBrowser({ javaScriptEnabled }, async ({ host, page }) => {
      await page.goto(`${host.url}/oauth/apps`);
      await logIn(page);
      await sees(page, 'Apps that use your account');
      expect(new URL(page.url()).pathname).toBe('/oauth/apps');
    });
  });
});

describe('the page', () => {
  it.each([320, 390])('fits a phone of %i pixels, without scrolling sideways', async (width) => {
    await inBrowser({ viewport: { width, height: 568 } }, async ({ host, page }) => {
      await connect(page, host, calendar);
      await connect(page, host, mailbox, true);
      await page.goto(`${host.url}/oauth/apps`);
      await sees(page, 'Apps that use your account');
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    });
  });

  it('shows a removed app no more when the user goes back', async () => {
    await inBrowser({}, async ({ host, page }) => {
      await connect(page, host, calendar);
      await page.goto(`${host.url}/oauth/apps`);
      await press(page, 'Remove access for Calendar');
      await page.getByText('No app uses your account now.').waitFor();
      await page.goBack();
      await page.getByText('No app uses your account now.').waitFor();
    });
  });
});
