/** Birthday Cards, the single-page client, in Chromium. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { withPage } from '../support/browser.js';
import { alice, bob, startApps } from './apps.js';
import { overflow, textAt, visit, walkTo } from './visit.js';

let apps: Awaited<ReturnType<typeof startApps>>;

beforeAll(async () => {
  apps = await startApps();
});

afterAll(() => apps.close());

describe('signing in', () => {
  it('shows who the user is, as userinfo tells, and the contacts', async () => {
    await visit({}, async (page) => {
      await signIn(page);
      expect(await textAt(page, '#desk h1')).toBe('Hello, Alice Liddell');
      await page.locator('#picture').evaluate((picture: { decode(): Promise<void> }) => picture.decode()); // which fails if it is none
      expect(await page.locator('#contacts bdi').allTextContents()).toContain('The White Rabbit');
      expect(await textAt(page, '.card')).toMatch(/Dear Dinah,[\s\S]*4\u00a0May![\s\S]*Yours, Alice/);
      expect(await textAt(page, '#scope')).toBe('openid profile read:contacts');
    });
  });

  it('writes a card to whoever is chosen', async () => {
    await visit({}, async (page) => {
      await signIn(page);
      await page.getByRole('button', { name: 'The Cheshire Cat' }).click();
      expect(await textAt(page, '.card')).toContain('Dear The Cheshire Cat,');
    });
  });

  it('leaves no code in the address, and no token in any storage', async () => {
    await visit({}, async (page) => {
      await signIn(page);
      expect(page.url()).toBe(`${apps.cards.url}/`);
      expect(await page.evaluate('[localStorage.length, sessionStorage.length, document.cookie]')).toEqual([0, 0, '']);
      await page.reload();
      await page.locator('#welcome').waitFor();
    });
  });

  it('can be refused', async () => {
    await visit({}, async (page) => {
      await signIn(page, bob, 'Deny');
      expect(await textAt(page, '#sentence')).toContain('You said no');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await walkTo(page.locator('#desk'), bob);
      expect(await page.locator('#contacts bdi').allTextContents()).toContain('Tiny Tim');
    });
  });
});

describe('with tokens', () => {
  it('gets new ones, and calls the API with them', async () => {
    await visit({}, async (page) => {
      const bearers: (string | undefined)[] = [];
      page.on('request', (request) => {
        if (request.url().endsWith('/api/contacts') && request.method() === 'GET') bearers.push(request.headers().authorization);
      });
      await signIn(page);
      await page.getByRole('button', { name: 'Refresh' }).click();
      await page.getByText('There is a new access token.').waitFor();
      await page.getByRole('button', { name: 'Call the API' }).click();
      await page.getByText('The contacts are read anew.').waitFor();
      expect(bearers).toEqual([expect.stringMatching(/^Bearer /), expect.stringMatching(/^Bearer /)]);
      expect(bearers[0]).not.toBe(bearers[1]);
    });
  });

  it('forgets them', async () => {
    await visit({}, async (page) => {
      await signIn(page);
      await page.getByRole('button', { name: 'Sign out' }).click();
      expect(await textAt(page, '#sentence')).toContain('still signed in');
      expect(await page.locator('#leave').getAttribute('href')).toBe(`${apps.contacts.url}/oauth/sign-out`);
    });
  });

  it('says so when Contacts does not answer', async () => {
    await withPage({}, async (page) => {
      await signIn(page);
      await page.route('**/api/contacts', (route) => route.abort());
      await page.getByRole('button', { name: 'Call the API' }).click();
      await page.getByText('Contacts did not answer. Is it running?').waitFor();
    });
  });
});

describe('an answer that nobody asked for', () => {
  it('is refused, and no token asked for', async () => {
    await visit({}, async (page) => {
      const posts: string[] = [];
      page.on('request', (request) => void (request.method() === 'POST' && posts.push(request.url())));
      await page.goto(`${apps.cards.url}/?code=a&state=b&iss=${encodeURIComponent(apps.contacts.url)}`);
      await page.getByText('This answer belongs to no question.').waitFor();
      expect(posts).toEqual([]);
    });
  });
});

describe('the page', () => {
  it.each([320, 390, 1280])('fits into a window %s pixels wide', async (width) => {
    await visit({ viewport: { width, height: 800 } }, async (page) => {
      await page.goto(apps.cards.url);
      await page.locator('#welcome').waitFor();
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      await signIn(page);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
    });
  });

  it('has a policy that lets it talk to Contacts alone', async () => {
    const policy = (await fetch(apps.cards.url)).headers.get('content-security-policy');
    expect(policy).toContain(`connect-src 'self' ${apps.contacts.url};`);
    expect(policy).not.toContain('unsafe');
  });
});

describe('the scripts for browsers', () => {
  it('have the types that they say', async () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    await promisify(execFile)(join(root, 'node_modules/.bin/tsc'), ['-p', 'example-app/tsconfig.browser.json'], { cwd: root });
  });
});

async function signIn(page: Page, user: typeof alice = alice, decision: 'Allow' | 'Deny' = 'Allow'): Promise<void> {
  await page.goto(apps.cards.url);
  await page.getByRole('button', { name: 'Sign in with Contacts' }).click();
  await walkTo(page.locator(decision === 'Allow' ? '#desk' : '#sentence:not(:empty)'), user, decision);
}
