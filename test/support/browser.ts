/** A real browser for tests. Whatever a test file launches ends with that file. */
import { afterAll } from '@jest/globals';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export type PageOptions = Pick<
  BrowserContextOptions,
  'javaScriptEnabled' | 'viewport' | 'colorScheme' | 'reducedMotion' | 'forcedColors' | 'locale' | 'ignoreHTTPSErrors'
>;

const launched: Promise<Browser>[] = [];

afterAll(async () => {
  for (const browser of await Promise.allSettled(launched)) {
    if (browser.status === 'fulfilled') await browser.value.close();
  }
});

export function launchBrowser(): Promise<Browser> {
  const browser = chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium', headless: true, args: flags });
  launched.push(browser);
  return browser;
}

let shared: Promise<Browser> | undefined;

/** Opens a page with cookies of its own, in the one browser of this test file, and closes it when `use` is done. */
export async function withPage<T>(options: PageOptions, use: (page: Page) => Promise<T>): Promise<T> {
  shared ??= launchBrowser();
  const context = await (await shared).newContext(options);
  try {
    return await use(await context.newPage());
  } finally {
    await context.close();
  }
}
