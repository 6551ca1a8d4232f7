/** A server with three APIs whose tokens differ, machines that stand for them, and one user who has a browser. */
import type { ClientOptions, OAuthRouterOptions } from '../../lib/config/options/index.js';
import { Agent } from './agent.js';
import { authorizeUrl, api as contacts, pkce, spa, type TestServer, type TokenAnswer, testServer, walk, web } from './server.js';

export { contacts };
/** Its tokens are references. */
export const calendar = 'https://api.example.com/calendar';
/** An origin; its tokens are signed with RSA, and last a minute. */
export const reports = 'https://reports.example.com';

/** All three have a scope `read`. */
export const apis: OAuthRouterOptions['apis'] = {
  [contacts]: {
    name: 'Contacts',
    scopes: { 'read:contacts': 'See your contacts', 'create:contacts': 'Add contacts', read: 'See all contacts' },
    defaultScopes: ['read:contacts'],
  },
  [calendar]: {
    name: 'Calendar',
    scopes: { 'read:events': 'See your events', read: 'See the calendar' },
    defaultScopes: ['read:events'],
    accessTokens: 'opaque',
    lifetimes: { accessToken: 300, refreshToken: 3600 },
  },
  [reports]: {
    name: 'Reports',
    scopes: { 'read:reports': 'See your reports', read: 'See all reports' },
    defaultScopes: ['read:reports'],
    signingAlg: 'RS256',
    lifetimes: { accessToken: 60 },
  },
};

const { client_secret, redirect_uris } = web;

/** One that stands for APIs, and does nothing else. */
export function standsFor(client_id: string, introspects: readonly string[], more: Partial<ClientOptions> = {}): ClientOptions {
  return { client_id, client_secret, grant_types: [], introspects, ...more };
}

export const clients: readonly ClientOptions[] = [
  web,
  spa,
  { client_id: 'other', client_secret, redirect_uris },
  { client_id: 'implicit', client_secret, redirect_uris, response_types: ['code', 'token', 'code token'] },
  { client_id: 'machine', client_secret, grant_types: ['client_credentials'] },
  { client_id: 'trusted', client_secret, grant_types: ['password', 'refresh_token'] },
  standsFor('contacts-api', [contacts]),
  standsFor('calendar-api', [calendar]),
  standsFor('reports-api', [reports]),
];

/** Several values stand for a parameter that is repeated. */
export type Fields = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Posted {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Of JSON; else empty. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface TokenServer extends TestServer {
  /** The browser of alice. */
  readonly agent: Agent;
  /** Where an authorization request leads, and the verifier to its code; as `web`, unless `fields` say otherwise. */
  authorize(fields?: Fields): Promise<{ readonly callback: URL; readonly code_verifier: string }>;
  /** The same, with the code redeemed; `more` goes to the token endpoint. */
  tokens(fields?: Fields, more?: Fields): Promise<TokenAnswer>;
  refresh(refresh_token: string | undefined, more?: Fields): Promise<TokenAnswer>;
  /** What a machine gets on its own behalf. */
  machineToken(fields?: Fields): Promise<TokenAnswer>;
  introspect(token: string | undefined, client_id?: string, more?: Fields, headers?: Record<string, string>): Promise<Posted>;
  /** Whether the API that the token is for would take it, by its own question. */
  isActive(token: string | undefined, client_id?: string): Promise<unknown>;
  revoke(token: string | undefined, client_id?: string, more?: Fields): Promise<Posted>;
  callEvents(token: string | undefined): Promise<number>;
  callContacts(token: string | undefined): Promise<number>;
}

export async function tokenServer(options: Partial<OAuthRouterOptions> = {}, { frozen = true } = {}): Promise<TokenServer> {
  const server = await testServer({ options: { apis, clients, ...options }, frozen });
  const { url, app, oauth } = server;
  if (calendar in (options.apis ?? apis)) app.get('/api/events', oauth.protect('read:events'), (req, res) => void res.json(req.auth));
  return { ...server, ...callsTo(url) };
}

/** What tests do with any server that has these APIs and clients. */
export function callsTo(url: string): Omit<TokenServer, keyof TestServer> {
  const agent = new Agent(url);
  const call = async (path: string, given: string | undefined) =>
    (await fetch(`${url}${path}`, { headers: { Authorization: `Bearer ${given}` } })).status;

  const calls: Omit<TokenServer, keyof TestServer> = {
    agent,
    async authorize(fields = {}) {
      const { code_verifier, code_challenge } = pkce();
      const start = new URL(authorizeUrl(url, code_challenge));
      for (const [name, values] of Object.entries(fields)) {
        start.searchParams.delete(name);
        for (const value of [values ?? []].flat()) start.searchParams.append(name, value);
      }
      return { callback: await walk(agent, start.href), code_verifier };
    },
    async tokens(fields = {}, more = {}) {
      const { callback, code_verifier } = await calls.authorize(fields);
      const code = callback.searchParams.get('code');
      if (code === null) throw new Error(`No code came back: ${callback}`);
      const client = fields.client_id === undefined ? 'web' : String(fields.client_id);
      return postForm(url, '/token', { grant_type: 'authorization_code', code, code_verifier, ...as(client), ...more });
    },
    refresh: (refresh_token, more = {}) => postForm(url, '/token', { grant_type: 'refresh_token', refresh_token, ...as('web'), ...more }),
    machineToken: (fields = {}) => postForm(url, '/token', { grant_type: 'client_credentials', ...as('machine'), ...fields }),
    introspect: (given, client_id = 'contacts-api', more = {}, headers = {}) =>
      post(`${url}/oauth/introspect`, { token: given, ...as(client_id), ...more }, headers),
    isActive: async (given, client_id) => (await calls.introspect(given, client_id)).body.active,
    revoke: (given, client_id = 'web', more = {}) => post(`${url}/oauth/revoke`, { token: given, ...as(client_id), ...more }),
    callEvents: (given) => call('/api/events', given),
    callContacts: (given) => call('/api/contacts', given),
  };
  return calls;
}

/** The credentials of a client, for the body. */
export function as(client_id: string): Fields {
  return client_id === spa.client_id ? { client_id } : { client_id, client_secret };
}

export async function post(url: string, fields: Fields, headers: Record<string, string> = {}): Promise<Posted> {
  const answer = await fetch(url, { method: 'POST', body: encode(fields), headers });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.startsWith('application/json');
  return { status: answer.status, headers: answer.headers, text, body: isJson ? JSON.parse(text) : {} };
}

async function postForm(url: string, path: string, fields: Fields): Promise<TokenAnswer> {
  const { status, headers, body } = await post(`${url}/oauth${path}`, fields);
  return { status, headers, body: body as Record<string, string> };
}

function encode(fields: Fields): URLSearchParams {
  const present = Object.entries(fields).flatMap(([name, values]) => [values ?? []].flat().map((value): [string, string] => [name, value]));
  return new URLSearchParams(present);
}
