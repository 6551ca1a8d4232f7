/** The option `passkeys`. WebAuthn Level 3. */
import type { MayEnrol, PasskeyStore } from '../../model/passkey.js';

/** How users sign in without a password. */
export interface OptionsForPasskeys {
  /**
   * Whether users can sign in with passkeys, and manage them on a page of their own, `/oauth/passkeys`: `true`, or how. Needs
   * `users.authenticate`; give `users.find` as well, so that nobody signs in whose account is gone. WebAuthn Level 3. Default: `false`.
   *
   * @example { store: db.passkeys, acr: 'urn:example:phishing-resistant' }
   */
  passkeys?: boolean | PasskeyOptions | undefined;
}

/** How users sign in with passkeys. WebAuthn Level 3. */
export interface PasskeyOptions {
  /**
   * Your own table of passkeys. Default: the store of this server, where one is forgotten that nobody signs in with for five years. There
   * is nothing secret in them, but who loses them loses a way in.
   */
  store?: PasskeyStore | undefined;

  /**
   * The domain that passkeys work for: the host of the issuer, or a domain above it, so that other hosts of yours can use them too.
   * Whoever changes it makes all passkeys useless. Default: the host of the issuer. WebAuthn section 5.1.2.
   *
   * @example 'example.com' // with the issuer https://login.example.com
   */
  rpId?: string | undefined;

  /** The authentication context class (`acr`) of who has signed in with a passkey. Default: none. OpenID Connect Core section 2. */
  acr?: string | undefined;

  /** Whether users who sign in without a passkey are offered to make one, once in 30 days at most. Default: `true`. */
  offer?: boolean | undefined;

  /**
   * Whether who has signed in like this may make a passkey, which from then on stands for two factors, and for `acr`. Asked before one is
   * offered, and on the page of passkeys; must say `true` or `false`. Default: where there is an `acr`, or there are `users.steps`, who has shown
   * more than a password: `amr` has something besides `pwd`, or `acr` is that of passkeys. Everyone, where there is neither.
   *
   * @example ({ user, amr }) => amr.includes('mfa') || !db.hasTotp(user.sub)
   */
  mayEnrol?: MayEnrol | undefined;
}
