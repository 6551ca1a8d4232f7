/** The options `issuer` and `basePath`: where this server is. */

/** Where this server is. */
export interface OptionsForIssuer {
  /**
   * The name of this authorization server: an https URL, or an http URL on `localhost`, `127.0.0.1` or `[::1]`. Without query,
   * fragment and trailing slash. Clients compare it byte for byte, so it is kept as it is written. RFC 8414 section 2.
   *
   * @example 'https://app.example.com'
   */
  issuer: string;

  /**
   * The path that the endpoints are under, below the path of the issuer. Begins with a slash and ends without one; `''` puts the
   * endpoints right below the issuer. Default: `'/oauth'`.
   */
  basePath?: string | undefined;
}
