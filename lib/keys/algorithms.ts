/** The signature algorithms, one row each. RFC 7518 section 3.1. */
import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';

export interface SigningAlgorithm {
  readonly alg: string;
  /** Whether a key of this shape signs with it. */
  fits(jwk: JsonWebKey): boolean;
  /** A new private key. */
  generate(): JsonWebKey;
}

const es256: SigningAlgorithm = {
  alg: 'ES256',
  fits: ({ kty, crv }) => kty === 'EC' && crv === 'P-256',
  generate: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
};

/** The first is used for keys that are made here. */
export const signingAlgorithms: readonly [SigningAlgorithm, ...SigningAlgorithm[]] = [es256];
