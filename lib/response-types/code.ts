/** `response_type=code`: a code now, tokens at the token endpoint. RFC 6749 section 4.1.1. */
import type { ResponseType } from '../contracts.js';
import { authorizationCode } from '../tokens/authorization-code.js';

export const code: ResponseType = {
  word: 'code',
  combines: true,
  inFragment: false,
  recorded: true,
  grantType: 'authorization_code',

  async answer({ request: { redirect_uri }, authorization }, { secrets, emit }) {
    const { id, client_id, sub, scope, sid } = authorization;
    const audiences = Object.keys(authorization.audiences);
    emit('code.issued', { authorization: id, client_id, sub, audiences, scope, redirect_uri, ...(sid !== undefined && { sid }) });
    return { code: authorizationCode(id, secrets) };
  },
};
