/** The names that clients may use: those of this server's tables, and what its options make known. RFC 7591 section 2. */

import type { ClientAuthNeed } from './client.js';

/** The names in this server's tables. */
export interface KnownNames {
  readonly grantTypes: readonly string[];
  /** Each with the grants that a client needs for it. RFC 7591 section 2.1. */
  readonly responseTypes: readonly KnownResponseType[];
  readonly authMethods: readonly KnownAuthMethod[];
}

/** What the options themselves make known. */
export interface KnownHere extends KnownNames {
  /** What this server has keys for, or makes them for. */
  readonly signingAlgs: readonly string[];
  /** Left out: all. */
  readonly subjectTypes?: readonly string[];
}

export interface KnownAuthMethod {
  readonly name: string;
  readonly needs: ClientAuthNeed;
  /** What its assertions may be signed with. */
  readonly signingAlgs?: readonly string[];
}

export interface KnownResponseType {
  readonly name: string;
  readonly grantTypes: readonly string[];
}

export interface ClientContext {
  /** Those of all APIs. */
  readonly scopes: ReadonlySet<string>;
  readonly known: KnownHere;
}
