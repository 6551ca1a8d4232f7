/** The consent screen: the resource owner decides. RFC 6749 section 4.1.1, step (B). */
import { advance, takeUp } from '../authorization/advance.js';
import { allow, refuse } from '../authorization/respond.js';
import type { Endpoint } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { addConsent } from '../interaction/consent.js';
import { findUser } from '../interaction/session.js';
import { askedOf } from '../rules/identity-scopes.js';
import { form } from './form.js';

/** The page was shown to one user, and another one is signed in by now, perhaps in a second tab. */
const someoneElse = { notice: 'The account has changed since this page was opened. Please look again and decide.', status: 409 };

export const consent: Endpoint = {
  name: 'consent',
  path: '/consent',
  methods: ['GET', 'POST'],
  audience: 'user',
  cors: false,

  handle: form({
    /** Any waiting request goes on from here: to the login, to this page, or back to the client if there is nothing to ask. */
    show: (http, server, refusal) =>
      takeUp(http, server, ({ request, authenticated }, client) => {
        return advance(request, client, http, server, { ...refusal, ...(authenticated !== undefined && { authenticated }) });
      }),

    submit: (http, server) =>
      takeUp(http, server, async ({ request, sub, authenticated }, client) => {
        const user = await findUser(http, server, authenticated);
        if (!user || user.sub !== sub) return advance(request, client, http, server, someoneElse);
        const decision = http.body.need('decision');
        if (decision === 'deny') return refuse(request, new OAuthError('access_denied', 'The user said no.'), server);
        if (decision !== 'allow') throw new OAuthError('invalid_request', 'The decision must be allow or deny.');
        const subject = { client_id: client.client_id, sub: user.sub };
        const [answer] = await Promise.all([
          allow(request, client, user, server),
          addConsent(subject, request.audience, askedOf(request), server),
        ]);
        return answer;
      }),
  }),
};
