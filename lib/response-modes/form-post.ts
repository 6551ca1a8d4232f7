/** `response_mode=form_post`: a page whose form posts the answer to the client. OAuth 2.0 Form Post Response Mode section 2. */
import type { ResponseMode } from '../contracts.js';
import { page } from '../http/message.js';

export const formPost: ResponseMode = {
  name: 'form_post',
  carriesTokens: true,

  deliver(redirect_uri, parameters) {
    const fields = Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
    return page({ name: 'form-post', values: { action: redirect_uri, fields } });
  },
};
