/** The way back from the host's own pages to what waits: a login, or a page for who has no account yet or has forgotten the password. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { refuseRequest } from '../answer.js';
import { findWaiting } from '../authorization/advance.js';
import type { HttpResponse, Server, Settings } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { seeOther, withQuery } from '../http/message.js';
import { Parameters } from '../http/parameters.js';
import { isPath } from '../http/url.js';
import { markAuthenticated, openTicket, type Sealed } from '../interaction/ticket.js';
import type { HostRequest, User } from '../model/user.js';
import { readUser } from '../rules/user.js';
import { beginSignIn } from '../sign-in/run.js';
import { cameFrom } from './address.js';
import { cookieNames, readCookie } from './cookies.js';
import { createCsrf } from './csrf.js';
import { serverFor } from './server-for.js';
import type { Write } from './write.js';

/** See `OAuthRouter.resume`. */
export type Resume = (req: IncomingMessage, res: ServerResponse, user?: User) => Promise<boolean>;

/** Whatever goes wrong is answered here: in Express 4 a promise that nobody catches would end the process of the host. */
export function createResume(server: Server, write: Write): Resume {
  const goOn = server.settings.users.authenticate ? signInFor(server) : handOverTo(server);
  const origin = originFrom(server.settings);
  const issuer = new URL(server.settings.issuer).origin;
  const checkCsrf = createCsrf(server);

  return async (req, res, given) => {
    const ticket = ticketOf(req);
    const sealed = ticket === undefined ? undefined : await openTicket(ticket, server);
    if (ticket === undefined || !sealed) return false;
    const { basePath = '' } = sealed;
    const at = { ticket, sealed, path: `${origin}${basePath}`, basePath };
    const here = serverFor(req, server);
    const response = await goOn(at, req, given, here).catch((error) => refuseRequest(error, resume, here, undefined, wayOnFrom(at)));
    const csrfToken = () => checkCsrf(req, res, Parameters.none).token();
    write(response, { req, res, base: `${issuer}${basePath}`, csrfToken });
    return true;
  };
}

/** As events and the log call it. */
const resume = { name: 'resume', audience: 'user' } as const;

/** Where it waits. */
interface At {
  readonly ticket: string;
  /** What that carries. */
  readonly sealed: Sealed;
  /** Where the endpoints are, as the host's pages lead there. */
  readonly path: string;
  readonly basePath: string;
}

type GoOn = (at: At, req: IncomingMessage, given: User | undefined, server: Server) => Promise<HttpResponse>;

/** What waits can be taken up where every login ends: there it is found out who is signed in. */
function wayOnFrom({ path, ticket }: At) {
  return { method: 'GET', path: withQuery(`${path}/consent`, { ticket }), search: '', query: Parameters.none };
}

/** Sends the browser on, with the word of who has just logged in; whether the ticket is still good, and who is logged in, is found out where it arrives. */
function handOverTo({ settings: { users } }: Server): GoOn {
  return async (at, req, given, server) => {
    const user = readUser(given ?? (await users.current?.(req as HostRequest)), 'users.current');
    const { client_id, ticket } = await markAuthenticated(at.sealed, user?.sub, server);
    if (user) server.emit('login.succeeded', { sub: user.sub, via: 'host', ...(client_id !== undefined && { client_id }) });
    return seeOther(withQuery(`${at.path}/consent`, { ticket }));
  };
}

/** The session is ours: it begins here, or with the last step that is due. Without a user, back to our login page. */
function signInFor({ settings: { issuer } }: Server): GoOn {
  const cookies = cookieNames(issuer);
  return async ({ ticket, path, basePath }, req, given, server) => {
    const user = readUser(given, 'The host that called resume');
    const waiting = user && (await waitingFor(ticket, server));
    // Where nothing waits any more, the page says why, and how to go on.
    if (!user || !waiting) return seeOther(withQuery(`${path}/login`, { ticket }));
    const browser = {
      basePath,
      session: readCookie(req, cookies.session),
      signIn: readCookie(req, cookies.signIn),
      ...cameFrom(req),
      host: req as HostRequest,
    };
    return beginSignIn({ user, via: 'host', canMakePasskeys: false }, { waiting, ticket }, browser, server);
  };
}

async function waitingFor(ticket: string, server: Server) {
  try {
    const waiting = await findWaiting(new Parameters([['ticket', ticket]]), server);
    return waiting.expired ? undefined : waiting;
  } catch (error) {
    if (error instanceof OAuthError) return undefined;
    throw error;
  }
}

/** From a page that has a host of its own, a path alone would not lead back to us. */
function originFrom({ issuer, users: { loginUrl, forgotPasswordUrl, createAccountUrl } }: Settings): string {
  const pages = [loginUrl, forgotPasswordUrl, createAccountUrl].filter((url) => url !== undefined);
  return pages.every(isPath) ? '' : new URL(issuer).origin;
}

/** An empty one counts as absent, as for all parameters: a form may have left its field blank, and be sent to a URL that has it. */
function ticketOf({ url = '', body }: IncomingMessage & { body?: unknown }): string | undefined {
  const posted = body !== null && typeof body === 'object' && 'ticket' in body ? body.ticket : undefined;
  if (typeof posted === 'string' && posted !== '') return posted;
  return new URLSearchParams(url.split('?', 2)[1]).get('ticket') ?? undefined;
}
