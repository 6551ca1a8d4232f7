/** The access token: a JWT that an API can check by itself. RFC 9068. */
import type { Entitlement, Server } from '../contracts.js';

/** The `typ` of its header. RFC 9068 section 2.1. */
export const accessTokenType = 'at+jwt';

/** RFC 9068 section 2.2. Its `jti` begins with the name of the authorization, so that ending that ends the token. */
export function signAccessToken(
  { authorization, scope }: Entitlement,
  { settings, keys, clock, random }: Pick<Server, 'settings' | 'keys' | 'clock' | 'random'>,
): Promise<string> {
  const now = clock();
  return keys.sign(
    {
      iss: settings.issuer,
      aud: authorization.audience,
      sub: authorization.sub,
      client_id: authorization.client_id,
      scope: scope.join(' '),
      ...(authorization.auth_time !== undefined && { auth_time: authorization.auth_time }),
      iat: now,
      exp: now + settings.lifetimes.accessToken,
      jti: `${authorization.id}.${random(8)}`,
    },
    accessTokenType,
  );
}

/** The authorization that a token's `jti` names. */
export function authorizationOf(jti: string): string {
  return jti.slice(0, jti.indexOf('.'));
}
