/** `response_type=code`: a code now, tokens at the token endpoint. RFC 6749 section 4.1.1. */
import type { ResponseType } from '../contracts.js';
import { addAuthorization } from '../tokens/authorization.js';
import { authorizationCode } from '../tokens/authorization-code.js';

export const code: ResponseType = {
  word: 'code',
  defaultMode: 'query',

  async answer(request, user, server) {
    const now = server.clock();
    const { code: codeLifetime, authorization: lifetime } = server.settings.lifetimes;
    const { id } = await addAuthorization(
      {
        client_id: request.client_id,
        sub: user.sub,
        ...(user.auth_time !== undefined && { auth_time: user.auth_time }),
        scope: request.scope,
        audience: request.audience,
        redirect_uri: request.redirect_uri,
        code_challenge: request.code_challenge,
        generation: 0,
        rotated_at: now,
        code_expires_at: now + Math.min(codeLifetime, lifetime),
        expires_at: now + lifetime,
      },
      server,
    );
    return { code: authorizationCode(id, server.secrets) };
  },
};
