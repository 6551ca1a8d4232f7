/** Checks access tokens on another machine than the server that issued them. RFC 9068 section 4. */
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { OAuthError } from '../errors.js';
import { algorithmNamed, signingAlgorithms } from '../keys/algorithms.js';
import { matcher } from '../keys/jwk-set.js';
import type { Clock } from '../platform/clock.js';
import { accessTokenType } from '../tokens/access-token.js';
import { type CheckedToken, maxTokenLength, type TokenChecker } from './auth.js';
import type { Introspect } from './introspection.js';
import { type Issuer, IssuerUnavailable, unavailable } from './issuer.js';

export interface RemoteCheckerParts {
  readonly issuer: string;
  readonly audience: string;
  /** In seconds: so far may the clocks of the two machines be apart. */
  readonly clockTolerance: number;
  readonly keys: Issuer['keys'];
  /** Left out: the issuer has no opaque tokens for this API, and nobody is asked. */
  readonly introspect: Introspect | undefined;
  readonly clock: Clock;
}

const algorithms = signingAlgorithms.map(({ alg }) => alg);

export function remoteChecker(parts: RemoteCheckerParts): TokenChecker {
  const findKey = keyFinder(parts.keys);

  /** What is no JWS is a reference: a name that only the issuer can look up. */
  async function read(token: string, strict: boolean): Promise<CheckedToken> {
    if (token.length > maxTokenLength) throw refused('The access token is too long.');
    if (token.split('.', 4).length !== 3) {
      if (!parts.introspect) throw refused('The access token is not one of ours.');
      return parts.introspect(token, { strict });
    }
    const checked = await readJwt(token, findKey, parts);
    if (strict) await parts.introspect?.(token, { strict }); // last: nobody is asked about what is forged
    return checked;
  }

  return {
    async check(token, { strict }) {
      const checked = await read(token, strict);
      return { ...checked, resource: new URL(parts.audience), extra: checked.claims }; // whoever has it may write to it
    },
  };
}

async function readJwt(token: string, findKey: JWTVerifyGetKey, parts: RemoteCheckerParts): Promise<CheckedToken> {
  const claims = await verify(token, findKey, parts);
  const { sub, client_id, scope = '', iat, exp } = claims;
  if (typeof client_id !== 'string' || typeof scope !== 'string') throw refused('The access token lacks a claim.');
  if ((iat as number) > parts.clock() + parts.clockTolerance) throw refused('The access token is not valid yet.');
  // Who shows a token that is bound to a key would have to prove that they have the key. RFC 9449 section 7.2, RFC 8705 section 3.
  if (claims.cnf !== undefined) throw refused('The access token is no bearer token.');
  const scopes = scope.split(' ').filter((one) => one !== '');
  return { sub: sub as string, clientId: client_id, scopes, token, expiresAt: exp as number, claims };
}

async function verify(token: string, findKey: JWTVerifyGetKey, parts: RemoteCheckerParts): Promise<JWTPayload> {
  const { issuer, audience, clockTolerance, clock } = parts;
  const currentDate = new Date(clock() * 1000);
  const requiredClaims = ['sub', 'exp', 'iat', 'jti', 'client_id']; // and iss and aud, which are compared. RFC 9068 section 2.2
  try {
    const options = { issuer, audience, algorithms, typ: accessTokenType, requiredClaims, clockTolerance, currentDate };
    return (await jwtVerify(token, findKey, options)).payload;
  } catch (cause) {
    if (cause instanceof IssuerUnavailable) throw unavailable();
    if (!(cause instanceof errors.JOSEError)) throw cause;
    throw refused(sentenceFor(cause));
  }
}

/** Asked after the algorithm was found allowed. Exactly one key must fit: so what is forged costs one signature at most. */
function keyFinder(keys: Issuer['keys']): JWTVerifyGetKey {
  return async ({ alg, kid }) => {
    const fits = matcher({ alg, kid }, 'sig', (jwk) => algorithmNamed(alg)?.fits(jwk) ?? false);
    const [found, ...others] = (await keys((published) => published.some(fits))).filter(fits);
    if (!found || others.length > 0) throw new errors.JWKSNoMatchingKey();
    return found.key;
  };
}

function sentenceFor(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'The access token has expired.';
  if (error instanceof errors.JWTClaimValidationFailed) return `The access token has an unexpected ${error.claim}.`;
  return 'The access token is not one of ours.';
}

function refused(message: string): OAuthError {
  return new OAuthError('invalid_token', message);
}
