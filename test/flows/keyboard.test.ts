/** The keyboard alone is enough: WCAG 2.1.1 (keyboard), 2.1.2 (no trap), 2.4.3 (focus order), 2.4.7 (focus visible). */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { withPage } from '../support/browser.js';
import { inBrowserWorld, startUrl } from '../support/browser-world.js';
import { exampleStates, exampleUrl, stayOnPage } from '../support/example-screens.js';
import { sees } from '../support/screens.js';

/** The name of what has the focus, as people know it. */
const focused = `(() => {
  const element = document.activeElement;
  if (element === document.body) return 'nothing';
  return (element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent).replace(/\\s+/g, ' ').trim();
})()`;

/** A page puts the focus somewhere when it is first drawn, which may be after it was loaded. */
async function focusIsOn(page: Page, name: string): Promise<void> {
  for (let tries = 0; tries < 100 && (await page.evaluate(focused)) !== name; tries += 1) await sleep(20);
  expect(await page.evaluate(focused)).toBe(name);
}

async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 12; presses += 1) {
    if ((await page.evaluate(focused)) === name) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`The key Tab never comes to ${name} on ${page.url()}.`);
}

it.each([
  ['with JavaScript', true],
  ['without JavaScript', false],
])('%s it leads from the link of the client to the callback', async (_, javaScriptEnabled) => {
  await inBrowserWorld({ javaScriptEnabled, refusals: [422] }, async ({ client, page }) => {
    const { keyboard } = page;
    await page.goto(startUrl(client));
    await sees(page, 'Sign in');
    await focusIsOn(page, 'Username');
    await keyboard.type('alice');
    await tabTo(page, 'Password');
    await keyboard.type('wrong');
    await keyboard.press('Enter');

    await page.getByRole('alert').getByText('Username and password do not match.').waitFor();
    await focusIsOn(page, 'Password'); // the name is known
    const described = await page
      .locator('[aria-invalid]')
      .evaluateAll((all) =>
        all.map((field) => (field as unknown as { getAttribute(name: string): string }).getAttribute('aria-describedby')),
      );
    expect(described).toEqual(['notice', 'notice']);
    expect(await page.locator('#notice').getAttribute('role')).toBe('alert');
    await keyboard.type('correct horse');
    await keyboard.press('Enter');

    await sees(page, /Calendar would like to use/);
    expect(await page.evaluate(focused)).toBe('nothing'); // so that no key allows anything by itself
    await tabTo(page, 'Delete contacts');
    await keyboard.press('Space');
    await tabTo(page, 'Allow');
    await keyboard.press('Space');
    await sees(page, 'Welcome, alice');
    expect(client.signIns.map(({ scope }) => scope)).toEqual(['read:contacts create:contacts']);
  });
});

it('Enter on the consent page, wherever it sends the form, does not allow', async () => {
  await inBrowserWorld({}, async ({ client, page }) => {
    await page.goto(startUrl(client));
    await focusIsOn(page, 'Username');
    await page.keyboard.type('alice');
    await tabTo(page, 'Password');
    await page.keyboard.type('correct horse');
    await page.keyboard.press('Enter');
    await sees(page, /Calendar would like to use/);
    await tabTo(page, 'Add contacts');
    await page.keyboard.press('Enter');
    await sees(page, 'Not signed in: access_denied');
  });
});

it.each(['en', 'ar'] as const)(
  'in every state the key Tab goes to all that can be used, as it is read, shows where it is, and goes on (%s)',
  async (language) => {
    await withPage({ reducedMotion: 'reduce', viewport: { width: 390, height: 844 } }, async (page) => {
      await page.addInitScript(stayOnPage);
      for (const state of exampleStates) {
        await page.goto(await exampleUrl(state, language));
        if ((await page.locator('[autofocus]').count()) > 0) await page.locator('[autofocus]:focus').waitFor();
        expect({ state, problems: await walkByTab(page) }).toEqual({ state, problems: [] });
      }
    });
  },
  120_000,
);

/** All that can be used, in the order of the document. */
const usable = `[...document.querySelectorAll('a[href], button, input, summary')].filter((element) => element.checkVisibility())`;

/** Whether this one has the focus and shows it, and stands neither above the one before nor, on the same line, in front of it. */
const judge = (place: number) => `((element, before) => {
  if (document.activeElement !== element) return ['${place} does not have the focus, but ' + document.activeElement.outerHTML];
  const look = () => [element, element.closest('label')].map((one) => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow } = one ? getComputedStyle(one) : {};
    return [outlineStyle === 'none' ? '' : outlineWidth + outlineColor, boxShadow].join(' ');
  }).join();
  const withFocus = look();
  element.blur();
  const without = look();
  element.focus();
  const [here, there] = [element, before ?? element].map((one) => one.getBoundingClientRect());
  const forward = document.dir === 'rtl' ? there.right - here.right : here.left - there.left;
  const isBehind = here.bottom <= there.top || (here.top < there.bottom && there.top < here.bottom && forward < 0);
  return [
    ...(withFocus === without ? [element.outerHTML + ' does not show the focus'] : []),
    ...(isBehind ? [element.outerHTML + ' comes after ' + before.outerHTML] : []),
  ];
})(${usable}[${place}], ${usable}[${place - 1}])`;

/** Goes through the page from its beginning to its end, and beyond. */
async function walkByTab(page: Page): Promise<string[]> {
  const count = Number(await page.evaluate(`${usable}.length`));
  await page.evaluate('document.activeElement.blur(), (document.body.tabIndex = -1), document.body.focus()');
  const problems: string[] = [];
  for (let place = 0; place < count; place += 1) {
    await page.keyboard.press('Tab');
    problems.push(...((await page.evaluate(judge(place))) as string[]));
  }
  await page.keyboard.press('Tab');
  if (count > 1 && (await page.evaluate(`document.activeElement === ${usable}.at(-1)`))) problems.push('The last one keeps the focus.');
  return problems;
}
