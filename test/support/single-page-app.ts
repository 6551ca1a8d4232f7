/** A single-page app in Chromium, with a client library as it is published for browsers: one page at every path, on an origin of its own. */
import { fileURLToPath } from 'node:url';
import express from 'express';
import helmet from 'helmet';
import type { Page } from 'playwright-core';
import type { ClientOptions } from '../../lib/config/options/index.js';
import { withPage } from './browser.js';
import { type OAuthServer, serve, serveOAuth } from './origin.js';
import { profile, users } from './profiles.js';
import { logInAnd, press, sees } from './screens.js';
import { callApi } from './server.js';

export interface SinglePageAppOptions {
  /** The file of its package that browsers load, such as `oidc-client/dist/oidc-client.js`. */
  readonly library: string;
  /** The class in it, such as `Oidc.UserManager`, and its settings besides `authority`, `client_id` and `redirect_uri`. */
  readonly manager: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** How the client is registered besides `client_id` and `redirect_uris`. */
  readonly client: Partial<ClientOptions>;
  /** Left out: the app and the server are on https. */
  readonly secure?: boolean;
}

/** What both libraries call a user, as far as it is looked at. */
export interface AppUser {
  readonly access_token: string;
  readonly id_token: string;
  readonly refresh_token?: string;
  readonly profile: Record<string, unknown>;
}

export interface SinglePageApp {
  readonly page: Page;
  /** With the headers of helmet(), on another origin of the same site. */
  readonly server: OAuthServer;
  /** Signs in by a redirect, as a user who allows. */
  signIn(): Promise<AppUser>;
  user(): Promise<AppUser>;
  /** Calls the library's `signinSilent`. */
  renew(): Promise<AppUser>;
  /** The code of the error by which the library says that it could not. */
  failureToRenew(): Promise<string>;
  /** The server does not know the browser any more. */
  loseSession(): Promise<void>;
  apiAnswers(user: AppUser): Promise<unknown>;
}

/** Starts server, app and browser, and opens the app, which says who is signed in. */
export async function withSinglePageApp(options: SinglePageAppOptions, use: (app: SinglePageApp) => Promise<void>): Promise<void> {
  const { secure = true, library } = options;
  const app = express();
  const { url, close } = await serve(app, { secure });
  const client = { client_id: 'notes', client_name: 'Notes', redirect_uris: [`${url}/callback`], ...options.client };
  const server = await serveOAuth({ clients: [client], users }, { secure, before: [helmet()] });
  const settings = { authority: server.issuer, client_id: 'notes', redirect_uri: `${url}/callback`, ...options.settings };
  const file = fileURLToPath(new URL(`../../node_modules/${library}`, import.meta.url));
  app.get('/library.js', (_req, res) => res.sendFile(file));
  app.use((_req, res) => void res.send(pageOf(`new ${options.manager}(${JSON.stringify(settings)})`)));
  try {
    await withPage({ ignoreHTTPSErrors: true }, async (page) => {
      await page.goto(url);
      await sees(page, 'Hello, stranger');
      await use(actionsOn(page, server));
    });
  } finally {
    await close();
    await server.close();
  }
}

/** Where the library is called back, in the page, a popup or a frame, it is left to the library what to do. */
function pageOf(manager: string): string {
  return `<!doctype html><html lang="en"><title>Notes</title><link rel="icon" href="data:,">
    <h1>One moment</h1>
    <button onclick="manager.signinRedirect()">Redirect</button>
    <button onclick="manager.signinPopup().then(show, fail)">Popup</button>
    <script src="/library.js"></script>
    <script>
      const manager = ${manager};
      const say = (text) => { document.querySelector('h1').textContent = text; };
      const show = (user) => say(user ? 'Hello, ' + user.profile.name : 'Hello, stranger');
      const fail = ({ error, message }) => say('Not signed in: ' + (error ?? message));
      if (location.pathname === '/callback') manager.signinCallback().then(show, fail);
      else manager.getUser().then(show, fail);
    </script></html>`;
}

function actionsOn(page: Page, server: OAuthServer): SinglePageApp {
  const user = () => page.evaluate<AppUser>('manager.getUser()');
  return {
    page,
    server,
    user,
    async signIn() {
      await press(page, 'Redirect');
      await logInAnd(page, 'Allow');
      await sees(page, `Hello, ${profile.name}`);
      return user();
    },
    renew: () => page.evaluate<AppUser>('manager.signinSilent()'),
    failureToRenew: () => page.evaluate('manager.signinSilent().then(() => "renewed", ({ error, message }) => error ?? message)'),
    loseSession: () => page.context().clearCookies({ name: /oauth_session$/ }),
    apiAnswers: async ({ access_token }) => (await callApi(server.url, access_token)).json(),
  };
}
