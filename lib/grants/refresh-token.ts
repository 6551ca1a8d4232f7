/** The refresh token grant, with rotation. RFC 6749 section 6, RFC 9700 section 4.14. */
import type { Entitlement, Grant, Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import type { Authorization } from '../model/authorization.js';
import { narrowScope } from '../rules/scope.js';
import { readUser } from '../rules/user.js';
import { advanceGeneration, endAuthorization, findAuthorization } from '../tokens/authorization.js';
import { openRefreshToken } from '../tokens/refresh-token.js';

export const refreshToken: Grant = {
  type: 'refresh_token',

  async redeem({ client, parameters }, server) {
    const opened = openRefreshToken(parameters.need('refresh_token'), server.secrets);
    const stored = opened && (await findAuthorization(opened.id, server));
    if (!stored || endOf(stored.value, server) <= server.clock()) {
      throw new OAuthError('invalid_grant', 'The refresh token is not one of ours, has expired, or was revoked.');
    }
    if (stored.value.client_id !== client.client_id)
      throw new OAuthError('invalid_grant', 'The refresh token was issued to another client.');
    const scope = narrowScope(parameters, stored.value.scope);
    await checkUserExists(stored.value, server);

    if (opened.generation === stored.value.generation) {
      const authorization = await advanceGeneration(stored, { refresh: true }, server);
      if (authorization) return entitled(authorization, scope);
    }
    return repeat(opened, scope, server);
  },
};

/** The record may be kept for longer, for access tokens that outlive an unused refresh token. */
function endOf({ expires_at, rotated_at }: Authorization, { settings }: Server): number {
  return Math.min(expires_at, rotated_at + settings.lifetimes.refreshToken);
}

/**
 * The token was used before. Within the grace time that is a lost answer or two tabs at once, and whoever asks is given the same
 * successor; later it is a stolen copy, and the authorization ends. Read again, because another request may just have been faster.
 */
async function repeat(
  { id, generation }: { id: string; generation: number },
  scope: readonly string[],
  server: Server,
): Promise<Entitlement> {
  const authorization = (await findAuthorization(id, server))?.value;
  if (!authorization) throw new OAuthError('invalid_grant', 'The refresh token was revoked.');
  const isPredecessor = generation === authorization.generation - 1;
  if (isPredecessor && server.clock() - authorization.rotated_at <= server.settings.lifetimes.refreshGrace) {
    return entitled(authorization, scope);
  }
  await endAuthorization(id, server);
  server.log.warn(
    `A refresh token of the client ${authorization.client_id} was used again after its grace time; its authorization has been ended.`,
  );
  throw new OAuthError('invalid_grant', 'The refresh token was used before; the authorization has been ended.');
}

function entitled(authorization: Authorization, scope: readonly string[]): Entitlement {
  const { sub, audience } = authorization;
  return { sub, audience, scope, refresh: true, authorization };
}

async function checkUserExists({ id, sub }: Authorization, server: Server): Promise<void> {
  const { users } = server.settings;
  if (!users.find || readUser(await users.find(sub), 'users.find')) return;
  await endAuthorization(id, server);
  throw new OAuthError('invalid_grant', 'The account of the user does not exist any more.');
}
