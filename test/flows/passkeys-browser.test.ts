/** Passkeys in a real browser, with an authenticator of its own. WebAuthn Level 3 sections 5.1, 7 and 11. */
import { describe, expect, it } from '@jest/globals';
import helmet from 'helmet';
import type { CDPSession, Page } from 'playwright-core';
import type { OAuthRouterOptions } from '../../lib/config/options/index.js';
import type { OAuthEvent } from '../../lib/index.js';
import { type PageOptions, withPage } from '../support/browser.js';
import { type Host, type LayOut, withHost } from '../support/host.js';
import { logIn, press, sees } from '../support/screens.js';
import { authorizeUrl, pkce } from '../support/server.js';

interface World {
  readonly host: Host;
  readonly page: Page;
  /** What the router told. */
  readonly events: readonly OAuthEvent[];
  readonly device: Device;
}

/** The authenticator that is built into the browser's device: the user is always there, and shows who they are. */
interface Device {
  /** How many passkeys it has. */
  count(): Promise<number>;
  /** Whether the user shows who they are. */
  verify(isUserVerified: boolean): Promise<void>;
  /** Whether the user touches it at once when it is asked. */
  attend(isPresent: boolean): Promise<void>;
}

async function plugIn(page: Page): Promise<Device> {
  const cdp: CDPSession = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    count: async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length,
    verify: async (isUserVerified) => void (await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })),
    attend: async (enabled) => void (await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled })),
  };
}

async function inBrowser(
  use: (world: World) => Promise<void>,
  { pageOptions = {}, options = {} }: { pageOptions?: PageOptions; options?: Partial<OAuthRouterOptions> } = {},
): Promise<void> {
  const layOut: LayOut = (app, oauth) => void app.use('/', helmet(), oauth);
  await withHost({ options: { passkeys: true, ...options }, layOut }, async (host) => {
    const events: OAuthEvent[] = [];
    host.oauth.on('*', (event) => void events.push(event));
    await withPage(pageOptions, async (page) => {
      page.setDefaultTimeout(10_000);
      const complaints: string[] = [];
      page.on('console', (message) => void (/Content Security Policy|Refused/i.test(message.text()) && complaints.push(message.text())));
      page.on('pageerror', (error) => void complaints.push(String(error)));
      await page.route('https://client.example.com/**', (route) => route.fulfill({ body: 'The client' }));
      await use({ host, page, events, device: await plugIn(page) });
      expect(complaints).toEqual([]);
    });
    expect(host.errors).toEqual([]);
  });
}

/** A client sends the user here. */
async function start(page: Page, { url }: Host): Promise<void> {
  await page.goto(authorizeUrl(url, pkce().code_challenge));
}

async function signOut(page: Page, { url }: Host): Promise<void> {
  await page.goto(`${url}/oauth/sign-out`);
  await press(page, 'Sign out');
  await sees(page, 'You are signed out');
}

/** Signs in with the password, and takes what is offered. */
async function enrol(page: Page, host: Host): Promise<void> {
  await start(page, host);
  await logIn(page);
  await sees(page, 'Sign in faster next time');
  await press(page, 'Create a passkey');
  await sees(page, /would like to use/);
}

/** Else the authenticator would take at once what the browser offers in the field for the user name. */
async function onLogin(page: Page, host: Host, device: Device): Promise<void> {
  await device.attend(false);
  await start(page, host);
  await sees(page, 'Sign in');
}

/** The authenticator answers what begins from now on. */
async function pressPasskey(page: Page, device: Device): Promise<void> {
  await device.attend(true);
  await press(page, 'Sign in with a passkey');
}

describe('a user with a password', () => {
  it('makes the passkey that is offered after the sign-in, and goes on to where they were going', async () => {
    await inBrowser(async ({ host, page, device, events }) => {
      await enrol(page, host);
      expect(await device.count()).toBe(1);
      expect(events.filter(({ name }) => name === 'passkey.added')).toMatchObject([{ sub: 'alice' }]);
      await press(page, 'Allow');
      await page.waitForURL('https://client.example.com/callback?code=*');
    });
  });

  it('says "Not now", goes on, and is not asked again for 30 days', async () => {
    await inBrowser(async ({ host, page, device }) => {
      await start(page, host);
      await logIn(page);
      await sees(page, 'Sign in faster next time');
      await press(page, 'Not now');
      await sees(page, /would like to use/);
      await signOut(page, host);
      await start(page, host);
      await logIn(page);
      await sees(page, /would like to use/);
      await signOut(page, host);
      host.sleep(30 * 86_400);
      await start(page, host);
      await logIn(page);
      await sees(page, 'Sign in faster next time');
      expect(await device.count()).toBe(0);
    });
  });

  it('is told if no passkey was made, and goes on without', async () => {
    await inBrowser(async ({ host, page, device }) => {
      await start(page, host);
      await logIn(page);
      await device.verify(false);
      await press(page, 'Create a passkey');
      await page.getByRole('alert').getByText('No passkey was created.').waitFor();
      await press(page, 'Not now');
      await sees(page, /would like to use/);
    });
  });

  it('without JavaScript signs in as ever, and is offered no passkey', async () => {
    const pageOptions = { javaScriptEnabled: false };
    await inBrowser(
      async ({ host, page }) => {
        await start(page, host);
        expect(await page.getByRole('button', { name: 'Sign in with a passkey' }).count()).toBe(0);
        await logIn(page);
        await sees(page, /would like to use/);
      },
      { pageOptions },
    );
  });

  it('is offered nothing where the host does not wish it', async () => {
    await inBrowser(
      async ({ host, page }) => {
        await start(page, host);
        await logIn(page);
        await sees(page, /would like to use/);
      },
      { options: { passkeys: { offer: false } } },
    );
  });

  it('sees no button and no offer, where the browser has no passkeys', async () => {
    await inBrowser(async ({ host, page }) => {
      await page.addInitScript('delete globalThis.PublicKeyCredential');
      await start(page, host);
      await sees(page, 'Sign in');
      expect(await page.locator('[data-passkey]:visible').count()).toBe(0);
      await logIn(page);
      await sees(page, /would like to use/);
    });
  });

  it('sees no offer, where the browser has passkeys, but nowhere to make one', async () => {
    await inBrowser(async ({ host, page }) => {
      await page.addInitScript(`
        PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable = async () => false;
        PublicKeyCredential.getClientCapabilities = async () => ({ conditionalGet: true, hybridTransport: false });
      `);
      await start(page, host);
      await logIn(page);
      await sees(page, /would like to use/);
    });
  });

  it.each([
    ['by this device, which a browser of before can tell as well', 'delete PublicKeyCredential.getClientCapabilities'],
    [
      'by a phone nearby',
      `PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable = async () => false;
       PublicKeyCredential.getClientCapabilities = async () => ({ hybridTransport: true });`,
    ],
  ])('is offered one %s', async (_, script) => {
    await inBrowser(async ({ host, page }) => {
      await page.addInitScript(script);
      await start(page, host);
      await logIn(page);
      await sees(page, 'Sign in faster next time');
    });
  });
});

describe('a user with a passkey', () => {
  it('signs in by the button, without name and password, and is offered no other', async () => {
    await inBrowser(async ({ host, page, device, events }) => {
      await enrol(page, host);
      await signOut(page, host);
      await onLogin(page, host, device);
      await pressPasskey(page, device);
      await sees(page, /would like to use/);
      await page.getByText('Alice').first().waitFor();
      expect(events.filter(({ name }) => name === 'login.succeeded')).toMatchObject([
        { via: 'login page' },
        { sub: 'alice', via: 'passkey' },
      ]);
    });
  });

  it('signs in by what the browser offers in the field for the user name', async () => {
    await inBrowser(async ({ host, page, device }) => {
      await enrol(page, host);
      await signOut(page, host);
      await device.attend(true);
      await start(page, host);
      await sees(page, /would like to use/); // nothing was typed or pressed: the authenticator takes the first offer
    });
  });

  it.each(['parseRequestOptionsFromJSON', 'all'])('signs in with a browser that has no JSON for it: %s', async (lacking) => {
    await inBrowser(async ({ host, page, device }) => {
      const statics = ['parseRequestOptionsFromJSON', 'parseCreationOptionsFromJSON'];
      const script = statics.map((name) => `delete PublicKeyCredential.${name};`).join('');
      await page.addInitScript(lacking === 'all' ? `${script} delete PublicKeyCredential.prototype.toJSON;` : script);
      await enrol(page, host);
      await signOut(page, host);
      await onLogin(page, host, device);
      await pressPasskey(page, device);
      await sees(page, /would like to use/);
    });
  });

  it('who gives up stays on the page, and signs in with the password', async () => {
    await inBrowser(async ({ host, page, device }) => {
      await enrol(page, host);
      await signOut(page, host);
      await onLogin(page, host, device);
      await page.getByLabel('Username').fill('alice');
      await device.verify(false);
      await pressPasskey(page, device);
      await page.waitForTimeout(500);
      await sees(page, 'Sign in');
      await page.getByLabel('Password', { exact: true }).fill('correct horse');
      await press(page, 'Sign in');
      await sees(page, /would like to use/);
    });
  });

  it('removes it on the page of passkeys, and the browser forgets it', async () => {
    await inBrowser(async ({ host, page, device }) => {
      await enrol(page, host);
      await page.goto(`${host.url}/oauth/passkeys`);
      await page.getByRole('button', { name: /^Remove Passkey of \d+ \w+ \d+$/ }).click();
      await page.getByRole('status').getByText('The passkey was removed.').waitFor();
      while ((await device.count()) > 0) await page.waitForTimeout(50);
    });
  });

  it('removes it on the page of passkeys; it signs in nobody any more, and the login says so', async () => {
    await inBrowser(async ({ host, page, device, events }) => {
      await page.addInitScript('delete PublicKeyCredential.signalUnknownCredential'); // a browser that goes on to offer it
      await enrol(page, host);
      await page.goto(`${host.url}/oauth/apps`);
      await page.getByRole('link', { name: 'Passkeys' }).click();
      await sees(page, 'Your passkeys');
      await page.getByRole('button', { name: /^Remove Passkey of \d+ \w+ \d+$/ }).click();
      await page.getByRole('status').getByText('The passkey was removed.').waitFor();
      await page.getByText('You have no passkeys yet.').waitFor();
      expect(events.filter(({ name }) => name === 'passkey.removed')).toMatchObject([{ sub: 'alice' }]);
      await signOut(page, host);
      await onLogin(page, host, device);
      const sent = page.waitForRequest((request) => request.method() === 'POST');
      await pressPasskey(page, device);
      await sent;
      await device.attend(false); // else it would answer the page that follows, and the one after that
      await page.getByRole('alert').getByText('This passkey was not accepted.').waitFor();
      expect(events.at(-1)).toMatchObject({ name: 'login.failed', via: 'passkey' });
    });
  });

  it('adds one on the page, once on each device', async () => {
    await inBrowser(
      async ({ host, page, device }) => {
        await page.goto(`${host.url}/oauth/passkeys`);
        await page.getByText('to manage your passkeys').waitFor();
        await logIn(page);
        await sees(page, 'Your passkeys');
        await press(page, 'Add a passkey');
        await page.getByRole('status').getByText('The passkey was added.').waitFor();
        expect([await device.count(), await page.getByRole('region').count()]).toEqual([1, 1]);
        await press(page, 'Add a passkey');
        await page.getByRole('alert').getByText('This device already has a passkey for this account.').waitFor();
        expect([await device.count(), await page.getByText('No passkey was created.').isVisible()]).toEqual([1, false]);
      },
      { options: { passkeys: { offer: false } } },
    );
  });
});

describe('a passkey that was made too late', () => {
  it('is forgotten by the browser, and the user is told', async () => {
    await inBrowser(
      async ({ host, page, device }) => {
        await page.goto(`${host.url}/oauth/passkeys`);
        await logIn(page);
        await sees(page, 'Your passkeys');
        host.sleep(600);
        await page.route('**/oauth/passkeys', async (route) => {
          await device.attend(false); // else it would sign in at once on the page that follows
          await route.continue();
        });
        await press(page, 'Add a passkey');
        await page.getByRole('alert').getByText('No passkey was created. Please try again.').waitFor();
        while ((await device.count()) > 0) await page.waitForTimeout(50);
      },
      { options: { passkeys: { offer: false } } },
    );
  });
});

describe('the pages', () => {
  it.each([320, 390])('fit a phone of %i pixels, without scrolling sideways', async (width) => {
    await inBrowser(
      async ({ host, page }) => {
        const measure = () => page.evaluate('document.documentElement.scrollWidth');
        await start(page, host);
        await sees(page, 'Sign in');
        expect(await measure()).toBe(width);
        await logIn(page);
        await sees(page, 'Sign in faster next time');
        expect(await measure()).toBe(width);
        await press(page, 'Create a passkey');
        await sees(page, /would like to use/);
        await page.goto(`${host.url}/oauth/passkeys`);
        await sees(page, 'Your passkeys');
        expect(await measure()).toBe(width);
      },
      { pageOptions: { viewport: { width, height: 568 } } },
    );
  });
});
