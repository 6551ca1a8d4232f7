/** Contacts and Calendar as people see them, in Chromium. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { alice, bob, startApps } from './apps.js';
import { overflow, textAt, visit } from './visit.js';

let apps: Awaited<ReturnType<typeof startApps>>;

beforeAll(async () => {
  apps = await startApps();
});

afterAll(() => apps.close());

describe.each([
  ['with JavaScript', true],
  ['without JavaScript', false],
])('connecting, %s', (_, javaScriptEnabled) => {
  it('shows the six steps, and the birthdays of the contacts', async () => {
    await visit({ javaScriptEnabled }, async (page) => {
      await connect(page, alice, 'Allow');
      expect(page.url()).toBe(`${apps.calendar.url}/`);
      expect(await page.locator('.step.done .letter').allTextContents()).toEqual(['A', 'B', 'C', 'D', 'E', 'F']);
      expect(await page.locator('.birthdays bdi').allTextContents()).toContain('The White Rabbit');
    });
  });
});

describe('the six steps', () => {
  it('show what was really said, and no secret in full', async () => {
    await visit({}, async (page) => {
      await connect(page, alice, 'Allow');
      const textOf = (letter: string) => textAt(page, `#${letter}`);
      expect(await textOf('A')).toMatch(/code_challenge_methodS256/);
      expect(await textOf('B')).toMatch(/code[\w-]{6}…/);
      expect(await textOf('C')).toMatch(
        /POST \/oauth\/token HTTP\/1\.1[\s\S]*Authorization: Basic [\w+/]{6}…[\s\S]*&code_verifier=[\w-]{6}…/,
      );
      expect(await textOf('D')).toMatch(/HTTP\/1\.1 200 OK[\s\S]*"access_token": "eyJhbG…[\w-]{4}"[\s\S]*subu-1001/);
      expect(await textOf('E')).toMatch(/GET \/api\/contacts HTTP\/1\.1[\s\S]*Authorization: Bearer eyJhbG…/);
      expect(await textOf('F')).toContain('200 OK');
      expect(await page.content()).not.toMatch(/eyJ[\w-]{20,}/);
    });
  });
});

describe('with a connection', () => {
  it('gets another access token, and calls the API with it', async () => {
    await visit({}, async (page) => {
      await connect(page, alice, 'Allow');
      const before = await tokenAt(page, 'E');
      await page.getByRole('button', { name: 'Refresh the access token' }).click();
      await page.waitForURL('**/#H');
      expect(await textAt(page, '#H')).toContain('200 OK');
      await page.getByRole('button', { name: 'Call the API again' }).click();
      await page.waitForURL('**/#E');
      expect(await tokenAt(page, 'E')).not.toBe(before);
      expect(await textAt(page, '#F')).toContain('200 OK');
    });
  });

  it('forgets it', async () => {
    await visit({}, async (page) => {
      await connect(page, alice, 'Allow');
      await page.getByRole('button', { name: 'Disconnect' }).click();
      await page.getByRole('heading', { name: 'Never miss a birthday' }).waitFor();
      expect(await page.locator('.step.done').count()).toBe(0);
    });
  });
});

describe('saying no', () => {
  it('leads to a page that takes it well, and lets one try again', async () => {
    await visit({}, async (page) => {
      await connect(page, bob, 'Deny');
      await page.getByRole('heading', { name: 'All right, no birthdays then' }).waitFor();
      expect(await page.locator('.step').count()).toBe(2);
      expect(await textAt(page, '#B')).toMatch(/erroraccess_denied/);
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByRole('button', { name: 'Allow' }).click();
      await page.getByRole('heading', { name: 'Your contacts are connected' }).waitFor();
      expect(await page.locator('.birthdays bdi').allTextContents()).toContain('Tiny Tim');
    });
  });

  it('can be done at the login page already', async () => {
    await visit({}, async (page) => {
      await page.goto(apps.calendar.url);
      await page.getByRole('button', { name: 'Connect your contacts' }).click();
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('heading', { name: 'All right, no birthdays then' }).waitFor();
    });
  });
});

describe('the pages', () => {
  it.each([320, 390, 1280])('fit into a window %s pixels wide', async (width) => {
    await visit({ viewport: { width, height: 800 } }, async (page) => {
      for (const url of [apps.contacts.url, apps.calendar.url]) {
        await page.goto(url);
        expect(await overflow(page)).toBeLessThanOrEqual(0);
      }
      await connect(page, alice, 'Allow');
      await page.waitForLoadState('load');
      expect(await overflow(page)).toBeLessThanOrEqual(0);
    });
  });
});

/** From Calendar's start page through login and, where it is asked for, consent. */
async function connect(page: Page, { username, password }: typeof alice, decision: 'Allow' | 'Deny'): Promise<void> {
  await page.goto(apps.calendar.url);
  await page.getByRole('button', { name: 'Connect your contacts' }).click();
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(/\/oauth\/consent|\/$/); // who allowed it before is not asked again
  if (page.url().includes('/oauth/consent')) await page.getByRole('button', { name: decision }).click();
  await page.waitForURL(decision === 'Allow' ? `${apps.calendar.url}/` : '**/denied');
}

async function tokenAt(page: Page, letter: string): Promise<string | undefined> {
  return /Bearer (\S+)/.exec(await textAt(page, `#${letter}`))?.[1];
}
