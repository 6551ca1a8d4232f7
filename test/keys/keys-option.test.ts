/** The option `keys`. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { readOptions } from '../../lib/config/check.js';
import { ConfigurationError } from '../../lib/errors.js';

const known = { grantTypes: [], responseTypes: [], authMethods: [] };
const options = {
  issuer: 'https://app.example.com',
  secrets: ['a test secret of more than 32 characters'],
  clients: [],
  users: { authenticate: () => null },
  apis: { 'https://app.example.com/api': { scopes: { read: 'Read' } } },
};
const day = 86_400;

const rsaPair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const rsa = rsaPair.privateKey.export({ format: 'jwk' });
const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ format: 'jwk' });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
const ed25519 = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
const otherEd25519 = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });

describe('the option keys', () => {
  it.each([
    ['left out', undefined, { rotateEvery: 90 * day }],
    ['empty', {}, { rotateEvery: 90 * day }],
    ['a day', { rotateEvery: day }, { rotateEvery: day }],
    ['never', { rotateEvery: 0 }, { rotateEvery: 0 }],
    ['keys of each kind', { keys: [ec, rsa, { ...rsa, alg: 'PS256' }, ed25519] }, { keys: [ec, rsa, { ...rsa, alg: 'PS256' }, ed25519] }],
    ['a JWK Set with a member that is not ours', { keys: [ec], expires: 1 }, { keys: [ec] }],
  ])('takes %s', (_, keys, read) => {
    expect(readOptions({ ...options, keys }, known).keys).toEqual(read);
  });

  it.each<[string, unknown, RegExp, RegExp]>([
    ['keys', 90 * day, /not an object/, /rotateEvery: 90.*JWK Set/],
    ['keys.rotateEvery', { rotateEvery: 90 }, /neither 0 nor a whole number from 86400 to 315360000/, /Write seconds, as 7776000/],
    ['keys.rotateEvery', { rotateEvery: 90 * day * 1000 }, /whole number from 86400/, /seconds/],
    ['keys.rotateEvery', { rotateEvery: day + 0.5 }, /whole number/, /seconds/],
    ['keys.rotateEvery', { rotateEvery: '90 days' }, /whole number/, /seconds/],
    ['keys.rotateEvery', { keys: [ec], rotateEvery: day }, /There are keys as well/, /one of the two/],
    ['keys.rotateevery', { rotateevery: day }, /no option of this name/, /Did you mean `rotateEvery`/],
    ['keys.key', { key: [ec] }, /no option of this name/, /Did you mean `keys`/],
    ['keys.keys[0]', { keys: [short] }, /not a key for .*RS256 \(RSA of 2048 bits or more\)/, /makes one/],
    ['keys.keys[0]', { keys: [{ ...rsa, alg: 'RS512' }] }, /not a key for/, /makes one/],
    ['keys.keys[0]', { keys: [{ ...rsa, n: '' }] }, /not a key for/, /makes one/],
    ['keys.keys[0]', { keys: [rsaPair.publicKey.export({ format: 'jwk' })] }, /public key/, /private key/],
    ['keys.keys[0]', { keys: [{ ...ed25519, d: otherEd25519.d }] }, /damaged/, /makes one/],
  ])('refuses %s in %j', (path, keys, problem, cure) => {
    expect(problemsOf(keys)).toEqual([{ path, problem: expect.stringMatching(problem), cure: expect.stringMatching(cure) }]);
  });
});

function problemsOf(keys: unknown) {
  try {
    readOptions({ ...options, keys }, known);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  throw new Error('There was no problem.');
}
