/** The pages on the way of an authorization request, with what each shows. */

import { logosOf, logoVersion } from '../clients/logo.js';
import type { Server } from '../contracts.js';
import { OAuthError, toOAuthError } from '../errors.js';
import { type HttpRequest, type HttpResponse, localUrl, page, seeOther, withQuery } from '../http/message.js';
import { revisionOf } from '../interaction/consent.js';
import { requestQuestion } from '../interaction/passkey-ceremony.js';
import { type OwnPage, sealPageTicket, sealTicket } from '../interaction/ticket.js';
import type { AuthorizationRequest, Reply } from '../model/authorization.js';
import { type Client, wordsOf } from '../model/client.js';
import type { Ask, ClientCard, ScreenWishes } from '../model/screens.js';
import type { Identity } from '../model/user.js';
import { type HostWords, type Message, own, type Value } from '../model/words.js';
import { wantedAcr } from '../rules/authentication-request.js';
import { describePermission, isOptional, markPermission, type Permission, permissionName } from '../rules/permission.js';
import { isClientAssured, isLoopbackRedirectUri } from '../rules/redirect-uri.js';
import type { Step } from './decide.js';
import { fail, refuse } from './respond.js';

/** What a user signs in for. */
export type Waiting = WaitingRequest | { readonly page: OwnPage };

export interface WaitingRequest {
  readonly request: AuthorizationRequest;
  readonly client: Client;
}

/** Why a page is shown again, and what was typed. */
export interface Again {
  readonly notice?: Message;
  readonly status?: number;
  /** Besides, such as Retry-After. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly username?: string;
  /** A passkey that the browser is to offer no more, as JSON of WebAuthn. */
  readonly forgotten?: string;
  /** By name, what was ticked on the consent page. */
  readonly ticked?: readonly string[];
  /** Whether somebody is signed in already, and that is not enough. */
  readonly anew?: boolean;
  /** When the host sent the user back from its login. */
  readonly authenticated?: { readonly sub: string; readonly at: number };
  /** Whom the user has chosen to go on as. */
  readonly chosen?: string;
}

/** The session has ended, or its cookie is lost. */
export const nobody = { notice: { message: 'login.tookTooLong' }, status: 400 } as const;

/** The page was shown to one user, and another one is signed in by now, perhaps in a second tab. */
export const someoneElse = { notice: { message: 'consent.accountChanged' }, status: 409 } as const;

/** Our login screen, or the way to the host's. */
export async function loginPage(
  waiting: Waiting,
  http: Pick<HttpRequest, 'basePath'>,
  server: Server,
  { notice, status = 200, headers = {}, username, forgotten, anew = false }: Again = {},
): Promise<HttpResponse> {
  const { basePath } = http;
  const isOurs = 'page' in waiting;
  const ticket = isOurs
    ? await sealPageTicket(waiting.page, server, { basePath })
    : await sealTicket(waiting.request, server, { basePath });
  const wishes = isOurs ? undefined : wishesOf(waiting.request);
  const { passkeys, users } = server.settings;
  const { loginUrl } = users;
  if (loginUrl !== undefined) return seeOther(withQuery(loginUrl, { ticket, ...(anew && { prompt: 'login' }), ...wishes }));
  const values = {
    action: localUrl(http, '/login'),
    ticket,
    username: username ?? wishes?.login_hint ?? '',
    ...(isOurs ? { page: waiting.page } : { client: cardOf(waiting.client, http) }),
    ...(passkeys && { passkey: await requestQuestion(passkeys, server) }),
    ...linksFor(ticket, wishes, server),
    ...(forgotten !== undefined && { forgotten }),
    ...(notice !== undefined && { notice }),
  };
  return page({ name: 'login', values }, { status, headers, ...(isOurs ? {} : wishesOn(waiting.request, waiting.client)) });
}

/** To the host's own pages, from which `resume` leads back. */
function linksFor(ticket: string, wishes: ReturnType<typeof wishesOf> | undefined, { settings }: Server) {
  const { forgotPasswordUrl, createAccountUrl } = settings.users;
  const { login_hint, ui_locales } = wishes ?? {};
  return {
    ...(forgotPasswordUrl !== undefined && { forgotPasswordUrl: withQuery(forgotPasswordUrl, { ticket }) }),
    ...(createAccountUrl !== undefined && { createAccountUrl: withQuery(createAccountUrl, { ticket, login_hint, ui_locales }) }),
  };
}

/** What the host's login page is told of the client's wishes. */
function wishesOf(request: AuthorizationRequest) {
  const { prompt, login_hint, display, ui_locales } = request;
  return {
    ...(prompt.includes('login') && { prompt: 'login' }),
    login_hint,
    display,
    ui_locales: ui_locales?.join(' '),
    acr_values: wantedAcr(request).join(' ') || undefined,
  };
}

/** Where to sign in as somebody else, for what the ticket is for. */
export function switchAccountUrl(ticket: string, http: HttpRequest, { settings }: Server): string {
  const { loginUrl } = settings.users;
  return loginUrl === undefined ? localUrl(http, '/login', { ticket }) : withQuery(loginUrl, { ticket, prompt: 'login' });
}

/** Asks which account to go on with: the one that is signed in, or another. OpenID Connect Core section 3.1.2.1. */
export async function accountPage(
  request: AuthorizationRequest,
  client: Client,
  user: Identity,
  http: HttpRequest,
  server: Server,
  { notice, status = 200, authenticated }: Again = {},
): Promise<HttpResponse> {
  const since = authenticated === undefined ? {} : { authenticated };
  const ticket = await sealTicket(request, server, { offered: user.sub, basePath: http.basePath, ...since });
  const values = {
    action: localUrl(http, '/account'),
    ticket,
    client: cardOf(client, http),
    user: { name: user.name },
    switchAccountUrl: switchAccountUrl(ticket, http, server),
    ...(notice !== undefined && { notice }),
  };
  return page({ name: 'accounts', values }, { status, ...wishesOn(request, client) });
}

export async function consentPage(
  request: AuthorizationRequest,
  client: Client,
  { user, asked, allowed, isFirst }: Extract<Step, { to: 'consent' }> & { readonly isFirst: boolean },
  http: HttpRequest,
  server: Server,
  { notice, status = 200, authenticated, ticked }: Again = {},
): Promise<HttpResponse> {
  const since = authenticated === undefined ? {} : { authenticated };
  const revision = revisionOf(client);
  const chosen = request.prompt.includes('select_account') && { chosen: user.sub };
  const shown = { sub: user.sub, ...chosen, ...(revision !== undefined && { revision }), ...(isFirst && { isFirst }) };
  const ticket = await sealTicket(request, server, { ...shown, basePath: http.basePath, ...since });
  const values = {
    action: localUrl(http, '/consent'),
    ticket,
    client: cardOf(client, http),
    user: { name: user.name },
    asked: asked.map((permission) => inWords(permission, server, ticked)),
    allowed: allowed.map((permission) => inWords(permission, server)),
    destination: destinationOf(request.redirect_uri),
    loopback: isLoopbackRedirectUri(request.redirect_uri) && !isClientAssured(client, request.redirect_uri),
    switchAccountUrl: switchAccountUrl(ticket, http, server),
    ...(notice !== undefined && { notice }),
  };
  return page({ name: 'consent', values }, { status, ...wishesOn(request, client) });
}

export function inWords(permission: Permission, { settings }: Server, ticked?: readonly string[]): Ask {
  const name = permissionName(permission);
  const api = settings.apis.get(permission.audience);
  const { icon, risky } = markPermission(permission, settings);
  return {
    scope: permission.scope,
    name,
    description: describePermission(permission, settings),
    icon,
    risky,
    optional: isOptional(permission, settings),
    ticked: ticked?.includes(name) ?? !risky,
    ...(api && { api: { identifier: api.identifier, name: own(api.name) } }),
  };
}

/** Leads back to the client: where a sign-in starts anew, or with an error that the client can handle. */
export function expiredPage(request: AuthorizationRequest, client: Client, http: HttpRequest, server: Server): HttpResponse {
  const { headers } = refuse(request, new OAuthError('access_denied', 'The user left the login page open for too long.'), server);
  const back = headers?.Location ?? request.redirect_uri;
  // Of an app that nobody vouches for, the button says where it leads, and not what the app would have it say.
  const link =
    client.source === 'host'
      ? { href: client.initiate_login_uri ?? client.client_uri ?? back, text: backTo(own(wordsOf(client, 'client_name'))) }
      : { href: back, text: backTo(destinationOf(request.redirect_uri).name) };
  const values = { client: cardOf(client, http), link };
  return page({ name: 'expired', values }, { status: 400, ...wishesOn(request, client) });
}

/** The user does not sign in. The client hears of it; for a page of ours nobody waits, and a session of before, if there is one, goes on. */
export function giveUp(waiting: Waiting, server: Server): HttpResponse {
  if ('page' in waiting) return seeOther(server.settings.brand.url);
  return refuse(waiting.request, new OAuthError('access_denied', 'The user did not sign in.'), server);
}

/**
 * Of a client that nobody vouches for, an error does not lead on by itself: else a link to us would be a link to anywhere. The user, who
 * sees where it leads, may follow it. RFC 9700 section 4.11.2.
 */
export function failedPage(reply: Reply, thrown: unknown, server: Server): HttpResponse {
  const error = toOAuthError(thrown);
  const href = fail(reply, thrown, false, server).headers?.Location;
  const link = href === undefined ? {} : { link: { href, text: backTo(destinationOf(reply.redirect_uri).name) } };
  const values = { kind: 'app' as const, description: error.message, code: error.code, ...link };
  return page({ name: 'error', values }, { status: error.status });
}

export function cardOf(client: Client, http: Pick<HttpRequest, 'basePath'>): ClientCard {
  const { client_id, source, verified } = client;
  const [client_uri, policy_uri, tos_uri] = [wordsOf(client, 'client_uri'), wordsOf(client, 'policy_uri'), wordsOf(client, 'tos_uri')];
  const logo = logoOf(client, http);
  return {
    name: wordsOf(client, 'client_name'),
    ...(source === 'host' ? verified && { verified } : { unverified: true as const }),
    ...(source === 'document' && { host: new URL(client_id).host }),
    ...(logo !== undefined && { logo }),
    ...(client_uri !== undefined && { client_uri }),
    ...(policy_uri !== undefined && { policy_uri }),
    ...(tos_uri !== undefined && { tos_uri }),
  };
}

/** Where our own pages find the picture. Its address changes with it, so that browsers need not ask again for one that they have. */
function logoOf(client: Client, http: Pick<HttpRequest, 'basePath'>): HostWords | undefined {
  const { client_id } = client;
  const logos = logosOf(client);
  const address = (logo_uri: string) => localUrl(http, '/logo', { client_id, v: logoVersion(logo_uri) });
  if (typeof logos !== 'object') return logos === undefined ? undefined : address(logos);
  return Object.fromEntries(Object.entries(logos).map(([tag, logo_uri]) => [tag, address(logo_uri)]));
}

/** The host of a web page; for an app with a scheme of its own, that scheme. */
function destinationOf(redirect_uri: string): { name: string; app: boolean } {
  const { host, protocol } = new URL(redirect_uri);
  const app = protocol !== 'https:' && protocol !== 'http:';
  return { name: app ? protocol.slice(0, -1) : host, app };
}

function backTo(client: Value): Message {
  return { message: 'links.back', values: { client } };
}

/** In which languages the client wants the page (OpenID Connect Core section 3.1.2.1), and how the host wants the client's pages to look. */
export function wishesOn({ ui_locales }: AuthorizationRequest, { brand }: Client): ScreenWishes {
  return { locales: ui_locales, brand };
}
