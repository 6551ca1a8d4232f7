/** One step on: to a page, or back to the client. Authorize, login and consent all end here. */
import { findClient } from '../clients/find.js';
import type { HttpRequest, HttpResponse, Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { findConsent } from '../interaction/consent.js';
import { findUser } from '../interaction/session.js';
import { needTicket, type Ticket } from '../interaction/ticket.js';
import type { AuthorizationRequest } from '../model/authorization.js';
import type { Client } from '../model/client.js';
import { isSameRedirectUri } from '../rules/redirect-uri.js';
import { decide } from './decide.js';
import { type Again, consentPage, expiredPage, loginPage } from './pages.js';
import { allow } from './respond.js';

export async function advance(
  request: AuthorizationRequest,
  client: Client,
  http: HttpRequest,
  server: Server,
  again: Again = {},
): Promise<HttpResponse> {
  const user = await findUser(http, server);
  const consented = user && (await findConsent({ client_id: client.client_id, sub: user.sub }, request.audience, server));
  // Where a page is shown again, somebody has just sent its form: that must not turn into a code unseen.
  const step = decide(request, client, user, consented, again.notice !== undefined);
  switch (step.to) {
    case 'login':
      return loginPage(request, client, http, server, again);
    case 'consent':
      return consentPage(request, client, step, http, server, again);
    case 'allow':
      return allow(request, step.user, server);
  }
}

/** Takes up the request that waits under the ticket of a form or a link. */
export async function takeUp(
  http: HttpRequest,
  server: Server,
  goOn: (ticket: Ticket, client: Client) => Promise<HttpResponse>,
): Promise<HttpResponse> {
  const ticket = await needTicket(http.method === 'POST' ? http.body : http.query, server);
  const client = await findClient(ticket.request.client_id, server);
  if (!client) throw new OAuthError('invalid_request', 'The app that asked is not registered any more.');
  if (!client.redirect_uris.some((registered) => isSameRedirectUri(registered, ticket.request.redirect_uri))) {
    throw new OAuthError('invalid_request', 'The app has changed since this page was opened. Please go back to it and start again.');
  }
  return ticket.expired ? expiredPage(ticket.request, client, server) : goOn(ticket, client);
}
