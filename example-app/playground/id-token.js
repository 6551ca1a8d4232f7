/** What a client checks before it believes an ID token. OpenID Connect Core sections 3.1.3.7, 3.2.2.11 and 3.3.2.11. */
import { createHash } from 'node:crypto';
import { createLocalJWKSet, jwtVerify } from 'jose';

/**
 * @typedef {object} Expected
 * @property {string} issuer
 * @property {string} clientId
 * @property {string} nonce - of the request
 * @property {string | undefined} [code] - what came together with the ID token, which has its hash
 * @property {string | undefined} [accessToken]
 */

/**
 * @param {string} idToken
 * @param {import('jose').JSONWebKeySet} keys - of Contacts
 * @param {Expected} expected
 * @returns {Promise<Record<string, unknown>>} its claims
 * @throws if it is not what was expected
 */
export async function readIdToken(idToken, keys, { issuer, clientId, nonce, code, accessToken }) {
  const { payload } = await jwtVerify(idToken, createLocalJWKSet(keys), { issuer, audience: clientId, algorithms: ['RS256'] });
  if (payload.nonce !== nonce) throw new Error('The nonce is not that of the request.');
  if (code !== undefined && payload.c_hash !== halfHash(code)) throw new Error('The ID token belongs to another code.');
  if (accessToken !== undefined && payload.at_hash !== halfHash(accessToken))
    throw new Error('The ID token belongs to another access token.');
  return payload;
}

/** Of RS256: the left half of SHA-256. @param {string} text */
function halfHash(text) {
  return createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url');
}
