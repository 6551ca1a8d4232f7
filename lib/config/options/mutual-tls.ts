/** The option `mtls`. RFC 8705. */

/** Where the certificates of clients come from. */
export interface OptionsForMutualTls {
  /** Where the certificates of clients come from (`tls_client_auth`, `self_signed_tls_client_auth`). Default: from the TLS connection. */
  mtls?: MutualTlsOption | undefined;
}

/**
 * How certificates of clients reach this server. Directly, if the app itself is an https server with `requestCert: true` and
 * `rejectUnauthorized: false` (other users have no certificate); or by a proxy that ends TLS and passes them on in a header. RFC 8705.
 */
export interface MutualTlsOption {
  /**
   * The request header in which your proxy passes the certificate on: PEM, percent-encoded (`$ssl_client_escaped_cert` of nginx), or as
   * RFC 9440 has it. The proxy must set it on every request, or take it out: whoever can send this header to the app can be any client.
   * Default: no header is believed, and certificates come from the TLS connection.
   *
   * @example 'X-SSL-Client-Cert'
   */
  header?: string | undefined;

  /**
   * The header in which the proxy says `SUCCESS` for a certificate by an authority that it trusts (`$ssl_client_verify` of nginx), set or
   * taken out likewise; or `true`, for a proxy that passes no others on. Needed for `tls_client_auth`. Default: `false`.
   *
   * @example 'X-SSL-Client-Verify'
   */
  verified?: boolean | string | undefined;

  /**
   * Where clients with a certificate find the endpoints, if it is not where all others do: an https URL without a path. Announced as
   * `mtls_endpoint_aliases`. It leads to the same app. RFC 8705 section 5.
   *
   * @example 'https://mtls.app.example.com'
   */
  origin?: string | undefined;
}
