import { webcrypto } from 'node:crypto';
import { describe, expect, it, jest } from '@jest/globals';
import { deriveSecrets, type MacPurpose } from '../../lib/keys/secrets.js';
import fc from '../support/fast-check.js';

const [first, second] = ['the first secret of 32 characters!', 'the second secret, just as long as it'] as const;
const old = deriveSecrets([first]);
const rotated = deriveSecrets([second, first]);
const fresh = deriveSecrets([second]);
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

describe('a MAC', () => {
  it('is that of its text, in every process that has the secret', () => {
    fc.assert(fc.property(fc.string(), (text) => deriveSecrets([first]).isMac('refresh token', text, old.mac('refresh token', text))));
  });

  it('is that of no other text', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        (one, other) => old.isMac('refresh token', other, old.mac('refresh token', one)) === (one === other),
      ),
    );
  });

  it.each<readonly [MacPurpose, MacPurpose]>([
    ['authorization code', 'refresh token'],
    ['refresh token', 'authorization code'],
  ])('of a %s is none of a %s', (one, other) => {
    expect(old.isMac(other, 'text', old.mac(one, 'text'))).toBe(false);
  });

  it('under an older secret still counts after rotation', () => {
    expect(rotated.isMac('refresh token', 'text', old.mac('refresh token', 'text'))).toBe(true);
  });

  it('is made under the newest secret', () => {
    expect(fresh.isMac('refresh token', 'text', rotated.mac('refresh token', 'text'))).toBe(true);
  });

  it('under a secret that was removed counts no more', () => {
    expect(fresh.isMac('refresh token', 'text', old.mac('refresh token', 'text'))).toBe(false);
  });

  const mac = old.mac('refresh token', 'text');

  it('has 256 bits', () => {
    expect(mac).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  it('has one spelling: no other last character that decodes to the same bytes counts', () => {
    const others = [...alphabet].filter((letter) => letter !== mac.slice(-1)).map((letter) => mac.slice(0, -1) + letter);
    expect(others.filter((other) => old.isMac('refresh token', 'text', other))).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['a part', mac.slice(0, 42)],
    ['padding', `${mac}=`],
    ['more', `${mac}A`],
    ['a space before', ` ${mac}`],
    ['a newline after', `${mac}\n`],
    ['a character of base64', `+${mac.slice(1)}`],
    ['another script', mac.replace(/./, 'ａ')],
  ])('with %s is none', (_, text) => {
    expect(old.isMac('refresh token', 'text', text)).toBe(false);
  });
});

describe('what is sealed', () => {
  const value = { a: ['b', 1, null, 'ü€😀'] };

  it('is opened as it was, in every process that has the secret', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (any) => {
        expect(await deriveSecrets([first]).open('ticket', await old.seal('ticket', any))).toEqual(JSON.parse(JSON.stringify(any)));
      }),
    );
  });

  it('cannot be read without the secret', async () => {
    const sealed = await old.seal('ticket', { word: 'confidential' });
    const parts = sealed.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'));
    expect(parts.some((part) => part.includes('confidential'))).toBe(false);
  });

  it('is another text each time', async () => {
    expect(await old.seal('ticket', value)).not.toBe(await old.seal('ticket', value));
  });

  it.each([
    ['opened after rotation', old, rotated, value],
    ['sealed under the newest secret', rotated, fresh, value],
    ['not opened when the secret was removed', old, fresh, undefined],
  ])('is %s', async (_, sealing, opening, expected) => {
    expect(await opening.open('ticket', await sealing.seal('ticket', value))).toEqual(expected);
  });

  it('for one purpose is not opened for another', async () => {
    expect(await old.open('signing keys', await old.seal('ticket', value))).toBeUndefined();
  });

  it('is not opened with any other character in it', async () => {
    const sealed = await old.seal('ticket', value);
    await fc.assert(
      fc.asyncProperty(fc.nat(sealed.length - 1), fc.constantFrom(...alphabet, '.', '=', ' '), async (at, letter) => {
        fc.pre(sealed[at] !== letter);
        const forged = sealed.slice(0, at) + letter + sealed.slice(at + 1);
        const decodesToTheSame = forged.split('.').map(bytesOf).join('.') === sealed.split('.').map(bytesOf).join('.');
        expect((await old.open('ticket', forged)) === undefined || decodesToTheSame).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('is nothing that somebody made up, and no text breaks the lock', async () => {
    const part = fc.oneof(
      fc.string(),
      fc.base64String(),
      fc
        .constantFrom('{"alg":"dir","enc":"A256GCM"}', '{"alg":"none"}', '{"alg":"PBES2-HS256+A128KW","p2c":1e9}', '{"zip":"DEF"}')
        .map((json) => btoa(json)),
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(part, { minLength: 4, maxLength: 6 }).map((parts) => parts.join('.')),
    );
    await fc.assert(fc.asyncProperty(text, async (made) => expect(await old.open('ticket', made)).toBeUndefined()));
  });
});

describe('processes of an earlier version, with which these share a store and browsers,', () => {
  it('make the same MACs', () => {
    expect(old.mac('refresh token', 'text')).toBe('DrWUjtjIQFA7l_CU8OGFC7a2lSDOEvW_QaHAJea3hCc');
  });

  it('have sealed what is opened', async () => {
    const sealed = 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..2MV__1e1WN472eLu.VctZiBKv8vbsn-sYtNTXogqBtFEMXLz_ebI.6_z4cp1CLbJN4X7ho33yog';
    expect(await old.open('access token', sealed)).toEqual({ claims: { sub: 'alice' } });
  });

  it('sign the same cookies', () => {
    expect(old.cookies).toEqual(['H0sxxvj2ajXsK4bZF3cDo0AQKYSxsX-pv2Dm4i1cBmo']);
  });
});

describe('secrets', () => {
  it('sign cookies with the newest, and accept each', () => {
    expect(rotated.cookies).toEqual([...fresh.cookies, ...old.cookies]);
  });

  it('are not what signs cookies themselves', () => {
    expect(old.cookies).toEqual([expect.stringMatching(/^[A-Za-z0-9_-]{43}$/)]);
  });
});

function bytesOf(part: string): string {
  return Buffer.from(part, 'base64url').toString('hex');
}

describe('a key that could not be made', () => {
  it('is tried again, so that one failure does not last until the process ends', async () => {
    const secrets = deriveSecrets([first]);
    const failing = jest.spyOn(webcrypto.subtle, 'importKey').mockRejectedValueOnce(new Error('no memory left'));
    await expect(secrets.seal('ticket', 'a')).rejects.toThrow('no memory left');
    failing.mockRestore();
    expect(await secrets.open('ticket', await secrets.seal('ticket', 'a'))).toBe('a');
  });
});
