/** oidc-client 1.x in Chromium: a single-page app of the years before PKCE, by the implicit flow, as its wiki has it. */
import { describe, expect, it } from '@jest/globals';
import { profile } from '../support/profiles.js';
import { logInAnd, press, sees } from '../support/screens.js';
import { type SinglePageApp, withSinglePageApp } from '../support/single-page-app.js';

const options = {
  library: 'oidc-client/dist/oidc-client.js',
  manager: 'Oidc.UserManager',
  settings: { response_type: 'id_token token', scope: 'openid profile email read:contacts', silentRequestTimeout: 5000 },
  client: { response_types: ['id_token token'], grant_types: ['implicit'] },
};
const byIdTokenAlone = {
  ...options,
  settings: { response_type: 'id_token', scope: 'openid profile email', loadUserInfo: false },
  client: { response_types: ['id_token'], grant_types: ['implicit'] },
};

const inApp = (use: (app: SinglePageApp) => Promise<void>) => () => withSinglePageApp(options, use);

const contacts = { sub: 'alice', clientId: 'notes' };

it(
  'signs a user in, with the claims of userinfo, who may call the API',
  inApp(async ({ signIn, apiAnswers }) => {
    const user = await signIn();
    expect(user.profile).toMatchObject(profile);
    expect(user.refresh_token).toBeUndefined();
    expect(await apiAnswers(user)).toEqual(contacts);
  }),
);

it('signs a user in by an ID token alone, which has the claims', async () => {
  await withSinglePageApp(byIdTokenAlone, async ({ signIn }) => {
    expect((await signIn()).profile).toMatchObject(profile);
  });
});

it(
  'signs a user in in a popup, which needs its opener to the end',
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
  'is switched on for the client that names it, and one warning at start says so',
  inApp(async ({ server }) => {
    const metadata = await (await fetch(`${server.url}/.well-known/openid-configuration`)).json();
    expect(metadata).toMatchObject({
      response_types_supported: ['code', 'id_token token'],
      grant_types_supported: expect.arrayContaining(['implicit']),
    });
    expect(server.warnings.filter((warning) => warning.includes('notes'))).toEqual([
      expect.stringMatching(/^The client notes may use the grant implicit\. /),
    ]);
  }),
);

describe('silently it', () => {
  it(
    'renews in a hidden frame, by the session of the server and the ID token that it has',
    inApp(async ({ page, signIn, renew, apiAnswers }) => {
      const user = await signIn();
      const asked = page.waitForRequest(/\/oauth\/authorize\?/);
      const renewed = await renew();
      expect(Object.fromEntries(new URL((await asked).url()).searchParams)).toMatchObject({ prompt: 'none', id_token_hint: user.id_token });
      expect(renewed.access_token).not.toBe(user.access_token);
      expect(renewed.profile).toMatchObject(profile);
      expect(await apiAnswers(renewed)).toEqual(contacts);
    }),
  );

  it(
    'is told in the hidden frame that the user has to sign in again',
    inApp(async ({ signIn, loseSession, failureToRenew }) => {
      await signIn();
      await loseSession();
      expect(await failureToRenew()).toBe('login_required');
    }),
  );
});

it(
  'is told that the user said no',
  inApp(async ({ page }) => {
    await press(page, 'Redirect');
    await logInAnd(page, 'Deny');
    await sees(page, 'Not signed in: access_denied');
  }),
);
