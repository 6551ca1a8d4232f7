/** A challenge says what it should, whatever is in it. RFC 9110 sections 5.6.4 and 11.6.1. */
import { describe, expect, it } from '@jest/globals';
import { OAuthError, StoreUnavailable } from '../../lib/errors.js';
import { askForToken, challenge, readBearerToken, withChallenge } from '../../lib/resource-server/challenge.js';

describe('a challenge', () => {
  it.each([
    ['a quote', 'a"b', 'a\\"b'],
    ['a backslash', 'a\\b', 'a\\\\b'],
    ['a way out of its quotes', 'x", error="none', 'x\\", error=\\"none'],
    ['a line break', 'a\r\nSet-Cookie: x=y', 'a??Set-Cookie: x=y'],
    ['what is not ASCII', 'über\u2028', '?ber?'],
    ['what cannot be seen', 'a\0\x7fb', 'a??b'],
  ])('ends where it should with %s in a value', (_, value, written) => {
    expect(askForToken({ realm: value }).headers).toEqual({ 'Cache-Control': 'no-store', 'WWW-Authenticate': `Bearer realm="${written}"` });
  });

  it('leaves out what there is not', () => {
    expect(challenge('invalid_token', 'No.', { scope: '', max_age: undefined }).headers).toEqual({
      'WWW-Authenticate': 'Bearer error="invalid_token", error_description="No."',
    });
  });

  it.each([
    ['that nobody foresaw', new TypeError('x')],
    ['that is no fault of the token', new OAuthError('temporarily_unavailable', 'Later.', { headers: { 'Retry-After': '5' } })],
    ['of the store', new StoreUnavailable('x')],
    ['that has one', challenge('insufficient_scope', 'More.', { scope: 'a' })],
  ])('is not added to an error %s', (_, error) => {
    expect(withChallenge(error, { scope: 'b' })).toBe(error);
  });
});

describe('the Authorization header', () => {
  it('may hold a token of 16384 characters, and no longer one', () => {
    const longest = 'a'.repeat(16_384);
    expect(readBearerToken(`Bearer ${longest}`)).toBe(longest);
    expect(() => readBearerToken(`Bearer ${longest}a`)).toThrow('The access token is too long.');
  });

  it.each(['a', ' ', '=', '"', 'a='])('of a megabyte is refused for its length, before anybody looks at what is in it: %s', (filler) => {
    expect(() => readBearerToken(`Bearer ${filler.repeat(1_000_000)}`)).toThrow('The access token is too long.');
  });
});
