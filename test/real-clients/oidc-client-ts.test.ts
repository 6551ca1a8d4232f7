/** oidc-client-ts in Chromium: a single-page app that signs its users in by code with PKCE, as its documentation has it. */
import { describe, expect, it } from '@jest/globals';
import { profile } from '../support/profiles.js';
import { logInAnd, press, sees } from '../support/screens.js';
import { type SinglePageApp, withSinglePageApp } from '../support/single-page-app.js';

const options = {
  library: 'oidc-client-ts/dist/browser/oidc-client-ts.js',
  manager: 'oidc.UserManager',
  settings: { scope: 'openid profile email read:contacts', loadUserInfo: true, silentRequestTimeoutInSeconds: 5 },
  client: {},
};
const withoutRefresh = { ...options, client: { grant_types: ['authorization_code'] } };

type Test = (app: SinglePageApp) => Promise<void>;
const inApp = (use: Test) => () => withSinglePageApp(options, use);
const inAppWithoutRefresh = (use: Test) => () => withSinglePageApp(withoutRefresh, use);
const onLocalhost = (use: Test) => () => withSinglePageApp({ ...withoutRefresh, secure: false }, use);

const contacts = { sub: 'alice', clientId: 'notes' };

it(
  'signs a user in, with the claims of userinfo, who may call the API',
  inApp(async ({ server, signIn, apiAnswers }) => {
    const user = await signIn();
    expect(user.profile).toMatchObject({ iss: server.issuer, aud: 'notes', ...profile });
    expect(await apiAnswers(user)).toEqual(contacts);
  }),
);

it(
  'signs a user in in a popup, which closes by itself',
  inApp(async ({ page, user, apiAnswers }) => {
    const opened = page.waitForEvent('popup');
    await press(page, 'Popup');
    const popup = await opened;
    const closed = popup.waitForEvent('close');
    await logInAnd(popup, 'Allow');
    await closed;
    await sees(page, `Hello, ${profile.name}`);
    expect(await apiAnswers(await user())).toEqual(contacts);
  }),
);

it(
  'forgets a user who signs out of the app alone; coming back takes no question',
  inApp(async ({ page, signIn }) => {
    await signIn();
    await page.evaluate('manager.removeUser()');
    await page.goto(new URL('/', page.url()).href);
    await sees(page, 'Hello, stranger');
    await press(page, 'Redirect');
    await sees(page, `Hello, ${profile.name}`);
  }),
);

describe('silently it', () => {
  it(
    'renews by its refresh token',
    inApp(async ({ signIn, loseSession, renew, apiAnswers }) => {
      const user = await signIn();
      await loseSession();
      const renewed = await renew();
      expect(renewed.refresh_token).not.toBe(user.refresh_token);
      expect(renewed.profile).toMatchObject({ sub: 'alice', sid: user.profile.sid });
      expect(await apiAnswers(renewed)).toEqual(contacts);
    }),
  );

  it(
    'renews in a hidden frame, by the session of the server',
    inAppWithoutRefresh(async ({ signIn, renew, apiAnswers }) => {
      const user = await signIn();
      expect(user.refresh_token).toBeUndefined();
      const renewed = await renew();
      expect(renewed.id_token).not.toBe(user.id_token);
      expect(renewed.profile).toMatchObject({ sub: 'alice', sid: user.profile.sid });
      expect(await apiAnswers(renewed)).toEqual(contacts);
    }),
  );

  it(
    'is told in the hidden frame that the user has to sign in again',
    inAppWithoutRefresh(async ({ signIn, loseSession, failureToRenew }) => {
      await signIn();
      await loseSession();
      expect(await failureToRenew()).toBe('login_required');
    }),
  );

  it(
    'is told on http://localhost, where any program could be in its place, that the user has to give leave each time',
    onLocalhost(async ({ signIn, failureToRenew }) => {
      await signIn();
      expect(await failureToRenew()).toBe('consent_required');
    }),
  );
});

describe('that the user said no, it is told', () => {
  it(
    'after a redirect',
    inApp(async ({ page }) => {
      await press(page, 'Redirect');
      await logInAnd(page, 'Deny');
      await sees(page, 'Not signed in: access_denied');
    }),
  );

  it(
    'by a popup',
    inApp(async ({ page }) => {
      const opened = page.waitForEvent('popup');
      await press(page, 'Popup');
      await logInAnd(await opened, 'Deny');
      await sees(page, 'Not signed in: access_denied');
    }),
  );
});
