/** What a user allowed a client to do: from the request that asks for it to the record that keeps it. */

/** One claim as a client asks for it: `null` asks for it in the ordinary way. OpenID Connect Core section 5.5.1. */
export type ClaimRequest = null | { readonly essential?: boolean; readonly value?: unknown; readonly values?: readonly unknown[] };

/** The parameter `claims`. OpenID Connect Core section 5.5. */
export interface ClaimsRequest {
  readonly userinfo?: Readonly<Record<string, ClaimRequest>>;
  readonly id_token?: Readonly<Record<string, ClaimRequest>>;
}

/**
 * The APIs that access tokens may be for, by identifier, each with those of the scopes that are its own; the first is the default. The
 * issuer stands here alone, with none, where no API was asked for: then the token is for userinfo. RFC 8707.
 */
export type Audiences = Readonly<Record<string, readonly string[]>>;

/** A checked request to the authorization endpoint. RFC 6749 section 4.1.1, RFC 7636 section 4.3, OpenID Connect Core section 3.1.2.1. */
export interface AuthorizationRequest {
  readonly client_id: string;
  readonly redirect_uri: string;
  /** The words in alphabetical order, one space between them. */
  readonly response_type: string;
  readonly response_mode: string;
  readonly state?: string;
  readonly scope: readonly string[];
  readonly audiences: Audiences;
  readonly code_challenge?: string;
  readonly nonce?: string;
  readonly prompt: readonly string[];
  /** In seconds. */
  readonly max_age?: number;
  readonly login_hint?: string;
  readonly display?: string;
  /** The languages that the user prefers, as BCP 47 tags, the best first. */
  readonly ui_locales?: readonly string[];
  readonly acr_values?: readonly string[];
  readonly claims?: ClaimsRequest;
  readonly claims_locales?: readonly string[];
  /** Whom the client expects, by an ID token that it was given before. */
  readonly expected_sub?: string;
  /** When the request came in: a login that `prompt` asks for is later than this. */
  readonly received_at: number;
}

/** Where the answer to an authorization request goes. Known before the rest of the request is. */
export type Reply = Pick<AuthorizationRequest, 'client_id' | 'redirect_uri' | 'response_mode' | 'state'>;

/** One record, one key, one version: what was allowed, and how far its code and refresh tokens have come. */
export interface Authorization {
  readonly id: string;
  readonly client_id: string;
  readonly sub: string;
  readonly auth_time?: number;
  readonly acr?: string;
  readonly amr?: readonly string[];
  /** The browser session that it came from. OpenID Connect Front-Channel Logout section 3. */
  readonly sid?: string;
  readonly scope: readonly string[];
  readonly audiences: Audiences;
  /** When the user allowed it. */
  readonly allowed_at: number;
  /** When the last of its access tokens expires. */
  readonly tokens_until: number;
  /** When the user was last asked, and agreed; absent where nobody was asked. */
  readonly consented_at?: number;
  /** Of the request that asked for a code; absent where no code was given. */
  readonly redirect_uri?: string;
  readonly code_challenge?: string;
  readonly nonce?: string;
  readonly claims?: ClaimsRequest;
  readonly claims_locales?: readonly string[];
  /** 0 until the code is redeemed, then the generation of the refresh token in use. */
  readonly generation: number;
  /** When the generation last changed. */
  readonly rotated_at: number;
  readonly code_expires_at?: number;
  /** Refreshing ends here, however often it was done. */
  readonly expires_at: number;
  /** So long it stands in the list of its user, in seconds since 1970. */
  readonly listed_until?: number;
}
