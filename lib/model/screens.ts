/** The pages that people see, and what each is given to show. `views/` draws them. */

/** A client, as a user meets it. */
export interface ClientCard {
  readonly name: string;
  readonly client_uri?: string;
  readonly logo_uri?: string;
  readonly policy_uri?: string;
  readonly tos_uri?: string;
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
    readonly client: ClientCard;
    /** What was typed before. */
    readonly username: string;
    /** Why the form is shown again. */
    readonly notice?: string;
  };
  /** Asks for consent. The form posts `ticket` and `decision`, which is `allow` or `deny`. */
  consent: {
    readonly action: string;
    readonly ticket: string;
    readonly client: ClientCard;
    readonly user: { readonly name: string };
    /** What is asked for and was not allowed before, in words. */
    readonly asked: readonly { readonly scope: string; readonly description: string }[];
    /** What is asked for and was allowed before. */
    readonly allowed: readonly { readonly scope: string; readonly description: string }[];
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
  };
  /** The login or consent page was open for too long. */
  expired: {
    readonly client: ClientCard;
    readonly link: Link;
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
