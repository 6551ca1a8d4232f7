/** Reads what the server has signed, by the keys that it publishes. */
import { createHash } from 'node:crypto';
import { type CompactJWSHeaderParameters, compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';

export interface SignedJwt {
  readonly header: CompactJWSHeaderParameters;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** @throws if the signature is not by a key that stands in the JWKS */
export async function verified(url: string, jwt: string | undefined, base = '/oauth'): Promise<SignedJwt> {
  const jwks = (await (await fetch(`${url}${base}/jwks`)).json()) as JSONWebKeySet;
  const { payload, protectedHeader } = await compactVerify(jwt ?? '', createLocalJWKSet(jwks));
  return { header: protectedHeader, claims: JSON.parse(Buffer.from(payload).toString()) };
}

/** Of `at_hash` and `c_hash`: the left half of the hash. OpenID Connect Core section 3.1.3.6. */
export function leftHalf(text: string | undefined, hash = 'sha256'): string {
  const digest = createHash(hash)
    .update(text ?? '')
    .digest();
  return digest.subarray(0, digest.length / 2).toString('base64url');
}
