/** Compares client secrets, of which only a hash is kept. RFC 6749 section 2.3.1. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Client } from '../model/client.js';

/** Whether any of these is the client's secret; in constant time. */
export function isClientSecret(secrets: readonly string[], { secretHash }: Client): boolean {
  if (secretHash === undefined) return false;
  const expected = Buffer.from(secretHash, 'base64url');
  return secrets.map((secret) => timingSafeEqual(createHash('sha256').update(secret).digest(), expected)).includes(true);
}
