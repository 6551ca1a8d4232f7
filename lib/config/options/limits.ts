/** The option `limits`: how often somebody may guess. */
import type { LimitName } from '../../limits/index.js';

/** How often somebody may guess. */
export interface OptionsForLimits {
  /**
   * How often somebody may guess; `false` switches all limits off, that of registrations too, for hosts who limit in front of this router. By
   * name, how often within its time, or `false`: `login`, wrong passwords for a user name from one address, after which waits begin, each twice
   * as long (5, the longest a quarter of an hour); `loginAddress`, wrong passwords from one address in a quarter of an hour (100);
   * `passwordGrant`, the same by way of a client with a secret (2000); `step`, wrong answers to a step of the sign-in by user and address, then
   * as `login` (5); `stepAccount`, those by user alone in an hour (100); `stepBegun`, steps that were begun and not done, such as codes that
   * were sent, as `step` (5); `stepBegunAccount`, those by user alone in an hour (30); `client`, wrong secrets for a client from one address in
   * a minute (100). Registrations are limited by `registration.perHour`. Addresses are those of `req.ip`: so set `trust proxy` of Express
   * behind one; those of IPv6 count by /64, and more loosely by /48.
   *
   * @example { login: 10, client: false }
   */
  limits?: false | { readonly [Name in Exclude<LimitName, 'registration'>]?: number | false | undefined } | undefined;
}
