/** Token revocation: a client gives back what it was given. RFC 7009. */
import { authenticateClient } from '../client-auth/authenticate.js';
import type { Endpoint, Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { type Inspected, inspectToken, needToken } from '../resource-server/inspect.js';
import { authorizationOf } from '../tokens/access-token.js';
import { endAuthorization } from '../tokens/authorization.js';

export const revoke: Endpoint = {
  name: 'revoke',
  path: '/revoke',
  methods: ['POST'],
  metadata: 'revocation_endpoint',
  audience: 'client',
  clientAuth: 'any',
  cors: true,

  async handle(http, server) {
    const client = await authenticateClient(http, server);
    const inspected = await inspectToken(needToken(http.body), server);
    if (inspected && inspected.clientId !== client.client_id) {
      throw new OAuthError('invalid_grant', 'The token was issued to another client.');
    }
    if (inspected) await end(inspected, server);
    // Section 2.2: what is not a token (any more) is as good as revoked.
    return { status: 200, headers: { 'Cache-Control': 'no-store' } };
  },
};

/**
 * With a refresh token ends all that the user allowed, also if it is one that was replaced: whoever gives that back wants an end.
 * An access token ends alone; its client can refresh, or give back the refresh token too. Section 2.1.
 */
async function end(inspected: Inspected, server: Server): Promise<void> {
  if (inspected.kind === 'refresh_token') {
    const { id, client_id, sub } = inspected.authorization;
    await endAuthorization(inspected.authorization, 'revoked by client', server);
    server.emit('token.revoked', { kind: 'refresh_token', client_id, sub, authorization: id });
  } else {
    const { clientId: client_id, sub, claims } = inspected.auth;
    const jti = claims.jti as string;
    await server.ended.add(jti, inspected.auth.expiresAt);
    const named = sub !== client_id && { authorization: authorizationOf(jti) }; // a machine has none
    server.emit('token.revoked', { kind: 'access_token', client_id, sub, ...named, jti });
  }
}
