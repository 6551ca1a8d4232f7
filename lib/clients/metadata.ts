/** What a client says of itself. RFC 7591 section 2; the redirect URIs by RFC 6749 section 3.1.2 and RFC 8252 section 7. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ConfigurationProblem } from '../errors.js';
import { isAppScheme, isHttpsOrLoopback } from '../http/url.js';
import type { Client } from '../model/client.js';
import { below, type Complete, isObject, last, type Members, mustBe, readMembers, says } from './members.js';

/** The names in this server's tables. */
export interface KnownNames {
  readonly grantTypes: readonly string[];
  /** Words of `response_type`. */
  readonly responseTypes: readonly string[];
  readonly authMethods: readonly string[];
}

export interface ClientContext {
  /** Those of all APIs. */
  readonly scopes: ReadonlySet<string>;
  readonly known: KnownNames;
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
  grant_types: names.default(defaultGrantTypes),
  response_types: names.optional(),
  scope: z
    .string(mustBe('a string', "Write the scopes in one string, with spaces between: 'read:contacts write:contacts'."))
    .transform((scope) => [...new Set(scope.split(' '))].filter((word) => word !== ''))
    .optional(),
  token_endpoint_auth_method: z.string(mustBe('a string', 'Leave it out, or name one method.')).optional(),
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
  checkRedirectUris(members, report);
  checkSecret(members, metadata, report);
  return problems.length > 0 ? { problems } : { client: asClient(members as Complete<typeof shape>, context.known), problems };
}

type Report = (name: string, problem: string, cure: string) => void;
type ClientMembers = Members<typeof shape>;

function checkNames(members: ClientMembers, { scopes, known }: ClientContext, report: Report): void {
  const words = members.response_types?.flatMap((type) => type.split(' '));
  const method = members.token_endpoint_auth_method;
  checkKnown('grant_types', members.grant_types, known.grantTypes);
  checkKnown('response_types', words, known.responseTypes);
  checkKnown('scope', members.scope, [...scopes]);
  checkKnown('token_endpoint_auth_method', method === undefined ? [] : [method], known.authMethods);

  function checkKnown(name: string, given: readonly string[] = [], allowed: readonly string[]): void {
    if (allowed.length === 0) return; // No API could be read: that is a problem of its own.
    const unknown = given.filter((word) => !allowed.includes(word));
    if (unknown.length > 0) report(name, `Unknown here: ${unknown.join(', ')}.`, `Known are: ${allowed.join(', ')}.`);
  }
}

/** RFC 7591 section 2.1: what goes through the authorization endpoint comes back through a redirect URI. */
function checkRedirectUris({ redirect_uris, grant_types }: ClientMembers, report: Report): void {
  if (grant_types?.includes('authorization_code') && redirect_uris?.length === 0) {
    report('redirect_uris', 'It names no URI, but the grant authorization_code needs one.', 'Name all URIs, or set grant_types.');
  }
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

function needsSecret(method: string): boolean {
  return method.startsWith('client_secret_');
}

function asClient(members: Complete<typeof shape>, known: KnownNames): Client {
  const { client_secret, token_endpoint_auth_method: method, scope, ...rest } = members;
  const fitting = known.authMethods.filter((name) => (client_secret === undefined ? name === 'none' : needsSecret(name)));
  return {
    ...rest,
    client_name: rest.client_name ?? rest.client_id,
    // RFC 7591 has code in any case; but a machine has no business at the authorization endpoint.
    response_types: rest.response_types ?? (rest.grant_types.includes('authorization_code') ? ['code'] : []),
    // Where the client did not choose, either way to show a secret will do: RFC 7591 has client_secret_basic, but many libraries post.
    authMethods: method === undefined ? fitting : [method],
    ...(scope && scope.length > 0 && { scope }),
    ...(client_secret !== undefined && { secretHash: createHash('sha256').update(client_secret).digest('base64url') }),
    firstParty: false,
  };
}
