/** What this server can do, told to clients; computed from the tables. RFC 8414. */
import type { Endpoint, Server } from '../contracts.js';
import { json } from '../http/message.js';
import { codeChallengeMethods } from '../rules/pkce.js';

export const metadata: Endpoint = {
  name: 'metadata',
  path: { wellKnown: ['oauth-authorization-server', 'openid-configuration'] },
  methods: ['GET'],
  audience: 'client',
  cors: true,

  async handle({ base }, server) {
    return json(describe(base, server), { headers: { 'Cache-Control': 'public, max-age=300' } });
  },
};

function describe(base: string, { settings, endpoints, grants, clientAuthMethods, responseTypes, responseModes }: Server) {
  return {
    issuer: settings.issuer,
    ...Object.fromEntries(endpoints.flatMap(({ metadata, path }) => (metadata ? [[metadata, `${base}${path}`]] : []))),
    scopes_supported: [...new Set([...settings.apis.values()].flatMap(({ scopes }) => [...scopes.keys()]))],
    response_types_supported: responseTypes.map(({ word }) => word),
    response_modes_supported: responseModes.map(({ name }) => name),
    grant_types_supported: grants.map(({ type }) => type),
    token_endpoint_auth_methods_supported: clientAuthMethods.map(({ name }) => name),
    code_challenge_methods_supported: codeChallengeMethods,
    authorization_response_iss_parameter_supported: true,
  };
}
