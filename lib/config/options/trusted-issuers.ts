/** The option `trustedIssuers`: who may vouch for users and machines. RFC 7523 section 3. */
import type { JWK } from 'jose';
import type { AssertionClaims, UserOfAssertion } from '../../model/trusted-issuer.js';

/** Who may vouch for users and machines. */
export interface OptionsForTrustedIssuers {
  /**
   * Who may vouch for users or machines: a client that has the grant `urn:ietf:params:oauth:grant-type:jwt-bearer` trades their
   * assertions for access tokens, without a page that asks anybody. An issuer may stand here more than once, for different clients.
   * RFC 7523 section 2.1.
   *
   * @example
   * ```ts
   * [
   *   { issuer: 'https://acme.okta.com', profile: 'id-jag', user: ({ iss, sub }) => db.userOfProvider(iss, sub) },
   *   {
   *     issuer: 'https://token.actions.githubusercontent.com',
   *     profile: 'workload',
   *     clients: ['deploy'],
   *     subjects: ['repo:acme/shop:ref:refs/heads/main'],
   *     scopes: ['deploy:shop'],
   *   },
   * ]
   * ```
   */
  trustedIssuers?: readonly TrustedIssuerOptions[] | undefined;
}

/** Who may vouch for users, or for machines. RFC 7523 section 3. */
export type TrustedIssuerOptions = IdentityProviderOptions | WorkloadIssuerOptions;

/** What they have in common. */
export interface IssuerOptions {
  /** The `iss` of its assertions, compared character by character. */
  issuer: string;

  /**
   * Its public keys, inline or by URL. RFC 7517. Default: the `jwks_uri` of its metadata (RFC 8414, OpenID Connect Discovery); for that
   * `issuer` must be an https URL. The option `outgoing` holds for what is fetched.
   */
  jwks?: { readonly keys: readonly JWK[] } | undefined;
  jwks_uri?: string | undefined;

  /** What can be had by its assertions at most. Default: whatever the client may have. */
  scopes?: readonly string[] | undefined;
}

/**
 * The identity provider of an enterprise, which lets clients act for its users: it has consented for them, so they are not asked here.
 * Its assertions have the type `oauth-id-jag+jwt`, name the client, can be used once, and are taken from confidential clients only.
 * draft-ietf-oauth-identity-assertion-authz-grant; the Enterprise-Managed Authorization of MCP.
 */
export interface IdentityProviderOptions extends IssuerOptions {
  profile: 'id-jag';

  /** The clients that may use its assertions. Default: those that the assertions name, if they have the grant. */
  clients?: readonly string[] | undefined;

  /**
   * Whom of your users an assertion means, or nobody: by `iss` and `sub` (and `tenant`, if one issuer serves several), which name a
   * person for good. An e-mail address may have been another person's before: go by it only where the provider owns the domain. What you
   * give as `auth_time`, `acr` and `amr` stands in the access token.
   */
  user: UserOfAssertion;
}

/**
 * A platform that gives tokens to the machines that run there (GitHub Actions, Kubernetes, a cloud), or another service of yours. A token
 * can be used until it expires, together with the client's own credentials.
 */
export interface WorkloadIssuerOptions extends IssuerOptions {
  profile: 'workload';

  /** The clients that may use its assertions. */
  clients: readonly string[];

  /** Which `sub` is good: a list, compared character by character; or a function that looks at all claims. */
  subjects: readonly string[] | ((claims: AssertionClaims) => boolean | Promise<boolean>);

  /** The one `aud` of its assertions, where it cannot be this server's issuer. Default: this server's issuer. */
  audience?: string | undefined;

  /** On behalf of which of your users the machine acts. Default: of none; the client acts on its own behalf, as with client credentials. */
  user?: UserOfAssertion | undefined;

  /**
   * Whether the assertion alone is enough, from public clients among `clients`: then whoever sees one can use it until it expires.
   * Default: `false`.
   */
  publicClients?: boolean | undefined;
}
