/** The options of `oauthRouter`, as the host writes them. `check.ts` holds them to what is said here. */
import type { RedisOptions } from 'ioredis';
import type { JWK } from 'jose';
import type { AccessTokenFormat, Brand, Entitlement, Grant, GrantRequest, Lifetimes, Registration } from '../contracts.js';
import type { MessageKey } from '../languages/language.js';
import type { BrandColors } from '../model/brand.js';
import type { TaggedMember } from '../model/client.js';
import type { MayEnrol, PasskeyStore } from '../model/passkey.js';
import type { Icon } from '../model/screens.js';
import type { Store } from '../model/store.js';
import type { AssertionClaims, UserOfAssertion } from '../model/trusted-issuer.js';
import type { Nobody, Users } from '../model/user.js';
import type { HostWords } from '../model/words.js';
import type { Log } from '../platform/log.js';
import type { RedisClient } from '../store/redis.js';

/**
 * What `oauthRouter` needs to know. Five are required: `issuer`, `secrets`, `clients`, `users` and `apis`.
 *
 * @example
 * ```ts
 * const oauth = oauthRouter({
 *   issuer: 'https://app.example.com',
 *   secrets: [process.env.OAUTH_SECRET],
 *   redis: process.env.REDIS_URL,
 *   clients: [{ client_id: 'web', client_secret: '…', redirect_uris: ['https://client.example.com/callback'] }],
 *   users: { authenticate: ({ username, password }) => db.verify(username, password) },
 *   apis: { 'https://app.example.com/api': { scopes: { 'read:contacts': 'See your contacts' } } },
 * });
 * ```
 */
export interface OAuthRouterOptions {
  /**
   * The name of this authorization server: an https URL, or an http URL on `localhost`, `127.0.0.1` or `[::1]`. Without query,
   * fragment and trailing slash. Clients compare it byte for byte, so it is kept as it is written. RFC 8414 section 2.
   *
   * @example 'https://app.example.com'
   */
  issuer: string;

  /**
   * What keys for codes, refresh tokens, cookies and stored data are derived from; each at least 32 characters. The first is
   * used, all are accepted: to change the secret put a new one in front, and remove the old one when nothing lives that it made.
   * The type allows `undefined` only so that environment variables fit; one that is not set is reported.
   *
   * @example [process.env.OAUTH_SECRET] // made by: openssl rand -base64 32
   */
  secrets: readonly (string | undefined)[];

  /**
   * Where codes, sessions, consents and keys are kept: a URL (`redis://` or `rediss://`), options of ioredis, or a client or
   * cluster of ioredis that you have. Default: in the memory of this process, with a warning; then a restart forgets all, and
   * there can be one process only.
   *
   * @example process.env.REDIS_URL
   */
  redis?: string | RedisOptions | RedisClient | undefined;

  /** A store of your own, instead of `redis`; `Store` says what it must do. */
  store?: Store | undefined;

  /**
   * The clients: a list; or a function that finds one in your own table, as `findClient` does. RFC 7591 section 2.
   *
   * @example [{ client_id: 'web', client_secret: '…', redirect_uris: ['https://client.example.com/callback'] }]
   */
  clients: readonly ClientOptions[] | FindClient;

  /**
   * Your own table of clients, asked for those that are not in the list `clients`, at each request: so let it be quick. Columns that are
   * not known here are passed over, `null` counts as left out. A client that has mistakes is logged with each of them, and refused.
   *
   * @example (client_id) => db.clients.get(client_id)
   */
  findClient?: FindClient | undefined;

  /**
   * Whether a `client_id` may be the URL of a document that describes the client, as agents and other apps have that no host can know
   * beforehand (OAuth Client ID Metadata Document). Such documents are fetched as the option `outgoing` allows; users are shown their host
   * and warned that nobody here knows the app. Default: `false`.
   */
  metadataDocuments?: boolean | undefined;

  /**
   * Whether clients may register themselves, RFC 7591, and manage that, RFC 7592: `true`, or how. Default: `false`. A public client needs
   * no space here: its `client_id` is what it says of itself, signed. A confidential one is kept in the store.
   */
  registration?: boolean | RegistrationOptions | undefined;

  /**
   * Your users: either `authenticate`, for the built-in login screen, or `current` and `loginUrl`, for your own login pages and
   * sessions. An object with methods will do, also an instance of a class; its methods are called on it.
   *
   * @example { authenticate: ({ username, password }) => db.verify(username, password), find: (sub) => db.user(sub) }
   */
  users: Users;

  /**
   * Whether users can sign in with passkeys, and manage them on a page of their own, `/oauth/passkeys`: `true`, or how. Needs
   * `users.authenticate`; give `users.find` as well, so that nobody signs in whose account is gone. WebAuthn Level 3. Default: `false`.
   *
   * @example { store: db.passkeys, acr: 'urn:example:phishing-resistant' }
   */
  passkeys?: boolean | PasskeyOptions | undefined;

  /**
   * Your APIs, by identifier: an absolute URI without fragment, which becomes the `aud` of the access tokens. RFC 8707 section 2.
   *
   * @example { 'https://app.example.com/api': { scopes: { 'read:contacts': 'See your contacts' } } }
   */
  apis: Readonly<Record<string, ApiOptions>>;

  /**
   * The path that the endpoints are under, below the path of the issuer. Begins with a slash and ends without one; `''` puts the
   * endpoints right below the issuer. Default: `'/oauth'`.
   */
  basePath?: string | undefined;

  /** How the screens look. */
  brand?: BrandOptions | undefined;

  /**
   * An existing folder; a template in it stands in for the built-in one of the same name, and so do `style.css`, `script.js` and `passkey.js`.
   * A relative path starts at the working directory of the process. `npx express-oauth-router views <folder>` copies ours, to begin with;
   * `Screens` has the variables of each. Of one that fails `oauth.on('view.failed')` tells.
   */
  views?: string | undefined;

  /**
   * Which languages the screens are offered in, by BCP 47 tags; the first is taken where none fits what the client asks for (`ui_locales`)
   * or the browser prefers. Default: all that there are, English first: `en`, `de`, `fr`, `es`, `pt`, `it`, `nl`, `pl`, `tr`, `ja`, `zh`,
   * `ar`, and those of the option `messages`.
   *
   * @example ['de', 'en']
   */
  languages?: readonly string[] | undefined;

  /**
   * Your own sentences on the screens, by language and name: they change ours, or add a language. What a new language lacks is said in
   * the one that it is a kind of (`pt` for `pt-PT`), else in English, with a warning. What stands in braces is filled in; on the consent
   * screen `{client}`, `{host}` and `{destination}` must stay. All is text, never HTML.
   *
   * @example { en: { 'login.title': 'Welcome back', 'login.username': 'Email' }, sv: { 'login.title': 'Logga in' } }
   */
  messages?: Readonly<Record<string, Readonly<Partial<Record<MessageKey, string | undefined>>>>> | undefined;

  /**
   * What access tokens are, where an API does not say it: `'jwt'`, which an API can check by itself (RFC 9068), or `'opaque'`, references
   * that only this server can read, and that end at once when they are revoked. Default: `'jwt'`.
   */
  accessTokens?: AccessTokenFormat | undefined;

  /** How long things live. */
  lifetimes?: LifetimeOptions | undefined;

  /**
   * The keys that sign tokens. Default: they are made at the first start, kept in the store, encrypted under the secrets, and
   * replaced every 90 days. `rotateEvery` changes that; or give keys of your own.
   *
   * @example { rotateEvery: 30 * 86_400 }
   */
  keys?: StoredKeysOption | GivenKeysOption | undefined;

  /**
   * Grants of your own, besides the built-in ones; a client uses one if its `grant_types` name it. `redeem` says on whose behalf the
   * client may act, and for what; the tokens are issued here. RFC 6749 section 4.5.
   *
   * @example
   * ```ts
   * [{
   *   type: 'urn:example:grant-type:magic-link',
   *   async redeem({ client, parameters, req }) {
   *     const user = await links.redeem(parameters.need('link'));
   *     if (!user) throw new OAuthError('invalid_grant', 'The link has expired.');
   *     return { sub: user.id, scope: ['read:contacts'], refresh: true };
   *   },
   * }]
   * ```
   */
  grants?: readonly ExtensionGrant[] | undefined;

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

  /**
   * What the assertions of clients (`private_key_jwt`, `client_secret_jwt`) are addressed to, their `aud`: `'issuer'`, this server's issuer as
   * one string; or `'endpoint'`, for clients of old, also the URL of an endpoint, and lists. With that, whoever runs another server that such
   * a client uses can have its assertions made out to this one. Default: `'issuer'`. RFC 7523 section 3, draft-ietf-oauth-rfc7523bis.
   *
   * @example { audience: 'endpoint' }
   */
  clientAssertions?: { audience?: 'issuer' | 'endpoint' | undefined } | undefined;

  /** Where the certificates of clients come from (`tls_client_auth`, `self_signed_tls_client_auth`). Default: from the TLS connection. */
  mtls?: MutualTlsOption | undefined;

  /**
   * For clients with `subject_type: 'pairwise'`, who know each user under a name of their own: `salt`, at least 32 random characters.
   * Whoever changes it changes all those users. OpenID Connect Core section 8.1.
   */
  pairwise?: { salt: string | undefined } | undefined;

  /**
   * What may be fetched for clients (`jwks_uri`, `request_uris`, `logo_uri`, `sector_identifier_uri`) besides https URLs of public addresses:
   * `allow`, hosts with or without port; `ca`, certificates that are trusted besides the usual ones, as PEM.
   *
   * @example { allow: ['localhost:8443'] }
   */
  outgoing?: { allow?: readonly string[] | undefined; ca?: string | readonly string[] | undefined } | undefined;

  /**
   * Whether error pages and `error_description` tell developers all that helps them: what was asked for, what is registered (also which
   * clients there are), and the nearest match. In production nobody is told; `oauth.on('request.refused')` is, either way. Default:
   * `true` if the issuer is an http URL, which it can be on a loopback host only, and `NODE_ENV` is not `production`; else `false`.
   */
  development?: boolean | undefined;

  /** Where warnings and errors go; `Log` shows how pino is fitted. Default: the console. */
  log?: Log | undefined;
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

/** Finds a client by its `client_id`; nothing, if there is none. */
export type FindClient = (client_id: string) => ClientOptions | Nobody | Promise<ClientOptions | Nobody>;

/** How clients may register themselves. RFC 7591 section 3. */
export interface RegistrationOptions {
  /**
   * Says whether the initial access token that a client shows lets it register. Default: none is needed. Only who needed one may register
   * for `client_credentials`.
   *
   * @example (token) => timingSafeEqual(sha256(token), sha256(process.env.REGISTRATION_TOKEN))
   */
  initialAccessToken?: Registration['initialAccessToken'] | undefined;

  /** Who may vouch for software, with their public keys: `issuers`; and whether there is no registration without: `required`. RFC 7591 section 2.3. */
  softwareStatements?:
    | {
        issuers: readonly {
          issuer: string;
          jwks?: { readonly keys: readonly JWK[] } | undefined;
          jwks_uri?: string | undefined;
        }[];
        required?: boolean | undefined;
      }
    | undefined;

  /** Your own say: why a client with this metadata may not register; nothing, if it may. */
  refuse?: Registration['refuse'] | undefined;

  /** A stored registration that is not used for so long is forgotten; in seconds. Default: 90 days. */
  lifetime?: number | undefined;

  /** How many registrations are stored at most. Default: 1000. Those of public clients need no space and are not counted. */
  quota?: number | undefined;

  /** How many one address may make in an hour, at each process. Default: 60. */
  perHour?: number | undefined;
}

/** A client, in the words of RFC 7591 section 2. */
export interface ClientOptions {
  /** 1 to 255 printable ASCII characters; not beginning with `https://`, which names client metadata documents. RFC 6749 section 2.2. */
  client_id: string;

  /**
   * At least 16 printable ASCII characters; only its hash is kept in memory. Left out: a public client, such as a mobile or
   * single-page app, which cannot keep a secret. RFC 6749 section 2.3.1.
   */
  client_secret?: string;

  /** `native` for an app on the user's device. Default: as its `redirect_uris` look. OpenID Connect Registration section 2. */
  application_type?: 'web' | 'native' | undefined;

  /**
   * Instead of `client_secret`, its SHA-256: `sha256:` and 43 characters of base64url; of a secret that is long and random, or it can be guessed.
   * A list accepts each; beside `client_secret` it holds those of old, until the client has changed over. Not with `client_secret_jwt`.
   *
   * @example `sha256:${createHash('sha256').update(secret).digest('base64url')}`
   */
  client_secret_hash?: string | readonly string[] | undefined;

  /** What the screens call the client. Default: its `client_id`. */
  client_name?: string | undefined;

  /** The client's home page: an https URL (as all those below; on loopback hosts http will do). */
  client_uri?: string | undefined;

  /**
   * A picture of the client: PNG, JPEG, WebP, GIF, AVIF or SVG, of up to 256 kB, best square. The screens show it, but only of clients
   * that you have listed or found yourself. This server fetches it, as `outgoing` has it, and passes it on, so that the client's server is
   * not told who is looking.
   */
  logo_uri?: string | undefined;

  /** How the client uses what it learns. */
  policy_uri?: string | undefined;

  /** The client's terms of service. */
  tos_uri?: string | undefined;

  /** The five members above by language, by BCP 47 tags: `client_name#de`; at most 20 of each. RFC 7591 section 2.2. */
  readonly [tagged: TaggedMember]: string | undefined;

  /** Where a login can be started anew, when a page here was open for too long. OpenID Connect Core section 4. */
  initiate_login_uri?: string | undefined;

  /**
   * Where answers may go; compared character by character, but for the port on loopback hosts. Each an absolute URI without
   * fragment: https; http on `127.0.0.1`, `[::1]` or `localhost`; or a private-use scheme with a period. At least one, if
   * `grant_types` has `authorization_code`. RFC 6749 section 3.1.2, RFC 8252 section 7.
   *
   * @example ['https://client.example.com/callback', 'com.example.app:/callback']
   */
  redirect_uris?: readonly string[] | undefined;

  /** What the client may send to the token endpoint. Default: `['authorization_code', 'refresh_token']`. */
  grant_types?: readonly string[] | undefined;

  /** What the client may ask of the authorization endpoint. Default: `['code']`; without the grant `authorization_code`: none. */
  response_types?: readonly string[] | undefined;

  /**
   * The scopes that the client may ask for, with spaces between; also what it gets when it asks for none. Default: it may ask for
   * all of them, and gets the API's `defaultScopes`. RFC 6749 section 3.3.
   */
  scope?: string | undefined;

  /**
   * How the client authenticates: `client_secret_basic`, `client_secret_post`, `client_secret_jwt` (with a `client_secret` of 32 characters
   * or more, which is then kept in memory), `private_key_jwt` (with `jwks` or `jwks_uri`), `tls_client_auth` (with one of the members
   * `tls_client_auth_…`), `self_signed_tls_client_auth` (with certificates in `jwks` or `jwks_uri`) or `none`. Default: with a secret,
   * `client_secret_basic` or `client_secret_post`, as the client likes; without one, `none`. RFC 6749 section 2.3.
   */
  token_endpoint_auth_method?: string | undefined;

  /** What its assertions must be signed with. Default: any algorithm of its method. OpenID Connect Registration section 2. */
  token_endpoint_auth_signing_alg?: string | undefined;

  /** For `tls_client_auth`: the subject of its certificate as RFC 4514 writes it, the most special part first: `CN=client,O=Example,C=GB`. */
  tls_client_auth_subject_dn?: string | undefined;

  /** Or a subject alternative name of it: a domain, a URI, an address, or an e-mail address. RFC 8705 section 2.1.2. */
  tls_client_auth_san_dns?: string | undefined;
  tls_client_auth_san_uri?: string | undefined;
  tls_client_auth_san_ip?: string | undefined;
  tls_client_auth_san_email?: string | undefined;

  /**
   * The APIs that this client stands for when it asks what a token is worth (introspection, RFC 7662), by identifier; it may also ask
   * about tokens that were issued to itself. Default: it may not ask.
   *
   * @example ['https://app.example.com/api']
   */
  introspects?: readonly string[] | undefined;

  /** What signs and encrypts what introspection tells it in a JWT. Default: `RS256`, not encrypted. RFC 9701 section 6. */
  introspection_signed_response_alg?: string | undefined;
  introspection_encrypted_response_alg?: string | undefined;
  introspection_encrypted_response_enc?: string | undefined;

  /** Whether the client is your own: then users are not asked for consent. Default: `false`. */
  firstParty?: boolean | undefined;

  /**
   * Whether you have looked at this client, and say so: the consent page then has "Verified by" and your name. Default: `true` for clients of the
   * list, `false` for those that `findClient` finds, since a table may have rows that nobody has reviewed.
   */
  verified?: boolean | undefined;

  /**
   * How the screens look on which users meet this client, laid over the option `brand`: what is left out is as there. With a `color` of its
   * own it has none of the colours that `brand` has for buttons; with a `logo`, not the `favicon`.
   */
  brand?: BrandOptions | undefined;

  /** `false` frees a confidential client of old from PKCE (RFC 7636). Default: `true`. */
  pkce?: boolean | undefined;

  /** The client's public keys, inline or by URL: for what it signs, and for what is encrypted to it. RFC 7517. */
  jwks?: { readonly keys: readonly JWK[] } | undefined;
  jwks_uri?: string | undefined;

  /** `pairwise`: the client knows each user under a name of its own. Default: `public`. OpenID Connect Core section 8. */
  subject_type?: 'public' | 'pairwise' | undefined;

  /** A document that lists the redirect URIs of all clients that share pairwise names. */
  sector_identifier_uri?: string | undefined;

  /** What signs its ID tokens. Default: `RS256`. OpenID Connect Registration section 2. */
  id_token_signed_response_alg?: string | undefined;

  /** What encrypts its ID tokens. Default: nothing. */
  id_token_encrypted_response_alg?: string | undefined;
  id_token_encrypted_response_enc?: string | undefined;

  /** What signs and encrypts what userinfo tells it. Default: nothing; userinfo is JSON. */
  userinfo_signed_response_alg?: string | undefined;
  userinfo_encrypted_response_alg?: string | undefined;
  userinfo_encrypted_response_enc?: string | undefined;

  /** What its request objects must be signed with; `none` allows unsigned ones. Default: any algorithm that is known. */
  request_object_signing_alg?: string | undefined;

  /** The URLs of its request objects. OpenID Connect Core section 6.2. */
  request_uris?: readonly string[] | undefined;

  /** What holds for requests without `max_age` and `acr_values`. */
  default_max_age?: number | undefined;
  default_acr_values?: readonly string[] | undefined;

  /** Whether its ID tokens must say when the user logged in; they do so anyway where it is known. */
  require_auth_time?: boolean | undefined;
}

/**
 * How certificates of clients reach this server. Directly, if the app itself is an https server with `requestCert: true` and
 * `rejectUnauthorized: false` (other users have no certificate); or by a proxy that ends TLS and passes them on in a header. RFC 8705.
 */
export interface MutualTlsOption {
  /**
   * The request header in which your proxy passes the certificate on: PEM, percent-encoded (`$ssl_client_escaped_cert` of nginx), or as
   * RFC 9440 has it. The proxy must set it on every request, or take it out: whoever can send this header to the app can be any client.
   * Default: no header is believed, and certificates come from the TLS connection.
   *
   * @example 'X-SSL-Client-Cert'
   */
  header?: string | undefined;

  /**
   * The header in which the proxy says `SUCCESS` for a certificate by an authority that it trusts (`$ssl_client_verify` of nginx), set or
   * taken out likewise; or `true`, for a proxy that passes no others on. Needed for `tls_client_auth`. Default: `false`.
   *
   * @example 'X-SSL-Client-Verify'
   */
  verified?: boolean | string | undefined;

  /**
   * Where clients with a certificate find the endpoints, if it is not where all others do: an https URL without a path. Announced as
   * `mtls_endpoint_aliases`. It leads to the same app. RFC 8705 section 5.
   *
   * @example 'https://mtls.app.example.com'
   */
  origin?: string | undefined;
}

/** A grant of the host's own. RFC 6749 section 4.5. */
export type ExtensionGrant = Pick<Grant, 'type'> & {
  /** @throws OAuthError with a code of RFC 6749 section 5.2 */
  redeem(request: GrantRequest): Promise<Entitlement>;
};

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

/** Keys that are made here: for ES256 and RS256, and for what else a client needs. */
export interface StoredKeysOption {
  /**
   * How old keys get before others take their place, in seconds: one day to 10 years, or 0: only when `oauth.keys.rotate()` is called.
   * The next keys are published before they sign, and the old ones until their last token has expired. Default: 90 days.
   */
  rotateEvery?: number | undefined;
}

/**
 * Private keys of your own, as a JWK Set (RFC 7517 section 5): EC keys on P-256 for ES256, RSA keys of 2048 bits or more for RS256 (with
 * `alg: 'PS256'` for that), OKP keys on Ed25519 for EdDSA (or, with that `alg`, for Ed25519). The first key of each algorithm signs, the first of all signs access tokens, all
 * are published. They are not rotated: to do so add the new key to the end, put it in front ten minutes later, and remove the old one
 * when its last token has expired.
 */
export interface GivenKeysOption {
  readonly keys: readonly JWK[];
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

/**
 * How the screens look. Colours that cannot be read are refused at start, each with the nearest one that can. Their words are changed by
 * `messages`; where more is to be different, there are a style sheet and templates of one's own: `views`.
 *
 * @example { name: 'Contacts', logo: '/logo.svg', color: '#0f766e', radius: 8, links: [{ text: 'Privacy', href: '/privacy' }] }
 */
export interface BrandOptions {
  /** Default: the host of the issuer. */
  name?: Brand['name'] | undefined;

  /**
   * A picture: an http or https URL, a path on this host that begins with a slash, or a `data:image/…` URL; or one for light and one
   * for dark. Default: none; then a tile has the first letter of the name.
   */
  logo?: string | { readonly light: string; readonly dark: string } | undefined;

  /** The picture that browsers show in the tab. Default: the logo. */
  favicon?: Brand['favicon'] | undefined;

  /** The colour of buttons and links, as `#rrggbb`; lighter in the dark, if it must be. Default: `'#2457c5'`. */
  color?: Brand['color'] | undefined;

  /**
   * Colours for who has a light and for who has a dark system, where they are not to be the usual ones. Text needs a contrast of 4.5 on its
   * ground (WCAG 2.2, success criterion 1.4.3). The edges of fields and buttons follow from these by themselves.
   *
   * @example { light: { page: '#fdf6e3', card: '#fffdf6' }, dark: { page: '#002b36', card: '#073642', brand: '#2aa198' } }
   */
  colors?: { readonly light?: BrandColorOptions | undefined; readonly dark?: BrandColorOptions | undefined } | undefined;

  /** Of the corners of the card, in pixels: 0 to 32; those of fields and buttons go with it. Default: 20. */
  radius?: Brand['radius'] | undefined;

  /**
   * Font families, as CSS lists them. One that systems do not have is declared in a `style.css` in `views`, and loaded from this host.
   * Default: that of the system.
   *
   * @example 'Inter, system-ui, sans-serif'
   */
  font?: Brand['font'] | undefined;

  /** Your home page, where pages lead that cannot go on: a path, or an http or https URL. Default: the origin of the issuer. */
  url?: Brand['url'] | undefined;

  /**
   * At the foot of every page, such as imprint, privacy and help: up to 6. Each with its text, perhaps in several languages, and a path or
   * an http, https or mailto URL.
   *
   * @example [{ text: { en: 'Privacy', de: 'Datenschutz' }, href: '/privacy' }]
   */
  links?: Brand['links'] | undefined;
}

/** Each as `#rrggbb`. */
export interface BrandColorOptions {
  /** Behind the card. */
  page?: BrandColors['page'] | undefined;
  card?: BrandColors['card'] | undefined;
  text?: BrandColors['text'] | undefined;
  /** Of text that matters less. */
  quiet?: BrandColors['quiet'] | undefined;
  /** Between parts of the card. Default: made of card and text. */
  line?: BrandColors['line'] | undefined;
  /** What fills buttons. Default: made of `color`. */
  brand?: BrandColors['brand'] | undefined;
  /** Text on that. Default: white, or black where white could not be read. */
  onBrand?: BrandColors['onBrand'] | undefined;
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
