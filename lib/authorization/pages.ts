/** The pages on the way of an authorization request, with what each shows. */

import type { Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { type HttpRequest, type HttpResponse, localUrl, page, seeOther, withQuery } from '../http/message.js';
import { sealTicket } from '../interaction/ticket.js';
import type { AuthorizationRequest } from '../model/authorization.js';
import type { Client } from '../model/client.js';
import type { ClientCard } from '../model/screens.js';
import { wantedAcr } from '../rules/authentication-request.js';
import { isClientAssured, isLoopbackRedirectUri } from '../rules/redirect-uri.js';
import { describeScope } from '../rules/scope.js';
import type { Step } from './decide.js';
import { refuse } from './respond.js';

/** Why a page is shown again, and what was typed. */
export interface Again {
  readonly notice?: string;
  readonly status?: number;
  readonly username?: string;
  /** Whether somebody is signed in already, and that is not enough. */
  readonly anew?: boolean;
  /** When the host sent the user back from its login. */
  readonly authenticated?: { readonly sub: string; readonly at: number };
}

/** Our login screen, or the way to the host's. */
export async function loginPage(
  request: AuthorizationRequest,
  client: Client,
  http: HttpRequest,
  server: Server,
  { notice, status = 200, username = request.login_hint ?? '', anew = false }: Again = {},
): Promise<HttpResponse> {
  const ticket = await sealTicket(request, server, { basePath: http.basePath });
  const { loginUrl } = server.settings.users;
  const prompt = anew || request.prompt.includes('login') ? 'login' : undefined;
  if (loginUrl !== undefined) return seeOther(withQuery(loginUrl, { ticket, prompt, ...hintsOf(request) }));
  const values = { action: localUrl(http, '/login'), ticket, client: cardOf(client), username, ...(notice !== undefined && { notice }) };
  return page({ name: 'login', values }, { status });
}

/** What the host's login page is told of the client's wishes. */
function hintsOf(request: AuthorizationRequest): Readonly<Record<string, string | undefined>> {
  const { login_hint, display, ui_locales } = request;
  return { login_hint, display, ui_locales: ui_locales?.join(' '), acr_values: wantedAcr(request).join(' ') || undefined };
}

export async function consentPage(
  request: AuthorizationRequest,
  client: Client,
  { user, asked, allowed }: Extract<Step, { to: 'consent' }>,
  http: HttpRequest,
  server: Server,
  { notice, status = 200, authenticated }: Again = {},
): Promise<HttpResponse> {
  const since = authenticated === undefined ? {} : { authenticated };
  const ticket = await sealTicket(request, server, { sub: user.sub, basePath: http.basePath, ...since });
  const { loginUrl } = server.settings.users;
  const inWords = (scope: string) => ({ scope, description: describeScope(scope, request.audience, server.settings) });
  const values = {
    action: localUrl(http, '/consent'),
    ticket,
    client: cardOf(client),
    user: { name: user.name },
    asked: asked.map(inWords),
    allowed: allowed.map(inWords),
    destination: destinationOf(request.redirect_uri),
    loopback: isLoopbackRedirectUri(request.redirect_uri) && !isClientAssured(client, request.redirect_uri),
    switchAccountUrl: loginUrl === undefined ? localUrl(http, '/login', { ticket }) : withQuery(loginUrl, { ticket, prompt: 'login' }),
    ...(notice !== undefined && { notice }),
  };
  return page({ name: 'consent', values }, { status });
}

/** Leads back to the client: where a sign-in starts anew, or with an error that the client can handle. */
export function expiredPage(request: AuthorizationRequest, client: Client, server: Server): HttpResponse {
  const href =
    client.initiate_login_uri ??
    client.client_uri ??
    refuse(request, new OAuthError('access_denied', 'The user left the login page open for too long.'), server).headers?.Location ??
    request.redirect_uri;
  const values = { client: cardOf(client), link: { href, text: `Back to ${client.client_name}` } };
  return page({ name: 'expired', values }, { status: 400 });
}

function cardOf({ client_name, client_uri, logo_uri, policy_uri, tos_uri }: Client): ClientCard {
  return {
    name: client_name,
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
