/** What a language is made of. */
import type { en } from './en.js';

/** The name of a sentence, such as `login.title`. */
export type MessageKey = keyof typeof en;

/** Every sentence by its name. */
export type Messages = Readonly<Record<MessageKey, string>>;

export interface Language {
  /** As BCP 47 has it, such as `pt` or `zh-Hant`. */
  readonly tag: string;
  readonly direction: 'ltr' | 'rtl';
  readonly messages: Messages;
}

/** What a user is told when something went wrong: each kind has its own words, `error.{kind}.title` and `error.{kind}.text`. */
export type ErrorKind = { [Key in MessageKey]: Key extends `error.${infer Kind}.title` ? Kind : never }[MessageKey];
