/** What may not happen too often, one row each, with what it is counted by. */

export type LimitName =
  | 'login'
  | 'loginAddress'
  | 'passwordGrant'
  | 'step'
  | 'stepAccount'
  | 'stepBegun'
  | 'stepBegunAccount'
  | 'client'
  | 'registration';

export interface LimitRow {
  readonly name: LimitName;
  readonly times: number;
  /** In seconds. */
  readonly within: number;
  /** Where waits grow: the longest, in seconds. See `Limit`. */
  readonly longestWait?: number;
  /**
   * How often within the same time from where many may be, or one who passes for many: the address of a proxy that Express was not told of,
   * which anybody may claim to be, and the /48 of an address of IPv6. Those who come from there are told apart besides, by what the proxy says
   * of them, or by the /64.
   */
  readonly wider?: number;
  /** Whether all addresses count together. Left out: each for itself, so that nobody is kept out by what others do elsewhere. */
  readonly atAllAddresses?: boolean;
  /**
   * Whether it is counted in one step with the others that are, at the same place: those of a login, which is one command then and not one for
   * each. Saves 2 % of a whole sign-in.
   */
  readonly jointly?: boolean;
}

const minute = 60; // seconds
const hour = 3_600;

export const limitRows: readonly LimitRow[] = [
  /** Wrong passwords for a user name; at the password grant besides by client. */
  { name: 'login', times: 5, within: hour, longestWait: 15 * minute, wider: 100, jointly: true },

  /** Wrong passwords, and passkeys that were not accepted, whoever they were for: one guess at each of many accounts is no better. */
  { name: 'loginAddress', times: 100, within: 15 * minute, wider: 2_000, jointly: true },

  /** The same for the password grant of a client with a secret: its address is that of a server, which asks for many users. By client. */
  { name: 'passwordGrant', times: 2_000, within: 15 * minute, wider: 20_000, jointly: true },

  /** Answers to a step of the sign-in, by step and user. */
  { name: 'step', times: 5, within: hour, longestWait: 15 * minute, wider: 100 },

  /**
   * The same from everywhere: a code of six digits would not last against guesses from a thousand addresses. Only who knows the password comes
   * as far as here, and needs five addresses to keep its owner out for an hour, who has reason to change it then.
   */
  { name: 'stepAccount', times: 100, within: hour, atAllAddresses: true },

  /** Steps that were begun and not done yet, by step and user: whoever knows the password could have mails sent without end. */
  { name: 'stepBegun', times: 5, within: hour, longestWait: 15 * minute, wider: 100 },

  /** The same from everywhere: more than one address can begin in an hour, so that it takes several to keep the owner out. */
  { name: 'stepBegunAccount', times: 30, within: hour, atAllAddresses: true },

  /** Wrong secrets, by client. Enough for whoever has set it up wrongly, and tries; of no use against a long random secret. */
  { name: 'client', times: 100, within: minute, wider: 1_000 },

  /** Registrations that are kept. */
  { name: 'registration', times: 60, within: hour, wider: 600 },
];
