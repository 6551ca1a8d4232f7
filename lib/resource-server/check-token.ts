/** Checks an access token for an API. RFC 9068 section 4. */
import type { KeyObject } from 'node:crypto';
import { errors, type JWTHeaderParameters, jwtVerify } from 'jose';
import type { Server } from '../contracts.js';
import { OAuthError, StoreUnavailable } from '../errors.js';
import { signingAlgorithms } from '../keys/algorithms.js';
import type { Secrets } from '../keys/secrets.js';
import type { SigningKeys } from '../keys/signing-keys.js';
import { type Genuine, genuineTokens } from '../platform/genuine.js';
import { oncePer } from '../platform/made-once.js';
import { accessTokenType, authorizationOf, isSealed, type SealedAccessToken } from '../tokens/access-token.js';
import { findAuthorization } from '../tokens/authorization.js';
import { type CheckedToken, maxTokenLength } from './auth.js';
import { checkClaims } from './claims.js';

const algorithms = signingAlgorithms.map(({ alg }) => alg);
const requiredClaims = ['sub', 'exp', 'iat', 'jti']; // and iss and aud, which are compared. RFC 9068 section 2.2

type Parts = Pick<Server, 'settings' | 'keys' | 'secrets' | 'store' | 'clock' | 'ended'>;

/**
 * Whether the token is genuine may be remembered; all that may change is checked each time.
 *
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
  if (token.length > maxTokenLength) throw new OAuthError('invalid_token', 'The access token is too long.');
  const sealed = isSealed(token);
  const { claims, recorded } = sealed ? await openSealed(token, parts) : await verifyJwt(token, parts);
  checkClaims(claims, { issuer: parts.settings.issuer, audience, now: parts.clock() });
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

type Read = Pick<Genuine<unknown>, 'claims'> & Pick<SealedAccessToken, 'recorded'>;

/** What a JWT was verified by: the header names the key, and the key must still be the one that it names. */
interface Signer {
  readonly header: JWTHeaderParameters;
  readonly key: KeyObject;
}

const genuineJwts = oncePer((_owner: SigningKeys) => genuineTokens<Signer>());

async function verifyJwt(token: string, { keys, clock }: Parts): Promise<Read> {
  const isStillNamed = async ({ header, key }: Signer) => (await keys.find(header)) === key;
  const { claims } = await genuineJwts(keys)(token, isStillNamed, () => verifySignature(token, keys, clock()));
  return { claims, recorded: false };
}

async function verifySignature(token: string, keys: SigningKeys, now: number): Promise<Genuine<Signer>> {
  let signer: Signer | undefined;
  const findKey = async (header: JWTHeaderParameters) => {
    const key = await keys.find(header);
    if (!key) throw new errors.JWKSNoMatchingKey();
    signer = { header, key };
    return key;
  };
  try {
    const options = { algorithms, typ: accessTokenType, requiredClaims, currentDate: new Date(now * 1000) };
    const { payload } = await jwtVerify(token, findKey, options);
    return { claims: payload, proof: signer as Signer };
  } catch (cause) {
    if (cause instanceof StoreUnavailable || !(cause instanceof errors.JOSEError)) throw cause;
    throw new OAuthError('invalid_token', sentenceFor(cause));
  }
}

const genuineReferences = oncePer((_owner: Secrets) => genuineTokens<Pick<SealedAccessToken, 'recorded'>>());

/** A reference: what it says is ours, and holds as long as the record of what the user allowed is there. The secrets stay the same. */
async function openSealed(token: string, { secrets }: Parts): Promise<Read> {
  const open = async () => {
    const sealed = (await secrets.open('access token', token)) as SealedAccessToken | undefined;
    // We write one audience, and a list is none of ours.
    if (typeof sealed?.claims.aud !== 'string') throw new OAuthError('invalid_token', 'The access token is not one of ours.');
    return { claims: sealed.claims, proof: { recorded: sealed.recorded } };
  };
  const { claims, proof } = await genuineReferences(secrets)(token, () => true, open);
  return { claims, recorded: proof.recorded };
}

function sentenceFor(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'The access token has expired.';
  if (error instanceof errors.JWTClaimValidationFailed) return `The access token has an unexpected ${error.claim}.`;
  return 'The access token is not one of ours.';
}
