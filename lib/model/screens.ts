/** The pages that people see, and what each is given to show. `views/` draws them. */

import type { ErrorKind } from '../languages/language.js';
import type { Brand } from './brand.js';
import type { Explanation } from './events.js';
import type { HostWords, Message, Moment, Value, Words } from './words.js';

/** A client, as a user meets it. What it says by language, a template is given in that of the reader. */
export interface ClientCard {
  readonly name: HostWords;
  /** Set where the host says that it has looked at the client. */
  readonly verified?: true;
  /** Set where nobody but the client itself vouches for its name and its addresses. */
  readonly unverified?: true;
  /** Who publishes it, where that is known. */
  readonly host?: string;
  readonly client_uri?: HostWords;
  /** Its picture, as this server passes it on; only of clients that the host vouches for. */
  readonly logo?: HostWords;
  readonly policy_uri?: HostWords;
  readonly tos_uri?: HostWords;
}

/** One thing that the user is asked for. */
export interface Ask {
  readonly scope: string;
  /** What the form posts for it. */
  readonly name: string;
  /** In words. */
  readonly description: Words;
  /** What it is about, as a picture says it. */
  readonly icon: Icon;
  /** Whether much can be lost by it. */
  readonly risky: boolean;
  /** Whether it may be left out. */
  readonly optional: boolean;
  /** Whether its box has a tick: as the user left it; at first, unless much can be lost by it. */
  readonly ticked: boolean;
  /** Absent for what is about the user. */
  readonly api?: { readonly identifier: string; readonly name: Words };
}

/** The pictures that stand beside permissions. */
export const icons = [
  'check',
  'read',
  'write',
  'delete',
  'send',
  'pay',
  'person',
  'email',
  'phone',
  'place',
  'key',
  'clock',
  'settings',
] as const;
/** One of the pictures that stand beside permissions. */
export type Icon = (typeof icons)[number];

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

/** What a step of the sign-in asks for. */
export interface StepField {
  readonly name: string;
  readonly label: Words;
  /** `code` is a short number from an e-mail or an app. */
  readonly type: 'text' | 'email' | 'password' | 'code' | 'checkbox';
  /** A word of HTML's `autocomplete`, so that browsers and password managers can help. */
  readonly autocomplete?: string;
  readonly value?: string;
  readonly required: boolean;
}

/** A way on from a page. */
export interface Link {
  readonly href: string;
  readonly text: Message;
}

/**
 * Each page with the variables that its template is given, besides those that all have (see the head of `views/partials/head.ejs`). The head of
 * each template names the same, for whoever writes one in its place.
 */
export interface Screens {
  /** Asks for user name and password. The form posts `ticket`, `username`, `password`; a button named `cancel` gives up. */
  login: {
    readonly action: string;
    readonly ticket: string;
    /** Who sent the user here; absent where it is for a page of ours. */
    readonly client?: ClientCard;
    /** The page of ours. */
    readonly page?: 'apps' | 'passkeys';
    /** What was typed before. */
    readonly username: string;
    /** The host's own pages, from which the waiting request returns. */
    readonly forgotPasswordUrl?: string;
    readonly createAccountUrl?: string;
    /** What the browser's passkeys are asked, as JSON of WebAuthn (PublicKeyCredentialRequestOptionsJSON); posted back as `challenge`, with `passkey`. What the browser can do comes as `can`. */
    readonly passkey?: { readonly options: string; readonly challenge: string };
    /** A passkey that was refused, as JSON of WebAuthn (UnknownCredentialOptions), for browsers to offer it no more. */
    readonly forgotten?: string;
    /** Why the form is shown again. */
    readonly notice?: Message;
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
    /** Where the user will be sent: a host; or the scheme of an app on this device. */
    readonly destination: { readonly name: string; readonly app: boolean };
    /** Whether the answer goes to whatever program listens on this device, and anyone could have written it. */
    readonly loopback: boolean;
    readonly switchAccountUrl: string;
    readonly notice?: Message;
  };
  /** Asks which account to go on with. The form posts `ticket` and `account`: `current`; or `cancel`. */
  accounts: {
    readonly action: string;
    readonly ticket: string;
    readonly client: ClientCard;
    readonly user: { readonly name: string };
    readonly switchAccountUrl: string;
    readonly notice?: Message;
  };
  /** A step of the sign-in after the password. The form posts `ticket` and a value for each field; `cancel` gives up. */
  step: {
    readonly action: string;
    readonly ticket: string;
    readonly client?: ClientCard;
    readonly user: { readonly name: string };
    readonly title: Words;
    readonly text?: Words;
    readonly fields: readonly StepField[];
    /** Buttons: the first is the one that goes on. */
    readonly buttons: readonly { readonly name?: string; readonly label: Words }[];
    /** What was done, where it is shown again. */
    readonly done?: Words;
    /** What is wrong, where it is shown again. */
    readonly notice?: Words;
    /** The name of the field that it is about, if that is known. */
    readonly wrong?: string;
  };
  /** Offers to create a passkey, after a sign-in without one. The form posts `ticket`, `challenge` and `passkey`, or `later`. */
  'passkey-offer': {
    readonly action: string;
    readonly ticket: string;
    readonly user: { readonly name: string };
    /** PublicKeyCredentialCreationOptionsJSON, as JSON. */
    readonly options: string;
    readonly challenge: string;
    /** One that was refused, as JSON of WebAuthn (UnknownCredentialOptions), for browsers to offer it no more. */
    readonly forgotten?: string;
    readonly notice?: Words;
  };
  /** The user's passkeys. Forms post `remove` with an identifier, or `challenge` and `passkey` to add one. */
  passkeys: {
    readonly action: string;
    readonly user: { readonly name: string };
    readonly passkeys: readonly {
      readonly id: string;
      readonly created: Moment;
      readonly lastUsed?: Moment;
      /** Whether it is kept on several devices. */
      readonly synced: boolean;
    }[];
    /** What the browser is asked to add one; absent, with `challenge`, where the sign-in was not strong enough for that. */
    readonly options?: string;
    readonly challenge?: string;
    readonly done?: Message;
    /** One that was removed, or refused when it was new, as JSON of WebAuthn (UnknownCredentialOptions), for browsers to offer it no more. */
    readonly forgotten?: string;
    readonly notice?: Message;
  };
  /** Says what went wrong, and how to go on. */
  error: {
    /** Which words it has: `error.{kind}.title` and `error.{kind}.text`. */
    readonly kind: ErrorKind;
    /** The wire code, for those who report it. */
    readonly code: string;
    /** In English, for developers. */
    readonly description: string;
    readonly link?: Link;
    /** In development only: what the developer of the client needs to know. */
    readonly developer?: { readonly detail?: string } & Partial<Explanation>;
  };
  /** The login or consent page was open for too long. */
  expired: {
    readonly client: ClientCard;
    /** Absent where it would lead to what is neither the web nor an app. */
    readonly link?: Link;
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
    /** Absent where there are no passkeys. */
    readonly passkeysUrl?: string;
    /** The name of the app whose access was just removed. */
    readonly removed?: Value;
    readonly notice?: Message;
  };
  /** Asks whether to sign out. */
  'sign-out': {
    readonly action: string;
    readonly user: { readonly name: string };
    readonly notice?: Message;
  };
  /** Posts an answer on to the client: by itself, or by a button where there is no script. */
  'form-post': {
    readonly action: string;
    readonly fields: readonly { readonly name: string; readonly value: string }[];
  };
  'signed-out': Readonly<Record<string, never>>;
}

/** What a page is drawn for, besides its values. */
export interface ScreenWishes {
  /** The languages that the client asks for, the best first. */
  readonly locales?: readonly string[] | undefined;
  /** The look that the client has, where it is not that of the host. */
  readonly brand?: Brand | undefined;
}

/** One page with its values. */
export type Screen = { readonly [Name in keyof Screens]: { readonly name: Name; readonly values: Screens[Name] } }[keyof Screens];
