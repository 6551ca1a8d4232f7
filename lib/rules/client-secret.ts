/** Compares client secrets, of which only hashes are kept. RFC 6749 section 2.3.1. */
import { hash, timingSafeEqual } from 'node:crypto';
import type { Client } from '../model/client.js';

/** Whether any of these is one of the client's secrets; in constant time. */
export function isClientSecret(secrets: readonly string[], { secretHashes = [] }: Client): boolean {
  const given = secrets.map((secret) => bytesOf(hash('sha256', secret, 'base64url')));
  const expected = secretHashes.map(bytesOf);
  return given.flatMap((one) => expected.map((other) => timingSafeEqual(one, other))).includes(true);
}

function bytesOf(hash: string): Buffer {
  return Buffer.from(hash, 'base64url');
}
