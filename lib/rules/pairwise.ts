/** Pairwise subject identifiers. OpenID Connect Core section 8.1. */
import { createHmac } from 'node:crypto';

/** Cannot be turned back, nor compared with that of another sector. The salt must never change, or all users would. */
export function pairwiseSubject(sub: string, sector: string, salt: string): string {
  return createHmac('sha256', salt)
    .update(JSON.stringify([sector, sub]))
    .digest('base64url');
}
