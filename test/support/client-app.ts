/** A web app that signs its users in at an authorization server: openid-client, on an origin of its own. */
import { createServer } from 'node:http';
import express, { type Response } from 'express';
import * as client from 'openid-client';
import { listen, web } from './server.js';

export interface ClientApp {
  /** On another site than the server: an address instead of `localhost`. */
  readonly url: string;
  /** A third origin, where the callback leads on to. */
  readonly home: string;
  /** The codes that came, each with the user whom it was good for, and what was granted. */
  readonly signIns: readonly { readonly code: string; readonly sub: string; readonly scope?: string | undefined }[];
  close(): Promise<void>;
}

/** Where the app may be called back, on whatever port. */
export const clientApp = {
  ...web,
  client_name: 'Calendar',
  redirect_uris: ['http://127.0.0.1/callback', 'com.example.app:/callback'],
};

/** Starts it: `/` signs in by a link, `/post` by a form, `/popup` in a window of its own. */
export async function startClientApp(issuer: string, api: string): Promise<ClientApp> {
  const config = await client.discovery(new URL(issuer), web.client_id, undefined, client.ClientSecretPost(web.client_secret), {
    algorithm: 'oauth2',
    execute: [client.allowInsecureRequests],
  });
  const app = express();
  const pages = express();
  const listeners = [createServer(app), createServer(pages)] as const;
  const url = (await listen(listeners[0])).replace('localhost', '127.0.0.1');
  const home = await listen(listeners[1]);
  const signIns: { code: string; sub: string; scope: string | undefined }[] = [];
  const verifiers = new Map<string, string>();

  async function authorizationUrl(parameters: Record<string, string>): Promise<URL> {
    const state = client.randomState();
    const verifier = client.randomPKCECodeVerifier();
    verifiers.set(state, verifier);
    const code_challenge = await client.calculatePKCECodeChallenge(verifier);
    const redirect_uri = `${url}/callback`;
    const all = { redirect_uri, scope: 'read:contacts', state, code_challenge, code_challenge_method: 'S256', ...parameters };
    return client.buildAuthorizationUrl(config, all);
  }

  app.get('/', (_req, res) => show(res, 'Calendar', '<a href="/start">Sign in</a>'));
  app.get('/start', async (req, res) => res.redirect((await authorizationUrl(req.query as Record<string, string>)).href));

  app.get('/post', async (_req, res) => {
    const { origin, pathname, searchParams } = await authorizationUrl({});
    const inputs = [...searchParams].map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`).join('');
    show(res, 'Calendar', `<form method="post" action="${origin}${pathname}">${inputs}<button>Sign in</button></form>`);
  });

  app.get('/popup', (_req, res) => {
    const script = `document.querySelector('button').onclick = () => window.open('/start');
      addEventListener('message', ({ data }) => { document.querySelector('h1').textContent = data; });`;
    show(res, 'Calendar', `<button>Sign in</button><script>${script}</script>`);
  });

  app.get('/callback', async (req, res) => {
    const currentUrl = new URL(req.originalUrl, url);
    const state = currentUrl.searchParams.get('state') ?? '';
    try {
      const checks = { expectedState: state, pkceCodeVerifier: verifiers.get(state) ?? '' };
      const { access_token, scope } = await client.authorizationCodeGrant(config, currentUrl, checks);
      const answer = await client.fetchProtectedResource(config, access_token, new URL(api), 'GET');
      const { sub } = (await answer.json()) as { sub: string };
      signIns.push({ code: currentUrl.searchParams.get('code') ?? '', sub, scope });
      res.redirect(`${home}/?${new URLSearchParams({ sub })}`);
    } catch (error) {
      if (error instanceof client.AuthorizationResponseError) show(res, `Not signed in: ${error.error}`);
      else res.status(500).send(String(error));
    }
  });

  pages.get('/', (req, res) => {
    const greeting = `Welcome, ${req.query.sub}`;
    show(res, greeting, `<script>window.opener?.postMessage('${greeting}', '${url}')</script>`);
  });

  return {
    url,
    home,
    signIns,
    close: async () => {
      for (const listener of listeners) {
        listener.closeAllConnections();
        await new Promise((closed) => listener.close(closed));
      }
    },
  };
}

function show(res: Response, title: string, body = ''): void {
  const icon = '<link rel="icon" href="data:,">';
  res.send(`<!doctype html><html lang="en"><title>${title}</title>${icon}<h1>${title}</h1>${body}</html>`);
}
