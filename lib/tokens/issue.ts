/** Turns what a grant found into the token response; nothing else at the token endpoint issues tokens. RFC 6749 section 5.1. */
import type { Entitlement, Server } from '../contracts.js';
import type { Authorization } from '../model/authorization.js';
import type { Client } from '../model/client.js';
import { audienceOf } from '../rules/scope.js';
import { type AccessTokenAnswer, issueAccessToken } from './access-token.js';
import { addAuthorization, lifetimeOf, newAuthorization } from './authorization.js';
import { signIdToken } from './id-token.js';
import { refreshToken } from './refresh-token.js';
import { accessTokenSubject } from './subject.js';

export interface TokenResponse extends AccessTokenAnswer {
  readonly refresh_token?: string;
  readonly id_token?: string;
}

export async function issueTokens(entitlement: Entitlement, client: Client, server: Server): Promise<TokenResponse> {
  const { sub, scope } = entitlement;
  const refresh = entitlement.refresh && client.grant_types.includes('refresh_token');
  const audience = entitlement.audience ?? audienceOf(scope, server.settings);
  const recorded = refresh || scope.includes('openid'); // userinfo, too, has to find what was allowed
  const authorization =
    entitlement.authorization ?? (recorded ? await record({ ...entitlement, audience, refresh }, client, server) : undefined);
  const answer = await issueAccessToken(
    {
      sub: await accessTokenSubject(sub, audience, client, server),
      client_id: client.client_id,
      audience,
      scope,
      ...(authorization && { authorization }),
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
  const authorization = newAuthorization({ client_id: client.client_id, sub, ...login, scope, audience, generation: 1 }, server);
  await addAuthorization(authorization, lifetimeOf(refresh, authorization.expires_at, server), server);
  return authorization;
}

/** The nonce is that of the first answer alone. OpenID Connect Core section 12.2. */
function idTokenFor(authorization: Authorization, client: Client, access_token: string, server: Server): Promise<string> {
  const nonce = authorization.generation === 1 ? authorization.nonce : undefined;
  return signIdToken({ authorization, client, nonce, access_token }, server);
}
