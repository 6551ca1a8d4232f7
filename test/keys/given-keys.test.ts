/** Keys of the host. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { decodeProtectedHeader, type JWK } from 'jose';
import { givenKeys } from '../../lib/keys/given-keys.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }) as JWK;
const ec = (kid: string) => ({ ...(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }) as JWK), kid });
const jwks = { keys: [{ ...rsa, alg: 'PS256', kid: 'rsa' }, ec('old'), ec('new')] };

describe('given keys', () => {
  const keys = givenKeys(jwks);

  it('can what their keys can', () => {
    expect(keys.algorithms).toEqual(['PS256', 'ES256']);
  });

  it.each([
    ['the first of all, where no algorithm is named', {}, { alg: 'PS256', kid: 'rsa' }],
    ['the first of the algorithm', { alg: 'ES256', typ: 'at+jwt' }, { alg: 'ES256', kid: 'old', typ: 'at+jwt' }],
  ])('sign with %s', async (_, header, signed) => {
    expect(decodeProtectedHeader(await keys.sign({ sub: 'alice' }, header))).toEqual(signed);
  });

  it('sign with nothing else', async () => {
    await expect(keys.sign({}, { alg: 'RS256' })).rejects.toThrow(/no key for RS256/);
  });

  it('are all published, and found by kid and alg', async () => {
    expect((await keys.jwks()).keys.map(({ kid, alg, use }) => ({ kid, alg, use }))).toEqual([
      { kid: 'rsa', alg: 'PS256', use: 'sig' },
      { kid: 'old', alg: 'ES256', use: 'sig' },
      { kid: 'new', alg: 'ES256', use: 'sig' },
    ]);
    expect(await keys.find({ kid: 'new', alg: 'ES256' })).toMatchObject({ type: 'public' });
    expect(await keys.find({ kid: 'rsa', alg: 'RS256' })).toBeUndefined();
  });

  it('have a name of their own, where the host gave none: the thumbprint', async () => {
    const named = await givenKeys({ keys: [rsa] }).jwks();
    expect(named).toEqual(await givenKeys({ keys: [rsa] }).jwks());
    expect(named.keys[0]?.kid).toMatch(/^[\w-]{43}$/);
  });

  it('are published without their private part, whatever else they have', async () => {
    const { keys } = await givenKeys({ keys: [{ ...ec('a'), key_ops: ['sign'], ext: true }] }).jwks();
    expect(keys.map((key) => Object.keys(key).sort())).toEqual([['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']]);
  });

  it('are not rotated here, and the error says where', async () => {
    await expect(keys.rotate()).rejects.toThrow(/option keys.*add the new key to the end/is);
  });
});
