/** The option `outgoing`: what may be fetched for clients. */

/** What may be fetched for clients. */
export interface OptionsForOutgoing {
  /**
   * What may be fetched for clients (`jwks_uri`, `request_uris`, `logo_uri`, `sector_identifier_uri`) besides https URLs of public addresses:
   * `allow`, hosts with or without port; `ca`, certificates that are trusted besides the usual ones, as PEM.
   *
   * @example { allow: ['localhost:8443'] }
   */
  outgoing?: { allow?: readonly string[] | undefined; ca?: string | readonly string[] | undefined } | undefined;
}
