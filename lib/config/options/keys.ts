/** The option `keys`. */
import type { JWK } from 'jose';

/** What signs tokens. */
export interface OptionsForKeys {
  /**
   * The keys that sign tokens. Default: they are made at the first start, kept in the store, encrypted under the secrets, and
   * replaced every 90 days. `rotateEvery` changes that; or give keys of your own.
   *
   * @example { rotateEvery: 30 * 86_400 }
   */
  keys?: StoredKeysOption | GivenKeysOption | undefined;
}

/** Keys that are made here: for ES256 and RS256, and for what else a client needs. */
export interface StoredKeysOption {
  /**
   * How old keys get before others take their place, in seconds: one day to 10 years, or 0: only when `oauth.keys.rotate()` is called.
   * The next keys are published before they sign, and the old ones until their last token has expired. Default: 90 days.
   */
  rotateEvery?: number | undefined;
}

/**
 * Private keys of your own, as a JWK Set (RFC 7517 section 5): EC keys on P-256 for ES256, RSA keys of 2048 bits or more for RS256 (with
 * `alg: 'PS256'` for that), OKP keys on Ed25519 for EdDSA (or, with that `alg`, for Ed25519). The first key of each algorithm signs, the first of all signs access tokens, all
 * are published. They are not rotated: to do so add the new key to the end, put it in front ten minutes later, and remove the old one
 * when its last token has expired.
 */
export interface GivenKeysOption {
  readonly keys: readonly JWK[];
}
