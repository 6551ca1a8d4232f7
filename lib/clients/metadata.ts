/** What a client says of itself. RFC 7591 section 2; the redirect URIs by RFC 6749 section 3.1.2 and RFC 8252 section 7. */
import { createHash } from 'node:crypto';
import type { JWK } from 'jose';
import { z } from 'zod';
import type { ConfigurationProblem } from '../errors.js';
import { isAppScheme, isHttpsOrLoopback } from '../http/url.js';
import { signingAlgorithms } from '../keys/algorithms.js';
import type { Client } from '../model/client.js';
import { encryptionAlgs } from './jwks.js';
import { below, type Complete, isObject, last, type Members, mustBe, readMembers, says } from './members.js';

/** The names in this server's tables. */
export interface KnownNames {
  readonly grantTypes: readonly string[];
  /** Each with the grants that a client needs for it. RFC 7591 section 2.1. */
  readonly responseTypes: readonly KnownResponseType[];
  readonly authMethods: readonly string[];
}

/** What the options themselves make known. */
export interface KnownHere extends KnownNames {
  /** What this server has keys for, or makes them for. */
  readonly signingAlgs: readonly string[];
}

export interface KnownResponseType {
  readonly name: string;
  readonly grantTypes: readonly string[];
}

export interface ClientContext {
  /** Those of all APIs. */
  readonly scopes: ReadonlySet<string>;
  readonly known: KnownHere;
}

/** RFC 7591 has authorization_code alone; with it, most clients would have to learn of refresh_token by failing. */
const defaultGrantTypes = ['authorization_code', 'refresh_token'];

const visible = /^[\x20-\x7e]*$/; // VSCHAR, RFC 6749 appendix A
const uriCharacters = /^[\w\-.~:/?#[\]@!$&'()*+,;=%]+$/; // RFC 3986 section 2

const redirectSchemes =
  'Use https; http on 127.0.0.1, [::1] or localhost; or, for an app, a domain in reverse (com.example.app:/callback).';

const redirectUri = z
  .string(mustBe('a string', 'Write an absolute URI.'))
  .refine(
    (uri) => uriCharacters.test(uri),
    last('It has characters that a URI must not have.', 'Percent-encode them (RFC 3986 section 2.1).'),
  )
  .refine(URL.canParse, last('It is not an absolute URI.', 'Write it in full, as https://client.example.com/callback.'))
  .refine((uri) => !uri.includes('#'), says('It has a fragment.', 'Leave out all from # on (RFC 6749 section 3.1.2).'))
  .refine((uri) => !/^[^/?#]*\/\/[^/?#]*@/.test(uri), last('It has a user name or password.', 'Leave out all up to the @.'))
  .refine(isRedirectScheme, says('A code sent there could fall into wrong hands.', redirectSchemes));

function isRedirectScheme(uri: string): boolean {
  return isHttpsOrLoopback(uri) || isAppScheme(uri);
}

const link = z
  .string(mustBe('a string', 'Write a URL.'))
  .refine(isHttpsOrLoopback, says('It is not an https URL.', 'Write one, as https://client.example.com/about; http will do on localhost.'))
  .optional();

function oneOf<const Name extends string>(known: readonly Name[]) {
  return z.custom<Name>((value) => known.some((name) => name === value), says('It is not known here.', `Known are: ${known.join(', ')}.`));
}

const signingAlgs = signingAlgorithms.map(({ alg }) => alg);

/** RFC 7518 section 5.1. */
export const contentEncryptionAlgs: readonly string[] = ['A128CBC-HS256', 'A256CBC-HS512', 'A128GCM', 'A256GCM'];

const names = z
  .array(z.string(mustBe('a string', 'Write a string.')), mustBe('a list', 'Put it into brackets: [ … ].'))
  .transform((list) => [...new Set(list)]);

const shape = {
  client_id: z
    .string(mustBe('a string', 'Give each client an identifier of its own.'))
    .refine((id) => id.length > 0 && id.length <= 255, says('It has not 1 to 255 characters.', 'Choose another identifier.'))
    .refine(
      (id) => visible.test(id),
      says('It has characters beyond printable ASCII.', 'Choose another identifier (RFC 6749 appendix A.1).'),
    )
    .refine(
      (id) => !/^https:\/\//i.test(id),
      says('It begins with https://, which only the URL of a client metadata document does.', 'Choose a plain name.'),
    ),
  client_secret: z
    .string(mustBe('a string', 'Write a string, or leave it out for a public client.'))
    .refine((secret) => secret.length >= 16, says('It has fewer than 16 characters.', '`openssl rand -base64 32` makes a good one.'))
    .refine(
      (secret) => visible.test(secret),
      says('It has characters beyond printable ASCII.', '`openssl rand -base64 32` makes a good one.'),
    )
    .optional(),
  client_name: z
    .string(mustBe('a string', 'Write the name that users know.'))
    .refine((name) => name.trim() !== '', says('It is empty.', 'Write the name that users know.'))
    .refine((name) => !/[\x00-\x1f\x7f]/.test(name), says('It has control characters.', 'Write it on one line.'))
    .optional(),
  client_uri: link,
  logo_uri: link,
  policy_uri: link,
  tos_uri: link,
  initiate_login_uri: link,
  redirect_uris: z.array(redirectUri, mustBe('a list', 'Put it into brackets: [ … ].')).default([]),
  grant_types: names.optional(),
  response_types: names.optional(),
  scope: z
    .string(mustBe('a string', "Write the scopes in one string, with spaces between: 'read:contacts write:contacts'."))
    .transform((scope) => [...new Set(scope.split(' '))].filter((word) => word !== ''))
    .optional(),
  token_endpoint_auth_method: z.string(mustBe('a string', 'Leave it out, or name one method.')).optional(),

  // OpenID Connect Dynamic Client Registration section 2.
  jwks: z
    .custom<{ keys: JWK[] }>(
      (value) => isObject(value) && Array.isArray(value.keys),
      says('It is not a JWK Set.', 'Write { keys: [ … ] }.'),
    )
    .optional(),
  jwks_uri: link,
  subject_type: oneOf(['public', 'pairwise']).default('public'),
  sector_identifier_uri: link,
  id_token_signed_response_alg: z.string(mustBe('a string', 'Leave it out, or name an algorithm.')).optional(),
  id_token_encrypted_response_alg: oneOf(encryptionAlgs).optional(),
  id_token_encrypted_response_enc: oneOf(contentEncryptionAlgs).optional(),
  userinfo_signed_response_alg: z.string(mustBe('a string', 'Leave it out, or name an algorithm.')).optional(),
  userinfo_encrypted_response_alg: oneOf(encryptionAlgs).optional(),
  userinfo_encrypted_response_enc: oneOf(contentEncryptionAlgs).optional(),
  request_object_signing_alg: oneOf([...signingAlgs, 'none']).optional(),
  request_uris: z.array(link.unwrap(), mustBe('a list', 'Put it into brackets: [ … ].')).optional(),
  default_max_age: z
    .custom<number>(
      (value) => Number.isInteger(value) && Number(value) >= 0,
      says('It is not a number of seconds.', 'Write 3600, for example.'),
    )
    .optional(),
  require_auth_time: z.boolean(mustBe('true or false', 'Leave it out, or write true.')).default(false),
  default_acr_values: names.optional(),
};

/** The names that `readClient` understands. */
export const clientMembers: readonly string[] = Object.keys(shape);

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
  const members = readMembers(metadata, shape, path, problems);
  const report: Report = (name, problem, cure) => problems.push({ path: below(path, name), problem, cure });
  checkNames(members, context, report);
  checkRedirectUris(members, context.known, report);
  checkSecret(members, metadata, report);
  checkKeys(members, report);
  checkUsable(members, metadata, context.known, report);
  return problems.length > 0 ? { problems } : { client: asClient(members as Complete<typeof shape>, context.known), problems };
}

type Report = (name: string, problem: string, cure: string) => void;
type ClientMembers = Members<typeof shape>;

function checkNames(members: ClientMembers, { scopes, known }: ClientContext, report: Report): void {
  const method = members.token_endpoint_auth_method;
  checkKnown('grant_types', members.grant_types, known.grantTypes);
  checkResponseTypes(members, known, report);
  checkKnown('scope', members.scope, [...scopes]);
  checkKnown('token_endpoint_auth_method', listed(method), known.authMethods);
  checkKnown('id_token_signed_response_alg', listed(members.id_token_signed_response_alg), known.signingAlgs);
  checkKnown('userinfo_signed_response_alg', listed(members.userinfo_signed_response_alg), known.signingAlgs);

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

/** RFC 6749 section 2.3.1. A secret that was meant to be there must not make a public client by its absence. */
function checkSecret({ token_endpoint_auth_method: method }: ClientMembers, metadata: Record<string, unknown>, report: Report): void {
  const given = metadata.client_secret !== undefined;
  if (given && method === 'none') {
    report('client_secret', 'The client has one, but its token_endpoint_auth_method is none.', 'Leave out one of the two.');
  }
  if (given || method === 'none') return;
  if ('client_secret' in metadata) {
    const cure = 'Set it, or leave client_secret out for a public client.';
    report('client_secret', 'It is undefined: is an environment variable not set?', cure);
  } else if (method !== undefined && needsSecret(method)) {
    report('client_secret', `It is missing, but ${method} needs one.`, '`openssl rand -base64 32` makes a good one.');
  }
}

/** What would only fail when somebody uses it. */
function checkUsable(
  { grant_types = [], response_types = [], ...members }: ClientMembers,
  metadata: Record<string, unknown>,
  known: KnownNames,
  report: Report,
): void {
  const isPublicClient = members.token_endpoint_auth_method === 'none' || metadata.client_secret === undefined;
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
  if (jwks && jwks_uri !== undefined) report('jwks_uri', 'There is jwks as well.', 'Keep one of the two.');
  for (const kind of ['id_token', 'userinfo'] as const) {
    const [alg, enc] = [`${kind}_encrypted_response_alg`, `${kind}_encrypted_response_enc`] as const;
    if (members[enc] !== undefined && members[alg] === undefined) {
      report(alg, `It is missing, but there is ${enc}.`, `Name it, as ${encryptionAlgs[0]}, or leave out both.`);
    }
    if (members[alg] !== undefined && !jwks && jwks_uri === undefined) {
      report('jwks', `It is missing, but ${alg} needs a key of the client's.`, 'Give jwks or jwks_uri.');
    }
  }
}

function needsSecret(method: string): boolean {
  return method.startsWith('client_secret_');
}

function asClient(members: Complete<typeof shape>, known: KnownHere): Client {
  const { client_secret, token_endpoint_auth_method: method, scope, ...rest } = members;
  const asked = rest.response_types?.flatMap((type) => findResponseType(type, known) ?? []);
  const grant_types = rest.grant_types ?? [...new Set([...defaultGrantTypes, ...(asked ?? []).flatMap((type) => type.grantTypes)])];
  const fitting = known.authMethods.filter((name) => (client_secret === undefined ? name === 'none' : needsSecret(name)));
  return {
    ...rest,
    client_name: rest.client_name ?? rest.client_id,
    // RFC 7591 has code in any case; but a machine has no business at the authorization endpoint.
    response_types: asked?.map(({ name }) => name) ?? (grant_types.includes('authorization_code') ? ['code'] : []),
    grant_types,
    id_token_signed_response_alg: rest.id_token_signed_response_alg ?? defaultAlgorithm(known),
    // Where the client did not choose, either way to show a secret will do: RFC 7591 has client_secret_basic, but many libraries post.
    authMethods: method === undefined ? fitting : [method],
    ...(scope && scope.length > 0 && { scope }),
    ...(client_secret !== undefined && { secretHash: createHash('sha256').update(client_secret).digest('base64url') }),
    firstParty: false,
    pkce: true,
  };
}

/** OpenID Connect Registration section 2 has RS256; a host that gave keys of another kind has meant those. */
function defaultAlgorithm({ signingAlgs }: KnownHere): string {
  return signingAlgs.includes('RS256') ? 'RS256' : (signingAlgs[0] as string);
}
