/** Checks an access token for an API. RFC 9068 section 4. */
import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { Server } from '../contracts.js';
import { OAuthError, StoreUnavailable } from '../errors.js';
import { signingAlgorithms } from '../keys/algorithms.js';
import { accessTokenType, authorizationOf } from '../tokens/access-token.js';

/** What an access token says, once it has been checked. */
export interface Auth {
  /** The subject: the user who allowed the access; for a machine on its own behalf (`client_credentials`) the client, as in `clientId`. */
  readonly sub: string;
  /** The client that calls. */
  readonly clientId: string;
  /** What it may do. RFC 6749 section 3.3. */
  readonly scopes: readonly string[];
  /** The access token itself. */
  readonly token: string;
  /** In seconds since 1970. */
  readonly expiresAt: number;
  /** All claims of the token. */
  readonly claims: Readonly<JWTPayload>;
}

const maxLength = 16_384; // characters
const algorithms = signingAlgorithms.map(({ alg }) => alg);

/** @throws OAuthError `invalid_token` @throws StoreUnavailable */
export async function checkToken(
  token: string,
  audience: string | readonly string[],
  { settings, keys, clock, ended }: Pick<Server, 'settings' | 'keys' | 'clock' | 'ended'>,
): Promise<Auth> {
  if (token.length > maxLength) throw new OAuthError('invalid_token', 'The access token is too long.');
  const claims = await verify();
  const { sub, client_id, scope, exp, jti } = claims;
  if (typeof client_id !== 'string' || typeof scope !== 'string') throw new OAuthError('invalid_token', 'The access token lacks a claim.');
  if (await ended.has(authorizationOf(jti as string))) throw new OAuthError('invalid_token', 'The access token was revoked.');
  return { sub: sub as string, clientId: client_id, scopes: scope === '' ? [] : scope.split(' '), token, expiresAt: exp as number, claims };

  async function verify(): Promise<JWTPayload> {
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
      return payload;
    } catch (cause) {
      if (cause instanceof StoreUnavailable || !(cause instanceof errors.JOSEError)) throw cause;
      throw new OAuthError('invalid_token', sentenceFor(cause));
    }
  }
}

function sentenceFor(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'The access token has expired.';
  if (error instanceof errors.JWTClaimValidationFailed) return `The access token has an unexpected ${error.claim}.`;
  return 'The access token is not one of ours.';
}
