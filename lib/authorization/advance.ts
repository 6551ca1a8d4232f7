/** One step on: to a page, or back to the client. Authorize, login and consent all end here. */
import { findClient } from '../clients/find.js';
import type { HttpRequest, HttpResponse, Parameters, Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { formOf, localUrl, seeOther } from '../http/message.js';
import { type Consent, findConsent, hasAgreed, inForce, revisionOf } from '../interaction/consent.js';
import { findUser } from '../interaction/session.js';
import { type Marks, needTicket, ownPages } from '../interaction/ticket.js';
import type { AuthorizationRequest } from '../model/authorization.js';
import type { Client } from '../model/client.js';
import type { Identity } from '../model/user.js';
import { isOptional, onlyGranted } from '../rules/permission.js';
import { isSameRedirectUri } from '../rules/redirect-uri.js';
import { subjectFor } from '../tokens/subject.js';
import { decide, type Leave, type Step } from './decide.js';
import { type Again, accountPage, consentPage, expiredPage, loginPage, type Waiting, type WaitingRequest } from './pages.js';
import { allow, fail, refuse } from './respond.js';

export async function advance(
  request: AuthorizationRequest,
  client: Client,
  http: HttpRequest,
  server: Server,
  again: Again = {},
): Promise<HttpResponse> {
  try {
    return await next(request, client, http, server, again);
  } catch (thrown) {
    return fail(request, thrown, request.prompt.includes('none'), server); // also where the browser came back by itself, to /consent
  }
}

async function next(request: AuthorizationRequest, client: Client, http: HttpRequest, server: Server, again: Again): Promise<HttpResponse> {
  const present = await findUser(http, server, again.authenticated && after(request, again.authenticated));
  const user = await expectedUser(request, client, present, server);
  if (present && !user && isFresh(present, request)) return refuse(request, anotherUser, server);
  const agreed = user && (await findConsent({ client_id: client.client_id, sub: user.sub }, server));
  const consent = inForce(agreed?.value, revisionOf(client));
  // Where a page is shown again, somebody has just sent its form: that must not turn into a code unseen.
  const step = decide(request, client, user, leaveOf(consent, server), { mustAsk: again.notice !== undefined, chosen: again.chosen });
  if (request.prompt.includes('none') && step.to !== 'allow') return refuse(request, silentRefusals[step.to], server);
  switch (step.to) {
    case 'login':
      return loginPage({ request, client }, http, server, { ...again, anew: present !== undefined });
    case 'account':
      return accountPage(request, client, step.user, http, server, again);
    case 'consent':
      return consentPage(request, client, { ...step, isFirst: agreed === undefined }, http, server, again);
    case 'unmet':
      return refuse(request, unmet, server);
    case 'allow':
      return allow(onlyGranted(request, step.granted, server.settings), client, step.user, consent?.agreed_at, server);
  }
}

/** Who was sent to log in has come back later, though the clock of another process may have shown less. */
function after({ received_at }: AuthorizationRequest, { sub, at }: { readonly sub: string; readonly at: number }) {
  return { sub, at: Math.max(at, received_at) };
}

function leaveOf(consent: Consent | undefined, { settings }: Server): Leave {
  return {
    given: consent !== undefined,
    hasAgreed: (permission) => hasAgreed(consent, permission),
    isOptional: (permission) => isOptional(permission, settings),
  };
}

/** OpenID Connect Core Error Code unmet_authentication_requirements section 2. */
const unmet = new OAuthError('unmet_authentication_requirements', 'The user did not sign in by any of the essential acr values.');

/** Whether the user has logged in since the request came in. */
function isFresh({ auth_time = 0 }: Identity, { received_at }: AuthorizationRequest): boolean {
  return auth_time >= received_at;
}

/** OpenID Connect Core section 3.1.2.2. */
const anotherUser = new OAuthError('login_required', 'The user signed in with another account than the one that the client expects.');

/** No page may be shown. OpenID Connect Core section 3.1.2.6. */
const silentRefusals: Readonly<Record<Exclude<Step['to'], 'allow'>, OAuthError>> = {
  login: new OAuthError('login_required', 'The user has to sign in, and the prompt none forbids to ask.'),
  unmet,
  account: new OAuthError('account_selection_required', 'The user has to choose an account, and the prompt none forbids to ask.'),
  consent: new OAuthError(
    'consent_required',
    'The user has to give leave, and the prompt none forbids to ask. Where any program on the device could receive the answer, leave is asked for each time.',
  ),
};

/** A client that expects a certain user is told of no other. OpenID Connect Core sections 3.1.2.1 and 3.1.2.2. */
async function expectedUser(
  { expected_sub }: AuthorizationRequest,
  client: Client,
  user: Identity | undefined,
  server: Server,
): Promise<Identity | undefined> {
  if (!user || expected_sub === undefined) return user;
  return (await subjectFor(user.sub, client, server)) === expected_sub ? user : undefined;
}

/** Takes up what waits under the ticket of a form or a link. */
export async function takeUp(
  http: HttpRequest,
  server: Server,
  goOn: (waiting: Waiting & Marks) => Promise<HttpResponse>,
): Promise<HttpResponse> {
  const { expired, ...waiting } = await findWaiting(formOf(http), server);
  return expired && 'request' in waiting ? expiredPage(waiting.request, waiting.client, http, server) : goOn(waiting);
}

/**
 * What waits under the ticket of a form.
 *
 * @throws OAuthError if there is none, or what waited is gone
 */
export async function findWaiting(form: Parameters, server: Server): Promise<Waiting & Marks & { readonly expired: boolean }> {
  const ticket = await needTicket(form, server);
  if ('page' in ticket) return { ...ticket, expired: false };
  return { ...ticket, client: await rightfulClient(ticket.request, server) };
}

/** The same where a request goes on; a page of ours is shown at its own place. */
export async function takeUpRequest(
  http: HttpRequest,
  server: Server,
  goOn: (waiting: WaitingRequest & Marks) => Promise<HttpResponse>,
): Promise<HttpResponse> {
  return takeUp(http, server, async (waiting) => {
    return 'page' in waiting ? seeOther(localUrl(http, ownPages[waiting.page])) : goOn(waiting);
  });
}

/** Read anew, since much may have changed while the page was open. */
async function rightfulClient({ client_id, redirect_uri }: AuthorizationRequest, server: Server): Promise<Client> {
  const client = await findClient(client_id, server);
  if (!client) throw new OAuthError('invalid_request', 'The app that asked is not registered any more.', { kind: 'clientGone' });
  if (!client.redirect_uris.some((registered) => isSameRedirectUri(registered, redirect_uri))) {
    throw new OAuthError('invalid_request', 'The app has changed since this page was opened. Please go back to it and start again.', {
      kind: 'clientChanged',
    });
  }
  return client;
}
