import { describe, expect, it } from '@jest/globals';
import { isJwtType } from '../../lib/rules/jwt-type.js';

describe('isJwtType', () => {
  it.each([undefined, 'JWT', 'jwt', 'application/jwt', 'a+jwt', 'A+JWT', 'application/a+jwt'])('lets %j pass', (typ) => {
    expect(isJwtType(typ, 'a+jwt')).toBe(true);
  });

  it.each([null, 7, '', ['JWT'], 'at+jwt', 'a', 'b+jwt', 'xa+jwt', 'text/a+jwt', 'application/application/jwt'])('refuses %j', (typ) => {
    expect(isJwtType(typ, 'a+jwt')).toBe(false);
  });
});
