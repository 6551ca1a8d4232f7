/** The resource owner, as the host knows them. RFC 6749 section 1.1. */
import type { IncomingMessage } from 'node:http';
import type { Client } from './client.js';
import type { UserStep } from './step.js';

type Awaitable<T> = T | Promise<T>;

/** The host's own request, with all that its middlewares have put there. */
export type HostRequest = IncomingMessage & Express.Request;

/** No user: any of these says so. */
export type Nobody = null | undefined | false;

/** What the host tells of a user: its own user object will do, as long as it has a `sub` or an `id`. */
export interface User {
  /** The subject identifier, never reassigned; at most 255 characters. Left out: `id`, as a string. */
  readonly sub?: string;
  readonly id?: string | number | bigint;
  /** How the screens call the user. Left out: `email`, `username`, or the subject identifier. */
  readonly name?: string | null;
  readonly email?: string | null;
  readonly username?: string | null;
  /**
   * When the user proved who they are, in seconds since 1970, where the host knows: it keeps the session. From `resume` on the way of the
   * built-in login, too: left out, or in the future, it is now.
   */
  readonly auth_time?: number;
  /** How: an authentication context class. OpenID Connect Core section 2. */
  readonly acr?: string;
  /** By which methods, such as `pwd` and `otp`. RFC 8176. */
  readonly amr?: readonly string[];
}

/** The claims of a user, under the names of OpenID Connect Core section 5.1 or of the host's own. */
export type UserClaims = Readonly<Record<string, unknown>>;

/** What a client may learn: by scopes, and by name. */
export interface ClaimsWanted {
  readonly scopes: readonly string[];
  /** The names of all claims that are asked for, by the scopes or by the parameter `claims`. */
  readonly claims: readonly string[];
  /** The languages that the client prefers, as BCP 47 tags. */
  readonly locales: readonly string[];
  readonly client: Client;
}

/** A user who is at the browser now. */
export interface Identity {
  readonly sub: string;
  /** For people to read. */
  readonly name: string;
  /** When the user proved who they are, in seconds since 1970; a host that keeps its own sessions may not know. */
  readonly auth_time?: number;
  readonly acr?: string;
  readonly amr?: readonly string[];
  /** Names our session to clients, and opens nothing. */
  readonly sid?: string;
}

/** The host's users, seen through the built-in login screen. */
export interface UsersWithPasswords {
  /**
   * Checks a password. Takes as long for an unknown user name as for a wrong password.
   *
   * @param context - `client`: who sent the user here; absent where they sign in for a page of this server, such as their connected
   * apps. `acr_values`: the authentication contexts that the client would like, the best first; say in `acr` what you did
   * @returns the user, or `null` if user name and password do not belong together
   */
  authenticate(
    credentials: { username: string; password: string },
    context: { req: HostRequest; client?: Client; acr_values: readonly string[] },
  ): Awaitable<User | Nobody>;
  /** Asked when a token is refreshed and when a session is used: does the account still exist? Left out: it does. */
  find?(sub: string): Awaitable<User | Nobody>;
  /**
   * The claims of a user, for ID tokens and userinfo. Left out: those members of what `find` gives that are named like standard claims.
   * Only what was asked for is passed on. OpenID Connect Core section 5.
   */
  claims?(sub: string, wanted: ClaimsWanted): Awaitable<UserClaims>;
  /**
   * What a sign-in needs besides the password, in this order: a code by e-mail, an authenticator app, accepting terms. `UserStep` has an
   * example of each. Whoever signs in takes those that are due, on pages of this server; nobody is signed in before the last is done.
   */
  steps?: readonly UserStep[] | undefined;
  /**
   * Your own page for who has forgotten the password: a path, or an absolute URL. The login page links to it, with the parameter `ticket`;
   * `oauth.resume(req, res)` leads back to the login page, or, with the user, goes on with what waits.
   */
  forgotPasswordUrl?: string | undefined;
  /**
   * Your own page for who has no account yet: a path, or an absolute URL. The login page links to it, with the parameters `ticket` and,
   * where the client gave them, `login_hint` and `ui_locales`; `oauth.resume(req, res, user)` signs the new user in and goes on.
   */
  createAccountUrl?: string | undefined;
  current?: never;
  loginUrl?: never;
}

/** The host's users, seen through the host's own login pages and sessions. */
export interface UsersOfHost {
  /** @returns the user of the host's own session, or `null` if nobody is logged in */
  current(req: HostRequest): Awaitable<User | Nobody>;
  /**
   * The host's login page: a path or an absolute URL. It is given the parameter `ticket`, which leads back to the waiting
   * request through `oauth.resume(req, res)`; `prompt=login`, if the user must sign in anew or
   * asked for another account; and what the client wishes: `acr_values`,
   * `login_hint`, `ui_locales` and `display` of OpenID Connect Core section 3.1.2.1.
   */
  loginUrl: string;
  /** Asked when a token is refreshed: does the account still exist? Left out: it does. */
  find?(sub: string): Awaitable<User | Nobody>;
  /** The claims of a user, for ID tokens and userinfo. Left out: those members of what `find` gives that are named like standard claims. */
  claims?(sub: string, wanted: ClaimsWanted): Awaitable<UserClaims>;
  authenticate?: never;
  steps?: never;
  forgotPasswordUrl?: never;
  createAccountUrl?: never;
}

/**
 * The host's users: asked for by our login screen, or by the host's own.
 *
 * @example
 * ```ts
 * const users: Users = { authenticate: ({ username, password }) => db.verify(username, password), find: (sub) => db.user(sub) };
 * ```
 */
export type Users = UsersWithPasswords | UsersOfHost;
