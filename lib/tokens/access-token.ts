/** The access token: a JWT that an API can check by itself. RFC 9068. */
import type { Server } from '../contracts.js';
import type { Authorization } from '../model/authorization.js';

/** The `typ` of its header. RFC 9068 section 2.1. */
export const accessTokenType = 'at+jwt';

export interface AccessTokenContent {
  readonly sub: string;
  readonly client_id: string;
  readonly audience: string;
  readonly scope: readonly string[];
  /** Where a user allowed it: what they allowed. */
  readonly authorization?: Pick<Authorization, 'id' | 'auth_time' | 'acr' | 'amr' | 'expires_at'>;
}

/** An access token with what the client is told of it. RFC 6749 section 5.1. */
export interface AccessTokenAnswer {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  /** Always, although only a difference must be told. */
  readonly scope: string;
}

/**
 * RFC 9068 section 2.2. Its `jti` begins with the name of the authorization, so that ending that ends the token; nor does it outlive
 * the authorization.
 */
export async function issueAccessToken(
  { sub, client_id, audience, scope, authorization }: AccessTokenContent,
  { settings, keys, clock, random }: Pick<Server, 'settings' | 'keys' | 'clock' | 'random'>,
): Promise<AccessTokenAnswer> {
  const now = clock();
  const { id = random(16), auth_time, acr, amr, expires_at = Number.POSITIVE_INFINITY } = authorization ?? {};
  const expires_in = Math.min(settings.lifetimes.accessToken, expires_at - now);
  const access_token = await keys.sign(
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
      exp: now + expires_in,
      jti: `${id}.${random(8)}`,
    },
    { typ: accessTokenType },
  );
  return { access_token, token_type: 'Bearer', expires_in, scope: scope.join(' ') };
}

/** The authorization that a token's `jti` names. */
export function authorizationOf(jti: string): string {
  return jti.slice(0, jti.indexOf('.'));
}
