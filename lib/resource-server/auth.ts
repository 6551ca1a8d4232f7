/** What an API learns of who calls it: `req.auth`. RFC 9068 section 2.2, RFC 7662 section 2.2. */

/** What an access token says, once it has been checked. */
export interface CheckedToken {
  /** The subject: the user who allowed the access; for a machine on its own behalf (`client_credentials`) the client, as in `clientId`. */
  readonly sub: string;
  /** The client that calls. */
  readonly clientId: string;
  /** What it may do. RFC 6749 section 3.3. */
  readonly scopes: string[];
  /** The access token itself. */
  readonly token: string;
  /** In seconds since 1970. */
  readonly expiresAt: number;
  /** All claims of the token; of an opaque one, what introspection tells of it. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/**
 * Who calls, and what they may do here. It is what the servers of the MCP SDK look for in `req.auth`, too (their `AuthInfo`).
 *
 * @example
 * ```ts
 * app.get('/contacts', protect('read:contacts'), (req, res) => res.json(contactsOf(req.auth.sub)));
 * ```
 */
export interface Auth extends CheckedToken {
  /** The API that the token was checked for. RFC 8707. */
  readonly resource: URL;
  /** The same as `claims`, under the name that the MCP SDK has for it. */
  readonly extra: Record<string, unknown>;
}

/** Checks the access tokens of one API. */
export interface TokenChecker {
  /**
   * @param options - `strict`: ask the authorization server now, rather than go by what is known here
   * @throws OAuthError `invalid_token`; `temporarily_unavailable`, if it cannot be known
   */
  check(token: string, options: { readonly strict: boolean }): Promise<Auth>;
}

/** In characters. Longer ones are refused unread. */
export const maxTokenLength = 16_384;
