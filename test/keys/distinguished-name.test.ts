import { describe, expect, it } from '@jest/globals';
import { type DistinguishedName, formatDistinguishedName, isSameName, parseDistinguishedName } from '../../lib/keys/distinguished-name.js';
import fc from '../support/fast-check.js';

const name = (text: string) => parseDistinguishedName(text) ?? [];

describe('parseDistinguishedName', () => {
  // RFC 4514 section 4.
  it.each([
    ['UID=jsmith,DC=example,DC=net', [[['DC', 'net']], [['DC', 'example']], [['UID', 'jsmith']]]],
    [
      'OU=Sales+CN=J.  Smith,DC=example,DC=net',
      [
        [['DC', 'net']],
        [['DC', 'example']],
        [
          ['OU', 'Sales'],
          ['CN', 'J.  Smith'],
        ],
      ],
    ],
    ['CN=James \\"Jim\\" Smith\\, III,DC=example,DC=net', [[['DC', 'net']], [['DC', 'example']], [['CN', 'James "Jim" Smith, III']]]],
    ['CN=Before\\0dAfter,DC=example,DC=net', [[['DC', 'net']], [['DC', 'example']], [['CN', 'Before\rAfter']]]],
    ['CN=Lu\\C4\\8Di\\C4\\87', [[['CN', 'Lučić']]]],
    // and beside
    ['CN=a, O = b ,C=GB', [[['C', 'GB']], [['O', 'b']], [['CN', 'a']]]],
    ['cn=a', [[['CN', 'a']]]],
    ['2.5.4.3=a', [[['CN', 'a']]]],
    ['CN=\\ a\\ ', [[['CN', ' a ']]]],
    ['CN=\\#a', [[['CN', '#a']]]],
    ['CN=a=b', [[['CN', 'a=b']]]],
    ['CN=\\\\,O=b', [[['O', 'b']], [['CN', '\\']]]],
    ['CN=', [[['CN', '']]]],
  ])('reads %s', (text, parts) => {
    const oids: Record<string, string> = { CN: '2.5.4.3', O: '2.5.4.10', OU: '2.5.4.11', C: '2.5.4.6' };
    const other: Record<string, string> = { DC: '0.9.2342.19200300.100.1.25', UID: '0.9.2342.19200300.100.1.1' };
    expect(parseDistinguishedName(text)).toEqual(
      parts.map((part) => part.map(([type = '', value]) => ({ oid: oids[type] ?? other[type], text: value }))),
    );
  });

  it('reads an encoded value. RFC 4514 section 4', () => {
    expect(name('1.3.6.1.4.1.1466.0=#04024869')).toEqual([[{ oid: '1.3.6.1.4.1.1466.0', der: '04024869' }]]);
  });

  it.each([
    '',
    'CN',
    'a',
    'CN=a,',
    ',CN=a',
    'CN=a,,O=b',
    'CN=a+',
    'CN="a"',
    'CN=a;O=b',
    'CN=a<b',
    'XX=a',
    'CN=#zz',
    'CN=#123',
    'CN=a\\',
    'CN=\\g',
    '/C=GB/CN=a',
    '1=a',
    'CN=a\0',
  ])('takes %j for no name', (text) => {
    expect(parseDistinguishedName(text)).toBeUndefined();
  });

  it('is quick about a text that is made to be slow', () => {
    const before = process.cpuUsage();
    parseDistinguishedName(`CN=${' '.repeat(2_000)}"`);
    parseDistinguishedName(`CN=${'\\20'.repeat(2_000)}"`);
    expect(process.cpuUsage(before).user).toBeLessThan(200_000); // microseconds
  });
});

describe('formatDistinguishedName', () => {
  it('writes what parseDistinguishedName reads', () => {
    const value = fc.string({ unit: 'binary' }).map((text) => Buffer.from(text).toString());
    const part = fc.uniqueArray(fc.record({ oid: fc.constantFrom('2.5.4.3', '2.5.4.10', '2.5.4.6'), text: value }), {
      minLength: 1,
      selector: ({ oid }) => oid,
    });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), (parts: DistinguishedName) => {
        expect(isSameName(name(formatDistinguishedName(parts)), parts)).toBe(true);
      }),
    );
  });

  it.each([
    'CN=client,O=Example Ltd,C=GB',
    'OU=Sales+CN=J. Smith,DC=net',
    'CN=a\\, b\\+c\\"d\\\\e\\<f\\>g\\;h',
    'CN=\\ a\\ ',
    'CN=\\#a',
    '1.2.3=#0402aa',
  ])('writes %s', (text) => {
    expect(formatDistinguishedName(name(text))).toBe(text);
  });
});

describe('isSameName', () => {
  it.each([
    ['CN=a,O=b', 'CN=a, O=b'],
    ['OU=a+CN=b,O=c', 'CN=b+OU=a,O=c'],
    ['CN=a', '2.5.4.3=a'],
    ['CN=a\\2Cb', 'CN=a\\,b'],
  ])('is so for %s and %s', (a, b) => {
    expect(isSameName(name(a), name(b))).toBe(true);
  });

  it.each([
    ['CN=a,O=b', 'O=b,CN=a'],
    ['CN=a,O=b', 'CN=a'],
    ['CN=a', 'CN=a,O=b'],
    ['O=b', 'CN=a,O=b'],
    ['CN=a,O=b', 'O=b'],
    ['CN=a', 'CN=A'],
    ['CN=a', 'CN=a\\ '],
    ['CN=a b', 'CN=a  b'],
    ['CN=a', 'O=a'],
    ['CN=a,O=b', 'CN=a+O=b'],
    ['CN=a+OU=b', 'CN=a+OU=c'],
    ['CN=a+CN=a', 'CN=a+CN=b'],
    ['CN=a\\,O=b', 'CN=a,O=b'],
    ['CN=a\\00', 'CN=a'],
    ['1.2.3=#0402aa', '1.2.3=#0402ab'],
    ['1.2.3=#0402aa', '1.2.4=#0402aa'],
  ])('is not so for %s and %s', (a, b) => {
    expect(isSameName(name(a), name(b))).toBe(false);
  });
});
