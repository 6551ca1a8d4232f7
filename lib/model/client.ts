/** A client as the protocol sees it, checked. RFC 6749 section 2; the names are those of RFC 7591 section 2 and OpenID Connect Registration. */
import type { KeyObject } from 'node:crypto';
import type { JWK } from 'jose';
import { oncePer } from '../platform/made-once.js';
import type { Brand } from './brand.js';
import type { HostWords } from './words.js';

export interface Client {
  readonly client_id: string;
  readonly client_name: string;
  readonly client_uri?: string;
  readonly logo_uri?: string;
  readonly policy_uri?: string;
  readonly tos_uri?: string;
  /** The same by language, as `client_name#de`. RFC 7591 section 2.2. */
  readonly [tagged: TaggedMember]: string;
  readonly initiate_login_uri?: string;
  readonly redirect_uris: readonly string[];
  /** Whether it is an app on the user's device, by what it says or by where its answers go. OpenID Connect Registration section 2. */
  readonly application_type: 'web' | 'native';
  readonly grant_types: readonly string[];
  readonly response_types: readonly string[];
  /** What the client asks for when it names no scope. */
  readonly scope?: readonly string[];
  /** How the client may authenticate: a value of `token_endpoint_auth_method`, or several where the client did not choose. */
  readonly authMethods: readonly string[];
  /** Who vouches for what it says of itself: the host; or nobody, where it has registered itself or publishes a document. */
  readonly source: 'host' | 'registered' | 'document';
  /** SHA-256 of each of its secrets, as base64url; newest first. */
  readonly secretHashes?: readonly string[];
  /** The secret itself, for what can only be verified with it: client_secret_jwt. */
  readonly secretKey?: KeyObject;
  /** Left out: any algorithm of its method. OpenID Connect Registration section 2. */
  readonly token_endpoint_auth_signing_alg?: string;
  // What its certificate must name, just one of them. RFC 8705 section 2.1.2.
  readonly tls_client_auth_subject_dn?: string;
  readonly tls_client_auth_san_dns?: string;
  readonly tls_client_auth_san_uri?: string;
  readonly tls_client_auth_san_ip?: string;
  readonly tls_client_auth_san_email?: string;
  /** The host's own client: its users are not asked for consent. */
  readonly firstParty: boolean;
  /** Whether the host has looked at it, and says so to its users. */
  readonly verified?: true;
  /** The identifiers of the APIs that it stands for at the introspection endpoint; absent: it may not ask there. */
  readonly introspects?: readonly string[];
  /** How the screens look on which users meet it; only the host says that. Absent: as for all. */
  readonly brand?: Brand;
  /** Whether each code needs PKCE. Only a confidential client may go without. */
  readonly pkce: boolean;

  // OpenID Connect Dynamic Client Registration section 2.
  readonly jwks?: { readonly keys: readonly JWK[] };
  readonly jwks_uri?: string;
  readonly subject_type: 'public' | 'pairwise';
  readonly sector_identifier_uri?: string;
  readonly id_token_signed_response_alg: string;
  readonly id_token_encrypted_response_alg?: string;
  readonly id_token_encrypted_response_enc?: string;
  /** Left out: userinfo is JSON. */
  readonly userinfo_signed_response_alg?: string;
  readonly userinfo_encrypted_response_alg?: string;
  readonly userinfo_encrypted_response_enc?: string;
  // RFC 9701 section 6.
  readonly introspection_signed_response_alg: string;
  readonly introspection_encrypted_response_alg?: string;
  readonly introspection_encrypted_response_enc?: string;
  readonly request_object_signing_alg?: string;
  readonly request_uris?: readonly string[];
  /** In seconds. */
  readonly default_max_age?: number;
  readonly require_auth_time: boolean;
  readonly default_acr_values?: readonly string[];
}

/** What a client must have registered for a method of authentication. */
export type ClientAuthNeed = 'nothing' | 'secret' | 'secret itself' | 'keys' | 'certificates' | 'certificate subject';

/** A public client cannot keep a secret. RFC 6749 section 2.1. */
export function isPublic(client: Client): boolean {
  return client.authMethods.includes('none');
}

/** What people read of a client, or are led to. RFC 7591 section 2.2. */
export const readableMembers = ['client_name', 'client_uri', 'logo_uri', 'policy_uri', 'tos_uri'] as const;
export type ReadableMember = (typeof readableMembers)[number];

/** With a language tag behind it. */
export type TaggedMember = `${ReadableMember}#${string}`;

/** What the client says there: to whom no language of it fits, what it says without one. */
export function wordsOf(client: Client, member: 'client_name'): HostWords;
export function wordsOf(client: Client, member: ReadableMember): HostWords | undefined;
export function wordsOf(client: Client, member: ReadableMember): HostWords | undefined {
  const prefix = `${member}#`;
  const tagged = taggedMembersOf(client).flatMap((name) => (name.startsWith(prefix) ? [[name.slice(prefix.length), client[name]]] : []));
  const plain = client[member];
  if (tagged.length === 0) return plain;
  return Object.fromEntries(plain === undefined ? tagged : [...tagged, ['und', plain]]);
}

/** Looked for once in each client, since a page asks for five of them: 4 % of its time. */
const taggedMembersOf = oncePer((client: Client) => Object.keys(client).filter((name): name is TaggedMember => name.includes('#')));
