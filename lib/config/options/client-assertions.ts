/** The option `clientAssertions`. RFC 7523 section 3. */

/** What the assertions of clients are addressed to. */
export interface OptionsForClientAssertions {
  /**
   * What the assertions of clients (`private_key_jwt`, `client_secret_jwt`) are addressed to, their `aud`: `'issuer'`, this server's issuer as
   * one string; or `'endpoint'`, for clients of old, also the URL of an endpoint, and lists. With that, whoever runs another server that such
   * a client uses can have its assertions made out to this one. Default: `'issuer'`. RFC 7523 section 3, draft-ietf-oauth-rfc7523bis.
   *
   * @example { audience: 'endpoint' }
   */
  clientAssertions?: { audience?: 'issuer' | 'endpoint' | undefined } | undefined;
}
