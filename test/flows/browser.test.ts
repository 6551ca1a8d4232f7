/** What users do in a real browser: Chromium, with and without JavaScript, over three origins. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { Page } from 'playwright-core';
import { withPage } from '../support/browser.js';
import { type ClientApp, clientApp, startClientApp } from '../support/client-app.js';
import { type Host, type HostOptions, withHost } from '../support/host.js';
import { sees } from '../support/screens.js';
import { alice } from '../support/server.js';

const bob = { username: 'bob', password: 'battery staple' };

interface World {
  readonly host: Host;
  readonly client: ClientApp;
  readonly page: Page;
}

interface WorldOptions {
  readonly scripts?: boolean;
  /** What stands in front of the router. */
  readonly before?: readonly RequestHandler[];
  /** What the browser may complain of: that a page came with an error status, which it must. */
  readonly complaints?: readonly string[];
  readonly options?: HostOptions['options'];
}

/** A host with helmet(), a client on another site, a browser; in the end the browser must have had nothing to complain of. */
async function inWorld(
  { scripts = true, before = [helmet()], complaints = [], options = {} }: WorldOptions,
  use: (world: World) => Promise<void>,
): Promise<void> {
  const layOut: HostOptions['layOut'] = (app, oauth) => {
    app.get('/favicon.ico', (_req, res) => void res.status(204).end());
    app.use('/', ...before, oauth);
  };
  await withHost({ options: { clients: [clientApp], ...options }, layOut }, async (host) => {
    const client = await startClientApp(host.issuer, `${host.url}/api/contacts`);
    const troubles: string[] = [];
    try {
      await withPage({ javaScriptEnabled: scripts }, async (page) => {
        page.setDefaultTimeout(10_000);
        page.context().on('console', (message) => {
          if (message.type() === 'error' || message.type() === 'warning') troubles.push(message.text());
        });
        page.context().on('weberror', (error) => troubles.push(String(error.error())));
        await use({ host, client, page });
      });
    } finally {
      await client.close();
    }
    expect(troubles).toEqual(complaints);
    expect(host.errors).toEqual([]);
  });
}

const status = (code: number, phrase: string) => `Failed to load resource: the server responded with a status of ${code} (${phrase})`;

async function start(page: Page, client: ClientApp): Promise<void> {
  await page.goto(client.url);
  await page.getByRole('link', { name: 'Sign in' }).click();
  await sees(page, 'Sign in');
}

async function fillIn(page: Page, { username, password }: typeof alice): Promise<void> {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
}

async function logIn(page: Page, person = alice): Promise<void> {
  await fillIn(page, person);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

async function allow(page: Page): Promise<void> {
  await sees(page, /Calendar would like to use/);
  await page.getByRole('button', { name: 'Allow' }).click();
}

async function isWelcome(page: Page, { home }: ClientApp, name = 'alice'): Promise<void> {
  await sees(page, `Welcome, ${name}`);
  expect(new URL(page.url()).origin).toBe(home);
}

/** Holds such requests back until so many have come, or until they are let through. */
function holdBack(method: string, path: string, count: number): { hold: RequestHandler; arrived(): number; letThrough(): void } {
  const waiting: (() => void)[] = [];
  let arrived = 0;
  let open = false;
  function letThrough(): void {
    open = true;
    for (const goOn of waiting.splice(0)) goOn();
  }
  return {
    hold(req, _res, next) {
      if (req.method !== method || req.path !== path) return next();
      arrived += 1;
      if (open) return next();
      waiting.push(next);
      if (arrived === count) letThrough();
    },
    arrived: () => arrived,
    letThrough,
  };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(10);
}

/** Whom the codes were good for that came to the client. */
function namesOf({ signIns }: ClientApp): string[] {
  return signIns.map(({ sub }) => sub);
}

describe.each([
  ['with JavaScript', true],
  ['without JavaScript', false],
])('%s', (_, scripts) => {
  it('a user mistypes the password, types it right, allows, and is taken to the page after the callback', async () => {
    await inWorld({ scripts, complaints: [status(422, 'Unprocessable Entity')] }, async ({ page, client }) => {
      await start(page, client);
      await logIn(page, { ...alice, password: 'wrong' });
      await page.getByText(/password do not match/).waitFor();
      await logIn(page);
      await allow(page);
      await isWelcome(page, client);
      expect(namesOf(client)).toEqual(['alice']);
    });
  });

  it('who has allowed before is taken through without a question', async () => {
    await inWorld({ scripts }, async ({ page, client }) => {
      await start(page, client);
      await logIn(page);
      await allow(page);
      await isWelcome(page, client);
      await page.goto(client.url);
      await page.getByRole('link', { name: 'Sign in' }).click();
      await isWelcome(page, client);
      expect(namesOf(client)).toEqual(['alice', 'alice']);
    });
  });

  it('who denies is taken back to the client, which hears of it', async () => {
    await inWorld({ scripts }, async ({ page, client }) => {
      await start(page, client);
      await logIn(page);
      await page.getByRole('button', { name: 'Deny' }).click();
      await sees(page, 'Not signed in: access_denied');
      expect(new URL(page.url()).origin).toBe(client.url);
    });
  });

  it('who cancels at the login is taken back to the client, with the fields left empty', async () => {
    await inWorld({ scripts }, async ({ page, client }) => {
      await start(page, client);
      await page.getByRole('button', { name: 'Cancel' }).click();
      await sees(page, 'Not signed in: access_denied');
    });
  });

  it('who uses another account allows for that one', async () => {
    await inWorld({ scripts }, async ({ page, client }) => {
      await start(page, client);
      await logIn(page);
      await page.getByRole('link', { name: 'Use another account' }).click();
      await logIn(page, bob);
      await page.getByText('Bob').waitFor();
      await allow(page);
      await isWelcome(page, client, 'bob');
    });
  });

  it('going back after the login, and on from there, ends well', async () => {
    await inWorld({ scripts }, async ({ page, client }) => {
      await start(page, client);
      await logIn(page);
      await sees(page, /Calendar would like/);
      await page.goBack();
      await allow(page);
      await isWelcome(page, client);
    });
  });

  it('going back after the consent leads to the client once more, with a code that is good', async () => {
    await inWorld({ scripts }, async ({ page, client }) => {
      await start(page, client);
      await logIn(page);
      await allow(page);
      await isWelcome(page, client);
      await page.goBack();
      await isWelcome(page, client);
      expect(namesOf(client)).toEqual(['alice', 'alice']);
    });
  });

  it('going back and forth all the way ends well', async () => {
    await inWorld({ scripts }, async ({ page, client }) => {
      await start(page, client);
      await logIn(page);
      await sees(page, /Calendar would like/);
      await page.goBack();
      await page.goBack();
      await sees(page, 'Calendar');
      await page.goForward();
      await page.goForward();
      await allow(page);
      await isWelcome(page, client);
    });
  });

  it('every page may be reloaded', async () => {
    const complaints = [1, 2].map(() => status(422, 'Unprocessable Entity'));
    await inWorld({ scripts, complaints }, async ({ page, client }) => {
      await start(page, client);
      await page.reload();
      await logIn(page, { ...alice, password: 'wrong' });
      await page.getByText(/password do not match/).waitFor();
      await page.reload();
      await page.getByText(/password do not match/).waitFor();
      await logIn(page);
      await sees(page, /Calendar would like/);
      await page.reload();
      await allow(page);
      await isWelcome(page, client);
      await page.reload();
      await isWelcome(page, client);
    });
  });

  it.each([
    ['Sign in', '/oauth/login'],
    ['Allow', '/oauth/consent'],
  ])('a second click on "%s" does no harm', async (name, path) => {
    const posts = holdBack('POST', path, 2);
    await inWorld({ scripts, before: [helmet(), posts.hold] }, async ({ page, client }) => {
      await start(page, client);
      await fillIn(page, alice);
      if (name === 'Allow') await page.getByRole('button', { name: 'Sign in' }).click();
      const button = page.getByRole('button', { name });
      await button.waitFor();
      const { x = 0, y = 0 } = (await button.boundingBox()) ?? {};
      await page.mouse.click(x + 5, y + 5);
      await until(() => posts.arrived() === 1);
      await page.mouse.click(x + 5, y + 5);
      if (scripts) posts.letThrough(); // a form that is on its way is not sent again
      if (name === 'Sign in') await allow(page);
      await isWelcome(page, client);
      expect(namesOf(client)).toEqual(['alice']);
      expect(posts.arrived()).toBe(scripts ? 1 : 2);
    });
  });

  it('two tabs that wait at the same time both come through', async () => {
    await inWorld({ scripts }, async ({ page, client }) => {
      const other = await page.context().newPage();
      await start(page, client);
      await start(other, client);
      await logIn(page);
      await logIn(other);
      await allow(page);
      await allow(other);
      await isWelcome(page, client);
      await isWelcome(other, client);
      expect(namesOf(client)).toEqual(['alice', 'alice']);
    });
  });

  it('two tabs for two users: the one that shows another user than is signed in asks again, and both come through', async () => {
    await inWorld({ scripts, complaints: [status(409, 'Conflict')] }, async ({ page, client }) => {
      const other = await page.context().newPage();
      await start(page, client);
      await start(other, client);
      await logIn(page);
      await sees(page, /Calendar would like/);
      await logIn(other, bob);
      await sees(other, /Calendar would like/);
      await allow(page);
      await page.getByText('The account has changed').waitFor();
      await page.getByText('Bob').waitFor();
      await allow(page);
      await isWelcome(page, client, 'bob');
      await allow(other);
      await isWelcome(other, client, 'bob');
    });
  });

  it.each([
    ['login', 1],
    ['consent', 2],
  ])('a browser that lost its cookies at the %s page is shown the form again, and then comes through', async (which) => {
    await inWorld({ scripts, complaints: [status(403, 'Forbidden')] }, async ({ page, client }) => {
      await start(page, client);
      if (which === 'login') await page.context().clearCookies({ name: 'oauth_csrf' });
      await logIn(page);
      if (which === 'login') {
        await page.getByText('please send this form once more').waitFor();
        expect(await page.getByLabel('Username').inputValue()).toBe('alice');
        await logIn(page);
      }
      await sees(page, /Calendar would like/);
      if (which === 'consent') {
        await page.context().clearCookies({ name: 'oauth_csrf' });
        await allow(page);
        await page.getByText('please send this form once more').waitFor();
      }
      await allow(page);
      await isWelcome(page, client);
    });
  });

  it('who lost the session while the consent page was open signs in again', async () => {
    await inWorld({ scripts, complaints: [status(400, 'Bad Request')] }, async ({ page, client }) => {
      await start(page, client);
      await logIn(page);
      await sees(page, /Calendar would like/);
      await page.context().clearCookies({ name: 'oauth_session' });
      await allow(page);
      await sees(page, 'Sign in');
      await page.getByText('Your sign-in took too long.').waitFor();
      await logIn(page);
      await allow(page);
      await isWelcome(page, client);
    });
  });

  it.each(['login', 'consent'])(
    'a %s page that was open for too long leads back to the client, where a new start succeeds',
    async (which) => {
      await inWorld({ scripts, complaints: [status(400, 'Bad Request')] }, async ({ host, page, client }) => {
        await start(page, client);
        if (which === 'consent') {
          await logIn(page);
          await sees(page, /Calendar would like/);
        }
        host.sleep(3601);
        if (which === 'consent') await allow(page);
        else await logIn(page);
        await sees(page, 'This page has expired');
        await page.getByRole('link', { name: 'Back to Calendar' }).click();
        await sees(page, 'Not signed in: access_denied');
        await page.goto(`${client.url}/start`);
        if (which === 'login') await logIn(page);
        await allow(page);
        await isWelcome(page, client);
      });
    },
  );

  it('a request that the client posts finds the user who is signed in, though SameSite holds their cookie back', async () => {
    await inWorld({ scripts }, async ({ page, client }) => {
      await start(page, client);
      await logIn(page);
      await sees(page, /Calendar would like/);
      await page.goto(`${client.url}/post`);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await allow(page);
      await isWelcome(page, client);
    });
  });

  it('a request that the client posts works in a new browser', async () => {
    await inWorld({ scripts }, async ({ page, client }) => {
      await page.goto(`${client.url}/post`);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await sees(page, 'Sign in');
      await logIn(page);
      await allow(page);
      await isWelcome(page, client);
    });
  });

  describe('what may be left out', () => {
    const options = {
      apis: {
        'https://api.example.com/contacts': {
          scopes: {
            'read:contacts': 'See your contacts',
            'create:contacts': { description: 'Add contacts', optional: true },
            'delete:contacts': { description: 'Delete contacts', optional: true },
          },
        },
      },
    };
    const scope = 'read:contacts create:contacts delete:contacts';

    async function startAsking(page: Page, client: ClientApp): Promise<void> {
      await page.goto(`${client.url}/start?${new URLSearchParams({ scope })}`);
      await logIn(page);
      await sees(page, /Calendar would like/);
    }

    it('is unticked by a click on its words, and the client hears of it', async () => {
      await inWorld({ scripts, options }, async ({ page, client }) => {
        await startAsking(page, client);
        const boxes = page.getByRole('checkbox');
        expect(await boxes.evaluateAll((all) => all.map((box) => (box as unknown as { checked: boolean }).checked))).toEqual([true, true]);
        await page.getByText('Delete contacts').click();
        expect(await page.getByLabel('Delete contacts').isChecked()).toBe(false);
        await allow(page);
        await isWelcome(page, client);
        expect(client.signIns.map((signIn) => signIn.scope)).toEqual(['read:contacts create:contacts']);
      });
    });

    it('is unticked, and ticked again, by a click on its box', async () => {
      await inWorld({ scripts, options }, async ({ page, client }) => {
        await startAsking(page, client);
        await page.getByLabel('Add contacts').click();
        await page.getByLabel('Delete contacts').click();
        await page.getByLabel('Delete contacts').click();
        await allow(page);
        await isWelcome(page, client);
        expect(client.signIns.map((signIn) => signIn.scope)).toEqual(['read:contacts delete:contacts']);
      });
    });

    it('is unticked by the keyboard', async () => {
      await inWorld({ scripts, options }, async ({ page, client }) => {
        await startAsking(page, client);
        const focused = page.locator(':focus');
        for (const name of ['Add contacts', 'Delete contacts']) {
          await page.getByRole('link', { name: 'Use another account' }).focus();
          do await page.keyboard.press('Tab');
          while ((await focused.getAttribute('value')) !== (await page.getByLabel(name).getAttribute('value')));
          await page.keyboard.press('Space');
          expect(await page.getByLabel(name).isChecked()).toBe(false);
        }
        for (const name of ['Deny', 'Allow']) {
          await page.keyboard.press('Tab');
          expect(await focused.textContent()).toBe(name);
        }
        await page.keyboard.press('Enter');
        await isWelcome(page, client);
        expect(client.signIns.map((signIn) => signIn.scope)).toEqual(['read:contacts']);
      });
    });

    it('is asked for later, alone, and then the client has it all', async () => {
      await inWorld({ scripts, options }, async ({ page, client }) => {
        await startAsking(page, client);
        await page.getByText('Delete contacts').click();
        await allow(page);
        await isWelcome(page, client);
        await page.goto(`${client.url}/start?${new URLSearchParams({ scope })}`);
        await sees(page, /Calendar would like/);
        expect(await page.getByRole('checkbox').count()).toBe(1);
        await allow(page);
        await isWelcome(page, client);
        expect(client.signIns.map((signIn) => signIn.scope)).toEqual(['read:contacts create:contacts', scope]);
      });
    });

    it('is left as the user had it when the form has to be sent once more', async () => {
      await inWorld({ scripts, options, complaints: [status(403, 'Forbidden')] }, async ({ page, client }) => {
        await startAsking(page, client);
        await page.getByText('Delete contacts').click();
        await page.context().clearCookies({ name: 'oauth_csrf' });
        await allow(page);
        await page.getByText('please send this form once more').waitFor();
        await allow(page);
        await isWelcome(page, client);
        expect(client.signIns.map((signIn) => signIn.scope)).toEqual(['read:contacts create:contacts']);
      });
    });

    it.each<readonly [string, Parameters<Page['emulateMedia']>[0]]>([
      ['light', { colorScheme: 'light' }],
      ['dark', { colorScheme: 'dark' }],
      ['colours of the user', { forcedColors: 'active' }],
    ])('has a box that is large enough, differs when it is ticked, and shows its focus: %s', async (_, media) => {
      await inWorld({ scripts, options }, async ({ page, client }) => {
        await startAsking(page, client);
        await page.emulateMedia({ ...media, reducedMotion: 'reduce' });
        const box = page.getByLabel('Add contacts');
        const target = await page.locator('label', { hasText: 'Add contacts' }).boundingBox();
        expect(Math.min(target?.width ?? 0, target?.height ?? 0)).toBeGreaterThanOrEqual(24);
        const looks = [];
        for (const key of ['', 'Space']) {
          await box.focus();
          if (key) await page.keyboard.press(key);
          await box.blur();
          looks.push(await box.screenshot());
        }
        expect(looks[0]?.equals(looks[1] as Buffer)).toBe(false);
        await page.getByRole('link', { name: 'Use another account' }).focus();
        await page.keyboard.press('Tab');
        expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
        expect(await box.evaluate((one) => one === one.ownerDocument.activeElement)).toBe(true);
      });
    });
  });

  it('the keyboard is enough', async () => {
    await inWorld({ scripts }, async ({ page, client }) => {
      await page.goto(client.url);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await sees(page, 'Sign in');
      await page.locator('#username:focus').waitFor();
      await page.keyboard.type(alice.username);
      await page.keyboard.press('Tab');
      await page.keyboard.type(alice.password);
      await page.keyboard.press('Enter');
      await sees(page, /Calendar would like/);
      for (const name of ['Use another account', 'Deny', 'Allow']) {
        await page.keyboard.press('Tab');
        expect(await page.locator(':focus').textContent()).toBe(name);
      }
      await page.keyboard.press('Space');
      await isWelcome(page, client);
    });
  });
});

describe('a screen', () => {
  it('lets an answer out to an app on the device, at a scheme of its own', async () => {
    await inWorld({}, async ({ page, client }) => {
      await page.goto(`${client.url}/start?redirect_uri=com.example.app:/callback`);
      await logIn(page);
      const asked = page.waitForRequest(/^com\.example\.app:/);
      await allow(page);
      expect((await asked).url()).toMatch(/^com\.example\.app:\/callback\?code=[^&]+&state=/);
    });
  });

  it('needs no helmet() in the host', async () => {
    await inWorld({ before: [] }, async ({ page, client }) => {
      await start(page, client);
      await logIn(page);
      await allow(page);
      await isWelcome(page, client);
    });
  });

  it.each([
    ['bare', []],
    ['one with helmet()', [helmet()]],
  ])('has its style, the host being %s', async (_, before) => {
    await inWorld({ before, options: { brand: { color: '#b00020' } } }, async ({ page, client }) => {
      await start(page, client);
      const color = await page.evaluate('getComputedStyle(document.querySelector("button.primary")).backgroundColor');
      expect(color).toBe('rgb(176, 0, 32)');
    });
  });
});

describe('a window of its own', () => {
  it('tells the page that has opened it, whatever helmet() says of openers', async () => {
    await inWorld({}, async ({ page, client }) => {
      await page.goto(`${client.url}/popup`);
      const opened = page.waitForEvent('popup');
      await page.getByRole('button', { name: 'Sign in' }).click();
      const popup = await opened;
      await logIn(popup);
      await allow(popup);
      await isWelcome(popup, client);
      await sees(page, 'Welcome, alice');
    });
  });
});

describe('two tabs that are opened at the very same time', () => {
  it('both come through, at worst with one more click', async () => {
    const { hold } = holdBack('GET', '/oauth/authorize', 2);
    await inWorld({ before: [helmet(), hold], complaints: [status(403, 'Forbidden')] }, async ({ page, client }) => {
      const other = await page.context().newPage();
      await Promise.all([start(page, client), start(other, client)]);
      for (const tab of [page, other]) {
        await logIn(tab);
        await tab
          .getByText(/once more|would like/)
          .first()
          .waitFor();
        if (await tab.getByText('once more').isVisible()) await logIn(tab);
        await sees(tab, /Calendar would like/);
      }
      await allow(page);
      await isWelcome(page, client);
      await allow(other);
      await isWelcome(other, client);
    });
  });
});
