/** What this server can do, told to clients; computed from the tables. RFC 8414. */
import { requestObjectAlgs } from '../authorization/request-object.js';
import { contentEncryptionAlgs } from '../clients/client-shape.js';
import { encryptionAlgs } from '../clients/jwks.js';
import type { ClientAuthMethod, Endpoint, HttpResponse, Server, Settings } from '../contracts.js';
import { document } from '../http/message.js';
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
    const answer = document(describe(base, server), 300);
    written.set(server.settings, { base, answer });
    return answer;
  },
};

/** Written once for each server: nothing in it changes but the base, and that only where the router is mounted at a parameter. */
const written = new WeakMap<Settings, { readonly base: string; readonly answer: HttpResponse }>();

/**
 * Only what somebody can use: a grant or response type that no client is configured for is not announced; unless clients may turn up that
 * the host knows and we do not, for which all is announced but what RFC 9700 advises against.
 */
function describe(base: string, { settings, endpoints, grants, clientAuthMethods, responseTypes, responseModes, keys }: Server) {
  const clients = [...settings.clients.values()];
  const authMethods = clientAuthMethods.filter(({ isAnnounced }) => isAnnounced?.(settings) ?? true);
  const clientEndpoints = endpoints.filter(({ metadata, clientAuth }) => metadata !== undefined && clientAuth !== undefined);
  const isUsed = (grantType: string) => clients.some(({ grant_types }) => grant_types.includes(grantType));
  const isAdvised = (grantType: string) => !responseTypes.some((row) => row.grantType === grantType && row.warning !== undefined);
  const isExpected = expectsOthers(settings);
  const profiles = grants.flatMap((grant) => grant.profiles?.(settings) ?? []);
  return {
    issuer: settings.issuer,
    ...Object.fromEntries(
      endpoints
        .filter(({ enabled }) => enabled?.(settings) ?? true)
        .flatMap(({ metadata, path }) => (metadata ? [[metadata, `${base}${path}`]] : [])),
    ),
    scopes_supported: knownScopes(settings),
    response_types_supported: allResponseTypes(responseTypes).filter(
      (type) => type === 'code' || clients.some(({ response_types }) => response_types.includes(type)),
    ),
    response_modes_supported: responseModes.map(({ name }) => name),
    grant_types_supported: [
      ...new Set([
        ...grants
          .filter(({ type, optIn, enabled, warning }) => enabled || !optIn || isUsed(type) || (isExpected && !warning))
          .map(({ type }) => type),
        ...responseTypes.flatMap(({ grantType }) => grantType ?? []).filter((type) => isUsed(type) || (isExpected && isAdvised(type))),
      ]),
    ],
    // draft-ietf-oauth-identity-assertion-authz-grant section 7
    ...(profiles.length > 0 && { authorization_grant_profiles_supported: profiles }),
    ...Object.assign({}, ...clientEndpoints.map((endpoint) => describeClientAuth(endpoint, authMethods))),
    ...(settings.mtls?.origin !== undefined && {
      mtls_endpoint_aliases: aliases(clientEndpoints, `${settings.mtls.origin}${new URL(base).pathname}`),
    }),
    code_challenge_methods_supported: codeChallengeMethods,
    authorization_response_iss_parameter_supported: true,
    ...(settings.metadataDocuments && { client_id_metadata_document_supported: true }),
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
    ui_locales_supported: settings.languages.map(({ tag }) => tag),
  };
}

/** Whether clients may turn up that are not known from the start, and that the host vouches for. */
function expectsOthers({ findClient, registration }: Settings): boolean {
  if (findClient) return true;
  return registration !== undefined && (registration.initialAccessToken !== undefined || registration.softwareStatements.size > 0);
}

/** RFC 8414 section 2, as it has these members for the token, revocation and introspection endpoints. */
function describeClientAuth(
  { metadata, clientAuth }: Endpoint,
  methods: readonly ClientAuthMethod[],
): Readonly<Record<string, readonly string[]>> {
  const usable = methods.filter(({ needs }) => clientAuth === 'any' || needs !== 'nothing');
  return {
    [`${metadata}_auth_methods_supported`]: usable.map(({ name }) => name),
    [`${metadata}_auth_signing_alg_values_supported`]: [...new Set(usable.flatMap(({ signingAlgs = [] }) => signingAlgs))],
  };
}

/** RFC 8705 section 5: where a client with a certificate does what others do at the usual place. */
function aliases(clientEndpoints: readonly Endpoint[], base: string): Readonly<Record<string, string>> {
  return Object.fromEntries(clientEndpoints.map(({ metadata, path }) => [metadata, `${base}${path}`]));
}

/** Without a function that tells of users, there is only who they are. */
function claimsKnown({ claims, find }: Users): readonly string[] {
  return claims || find ? identityScopes.flatMap((row) => row.claims) : ['sub'];
}
