/** Checks access tokens on another machine than the server that issued them. RFC 9068 section 4. */
import type { KeyObject } from 'node:crypto';
import { errors, type JWTHeaderParameters, jwtVerify } from 'jose';
import { OAuthError } from '../errors.js';
import { algorithmNamed, signingAlgorithms } from '../keys/algorithms.js';
import { matcher } from '../keys/jwk-set.js';
import type { Clock } from '../platform/clock.js';
import { type Genuine, genuineTokens, type ReadGenuine } from '../platform/genuine.js';
import { accessTokenType } from '../tokens/access-token.js';
import { type CheckedToken, maxTokenLength, type TokenChecker } from './auth.js';
import { checkClaims } from './claims.js';
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
const requiredClaims = ['sub', 'exp', 'iat', 'jti', 'client_id']; // and iss and aud, which are compared. RFC 9068 section 2.2

export function remoteChecker(parts: RemoteCheckerParts): TokenChecker {
  const readClaims = claimsReader(parts);

  /** What is no JWS is a reference: a name that only the issuer can look up. */
  async function read(token: string, strict: boolean): Promise<CheckedToken> {
    if (token.length > maxTokenLength) throw refused('The access token is too long.');
    if (token.split('.', 4).length !== 3) {
      if (!parts.introspect) throw refused('The access token is not one of ours.');
      return parts.introspect(token, { strict });
    }
    const checked = await readJwt(token, readClaims, parts);
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

type FindKey = (header: JWTHeaderParameters) => Promise<KeyObject>;
type ReadClaims = (token: string) => Promise<Genuine<unknown>['claims']>;

async function readJwt(token: string, readClaims: ReadClaims, parts: RemoteCheckerParts): Promise<CheckedToken> {
  const claims = await readClaims(token);
  const now = parts.clock();
  checkClaims(claims, { ...parts, now });
  const { sub, client_id, scope = '', iat, exp } = claims;
  if (typeof client_id !== 'string' || typeof scope !== 'string') throw refused('The access token lacks a claim.');
  if ((iat as number) > now + parts.clockTolerance) throw refused('The access token is not valid yet.');
  // Who shows a token that is bound to a key would have to prove that they have the key. RFC 9449 section 7.2, RFC 8705 section 3.
  if (claims.cnf !== undefined) throw refused('The access token is no bearer token.');
  const scopes = scope.split(' ').filter((one) => one !== '');
  return { sub: sub as string, clientId: client_id, scopes, token, expiresAt: exp as number, claims };
}

/** What a JWT says that the issuer has signed: it may be remembered for as long as the issuer publishes the key, as far as that is known here. */
function claimsReader(parts: RemoteCheckerParts): ReadClaims {
  const findKey = keyFinder(parts.keys);
  const genuine: ReadGenuine<KeyObject> = genuineTokens();
  const isPublished = async (key: KeyObject) => (await parts.keys(() => true)).some((published) => published.key === key);

  return async (token) => {
    try {
      return (await genuine(token, isPublished, () => verifySignature(token, findKey, parts))).claims;
    } catch (cause) {
      if (cause instanceof IssuerUnavailable) throw unavailable();
      if (!(cause instanceof errors.JOSEError)) throw cause;
      throw refused(sentenceFor(cause));
    }
  };
}

async function verifySignature(
  token: string,
  findKey: FindKey,
  { clock, clockTolerance }: RemoteCheckerParts,
): Promise<Genuine<KeyObject>> {
  let key: KeyObject | undefined;
  const find = async (header: JWTHeaderParameters) => {
    key = await findKey(header);
    return key;
  };
  const currentDate = new Date(clock() * 1000);
  const options = { algorithms, typ: accessTokenType, requiredClaims, clockTolerance, currentDate };
  const { payload } = await jwtVerify(token, find, options);
  return { claims: payload, proof: key as KeyObject };
}

/** Asked after the algorithm was found allowed. Exactly one key must fit: so what is forged costs one signature at most. */
function keyFinder(keys: Issuer['keys']): FindKey {
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
