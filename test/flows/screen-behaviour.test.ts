/** How the screens behave in a browser, besides what they are for: sent once, helped by the browser, light, and sealed off. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { RequestHandler } from 'express';
import type { Page } from 'playwright-core';
import { withPage } from '../support/browser.js';
import { inBrowserWorld, startUrl } from '../support/browser-world.js';
import { exampleStates, exampleUrl, objectionsOf, stayOnPage } from '../support/example-screens.js';
import { logIn, press, sees } from '../support/screens.js';
import { alice } from '../support/server.js';

/**
 * Counts the posts of the login form, and answers the first one with 204: so the page stays as it is while it waits, and a browser can be
 * asked what it shows.
 */
function firstUnanswered(): { stay: RequestHandler; count(): number } {
  let count = 0;
  return {
    stay(req, res, next) {
      if (req.method !== 'POST' || req.path !== '/oauth/login') return next();
      count += 1;
      if (count > 1) return next();
      res.status(204).end();
    },
    count: () => count,
  };
}

/** The event by which a browser tells that it has brought a page back as it was. */
const broughtBack = `dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))`;

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(10);
}

async function fillIn(page: Page): Promise<void> {
  await page.getByLabel('Username').fill(alice.username);
  await page.getByLabel('Password', { exact: true }).fill(alice.password);
}

/** What the form shows of being on its way. */
const progress = (button: string) => `({
  form: document.querySelector('form').getAttribute('aria-busy'),
  button: document.querySelector('${button}').classList.contains('busy'),
})`;

describe('a form', () => {
  it.each([
    ['click', (page: Page) => press(page, 'Sign in')],
    ['Enter', (page: Page) => page.getByLabel('Password', { exact: true }).press('Enter')],
  ])(
    'is sent once, shows that it is on its way, ignores a second %s, and can be sent again once the page is brought back',
    async (_, send) => {
      const posts = firstUnanswered();
      await inBrowserWorld({ before: [posts.stay] }, async ({ client, page }) => {
        await page.goto(startUrl(client));
        await fillIn(page);
        expect(await page.evaluate(progress('#login .primary'))).toEqual({ form: null, button: false });
        await send(page);
        await until(() => posts.count() === 1);
        expect(await page.evaluate(progress('#login .primary'))).toEqual({ form: 'true', button: true });
        await send(page);
        await send(page);
        await page.evaluate(broughtBack);
        expect(await page.evaluate(progress('#login .primary'))).toEqual({ form: null, button: false });
        await send(page);
        await sees(page, /Calendar would like to use/);
        expect(posts.count()).toBe(2); // and not four
      });
    },
  );

  it('can be sent again when the user has come back to it', async () => {
    await inBrowserWorld({}, async ({ client, page }) => {
      await page.goto(startUrl(client));
      await logIn(page);
      await sees(page, /Calendar would like to use/);
      await press(page, 'Deny');
      await sees(page, 'Not signed in: access_denied');
      await page.goBack();
      await sees(page, /Calendar would like to use/);
      expect(await page.evaluate(progress('[value="deny"]'))).toEqual({ form: null, button: false });
      await press(page, 'Allow');
      await sees(page, 'Welcome, alice');
    });
  });
});

describe('a form whose answer leads to an app on the device, so that the page stays', () => {
  async function allowForApp(page: Page, url: string, use: () => Promise<void>): Promise<void> {
    await page.clock.install();
    await page.goto(`${url}&redirect_uri=com.example.app:/callback`);
    await logIn(page);
    await sees(page, /Calendar would like to use/);
    for (const _ of ['once', 'and again']) {
      const asked = page.waitForRequest(/^com\.example\.app:\/callback\?code=/);
      await press(page, 'Allow');
      await asked;
      expect(await page.evaluate(progress('[value="allow"]'))).toEqual({ form: 'true', button: true });
      await use();
      expect(await page.evaluate(progress('[value="allow"]'))).toEqual({ form: null, button: false });
    }
  }

  it('can be sent again after a few seconds', async () => {
    await inBrowserWorld({}, async ({ client, page }) => {
      await allowForApp(page, startUrl(client), () => page.clock.runFor(5000));
    });
  });

  it('can be sent again when the user comes back from the app', async () => {
    await inBrowserWorld({}, async ({ client, page }) => {
      await allowForApp(page, startUrl(client), () => page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`));
    });
  });
});

describe('the password', () => {
  it('is shown on request, hidden on request, and hidden before it is sent', async () => {
    const posts = firstUnanswered();
    await inBrowserWorld({ before: [posts.stay] }, async ({ client, page }) => {
      await page.goto(startUrl(client));
      await fillIn(page);
      const field = page.getByLabel('Password', { exact: true });
      const button = page.getByRole('button', { name: 'Show password' });
      const state = async () => [await field.getAttribute('type'), await button.getAttribute('aria-pressed')];
      expect(await state()).toEqual(['password', 'false']);
      await button.click();
      expect(await state()).toEqual(['text', 'true']);
      await button.click();
      expect(await state()).toEqual(['password', 'false']);
      await button.click();
      await press(page, 'Sign in');
      await until(() => posts.count() === 1);
      expect(await state()).toEqual(['password', 'false']);
    });
  });

  it('is not on the page that comes back after a mistake', async () => {
    await inBrowserWorld({ refusals: [422] }, async ({ client, page }) => {
      await page.goto(startUrl(client));
      await logIn(page, { ...alice, password: 'my secret mistake' });
      await page.getByRole('alert').waitFor();
      expect(await page.content()).not.toContain('my secret mistake');
    });
  });
});

it.each([
  ['login', { username: 'username', password: 'current-password' }],
  ['login-passkey', { username: 'username webauthn', password: 'current-password' }],
  ['step', { code: 'one-time-code' }],
  ['step-fields', { name: 'name', email: 'email', new: 'new-password' }],
])('browsers and password managers are told what each field of the screen in the state %s is for', async (state, expected) => {
  await withPage({}, async (page) => {
    await page.goto(await exampleUrl(state));
    const told = await page.evaluate(
      `Object.fromEntries([...document.querySelectorAll('input[autocomplete]:not([type="hidden"])')].map(({ name, autocomplete }) => [name, autocomplete]))`,
    );
    expect(told).toEqual(expected);
  });
});

describe('on the way', () => {
  it('a second tab with the address of the login or of the consent page leads on from there', async () => {
    await inBrowserWorld({}, async ({ client, page }) => {
      await page.goto(startUrl(client));
      await sees(page, 'Sign in');
      const second = await page.context().newPage();
      await second.goto(page.url());
      await logIn(second);
      await sees(second, /Calendar would like to use/);
      const third = await page.context().newPage();
      await third.goto(second.url());
      await press(third, 'Allow');
      await sees(third, 'Welcome, alice');
    });
  });

  it('who lost the session between login and consent is told why they sign in again', async () => {
    await inBrowserWorld({ refusals: [400] }, async ({ client, page }) => {
      await page.goto(startUrl(client));
      await logIn(page);
      await sees(page, /Calendar would like to use/);
      await page.getByLabel('Delete contacts').uncheck();
      await page.context().clearCookies({ name: 'oauth_session' });
      await press(page, 'Allow');
      await page.getByRole('alert').getByText('Your sign-in took too long. Please sign in again.').waitFor();
      await logIn(page);
      await press(page, 'Allow');
      await sees(page, 'Welcome, alice');
    });
  });
});

describe('a screen', () => {
  it('fetches nothing from elsewhere, breaks no rule of its policy, and has one style sheet and no script that it waits for', async () => {
    await withPage({}, async (page) => {
      await page.addInitScript(stayOnPage);
      await page.addInitScript(`globalThis.violations = [];
        addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => violations.push(violatedDirective + blockedURI));`);
      const objections = objectionsOf(page);
      const requests: string[] = [];
      page.on('request', (request) => requests.push(request.url()));
      for (const state of exampleStates) {
        const url = await exampleUrl(state);
        requests.length = 0;
        const answer = await page.goto(url);
        const { origin } = new URL(url);
        const isOurs = (request: string) => request.startsWith(`${origin}/`) || request.startsWith('data:');
        expect({ state, foreign: requests.filter((request) => !isOurs(request)) }).toEqual({ state, foreign: [] });
        expect({ state, found: await page.evaluate(inventory), violations: await page.evaluate('violations') }).toEqual({
          state,
          found: { styleSheets: 1, waits: [], inlineScripts: state === 'form-post' ? 1 : 0 },
          violations: [],
        });
        expect({ state, inline: inlineIn((await answer?.text()) ?? '') }).toEqual({ state, inline: [] });
      }
      expect(objections).toEqual([]);
    });
  }, 120_000);

  // A list of a dozen apps is as long as it has to be.
  it.each(exampleStates.filter((state) => state !== 'apps-many'))(
    'weighs little: %s with its style and its scripts less than 25 kB, before any compression',
    async (state) => {
      expect(await weightOf(await exampleUrl(state))).toBeLessThan(25_000);
    },
  );
});

/** The style sheets and scripts of a page; the script that posts a form on comes last, when there is nothing left to draw. */
const inventory = `({
  styleSheets: document.querySelectorAll('link[rel~="stylesheet"], style').length,
  waits: [...document.querySelectorAll('script[src]')].filter((script) => !script.defer).map((script) => script.outerHTML),
  inlineScripts: document.querySelectorAll('script:not([src])').length,
})`;

/** What the policy would not let through anyway, as it stands in the HTML. */
function inlineIn(html: string): string[] {
  return html.match(/<[^>]*\s(?:style|on\w+)\s*=[^>]*>|<style\b[^>]*>/gi) ?? [];
}

/** In bytes: a page and all that it loads from here. */
async function weightOf(url: string): Promise<number> {
  const page = await bytesOf(url);
  const loaded = [...page.toString().matchAll(/ (?:src|srcset)="([^"]*)"|<link [^>]*href="([^"]*)"/g)].map(
    ([, src, href]) => src ?? href ?? '',
  );
  const own = loaded.filter((path) => !path.startsWith('data:')).map((path) => bytesOf(new URL(path, url).href));
  const all = [page, ...(await Promise.all(own))];
  return all.reduce((sum, { length }) => sum + length, 0);
}

async function bytesOf(url: string): Promise<Buffer> {
  const answer = await fetch(url);
  expect(answer.status).toBe(200);
  return Buffer.from(await answer.arrayBuffer());
}
