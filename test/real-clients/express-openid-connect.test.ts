/** express-openid-connect in Chromium, as its readme has it: an Express app on https, all of whose pages ask for a login. */
import { describe, expect, it } from '@jest/globals';
import helmet from 'helmet';
import type { Page } from 'playwright-core';
import { withPage } from '../support/browser.js';
import { type Order, startOpenidConnectApp } from '../support/openid-connect-app.js';
import { serveOAuth } from '../support/origin.js';
import { profile, users } from '../support/profiles.js';
import { logInAnd } from '../support/screens.js';

const clientSecret = 'the secret of a real client';
const scope = 'openid profile email read:contacts';

/** What the app sets besides URLs and its `clientID`. */
type Settings = Pick<Order['settings'], 'clientSecret' | 'authorizationParams'>;

/** A browser before the app, whose server sends the headers of helmet() and is on another site: http and https are two. */
async function atApp(settings: Settings, use: (page: Page, app: string) => Promise<void>): Promise<void> {
  const app = await startOpenidConnectApp();
  const client = {
    client_id: 'app',
    redirect_uris: [`${app.url}/callback`],
    response_types: [settings.authorizationParams?.response_type ?? 'id_token'],
    ...(settings.clientSecret !== undefined && { client_secret: settings.clientSecret }),
  };
  const server = await serveOAuth({ clients: [client], users }, { before: [helmet()] });
  try {
    await app.configure({ settings: { issuerBaseURL: server.issuer, clientID: 'app', ...settings }, api: `${server.url}/api/contacts` });
    await withPage({ ignoreHTTPSErrors: true }, async (page) => {
      await page.goto(app.url);
      await use(page, app.url);
    });
  } finally {
    await app.close();
    await server.close();
  }
}

/** What the app says when the user is back. */
async function saidBy(app: string, page: Page): Promise<unknown> {
  await page.waitForURL((url) => url.origin === app);
  return JSON.parse((await page.locator('body').textContent()) ?? '');
}

describe.each<[string, Settings]>([
  ['by its default, id_token by form_post', {}],
  ['by code', { clientSecret, authorizationParams: { response_type: 'code', scope } }],
  ['by code, by form_post', { clientSecret, authorizationParams: { response_type: 'code', response_mode: 'form_post', scope } }],
  ['by code id_token', { clientSecret, authorizationParams: { response_type: 'code id_token', scope } }],
])('%s', (_, settings) => {
  it('it signs a user in', async () => {
    await atApp(settings, async (page, app) => {
      await logInAnd(page, 'Allow');
      const user = { sub: 'alice', sid: expect.any(String), amr: ['pwd'] };
      const byToken = { user, userinfo: profile, contacts: { sub: 'alice', clientId: 'app' } };
      expect(await saidBy(app, page)).toMatchObject(settings.clientSecret === undefined ? { user: { ...profile, ...user } } : byToken);
    });
  });

  it('it is told that the user said no', async () => {
    await atApp(settings, async (page, app) => {
      await logInAnd(page, 'Deny');
      expect(await saidBy(app, page)).toEqual({ error: 'access_denied', error_description: 'The user said no.' });
    });
  });
});
