/** The authorization code grant. RFC 6749 section 4.1.3, RFC 7636 section 4.6. */
import type { Grant, Parameters, Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import type { Authorization } from '../model/authorization.js';
import type { Client } from '../model/client.js';
import { checkProofKey } from '../rules/pkce.js';
import { chooseAudience, scopeAt, stillAllowed } from '../rules/resource.js';
import { advanceGeneration, endAuthorization, findAuthorization } from '../tokens/authorization.js';
import { openAuthorizationCode } from '../tokens/authorization-code.js';
import { checkTellable } from '../tokens/client-jwt.js';

export const authorizationCode: Grant = {
  type: 'authorization_code',

  async redeem({ client, parameters }, server) {
    const id = openAuthorizationCode(parameters.need('code'), server.secrets);
    const stored = id === undefined ? undefined : await findAuthorization(id, server);
    if (!stored) throw new OAuthError('invalid_grant', 'The code is not one of ours, or it has expired.');
    checkRightfulClient(stored.value, client, parameters);
    if (stored.value.generation > 0) throw await replayed(stored.value, server);
    if ((stored.value.code_expires_at ?? 0) <= server.clock()) throw new OAuthError('invalid_grant', 'The code has expired.');

    const allowed = stillAllowed(stored.value, client, server.settings);
    const audience = chooseAudience(parameters, [], allowed, server.settings);
    await checkTellable(stored.value.scope, client, server);

    // Also without the scope offline_access, to which OpenID Connect Core section 11 ties it: else most clients sign their users in hourly.
    const refresh = client.grant_types.includes('refresh_token');
    const authorization = await advanceGeneration(stored, { refresh }, server); // last: two may race, one may win
    if (!authorization) throw await replayed(stored.value, server);
    return { sub: authorization.sub, audience, scope: scopeAt(audience, allowed), refresh, authorization };
  },
};

/**
 * Possession comes first: nothing happens to a code that a thief presents without the verifier. RFC 9700 section 4.5.
 * The redirect URI may be left out, as in OAuth 2.1, where PKCE proves more; if it is there it must be the same.
 */
function checkRightfulClient(authorization: Authorization, client: Client, parameters: Parameters): void {
  if (authorization.client_id !== client.client_id) throw new OAuthError('invalid_grant', 'The code was issued to another client.');
  const { code_challenge } = authorization;
  const redirect_uri = code_challenge === undefined ? parameters.need('redirect_uri') : parameters.get('redirect_uri');
  if (redirect_uri !== undefined && redirect_uri !== authorization.redirect_uri) {
    const fitting = authorization.redirect_uri === undefined ? [] : [authorization.redirect_uri];
    throw new OAuthError('invalid_grant', 'The redirect_uri is not that of the authorization request.', {
      mismatch: { what: 'redirect_uri', asked: redirect_uri, fitting, source: 'earlier request' },
    });
  }
  checkProofKey(parameters, code_challenge);
}

/** Used twice: somebody has a copy, so all that the code gave is ended. RFC 6749 section 4.1.2. */
async function replayed(authorization: Authorization, server: Server): Promise<OAuthError> {
  const { id, client_id, sub } = authorization;
  server.emit('token.replayed', { kind: 'code', authorization: id, client_id, sub });
  await endAuthorization(authorization, 'code replayed', server);
  server.log.warn('A code was redeemed twice; what it gave has been ended.');
  return new OAuthError('invalid_grant', 'The code was used before; what it gave has been ended.');
}
