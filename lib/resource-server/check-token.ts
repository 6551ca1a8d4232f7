/** Checks an access token for an API. RFC 9068 section 4. */
import { errors, jwtVerify } from 'jose';
import type { Server } from '../contracts.js';
import { OAuthError, StoreUnavailable } from '../errors.js';
import { signingAlgorithms } from '../keys/algorithms.js';
import { accessTokenType, authorizationOf, isSealed, type SealedAccessToken } from '../tokens/access-token.js';
import { findAuthorization } from '../tokens/authorization.js';
import type { CheckedToken } from './auth.js';

const maxLength = 16_384; // characters
const algorithms = signingAlgorithms.map(({ alg }) => alg);

type Parts = Pick<Server, 'settings' | 'keys' | 'secrets' | 'store' | 'clock' | 'ended'>;

/**
 * @param options - `strict`: whether a token that was revoked a moment ago must be refused already, which asks the store. Of a reference
 * the store is asked in any case.
 * @throws OAuthError `invalid_token` @throws StoreUnavailable
 */
export async function checkToken(
  token: string,
  audience: string | readonly string[],
  parts: Parts,
  { strict = false }: { strict?: boolean } = {},
): Promise<CheckedToken> {
  if (token.length > maxLength) throw new OAuthError('invalid_token', 'The access token is too long.');
  const sealed = isSealed(token);
  const { claims, recorded } = sealed ? await openSealed(token, audience, parts) : await verifyJwt(token, audience, parts);
  const { sub, client_id, scope, exp, jti } = claims;
  if (typeof client_id !== 'string' || typeof scope !== 'string') throw new OAuthError('invalid_token', 'The access token lacks a claim.');
  const id = authorizationOf(jti as string);
  const [hasEnded, record] = await Promise.all([
    strict || sealed ? parts.ended.hasAnyNow([jti as string, id]) : parts.ended.hasAny([jti as string, id]),
    recorded && findAuthorization(id, parts),
  ]);
  if (hasEnded || (recorded && !record)) throw new OAuthError('invalid_token', 'The access token was revoked.');
  return { sub: sub as string, clientId: client_id, scopes: scope === '' ? [] : scope.split(' '), token, expiresAt: exp as number, claims };
}

async function verifyJwt(
  token: string,
  audience: string | readonly string[],
  { settings, keys, clock }: Parts,
): Promise<SealedAccessToken> {
  try {
    const { payload } = await jwtVerify(
      token,
      async (header) => {
        const key = await keys.find(header);
        if (!key) throw new errors.JWKSNoMatchingKey();
        return key;
      },
      {
        issuer: settings.issuer,
        audience: typeof audience === 'string' ? audience : [...audience],
        algorithms,
        typ: accessTokenType,
        requiredClaims: ['sub', 'exp', 'iat', 'jti'],
        currentDate: new Date(clock() * 1000),
      },
    );
    return { claims: payload, recorded: false };
  } catch (cause) {
    if (cause instanceof StoreUnavailable || !(cause instanceof errors.JOSEError)) throw cause;
    throw new OAuthError('invalid_token', sentenceFor(cause));
  }
}

/** A reference: what it says is ours, and holds as long as the record of what the user allowed is there. */
async function openSealed(token: string, audience: string | readonly string[], parts: Parts): Promise<SealedAccessToken> {
  const sealed = (await parts.secrets.open('access token', token)) as SealedAccessToken | undefined;
  if (!sealed) throw new OAuthError('invalid_token', 'The access token is not one of ours.');
  const { claims } = sealed;
  if (claims.iss !== parts.settings.issuer) throw new OAuthError('invalid_token', 'The access token has an unexpected iss.');
  if (![audience].flat().includes(claims.aud as string)) throw new OAuthError('invalid_token', 'The access token has an unexpected aud.');
  if ((claims.exp as number) <= parts.clock()) throw new OAuthError('invalid_token', 'The access token has expired.');
  return sealed;
}

function sentenceFor(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'The access token has expired.';
  if (error instanceof errors.JWTClaimValidationFailed) return `The access token has an unexpected ${error.claim}.`;
  return 'The access token is not one of ours.';
}
