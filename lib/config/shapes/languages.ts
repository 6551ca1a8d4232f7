/** The options `languages` and `messages`: what the screens say. */
import { z } from 'zod';
import { mustBe, says } from '../../clients/members.js';
import { anObject } from '../values.js';

export const languages = z
  .array(z.string(mustBe('a string', 'Write a language tag, as de or pt-BR.')), mustBe('a list', "Write ['de', 'en'], the first in front."))
  .refine((tags) => tags.length > 0, says('It is empty.', 'Leave it out for all languages.'))
  .optional();

export const messages = anObject("Write { en: { 'login.title': 'Welcome back' } }, for example.").optional();
