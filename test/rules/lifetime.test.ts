import { describe, expect, it } from '@jest/globals';
import type { Api, Lifetimes } from '../../lib/contracts.js';
import { accessTokenLifetime, lifetimesAt, longestAccessToken } from '../../lib/rules/lifetime.js';
import fc from '../support/fast-check.js';

const [short, long, issuer] = ['https://short.example.com', 'https://long.example.com', 'https://app.example.com'];

const settings = {
  lifetimes: { accessToken: 600, refreshToken: 86_400 } as Lifetimes,
  apis: new Map([
    [short, { lifetimes: { accessToken: 60, refreshToken: 3_600 } } as Api],
    [long, { lifetimes: { accessToken: 3_600, refreshToken: 90_000 } } as Api],
  ]),
};

describe('an access token', () => {
  it.each([
    [short, 60],
    [long, 3_600],
    [issuer, 600],
    ['https://gone.example.com', 600],
  ])('for %s lives for %d seconds', (audience, seconds) => {
    expect(accessTokenLifetime(audience, settings)).toBe(seconds);
  });

  it('lives for 3600 seconds at the longest: so long it is remembered what has ended', () => {
    expect(longestAccessToken(settings)).toBe(3_600);
  });

  it('lives at the longest as userinfo has it, where no API has longer ones', () => {
    expect(longestAccessToken({ ...settings, apis: new Map([[short, settings.apis.get(short) as Api]]) })).toBe(600);
    expect(longestAccessToken({ ...settings, apis: new Map() })).toBe(600);
  });
});

describe('what was allowed', () => {
  it.each<readonly [readonly string[], number, number]>([
    [[short], 60, 3_600],
    [[long], 3_600, 90_000],
    [[short, long], 3_600, 3_600],
    [[long, short], 3_600, 3_600],
    [[issuer], 600, 86_400],
    [['https://gone.example.com', short], 600, 3_600],
  ])('at %j has access tokens of %d seconds at most, and refresh tokens of %d', (audiences, accessToken, refreshToken) => {
    const allowed = Object.fromEntries(audiences.map((audience) => [audience, ['read']]));
    expect(lifetimesAt(allowed, settings)).toEqual({ accessToken, refreshToken });
  });

  it('is kept for as long as any of its access tokens live, and refreshed no longer than each API would have it', () => {
    const audiences = fc.subarray([short, long, issuer], { minLength: 1 });
    fc.assert(
      fc.property(audiences, (chosen) => {
        const { accessToken, refreshToken } = lifetimesAt(Object.fromEntries(chosen.map((one) => [one, []])), settings);
        return chosen.every((one) => {
          const own = lifetimesAt({ [one]: [] }, settings);
          return accessToken >= accessTokenLifetime(one, settings) && refreshToken <= own.refreshToken;
        });
      }),
    );
  });
});
