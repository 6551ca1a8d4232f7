/** What a user does on our screens in a real browser. */
import type { Page } from 'playwright-core';
import { alice } from './server.js';

/** The page is there as a whole, with its scripts: a key that is pressed earlier may be lost. */
export async function sees(page: Page, heading: string | RegExp): Promise<void> {
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
  await page.waitForLoadState();
}

export async function press(page: Page, button: string): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).click();
}

export async function logIn(page: Page, { username, password } = alice): Promise<void> {
  await sees(page, 'Sign in');
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await press(page, 'Sign in');
}

/** Logs in, and answers what is asked then. */
export async function logInAnd(page: Page, decision: 'Allow' | 'Deny'): Promise<void> {
  await logIn(page);
  await sees(page, /would like to use/);
  await press(page, decision);
}
