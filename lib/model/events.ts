/** What happens here that an auditor or an operator wants to know of: each event by its name, with what it says. */

/** What was asked for and does not fit, what would have fitted, and what comes nearest to it. */
export interface Explanation {
  /** The parameter, or what else it is about. */
  readonly what: string;
  /** As it was sent, at most 200 characters of it; `…` stands for the values in a query or fragment, and for what may be a secret. */
  readonly asked: string;
  /** At most 50 of them. */
  readonly fitting: readonly string[];
  /** Why those fit: the client has registered them, its document has them, this server knows them, or an earlier request had them. */
  readonly source: 'registered' | 'document' | 'known' | 'earlier request';
  /** The one of `fitting` that was probably meant. */
  readonly nearest?: string;
  /** Wherein the nearest differs, where that can be said in a few words. */
  readonly difference?: string;
}

/** Why an authorization ended. */
export type EndReason =
  | 'code replayed'
  | 'refresh token replayed'
  | 'revoked by client'
  | 'removed by user'
  | 'ended by host'
  | 'account gone';

/** The client, and the user as the host knows them: never under a pairwise name. */
interface Parties {
  readonly client_id: string;
  /** Where no user is involved: the client itself. */
  readonly sub: string;
}

/**
 * The events of `oauth.on`, by name; to each are added its `name`, `time` and `address` (see `OAuthEvent`).
 *
 * Several listeners are given the same object.
 *
 * Never in them: codes, tokens, tickets, cookies, passwords, client secrets and code verifiers; nor a user name that was typed and
 * refused, since people type passwords there. `authorization` is the identifier of what a user allowed: it joins a code with the tokens
 * that came of it and with its end, and opens nothing. `sid` joins a login with what was allowed during it.
 *
 * @example
 * ```ts
 * oauth.on('token.issued', ({ client_id, sub, scope }) => metrics.count('tokens', { client_id, scope }));
 * ```
 */
export interface OAuthEvents {
  /** A user proved who they are: on our login page, with a password or a passkey, on the host's (`oauth.resume` was called with a user), or by the password grant. */
  'login.succeeded': { readonly sub: string; readonly via: LoginVia; readonly client_id?: string; readonly sid?: string };

  /**
   * A user has taken a step of the sign-in, or was shown it again: the answer was wrong, or a new code was asked for. `too many`: there were
   * so many wrong answers that this one was not looked at.
   */
  'login.step': {
    readonly sub: string;
    readonly step: string;
    readonly outcome: 'done' | 'again' | 'too many';
    readonly client_id?: string;
  };

  /** User name and password did not match, or a passkey was not accepted; or a step was due at the password grant, which has no page for it. The user name is not told: it may be a password in the wrong field. */
  'login.failed': { readonly client_id?: string; readonly via: LoginVia };

  /** A user signed out here. What clients were given stays theirs. */
  logout: { readonly sub: string; readonly sid?: string };

  /** A user made a passkey: from now on it signs them in. A good time to write to them. `passkey` names it, and opens nothing. */
  'passkey.added': { readonly sub: string; readonly passkey: string };

  /** A user removed a passkey. */
  'passkey.removed': { readonly sub: string; readonly passkey: string };

  /**
   * A passkey was refused, since its authenticator counts and has not counted on: a sign that there is a copy. Which of the two is the thief's,
   * nobody can tell; `oauth.passkeys.remove` ends both. WebAuthn section 7.2, step 22.
   */
  'passkey.cloned': { readonly sub: string; readonly passkey: string };

  /** A user said yes. */
  'consent.given': Parties & {
    /** The APIs that it is about, by identifier. */
    readonly audiences: readonly string[];
    /** All that the user has agreed to now. */
    readonly scope: readonly string[];
    /** Those of them that the user had not agreed to before. */
    readonly added: readonly string[];
  };

  /** A user said no, to all of it. */
  'consent.refused': Parties & { readonly audiences: readonly string[]; readonly scope: readonly string[] };

  /** A consent was taken back, by the user or by the host: the user will be asked anew. */
  'consent.withdrawn': Parties;

  /** An authorization code was sent to a client. RFC 6749 section 4.1.2. */
  'code.issued': Parties & {
    readonly authorization: string;
    readonly audiences: readonly string[];
    readonly scope: readonly string[];
    readonly redirect_uri: string;
    readonly sid?: string;
  };

  /** An access token was made, by whatever grant; also by a refresh. RFC 6749 section 5.1. */
  'token.issued': Parties & {
    readonly grant_type: string;
    readonly audience: string;
    readonly scope: readonly string[];
    /** The name of the access token, as in its claim. RFC 9068 section 2.2. */
    readonly jti: string;
    /** When it expires, in seconds since 1970. */
    readonly exp: number;
    /** Whether a refresh token goes with it. */
    readonly refresh: boolean;
    /** Where a user allowed it and that was recorded. */
    readonly authorization?: string;
  };

  /** A refresh token was changed into its successor; `token.issued` follows. RFC 6749 section 6. */
  'token.refreshed': Parties & {
    readonly authorization: string;
    /** Whether the same successor had been given before: an answer was lost, or two tabs were at it. */
    readonly repeated: boolean;
  };

  /** A code or a refresh token was used a second time: somebody has a copy. `authorization.ended` follows. RFC 9700 sections 4.5 and 4.14. */
  'token.replayed': Parties & { readonly kind: 'code' | 'refresh_token'; readonly authorization: string };

  /** A client gave a token back, and it has ended; with a refresh token `authorization.ended` comes before. RFC 7009. */
  'token.revoked': Parties & { readonly kind: 'access_token' | 'refresh_token'; readonly authorization?: string; readonly jti?: string };

  /** All that a user allowed a client at one time has ended, with its code and its tokens. */
  'authorization.ended': Parties & { readonly authorization: string; readonly reason: EndReason };

  /** A client did not prove who it is. RFC 6749 section 2.3. */
  'client.refused': {
    readonly endpoint: string;
    /** `not_authenticated`, `credentials_malformed`, `client_unknown`, `auth_method_mismatch`, `secret_wrong`; more as methods are added. */
    readonly reason: string;
    /** As it was sent; left out where it cannot be read, or is no name that a client could have. */
    readonly client_id?: string;
    /** In a sentence, with all that its developer would be told in development. */
    readonly description: string;
    readonly explanation?: Explanation;
  };

  /** A request was refused, for any other reason; also if the fault was inside: then `error` is `server_error`, and the log has more. */
  'request.refused': {
    /** The name of the endpoint, such as `authorize` or `token`. */
    readonly endpoint: string;
    /** The code that was answered. RFC 6749 sections 4.1.2.1 and 5.2. */
    readonly error: string;
    /** In a sentence, with all that its developer would be told in development. */
    readonly description: string;
    /** As it was sent, and not proven. */
    readonly client_id?: string;
    readonly explanation?: Explanation;
  };

  /**
   * Somebody has to wait, since they have guessed or asked too often: at most once for whatever is counted and its time. Whose account it
   * is about is not told: the name that was typed may be a password. `limit` is `login`, `loginAddress`, `passwordGrant`, `step`,
   * `stepAccount`, `stepBegun`, `stepBegunAccount`, `client` or `registration`.
   */
  'limit.reached': { readonly limit: string; readonly client_id?: string };

  /**
   * A request came through a proxy that Express does not know of, or claims to, or Express believes everybody: so `address` may not be that of
   * the user, and limits hold by what the header says, `forwarded`, and more loosely by the connection. Set `trust proxy` to the number or the
   * addresses of your proxies. At most once an hour.
   */
  'proxy.unknown': { readonly forwarded: string };

  /** This process has made the successor of a signing key. It is published at once, and signs seven minutes later. */
  'key.rotated': { readonly kid: string; readonly alg: string };

  /** A template of yours failed while a page was drawn, and ours stood in for it; in development its developer was told instead. At most one in a minute for each template. */
  'view.failed': {
    /** The page, such as `login`. */
    readonly screen: string;
    /** The template that failed, such as `partials/head`. */
    readonly template: string;
    /** What the error said, without what the page was given. */
    readonly problem: string;
  };
}

/** Their names, for whoever listens to one that there is not. */
export const eventNames = [
  'login.succeeded',
  'login.step',
  'login.failed',
  'logout',
  'passkey.added',
  'passkey.removed',
  'passkey.cloned',
  'consent.given',
  'consent.refused',
  'consent.withdrawn',
  'code.issued',
  'token.issued',
  'token.refreshed',
  'token.replayed',
  'token.revoked',
  'authorization.ended',
  'client.refused',
  'request.refused',
  'limit.reached',
  'proxy.unknown',
  'key.rotated',
  'view.failed',
] as const satisfies readonly (keyof OAuthEvents)[];

/** Where a user signed in. */
export type LoginVia = 'login page' | 'passkey' | 'host' | 'password grant';

/** One event. Without a name: any of them, told apart by `name`. */
export type OAuthEvent<Name extends keyof OAuthEvents = keyof OAuthEvents> = {
  readonly [N in Name]: {
    readonly name: N;
    /** When it happened, in seconds since 1970. */
    readonly time: number;
    /** The address of the client or browser, where a request came from one: `req.ip` of Express, so set `trust proxy` behind one. */
    readonly address?: string;
  } & OAuthEvents[N];
}[Name];

/** Says that something has happened. What takes time to say is given as a function, which is called only if somebody listens. */
export type Emit = <Name extends keyof OAuthEvents>(name: Name, details: OAuthEvents[Name] | (() => OAuthEvents[Name])) => void;

/** Is told of events. What it throws, or what its promise rejects with, is logged and disturbs nobody. */
export type Listener<Name extends keyof OAuthEvents = keyof OAuthEvents> = (event: OAuthEvent<Name>) => unknown;
