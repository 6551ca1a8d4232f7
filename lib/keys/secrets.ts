/** What the option `secrets` is for: one key for each purpose, derived by HKDF (RFC 5869), newest secret first. */
import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual, webcrypto } from 'node:crypto';
import { CompactEncrypt, type CryptoKey, compactDecrypt, errors } from 'jose';
import { onceFor } from '../platform/made-once.js';

/** What is derived rather than stored. */
export type MacPurpose = 'authorization code' | 'refresh token' | 'parked request' | 'client id' | 'passkey user' | 'limit';
/** What is encrypted before a browser or a client carries it or the store keeps it. */
export type SealPurpose =
  | 'client secret'
  | 'ticket'
  | 'removed app'
  | 'signing keys'
  | 'access token'
  | 'sign-in'
  | 'passkey challenge'
  | 'passkey done';

export interface Secrets {
  /** HMAC-SHA-256 under the newest secret, as base64url. */
  mac(purpose: MacPurpose, text: string): string;
  /** Whether `mac` is that of `text` under any secret; in constant time. */
  isMac(purpose: MacPurpose, text: string, mac: string): boolean;
  /** Encrypts and authenticates a JSON value under the newest secret: a compact JWE, `dir` with A256GCM. RFC 7516. */
  seal(purpose: SealPurpose, value: unknown): Promise<string>;
  /** The value, or `undefined` if none of the secrets has sealed it. */
  open(purpose: SealPurpose, sealed: string): Promise<unknown>;
  /** For cookie-parser, which signs with the first and accepts each. */
  readonly cookies: readonly string[];
}

const header = { alg: 'dir', enc: 'A256GCM' };
const expected = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] };

/**
 * Keys are made when they are first used, and stay as what they are used with. A Buffer costs node:crypto eight times the HMAC itself on Node 24
 * (11 µs against 1.3), and jose imports it at each turn (a sixth of a seal on Node 24, a third on Node 20).
 */
export function deriveSecrets(secrets: readonly string[]): Secrets {
  const derive = (purpose: string) =>
    secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, '', `express-oauth-router ${purpose}`, 32)));
  const macKeys = onceFor((purpose: MacPurpose) => derive(purpose).map((key) => createSecretKey(key)));
  const sealKeys = onceFor((purpose: SealPurpose) => Promise.all(derive(purpose).map(importKey)));
  const hmac = (key: KeyObject, text: string) => createHmac('sha256', key).update(text).digest('base64url');

  return {
    mac: (purpose, text) => hmac(newest(macKeys(purpose)), text),

    // As text, so that only one spelling of the same bytes counts.
    isMac: (purpose, text, mac) => macKeys(purpose).some((key) => isSame(hmac(key, text), mac)),

    async seal(purpose, value) {
      const key = newest(await sealKeys(purpose));
      return new CompactEncrypt(Buffer.from(JSON.stringify(value))).setProtectedHeader(header).encrypt(key);
    },

    async open(purpose, sealed) {
      for (const key of await sealKeys(purpose)) {
        try {
          const { plaintext } = await compactDecrypt(sealed, key, expected);
          return JSON.parse(Buffer.from(plaintext).toString());
        } catch (error) {
          if (!(error instanceof errors.JOSEError)) throw error;
        }
      }
      return undefined;
    },

    cookies: derive('cookies').map((key) => key.toString('base64url')),
  };
}

function newest<Key>(keys: readonly Key[]): Key {
  return keys[0] as Key;
}

function importKey(key: Buffer): Promise<CryptoKey> {
  return webcrypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

/** In constant time; only the length is public. */
function isSame(expected: string, given: string): boolean {
  const [one, other] = [Buffer.from(expected), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}
