/** `response_type=code`: a code now, tokens at the token endpoint. RFC 6749 section 4.1.1. */
import type { ResponseType } from '../contracts.js';
import { authorizationCode } from '../tokens/authorization-code.js';

export const code: ResponseType = {
  word: 'code',
  combines: true,
  inFragment: false,
  recorded: true,
  grantType: 'authorization_code',

  async answer({ authorization }, { secrets }) {
    return { code: authorizationCode(authorization.id, secrets) };
  },
};
