/** The option `registration`. RFC 7591 section 3. */
import type { JWK } from 'jose';
import type { Registration } from '../../contracts.js';

/** Who may register. */
export interface OptionsForRegistration {
  /**
   * Whether clients may register themselves, RFC 7591, and manage that, RFC 7592: `true`, or how. Default: `false`. A public client needs
   * no space here: its `client_id` is what it says of itself, signed. A confidential one is kept in the store.
   */
  registration?: boolean | RegistrationOptions | undefined;
}

/** How clients may register themselves. RFC 7591 section 3. */
export interface RegistrationOptions {
  /**
   * Says whether the initial access token that a client shows lets it register. Default: none is needed. Only who needed one may register
   * for `client_credentials`.
   *
   * @example (token) => timingSafeEqual(sha256(token), sha256(process.env.REGISTRATION_TOKEN))
   */
  initialAccessToken?: Registration['initialAccessToken'] | undefined;

  /** Who may vouch for software, with their public keys: `issuers`; and whether there is no registration without: `required`. RFC 7591 section 2.3. */
  softwareStatements?:
    | {
        issuers: readonly {
          issuer: string;
          jwks?: { readonly keys: readonly JWK[] } | undefined;
          jwks_uri?: string | undefined;
        }[];
        required?: boolean | undefined;
      }
    | undefined;

  /** Your own say: why a client with this metadata may not register; nothing, if it may. */
  refuse?: Registration['refuse'] | undefined;

  /** A stored registration that is not used for so long is forgotten; in seconds. Default: 90 days. */
  lifetime?: number | undefined;

  /** How many registrations are stored at most. Default: 1000. Those of public clients need no space and are not counted. */
  quota?: number | undefined;

  /** How many one address may make in an hour: stored ones at all processes together, those of public clients at each. Default: 60. */
  perHour?: number | undefined;
}
