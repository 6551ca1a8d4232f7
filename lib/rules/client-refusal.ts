/** Why a client is not believed. RFC 6749 section 5.2. */
import { OAuthError } from '../errors.js';

/** One sentence, whatever is wrong: in production nobody learns which clients there are. */
export const oneForAll = 'The client is unknown, or its credentials are wrong.';

/** With what is wrong for developers and events alone. */
export function refusedFor(reason: 'assertion_invalid' | 'certificate_invalid', detail: string): OAuthError {
  return new OAuthError('invalid_client', oneForAll, { reason, detail });
}
