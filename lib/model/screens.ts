/** The pages that people see, and what each is given to show. `views/` draws them. */
import type { Explanation } from './events.js';

/** A client, as a user meets it. */
export interface ClientCard {
  readonly name: string;
  /** Set where nobody but the client itself vouches for its name and its addresses. */
  readonly unverified?: true;
  /** Who publishes it, where that is known. */
  readonly host?: string;
  readonly client_uri?: string;
  readonly logo_uri?: string;
  readonly policy_uri?: string;
  readonly tos_uri?: string;
}

/** One thing that the user is asked for. */
export interface Ask {
  readonly scope: string;
  /** What the form posts for it. */
  readonly name: string;
  /** In words. */
  readonly description: string;
  /** Whether it may be left out. */
  readonly optional: boolean;
  /** Whether its box has a tick: unless the form is shown again, and the user had taken that away. */
  readonly ticked: boolean;
  /** The name of the API; absent for what is about the user. */
  readonly api?: string;
}

/** A time, as people are told of it. */
export interface Moment {
  /** ISO 8601, in UTC. */
  readonly datetime: string;
  /** As it ends a sentence: "5 minutes ago", "on 3 May 2026". */
  readonly text: string;
}

/** An app that uses the account of the user, or could do so again. */
export interface ConnectedAppCard {
  /** What the form posts for it. */
  readonly client_id: string;
  readonly client: ClientCard;
  /** All that it was allowed, in words. */
  readonly permissions: readonly Ask[];
  /** Absent where it has no access now, and could have it again without a question. */
  readonly access?: {
    readonly since: Moment;
    readonly lastUsed: Moment;
    /** How many sign-ins, perhaps on several devices, are still good. */
    readonly signIns: number;
  };
  /** When the user last agreed; absent where nobody was asked. */
  readonly agreed?: Moment;
}

export interface Link {
  readonly href: string;
  readonly text: string;
}

export interface Screens {
  /** Asks for user name and password. The form posts `ticket`, `username`, `password`; a button named `cancel` gives up. */
  login: {
    readonly action: string;
    readonly ticket: string;
    /** Who sent the user here; absent where it is for our page of connected apps. */
    readonly client?: ClientCard;
    /** What was typed before. */
    readonly username: string;
    /** Why the form is shown again. */
    readonly notice?: string;
  };
  /** Asks for consent. The form posts `ticket`, `decision`, which is `allow` or `deny`, and `permission`: the name of each optional one that is granted. */
  consent: {
    readonly action: string;
    readonly ticket: string;
    readonly client: ClientCard;
    readonly user: { readonly name: string };
    /** What is asked for and was not allowed before, in words. */
    readonly asked: readonly Ask[];
    /** What is asked for and was allowed before. */
    readonly allowed: readonly Ask[];
    /** Where the user will be sent: a host, or an app on this device. */
    readonly destination: string;
    /** Whether the answer goes to whatever program listens on this device, and anyone could have written it. */
    readonly loopback: boolean;
    readonly switchAccountUrl: string;
    readonly notice?: string;
  };
  /** Says what went wrong, and to whom to turn. */
  error: {
    readonly title: string;
    readonly message: string;
    /** The wire code, for those who report it. */
    readonly code: string;
    readonly link?: Link;
    /** In development only: what the developer of the client needs to know. */
    readonly developer?: { readonly detail?: string } & Partial<Explanation>;
  };
  /** The login or consent page was open for too long. */
  expired: {
    readonly client: ClientCard;
    readonly link: Link;
  };
  /** Shows which apps use the account. Each has a form that posts its `client_id`, and so removes its access. */
  apps: {
    readonly action: string;
    readonly user: { readonly name: string };
    /** The one that was used last comes first. */
    readonly apps: readonly ConnectedAppCard[];
    readonly switchAccountUrl: string;
    /** Absent where the host keeps the sessions. */
    readonly signOutUrl?: string;
    /** The name of the app whose access was just removed. */
    readonly removed?: string;
    readonly notice?: string;
  };
  /** Asks whether to sign out. */
  'sign-out': {
    readonly action: string;
    readonly user: { readonly name: string };
    readonly notice?: string;
  };
  /** Posts an answer on to the client: by itself, or by a button where there is no script. */
  'form-post': {
    readonly action: string;
    readonly fields: readonly { readonly name: string; readonly value: string }[];
  };
  'signed-out': Readonly<Record<string, never>>;
}

/** One page with its values. */
export type Screen = { readonly [Name in keyof Screens]: { readonly name: Name; readonly values: Screens[Name] } }[keyof Screens];
