/** `response_mode=fragment`: stays in the browser. OAuth 2.0 Multiple Response Type Encoding Practices section 2.1. */
import type { ResponseMode } from '../contracts.js';
import { seeOther, withFragment } from '../http/message.js';

export const fragment: ResponseMode = {
  name: 'fragment',
  carriesTokens: true,
  deliver: (redirect_uri, parameters) => seeOther(withFragment(redirect_uri, parameters)),
};
