/** Reads the public keys that somebody else publishes. RFC 7517 sections 4 and 5. */
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';

/** A key with what its owner says of it. */
export interface PublishedKey {
  readonly key: KeyObject;
  readonly kid?: string;
  readonly jwk: JsonWebKey;
}

export type KeyUse = 'sig' | 'enc';

/** The part of a JOSE header that chooses the key. Keys and links in the header itself (`jwk`, `jku`, `x5c`, `x5u`) are never asked. */
export interface KeyHeader {
  readonly alg: string;
  readonly kid?: string | undefined;
}

/** Why a JWK Set is not used: what follows after its name in a sentence. */
export class UnusableJwkSet extends Error {
  override readonly name = 'UnusableJwkSet';
}

/**
 * Keys that are not understood are passed over. One that should be secret is not: who published it must learn of it. Section 5.
 *
 * @throws UnusableJwkSet
 */
export function readJwkSet(jwks: unknown): readonly PublishedKey[] {
  const list = isObject(jwks) ? jwks.keys : undefined;
  if (!Array.isArray(list)) throw new UnusableJwkSet('has no list of keys.');
  const objects = list.filter(isObject);
  if (objects.some(isSecret)) {
    throw new UnusableJwkSet('contains a secret or private key. Replace that key, and publish public keys only.');
  }
  return objects.flatMap(readKey);
}

/** Whether a key is for this: what it says of itself must agree with what it is asked for. Section 4. `fits` is that of the algorithm's row. */
export function matcher({ alg, kid }: KeyHeader, use: KeyUse, fits: (jwk: JsonWebKey) => boolean): (key: PublishedKey) => boolean {
  return ({ jwk, kid: own }) =>
    (kid === undefined || kid === own) &&
    (jwk.alg === undefined || jwk.alg === alg) &&
    fits({ ...jwk, alg }) && // an RSA key that names no alg is for RS256 and PS256 alike
    (jwk.use === undefined || jwk.use === use) &&
    (use === 'enc' || !Array.isArray(jwk.key_ops) || jwk.key_ops.includes('verify'));
}

/** RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1, RFC 8037 section 2. */
function isSecret(jwk: Readonly<Record<string, unknown>>): boolean {
  return jwk.kty === 'oct' || ['d', 'k', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv'].some((name) => name in jwk);
}

function readKey(jwk: JsonWebKey): readonly PublishedKey[] {
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    // RFC 7518 sections 3.3 and 4.3.
    if ((key.asymmetricKeyDetails?.modulusLength ?? 2048) < 2048) return [];
    return [{ key, jwk, ...(typeof jwk.kid === 'string' && { kid: jwk.kid }) }];
  } catch {
    return [];
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
