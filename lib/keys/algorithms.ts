/** The signature algorithms, one row each. RFC 7518 section 3.1. */
import { createPublicKey, generateKeyPair, type JsonWebKey } from 'node:crypto';
import { promisify } from 'node:util';

export interface SigningAlgorithm {
  readonly alg: string;
  /** Its keys, in words, for who has to make one. */
  readonly keyType: string;
  /** What `at_hash` and `c_hash` are made with. OpenID Connect Core section 3.1.3.6. */
  readonly hash: 'sha256' | 'sha512';
  /** Whether there is always a key for it; for the others one is made when a client needs it. */
  readonly byDefault: boolean;
  /** Whether a key of this shape signs with it; a member `alg` has the last word. */
  fits(jwk: JsonWebKey): boolean;
  /** A new private key; made off the event loop. */
  generate(): Promise<JsonWebKey>;
}

const makeKeyPair = promisify(generateKeyPair);
const leastModulus = 2048; // bits; RFC 7518 sections 3.3 and 3.5

const es256: SigningAlgorithm = {
  alg: 'ES256',
  keyType: 'EC on P-256',
  hash: 'sha256',
  byDefault: true,
  fits: ({ kty, crv, alg = 'ES256' }) => kty === 'EC' && crv === 'P-256' && alg === 'ES256',
  generate: async () => (await makeKeyPair('ec', { namedCurve: 'P-256' })).privateKey.export({ format: 'jwk' }),
};

const rs256: SigningAlgorithm = {
  alg: 'RS256',
  keyType: 'RSA of 2048 bits or more',
  hash: 'sha256',
  byDefault: true,
  fits: (jwk) => isRsa(jwk) && (jwk.alg ?? 'RS256') === 'RS256',
  generate: generateRsa,
};

/** The same keys as RS256 has; so one is for PS256 only if it says so. */
const ps256: SigningAlgorithm = {
  alg: 'PS256',
  keyType: "RSA of 2048 bits or more with alg: 'PS256'",
  hash: 'sha256',
  byDefault: false,
  fits: (jwk) => isRsa(jwk) && jwk.alg === 'PS256',
  generate: generateRsa,
};

/** RFC 8037 section 3.1; with Ed25519, whose own hash is SHA-512. */
const edDsa: SigningAlgorithm = {
  alg: 'EdDSA',
  keyType: 'OKP on Ed25519',
  hash: 'sha512',
  byDefault: false,
  fits: ({ kty, crv, alg = 'EdDSA' }) => kty === 'OKP' && crv === 'Ed25519' && alg === 'EdDSA',
  generate: async () => (await makeKeyPair('ed25519')).privateKey.export({ format: 'jwk' }),
};

/** The same under the name that says which curve, which newer clients use; a key is for it only if it says so. RFC 9864 section 2.2. */
const ed25519: SigningAlgorithm = {
  ...edDsa,
  alg: 'Ed25519',
  keyType: "OKP on Ed25519 with alg: 'Ed25519'",
  fits: ({ kty, crv, alg }) => kty === 'OKP' && crv === 'Ed25519' && alg === 'Ed25519',
};

/** The first signs access tokens: its signatures are short, and quick to make. */
export const signingAlgorithms: readonly SigningAlgorithm[] = [es256, rs256, ps256, edDsa, ed25519];

export const defaultAlgorithms: readonly string[] = signingAlgorithms.filter(({ byDefault }) => byDefault).map(({ alg }) => alg);

export function algorithmNamed(alg: string): SigningAlgorithm | undefined {
  return signingAlgorithms.find((row) => row.alg === alg);
}

export function algorithmFor(jwk: JsonWebKey): SigningAlgorithm | undefined {
  return signingAlgorithms.find((row) => row.fits(jwk));
}

/** Message authentication by a secret that both sides know, one row each; the secret is as long as the hash. RFC 7518 section 3.2. */
export const macAlgorithms: readonly { readonly alg: string; readonly leastBytes: number }[] = [
  { alg: 'HS256', leastBytes: 32 },
  { alg: 'HS384', leastBytes: 48 },
  { alg: 'HS512', leastBytes: 64 },
];

/** The hash that goes with a signature, by the name that `createHash` knows. OpenID Connect Core section 3.1.3.6. */
export function hashOf(alg: string): SigningAlgorithm['hash'] {
  const algorithm = algorithmNamed(alg);
  if (!algorithm) throw new TypeError(`The signature algorithm ${alg} is not known.`);
  return algorithm.hash;
}

async function generateRsa(): Promise<JsonWebKey> {
  return (await makeKeyPair('rsa', { modulusLength: leastModulus })).privateKey.export({ format: 'jwk' });
}

function isRsa({ kty, n, e }: JsonWebKey): boolean {
  if (kty !== 'RSA' || typeof n !== 'string' || typeof e !== 'string') return false;
  const { asymmetricKeyDetails } = createPublicKey({ key: { kty, n, e }, format: 'jwk' });
  return (asymmetricKeyDetails?.modulusLength ?? 0) >= leastModulus;
}
