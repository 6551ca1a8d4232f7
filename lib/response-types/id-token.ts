/** `response_type=id_token`: who signed in, at once. OpenID Connect Core sections 3.2 and 3.3. */
import type { ResponseType } from '../contracts.js';
import { signIdToken } from '../tokens/id-token.js';

export const idToken: ResponseType = {
  word: 'id_token',
  combines: true,
  inFragment: true,
  recorded: false,
  grantType: 'implicit',

  /** Comes after `code` and `token` in the table, whose hashes it carries. Alone, it carries the claims of the scopes too: section 5.4. */
  async answer({ request, client, authorization, given }, server) {
    const { code, access_token } = given;
    const scopes = request.response_type === 'id_token' ? request.scope : [];
    return { id_token: await signIdToken({ authorization, client, scopes, nonce: request.nonce, code, access_token }, server) };
  },
};
