/** The pages on the way of an authorization request, with what each shows. */

import type { Server } from '../contracts.js';
import { OAuthError, toOAuthError } from '../errors.js';
import { type HttpRequest, type HttpResponse, localUrl, page, seeOther, withQuery } from '../http/message.js';
import { revisionOf } from '../interaction/consent.js';
import { type OwnPage, sealPageTicket, sealTicket } from '../interaction/ticket.js';
import type { AuthorizationRequest, Reply } from '../model/authorization.js';
import type { Client } from '../model/client.js';
import type { Ask, ClientCard } from '../model/screens.js';
import { wantedAcr } from '../rules/authentication-request.js';
import { describePermission, isOptional, type Permission, permissionName } from '../rules/permission.js';
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
  readonly notice?: string;
  readonly status?: number;
  readonly username?: string;
  /** By name, what was ticked on the consent page. */
  readonly ticked?: readonly string[];
  /** Whether somebody is signed in already, and that is not enough. */
  readonly anew?: boolean;
  /** When the host sent the user back from its login. */
  readonly authenticated?: { readonly sub: string; readonly at: number };
}

/** Our login screen, or the way to the host's. */
export async function loginPage(
  waiting: Waiting,
  http: HttpRequest,
  server: Server,
  { notice, status = 200, username, anew = false }: Again = {},
): Promise<HttpResponse> {
  const { basePath } = http;
  const isOurs = 'page' in waiting;
  const ticket = isOurs
    ? await sealPageTicket(waiting.page, server, { basePath })
    : await sealTicket(waiting.request, server, { basePath });
  const wishes = isOurs ? undefined : wishesOf(waiting.request);
  const { loginUrl } = server.settings.users;
  if (loginUrl !== undefined) return seeOther(withQuery(loginUrl, { ticket, ...(anew && { prompt: 'login' }), ...wishes }));
  const values = {
    action: localUrl(http, '/login'),
    ticket,
    username: username ?? wishes?.login_hint ?? '',
    ...(!isOurs && { client: cardOf(waiting.client) }),
    ...(notice !== undefined && { notice }),
  };
  return page({ name: 'login', values }, { status });
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

export async function consentPage(
  request: AuthorizationRequest,
  client: Client,
  { user, asked, allowed }: Extract<Step, { to: 'consent' }>,
  http: HttpRequest,
  server: Server,
  { notice, status = 200, authenticated, ticked }: Again = {},
): Promise<HttpResponse> {
  const since = authenticated === undefined ? {} : { authenticated };
  const revision = revisionOf(client);
  const shown = { sub: user.sub, ...(revision !== undefined && { revision }) };
  const ticket = await sealTicket(request, server, { ...shown, basePath: http.basePath, ...since });
  const values = {
    action: localUrl(http, '/consent'),
    ticket,
    client: cardOf(client),
    user: { name: user.name },
    asked: asked.map((permission) => inWords(permission, server, ticked)),
    allowed: allowed.map((permission) => inWords(permission, server)),
    destination: destinationOf(request.redirect_uri),
    loopback: isLoopbackRedirectUri(request.redirect_uri) && !isClientAssured(client, request.redirect_uri),
    switchAccountUrl: switchAccountUrl(ticket, http, server),
    ...(notice !== undefined && { notice }),
  };
  return page({ name: 'consent', values }, { status });
}

export function inWords(permission: Permission, { settings }: Server, ticked?: readonly string[]): Ask {
  const name = permissionName(permission);
  const api = settings.apis.get(permission.audience)?.name;
  return {
    scope: permission.scope,
    name,
    description: describePermission(permission, settings),
    optional: isOptional(permission, settings),
    ticked: ticked?.includes(name) ?? true,
    ...(api !== undefined && { api }),
  };
}

/** Leads back to the client: where a sign-in starts anew, or with an error that the client can handle. */
export function expiredPage(request: AuthorizationRequest, client: Client, server: Server): HttpResponse {
  const { headers } = refuse(request, new OAuthError('access_denied', 'The user left the login page open for too long.'), server);
  const back = headers?.Location ?? request.redirect_uri;
  // Of an app that nobody vouches for, the button says where it leads, and not what the app would have it say.
  const link =
    client.source === 'host'
      ? { href: client.initiate_login_uri ?? client.client_uri ?? back, text: `Back to ${client.client_name}` }
      : { href: back, text: `Back to ${destinationOf(request.redirect_uri)}` };
  const values = { client: cardOf(client), link };
  return page({ name: 'expired', values }, { status: 400 });
}

/**
 * Of a client that nobody vouches for, an error does not lead on by itself: else a link to us would be a link to anywhere. The user, who
 * sees where it leads, may follow it. RFC 9700 section 4.11.2.
 */
export function failedPage(reply: Reply, thrown: unknown, server: Server): HttpResponse {
  const error = toOAuthError(thrown);
  const href = fail(reply, thrown, false, server).headers?.Location;
  const link = href === undefined ? {} : { link: { href, text: `Back to ${destinationOf(reply.redirect_uri)}` } };
  const values = { title: 'The app has made a mistake', message: error.message, code: error.code, ...link };
  return page({ name: 'error', values }, { status: error.status });
}

export function cardOf({ client_id, client_name, client_uri, logo_uri, policy_uri, tos_uri, source }: Client): ClientCard {
  return {
    name: client_name,
    ...(source !== 'host' && { unverified: true as const }),
    ...(source === 'document' && { host: new URL(client_id).host }),
    ...(client_uri !== undefined && { client_uri }),
    ...(logo_uri !== undefined && { logo_uri }),
    ...(policy_uri !== undefined && { policy_uri }),
    ...(tos_uri !== undefined && { tos_uri }),
  };
}

/** The host of a web page; for an app with a scheme of its own, that scheme. */
function destinationOf(redirect_uri: string): string {
  const { host, protocol } = new URL(redirect_uri);
  return protocol === 'https:' || protocol === 'http:' ? host : `the app ${protocol.slice(0, -1)} on this device`;
}
