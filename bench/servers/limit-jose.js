/**
 * The limit in Express, but for what we have from jose: it encrypts, decrypts and verifies. What it is behind the limit by is the price of that; what
 * we are behind it by is ours.
 */
import { randomBytes, webcrypto } from 'node:crypto';
import express from 'express';
import { CompactEncrypt, compactDecrypt, jwtVerify } from 'jose';
import { createLimit, parts, required } from './limit.js';
import { answerWith } from './limit-http.js';
import { listen } from './listen.js';

const key = await webcrypto.subtle.importKey('raw', randomBytes(32), 'AES-GCM', false, ['encrypt', 'decrypt']);
const header = { alg: 'dir', enc: 'A256GCM' };

/** @type {import('./limit.js').Ciphers} */
const ciphers = {
  seal: (value) => new CompactEncrypt(Buffer.from(JSON.stringify(value))).setProtectedHeader(header).encrypt(key),

  async unseal(text) {
    const opened = await compactDecrypt(text, key).catch(() => undefined);
    return opened && JSON.parse(Buffer.from(opened.plaintext).toString());
  },

  async claimsOf(jwt, publicKey) {
    const keyOf = ({ alg = '' }) => publicKey(/** @type {'ES256' | 'RS256'} */ (alg));
    const expected = { algorithms: ['ES256', 'RS256'], typ: 'at+jwt', requiredClaims: required };
    const verified = await jwtVerify(jwt, keyOf, expected).catch(() => undefined);
    return verified?.payload;
  },
};

/** @type {import('./start.js').Serve} */
export async function serve(start) {
  const app = express();
  app.use(answerWith(createLimit(start, ciphers)));
  await listen(app.listen(start.port, '127.0.0.1'));
  return parts;
}
