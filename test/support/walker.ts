/** A user at a browser who knows no path by heart: goes where redirects lead, and sends forms where they say. */
import type { Agent } from './agent.js';
import { alice, authorizeUrl, form, pkce, web } from './server.js';

/** A page or redirect on the way. */
export interface Step {
  /** Such as `GET /oauth/authorize`. */
  readonly request: string;
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
}

export interface Visit {
  /** Where the way leaves the server. */
  readonly callback: URL;
  readonly steps: readonly Step[];
}

export interface Person {
  readonly username: string;
  readonly password: string;
}

/** From `start` to the redirect that leaves the server: logs in and allows where asked. */
export async function visit(agent: Agent, start: string, person: Person = alice, headers: Record<string, string> = {}): Promise<Visit> {
  const steps: Step[] = [];
  let next: FormToSend = { action: start, method: 'GET', fields: {} };
  while (steps.length < 12) {
    const here = new URL(next.action, agent.origin);
    const answer = next.method === 'POST' ? await agent.post(here.href, next.fields, headers) : await agent.get(here.href, headers);
    const step = { request: `${next.method} ${here.pathname}`, status: answer.status, headers: answer.headers, html: await answer.text() };
    steps.push(step);
    const location = answer.headers.get('location');
    const target = location === null ? undefined : new URL(location, here);
    if (target && target.origin !== new URL(agent.origin).origin) return { callback: target, steps };
    next = target ? { action: target.href, method: 'GET', fields: {} } : filledIn(step, here, person);
  }
  throw new Error(`The way goes in circles: ${steps.map(({ request, status }) => `${request} ${status}`).join(', ')}`);
}

/** What a browser would send. */
export interface FormToSend {
  readonly action: string;
  readonly method: 'GET' | 'POST';
  readonly fields: Record<string, string>;
}

/** The form on a page, with the values that it has. */
export function formOn(html: string, here: URL | string): FormToSend {
  const [, attributes, content] = /<form([^>]*)>([\s\S]*?)<\/form>/.exec(html) ?? [];
  if (attributes === undefined || content === undefined) throw new Error(`No form on this page: ${html}`);
  const fields = [...content.matchAll(/<input[^>]*>/g)].map(([input]) => [attribute(input, 'name') ?? '', attribute(input, 'value') ?? '']);
  return {
    action: new URL(attribute(attributes, 'action') ?? '', here).href,
    method: attribute(attributes, 'method')?.toUpperCase() === 'POST' ? 'POST' : 'GET',
    fields: Object.fromEntries(fields),
  };
}

function filledIn({ request, status, html }: Step, here: URL, { username, password }: Person): FormToSend {
  if (!html.includes('<form')) throw new Error(`${request} ended the way with ${status}: ${html}`);
  const { fields, ...sent } = formOn(html, here);
  if ('password' in fields) return { ...sent, fields: { ...fields, username, password } };
  if (html.includes('name="account"')) return { ...sent, fields: { ...fields, account: 'current' } };
  if (html.includes('value="allow"')) return { ...sent, fields: { ...fields, decision: 'allow' } };
  throw new Error(`${request} shows a form that nobody expects: ${html}`);
}

/** The value of a link or an attribute, as it was meant. */
export function attribute(tag: string, name: string): string | undefined {
  const entities: Readonly<Record<string, string>> = { '&#34;': '"', '&#39;': "'", '&lt;': '<', '&gt;': '>', '&amp;': '&' };
  return new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1]?.replace(/&(?:#\d+|\w+);/g, (entity) => entities[entity] ?? entity);
}

/** What a client knows of a server. RFC 8414 section 2. */
export interface Endpoints {
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly jwks_uri: string;
}

/** The endpoints below `base`, for a client that has them from somewhere else than metadata. */
export function endpointsAt(base: string): Endpoints {
  return { authorization_endpoint: `${base}/authorize`, token_endpoint: `${base}/token`, jwks_uri: `${base}/jwks` };
}

/** The metadata of this issuer. RFC 8414 section 3. */
export async function metadataOf(issuer: string): Promise<Endpoints & { readonly issuer: string }> {
  const { origin, pathname } = new URL(issuer);
  const answer = await fetch(`${origin}/.well-known/oauth-authorization-server${pathname === '/' ? '' : pathname}`);
  if (answer.status !== 200) throw new Error(`No metadata, but ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Endpoints & { issuer: string };
}

/** What came of a flow; compare it with `success`. */
export interface Outcome {
  /** What the API says with the first access token, and with the one after a refresh. */
  readonly api: unknown;
  readonly refreshed: unknown;
  readonly keys: number;
  /** The status of the style sheets of all pages. */
  readonly styles: readonly number[];
}

export const success: Outcome = {
  api: { sub: 'alice', clientId: 'web' },
  refreshed: { sub: 'alice', clientId: 'web' },
  keys: 2, // ES256 and RS256
  styles: [200, 200],
};

/** All that a client and its user do: login, consent, code, token, API, refresh. */
export async function completeFlow(agent: Agent, endpoints: Endpoints): Promise<Outcome & Visit> {
  const { code_verifier, code_challenge } = pkce();
  const { search } = new URL(authorizeUrl(agent.origin, code_challenge));
  const { callback, steps } = await visit(agent, `${endpoints.authorization_endpoint}${search}`);
  const code = callback.searchParams.get('code') ?? undefined;
  const redirect_uri = web.redirect_uris[0];
  const tokens = await redeem({ grant_type: 'authorization_code', code, code_verifier, redirect_uri });
  const api = await callApi(tokens.access_token);
  const refreshed = await callApi((await redeem({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token })).access_token);
  const { keys } = (await (await fetch(endpoints.jwks_uri)).json()) as { keys: unknown[] };
  return { api, refreshed, keys: keys.length, styles: await Promise.all(stylesOf(steps).map(statusOf)), callback, steps };

  async function redeem(parameters: Record<string, string | undefined>): Promise<Record<string, string>> {
    const { client_id, client_secret } = web;
    const answer = await fetch(endpoints.token_endpoint, { method: 'POST', body: form({ client_id, client_secret, ...parameters }) });
    return (await answer.json()) as Record<string, string>;
  }

  async function callApi(access_token: string | undefined): Promise<unknown> {
    const answer = await fetch(`${agent.origin}/api/contacts`, { headers: { Authorization: `Bearer ${access_token}` } });
    return answer.json();
  }

  async function statusOf(path: string): Promise<number> {
    return (await agent.get(path)).status;
  }
}

/** The addresses of the style sheets of these pages. */
export function stylesOf(steps: readonly Step[]): string[] {
  return steps.flatMap(({ html }) => {
    const [link] = /<link rel="stylesheet"[^>]*>/.exec(html) ?? [];
    return link === undefined ? [] : [attribute(link, 'href') ?? ''];
  });
}
