/** The options `apis` and `accessTokens`: what tokens are for, and what they are. */
import type { AccessTokenFormat } from '../../contracts.js';
import type { Icon } from '../../model/screens.js';
import type { HostWords } from '../../model/words.js';
import type { LifetimeOptions } from './lifetimes.js';

/** What tokens are for, and what they are. */
export interface OptionsForApis {
  /**
   * Your APIs, by identifier: an absolute URI without fragment, which becomes the `aud` of the access tokens. RFC 8707 section 2.
   *
   * @example { 'https://app.example.com/api': { scopes: { 'read:contacts': 'See your contacts' } } }
   */
  apis: Readonly<Record<string, ApiOptions>>;

  /**
   * What access tokens are, where an API does not say it: `'jwt'`, which an API can check by itself (RFC 9068), or `'opaque'`, references
   * that only this server can read, and that end at once when they are revoked. Default: `'jwt'`.
   */
  accessTokens?: AccessTokenFormat | undefined;
}

/** A resource server's audience with its scopes. RFC 6749 section 3.3. */
export interface ApiOptions {
  /** For people to read, perhaps by language. Default: the identifier. */
  name?: HostWords | undefined;

  /**
   * Each scope with the sentence that the consent screen shows. The names are printable ASCII without space, quote and backslash;
   * those of OpenID Connect (`openid`, `profile`, `email`, `address`, `phone`, `offline_access`) are taken. Another API may have a scope of
   * the same name. With `optional: true` users may leave it out when they allow the rest. The sentence can be given by language.
   *
   * @example
   * ```ts
   * {
   *   'read:contacts': { en: 'See your contacts', de: 'Ihre Kontakte sehen' },
   *   'create:contacts': { description: 'Add contacts', optional: true },
   *   'delete:contacts': { description: 'Delete contacts', risky: true },
   * }
   * ```
   */
  scopes: Readonly<Record<string, HostWords | ScopeOptions>>;

  /** What a client gets that asks for no scope and has none registered. Default: none; such a request is refused. */
  defaultScopes?: readonly string[] | undefined;

  /** What its access tokens are: `'jwt'` or `'opaque'`. Default: as the option `accessTokens` says. */
  accessTokens?: AccessTokenFormat | undefined;

  /** What signs its JWTs: `ES256`, `RS256`, `PS256`, `EdDSA` or `Ed25519`. Default: the first that there are keys for; `ES256`, if they are made here. */
  signingAlg?: string | undefined;

  /** How long its tokens live, in seconds. Default: as the option `lifetimes` says. */
  lifetimes?: Pick<LifetimeOptions, 'accessToken' | 'refreshToken'> | undefined;
}

/** A scope that needs more than a sentence. */
export interface ScopeOptions {
  /** The sentence that the consent screen shows, perhaps by language. */
  description: HostWords;
  /** Whether users may leave it out. Default: `false`; they allow all or nothing. */
  optional?: boolean | undefined;
  /** Whether much can be lost by it: marked on the consent screen. Default: `false`. */
  risky?: boolean | undefined;
  /** The picture beside it. Default: guessed from the name of the scope; `read` for `read:contacts`. */
  icon?: Icon | undefined;
}
