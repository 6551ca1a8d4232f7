/** A sign-in that is under way, and what becomes of its steps. */
import type { Client } from './client.js';
import type { HostRequest, Identity } from './user.js';
import type { Words } from './words.js';

/** A sign-in that is under way: the password was right, or a passkey, or the host said who it is; and steps remain. */
export interface SignIn {
  readonly user: Identity;
  /** How the user has proved who they are so far. RFC 8176. */
  readonly amr: readonly string[];
  readonly acr?: string;
  /** Who sent the user here; absent where they sign in for a page of this server. */
  readonly client?: Client;
  /** The page of this server that they sign in for. */
  readonly page?: 'apps' | 'passkeys';
  /** What the client would like, the best first. */
  readonly acr_values: readonly string[];
  /** Whether the browser has said that it can make passkeys. */
  readonly canMakePasskeys: boolean;
  /** The host's own request, for the host's own functions. */
  readonly req: HostRequest;
}

/**
 * What became of a step: it is done, and how the user has proved who they are thereby; or it is shown again, and why: since something was
 * wrong, or, as `news`, since something was done. Without a new `state` it remembers what it did.
 */
export type StepOutcome =
  | { readonly done: true; readonly amr?: readonly string[]; readonly acr?: string }
  | { readonly again: Words; readonly wrong?: string; readonly news?: boolean; readonly state?: unknown };

/** Why a step is shown again: since something is wrong, or since something was done. */
export type StepNotice = { readonly notice: Words; readonly wrong?: string } | { readonly done: Words };
