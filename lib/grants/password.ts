/** The resource owner password credentials grant, for trusted first-party apps of old. RFC 6749 section 4.3; RFC 9700 section 2.4 forbids it. */
import type { Grant } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { clearAttempts, countAttempt } from '../interaction/attempts.js';
import { readScopeAtOne } from '../rules/scope.js';
import { readUser } from '../rules/user.js';

export const password: Grant = {
  type: 'password',
  optIn: true,
  warning: 'It hands its users’ passwords to a client (RFC 9700 section 2.4): use the authorization code grant wherever you can.',

  async redeem({ client, parameters, req }, server) {
    const credentials = { username: parameters.need('username'), password: parameters.need('password') };
    const { scope, audience } = readScopeAtOne(parameters, client, server.settings);
    const subject = ['password grant', client.client_id, credentials.username.normalize('NFKC').trim().toLowerCase()];
    await countAttempt(subject, server); // before the check, so that guesses at the same time count too
    const user = readUser(await server.settings.users.authenticate?.(credentials, { req, client, acr_values: [] }), 'users.authenticate');
    const { client_id } = client;
    if (!user) {
      server.emit('login.failed', { client_id, via: 'password grant' });
      throw new OAuthError('invalid_grant', 'Username and password do not match.');
    }
    await clearAttempts(subject, server);
    const { sub, acr, amr } = user;
    server.emit('login.succeeded', { sub, via: 'password grant', client_id });
    const login = { auth_time: server.clock(), ...(acr !== undefined && { acr }), ...(amr && { amr }) };
    return { sub, ...login, audience, scope, refresh: client.grant_types.includes('refresh_token') };
  },
};
