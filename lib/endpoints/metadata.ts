/** What this server can do, told to clients; computed from the tables. RFC 8414. */
import { requestObjectAlgs } from '../authorization/request-object.js';
import { contentEncryptionAlgs } from '../clients/client-shape.js';
import { encryptionAlgs } from '../clients/jwks.js';
import type { Endpoint, HttpResponse, Server, Settings } from '../contracts.js';
import { json } from '../http/message.js';
import type { Users } from '../model/user.js';
import { displays, prompts } from '../rules/authentication-request.js';
import { identityScopes } from '../rules/identity-scopes.js';
import { codeChallengeMethods } from '../rules/pkce.js';
import { allResponseTypes } from '../rules/response-type.js';
import { knownScopes } from '../rules/scope.js';

export const metadata: Endpoint = {
  name: 'metadata',
  path: { wellKnown: ['oauth-authorization-server', 'openid-configuration'] },
  methods: ['GET'],
  audience: 'client',
  cors: true,

  async handle({ base }, server) {
    const known = written.get(server.settings);
    if (known?.base === base) return known.answer;
    const answer = json(describe(base, server), { headers: { 'Cache-Control': 'public, max-age=300' } });
    written.set(server.settings, { base, answer });
    return answer;
  },
};

/** Written once for each server: nothing in it changes but the base, and that only where the router is mounted at a parameter. */
const written = new WeakMap<Settings, { readonly base: string; readonly answer: HttpResponse }>();

/** Only what somebody can use: a grant or response type that no client is configured for is not announced. */
function describe(base: string, { settings, endpoints, grants, clientAuthMethods, responseTypes, responseModes, keys }: Server) {
  const clients = [...settings.clients.values()];
  const authMethods = clientAuthMethods.map(({ name }) => name);
  const isUsed = (grantType: string) => clients.some(({ grant_types }) => grant_types.includes(grantType));
  return {
    issuer: settings.issuer,
    ...Object.fromEntries(endpoints.flatMap(({ metadata, path }) => (metadata ? [[metadata, `${base}${path}`]] : []))),
    scopes_supported: knownScopes(settings),
    response_types_supported: allResponseTypes(responseTypes).filter(
      (type) => type === 'code' || clients.some(({ response_types }) => response_types.includes(type)),
    ),
    response_modes_supported: responseModes.map(({ name }) => name),
    grant_types_supported: [
      ...new Set([
        ...grants.filter(({ type, optIn }) => !optIn || isUsed(type)).map(({ type }) => type),
        ...responseTypes.flatMap(({ grantType }) => grantType ?? []).filter(isUsed),
      ]),
    ],
    token_endpoint_auth_methods_supported: authMethods,
    revocation_endpoint_auth_methods_supported: authMethods,
    introspection_endpoint_auth_methods_supported: authMethods.filter((name) => name !== 'none'),
    code_challenge_methods_supported: codeChallengeMethods,
    authorization_response_iss_parameter_supported: true,
    // OpenID Connect Discovery section 3
    subject_types_supported: settings.pairwiseSalt === undefined ? ['public'] : ['public', 'pairwise'],
    id_token_signing_alg_values_supported: keys.algorithms,
    id_token_encryption_alg_values_supported: encryptionAlgs,
    id_token_encryption_enc_values_supported: contentEncryptionAlgs,
    userinfo_signing_alg_values_supported: keys.algorithms,
    userinfo_encryption_alg_values_supported: encryptionAlgs,
    userinfo_encryption_enc_values_supported: contentEncryptionAlgs,
    // RFC 9701 section 7
    introspection_signing_alg_values_supported: keys.algorithms,
    introspection_encryption_alg_values_supported: encryptionAlgs,
    introspection_encryption_enc_values_supported: contentEncryptionAlgs,
    request_object_signing_alg_values_supported: requestObjectAlgs,
    claims_supported: [...new Set([...claimsKnown(settings.users), 'auth_time', 'acr', 'amr', 'azp', 'sid'])],
    claim_types_supported: ['normal'],
    claims_parameter_supported: true,
    request_parameter_supported: true,
    request_uri_parameter_supported: true,
    require_request_uri_registration: true,
    prompt_values_supported: prompts,
    display_values_supported: displays,
  };
}

/** Without a function that tells of users, there is only who they are. */
function claimsKnown({ claims, find }: Users): readonly string[] {
  return claims || find ? identityScopes.flatMap((row) => row.claims) : ['sub'];
}
