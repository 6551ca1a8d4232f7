/** What a client says of itself, its members held against each other and against what is known here. RFC 7591 section 2. */
import { createHash, createSecretKey } from 'node:crypto';
import type { ConfigurationProblem } from '../errors.js';
import type { Client } from '../model/client.js';
import type { ClientContext, KnownHere, KnownNames, KnownResponseType } from '../model/known.js';
import { authMethodsOf, checkAuthMethod, checkSecret, findAuthMethod, secretMembers } from './auth-methods.js';
import { type ClientMembers, clientShape } from './client-shape.js';
import { encryptionAlgs } from './jwks.js';
import { below, type Complete, isObject, type Report, readMembers } from './members.js';
import { readTaggedMembers } from './tagged-members.js';

/** RFC 7591 has authorization_code alone; with it, most clients would have to learn of refresh_token by failing. */
const defaultGrantTypes = ['authorization_code', 'refresh_token'];

/** The names that `readClient` understands. */
export const clientMembers: readonly string[] = Object.keys(clientShape);

/**
 * The client that this metadata describes, or every reason why there is none. Unknown members are passed over, as RFC 7591
 * section 2 demands. No client can say of itself that it is the host's own: `firstParty` is left for the host to set.
 */
export function readClient(
  metadata: unknown,
  context: ClientContext,
  path: string,
): { readonly client?: Client; readonly problems: readonly ConfigurationProblem[] } {
  if (!isObject(metadata)) {
    return { problems: [{ path, problem: 'It is not an object.', cure: 'Write { client_id, redirect_uris, … }.' }] };
  }
  const problems: ConfigurationProblem[] = [];
  const members = readMembers(metadata, clientShape, path, problems);
  const tagged = readTaggedMembers(metadata, path, problems);
  const report: Report = (name, problem, cure) => problems.push({ path: below(path, name), problem, cure });
  checkNames(members, context, report);
  checkRedirectUris(members, context.known, report);
  checkSecret(members, metadata, context.known, report);
  checkAuthMethod(members, metadata, context.known, report);
  checkKeys(members, report);
  checkUsable(members, metadata, context.known, report);
  if (problems.length > 0) return { problems };
  return { client: { ...tagged, ...asClient(members as Complete<typeof clientShape>, context.known) }, problems };
}

function checkNames(members: ClientMembers, { scopes, known }: ClientContext, report: Report): void {
  const method = members.token_endpoint_auth_method;
  checkKnown('grant_types', members.grant_types, known.grantTypes);
  checkResponseTypes(members, known, report);
  checkKnown('scope', members.scope, [...scopes]);
  checkKnown(
    'token_endpoint_auth_method',
    listed(method),
    known.authMethods.map(({ name }) => name),
  );
  checkKnown('subject_type', listed(members.subject_type), known.subjectTypes ?? []);
  checkKnown('id_token_signed_response_alg', listed(members.id_token_signed_response_alg), known.signingAlgs);
  checkKnown('userinfo_signed_response_alg', listed(members.userinfo_signed_response_alg), known.signingAlgs);
  checkKnown('introspection_signed_response_alg', listed(members.introspection_signed_response_alg), known.signingAlgs);

  function checkKnown(name: string, given: readonly string[] = [], allowed: readonly string[]): void {
    if (allowed.length === 0) return; // No API could be read: that is a problem of its own.
    const unknown = given.filter((word) => !allowed.includes(word));
    if (unknown.length > 0) report(name, `Unknown here: ${unknown.join(', ')}.`, `Known are: ${allowed.join(', ')}.`);
  }
}

function listed(value: string | undefined): string[] {
  return value === undefined ? [] : [value];
}

/** RFC 7591 section 2.1: which grants each of them needs. */
function checkResponseTypes({ response_types = [], grant_types }: ClientMembers, known: KnownNames, report: Report): void {
  const unknown = response_types.filter((type) => !findResponseType(type, known));
  if (unknown.length > 0) {
    report(
      'response_types',
      `Unknown here: ${unknown.join(', ')}.`,
      `Known are: ${known.responseTypes.map(({ name }) => name).join(', ')}.`,
    );
  }
  const needed = response_types.flatMap((type) => findResponseType(type, known)?.grantTypes ?? []);
  const missing = grant_types ? [...new Set(needed)].filter((type) => !grant_types.includes(type)) : [];
  if (missing.length > 0)
    report('grant_types', `The response_types need ${missing.join(' and ')} besides.`, 'Add to grant_types, or leave it out.');
}

/** The order of the words means nothing. OAuth 2.0 Multiple Response Types section 3. */
function findResponseType(type: string, { responseTypes }: KnownNames): KnownResponseType | undefined {
  const sorted = (name: string) => name.split(' ').sort().join(' ');
  return responseTypes.find(({ name }) => sorted(name) === sorted(type));
}

/** RFC 7591 section 2.1: what goes through the authorization endpoint comes back through a redirect URI. */
function checkRedirectUris({ redirect_uris, grant_types = defaultGrantTypes }: ClientMembers, known: KnownNames, report: Report): void {
  const needing = grant_types.find((type) => isForResponses(type, known));
  if (needing !== undefined && redirect_uris?.length === 0) {
    report('redirect_uris', `It names no URI, but the grant ${needing} needs one.`, 'Name all URIs, or set grant_types.');
  }
}

/** Whether the grant is one of the authorization endpoint. */
function isForResponses(grantType: string, { responseTypes }: KnownNames): boolean {
  return responseTypes.some(({ grantTypes }) => grantTypes.includes(grantType));
}

/** What would only fail when somebody uses it. */
function checkUsable(
  { grant_types = [], response_types = [], ...members }: ClientMembers,
  metadata: Record<string, unknown>,
  known: KnownNames,
  report: Report,
): void {
  const hasSecret = secretMembers.some((name) => metadata[name] !== undefined);
  const isPublicClient = authMethodsOf(members.token_endpoint_auth_method, hasSecret, known).includes('none');
  if (grant_types.includes('client_credentials') && isPublicClient) {
    report(
      'grant_types',
      'client_credentials is for confidential clients (RFC 6749 section 4.4).',
      'Give a client_secret, or take it out.',
    );
  }
  const needed = [...defaultGrantTypes, ...response_types.flatMap((type) => findResponseType(type, known)?.grantTypes ?? [])];
  const unused = grant_types.find((type) => isForResponses(type, known) && !needed.includes(type));
  if (unused !== undefined) {
    const fitting = known.responseTypes.filter(({ grantTypes }) => grantTypes.includes(unused)).map(({ name }) => name);
    report(
      'response_types',
      `None of them uses the grant ${unused}.`,
      `Add one of ${fitting.join(', ')}; or take ${unused} out of grant_types.`,
    );
  }
  const hosts = new Set(members.redirect_uris?.map((uri) => new URL(uri).hostname));
  if (members.subject_type === 'pairwise' && members.sector_identifier_uri === undefined && (hosts.size > 1 || hosts.has(''))) {
    report(
      'sector_identifier_uri',
      'It is missing, and not all redirect_uris have one host.',
      'Give it (OpenID Connect Core section 8.1).',
    );
  }
}

/** OpenID Connect Registration section 2. */
function checkKeys(members: ClientMembers, report: Report): void {
  const { jwks, jwks_uri } = members;
  if (jwks?.keys.some((jwk) => isObject(jwk) && ('d' in jwk || 'k' in jwk))) {
    report('jwks', 'It has a private key, which nobody but the client may have.', 'Give the public ones alone, and make that one anew.');
  }
  if (jwks && jwks_uri !== undefined) report('jwks_uri', 'There is jwks as well.', 'Keep one of the two.');
  for (const kind of ['id_token', 'userinfo', 'introspection'] as const) {
    const [alg, enc] = [`${kind}_encrypted_response_alg`, `${kind}_encrypted_response_enc`] as const;
    if (members[enc] !== undefined && members[alg] === undefined) {
      report(alg, `It is missing, but there is ${enc}.`, `Name it, as ${encryptionAlgs[0]}, or leave out both.`);
    }
    if (members[alg] !== undefined && !jwks && jwks_uri === undefined) {
      report('jwks', `It is missing, but ${alg} needs a key of the client's.`, 'Give jwks or jwks_uri.');
    }
  }
}

function asClient(members: Complete<typeof clientShape>, known: KnownHere): Client {
  const { client_secret, client_secret_hash, token_endpoint_auth_method: method, scope, ...rest } = members;
  const asked = rest.response_types?.flatMap((type) => findResponseType(type, known) ?? []);
  const grant_types = rest.grant_types ?? [...new Set([...defaultGrantTypes, ...(asked ?? []).flatMap((type) => type.grantTypes)])];
  const secretHashes = [...(client_secret === undefined ? [] : [sha256(client_secret)]), ...(client_secret_hash ?? [])];
  const keepsSecret = client_secret !== undefined && findAuthMethod(method, known)?.needs === 'secret itself';
  return {
    ...rest,
    client_name: rest.client_name ?? rest.client_id,
    application_type: rest.application_type ?? typeOf(rest.redirect_uris),
    // RFC 7591 has code in any case; but a machine has no business at the authorization endpoint.
    response_types: asked?.map(({ name }) => name) ?? (grant_types.includes('authorization_code') ? ['code'] : []),
    grant_types,
    id_token_signed_response_alg: rest.id_token_signed_response_alg ?? defaultAlgorithm(known),
    introspection_signed_response_alg: rest.introspection_signed_response_alg ?? defaultAlgorithm(known),
    authMethods: authMethodsOf(method, secretHashes.length > 0, known),
    ...(scope && scope.length > 0 && { scope }),
    ...(secretHashes.length > 0 && { secretHashes }),
    ...(keepsSecret && { secretKey: createSecretKey(client_secret, 'utf8') }),
    firstParty: false,
    pkce: true,
    source: 'host',
  };
}

/** Many apps on the device say that they are for the web, which is what they would be if they said nothing: their redirect URIs know better. */
function typeOf(redirect_uris: readonly string[]): Client['application_type'] {
  return redirect_uris.length > 0 && redirect_uris.every((uri) => !uri.startsWith('https:')) ? 'native' : 'web';
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** OpenID Connect Registration section 2 has RS256; a host that gave keys of another kind has meant those. */
function defaultAlgorithm({ signingAlgs }: KnownHere): string {
  return signingAlgs.includes('RS256') ? 'RS256' : (signingAlgs[0] as string);
}
