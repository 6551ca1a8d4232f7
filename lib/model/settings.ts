/** The options, checked and complete: what the protocol goes by. */
import type { Language } from '../languages/language.js';
import type { Brand } from './brand.js';
import type { Client } from './client.js';
import type { ClientContext } from './known.js';
import type { MayEnrol, PasskeyStore } from './passkey.js';
import type { Icon } from './screens.js';
import type { TrustedIssuer } from './trusted-issuer.js';
import type { HostRequest, Users } from './user.js';
import type { HostWords } from './words.js';

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
  /** How many from one address in an hour: of those that are stored at all processes together, of the others at each. */
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
