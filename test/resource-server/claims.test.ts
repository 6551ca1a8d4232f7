import { describe, expect, it } from '@jest/globals';
import { UnsecuredJWT } from 'jose';
import { OAuthError } from '../../lib/errors.js';
import { checkClaims } from '../../lib/resource-server/claims.js';
import fc from '../support/fast-check.js';

const issuer = 'https://app.example.com';
const audience = 'https://api.example.com/contacts';
const now = 1_000;

const good = { iss: issuer, aud: audience, exp: now + 1 };

function refusal(claims: Readonly<Record<string, unknown>>, changes: Partial<Parameters<typeof checkClaims>[1]> = {}): string | undefined {
  try {
    checkClaims({ ...good, ...claims }, { issuer, audience, now, ...changes });
    return undefined;
  } catch (error) {
    if (!(error instanceof OAuthError && error.code === 'invalid_token')) throw error;
    return error.message;
  }
}

describe('the claims of an access token', () => {
  it.each([
    ['the audience', { aud: audience }, {}],
    ['the audience among others', { aud: ['https://other.example', audience] }, {}],
    ['one of several audiences', { aud: audience }, { audience: ['https://other.example', audience] }],
    ['the last second', { exp: now + 1 }, {}],
    ['the last second of a clock that is ahead', { exp: now - 9 }, { clockTolerance: 10 }],
    ['the first second', { nbf: now }, {}],
    ['the first second of a clock that is behind', { nbf: now + 10 }, { clockTolerance: 10 }],
  ])('hold for %s', (_, claims, expected) => {
    expect(refusal(claims, expected)).toBeUndefined();
  });

  it.each([
    ['of another issuer', { iss: `${issuer}/` }, {}, 'an unexpected iss'],
    ['of no issuer', { iss: undefined }, {}, 'an unexpected iss'],
    ['for another API', { aud: `${audience}/` }, {}, 'an unexpected aud'],
    ['for an API whose name is part of ours', { aud: audience.slice(0, -1) }, {}, 'an unexpected aud'],
    ['for nobody', { aud: undefined }, {}, 'an unexpected aud'],
    ['for nobody, in a list', { aud: [] }, {}, 'an unexpected aud'],
    ['for none of several', { aud: 'https://other.example' }, { audience: [issuer, audience] }, 'an unexpected aud'],
    ['that expires now', { exp: now }, {}, 'expired'],
    ['that has expired even for a clock that is behind', { exp: now - 10 }, { clockTolerance: 10 }, 'expired'],
    ['that never expires', { exp: undefined }, {}, 'an unexpected exp'],
    ['that expires at no number', { exp: '9999' }, {}, 'an unexpected exp'],
    ['that is not valid yet', { nbf: now + 1 }, {}, 'an unexpected nbf'],
    ['that is valid from no number on', { nbf: '1' }, {}, 'an unexpected nbf'],
  ])('are refused of one %s', (_, claims, expected, sentence) => {
    expect(refusal(claims, expected)).toMatch(sentence);
  });

  it('are judged as jose judges them', () => {
    const time = fc.option(fc.oneof(fc.integer({ min: now - 12, max: now + 12 }), fc.constantFrom<unknown>('1000', null)), {
      nil: undefined,
    });
    const name = fc.constantFrom<unknown>(audience, issuer, `${audience}/`, '', 7, null, undefined);
    const claims = fc.record({
      iss: fc.oneof({ weight: 3, arbitrary: fc.constant<unknown>(issuer) }, name),
      aud: fc.oneof({ weight: 3, arbitrary: fc.constant<unknown>(audience) }, name, fc.array(name, { maxLength: 3 })),
      exp: fc.oneof({ weight: 3, arbitrary: fc.constant<unknown>(now + 5) }, time),
      nbf: time,
    });
    const audiences = fc.constantFrom<string | string[]>(audience, [audience], [issuer, audience], []);
    fc.assert(
      fc.property(claims, audiences, fc.constantFrom(0, 10), (given, wanted, clockTolerance) => {
        const written = JSON.parse(JSON.stringify(given)) as Record<string, unknown>;
        const jwt = `${encode({ alg: 'none' })}.${encode(written)}.`;
        const options = { issuer, audience: wanted, clockTolerance, currentDate: new Date(now * 1000), requiredClaims: ['exp'] };
        const isGood = (act: () => unknown) => {
          try {
            act();
            return true;
          } catch {
            return false;
          }
        };
        expect(isGood(() => checkClaims(written, { issuer, audience: wanted, now, clockTolerance }))).toBe(
          isGood(() => UnsecuredJWT.decode(jwt, options)),
        );
      }),
      { numRuns: 2_000 },
    );
  });
});

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
