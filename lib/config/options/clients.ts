/** The options `clients`, `findClient` and `metadataDocuments`: who may call. RFC 7591 section 2. */
import type { JWK } from 'jose';
import type { TaggedMember } from '../../model/client.js';
import type { Nobody } from '../../model/user.js';
import type { BrandOptions } from './brand.js';

/** Who may call. */
export interface OptionsForClients {
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
}

/** Finds a client by its `client_id`; nothing, if there is none. */
export type FindClient = (client_id: string) => ClientOptions | Nobody | Promise<ClientOptions | Nobody>;

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
