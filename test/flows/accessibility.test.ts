/** Every screen in every state against the rules of WCAG 2.2, levels A and AA, as axe-core checks them. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import axe, { type AxeResults, type RunOptions } from 'axe-core';
import type { Page } from 'playwright-core';
import { launchBrowser } from '../support/browser.js';
import { type ExampleBrand, exampleStates, exampleUrl, stayOnPage } from '../support/example-screens.js';

const phone = { width: 390, height: 844 };
const desktop = { width: 1280, height: 800 };
/** What remains of a wide screen at 400 %: WCAG 1.4.10. */
const small = { width: 320, height: 568 };

const everyRule: RunOptions = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };
/** Those that depend on colours and on where things are: the page itself is the same in light and dark, and on any screen. */
const looks: RunOptions = { runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block', 'target-size'] } };

/** What axe-core leaves open about contrast that is no text: a monogram, an empty field. */
const noText = ['shortTextContent', 'emptyInput', 'nonBmp'];

let page: Page;

beforeAll(async () => {
  const context = await (await launchBrowser()).newContext({ reducedMotion: 'reduce' }); // colours must not be on their way
  await context.addInitScript(axe.source);
  await context.addInitScript(stayOnPage);
  page = await context.newPage();
});

/** What the rules object to, and contrast that they cannot judge, each with where it is. */
async function violations(rules: RunOptions): Promise<string[]> {
  const options = { ...rules, preload: false, resultTypes: ['violations', 'incomplete'] };
  const { violations, incomplete } = (await page.evaluate(`axe.run(${JSON.stringify(options)})`)) as AxeResults;
  const objections = [...violations, ...incomplete.filter(({ id }) => id === 'color-contrast')];
  return objections.flatMap(({ id, nodes }) =>
    nodes.flatMap(({ html, any, all, none }) => {
      const checks = [...any, ...all, ...none].filter(({ data }) => !noText.includes(data?.messageKey));
      return checks.map(({ message }) => `${id}: ${html} ${message}`);
    }),
  );
}

async function open(state: string, language: 'en' | 'ar' | 'de', brand: ExampleBrand = 'indigo', size = phone): Promise<void> {
  await page.setViewportSize(size);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto(await exampleUrl(state, language, brand));
}

async function turnToNight(): Promise<void> {
  await page.setViewportSize(desktop);
  await page.emulateMedia({ colorScheme: 'dark' });
}

describe.each([
  ['from left to right', 'en'],
  ['from right to left', 'ar'],
] as const)('%s', (_, language) => {
  it.each(exampleStates)(
    'axe-core finds nothing wrong with the screen in the state %s: on phone and desktop, in light and dark',
    async (state) => {
      await open(state, language);
      expect(await violations(everyRule)).toEqual([]);
      await turnToNight();
      expect(await violations(looks)).toEqual([]);
    },
  );
});

it.each(exampleStates)('axe-core finds nothing wrong where the long words of German have 320 pixels, in the state %s', async (state) => {
  await open(state, 'de', 'indigo', small);
  expect(await violations(looks)).toEqual([]);
});

describe.each(['yellow', 'black'] as const)('of a host whose colour is %s', (brand) => {
  it.each(['login-notice', 'login-passkey', 'consent-optional', 'consent-later', 'step-terms', 'passkeys-done', 'apps', 'error-app'])(
    'axe-core finds nothing wrong with the colours of the state %s, in light and dark',
    async (state) => {
      await open(state, 'en', brand);
      expect(await violations(looks)).toEqual([]);
      await turnToNight();
      expect(await violations(looks)).toEqual([]);
    },
  );
});
