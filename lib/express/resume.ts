/** The way back from the host's own login page to the request that waits. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from '../contracts.js';
import { seeOther, withQuery } from '../http/message.js';
import { basePathOf } from '../interaction/ticket.js';
import { send } from './send.js';

/** Sends the browser on; whether the ticket is still good, and who is logged in, is found out where it arrives. */
export function createResume(server: Pick<Server, 'secrets'>): (req: IncomingMessage, res: ServerResponse) => Promise<boolean> {
  return async (req, res) => {
    const ticket = ticketOf(req);
    const basePath = ticket && (await basePathOf(ticket, server));
    if (!ticket || basePath === undefined) return false;
    send(res, seeOther(withQuery(`${basePath}/consent`, { ticket })));
    return true;
  };
}

function ticketOf({ url = '', body }: IncomingMessage & { body?: unknown }): string | undefined {
  const posted = body !== null && typeof body === 'object' && 'ticket' in body ? body.ticket : undefined;
  if (typeof posted === 'string') return posted;
  return new URLSearchParams(url.split('?', 2)[1]).get('ticket') ?? undefined;
}
