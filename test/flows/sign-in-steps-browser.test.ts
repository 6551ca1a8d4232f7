/** Steps of the sign-in in a real browser: Chromium, with and without JavaScript. */
import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { OAuthRouterOptions } from '../../lib/config/options/index.js';
import { type PageOptions, withPage } from '../support/browser.js';
import { type ClientApp, clientApp, startClientApp } from '../support/client-app.js';
import { type Host, withHost } from '../support/host.js';
import { alice, testOptions } from '../support/server.js';
import { emailCode, type Mails, terms } from '../support/steps.js';

type WithPasswords = Extract<OAuthRouterOptions['users'], { authenticate: unknown }>;

interface World {
  readonly host: Host;
  readonly client: ClientApp;
  readonly page: Page;
  readonly mails: Mails;
  readonly accepted: Set<string>;
}

/** A host with two steps and a page for new accounts, and a client on another site; the browser has come to the login page. */
async function inWorld(options: PageOptions, use: (world: World) => Promise<void>): Promise<void> {
  const mails = emailCode();
  const accepted = new Set<string>();
  const { users } = testOptions('') as { users: WithPasswords };
  const own = { users: { ...users, steps: [mails.step, terms(accepted)], createAccountUrl: '/sign-up' }, clients: [clientApp] };
  await withHost(
    {
      options: own,
      layOut(app, oauth) {
        app.use(oauth);
        app.get('/sign-up', (req, res) => {
          const { ticket } = req.query;
          res.send(`<form method="post"><input type="hidden" name="ticket" value="${ticket}"><button>Join</button></form>`);
        });
        app.post('/sign-up', async (req, res) => {
          if (!(await oauth.resume(req, res, { id: 'carol', name: 'Carol' }))) res.sendStatus(400);
        });
      },
    },
    async (host) => {
      const client = await startClientApp(host.issuer, `${host.url}/api/contacts`);
      try {
        await withPage(options, async (page) => {
          page.setDefaultTimeout(10_000);
          await page.goto(client.url);
          await page.getByRole('link', { name: 'Sign in' }).click();
          await sees(page, 'Sign in');
          await use({ host, client, page, mails, accepted });
        });
      } finally {
        await client.close();
      }
      expect(host.errors).toEqual([]);
    },
  );
}

async function sees(page: Page, heading: string | RegExp): Promise<void> {
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
}

async function logIn(page: Page): Promise<void> {
  await page.getByLabel('Username').fill(alice.username);
  await page.getByLabel('Password', { exact: true }).fill(alice.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await sees(page, 'Check your e-mail');
}

function code(page: Page) {
  return page.getByLabel('Code', { exact: true });
}

/** A page gets its focus when all that is to be seen first is there. */
async function hasFocus(page: Page, selector: string): Promise<void> {
  await page.locator(`${selector}:focus`).waitFor();
}

describe.each([
  ['with JavaScript', true],
  ['without JavaScript', false],
])('%s', (_, javaScriptEnabled) => {
  it('a user mistypes the code, has another one sent, types that, accepts the terms, allows and is signed in', async () => {
    await inWorld({ javaScriptEnabled }, async ({ page, client, mails, accepted }) => {
      await logIn(page);
      await code(page).fill('00000000');
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.getByRole('alert').filter({ hasText: 'That is not right' }).waitFor();

      await page.getByRole('button', { name: 'Send another code' }).click();
      await page.getByRole('status').filter({ hasText: 'Another code is on its way' }).waitFor();
      expect(mails.sent).toHaveLength(2);
      await code(page).fill(mails.latest());
      await code(page).press('Enter'); // goes on, and has no third code sent
      expect(mails.sent).toHaveLength(2);

      await sees(page, 'Our new terms');
      await page.getByRole('button', { name: 'Continue' }).click();
      await sees(page, 'Our new terms'); // the browser itself asks for the tick
      expect(accepted.size).toBe(0);
      await page.getByLabel('I accept the terms').check();
      await page.getByRole('button', { name: 'Continue' }).click();

      await sees(page, /would like to use/);
      await page.getByRole('button', { name: 'Allow' }).click();
      await sees(page, 'Welcome, alice');
      expect(client.signIns.map(({ sub }) => sub)).toEqual(['alice']);
    });
  });

  it('who goes back after the code, and forth again, is where they were', async () => {
    await inWorld({ javaScriptEnabled }, async ({ page, mails }) => {
      await logIn(page);
      await code(page).fill(mails.latest());
      await page.getByRole('button', { name: 'Continue' }).click();
      await sees(page, 'Our new terms');
      await page.reload();
      await sees(page, 'Our new terms');
      await page.goBack();
      await page.goForward();
      await sees(page, 'Our new terms');
    });
  });

  it('who makes an account on the page of the host goes on from there', async () => {
    await inWorld({ javaScriptEnabled }, async ({ page, mails, accepted }) => {
      accepted.add('carol');
      await page.getByRole('link', { name: 'Create account' }).click();
      await page.getByRole('button', { name: 'Join' }).click();
      await sees(page, 'Check your e-mail');
      await code(page).fill(mails.latest());
      await code(page).press('Enter');
      await sees(page, /would like to use/);
      await page.getByText('Carol').first().waitFor();
    });
  });

  it('who cancels is taken back to the client', async () => {
    await inWorld({ javaScriptEnabled }, async ({ page, client }) => {
      await logIn(page);
      await page.getByRole('button', { name: 'Cancel' }).click();
      await sees(page, 'Not signed in: access_denied');
      expect(client.signIns).toEqual([]);
    });
  });
});

describe('the field for a code', () => {
  it('has the focus, and says to phones and password managers what belongs into it', async () => {
    await inWorld({}, async ({ page }) => {
      await logIn(page);
      await hasFocus(page, 'input[name=code]');
      const attributes = ['autocomplete', 'inputmode', 'type', 'dir'];
      expect(await Promise.all(attributes.map((name) => code(page).getAttribute(name)))).toEqual([
        'one-time-code',
        'numeric',
        'text',
        'ltr',
      ]);
    });
  });

  it('is empty again after a wrong code, has the focus, and points at what is wrong', async () => {
    await inWorld({}, async ({ page }) => {
      await logIn(page);
      await code(page).fill('00000000');
      await code(page).press('Enter');
      await page.getByRole('alert').waitFor();
      expect(await code(page).inputValue()).toBe('');
      await hasFocus(page, 'input[name=code][aria-invalid=true]');
      const described = (await code(page).getAttribute('aria-describedby')) ?? '';
      expect(await page.locator(`#${described}`).textContent()).toContain('That is not right');
    });
  });

  it('is not marked as wrong when another code was sent; what was done has the focus, so that it is read out', async () => {
    await inWorld({}, async ({ page }) => {
      await logIn(page);
      await page.getByRole('button', { name: 'Send another code' }).click();
      await page.getByRole('status').getByText('Another code is on its way.').waitFor();
      expect(await code(page).getAttribute('aria-invalid')).toBeNull();
      await hasFocus(page, '[role=status]');
    });
  });
});

describe('the page of a step', () => {
  it.each(['en', 'ar'])('fits into 320 pixels (%s)', async (locale) => {
    await inWorld({ viewport: { width: 320, height: 640 } }, async ({ page }) => {
      await logIn(page);
      await page.setExtraHTTPHeaders({ 'Accept-Language': locale });
      await page.reload();
      expect(await page.locator('html').getAttribute('lang')).toBe(locale);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
    });
  });

  it('is in the language of the reader, also in the words of the host', async () => {
    await inWorld({}, async ({ page }) => {
      await logIn(page);
      await page.setExtraHTTPHeaders({ 'Accept-Language': 'de' });
      await page.reload();
      await page.getByText('Wir haben Ihnen einen Code geschickt.').waitFor();
    });
  });
});
