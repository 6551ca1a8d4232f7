/** The way back from the host's own login page to the request that waits. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server, Settings } from '../contracts.js';
import { seeOther, withQuery } from '../http/message.js';
import { markAuthenticated } from '../interaction/ticket.js';
import type { HostRequest, User } from '../model/user.js';
import { readUser } from '../rules/user.js';
import { addressOf } from './address.js';
import { send } from './send.js';

/** See `OAuthRouter.resume`. */
export type Resume = (req: IncomingMessage, res: ServerResponse, user?: User) => Promise<boolean>;

/** Sends the browser on, with the word of who has just logged in; whether the ticket is still good, and who is logged in, is found out where it arrives. */
export function createResume(server: Pick<Server, 'secrets' | 'settings' | 'clock' | 'events'>): Resume {
  const origin = originFrom(server.settings);
  return async (req, res, given) => {
    const text = ticketOf(req);
    if (text === undefined) return false;
    const user = readUser(given ?? (await server.settings.users.current?.(req as HostRequest)), 'users.current');
    const marked = await markAuthenticated(text, user?.sub, server);
    if (!marked) return false;
    const { client_id } = marked;
    const emit = server.events.emitFrom(() => addressOf(req));
    if (user) emit('login.succeeded', { sub: user.sub, via: 'host', ...(client_id !== undefined && { client_id }) });
    send(res, seeOther(withQuery(`${origin}${marked.basePath}/consent`, { ticket: marked.ticket })));
    return true;
  };
}

/** From a login page that has a host of its own, a path alone would not lead back to us. */
function originFrom({ issuer, users: { loginUrl } }: Settings): string {
  return loginUrl === undefined || loginUrl.startsWith('/') ? '' : new URL(issuer).origin;
}

/** An empty one counts as absent, as for all parameters: a form may have left its field blank, and be sent to a URL that has it. */
function ticketOf({ url = '', body }: IncomingMessage & { body?: unknown }): string | undefined {
  const posted = body !== null && typeof body === 'object' && 'ticket' in body ? body.ticket : undefined;
  if (typeof posted === 'string' && posted !== '') return posted;
  return new URLSearchParams(url.split('?', 2)[1]).get('ticket') ?? undefined;
}
