/** Where an answer may go: exactly where the client registered. RFC 6749 section 3.1.2, RFC 9700 section 4.1.3. */
import { OAuthError } from '../errors.js';
import type { Parameters } from '../http/parameters.js';
import type { Client } from '../model/client.js';

/** The redirect URI of a request; it may be left out if the client has registered just one. */
export function readRedirectUri(parameters: Parameters, { redirect_uris }: Client): { redirect_uri: string } {
  const asked = parameters.get('redirect_uri');
  if (asked === undefined) {
    const [only, ...others] = redirect_uris;
    if (only === undefined || others.length > 0) {
      throw new OAuthError('invalid_request', 'The parameter redirect_uri is missing; it is required where not exactly one is registered.');
    }
    return { redirect_uri: only };
  }
  if (!redirect_uris.some((registered) => isSameRedirectUri(registered, asked))) {
    throw new OAuthError(
      'invalid_request',
      'The redirect_uri is not one that this client has registered. They are compared character by character.',
      { kind: 'redirect', mismatch: { what: 'redirect_uri', asked, fitting: redirect_uris, source: 'registered' } },
    );
  }
  return { redirect_uri: asked };
}

/** Simple string comparison, but for the port of a loopback address. RFC 8252 section 7.3. */
export function isSameRedirectUri(registered: string, asked: string): boolean {
  if (registered === asked) return true;
  const one = withoutLoopbackPort(registered);
  return one !== undefined && one === withoutLoopbackPort(asked);
}

/**
 * Taken apart as text, so that no parser's kindness makes two different strings equal. `localhost` counts too: many native apps
 * register it, although RFC 8252 section 8.3 prefers the addresses.
 */
function withoutLoopbackPort(uri: string): string | undefined {
  const match = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost))(?::([1-9]\d{0,4}))?([/?].*)?$/.exec(uri);
  if (!match || Number(match[2] ?? 80) > 65_535) return undefined;
  return `${match[1]}${match[3] ?? ''}`;
}

/** Whether the answer goes to whatever program listens at a port of the user's own device. RFC 8252 section 8.3. */
export function isLoopbackRedirectUri(uri: string): boolean {
  return withoutLoopbackPort(uri) !== undefined;
}

/**
 * Whether only the true client can receive what is sent there: it keeps a secret, or it owns the https host. Other clients are
 * never let through without the user's say. RFC 8252 section 8.6.
 */
export function isClientAssured(client: Client, redirect_uri: string): boolean {
  return !client.authMethods.includes('none') || redirect_uri.startsWith('https://');
}
