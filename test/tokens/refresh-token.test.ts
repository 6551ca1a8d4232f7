import { describe, expect, it } from '@jest/globals';
import { deriveSecrets } from '../../lib/keys/secrets.js';
import { authorizationCode, openAuthorizationCode } from '../../lib/tokens/authorization-code.js';
import { openRefreshToken, refreshToken } from '../../lib/tokens/refresh-token.js';
import fc from '../support/fast-check.js';

const secrets = deriveSecrets(['a secret of at least 32 characters']);
const token = refreshToken('authorization', 7, secrets);

describe('a refresh token', () => {
  it('names its authorization and its generation', () => {
    fc.assert(
      fc.property(fc.base64String({ minLength: 1 }), fc.nat(), (id, generation) => {
        expect(openRefreshToken(refreshToken(id, generation, secrets), secrets)).toEqual({ id, generation });
      }),
    );
  });

  it('is the same whenever it is made, which is what repeats a lost answer', () => {
    expect(refreshToken('authorization', 7, secrets)).toBe(token);
  });

  it.each([
    ['the next generation', token.replace('.7.', '.8.')],
    ['its generation with a zero', token.replace('.7.', '.07.')],
    ['its generation with a sign', token.replace('.7.', '.+7.')],
    ['its generation as a fraction', token.replace('.7.', '.7e0.')],
    ['another authorization', token.replace('authorization', 'authorizatiom')],
    ['a dot moved', token.replace('authorization.7', 'authorization7.')],
    ['more at its end', `${token}.x`],
    ['its MAC cut off', token.slice(0, -1)],
  ])('is none of ours with %s', (_, text) => {
    expect(openRefreshToken(text, secrets)).toBeUndefined();
  });

  it('is no code, and a code is no refresh token', () => {
    const code = authorizationCode('authorization', secrets);
    expect([openAuthorizationCode(token, secrets), openRefreshToken(code, secrets)]).toEqual([undefined, undefined]);
  });

  it('is not one that is made of the MAC of a code whose authorization has a dot', () => {
    const code = authorizationCode('authorization.7', secrets);
    expect([openAuthorizationCode(code, secrets), openRefreshToken(code, secrets)]).toEqual([undefined, undefined]);
  });
});
