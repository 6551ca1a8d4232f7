/** The choice of an account: the user goes on as who is signed in, or as somebody else. OpenID Connect Core section 3.1.2.1. */
import { advance, takeUpRequest } from '../authorization/advance.js';
import { giveUp, nobody, someoneElse } from '../authorization/pages.js';
import type { Endpoint } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { localUrl, seeOther } from '../http/message.js';
import { findUser } from '../interaction/session.js';
import { sealTicket } from '../interaction/ticket.js';
import { form } from './form.js';

export const account: Endpoint = {
  name: 'account',
  path: '/account',
  methods: ['GET', 'POST'],
  audience: 'user',
  cors: false,

  handle: form({
    show: (http, server, refusal) =>
      takeUpRequest(http, server, ({ request, client, authenticated, chosen }) => {
        const known = { ...(authenticated !== undefined && { authenticated }), ...(chosen !== undefined && { chosen }) };
        return advance(request, client, http, server, { ...refusal, ...known });
      }),

    /** Nothing is spent by it: a form that is sent twice leads to the same place twice. */
    submit: (http, server) =>
      takeUpRequest(http, server, async ({ request, client, offered, authenticated }) => {
        if (http.body.has('cancel')) return giveUp({ request, client }, server);
        const user = await findUser(http, server, authenticated);
        if (!user) return advance(request, client, http, server, nobody);
        if (user.sub !== offered) return advance(request, client, http, server, someoneElse);
        if (http.body.need('account') !== 'current') throw new OAuthError('invalid_request', 'The account must be current.');
        const marks = { chosen: user.sub, basePath: http.basePath, ...(authenticated !== undefined && { authenticated }) };
        return seeOther(localUrl(http, '/consent', { ticket: await sealTicket(request, server, marks) }));
      }),
  }),
};
