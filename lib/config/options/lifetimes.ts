/** The option `lifetimes`. */
import type { Lifetimes } from '../../contracts.js';

/** How long things live. */
export interface OptionsForLifetimes {
  /** How long things live. */
  lifetimes?: LifetimeOptions | undefined;
}

/** All in whole seconds. */
export interface LifetimeOptions {
  /** Of an authorization code: 1 to 600. Default: 60. RFC 6749 section 4.1.2. */
  code?: Lifetimes['code'] | undefined;

  /** Of an access token: up to 30 days. Default: 600. */
  accessToken?: Lifetimes['accessToken'] | undefined;

  /** Of an ID token: up to 30 days. Default: 3600. OpenID Connect Core section 2. */
  idToken?: Lifetimes['idToken'] | undefined;

  /** A refresh token that is not used for so long has expired: up to 10 years. Default: 14 days. */
  refreshToken?: Lifetimes['refreshToken'] | undefined;

  /** What a user allowed ends after this time, however often it was refreshed: up to 10 years. Default: 90 days. */
  authorization?: Lifetimes['authorization'] | undefined;

  /** So long a refresh may be repeated, with the same answer; 0 to 300. Default: 30. RFC 9700 section 4.14.2. */
  refreshGrace?: Lifetimes['refreshGrace'] | undefined;

  /** A login in a browser: up to 10 years. Default: 14 days. */
  session?: Lifetimes['session'] | undefined;

  /** So long a consent is remembered: up to 10 years. Default: 365 days. */
  consent?: Lifetimes['consent'] | undefined;

  /** So long a login or consent page may be open: up to one day. Default: 3600. */
  ticket?: Lifetimes['ticket'] | undefined;
}
