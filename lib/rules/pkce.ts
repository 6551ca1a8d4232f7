/** Proof Key for Code Exchange: only who asked for a code can redeem it. RFC 7636. */
import { hash, timingSafeEqual } from 'node:crypto';
import { OAuthError } from '../errors.js';
import type { Parameters } from '../http/parameters.js';
import type { Client } from '../model/client.js';

/** What `code_challenge_method` may be. `plain` is refused, as RFC 9700 section 2.1.1 advises. */
export const codeChallengeMethods = ['S256'] as const;

/** Section 4.3, at the authorization endpoint. Needed for every code, unless the client is confidential and was freed from it. */
export function readCodeChallenge(parameters: Parameters, response_type: string, { pkce }: Client): { code_challenge?: string } {
  const code_challenge = parameters.get('code_challenge');
  if (code_challenge === undefined) {
    if (!pkce || !response_type.split(' ').includes('code')) return {};
    throw new OAuthError('invalid_request', 'The parameter code_challenge is missing: this server requires PKCE (RFC 7636).');
  }
  const asked = parameters.get('code_challenge_method') ?? 'plain'; // section 4.3: what it means to leave it out
  if (asked !== 'S256') {
    throw new OAuthError('invalid_request', 'The parameter code_challenge_method must be S256.', {
      mismatch: { what: 'code_challenge_method', asked, fitting: codeChallengeMethods, source: 'known' },
    });
  }
  // A SHA-256 digest in base64url is 43 characters long.
  if (!/^[A-Za-z0-9_-]{43}$/.test(code_challenge)) {
    throw new OAuthError(
      'invalid_request',
      'The parameter code_challenge must be BASE64URL(SHA256(code_verifier)), which is 43 characters long.',
    );
  }
  return { code_challenge };
}

/** At the token endpoint: a verifier exactly where there was a challenge. RFC 9700 section 4.8.2. */
export function checkProofKey(parameters: Parameters, code_challenge: string | undefined): void {
  if (code_challenge !== undefined) {
    checkCodeVerifier(parameters.need('code_verifier'), code_challenge);
  } else if (parameters.has('code_verifier')) {
    throw new OAuthError('invalid_grant', 'There is a code_verifier, and there was no code_challenge in the authorization request.');
  }
}

/** Section 4.6. */
function checkCodeVerifier(code_verifier: string, code_challenge: string): void {
  if (!/^[A-Za-z0-9._~-]{43,128}$/.test(code_verifier)) {
    throw new OAuthError('invalid_request', 'The parameter code_verifier must have 43 to 128 characters out of A-Z a-z 0-9 - . _ ~');
  }
  const computed = Buffer.from(hash('sha256', code_verifier, 'base64url'));
  const expected = Buffer.from(code_challenge);
  if (computed.length !== expected.length || !timingSafeEqual(computed, expected)) {
    throw new OAuthError('invalid_grant', 'The code_verifier does not match the code_challenge of the authorization request.', {
      detail:
        code_verifier === code_challenge
          ? 'It is the code_challenge itself; send what that is the hash of.'
          : 'BASE64URL(SHA256(code_verifier)) of the one that was sent is another code_challenge.',
    });
  }
}
