/** Claims about the user, for whoever has an access token with the scope openid. OpenID Connect Core section 5.3. */
import { findIfKnown } from '../clients/find.js';
import type { Endpoint, HttpRequest, HttpResponse, Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { json } from '../http/message.js';
import type { Client } from '../model/client.js';
import { askForToken, checkScopes, readBearerToken, withChallenge } from '../resource-server/challenge.js';
import { checkToken } from '../resource-server/check-token.js';
import { readUser } from '../rules/user.js';
import { authorizationOf } from '../tokens/access-token.js';
import { findAuthorization } from '../tokens/authorization.js';
import { claimsFor } from '../tokens/claims.js';
import { signForClient } from '../tokens/client-jwt.js';
import { subjectFor } from '../tokens/subject.js';

export const userinfo: Endpoint = {
  name: 'userinfo',
  path: '/userinfo',
  methods: ['GET', 'POST'],
  metadata: 'userinfo_endpoint',
  audience: 'client',
  cors: true,

  async handle(http, server) {
    try {
      return await tell(http, server);
    } catch (error) {
      throw withChallenge(error);
    }
  },
};

/**
 * Whatever API the token is for: its scope says what may be learnt here. So an API that is given a token with `openid` could ask here too;
 * but clients of OpenID Connect have one token for both, and would otherwise have none for userinfo. Core section 5.3.
 */
async function tell(http: HttpRequest, server: Server): Promise<HttpResponse> {
  const token = readAccessToken(http);
  if (token === undefined) return askForToken({ realm: server.settings.issuer });
  const audiences = [server.settings.issuer, ...server.settings.apis.keys()];
  const { scopes, clientId, claims } = await checkToken(token, audiences, server);
  checkScopes(scopes, ['openid']);
  const authorization = (await findAuthorization(authorizationOf(claims.jti as string), server))?.value;
  const client = await findIfKnown(clientId, server);
  if (!authorization || !client) throw new OAuthError('invalid_token', 'What the user allowed has ended.');
  const { users } = server.settings;
  if (users.find && !readUser(await users.find(authorization.sub), 'users.find')) {
    throw new OAuthError('invalid_token', 'The account of the user does not exist any more.');
  }
  const { sub, claims: asked, claims_locales: locales } = authorization;
  const known = await claimsFor({ sub, client, scopes, named: asked?.userinfo, locales }, server);
  return answerIn({ ...known, sub: await subjectFor(sub, client, server) }, client, server);
}

/** In the header; or in the form, where RFC 6750 section 2.2 lets it stand. Never in both. */
function readAccessToken(http: HttpRequest): string | undefined {
  const posted = http.body.get('access_token');
  const authorization = http.header('authorization');
  if (posted === undefined) return readBearerToken(authorization);
  if (authorization === undefined) return posted;
  throw new OAuthError('invalid_request', 'The access token must not stand in two places.');
}

/** JSON; or a JWT, if the client has registered for one. Section 5.3.2. */
async function answerIn(claims: Record<string, unknown>, client: Client, server: Server): Promise<HttpResponse> {
  const { userinfo_signed_response_alg: signed, userinfo_encrypted_response_alg: encrypted, userinfo_encrypted_response_enc: enc } = client;
  if (signed === undefined && encrypted === undefined) return json(claims);
  const content = { ...claims, iss: server.settings.issuer, aud: client.client_id, iat: server.clock() };
  const algorithms = { signed: signed ?? client.id_token_signed_response_alg, encrypted, enc };
  const body = await signForClient(content, client, algorithms, server);
  return { status: 200, headers: { 'Cache-Control': 'no-store', 'Content-Type': 'application/jwt' }, body };
}
