/** The shapes that everything is made of. Each table of this server is a list of one of them. */

import type { EventStream } from './events.js';
import type { ClientCertificate, HttpRequest, HttpResponse } from './http/message.js';
import type { Parameters } from './http/parameters.js';
import type { Secrets } from './keys/secrets.js';
import type { SigningKeys } from './keys/signing-keys.js';
import type { Language } from './languages/language.js';
import type { Authorization, AuthorizationRequest } from './model/authorization.js';
import type { Brand } from './model/brand.js';
import type { Client, ClientAuthNeed } from './model/client.js';
import type { Emit } from './model/events.js';
import type { ClientContext } from './model/known.js';
import type { MayEnrol, PasskeyStore } from './model/passkey.js';
import type { Icon, Screen } from './model/screens.js';
import type { Store } from './model/store.js';
import type { TrustedIssuer } from './model/trusted-issuer.js';
import type { HostRequest, Identity, Users } from './model/user.js';
import type { HostWords, Words } from './model/words.js';
import type { Clock } from './platform/clock.js';
import type { GuardedFetch } from './platform/fetch.js';
import type { Log } from './platform/log.js';
import type { Random } from './platform/random.js';

export type { Brand, ClientCertificate, HttpRequest, HttpResponse, Parameters };

/** An API that tokens are for: a resource server's audience with its scopes. */
export interface Api {
  /** A URI; the `aud` of its tokens. */
  readonly identifier: string;
  readonly name: HostWords;
  readonly scopes: ReadonlyMap<string, ApiScope>;
  /** What a client gets that names no scope and has none registered. */
  readonly defaultScopes: readonly string[];
  /** What its access tokens are: JWTs that it can check by itself, or references that say nothing to whoever holds them. */
  readonly accessTokens: AccessTokenFormat;
  /** What signs its JWTs; left out: the first algorithm that there are keys for. */
  readonly signingAlg?: string;
  readonly lifetimes: Pick<Lifetimes, 'accessToken' | 'refreshToken'>;
}

export interface ApiScope {
  /** The sentence that the consent screen shows. */
  readonly description: HostWords;
  /** Whether the user may leave it out and allow the rest. */
  readonly optional: boolean;
  /** Whether much can be lost by it: the consent screen marks it. */
  readonly risky: boolean;
  readonly icon: Icon;
}

export type AccessTokenFormat = 'jwt' | 'opaque';

/** All in seconds. */
export interface Lifetimes {
  readonly code: number;
  readonly accessToken: number;
  readonly idToken: number;
  /** A refresh token that is not used for so long has expired. */
  readonly refreshToken: number;
  /** An authorization ends after this time, however often it was refreshed. */
  readonly authorization: number;
  /** So long a refresh may be repeated, with the same answer. */
  readonly refreshGrace: number;
  readonly session: number;
  readonly consent: number;
  /** So long a login or consent page may be open. */
  readonly ticket: number;
}

/** Dynamic registration. RFC 7591 section 3. */
export interface Registration {
  /** Whether this initial access token lets its bearer register; absent: nobody needs one. */
  readonly initialAccessToken?: (token: string, context: { readonly req: HostRequest }) => boolean | Promise<boolean>;
  /** Who may vouch for software, by its `iss`. */
  readonly softwareStatements: ReadonlyMap<string, Pick<Client, 'jwks' | 'jwks_uri'>>;
  /** Whether there is no registration without a software statement. */
  readonly requireSoftwareStatement: boolean;
  /** The host's own say: why this client may not register, or nothing. */
  readonly refuse?: (
    metadata: ClientMetadata,
    context: { readonly req: HostRequest },
  ) => string | undefined | null | false | Promise<string | undefined | null | false>;
  /** A stored registration that is not used for so long is forgotten; in seconds. */
  readonly lifetime: number;
  /** How many registrations are kept at most. */
  readonly quota: number;
  /** How many from one address in an hour, at each process. */
  readonly perHour: number;
}

/** What a client says of itself, as it travels. RFC 7591 section 2. */
export type ClientMetadata = Readonly<Record<string, unknown>>;

/** Where the certificates of clients come from. RFC 8705. */
export interface MutualTls {
  /** The request header in which a proxy passes them on, in lower case; left out: from the TLS connection itself. */
  readonly header?: string;
  /** Whether what the proxy passes on was verified; or the header in which it says so, in lower case. */
  readonly verified: boolean | string;
  /** Where clients find the endpoints if they have a certificate; left out: where all others do. Section 5. */
  readonly origin?: string;
}

/** How users sign in without a password. WebAuthn Level 3. */
export interface Passkeys {
  /** Where the host keeps them; left out: in the store of this server. */
  readonly store?: PasskeyStore;
  /** The domain that they work for. */
  readonly rpId: string;
  /** The authentication context class of who has signed in with one. */
  readonly acr?: string;
  /** Whether who signs in without one is offered to make one. */
  readonly offer: boolean;
  /** Whether who has signed in like this may make one; left out: who has shown enough. */
  readonly mayEnrol?: MayEnrol;
}

/** The options, checked and complete. */
export interface Settings {
  /** As it was given, byte for byte. */
  readonly issuer: string;
  /** The path below the issuer's that the endpoints are under. */
  readonly basePath: string;
  readonly apis: ReadonlyMap<string, Api>;
  /** Those that are known from the start. */
  readonly clients: ReadonlyMap<string, Client>;
  /** The host's own table of clients. */
  readonly findClient?: (client_id: string) => Promise<Client | undefined>;
  /** How clients may register themselves; absent: not at all. */
  readonly registration?: Registration;
  /** Whether a `client_id` may be the URL of a client metadata document. */
  readonly metadataDocuments: boolean;
  /** What the metadata of clients is held against that are not known from the start. */
  readonly clientContext: ClientContext;
  readonly users: Users;
  /** Left out: there are none. */
  readonly passkeys?: Passkeys;
  readonly trustedIssuers: readonly TrustedIssuer[];
  readonly brand: Brand;
  /** The languages of the screens; the first is taken where none fits. */
  readonly languages: readonly [Language, ...Language[]];
  readonly lifetimes: Lifetimes;
  /** Of APIs that say nothing else, and of tokens for userinfo alone. */
  readonly accessTokens: AccessTokenFormat;
  /** A folder whose templates stand in for ours. */
  readonly views?: string;
  /** What the `aud` of a client assertion may be: the issuer, or for older clients also the URL of an endpoint. */
  readonly clientAssertions: { readonly audience: 'issuer' | 'endpoint' };
  /** Left out: certificates come from the TLS connection, and are used by who is registered for that. */
  readonly mtls?: MutualTls;
  /** Makes pairwise subject identifiers. */
  readonly pairwiseSalt?: string;
  /** Whether developers are told all that helps them: what was asked for, what is registered. */
  readonly development: boolean;
}

/** Everything that an endpoint may need. Functions ask for the part that they use. */
export interface Server {
  readonly settings: Settings;
  readonly store: Store;
  readonly secrets: Secrets;
  readonly keys: SigningKeys;
  readonly ended: Ended;
  /** For what clients publish: https, public addresses, limits. */
  readonly fetch: GuardedFetch;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Says that something has happened, in the course of the request that is being answered. */
  readonly emit: Emit;
  readonly events: EventStream;
  readonly endpoints: readonly Endpoint[];
  /** The host's own, then those that are built in. */
  readonly signInSteps: readonly SignInStep[];
  readonly grants: readonly Grant[];
  readonly clientAuthMethods: readonly ClientAuthMethod[];
  readonly responseTypes: readonly ResponseType[];
  readonly responseModes: readonly ResponseMode[];
}

/** What ended while access tokens were still valid: authorizations, by their `id`, and single tokens, by their `jti`. */
export interface Ended {
  /** @param until - when what has ended would have expired by itself, in seconds since 1970 */
  add(name: string, until: number): Promise<void>;
  /** Whether any of these has ended: knows within a second what other processes ended, and at once what this one did. */
  hasAny(names: readonly string[]): Promise<boolean>;
  /** The same, asked of the store. */
  hasAnyNow(names: readonly string[]): Promise<boolean>;
}

/** The names of documents below `/.well-known/`. RFC 8615. */
export interface WellKnownPath {
  readonly wellKnown: readonly string[];
  /** The paths that the documents stand before; left out: that of the issuer, and the documents stand behind it as well. */
  behind?(settings: Settings): readonly string[];
}

/** One URL. RFC 6749 section 3. */
export interface Endpoint {
  readonly name: string;
  /** Below `basePath`, or the names of well-known documents. RFC 8414 section 3. */
  readonly path: string | WellKnownPath;
  readonly methods: readonly ('GET' | 'POST' | 'PUT' | 'DELETE')[];
  /** What a POST or PUT carries; left out: a form. */
  readonly body?: 'form' | 'json';
  /** The member of the metadata that announces it. RFC 8414 section 2. */
  readonly metadata?: string;
  /** Who reads the answers: a `client` is told of errors in JSON, a `user` on a page. */
  readonly audience: 'client' | 'user';
  /** Which clients authenticate here, if they do: public ones as well, which only say who they are, or those that can prove it. */
  readonly clientAuth?: 'any' | 'confidential';
  /** Whether pages of any origin may call it. RFC 9700 section 2.6. */
  readonly cors: boolean;
  /** Whether this server has it at all; left out: yes. */
  enabled?(settings: Settings): boolean;
  handle(http: HttpRequest, server: Server): Promise<HttpResponse>;
}

/** What a grant finds the client entitled to: on whose behalf, at which API, this scope, with or without refresh. */
export interface Entitlement {
  /** The user; the client itself, where no user is involved. RFC 9068 section 2.2. */
  readonly sub: string;
  /** Whether the client acts for itself: then there is no user whose leave could be listed and taken back. Left out: there is one. */
  readonly onOwnBehalf?: boolean;
  /** When and how the user proved who they are, where they just have. */
  readonly auth_time?: number;
  readonly acr?: string;
  readonly amr?: readonly string[];
  /** The identifier of the API; left out: the one that has the scopes. */
  readonly audience?: string;
  readonly scope: readonly string[];
  readonly refresh: boolean;
  /** What the user allowed, where that was recorded before. Without it the issuer makes a record, if there is to be a refresh token. */
  readonly authorization?: Authorization;
}

/** A request to the token endpoint, once the client has been authenticated. */
export interface GrantRequest {
  readonly client: Client;
  readonly parameters: Parameters;
  /** The host's own request, for the host's own functions. */
  readonly req: HostRequest;
}

/** One value of `grant_type`. RFC 6749 section 8.3. */
export interface Grant {
  readonly type: string;
  /** Announced, and granted, only where a client is configured for it. */
  readonly optIn?: boolean;
  /** Whether this server has it at all: only if the host has set up what it needs. Then it is announced too. Left out: yes. */
  enabled?(settings: Settings): boolean;
  /** The profiles of this grant that are in use, for the metadata `authorization_grant_profiles_supported`. */
  profiles?(settings: Settings): readonly string[];
  /** What the operator is told at start of a client that has it. */
  readonly warning?: string;
  /** @throws OAuthError with a code of RFC 6749 section 5.2 */
  redeem(request: GrantRequest, server: Server): Promise<Entitlement>;
}

/** One value of `token_endpoint_auth_method`. RFC 6749 section 2.3, RFC 7591 section 2. */
export interface ClientAuthMethod {
  readonly name: string;
  /** What a client must have registered to use it. One that names no method has those that need a `secret`, or `nothing`. */
  readonly needs: ClientAuthNeed;
  /** What of it stands in a request. Of methods for which that is the same, the one counts that the client is registered for. */
  readonly shows: 'the Authorization header' | 'client_secret' | 'client_assertion' | 'client_id alone';
  /** What its assertions may be signed with. */
  readonly signingAlgs?: readonly string[];
  /** Whether the metadata names it; left out: yes. */
  isAnnounced?(settings: Settings): boolean;
  /** What the request has for this method, if anything. */
  find(http: HttpRequest): ClientCredentials | undefined;
  /**
   * Whether these are the client's.
   *
   * @throws OAuthError `invalid_client`, where it can say what is wrong with them
   */
  accepts(credentials: ClientCredentials, client: Client, http: HttpRequest, server: Server): boolean | Promise<boolean>;
  /** The challenge that answers a failure. RFC 6749 section 5.2. */
  readonly challenge?: string;
}

/**
 * Which client a request says that it comes from, and what it shows for it, a secret or an assertion: any of the spellings may be the one
 * that was meant.
 */
export interface ClientCredentials {
  readonly client_ids: readonly string[];
  readonly shown: readonly string[];
}

/** What an authorization response is made from. */
export interface Allowed {
  readonly request: AuthorizationRequest;
  readonly client: Client;
  readonly authorization: Authorization;
  /** The parameters that the rows before this one have given. */
  readonly given: Readonly<Record<string, string>>;
}

/** One word of `response_type`; several together are a hybrid. RFC 6749 section 8.4, OAuth 2.0 Multiple Response Types. */
export interface ResponseType {
  readonly word: string;
  /** Whether it goes together with other words. */
  readonly combines: boolean;
  /** Whether its answer must not stand in a query, where servers and histories would keep it. */
  readonly inFragment: boolean;
  /** Whether what it gives must be found again: in the store, then. */
  readonly recorded: boolean;
  /** The grant that the client must be registered for. RFC 7591 section 2.1. */
  readonly grantType?: string;
  /** What the operator is told at start of a client that has this grant. */
  readonly warning?: string;
  /** The parameters of the answer. */
  answer(allowed: Allowed, server: Server): Promise<Readonly<Record<string, string>>>;
}

/** One value of `response_mode`. OAuth 2.0 Multiple Response Type Encoding Practices section 2.1. */
export interface ResponseMode {
  readonly name: string;
  /** Whether it may carry tokens. */
  readonly carriesTokens: boolean;
  deliver(redirect_uri: string, parameters: Readonly<Record<string, string | undefined>>): HttpResponse;
}

/** A sign-in that is under way: the password was right, or a passkey, or the host said who it is; and steps remain. */
export interface SignIn {
  readonly user: Identity;
  /** How the user has proved who they are so far. RFC 8176. */
  readonly amr: readonly string[];
  readonly acr?: string;
  /** Who sent the user here; absent where they sign in for a page of this server. */
  readonly client?: Client;
  /** The page of this server that they sign in for. */
  readonly page?: 'apps' | 'passkeys';
  /** What the client would like, the best first. */
  readonly acr_values: readonly string[];
  /** Whether the browser has said that it can make passkeys. */
  readonly canMakePasskeys: boolean;
  /** The host's own request, for the host's own functions. */
  readonly req: HostRequest;
}

/** Where a step of the sign-in is drawn and answered. */
export interface StepPlace {
  readonly signIn: SignIn;
  /** What `begin` gave, or the last `again`. */
  readonly state: unknown;
  readonly http: HttpRequest;
  readonly ticket: string;
  /** Where its form is posted. */
  readonly action: string;
}

/**
 * What became of a step: it is done, and how the user has proved who they are thereby; or it is shown again, and why: since something was
 * wrong, or, as `news`, since something was done. Without a new `state` it remembers what it did.
 */
export type StepOutcome =
  | { readonly done: true; readonly amr?: readonly string[]; readonly acr?: string }
  | { readonly again: Words; readonly wrong?: string; readonly news?: boolean; readonly state?: unknown };

/** Why a step is shown again: since something is wrong, or since something was done. */
export type StepNotice = { readonly notice: Words; readonly wrong?: string } | { readonly done: Words };

/** A step of the sign-in, after the password. */
export interface SignInStep {
  readonly name: string;
  /** Whether it only offers something, which nobody has to take; left out: nobody gets in without it. */
  readonly isOffer?: boolean;
  /** Whether this user has to take it now. */
  isDue(signIn: SignIn, server: Server): boolean | Promise<boolean>;
  /** Once, before it is shown: what it remembers until it is done, as JSON. Counted like an attempt, but for an offer. */
  begin?(signIn: SignIn, server: Server): unknown;
  /** @param said - why it is shown again */
  show(place: StepPlace, server: Server, said?: StepNotice): Screen | Promise<Screen>;
  /** Reads the posted form. Attempts are counted before, but for an offer. */
  submit(place: StepPlace, server: Server): StepOutcome | Promise<StepOutcome>;
}
