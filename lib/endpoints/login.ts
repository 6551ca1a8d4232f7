/** The login screen: authenticates the resource owner. RFC 6749 section 3.1. */
import { takeUp } from '../authorization/advance.js';
import { loginPage } from '../authorization/pages.js';
import { refuse } from '../authorization/respond.js';
import type { Endpoint } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { localUrl, seeOther } from '../http/message.js';
import { startSession } from '../interaction/session.js';
import { wantedAcr } from '../rules/authentication-request.js';
import { readUser } from '../rules/user.js';
import { form } from './form.js';

/** One sentence for an unknown name and a wrong password: nobody learns which accounts exist. */
const wrongPassword = { notice: 'Username and password do not match. Please try again.', status: 422 };

export const login: Endpoint = {
  name: 'login',
  path: '/login',
  methods: ['GET', 'POST'],
  audience: 'user',
  cors: false,
  enabled: ({ users }) => users.authenticate !== undefined,

  handle: form({
    show: (http, server, refusal) =>
      takeUp(http, server, ({ request }, client) => {
        return loginPage(request, client, http, server, { ...refusal, username: http.body.get('username') ?? '' });
      }),

    submit: (http, server) =>
      takeUp(http, server, async ({ request }, client) => {
        if (http.body.has('cancel')) return refuse(request, new OAuthError('access_denied', 'The user did not sign in.'), server);
        const username = http.body.get('username') ?? '';
        const password = http.body.get('password') ?? '';
        const { users } = server.settings;
        const context = { req: http.host, client, acr_values: wantedAcr(request) };
        const found = username && password && (await users.authenticate?.({ username, password }, context));
        const user = readUser(found || null, 'users.authenticate');
        if (!user) return loginPage(request, client, http, server, { ...wrongPassword, username });
        const session = await startSession(user, http, server);
        return seeOther(localUrl(http, '/consent', { ticket: http.body.need('ticket') }), session);
      }),
  }),
};
