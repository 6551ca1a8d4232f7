/** The client credentials grant: a machine on its own behalf. RFC 6749 section 4.4, RFC 9068 section 2.2. */
import type { Grant } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { type Client, isPublic } from '../model/client.js';
import { isIdentityScope } from '../rules/identity-scopes.js';
import { readScopeAtOne } from '../rules/scope.js';

export const clientCredentials: Grant = {
  type: 'client_credentials',
  optIn: true,

  async redeem({ client, parameters }, { settings }) {
    if (isPublic(client))
      throw new OAuthError('unauthorized_client', 'A public client has no credentials; only a confidential one may do this.');
    const { scope, audience } = readScopeAtOne(parameters, withoutUser(client), settings);
    const ofUsers = scope.filter(isIdentityScope);
    if (ofUsers.length > 0) throw new OAuthError('invalid_scope', `There is no user here, so there is no scope: ${ofUsers.join(' ')}.`);
    return { sub: client.client_id, onOwnBehalf: true, audience, scope, refresh: false }; // no refresh token: section 4.4.3
  },
};

/** A client may be registered for users too; what it gets by default here are the scopes of APIs. */
function withoutUser(client: Client): Client {
  const scope = client.scope?.filter((word) => !isIdentityScope(word)) ?? [];
  return scope.length > 0 ? { ...client, scope } : client;
}
