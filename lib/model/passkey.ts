/** A passkey, as the server knows it, and where a host may keep them. WebAuthn Level 3 section 4, "credential record". */

import type { HostRequest } from './user.js';

type Awaitable<T> = T | Promise<T>;

/** Whether who has signed in like this may make a passkey. */
export type MayEnrol = (context: EnrolContext) => Awaitable<boolean>;

/** Who would make a passkey, and how they have proved who they are. */
export interface EnrolContext {
  readonly user: { readonly sub: string; readonly name: string };
  /** RFC 8176. */
  readonly amr: readonly string[];
  readonly acr?: string;
  /** Your own request, with all that your middlewares have put there. */
  readonly req: HostRequest;
}

/** What is kept of a passkey: JSON, all of it public. Nothing in it signs anybody in. */
export interface Passkey {
  /** The credential ID, as base64url; at most 1 364 characters. */
  readonly id: string;
  /** Whose it is. */
  readonly sub: string;
  /** How the screens called the user when it was made: for hosts that give no `users.find`. */
  readonly name: string;
  /** The name that the authenticator knows the user by; derived, and says nothing to anybody else. WebAuthn section 14.6.1. */
  readonly userHandle: string;
  /** A COSE key, as base64url. */
  readonly publicKey: string;
  /** How often it has signed, where the authenticator counts; else 0. */
  readonly counter: number;
  /** How browsers reach the authenticator, such as `internal`, `hybrid` and `usb`. */
  readonly transports: readonly string[];
  /** Whether it may be copied to other devices of the user, as providers that sync do. */
  readonly multiDevice: boolean;
  /** Whether it has been. */
  readonly backedUp: boolean;
  /** The domain that it works for. */
  readonly rpId: string;
  /** In seconds since 1970. */
  readonly created: number;
  /** In seconds since 1970; absent before the first sign-in with it. */
  readonly lastUsed?: number;
}

/**
 * Where passkeys are kept: a table of the host's own, for example beside its users, instead of the store of this server. What `find` and `list`
 * give is what `add` and `update` were given: 0 and 1 will do for booleans, and JSON for `transports`; times stay numbers of seconds.
 *
 * @example
 * ```ts
 * const store: PasskeyStore = {
 *   find: (id) => db.passkeys.findOne({ id }),
 *   list: (sub) => db.passkeys.find({ sub }),
 *   add: (passkey) => db.passkeys.insert(passkey),
 *   update: ({ id, ...changed }) => db.passkeys.update({ id }, changed),
 *   remove: (id, sub) => db.passkeys.delete({ id, sub }),
 * };
 * ```
 */
export interface PasskeyStore {
  /** The one with this credential ID, whosoever it is. */
  find(id: string): Awaitable<Passkey | null | undefined>;
  /** All those of a user, in any order. */
  list(sub: string): Awaitable<readonly Passkey[]>;
  /** Adds one. No two have the same `id`: then it throws, or gives `false`. */
  add(passkey: Passkey): Awaitable<unknown>;
  /** Writes what has changed at a sign-in: `counter`, `backedUp` and `lastUsed`. One that was removed meanwhile stays removed. */
  update(passkey: Passkey): Awaitable<unknown>;
  /** Removes one, if it is this user's. `false`: there was none. */
  remove(id: string, sub: string): Awaitable<unknown>;
}
