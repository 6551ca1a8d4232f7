/** `response_type=none`: leave was given, and nothing is wanted yet. OAuth 2.0 Multiple Response Types section 4. */
import type { ResponseType } from '../contracts.js';

export const none: ResponseType = {
  word: 'none',
  combines: false,
  inFragment: false,
  recorded: false,

  async answer() {
    return {};
  },
};
