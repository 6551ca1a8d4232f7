/** Visits to the example in Chromium. */
import { expect } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { type PageOptions, withPage } from '../support/browser.js';

/**
 * A visit during which the browser has nothing to complain of: no script errors, nothing that a policy refuses, nothing missing.
 *
 * @param options.refusals - the statuses, other than that of success, that pages come with
 */
export async function visit(
  { refusals = [], ...options }: PageOptions & { readonly refusals?: readonly number[] },
  use: (page: Page) => Promise<void>,
): Promise<void> {
  await withPage(options, async (page) => {
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(`${message.text()} ${message.location().url}`);
    });
    await use(page);
    expect(complaints).toEqual(refusals.map((status) => expect.stringContaining(`responded with a status of ${status} `)));
  });
}

/** The user's part at Contacts, where it is not done yet: signs in, and decides where that is asked for. Ends where `done` can be seen. */
export async function walkTo(
  done: Locator,
  { username, password }: { username: string; password: string },
  decision: 'Allow' | 'Deny' = 'Allow',
): Promise<void> {
  const page = done.page();
  const login = page.getByLabel('Password', { exact: true });
  const consent = page.getByRole('button', { name: decision, exact: true });
  await login.or(consent).or(done).first().waitFor();
  if (await login.isVisible()) {
    await page.getByLabel('Username').fill(username);
    await login.fill(password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await consent.or(done).first().waitFor();
  }
  if (await consent.isVisible()) await consent.click();
  await done.waitFor();
}

export async function textAt(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).textContent()) ?? '';
}

/** By how much the page is wider than its window, once its style is there. */
export async function overflow(page: Page): Promise<number> {
  await page.waitForLoadState();
  return page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
}
