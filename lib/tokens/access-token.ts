/** The access token: a JWT that an API can check by itself. RFC 9068. */
import type { Server } from '../contracts.js';

/** The `typ` of its header. RFC 9068 section 2.1. */
export const accessTokenType = 'at+jwt';

export interface AccessTokenContent {
  readonly sub: string;
  readonly client_id: string;
  readonly audience: string;
  readonly scope: readonly string[];
  /** Where a user allowed it: what they allowed. */
  readonly authorization?: { readonly id: string; readonly auth_time?: number; readonly acr?: string; readonly amr?: readonly string[] };
}

/** RFC 9068 section 2.2. Its `jti` begins with the name of the authorization, so that ending that ends the token. */
export function signAccessToken(
  { sub, client_id, audience, scope, authorization }: AccessTokenContent,
  { settings, keys, clock, random }: Pick<Server, 'settings' | 'keys' | 'clock' | 'random'>,
): Promise<string> {
  const now = clock();
  const { id, auth_time, acr, amr } = authorization ?? { id: random(16) };
  return keys.sign(
    {
      iss: settings.issuer,
      aud: audience,
      sub,
      client_id,
      scope: scope.join(' '),
      ...(auth_time !== undefined && { auth_time }),
      ...(acr !== undefined && { acr }),
      ...(amr !== undefined && { amr }),
      iat: now,
      exp: now + settings.lifetimes.accessToken,
      jti: `${id}.${random(8)}`,
    },
    { typ: accessTokenType },
  );
}

/** The authorization that a token's `jti` names. */
export function authorizationOf(jti: string): string {
  return jti.slice(0, jti.indexOf('.'));
}
