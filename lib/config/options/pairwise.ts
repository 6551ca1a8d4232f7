/** The option `pairwise`. OpenID Connect Core section 8.1. */

/** What pairwise subject identifiers are made with. */
export interface OptionsForPairwise {
  /**
   * For clients with `subject_type: 'pairwise'`, who know each user under a name of their own: `salt`, at least 32 random characters.
   * Whoever changes it changes all those users. OpenID Connect Core section 8.1.
   */
  pairwise?: { salt: string | undefined } | undefined;
}
