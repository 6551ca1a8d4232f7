/** Who vouches for users or machines, in assertions that a client may trade for an access token. RFC 7521 section 3, RFC 7523 section 3. */
import type { JWK } from 'jose';
import type { Client } from './client.js';
import type { HostRequest, Nobody, User } from './user.js';

/** What an assertion says, once it was found to be genuine; members beside these two are of any shape. */
export type AssertionClaims = Readonly<Record<string, unknown>> & { readonly iss: string; readonly sub: string };

/** The host's user that an assertion speaks of. */
export type UserOfAssertion = (
  claims: AssertionClaims,
  context: { readonly client: Client; readonly req: HostRequest },
) => User | Nobody | Promise<User | Nobody>;

interface Issuer {
  /** The `iss` of its assertions. */
  readonly issuer: string;
  /** Without both of these its metadata says where its keys are. */
  readonly jwks?: { readonly keys: readonly JWK[] };
  readonly jwks_uri?: string;
  /** What a client can get by its assertions at most. */
  readonly scopes?: readonly string[];
}

/** An enterprise's, which says which client may act for which of its users. */
export interface IdentityProvider extends Issuer {
  readonly profile: 'id-jag';
  /** Left out: whomever its assertions name. */
  readonly clients?: readonly string[];
  readonly user: UserOfAssertion;
}

/** A platform that machines run on, or another service. */
export interface WorkloadIssuer extends Issuer {
  readonly profile: 'workload';
  readonly clients: readonly string[];
  readonly subjects: readonly string[] | ((claims: AssertionClaims) => boolean | Promise<boolean>);
  /** The `aud` of its assertions; left out: this server's issuer. */
  readonly audience?: string;
  /** Left out: the client acts on its own behalf. */
  readonly user?: UserOfAssertion;
  readonly publicClients: boolean;
}

export type TrustedIssuer = IdentityProvider | WorkloadIssuer;
