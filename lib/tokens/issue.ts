/** Turns what a grant found into the token response; nothing else at the token endpoint issues tokens. RFC 6749 section 5.1. */
import type { Entitlement, Server } from '../contracts.js';
import type { Authorization } from '../model/authorization.js';
import type { Client } from '../model/client.js';
import { audienceOf, shareOut } from '../rules/scope.js';
import { type AccessTokenAnswer, issueAccessToken } from './access-token.js';
import { addAuthorization, lifetimeOf, newAuthorization } from './authorization.js';
import { signIdToken } from './id-token.js';
import { refreshToken } from './refresh-token.js';
import { accessTokenSubject } from './subject.js';

export interface TokenResponse extends AccessTokenAnswer {
  readonly refresh_token?: string;
  readonly id_token?: string;
}

export async function issueTokens(entitlement: Entitlement, client: Client, server: Server, grant_type: string): Promise<TokenResponse> {
  const { sub, scope, onOwnBehalf = false } = entitlement;
  if (!onOwnBehalf && sub === client.client_id)
    throw new Error(`The user ${sub} has the identifier of the client: nobody could tell the two apart.`);
  const refresh = entitlement.refresh && client.grant_types.includes('refresh_token');
  const audience = entitlement.audience ?? audienceOf(scope, server.settings);
  const authorization =
    entitlement.authorization ?? (!onOwnBehalf ? await record({ ...entitlement, audience, refresh }, client, server) : undefined);
  const answer = await issueAccessToken(
    {
      sub: await accessTokenSubject(sub, audience, client, server),
      client_id: client.client_id,
      audience,
      scope,
      ...(authorization && { authorization }),
      event: { grant_type, sub, refresh },
    },
    server,
  );
  return {
    ...answer,
    ...(refresh && authorization && { refresh_token: refreshToken(authorization.id, authorization.generation, server.secrets) }),
    ...(authorization && scope.includes('openid') && { id_token: await idTokenFor(authorization, client, answer.access_token, server) }),
  };
}

/** For a grant without an authorization endpoint: from here on its refresh tokens are like all others. */
async function record(
  { sub, scope, audience, refresh, auth_time, acr, amr }: Entitlement & { audience: string },
  client: Client,
  server: Server,
): Promise<Authorization> {
  const login = { ...(auth_time !== undefined && { auth_time }), ...(acr !== undefined && { acr }), ...(amr && { amr }) };
  const audiences = shareOut(scope, [audience], server.settings);
  const authorization = newAuthorization({ client_id: client.client_id, sub, ...login, scope, audiences, generation: 1 }, server);
  await addAuthorization(authorization, { ttl: lifetimeOf(authorization, refresh, server), refresh }, server);
  return authorization;
}

/** The nonce is that of the first answer alone. OpenID Connect Core section 12.2. */
function idTokenFor(authorization: Authorization, client: Client, access_token: string, server: Server): Promise<string> {
  const nonce = authorization.generation === 1 ? authorization.nonce : undefined;
  return signIdToken({ authorization, client, nonce, access_token }, server);
}
