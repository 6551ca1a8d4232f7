/** The resource owner password credentials grant, for trusted first-party apps of old. RFC 6749 section 4.3; RFC 9700 section 2.4 forbids it. */
import type { Grant, Server, SignIn } from '../contracts.js';
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
    const { sub, acr, amr = [] } = user;
    const signIn = { user, amr, ...(acr !== undefined && { acr }), client, acr_values: [], canMakePasskeys: false, req };
    // The answer tells that the password was right: so it is counted like one that was not, and told to who listens.
    if (await needsMore(signIn, server)) {
      server.emit('login.failed', { client_id, via: 'password grant' });
      throw new OAuthError('invalid_grant', 'The password is not enough: the user has to sign in in a browser.');
    }
    await clearAttempts(subject, server);
    server.emit('login.succeeded', { sub, via: 'password grant', client_id });
    const login = { auth_time: server.clock(), ...(acr !== undefined && { acr }), ...(user.amr && { amr }) };
    return { sub, ...login, audience, scope, refresh: client.grant_types.includes('refresh_token') };
  },
};

/** Whether a step of the sign-in is due. There is no page here to take it on. */
async function needsMore(signIn: SignIn, server: Server): Promise<boolean> {
  for (const step of server.signInSteps) if (!step.isOffer && (await step.isDue(signIn, server))) return true;
  return false;
}
