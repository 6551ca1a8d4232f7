/** Every screen fits: from 320 pixels, which is also what remains of a wide screen at 400 % (WCAG 1.4.10), to 4K; in every language. */
import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { languages } from '../../lib/languages/index.js';
import { withPage } from '../support/browser.js';
import { exampleStates, exampleUrl, stayOnPage } from '../support/example-screens.js';

const small = { width: 320, height: 568 };
const fourK = { width: 3840, height: 2160 };

/** Whether one must scroll sideways, and what sticks out of the page so that nobody can see it. */
const tooWide = `[
  ...(document.documentElement.scrollWidth > innerWidth ? ['the page'] : []),
  ...[...document.querySelectorAll('body *')]
    .filter((element) => element.checkVisibility() && !element.closest('.unseen, details:not([open]), pre'))
    .filter((element) => {
      const { left, right, width } = element.getBoundingClientRect();
      return width > 0 && (left < -1 || right > innerWidth + 1);
    })
    .map((element) => element.outerHTML),
]`;

/** What moves, or would. */
const moving = `[
  ...document.getAnimations().map((animation) => animation.constructor.name),
  ...[...document.querySelectorAll('*')]
    .filter((element) => getComputedStyle(element).transitionDuration.split(', ').some((duration) => parseFloat(duration) > 0.01))
    .map((element) => element.outerHTML),
]`;

/** What can be pressed or filled in and has no edge of its own, where no background tells it from the page. */
const edgeless = `[...document.querySelectorAll('button:not(.plain, .eye), .button, input:not([type="checkbox"], [type="hidden"])')]
  .filter((element) => element.checkVisibility() && (getComputedStyle(element).borderTopStyle === 'none' || parseFloat(getComputedStyle(element).borderTopWidth) < 1))
  .map((element) => element.outerHTML)`;

async function found(page: Page, what: string): Promise<unknown> {
  return page.evaluate(what);
}

it('on the smallest phone and on the largest desk, for those who chose their own colours and no motion', async () => {
  await withPage({ viewport: small, forcedColors: 'active', reducedMotion: 'reduce' }, async (page) => {
    await page.addInitScript(stayOnPage);
    for (const state of exampleStates) {
      await page.setViewportSize(small);
      await page.goto(await exampleUrl(state));
      expect({ state, tooWide: await found(page, tooWide) }).toEqual({ state, tooWide: [] });
      expect({ state, moving: await found(page, moving), edgeless: await found(page, edgeless) }).toEqual({
        state,
        moving: [],
        edgeless: [],
      });
      await page.setViewportSize(fourK);
      expect({ state, tooWide: await found(page, tooWide) }).toEqual({ state, tooWide: [] });
    }
  });
}, 120_000);

it('from right to left, on the smallest phone and on the largest desk', async () => {
  await withPage({ reducedMotion: 'reduce' }, async (page) => {
    await page.addInitScript(stayOnPage);
    for (const state of exampleStates) {
      await page.setViewportSize(small);
      await page.goto(await exampleUrl(state, 'ar'));
      expect({ state, tooWide: await found(page, tooWide) }).toEqual({ state, tooWide: [] });
      await page.setViewportSize(fourK);
      expect({ state, tooWide: await found(page, tooWide) }).toEqual({ state, tooWide: [] });
    }
  });
}, 120_000);

it.each(languages.map(({ tag }) => tag))('on the smallest phone, in %s', async (tag) => {
  await withPage({ viewport: small, reducedMotion: 'reduce' }, async (page) => {
    const states = [
      'login-passkey',
      'login-notice',
      'consent-optional',
      'consent-unverified-loopback',
      'accounts',
      'step',
      'passkey-offer',
      'passkeys',
      'apps',
      'sign-out',
      'error-app',
    ];
    for (const state of states) {
      await page.goto(await exampleUrl(state, tag));
      expect(await page.evaluate('document.documentElement.lang')).toBe(tag);
      expect({ state, tooWide: await found(page, tooWide) }).toEqual({ state, tooWide: [] });
    }
  });
});
