/** The choice of an account in a real browser. */
import { describe, expect, it } from '@jest/globals';
import helmet from 'helmet';
import type { Page } from 'playwright-core';
import { type PageOptions, withPage } from '../support/browser.js';
import { serve } from '../support/origin.js';
import { logIn, press, sees } from '../support/screens.js';
import { alice, authorizeUrl, pkce, type TestServer, testServer, web } from '../support/server.js';

const bob = { username: 'bob', password: 'battery staple' };
const calendar = {
  ...web,
  client_name: 'Das Postfach der Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft',
};
const longName = 'Hubert Blaine Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschaferswessenschafe';

interface World {
  readonly server: TestServer;
  readonly page: Page;
  /** A request with this prompt. */
  start(prompt: string | undefined, parameters?: Readonly<Record<string, string>>): string;
  /** Waits for the user to be back at the client, with a code. */
  isBack(): Promise<void>;
}

/** A browser in which Alice signed in ten seconds ago, and has allowed all that is asked. */
async function inBrowser(options: PageOptions, use: (world: World) => Promise<void>): Promise<void> {
  const users = { authenticate: ({ username }: { username: string }) => ({ id: username, name: username === 'alice' ? longName : 'Bob' }) };
  const client = await serve((_req, res) => void res.writeHead(200, { 'Content-Type': 'text/html' }).end('The client'));
  const redirect_uri = `${client.url}/callback`;
  const clients = [{ ...calendar, redirect_uris: [redirect_uri] }];
  const server = await testServer({ frozen: true, before: [helmet()], options: { clients, users } });
  const start: World['start'] = (prompt, parameters = {}) =>
    authorizeUrl(server.url, pkce().code_challenge, { redirect_uri, prompt, ...parameters });
  const complaints: string[] = [];
  try {
    await withPage(options, async (page) => {
      page.setDefaultTimeout(10_000);
      page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
      const isBack = async () => {
        await page.waitForURL(`${redirect_uri}?*`);
        expect(new URL(page.url()).searchParams.get('code')).toEqual(expect.any(String));
      };
      await page.goto(start(undefined));
      await logIn(page, alice);
      await press(page, 'Allow');
      await isBack();
      server.sleep(10);
      await use({ server, page, start, isBack });
    });
  } finally {
    await server.close();
    await client.close();
  }
  expect(complaints.filter((text) => !text.includes('favicon'))).toEqual([]);
}

async function openChoice({ page, start }: World, prompt = 'select_account'): Promise<void> {
  await page.goto(start(prompt));
  await sees(page, 'Choose an account');
}

describe.each([
  ['with JavaScript', true],
  ['without JavaScript', false],
])('%s', (_, javaScriptEnabled) => {
  it('a user goes on as who is signed in', async () => {
    await inBrowser({ javaScriptEnabled }, async (world) => {
      const { page, isBack } = world;
      await openChoice(world);
      await press(page, `Continue as ${longName}`);
      await isBack();
    });
  });

  it('a user signs in with another account, and is asked for the consent of that one', async () => {
    await inBrowser({ javaScriptEnabled }, async (world) => {
      const { page, isBack } = world;
      await openChoice(world);
      await page.getByRole('link', { name: 'Use another account' }).click();
      await logIn(page, bob);
      await sees(page, /would like to use/);
      await page.getByText('Bob', { exact: true }).waitFor();
      await press(page, 'Allow');
      await isBack();
    });
  });

  it('the keyboard is enough', async () => {
    await inBrowser({ javaScriptEnabled }, async (world) => {
      const { page, isBack } = world;
      await openChoice(world);
      const focused: (string | undefined)[] = [];
      for (const _stop of [1, 2]) {
        await page.keyboard.press('Tab');
        focused.push((await page.locator(':focus').textContent())?.trim());
      }
      expect(focused).toEqual([expect.stringContaining(`Continue as ${longName}`), 'Use another account']);
      await page.keyboard.press('Shift+Tab');
      await page.keyboard.press('Enter');
      await isBack();
    });
  });

  it('who goes back from the consent page chooses again, and goes on', async () => {
    await inBrowser({ javaScriptEnabled }, async (world) => {
      const { page, isBack } = world;
      await openChoice(world, 'select_account consent');
      await press(page, `Continue as ${longName}`);
      await sees(page, /would like to use/);
      await page.reload();
      await sees(page, /would like to use/);
      await page.goBack();
      await sees(page, 'Choose an account');
      await press(page, `Continue as ${longName}`);
      await sees(page, /would like to use/);
      await press(page, 'Allow');
      await isBack();
    });
  });
});

describe('the page', () => {
  it('sends its form once, however often the button is pressed', async () => {
    await inBrowser({}, async (world) => {
      const { page, server, isBack } = world;
      const posts: string[] = [];
      page.on('request', (request) => void (request.method() === 'POST' && posts.push(request.url())));
      await openChoice(world);
      await page.getByRole('button', { name: 'Continue as' }).dblclick();
      await isBack();
      expect(posts).toEqual([`${server.url}/oauth/account`]);
    });
  });

  it.each(['en', 'ar'])('fits a phone of 320 pixels without scrolling sideways, however long the names are, in %s', async (locale) => {
    await inBrowser({ viewport: { width: 320, height: 568 } }, async ({ page, start }) => {
      await page.goto(start('select_account', { ui_locales: locale }));
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect(await page.evaluate('[document.documentElement.scrollWidth, document.documentElement.lang]')).toEqual([320, locale]);
    });
  });
});
