/** A real Express app with an oauthRouter in it, on a free port, and what a test does with it. */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express, type RequestHandler } from 'express';
import type { ClientOptions, OAuthRouterOptions } from '../../lib/config/options/index.js';
import { systemClock } from '../../lib/platform/clock.js';
import { systemRandom } from '../../lib/platform/random.js';
import { createRouter, type OAuthRouter } from '../../lib/router.js';
import { Agent, formField } from './agent.js';

export const api = 'https://api.example.com/contacts';
export const secret = 'a test secret of more than 32 characters';
export const web = {
  client_id: 'web',
  client_secret: 'the secret of the web client',
  redirect_uris: ['https://client.example.com/callback'],
};
export const spa = {
  client_id: 'spa',
  client_name: 'Notes',
  redirect_uris: ['https://spa.example.com/callback', 'https://spa.example.com/other'],
};
export const native = { client_id: 'native', redirect_uris: ['http://127.0.0.1/callback', 'com.example.app:/callback'] };
export const alice = { username: 'alice', password: 'correct horse' };

export interface TestServerOptions {
  /** Over the defaults of `testOptions`. */
  readonly options?: Partial<OAuthRouterOptions>;
  /** Those that name the URL of the server itself. */
  readonly optionsAt?: (url: string) => Partial<OAuthRouterOptions>;
  /** What stands in front of the router. */
  readonly before?: readonly RequestHandler[];
  /** Where the router is mounted. */
  readonly prefix?: string;
  /** What the issuer has behind its host. */
  readonly issuerPath?: string;
  /** Whether time stands still but for `sleep`. Left out: it does, so that nothing depends on how busy the machine is. */
  readonly frozen?: boolean;
  /** When that is, in seconds since 1970; left out: the time at which the server starts. */
  readonly at?: number;
  /** The Express to use; left out: 5. */
  readonly app?: Express;
}

/** Options that work, for an issuer on this port. */
export function testOptions(issuer: string): OAuthRouterOptions & { readonly clients: readonly ClientOptions[] } {
  return {
    issuer,
    secrets: [secret],
    clients: [web, spa, native],
    users: {
      authenticate: ({ username, password }) => users.get(username)?.password === password && { id: username, name: nameOf(username) },
    },
    apis: {
      [api]: {
        name: 'Contacts',
        scopes: { 'read:contacts': 'See your contacts', 'create:contacts': 'Add contacts' },
        defaultScopes: ['read:contacts'],
      },
    },
    log: { warn: () => {}, error: (message, cause) => console.error(message, cause) },
  };
}

const users = new Map([
  ['alice', { password: alice.password }],
  ['bob', { password: 'battery staple' }],
]);

function nameOf(username: string): string {
  return `${username[0]?.toUpperCase()}${username.slice(1)}`;
}

export interface TestServer {
  readonly url: string;
  readonly oauth: OAuthRouter;
  readonly app: Express;
  /** What the clock of the server says, in seconds since 1970. */
  now(): number;
  /** Moves it on. */
  sleep(seconds: number): void;
  close(): Promise<void>;
}

/** Starts it; the API is at `/api/contacts`, the host's own page at `/`. */
export async function testServer({
  options = {},
  optionsAt = () => ({}),
  before = [],
  prefix = '/',
  issuerPath = '',
  frozen = true,
  at = systemClock(),
  app = express(),
}: TestServerOptions = {}): Promise<TestServer> {
  let ahead = 0;
  const listener = createServer(app);
  listener.keepAliveTimeout = 60_000; // on a busy machine a connection must not end while the next request is on its way
  const url = await listen(listener);
  const clock = () => (frozen ? at : systemClock()) + ahead;
  const platform = { clock, random: systemRandom };
  const oauth = createRouter({ ...testOptions(`${url}${issuerPath}`), ...options, ...optionsAt(url) }, platform);
  for (const middleware of before) app.use(middleware);
  app.use(prefix, oauth);
  app.get('/', (_req, res) => void res.send('The host itself'));
  app.get(
    '/api/contacts',
    oauth.protect('read:contacts'),
    (req, res) => void res.json({ sub: req.auth?.sub, clientId: req.auth?.clientId }),
  );
  app.post('/api/contacts', oauth.protect('create:contacts'), (_req, res) => void res.status(201).end());
  return {
    url,
    oauth,
    app,
    now: clock,
    sleep: (seconds) => {
      ahead += seconds;
    },
    close: async () => {
      listener.closeAllConnections();
      await new Promise((closed) => listener.close(closed));
      await oauth.close();
    },
  };
}

export async function listen(listener: Server): Promise<string> {
  await new Promise<void>((listening) => listener.listen(0, '127.0.0.1', listening));
  return `http://localhost:${(listener.address() as AddressInfo).port}`;
}

/** A pair for PKCE. */
export function pkce(): { code_verifier: string; code_challenge: string } {
  const code_verifier = randomBytes(32).toString('base64url');
  return { code_verifier, code_challenge: createHash('sha256').update(code_verifier).digest('base64url') };
}

/** A good request of the client `web`; `undefined` takes a parameter out. */
export function authorizeUrl(url: string, code_challenge: string, parameters: Readonly<Record<string, string | undefined>> = {}): string {
  const all = {
    client_id: 'web',
    response_type: 'code',
    redirect_uri: 'https://client.example.com/callback',
    scope: 'read:contacts',
    state: 'a state',
    code_challenge,
    code_challenge_method: 'S256',
    ...parameters,
  };
  return `${url}/oauth/authorize?${form(all)}`;
}

/** Form-encodes what is not `undefined`. */
export function form(parameters: Readonly<Record<string, string | undefined>>): URLSearchParams {
  const present = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new URLSearchParams(present);
}

/** The user's part, from the authorization request to the redirect back to the client: logs in and allows where asked. */
export async function walk(
  agent: Agent,
  start: string,
  { username, password }: { username: string; password: string } = alice,
): Promise<URL> {
  let answer = await agent.get(start);
  for (let pages = 0; pages < 10; pages += 1) {
    const location = answer.headers.get('location');
    if (location && !location.startsWith('/')) return new URL(location);
    if (location) {
      answer = await agent.get(location);
      continue;
    }
    const html = await answer.text();
    const ticket = formField(html, 'ticket');
    const _csrf = formField(html, '_csrf');
    if (html.includes('name="password"')) answer = await agent.post('/oauth/login', { ticket, _csrf, username, password });
    else if (html.includes('name="decision"')) answer = await agent.post('/oauth/consent', { ticket, _csrf, decision: 'allow' });
    else throw new Error(`An unexpected page, ${answer.status}: ${html}`);
  }
  throw new Error('The walk goes in circles.');
}

export interface TokenAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, string>;
}

/** Posts to the token endpoint; as the client `web`, unless `parameters` or `headers` say who it is. */
export async function token(
  url: string,
  parameters: Readonly<Record<string, string | undefined>>,
  headers: Record<string, string> = {},
): Promise<TokenAnswer> {
  const asWeb =
    'client_id' in parameters || 'Authorization' in headers ? {} : { client_id: web.client_id, client_secret: web.client_secret };
  const answer = await fetch(`${url}/oauth/token`, { method: 'POST', headers, body: form({ ...asWeb, ...parameters }) });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, string> };
}

/** A code that is ready to be redeemed, with its verifier. */
export async function freshCode(url: string, parameters: Readonly<Record<string, string | undefined>> = {}, agent = new Agent(url)) {
  const { code_verifier, code_challenge } = pkce();
  const callback = await walk(agent, authorizeUrl(url, code_challenge, parameters));
  const code = callback.searchParams.get('code');
  if (!code) throw new Error(`No code came back: ${callback}`);
  return { grant_type: 'authorization_code', code, code_verifier, redirect_uri: `${callback.origin}${callback.pathname}` };
}

/** The status of a call to the API with this access token. */
export async function callApi(url: string, access_token: string | undefined, method = 'GET'): Promise<Response> {
  return fetch(`${url}/api/contacts`, { method, headers: access_token === undefined ? {} : { Authorization: `Bearer ${access_token}` } });
}

export interface Page {
  readonly status: number;
  readonly html: string;
  /** What its form posts back. */
  readonly ticket: string;
  readonly _csrf: string;
}

/** Goes on to the next page of ours, from a request or the answer to one. */
export async function openPage(agent: Agent, from: string | Response): Promise<Page> {
  let answer = typeof from === 'string' ? await agent.get(from) : from;
  for (let location = answer.headers.get('location'); location; location = answer.headers.get('location')) {
    if (!location.startsWith('/')) throw new Error(`No page, but the way back to the client: ${location}`);
    answer = await agent.get(location);
  }
  const html = await answer.text();
  return { status: answer.status, html, ticket: formField(html, 'ticket'), _csrf: formField(html, '_csrf') };
}

/** The login form of a good request, sent with these credentials; the answer is not followed. */
export async function postLogin(agent: Agent, credentials: Readonly<Record<string, string>> = alice, start?: string): Promise<Response> {
  const { ticket, _csrf } = await openPage(agent, start ?? authorizeUrl(agent.origin, pkce().code_challenge));
  return agent.post('/oauth/login', { ticket, _csrf, ...credentials });
}

/** The consent page of a good request, in a browser where nobody was signed in. */
export async function openConsent(agent: Agent, credentials: Readonly<Record<string, string>> = alice, start?: string): Promise<Page> {
  return openPage(agent, await postLogin(agent, credentials, start));
}
