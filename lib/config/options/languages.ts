/** The options `languages` and `messages`: what the screens say. */
import type { MessageKey } from '../../languages/language.js';

/** What the screens say. */
export interface OptionsForLanguages {
  /**
   * Which languages the screens are offered in, by BCP 47 tags; the first is taken where none fits what the client asks for (`ui_locales`)
   * or the browser prefers. Default: all that there are, English first: `en`, `de`, `fr`, `es`, `pt`, `it`, `nl`, `pl`, `tr`, `ja`, `zh`,
   * `ar`, and those of the option `messages`.
   *
   * @example ['de', 'en']
   */
  languages?: readonly string[] | undefined;

  /**
   * Your own sentences on the screens, by language and name: they change ours, or add a language. What a new language lacks is said in
   * the one that it is a kind of (`pt` for `pt-PT`), else in English, with a warning. What stands in braces is filled in; on the consent
   * screen `{client}`, `{host}` and `{destination}` must stay. All is text, never HTML.
   *
   * @example { en: { 'login.title': 'Welcome back', 'login.username': 'Email' }, sv: { 'login.title': 'Logga in' } }
   */
  messages?: Readonly<Record<string, Readonly<Partial<Record<MessageKey, string | undefined>>>>> | undefined;
}
