import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Parameters } from '../../lib/http/parameters.js';
import type { Client } from '../../lib/model/client.js';
import { checkProofKey, readCodeChallenge } from '../../lib/rules/pkce.js';
import fc from '../support/fast-check.js';

/** RFC 7636 appendix B. */
const example = {
  code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
};

const unreserved = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~';
const verifier = fc.string({ unit: fc.constantFrom(...unreserved), minLength: 43, maxLength: 128 });

function challengeOf(code_verifier: string): string {
  return createHash('sha256').update(code_verifier).digest('base64url');
}

const checkCodeVerifier = (code_verifier: string, code_challenge: string) =>
  checkProofKey(new Parameters([['code_verifier', code_verifier]]), code_challenge);

function codeOf(run: () => void): string {
  try {
    run();
    return 'good';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('the code_verifier', () => {
  it('of RFC 7636 appendix B matches the code_challenge that stands there', () => {
    expect(codeOf(() => checkCodeVerifier(example.code_verifier, example.code_challenge))).toBe('good');
  });

  it('matches its own code_challenge, whatever it is', () => {
    fc.assert(fc.property(verifier, (text) => codeOf(() => checkCodeVerifier(text, challengeOf(text))) === 'good'));
  });

  it('matches no other', () => {
    fc.assert(
      fc.property(verifier, verifier, (one, other) => {
        fc.pre(one !== other);
        return codeOf(() => checkCodeVerifier(one, challengeOf(other))) === 'invalid_grant';
      }),
    );
  });

  it.each([
    ['42 characters', 'invalid_request', 'a'.repeat(42)],
    ['43 characters', 'good', 'a'.repeat(43)],
    ['128 characters', 'good', 'a'.repeat(128)],
    ['129 characters', 'invalid_request', 'a'.repeat(129)],
    ['every character that is allowed', 'good', unreserved],
    ['a plus sign', 'invalid_request', `${'a'.repeat(43)}+`],
    ['padding', 'invalid_request', `${'a'.repeat(43)}=`],
    ['a space', 'invalid_request', `${'a'.repeat(43)} `],
    ['a newline at its end', 'invalid_request', `${'a'.repeat(43)}\n`],
    ['a letter beyond ASCII', 'invalid_request', `${'a'.repeat(43)}ä`],
  ])('with %s is %s', (_, expected, text) => {
    expect(codeOf(() => checkCodeVerifier(text, challengeOf(text)))).toBe(expected);
  });

  it('is not the code_challenge itself, as it would be with plain', () => {
    expect(codeOf(() => checkCodeVerifier(example.code_challenge, example.code_challenge))).toBe('invalid_grant');
  });

  it.each(['', 'a', `${example.code_challenge}=`, example.code_challenge.toLowerCase()])(
    'does not match the code_challenge %j',
    (code_challenge) => {
      expect(codeOf(() => checkCodeVerifier(example.code_verifier, code_challenge))).toBe('invalid_grant');
    },
  );
});

describe('the code_challenge', () => {
  const read = (changes: Readonly<Record<string, string>>, response_type = 'code', pkce = true) =>
    readCodeChallenge(
      new Parameters(Object.entries({ code_challenge: example.code_challenge, code_challenge_method: 'S256', ...changes })),
      response_type,
      { pkce } as Client,
    );

  it('is read as it stands there', () => {
    expect(read({})).toEqual({ code_challenge: example.code_challenge });
  });

  it.each([
    ['that is missing', { code_challenge: '' }],
    ['without a method, which means plain', { code_challenge_method: '' }],
    ['by the method plain', { code_challenge_method: 'plain' }],
    ['by a method in another case', { code_challenge_method: 's256' }],
    ['of 42 characters', { code_challenge: 'a'.repeat(42) }],
    ['of 44 characters', { code_challenge: 'a'.repeat(44) }],
    ['with padding', { code_challenge: `${example.code_challenge}=` }],
    ['in base64', { code_challenge: `+${'a'.repeat(42)}` }],
    ['in hexadecimal', { code_challenge: 'a'.repeat(64) }],
  ])('%s is refused', (_, changes) => {
    expect(() => read(changes)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });

  const missing = { code_challenge: '', code_challenge_method: '' };

  it.each(['code', 'code id_token', 'code token', 'code token id_token'])('is needed for the response_type %s', (response_type) => {
    expect(() => read(missing, response_type)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });

  it.each(['token', 'id_token', 'token id_token', 'none'])('is not needed for the response_type %s, which has no code', (response_type) => {
    expect(read(missing, response_type)).toEqual({});
  });

  it('is not needed from a client that was freed from it', () => {
    expect(read(missing, 'code', false)).toEqual({});
  });

  it('is held to the same rules where a client that was freed from it sends one', () => {
    expect(() => read({ code_challenge_method: 'plain' }, 'code', false)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });
});

describe('the token request', () => {
  const check = (code_verifier: string, code_challenge?: string) => () =>
    checkProofKey(new Parameters([['code_verifier', code_verifier]]), code_challenge);

  it('without a code_verifier is refused where there was a code_challenge', () => {
    expect(codeOf(check('', example.code_challenge))).toBe('invalid_request');
  });

  it('with a code_verifier is refused where there was no code_challenge: an attacker may have taken it out', () => {
    expect(codeOf(check(example.code_verifier))).toBe('invalid_grant');
  });

  it('needs none where there was no code_challenge', () => {
    expect(codeOf(check(''))).toBe('good');
  });
});
