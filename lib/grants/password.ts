/** The resource owner password credentials grant, for trusted first-party apps of old. RFC 6749 section 4.3; RFC 9700 section 2.4 forbids it. */
import type { Grant, Server, SignIn } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { type Counting, tooMany, unlessItFails } from '../limits/limits.js';
import { type Client, isPublic } from '../model/client.js';
import { readScopeAtOne } from '../rules/scope.js';
import { nameInLimits, readUser } from '../rules/user.js';

export const password: Grant = {
  type: 'password',
  optIn: true,
  warning: 'It hands its users’ passwords to a client (RFC 9700 section 2.4): use the authorization code grant wherever you can.',

  async redeem({ client, parameters, req, from }, server) {
    const credentials = { username: parameters.need('username'), password: parameters.need('password') };
    const { scope, audience } = readScopeAtOne(parameters, client, server.settings);
    const { client_id } = client;
    const counted = await server.limits.count(guessesAt(credentials.username, client), { from, emit: server.emit, client_id });
    if (counted.wait > 0) throw tooMany('invalid_grant', 'There were too many attempts. Please wait.', counted.wait);
    const user = await unlessItFails(counted, async () =>
      readUser(await server.settings.users.authenticate?.(credentials, { req, client, acr_values: [] }), 'users.authenticate'),
    );
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
    await counted.succeeded();
    server.emit('login.succeeded', { sub, via: 'password grant', client_id });
    const login = { auth_time: server.clock(), ...(acr !== undefined && { acr }), ...(user.amr && { amr }) };
    return { sub, ...login, audience, scope, refresh: client.grant_types.includes('refresh_token') };
  },
};

/** Apart from those on the login page: who guesses by way of a client, whose server has one address for all, keeps nobody out there. */
function guessesAt(username: string, client: Client): readonly Counting[] {
  const { client_id } = client;
  const everybody: Counting = isPublic(client) ? { limit: 'loginAddress', of: [] } : { limit: 'passwordGrant', of: [client_id] };
  return [{ limit: 'login', of: ['password grant', client_id, nameInLimits(username)] }, everybody];
}

/** Whether a step of the sign-in is due. There is no page here to take it on. */
async function needsMore(signIn: SignIn, server: Server): Promise<boolean> {
  for (const step of server.signInSteps) if (!step.isOffer && (await step.isDue(signIn, server))) return true;
  return false;
}
