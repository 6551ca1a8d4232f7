/** What the option `secrets` is for: one key for each purpose, derived by HKDF (RFC 5869), newest secret first. */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { CompactEncrypt, compactDecrypt, errors } from 'jose';

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

export function deriveSecrets(secrets: readonly string[]): Secrets {
  const derive = (purpose: string) =>
    secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, '', `express-oauth-router ${purpose}`, 32)));
  const macKeys: Record<MacPurpose, readonly Buffer[]> = {
    'authorization code': derive('authorization code'),
    'refresh token': derive('refresh token'),
    'parked request': derive('parked request'),
    'client id': derive('client id'),
    'passkey user': derive('passkey user'),
    limit: derive('limit'),
  };
  const sealKeys: Record<SealPurpose, readonly Buffer[]> = {
    ticket: derive('ticket'),
    'removed app': derive('removed app'),
    'signing keys': derive('signing keys'),
    'access token': derive('access token'),
    'client secret': derive('client secret'),
    'passkey challenge': derive('passkey challenge'),
    'passkey done': derive('passkey done'),
    'sign-in': derive('sign-in'),
  };
  const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest();

  return {
    mac: (purpose, text) => hmac(newest(macKeys[purpose]), text).toString('base64url'),

    isMac(purpose, text, mac) {
      const given = Buffer.from(mac, 'base64url');
      // The length is public; and only one spelling of the same bytes counts.
      if (given.length !== 32 || given.toString('base64url') !== mac) return false;
      return macKeys[purpose].some((key) => timingSafeEqual(hmac(key, text), given));
    },

    seal: (purpose, value) =>
      new CompactEncrypt(Buffer.from(JSON.stringify(value)))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .encrypt(newest(sealKeys[purpose])),

    async open(purpose, sealed) {
      for (const key of sealKeys[purpose]) {
        try {
          const { plaintext } = await compactDecrypt(sealed, key, {
            keyManagementAlgorithms: ['dir'],
            contentEncryptionAlgorithms: ['A256GCM'],
          });
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

function newest(keys: readonly Buffer[]): Buffer {
  return keys[0] as Buffer;
}
