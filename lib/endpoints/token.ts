/** The token endpoint. RFC 6749 section 3.2. */
import { authenticateClient } from '../client-auth/authenticate.js';
import type { Endpoint, Grant, Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { json } from '../http/message.js';
import type { Client } from '../model/client.js';
import { issueTokens } from '../tokens/issue.js';

export const token: Endpoint = {
  name: 'token',
  path: '/token',
  methods: ['POST'],
  metadata: 'token_endpoint',
  audience: 'client',
  clientAuth: 'any',
  cors: true,

  async handle(http, server) {
    const client = await authenticateClient(http, server);
    const grant = chooseGrant(http.body.need('grant_type'), client, server);
    await server.keys.ready(); // first, so that no code is spent on tokens that cannot be signed
    const entitlement = await grant.redeem({ client, parameters: http.body, req: http.host, from: http }, server);
    return json(await issueTokens(entitlement, client, server, grant.type), { headers: { Pragma: 'no-cache' } }); // section 5.1 asks for it by name
  },
};

function chooseGrant(grant_type: string, client: Client, { grants }: Pick<Server, 'grants'>): Grant {
  const grant = grants.find(({ type }) => type === grant_type);
  if (!grant) {
    const fitting = grants.map(({ type }) => type);
    throw new OAuthError('unsupported_grant_type', 'The grant_type is not known.', {
      mismatch: { what: 'grant_type', asked: grant_type, fitting, source: 'known' },
    });
  }
  if (!client.grant_types.includes(grant_type)) {
    throw new OAuthError('unauthorized_client', 'This client is not registered for the grant_type.', {
      mismatch: { what: 'grant_type', asked: grant_type, fitting: client.grant_types, source: 'registered' },
    });
  }
  return grant;
}
