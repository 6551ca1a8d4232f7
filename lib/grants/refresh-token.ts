/** The refresh token grant, with rotation. RFC 6749 section 6, RFC 9700 section 4.14. */
import type { Entitlement, Grant, Parameters, Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import type { Authorization } from '../model/authorization.js';
import { type Allowed, chooseAudience, scopeAt, stillAllowed } from '../rules/resource.js';
import { narrowScope, parseScope } from '../rules/scope.js';
import { readUser } from '../rules/user.js';
import { advanceGeneration, endAuthorization, findAuthorization, refreshEndOf } from '../tokens/authorization.js';
import { openRefreshToken } from '../tokens/refresh-token.js';

export const refreshToken: Grant = {
  type: 'refresh_token',

  async redeem({ client, parameters }, server) {
    const opened = openRefreshToken(parameters.need('refresh_token'), server.secrets);
    const stored = opened && (await findAuthorization(opened.id, server));
    if (!stored || refreshEndOf(stored.value, server) <= server.clock()) {
      throw new OAuthError('invalid_grant', 'The refresh token is not one of ours, has expired, or was revoked.');
    }
    if (stored.value.client_id !== client.client_id)
      throw new OAuthError('invalid_grant', 'The refresh token was issued to another client.');
    const target = chooseTarget(parameters, stillAllowed(stored.value, client, server.settings), server);
    await checkUserExists(stored.value, server);

    // One that is ahead was made by us too: the store has lost the write that it came with. It counts as the one in use, and those before it as used.
    if (opened.generation >= stored.value.generation) {
      const authorization = await advanceGeneration(stored, { from: opened.generation, refresh: true }, server);
      if (authorization) return entitled(authorization, target, { repeated: false }, server);
    }
    return repeat(opened, target, server);
  },
};

type Target = Required<Pick<Entitlement, 'audience' | 'scope'>>;

/** One of the APIs that were allowed, and there no more than was. RFC 8707 section 2.2. */
function chooseTarget(parameters: Parameters, allowed: Allowed, { settings }: Server): Target {
  const asked = parseScope(parameters.get('scope') ?? '');
  const audience = chooseAudience(parameters, asked, allowed, settings);
  return { audience, scope: narrowScope(asked, scopeAt(audience, allowed)) };
}

/**
 * The token was used before. Within the grace time that is a lost answer or two tabs at once, and whoever asks is given the same
 * successor; later it is a stolen copy, and the authorization ends. Read again, because another request may just have been faster.
 */
async function repeat({ id, generation }: { id: string; generation: number }, target: Target, server: Server): Promise<Entitlement> {
  const authorization = (await findAuthorization(id, server))?.value;
  if (!authorization) throw new OAuthError('invalid_grant', 'The refresh token was revoked.');
  if (generation >= authorization.generation) {
    // Somebody was faster with an older one, which the store takes for the one in use since it has lost a write.
    throw new OAuthError('temporarily_unavailable', 'Another refresh was faster. Please try again.', { headers: { 'Retry-After': '1' } });
  }
  const isPredecessor = generation === authorization.generation - 1;
  if (isPredecessor && server.clock() - authorization.rotated_at <= server.settings.lifetimes.refreshGrace) {
    return entitled(authorization, target, { repeated: true }, server);
  }
  const { client_id, sub } = authorization;
  server.emit('token.replayed', { kind: 'refresh_token', authorization: id, client_id, sub });
  await endAuthorization(authorization, 'refresh token replayed', server);
  server.log.warn(`A refresh token of the client ${client_id} was used again after its grace time; its authorization has been ended.`);
  throw new OAuthError('invalid_grant', 'The refresh token was used before; the authorization has been ended.');
}

function entitled(
  authorization: Authorization,
  target: Target,
  { repeated }: { repeated: boolean },
  { emit }: Pick<Server, 'emit'>,
): Entitlement {
  const { id, client_id, sub } = authorization;
  emit('token.refreshed', { authorization: id, client_id, sub, repeated });
  return { sub, ...target, refresh: true, authorization };
}

async function checkUserExists(authorization: Authorization, server: Server): Promise<void> {
  const { users } = server.settings;
  if (!users.find || readUser(await users.find(authorization.sub), 'users.find')) return;
  await endAuthorization(authorization, 'account gone', server);
  throw new OAuthError('invalid_grant', 'The account of the user does not exist any more.');
}
