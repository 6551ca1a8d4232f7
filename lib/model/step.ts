/** A step of the sign-in, as the host writes it. */
import type { Client } from './client.js';
import type { StepField } from './screens.js';
import type { HostRequest } from './user.js';
import type { GivenWords } from './words.js';

type Awaitable<T> = T | Promise<T>;

/** Who is signing in, and what is known of it so far. */
export interface StepContext<State = unknown> {
  readonly user: { readonly sub: string; readonly name: string };
  /** Who sent the user here; absent where they sign in for a page of this server. */
  readonly client?: Client;
  /** The page of this server that they sign in for: their connected apps, or their passkeys, where one can be added to sign in with. */
  readonly page?: 'apps' | 'passkeys';
  /** The authentication contexts that the client would like, the best first. */
  readonly acr_values: readonly string[];
  /** How the user has proved who they are so far: what `authenticate` said, and the steps before. RFC 8176. */
  readonly amr: readonly string[];
  readonly acr?: string;
  /** What `begin` gave, or the last `again`; `undefined` before. A copy: what you change in it is kept only if `again` gives it back. */
  readonly state: State;
  /** Your own request, with all that your middlewares have put there. */
  readonly req: HostRequest;
}

/**
 * What a step shows. Words are your own, in one language or by language (`{ en: 'Terms', de: 'Bedingungen' }`), or sentences of the built-in
 * catalogue: `{ message: 'step.title' }`.
 */
export interface StepPage {
  readonly title: GivenWords;
  readonly text?: GivenWords | undefined;
  readonly fields: readonly StepPageField[];
  /** The first goes on. Of one with a `name`, `submit` is given that as `action`. Left out: one that says "Continue". */
  readonly buttons?: readonly StepButton[] | undefined;
}

export interface StepPageField extends Pick<StepField, 'name' | 'type'> {
  readonly label: GivenWords;
  /** A word of HTML's `autocomplete`. Left out: `one-time-code` for a code, else `off`. */
  readonly autocomplete?: string | undefined;
  readonly value?: string | undefined;
  /** Whether nothing goes on without it. Left out: `true`. */
  readonly required?: boolean | undefined;
}

export interface StepButton {
  readonly name?: string | undefined;
  readonly label: GivenWords;
}

/**
 * What was filled in: a text for each field of the page (a `code` without spaces), for a checkbox whether it is ticked, and `action`, the
 * name of the button, if it has one.
 */
export type StepValues = Readonly<Record<string, string | boolean | undefined>> & { readonly action?: string };

/**
 * What becomes of the step. `done`: the sign-in goes on; `amr` is added to how the user has proved who they are, and `acr`, the
 * authentication context that is reached thereby, takes the place of the one before. `again`: the page is shown again, and these words say
 * why; with `news`, they say what was done rather than what was wrong. `field` is the name of the field that is wrong: it is marked, and has
 * the cursor; without, only a page with a single field has it marked. `state` takes the place of what the step remembers.
 */
export type StepResult<State = unknown> =
  | { readonly done: true; readonly amr?: readonly string[] | undefined; readonly acr?: string | undefined }
  | {
      readonly again: GivenWords;
      readonly field?: string | undefined;
      readonly news?: boolean | undefined;
      readonly state?: State | undefined;
    };

/**
 * A step of the sign-in, after the password.
 *
 * @example
 * A code by e-mail. `state` is kept here for 15 minutes, encrypted.
 * ```ts
 * const emailCode: UserStep<{ code: string }> = {
 *   name: 'email-code',
 *   begin: async ({ user }) => ({ code: await mails.sendCode(user.sub) }),
 *   page: {
 *     title: 'Check your e-mail',
 *     fields: [{ name: 'code', label: 'Code', type: 'code' }],
 *     buttons: [{ label: { message: 'step.submit' } }, { name: 'resend', label: 'Send another code' }],
 *   },
 *   async submit({ code, action }, { state, user }) {
 *     if (action === 'resend') return { again: 'Another code is on its way.', news: true, state: { code: await mails.sendCode(user.sub) } };
 *     return code === state.code ? { done: true, amr: ['otp'] } : { again: { message: 'step.wrong' } };
 *   },
 * };
 * ```
 * @example
 * An authenticator app (TOTP, RFC 6238), for who has set one up; it reaches an `acr` that clients may ask for.
 * ```ts
 * const totp: UserStep = {
 *   name: 'totp',
 *   isDue: async ({ user }) => (await db.user(user.sub)).totpSecret !== null,
 *   page: { title: { message: 'step.title' }, fields: [{ name: 'code', label: 'Code from your app', type: 'code' }] },
 *   submit: async ({ code }, { user }) =>
 *     (await db.useTotp(user.sub, code)) // true only once for each code
 *       ? { done: true, amr: ['otp', 'mfa'], acr: 'urn:example:mfa' }
 *       : { again: { message: 'step.wrong' } },
 * };
 * ```
 * @example
 * Terms that have to be accepted. No `submit` is called while a required box is empty.
 * ```ts
 * const terms: UserStep = {
 *   name: 'terms',
 *   isDue: async ({ user }) => !(await db.hasAccepted(user.sub, '2026-05')),
 *   page: { title: 'Our new terms', fields: [{ name: 'terms', label: 'I accept the terms of May 2026', type: 'checkbox' }] },
 *   async submit(_values, { user }) {
 *     await db.accept(user.sub, '2026-05');
 *     return { done: true };
 *   },
 * };
 * ```
 */
export interface UserStep<State = unknown> {
  /** Small letters, digits and hyphens; every step has its own. */
  readonly name: string;
  /** Whether this user has to take it now; must say `true` or `false`. Left out: everyone has to, at each sign-in. */
  isDue?(context: StepContext<undefined>): Awaitable<boolean>;
  /**
   * Called once, before the step is shown; gives what it is to remember, as JSON. Who begins it five times without taking it has to wait,
   * longer each time: so nobody who knows a password can have mails without end sent to its owner.
   */
  begin?(context: StepContext<undefined>): Awaitable<State>;
  /** What is shown; a function is asked each time. */
  readonly page: StepPage | { of(context: StepContext<State>): Awaitable<StepPage> }['of']; // as of a method, so that steps of any state go into one list
  /** Looks at what was filled in. Who guesses is slowed down before this is called: after five wrong answers each has to wait longer. */
  submit(values: StepValues, context: StepContext<State>): Awaitable<StepResult<State>>;
}
