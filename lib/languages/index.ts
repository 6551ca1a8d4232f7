/** The languages of the screens, one row each. The first is taken where none fits. */
import { ar } from './ar.js';
import { de } from './de.js';
import { en } from './en.js';
import { es } from './es.js';
import { fr } from './fr.js';
import { it } from './it.js';
import { ja } from './ja.js';
import type { Language } from './language.js';
import { nl } from './nl.js';
import { pl } from './pl.js';
import { pt } from './pt.js';
import { tr } from './tr.js';
import { zh } from './zh.js';

export const languages: readonly [Language, ...Language[]] = [
  { tag: 'en', direction: 'ltr', messages: en },
  { tag: 'de', direction: 'ltr', messages: de },
  { tag: 'fr', direction: 'ltr', messages: fr },
  { tag: 'es', direction: 'ltr', messages: es },
  { tag: 'pt', direction: 'ltr', messages: pt },
  { tag: 'it', direction: 'ltr', messages: it },
  { tag: 'nl', direction: 'ltr', messages: nl },
  { tag: 'pl', direction: 'ltr', messages: pl },
  { tag: 'tr', direction: 'ltr', messages: tr },
  { tag: 'ja', direction: 'ltr', messages: ja },
  { tag: 'zh', direction: 'ltr', messages: zh },
  { tag: 'ar', direction: 'rtl', messages: ar },
];
