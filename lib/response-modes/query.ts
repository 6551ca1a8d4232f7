/** `response_mode=query`. OAuth 2.0 Multiple Response Type Encoding Practices section 2.1. */
import type { ResponseMode } from '../contracts.js';
import { seeOther, withQuery } from '../http/message.js';

export const query: ResponseMode = {
  name: 'query',
  carriesTokens: false,
  deliver: (redirect_uri, parameters) => seeOther(withQuery(redirect_uri, parameters)),
};
