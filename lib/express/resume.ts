/** The way back from the host's own login page to the request that waits. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server, Settings } from '../contracts.js';
import { seeOther, withQuery } from '../http/message.js';
import { basePathOf } from '../interaction/ticket.js';
import { send } from './send.js';

/** Sends the browser on; whether the ticket is still good, and who is logged in, is found out where it arrives. */
export function createResume({
  secrets,
  settings,
}: Pick<Server, 'secrets' | 'settings'>): (req: IncomingMessage, res: ServerResponse) => Promise<boolean> {
  const origin = originFrom(settings);
  return async (req, res) => {
    const ticket = ticketOf(req);
    const basePath = ticket && (await basePathOf(ticket, { secrets }));
    if (!ticket || basePath === undefined) return false;
    send(res, seeOther(withQuery(`${origin}${basePath}/consent`, { ticket })));
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
