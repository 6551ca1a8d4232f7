/** What must hold of the claims of an access token at every request, however long it is known. RFC 9068 section 4. */
import { OAuthError } from '../errors.js';

export interface Expected {
  readonly issuer: string;
  /** The token must be for one of them. */
  readonly audience: string | readonly string[];
  /** In seconds since 1970. */
  readonly now: number;
  /** In seconds: so far may clocks be apart. */
  readonly clockTolerance?: number;
}

/** @throws OAuthError `invalid_token` */
export function checkClaims(
  { iss, aud, nbf, exp }: Readonly<Record<string, unknown>>,
  { issuer, audience, now, clockTolerance = 0 }: Expected,
): void {
  if (iss !== issuer) throw unexpected('iss');
  if (!isFor(aud, audience)) throw unexpected('aud');
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf <= now + clockTolerance)) throw unexpected('nbf');
  if (typeof exp !== 'number') throw unexpected('exp');
  if (exp <= now - clockTolerance) throw new OAuthError('invalid_token', 'The access token has expired.');
}

/** It may be for several. RFC 7519 section 4.1.3. */
function isFor(aud: unknown, audience: string | readonly string[]): boolean {
  const accepted: readonly unknown[] = typeof audience === 'string' ? [audience] : audience;
  return Array.isArray(aud) ? aud.some((one) => accepted.includes(one)) : accepted.includes(aud);
}

function unexpected(claim: string): OAuthError {
  return new OAuthError('invalid_token', `The access token has an unexpected ${claim}.`);
}
