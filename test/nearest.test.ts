import { describe, expect, it } from '@jest/globals';
import { nearest } from '../lib/nearest.js';
import fc from './support/fast-check.js';

describe('nearest', () => {
  it.each([
    ['authorisation_code', ['authorization_code', 'refresh_token', 'password'], 'authorization_code'],
    ['READ:contacts', ['read:contacts', 'create:contacts'], 'read:contacts'],
    [
      'https://client.example.com/callback/',
      ['https://client.example.com/callback', 'https://client.example.com/'],
      'https://client.example.com/callback',
    ],
    ['banana', ['authorization_code', 'password'], undefined],
    ['', ['password'], undefined],
    ['password', [], undefined],
  ])('to %j among %j is %j', (written, known, meant) => {
    expect(nearest(written, known)).toBe(meant);
  });

  it('finds a name again in which less than a third of the letters were changed', () => {
    const name = fc.string({ minLength: 6, maxLength: 60, unit: fc.constantFrom(...'abcdefghij') });
    fc.assert(
      fc.property(name, fc.nat(), (known, at) => {
        const place = at % known.length;
        expect(nearest(`${known.slice(0, place)}Z${known.slice(place + 1)}`, [known])).toBe(known);
      }),
    );
  });

  it('is one of those that are known, or nothing', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), fc.array(fc.string({ maxLength: 300 })), (written, known) => {
        const meant = nearest(written, known);
        expect(meant === undefined || known.includes(meant)).toBe(true);
      }),
    );
  });

  it.each([
    ['tenant-0999x', 'tenant-0999'],
    ['tenat-0731', 'tenant-0731'],
    ['tenants-0640', 'tenant-0640'],
    ['Tenant-0512', 'tenant-0512'],
  ])('to %j among a thousand alike is %j', (written, meant) => {
    const known = Array.from({ length: 1_000 }, (_, i) => `tenant-${String(i).padStart(4, '0')}`);
    expect(nearest(written, known)).toBe(meant);
  });

  it('has no guess for what is longer than any name, however alike', () => {
    expect(nearest('a'.repeat(201), ['a'.repeat(200)])).toBeUndefined();
    expect(nearest('a'.repeat(200), ['a'.repeat(201)])).toBeUndefined();
  });

  it('compares with fifty names at most, and so takes no attacker’s time for ours', () => {
    let compared = 0;
    const counting = (text: string) => {
      compared += 1;
      return text;
    };
    const known = Array.from({ length: 10_000 }, (_, i) => `${'x'.repeat(190)}${i}`);
    nearest('y'.repeat(194), known, counting);
    const forRanking = 1 + 3 * known.length;
    expect(compared - forRanking).toBeLessThanOrEqual(2 * 50);
  });
});
