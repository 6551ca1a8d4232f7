/** The keys that sign tokens: given by the host, or made once and shared through the store. RFC 7517. */
import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, type JWK, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import type { Store } from '../model/store.js';
import type { Clock } from '../platform/clock.js';
import { signingAlgorithms } from './algorithms.js';
import type { Secrets } from './secrets.js';

export interface SigningKeys {
  /** Resolves once tokens can be signed. @throws StoreUnavailable */
  ready(): Promise<void>;
  /** A compact JWS with the claims, whose header has this `typ`. */
  sign(claims: JWTPayload, typ: string): Promise<string>;
  /** The public key that the header of a JWS names; `undefined` if it is none of ours. */
  find(header: JWTHeaderParameters): Promise<KeyObject | undefined>;
  /** The public keys, as they are published. */
  jwks(): Promise<{ keys: JWK[] }>;
}

interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly publicJwk: JWK;
}

/** What the store keeps: the private keys, sealed. */
interface StoredKeys {
  readonly sealed: string;
  readonly renewed_at: number;
}

const storeKey = 'signing-keys';
const day = 86_400; // seconds
const storeLifetime = 400 * day;
const renewAfter = 30 * day;
const retryAfter = 60;

/** Keys of the host. */
export function givenKeys(jwks: { readonly keys: readonly JWK[] }): SigningKeys {
  let loading: Promise<readonly SigningKey[]> | undefined;
  return signWith(() => {
    loading ??= Promise.all(jwks.keys.map(readKey));
    return loading;
  });
}

/** Keys that the first process makes, and that all others and every restart find in the store. */
export function storedKeys({ store, secrets, clock }: { store: Store; secrets: Secrets; clock: Clock }): SigningKeys {
  let loading: Promise<readonly SigningKey[]> | undefined;
  let renewAt = 0;

  /** Read again now and then: so the record never expires while somebody signs with it. */
  return signWith(() => {
    if (!loading || clock() >= renewAt) loading = reload(loading);
    return loading;
  });

  /** Keys that are known stay in use while the store is away; a first failure is not remembered. */
  function reload(known: Promise<readonly SigningKey[]> | undefined): Promise<readonly SigningKey[]> {
    return load().catch((error) => {
      loading = known;
      renewAt = clock() + retryAfter;
      if (!known) throw error;
      return known;
    });
  }

  async function load(): Promise<readonly SigningKey[]> {
    const now = clock();
    renewAt = now + renewAfter;
    const stored = await store.get<StoredKeys>(storeKey);
    if (!stored) {
      const made = await seal([signingAlgorithms[0].generate()], now);
      // Another process may have been faster: then its keys count.
      if (!(await store.add(storeKey, made, storeLifetime))) return load();
      return open(made);
    }
    const keys = await open(stored.value);
    if (now - stored.value.renewed_at >= renewAfter) {
      await store.swap(storeKey, stored.version, { ...stored.value, renewed_at: now }, storeLifetime);
    }
    return keys;
  }

  async function seal(keys: readonly JsonWebKey[], now: number): Promise<StoredKeys> {
    return { sealed: await secrets.seal('signing keys', { keys }), renewed_at: now };
  }

  async function open({ sealed }: StoredKeys): Promise<readonly SigningKey[]> {
    const opened = (await secrets.open('signing keys', sealed)) as { keys: JWK[] } | undefined;
    if (!opened) {
      throw new Error(
        'The signing keys in the store were sealed under a secret that is not in the option secrets. ' +
          'Add the secret that was used before to the end of the list; or delete the keys from the store, which ends all access tokens.',
      );
    }
    return Promise.all(opened.keys.map(readKey));
  }
}

function signWith(load: () => Promise<readonly SigningKey[]>): SigningKeys {
  return {
    async ready() {
      await load();
    },
    async sign(claims, typ) {
      const [key] = (await load()) as [SigningKey];
      return new SignJWT(claims).setProtectedHeader({ alg: key.alg, kid: key.kid, typ }).sign(key.privateKey);
    },
    async find({ kid, alg }) {
      return (await load()).find((key) => key.kid === kid && key.alg === alg)?.publicKey;
    },
    async jwks() {
      return { keys: (await load()).map(({ publicJwk }) => publicJwk) };
    },
  };
}

async function readKey(jwk: JsonWebKey | JWK): Promise<SigningKey> {
  const privateKey = createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' });
  const publicKey = createPublicKey(privateKey);
  const bare = publicKey.export({ format: 'jwk' }) as JWK;
  const alg = algorithmOf(jwk as JsonWebKey);
  const kid = 'kid' in jwk && typeof jwk.kid === 'string' ? jwk.kid : await calculateJwkThumbprint(bare);
  return { kid, alg, privateKey, publicKey, publicJwk: { ...bare, kid, alg, use: 'sig' } };
}

function algorithmOf(jwk: JsonWebKey): string {
  const algorithm = signingAlgorithms.find((row) => row.fits(jwk));
  if (!algorithm) throw new TypeError(`No signature algorithm is known for keys of type ${jwk.kty}.`);
  return algorithm.alg;
}
