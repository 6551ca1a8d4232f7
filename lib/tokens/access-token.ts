/** The access token: a JWT that an API can check by itself, RFC 9068; or a reference that only this server can read, RFC 6749 section 1.4. */
import type { JWTPayload } from 'jose';
import type { Server } from '../contracts.js';
import type { Authorization } from '../model/authorization.js';
import type { OAuthEvents } from '../model/events.js';
import { accessTokenLifetime } from '../rules/lifetime.js';

/** The `typ` of its header. RFC 9068 section 2.1. */
export const accessTokenType = 'at+jwt';

export interface AccessTokenContent {
  readonly sub: string;
  readonly client_id: string;
  readonly audience: string;
  readonly scope: readonly string[];
  /** Where a user allowed it: what they allowed. */
  readonly authorization?: Pick<Authorization, 'id' | 'auth_time' | 'acr' | 'amr' | 'expires_at'>;
  /** What the event says besides; its `sub` is the user as the host knows them. */
  readonly event: Pick<OAuthEvents['token.issued'], 'grant_type' | 'sub' | 'refresh'>;
}

/** An access token with what the client is told of it. RFC 6749 section 5.1. */
export interface AccessTokenAnswer {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  /** Always, although only a difference must be told. */
  readonly scope: string;
}

/** What a reference says, sealed: the claims that a JWT would have. */
export interface SealedAccessToken {
  readonly claims: JWTPayload;
  /** Whether there is a record of what a user allowed, without which it is worth nothing. */
  readonly recorded: boolean;
}

/**
 * RFC 9068 section 2.2. Its `jti` begins with the name of the authorization, so that ending that ends the token; nor does it outlive
 * the authorization.
 */
export async function issueAccessToken(
  { sub, client_id, audience, scope, authorization, event }: AccessTokenContent,
  { settings, keys, secrets, clock, random, emit }: Pick<Server, 'settings' | 'keys' | 'secrets' | 'clock' | 'random' | 'emit'>,
): Promise<AccessTokenAnswer> {
  const now = clock();
  const { id = random(16), auth_time, acr, amr, expires_at = Number.POSITIVE_INFINITY } = authorization ?? {};
  const expires_in = Math.min(accessTokenLifetime(audience, settings), expires_at - now);
  const jti = `${id}.${random(8)}`;
  const claims: JWTPayload = {
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
    jti,
  };
  const { accessTokens, signingAlg } = settings.apis.get(audience) ?? { accessTokens: settings.accessTokens };
  const sealed: SealedAccessToken = { claims, recorded: authorization !== undefined };
  const access_token =
    accessTokens === 'opaque'
      ? await secrets.seal('access token', sealed)
      : await keys.sign(claims, { typ: accessTokenType, ...(signingAlg !== undefined && { alg: signingAlg }) });
  const named = authorization && { authorization: id };
  emit('token.issued', { ...event, client_id, audience, scope, jti, exp: now + expires_in, ...named });
  return { access_token, token_type: 'Bearer', expires_in, scope: scope.join(' ') };
}

/** A sealed text has five parts, a signed one three. RFC 7516 section 9. */
export function isSealed(token: string): boolean {
  return token.split('.', 6).length === 5;
}

/** The authorization that a token's `jti` names. */
export function authorizationOf(jti: string): string {
  return jti.slice(0, jti.indexOf('.'));
}
