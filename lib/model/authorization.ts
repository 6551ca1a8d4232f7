/** What a user allowed a client to do: from the request that asks for it to the record that keeps it. */

/** A checked request to the authorization endpoint. RFC 6749 section 4.1.1, RFC 7636 section 4.3. */
export interface AuthorizationRequest {
  readonly client_id: string;
  readonly redirect_uri: string;
  readonly response_type: string;
  readonly response_mode: string;
  readonly state?: string;
  readonly scope: readonly string[];
  /** The identifier of the API that the token will be for. */
  readonly audience: string;
  readonly code_challenge: string;
}

/** Where the answer to an authorization request goes. Known before the rest of the request is. */
export type Reply = Pick<AuthorizationRequest, 'client_id' | 'redirect_uri' | 'response_mode' | 'state'>;

/** One record, one key, one version: what was allowed, and how far its code and refresh tokens have come. */
export interface Authorization {
  readonly id: string;
  readonly client_id: string;
  readonly sub: string;
  readonly auth_time?: number;
  readonly scope: readonly string[];
  readonly audience: string;
  readonly redirect_uri: string;
  readonly code_challenge: string;
  /** 0 until the code is redeemed, then the generation of the refresh token in use. */
  readonly generation: number;
  /** When the generation last changed. */
  readonly rotated_at: number;
  readonly code_expires_at: number;
  /** Refreshing ends here, however often it was done. */
  readonly expires_at: number;
}
