/** The page of a step of the sign-in, after the password. OpenID Connect Core section 3.1.2.3 leaves to us how users are authenticated. */
import { takeUp } from '../authorization/advance.js';
import { giveUp } from '../authorization/pages.js';
import type { Endpoint } from '../contracts.js';
import { formOf } from '../http/message.js';
import { endSignIn } from '../interaction/sign-in.js';
import { showStep, takeStep } from '../sign-in/run.js';
import { form } from './form.js';

export const step: Endpoint = {
  name: 'step',
  path: '/step',
  methods: ['GET', 'POST'],
  audience: 'user',
  cors: false,
  enabled: ({ users }) => users.authenticate !== undefined,

  handle: form({
    show: (http, server, refusal) =>
      takeUp(http, server, (waiting) => {
        const again = refusal && { said: { notice: refusal.notice }, status: refusal.status };
        return showStep({ waiting, ticket: formOf(http).need('ticket') }, http, server, again);
      }),

    submit: (http, server) =>
      takeUp(http, server, async (waiting) => {
        const ticket = http.body.need('ticket');
        if (!http.body.has('cancel')) return takeStep({ waiting, ticket }, http, server);
        const signIn = await endSignIn({ http, ticket }, server);
        return { ...giveUp(waiting, server), signIn };
      }),
  }),
};
