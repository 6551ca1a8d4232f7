/** The members of a client's metadata, one by one. RFC 7591 section 2, OpenID Connect Registration section 2; redirect URIs by RFC 8252 section 7. */
import type { JWK } from 'jose';
import { z } from 'zod';
import { isAppScheme, isHttpsOrLoopback } from '../http/url.js';
import { macAlgorithms, signingAlgorithms } from '../keys/algorithms.js';
import { certificateSubjects } from '../keys/certificate-subject.js';
import { encryptionAlgs } from './jwks.js';
import { isObject, last, type Members, mustBe, says } from './members.js';

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

/** Schemes without a period that belong to apps which people have: RFC 8252 section 7.1 came too late for them. */
const schemesOfApps: readonly string[] = ['cursor', 'vscode', 'vscode-insiders', 'windsurf'];

function isRedirectScheme(uri: string): boolean {
  return isHttpsOrLoopback(uri) || isAppScheme(uri) || schemesOfApps.some((scheme) => uri.startsWith(`${scheme}://`));
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

const hashForm = /^sha256:[\w-]{43}$/;
const secretHashes = z
  .custom<string | readonly string[]>(
    (value) => [value].flat().length > 0 && [value].flat().every((hash) => typeof hash === 'string' && hashForm.test(hash)),
    says('It is not sha256: and 43 characters of base64url.', 'Make it anew; the README says how.'),
  )
  .transform((value) => [value].flat().map((hash) => hash.slice('sha256:'.length)));

/** The members of RFC 8705 section 2.1.2; which of them there may be depends on the others. */
type CertificateSubjects = Record<(typeof certificateSubjects)[number]['member'], z.ZodOptional<z.ZodString>>;
const certificateSubjectShape = Object.fromEntries(
  certificateSubjects.map(({ member, isName, cure }) => [
    member,
    z.string(mustBe('a string', cure)).refine(isName, says('It cannot be read.', cure)).optional(),
  ]),
) as CertificateSubjects;

/** Whether it could be the identifier of a client that the host or the store knows: not that of a document, and nothing that none could have. */
export function isClientId(text: string): boolean {
  return clientShape.client_id.safeParse(text).success;
}

export const clientShape = {
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
  application_type: oneOf(['web', 'native']).optional(),
  /** For the host and for the store, and not of RFC 7591: a client that registers cannot bring a secret of its own. */
  client_secret_hash: secretHashes.optional(),
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
  token_endpoint_auth_signing_alg: oneOf([...signingAlgs, ...macAlgorithms.map(({ alg }) => alg)]).optional(),
  ...certificateSubjectShape,

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
  introspection_signed_response_alg: z.string(mustBe('a string', 'Leave it out, or name an algorithm.')).optional(),
  introspection_encrypted_response_alg: oneOf(encryptionAlgs).optional(),
  introspection_encrypted_response_enc: oneOf(contentEncryptionAlgs).optional(),
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

export type ClientMembers = Members<typeof clientShape>;
