/** The client secret in the Authorization header. RFC 6749 section 2.3.1, RFC 7617. */
import type { ClientAuthMethod } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { isClientSecret } from '../rules/client-secret.js';

const challenge = 'Basic realm="OAuth 2.0 client", charset="UTF-8"';

export const clientSecretBasic: ClientAuthMethod = {
  name: 'client_secret_basic',
  needs: 'secret',
  shows: 'the Authorization header',
  challenge,

  find(http) {
    const [, encoded] = /^Basic +([A-Za-z0-9+/_=-]+) *$/i.exec(http.header('authorization') ?? '') ?? [];
    if (encoded === undefined) return undefined;
    const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
    if (!id || secret === undefined) {
      throw new OAuthError('invalid_client', 'The Authorization header has no client_id:client_secret.', {
        headers: { 'WWW-Authenticate': challenge },
        reason: 'credentials_malformed',
      });
    }
    // The RFC wants both form-encoded, and many clients send them raw.
    return { client_ids: [formDecoded(id), id], shown: [formDecoded(secret), secret] };
  },

  accepts: ({ shown }, client) => isClientSecret(shown, client),
};

/** Appendix B. What is not encoded is taken as it is. */
function formDecoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
