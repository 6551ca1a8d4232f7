import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Client } from '../../lib/model/client.js';
import { isClientSecret } from '../../lib/rules/client-secret.js';

function client(...secrets: readonly string[]): Client {
  return { secretHashes: secrets.map((secret) => createHash('sha256').update(secret).digest('base64url')) } as unknown as Client;
}

describe('isClientSecret', () => {
  it.each([
    [['a'], client('a')],
    [['x', 'a'], client('a')],
    [['a'], client('a', 'b')],
    [['b'], client('a', 'b')],
  ])('is so for %j', (given, owner) => {
    expect(isClientSecret(given, owner)).toBe(true);
  });

  it.each([
    [['x'], client('a')],
    [[], client('a')],
    [['a'], client()],
    [['a'], {} as Client],
    [[''], client('a', 'b')],
  ])('is not so for %j', (given, owner) => {
    expect(isClientSecret(given, owner)).toBe(false);
  });
});
