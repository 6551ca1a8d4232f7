/** A client as the protocol sees it, checked. RFC 6749 section 2; the names are those of RFC 7591 section 2. */

export interface Client {
  readonly client_id: string;
  readonly client_name: string;
  readonly client_uri?: string;
  readonly logo_uri?: string;
  readonly policy_uri?: string;
  readonly tos_uri?: string;
  readonly initiate_login_uri?: string;
  readonly redirect_uris: readonly string[];
  readonly grant_types: readonly string[];
  readonly response_types: readonly string[];
  /** What the client asks for when it names no scope. */
  readonly scope?: readonly string[];
  /** How the client may authenticate: a value of `token_endpoint_auth_method`, or several where the client did not choose. */
  readonly authMethods: readonly string[];
  /** SHA-256 of the client secret, as base64url. */
  readonly secretHash?: string;
  /** The host's own client: its users are not asked for consent. */
  readonly firstParty: boolean;
}

/** A public client cannot keep a secret. RFC 6749 section 2.1. */
export function isPublic(client: Client): boolean {
  return client.authMethods.includes('none');
}
