/** The option `keys`. */
import { createPrivateKey, createPublicKey, type JsonWebKey, sign, verify } from 'node:crypto';
import type { JWK } from 'jose';
import { z } from 'zod';
import { isObject, last, mustBe, says } from '../../clients/members.js';
import { algorithmFor, signingAlgorithms } from '../../keys/algorithms.js';
import { anObject } from '../values.js';
import { day, year } from './lifetimes.js';

export const keys = anObject('Write { rotateEvery: 90 * 86_400 }, for example; or { keys: [ … ] }, a JWK Set.').default({});

const makeKey =
  "`crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })` of node:crypto makes one.";

const knownKeys = signingAlgorithms.map(({ alg, keyType }) => `${alg} (${keyType})`).join(', ');

const signingKey = z
  .custom<JWK>(isObject, says('It is not a JWK.', makeKey))
  .refine(fitsAlgorithm, last(`It is not a key for ${knownKeys}; others are not supported.`, makeKey))
  .refine((jwk) => jwk.d !== undefined, last('It is a public key.', 'Give the private key; the public one is published for you.'))
  .refine(isKeyPair, says('It is damaged: it cannot sign what its public part verifies.', makeKey));

export const givenKeysShape = {
  keys: z
    .array(signingKey, mustBe('a list', 'Write { keys: [ … ] }, a JWK Set.'))
    .refine((list) => list.length > 0, says('It is empty.', 'Give at least one private key, or leave keys out.')),
};

export const storedKeysShape = {
  rotateEvery: z
    .custom<number>(
      (value) => value === 0 || (Number.isInteger(value) && day <= Number(value) && Number(value) <= 10 * year),
      says(
        `It is neither 0 nor a whole number from ${day} to ${10 * year}.`,
        `Write seconds, as ${90 * day}, the default; 0 leaves it to oauth.keys.rotate().`,
      ),
    )
    .default(90 * day),
};

function fitsAlgorithm(jwk: JWK): boolean {
  try {
    return algorithmFor(jwk as JsonWebKey) !== undefined;
  } catch {
    return false; // not even its public part can be read
  }
}

/** Node reads a key whose private and public part do not belong together; so let it sign, with the hash that goes with its type. */
function isKeyPair(jwk: JWK): boolean {
  try {
    const key = createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' });
    const { d: _, ...others } = jwk;
    const probe = Buffer.from('probe');
    return verify(null, probe, createPublicKey({ key: others as JsonWebKey, format: 'jwk' }), sign(null, probe, key));
  } catch {
    return false;
  }
}
