/** The option `secrets`. */

/** What keys are derived from. */
export interface OptionsForSecrets {
  /**
   * What keys for codes, refresh tokens, cookies and stored data are derived from; each at least 32 characters. The first is
   * used, all are accepted: to change the secret put a new one behind the old one at all processes, then in front of it, and remove the old
   * one when nothing lives that it made.
   * The type allows `undefined` only so that environment variables fit; one that is not set is reported.
   *
   * @example [process.env.OAUTH_SECRET] // made by: openssl rand -base64 32
   */
  secrets: readonly (string | undefined)[];
}
