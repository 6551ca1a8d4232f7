/** The keys that sign tokens: what both kinds of them can do, those of the host and those that are made here. RFC 7517. */
import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, type JWK, type JWTHeaderParameters, type JWTPayload } from 'jose';
import { algorithmFor } from './algorithms.js';
import { signCompact } from './sign.js';

export interface SigningKeys {
  /** Resolves once tokens can be signed. @throws StoreUnavailable */
  ready(): Promise<void>;
  /** A compact JWS with the claims; left out, `alg` is that of access tokens: the first of `algorithms`. @throws StoreUnavailable */
  sign(claims: JWTPayload, header: { typ?: string; alg?: string }): Promise<string>;
  /** The public key that the header of a JWS names, whether it signs now, will, or did until lately; else `undefined`. */
  find(header: JWTHeaderParameters): Promise<KeyObject | undefined>;
  /** The public keys, as they are published. */
  jwks(): Promise<{ keys: JWK[] }>;
  /** Begins a rotation now, unless one is under way. @throws StoreUnavailable */
  rotate(): Promise<void>;
  /** What can be signed with. */
  readonly algorithms: readonly string[];
}

export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly publicJwk: JWK;
}

/** A key without `kid` is named by its thumbprint. RFC 7638. */
export async function readSigningKey(jwk: JWK): Promise<SigningKey> {
  const alg = algorithmFor(jwk as JsonWebKey)?.alg;
  if (alg === undefined) throw new TypeError(`No signature algorithm is known for keys of type ${jwk.kty}.`);
  const privateKey = createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' });
  const publicKey = createPublicKey(privateKey);
  const bare = publicKey.export({ format: 'jwk' }) as JWK;
  const kid = jwk.kid ?? (await calculateJwkThumbprint(bare));
  return { kid, alg, privateKey, publicKey, publicJwk: { ...bare, kid, alg, use: 'sig' } };
}

export async function signWith({ alg, kid, privateKey }: SigningKey, claims: JWTPayload, typ: string | undefined): Promise<string> {
  checkWritable(claims);
  return signCompact({ alg, kid, ...(typ !== undefined && { typ }) }, JSON.stringify(claims), privateKey);
}

/** What JSON would write as another value, or as another object altogether. */
function checkWritable(claims: JWTPayload): void {
  for (const name of ['iat', 'nbf', 'exp']) {
    if (typeof claims[name] === 'number' && !Number.isFinite(claims[name])) throw new TypeError(`The claim ${name} is no finite number.`);
  }
  if (typeof claims.toJSON === 'function') throw new TypeError('The claim toJSON is a function.'); // it would write the token
}

export function findKey<K extends SigningKey>(keys: readonly K[], { kid, alg }: JWTHeaderParameters): K | undefined {
  return keys.find((key) => key.kid === kid && key.alg === alg);
}

export function publish(keys: readonly SigningKey[]): { keys: JWK[] } {
  return { keys: keys.map(({ publicJwk }) => publicJwk) };
}
