/** The signature algorithms. RFC 7518 section 3.1, RFC 8037 section 3.1. */
import { generateKeyPairSync, type JsonWebKey } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { importJWK, type JWK, jwtVerify } from 'jose';
import { algorithmFor, defaultAlgorithms, hashOf, signingAlgorithms } from '../../lib/keys/algorithms.js';
import { readSigningKey, signWith } from '../../lib/keys/signing-keys.js';

const jwkOf = ({ privateKey }: ReturnType<typeof generateKeyPairSync>): JsonWebKey => privateKey.export({ format: 'jwk' });
const ec = jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }));
const rsa = jwkOf(generateKeyPairSync('rsa', { modulusLength: 2048 }));
const ed25519 = jwkOf(generateKeyPairSync('ed25519'));

describe('the table of signature algorithms', () => {
  it.each<[string, JsonWebKey, string | undefined]>([
    ['an EC key on P-256', ec, 'ES256'],
    ['an EC key on P-256 that says ES256', { ...ec, alg: 'ES256' }, 'ES256'],
    ['an EC key on P-256 that says RS256', { ...ec, alg: 'RS256' }, undefined],
    ['an EC key on P-384', jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-384' })), undefined],
    ['an RSA key', rsa, 'RS256'],
    ['an RSA key that says RS256', { ...rsa, alg: 'RS256' }, 'RS256'],
    ['an RSA key that says PS256', { ...rsa, alg: 'PS256' }, 'PS256'],
    ['an RSA key that says RS512', { ...rsa, alg: 'RS512' }, undefined],
    ['an RSA key of 2040 bits', jwkOf(generateKeyPairSync('rsa', { modulusLength: 2040 })), undefined],
    ['an RSA key of 3072 bits', jwkOf(generateKeyPairSync('rsa', { modulusLength: 3072 })), 'RS256'],
    ['an RSA key without a modulus', { kty: 'RSA' }, undefined],
    ['an OKP key on Ed25519', ed25519, 'EdDSA'],
    ['an OKP key on Ed25519 that says EdDSA', { ...ed25519, alg: 'EdDSA' }, 'EdDSA'],
    ['an OKP key on Ed25519 that says Ed25519', { ...ed25519, alg: 'Ed25519' }, 'Ed25519'],
    ['an OKP key on X25519', jwkOf(generateKeyPairSync('x25519')), undefined],
    ['a secret', { kty: 'oct', k: 'AAAA' }, undefined],
  ])('%s', (_, jwk, alg) => {
    expect(algorithmFor(jwk)?.alg).toBe(alg);
  });

  it('has ES256 and RS256 by default, the one for access tokens first', () => {
    expect(defaultAlgorithms).toEqual(['ES256', 'RS256']);
  });

  it.each([
    ['ES256', 'sha256'],
    ['RS256', 'sha256'],
    ['PS256', 'sha256'],
    ['EdDSA', 'sha512'],
    ['Ed25519', 'sha512'],
  ])('knows the hash of %s', (alg, hash) => {
    expect(hashOf(alg)).toBe(hash);
  });

  it('has no hash for what is not in it', () => {
    expect(() => hashOf('none')).toThrow(/none is not known/);
  });

  it.each(signingAlgorithms.map((row) => [row.alg, row] as const))('makes a key for %s whose signature others verify', async (alg, row) => {
    const key = await readSigningKey({ ...((await row.generate()) as JWK), alg });
    const jws = await signWith(key, { sub: 'alice' }, 'at+jwt');
    const { payload, protectedHeader } = await jwtVerify(jws, await importJWK(key.publicJwk), { algorithms: [alg] });
    expect(payload).toEqual({ sub: 'alice' });
    expect(protectedHeader).toEqual({ alg, kid: key.kid, typ: 'at+jwt' });
  });

  it.each(signingAlgorithms.map((row) => [row.alg, row] as const))('publishes nothing private of a key for %s', async (alg, row) => {
    const jwk = { ...((await row.generate()) as JWK), alg };
    const { publicJwk } = await readSigningKey(jwk);
    const hidden = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth'];
    expect(Object.keys(publicJwk).filter((member) => hidden.includes(member))).toEqual([]);
    expect(publicJwk).toMatchObject({ alg, use: 'sig', kid: expect.any(String) });
  });
});
