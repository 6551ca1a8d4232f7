/** What the templates say in the language of the reader: as text, or as HTML in which names and times stand out. */
import ejs from 'ejs';
import type { MessageKey } from '../languages/language.js';
import { type Message, own, type Words } from '../model/words.js';
import { oncePer } from '../platform/made-once.js';
import type { Wording } from '../rules/wording.js';

export interface TemplateLanguage {
  /** BCP 47. */
  readonly lang: string;
  readonly dir: 'ltr' | 'rtl';
  /**
   * One of our sentences by its name, or words that the template was given: as text, to be escaped where it is written. What is given is never
   * a plain string, so no words of the host's are taken for a name; a string that is no name is shown as it is.
   */
  t(words: MessageKey | Words, values?: Message['values']): string;
  /** The same as HTML, escaped: names are set apart, so that their script and direction disturb nothing; times can be read by programs. */
  html(words: MessageKey | Words, values?: Message['values']): string;
}

/** Made once for each language. */
export const templateLanguage = oncePer(createTemplateLanguage);

function createTemplateLanguage(wording: Wording): TemplateLanguage {
  const { language, say, parts } = wording;
  const meant = (words: MessageKey | Words, values: Message['values'] = {}): Words => {
    if (typeof words !== 'string') return words;
    return Object.hasOwn(language.messages, words) ? { message: words, values } : own(words);
  };

  return {
    lang: language.tag,
    dir: language.direction,
    t: (words, values) => say(meant(words, values)),
    html: (words, values) =>
      parts(meant(words, values))
        .map(({ text, filledIn, datetime, foreign }) => {
          if (datetime !== undefined) return `<time datetime="${datetime}">${ejs.escapeXML(text)}</time>`;
          if (foreign !== undefined)
            return `<span${foreign && ` lang="${ejs.escapeXML(foreign)}"`} dir="auto">${ejs.escapeXML(text)}</span>`;
          return filledIn ? `<bdi class="name">${ejs.escapeXML(text)}</bdi>` : ejs.escapeXML(text);
        })
        .join(''),
  };
}
