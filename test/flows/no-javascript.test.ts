/** All that users do, in a browser that runs no JavaScript. */
import { expect, it } from '@jest/globals';
import { withPage } from '../support/browser.js';
import { inBrowserWorld, startUrl } from '../support/browser-world.js';
import { exampleStates, exampleUrl } from '../support/example-screens.js';
import { logIn, press, sees } from '../support/screens.js';
import { alice } from '../support/server.js';

const javaScriptEnabled = false;

it('a user mistypes the password, signs in, leaves out a permission, removes the app, and signs out', async () => {
  await inBrowserWorld({ javaScriptEnabled, refusals: [422] }, async ({ host, client, page }) => {
    await page.goto(startUrl(client));
    await logIn(page, { ...alice, password: 'wrong' });
    await page.getByRole('alert').getByText('Username and password do not match.').waitFor();
    expect(await page.getByLabel('Username').inputValue()).toBe('alice');
    expect(await page.getByLabel('Password', { exact: true }).inputValue()).toBe('');
    await logIn(page);

    await sees(page, /Calendar would like to use/);
    await page.getByLabel('Delete contacts').uncheck();
    await press(page, 'Allow');
    await sees(page, 'Welcome, alice');
    expect(client.signIns.map(({ scope }) => scope)).toEqual(['read:contacts create:contacts']);

    await page.goto(`${host.url}/oauth/apps`);
    await page.getByText('Add contacts').waitFor();
    await press(page, 'Remove access for Calendar');
    await page.getByRole('status').getByText('Calendar no longer has access.').waitFor();
    expect(await page.getByRole('region', { name: 'Calendar' }).count()).toBe(0);

    await page.getByRole('link', { name: 'Sign out' }).click();
    await sees(page, 'Sign out?');
    await press(page, 'Sign out');
    await sees(page, 'You are signed out');
    await page.goto(`${host.url}/oauth/apps`);
    await sees(page, 'Sign in');
  });
});

it('no screen has a button that does nothing, or speaks of what cannot be had', async () => {
  await withPage({ javaScriptEnabled }, async (page) => {
    for (const state of exampleStates) {
      await page.goto(await exampleUrl(state));
      expect({ state, dead: await page.evaluate(deadEnds) }).toEqual({ state, dead: [] });
    }
  });
}, 120_000);

/** What is visible and waits for a script: buttons that send no form, and what belongs to them. */
const deadEnds = `[...document.querySelectorAll('button, [data-failed], .or')]
  .filter((element) => element.checkVisibility() && !(element.type === 'submit' && element.form))
  .map((element) => element.outerHTML)`;
