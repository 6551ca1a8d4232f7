/** Compares client secrets, of which only hashes are kept. RFC 6749 section 2.3.1. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Client } from '../model/client.js';

/** Whether any of these is one of the client's secrets; in constant time. */
export function isClientSecret(secrets: readonly string[], { secretHashes = [] }: Client): boolean {
  const given = secrets.map((secret) => createHash('sha256').update(secret).digest());
  const expected = secretHashes.map((hash) => Buffer.from(hash, 'base64url'));
  return given.flatMap((hash) => expected.map((other) => timingSafeEqual(hash, other))).includes(true);
}
