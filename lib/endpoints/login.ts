/** The login screen: authenticates the resource owner. RFC 6749 section 3.1. */
import { takeUp } from '../authorization/advance.js';
import { loginPage, type Waiting } from '../authorization/pages.js';
import { refuse } from '../authorization/respond.js';
import type { Endpoint, HttpResponse, Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { localUrl, page, seeOther } from '../http/message.js';
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
      takeUp(http, server, (waiting) => {
        return loginPage(waiting, http, server, { ...refusal, username: http.body.get('username') ?? '' });
      }),

    submit: (http, server) =>
      takeUp(http, server, async (waiting) => {
        if (http.body.has('cancel')) return giveUp(waiting, server);
        const username = http.body.get('username') ?? '';
        const password = http.body.get('password') ?? '';
        const { users } = server.settings;
        const { client, acr_values } = 'page' in waiting ? { acr_values: [] } : { ...waiting, acr_values: wantedAcr(waiting.request) };
        const context = { req: http.host, ...(client && { client }), acr_values };
        const found = username && password && (await users.authenticate?.({ username, password }, context));
        const user = readUser(found || null, 'users.authenticate');
        const who = client && { client_id: client.client_id };
        if (!user) {
          server.emit('login.failed', { ...who, via: 'login page' });
          return loginPage(waiting, http, server, { ...wrongPassword, username });
        }
        const { session, sid } = await startSession(user, http, server);
        server.emit('login.succeeded', { sub: user.sub, via: 'login page', ...who, sid });
        return seeOther(localUrl(http, '/consent', { ticket: http.body.need('ticket') }), session);
      }),
  }),
};

/** The client hears of it; for a page of ours nobody waits. */
function giveUp(waiting: Waiting, server: Server): HttpResponse {
  if ('page' in waiting) return page({ name: 'signed-out', values: {} });
  return refuse(waiting.request, new OAuthError('access_denied', 'The user did not sign in.'), server);
}
