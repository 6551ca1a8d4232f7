/** Rows of the host's table of passkeys: what databases make of them is understood, and nonsense is refused by name. */
import { describe, expect, it } from '@jest/globals';
import { readPasskey } from '../../lib/rules/passkey.js';

const row = {
  id: 'Y3JlZGVudGlhbA',
  sub: 'alice',
  name: 'Alice',
  userHandle: 'dXNlcg',
  publicKey: 'a2V5',
  counter: 0,
  transports: ['internal', 'hybrid'],
  multiDevice: true,
  backedUp: false,
  rpId: 'example.com',
  created: 1_700_000_000,
};

const source = 'passkeys.store.find';

describe('a row of the host', () => {
  it.each([row, { ...row, lastUsed: 1_700_000_060 }])('is read as it was given', (given) => {
    expect(readPasskey(given, source)).toStrictEqual(given);
  });

  it.each<[string, object, object]>([
    ['numbers for booleans', { multiDevice: 1, backedUp: 0 }, {}],
    ['a list as JSON', { transports: '["internal","hybrid"]' }, {}],
    ['an empty list as JSON', { transports: '[]' }, { transports: [] }],
    ['null for what is not there', { lastUsed: null }, {}],
    ['numbers as text', { counter: '7', created: '1700000000' }, { counter: 7 }],
    ['large numbers', { counter: 7n, created: 1_700_000_000n }, { counter: 7 }],
    ['a number for the user', { sub: 42 }, { sub: '42' }],
    ['columns of its own', { tenant: 'north' }, {}],
  ])('may have %s', (_, given, read) => {
    expect(readPasskey({ ...row, ...given }, source)).toStrictEqual({ ...row, ...read });
  });

  it.each<[string, unknown]>([
    ['id', 1],
    ['id', ''],
    ['id', 'not base64url!'],
    ['id', 'a'.repeat(1365)],
    ['sub', null],
    ['sub', ''],
    ['sub', Number.NaN],
    ['sub', 'a'.repeat(256)],
    ['name', undefined],
    ['userHandle', undefined],
    ['publicKey', Buffer.from('key')],
    ['counter', -1],
    ['counter', 1.5],
    ['counter', Number.NaN],
    ['counter', undefined],
    ['transports', undefined],
    ['transports', 'internal'],
    ['transports', '{"0":"usb"}'],
    ['transports', [1]],
    ['multiDevice', undefined],
    ['multiDevice', 'false'],
    ['backedUp', 2],
    ['rpId', ''],
    ['created', new Date(0)],
    ['created', '2026-05-14T00:00:00Z'],
    ['created', 1_700_000_000_000],
    ['lastUsed', new Date(0)],
    ['lastUsed', '2026-05-14T00:00:00Z'],
  ])('is refused, by the name of the member and of the function, for %s: %p', (member, value) => {
    const wrong = () => readPasskey({ ...row, [member]: value }, source);
    expect(wrong).toThrow(TypeError);
    expect(wrong).toThrow(new RegExp(`^passkeys\\.store\\.find: the member ${member} of a passkey must be `));
  });

  it.each(['a passkey', 1, true, [row]])('is refused where it is none: %p', (given) => {
    expect(() => readPasskey(given, source)).toThrow(TypeError);
  });
});
