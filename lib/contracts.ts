/** The shapes that everything is made of. Each table of this server is a list of one of them. */

import type { EventStream } from './events.js';
import type { ClientCertificate, HttpRequest, HttpResponse } from './http/message.js';
import type { Parameters } from './http/parameters.js';
import type { Secrets } from './keys/secrets.js';
import type { SigningKeys } from './keys/signing-keys.js';
import type { Limits, Origin } from './limits/limits.js';
import type { Authorization, AuthorizationRequest } from './model/authorization.js';
import type { Brand } from './model/brand.js';
import type { Client, ClientAuthNeed } from './model/client.js';
import type { Emit } from './model/events.js';
import type { Screen } from './model/screens.js';
import type { Settings } from './model/settings.js';
import type { SignIn, StepNotice, StepOutcome } from './model/sign-in.js';
import type { Store } from './model/store.js';
import type { HostRequest } from './model/user.js';
import type { Clock } from './platform/clock.js';
import type { GuardedFetch } from './platform/fetch.js';
import type { Log } from './platform/log.js';
import type { Random } from './platform/random.js';

export type {
  AccessTokenFormat,
  Api,
  ApiScope,
  ClientMetadata,
  Lifetimes,
  MutualTls,
  Passkeys,
  Registration,
} from './model/settings.js';
export type { Brand, ClientCertificate, HttpRequest, HttpResponse, Parameters, Settings, SignIn, StepNotice, StepOutcome };

/** Everything that an endpoint may need. Functions ask for the part that they use. */
export interface Server {
  readonly settings: Settings;
  readonly store: Store;
  readonly secrets: Secrets;
  readonly keys: SigningKeys;
  readonly ended: Ended;
  /** How often somebody may guess. */
  readonly limits: Limits;
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
  /** Where the request came from. */
  readonly from: Origin;
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
