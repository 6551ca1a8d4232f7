/** `response_type=token`: an access token at once, for clients of old. RFC 6749 section 4.2; RFC 9700 section 2.1.2 advises against it. */
import type { ResponseType } from '../contracts.js';
import { onlyOne, scopeAt } from '../rules/resource.js';
import { issueAccessToken } from '../tokens/access-token.js';
import { accessTokenSubject } from '../tokens/subject.js';

export const token: ResponseType = {
  word: 'token',
  combines: true,
  inFragment: true,
  recorded: true,
  grantType: 'implicit',
  warning: 'Its tokens pass through the browser (RFC 9700 section 2.1.2): use the authorization code grant with PKCE wherever you can.',

  /** Section 4.2.2. There is never a refresh token. */
  async answer({ client, authorization }, server) {
    const audience = onlyOne(Object.keys(authorization.audiences)) as string;
    const scope = scopeAt(audience, authorization);
    const sub = await accessTokenSubject(authorization.sub, audience, client, server);
    const event = { grant_type: 'implicit', sub: authorization.sub, refresh: false };
    const answer = await issueAccessToken({ sub, client_id: client.client_id, audience, scope, authorization, event }, server);
    return { ...answer, expires_in: String(answer.expires_in) };
  },
};
