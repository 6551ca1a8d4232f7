/** The option `grants`. RFC 6749 section 4.5. */
import type { Entitlement, Grant, GrantRequest } from '../../contracts.js';

/** What clients trade for tokens, besides what is built in. */
export interface OptionsForGrants {
  /**
   * Grants of your own, besides the built-in ones; a client uses one if its `grant_types` name it. `redeem` says on whose behalf the
   * client may act, and for what; the tokens are issued here. RFC 6749 section 4.5.
   *
   * @example
   * ```ts
   * [{
   *   type: 'urn:example:grant-type:magic-link',
   *   async redeem({ client, parameters, req }) {
   *     const user = await links.redeem(parameters.need('link'));
   *     if (!user) throw new OAuthError('invalid_grant', 'The link has expired.');
   *     return { sub: user.id, scope: ['read:contacts'], refresh: true };
   *   },
   * }]
   * ```
   */
  grants?: readonly ExtensionGrant[] | undefined;
}

/** A grant of the host's own. RFC 6749 section 4.5. */
export type ExtensionGrant = Pick<Grant, 'type'> & {
  /** @throws OAuthError with a code of RFC 6749 section 5.2 */
  redeem(request: GrantRequest): Promise<Entitlement>;
};
