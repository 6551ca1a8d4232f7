import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { explainUnknown, isSecretOfSome, mayBeClientId } from '../../lib/clients/find.js';
import type { Settings } from '../../lib/contracts.js';

const secret = 'S3cr3t:of-the-web-client';
const secretHash = createHash('sha256').update(secret).digest('base64url');
const settings = {
  clients: new Map(Object.entries({ web: { secretHashes: [secretHash] }, spa: {}, 'the notes of all': {} })),
} as unknown as Settings;

describe('a secret that is sent as client_id', () => {
  it.each([secret, ` ${secret}`, `${secret}\r\n`, `"${secret}"`, `'${secret}'\n`, `web:${secret}`])('is known for one: %j', (text) => {
    expect(isSecretOfSome(text, settings)).toBe(true);
    expect(mayBeClientId(text, settings)).toBe(false);
    expect(explainUnknown(text, settings)).not.toHaveProperty('mismatch');
  });

  it('is not seen where there is none', () => {
    expect(['', 'web', 'undefined', secretHash].filter((text) => isSecretOfSome(text, settings))).toEqual([]);
  });
});

describe('a client_id that is not known', () => {
  it.each([
    ['could be one', 'billing-7', 'billing-7'],
    ['is nearly one, for all its spaces', 'the notes for all', 'the notes for all'],
    ['has spaces', 'a password of many words', '…'],
    ['is too long', 'a:'.repeat(33), '…'],
    ['looks like a code', `abc.${'aB3'.repeat(14)}c`, '…'],
    ['has the values of a query', 'https://client.example.com/?code=abc', '…'],
  ])('is told or not, if it %s', (_, asked, told) => {
    expect(explainUnknown(asked, settings).mismatch).toMatchObject({ asked: told, fitting: ['web', 'spa', 'the notes of all'] });
  });
});
