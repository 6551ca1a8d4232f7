/** What a client asks to be registered with, made into what it is registered with. RFC 7591 sections 2 and 3. */
import { errors, type JWTPayload } from 'jose';
import type { ClientMetadata, Registration, Server } from '../contracts.js';
import { type ErrorCode, OAuthError } from '../errors.js';
import { readJwkSet, UnusableJwkSet } from '../keys/jwk-set.js';
import type { Client } from '../model/client.js';
import { readHeader, verifyByClient } from './jwks.js';
import { isObject } from './members.js';
import { readClient } from './metadata.js';

type Parts = Pick<Server, 'settings' | 'fetch' | 'clock' | 'grants'>;

/** What a client may register for, and the name and secret that it is given. */
export interface Given {
  readonly client_id: string;
  readonly client_secret: string;
  /** Whether somebody whom the host trusts has let it register. */
  readonly vouched: boolean;
}

const longestName = 100; // characters
const mostRedirectUris = 50;

/**
 * Section 2: the server may leave out or replace what it does not support, and tells the client what became of it. So a grant, a response
 * type or a scope that is not known here is left out, and one bad redirect URI among good ones; what is left must be right.
 *
 * @throws OAuthError `invalid_redirect_uri` or `invalid_client_metadata`, naming the member
 */
export function readRegistration(asked: ClientMetadata, given: Given, { settings, grants }: Pick<Parts, 'settings' | 'grants'>): Client {
  const { clientContext: context } = settings;
  const { token_endpoint_auth_method: method = 'client_secret_basic', jwks } = asked;
  checkNames(asked);
  if (Array.isArray(asked.redirect_uris) && asked.redirect_uris.length > mostRedirectUris) {
    throw refuse('invalid_redirect_uri', `redirect_uris: They are more than ${mostRedirectUris}.`);
  }
  checkPublic(jwks);
  const allowed = grants
    .filter(({ type, optIn, warning }) => !warning && (!optIn || given.vouched) && context.known.grantTypes.includes(type))
    .map(({ type }) => type);
  const metadata = {
    ...asked,
    ...given,
    client_secret_hash: undefined, // nobody brings a secret of their own
    token_endpoint_auth_method: method,
    ...only('grant_types', asked.grant_types, allowed),
    ...only('response_types', asked.response_types, ['code']),
    ...onlyScopes(asked.scope, context.scopes),
    ...onlyGood(asked, given, context),
  };
  const { client_secret, ...rest } = metadata;
  const withSecret = String(method).startsWith('client_secret_');
  const { client, problems } = readClient(withSecret ? { ...rest, client_secret } : rest, context, '');
  const [first] = problems;
  if (client) return { ...client, source: 'registered' };
  const code = first?.path.startsWith('redirect_uris') ? 'invalid_redirect_uri' : 'invalid_client_metadata';
  throw refuse(code, problems.map(({ path, problem, cure }) => `${path}: ${problem} ${cure}`).join(' '));
}

/** Also those that it has in single languages. */
function checkNames(asked: ClientMetadata): void {
  for (const [member, name] of Object.entries(asked)) {
    if (!/^client_name(#|$)/.test(member) || typeof name !== 'string') continue;
    if (name.length > longestName) throw refuse('invalid_client_metadata', `${member}: It has more than ${longestName} characters.`);
    // What is not seen could make the name, or the sentence that it stands in, into another.
    if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name))
      throw refuse('invalid_client_metadata', `${member}: It has characters that cannot be seen.`);
  }
}

/** What is registered, or published in a document, others may read. What else is wrong with a JWK Set is found below. */
function checkPublic(jwks: unknown): void {
  try {
    if (isObject(jwks) && Array.isArray(jwks.keys)) readJwkSet(jwks);
  } catch (error) {
    if (error instanceof UnusableJwkSet) throw refuse('invalid_client_metadata', `jwks: It ${error.message}`);
    throw error;
  }
}

function only(name: string, asked: unknown, known: readonly string[]): ClientMetadata {
  if (!Array.isArray(asked)) return {};
  const kept = asked.filter((value) => known.includes(value));
  return { [name]: kept.length > 0 ? kept : undefined };
}

function onlyScopes(asked: unknown, known: ReadonlySet<string>): ClientMetadata {
  if (typeof asked !== 'string') return {};
  const kept = asked.split(' ').filter((word) => known.has(word));
  return { scope: kept.length > 0 ? kept.join(' ') : undefined };
}

/** Those redirect URIs that may stand; all, if none may, so that the client is told why. */
function onlyGood({ redirect_uris }: ClientMetadata, given: Given, context: Server['settings']['clientContext']): ClientMetadata {
  if (!Array.isArray(redirect_uris)) return {};
  const good = redirect_uris.filter((uri) => {
    const probe = { client_id: given.client_id, redirect_uris: [uri], token_endpoint_auth_method: 'none' };
    return readClient(probe, context, '').problems.length === 0;
  });
  return { redirect_uris: good.length > 0 ? good : redirect_uris };
}

/**
 * What the client says, with what somebody vouches for in its place. Section 2.3.
 *
 * @throws OAuthError `invalid_software_statement`, `unapproved_software_statement`
 */
export async function withSoftwareStatement(asked: ClientMetadata, registration: Registration, parts: Parts): Promise<ClientMetadata> {
  const { software_statement: statement, ...rest } = asked;
  if (statement === undefined) {
    if (!registration.requireSoftwareStatement) return rest;
    throw refuse('invalid_software_statement', 'The member software_statement is missing; here it is required.');
  }
  if (typeof statement !== 'string') throw refuse('invalid_software_statement', 'The software_statement is not a JWT.');
  const claims = await verifyStatement(statement, registration, parts);
  const vouchedFor = Object.entries(claims).filter(([name]) => !ofTheJwt.includes(name));
  return { ...rest, ...Object.fromEntries(vouchedFor), software_statement: statement };
}

/** RFC 7519 section 4.1. */
const ofTheJwt = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti'];

async function verifyStatement(statement: string, { softwareStatements }: Registration, parts: Parts): Promise<JWTPayload> {
  try {
    readHeader(statement);
    const [, payload = ''] = statement.split('.');
    const { iss } = asObject(JSON.parse(Buffer.from(payload, 'base64url').toString()));
    const keys = softwareStatements.get(String(iss));
    if (!keys) throw refuse('unapproved_software_statement', 'The software_statement is of nobody who may vouch for software here.');
    return (await verifyByClient(statement, keys, parts, { issuer: String(iss) })).payload;
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof SyntaxError) {
      throw refuse('invalid_software_statement', 'The software_statement is not valid.');
    }
    if (error instanceof OAuthError && error.code === 'invalid_client') throw refuse('invalid_software_statement', error.message);
    throw error;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

/** The client as it travels: what became of what it asked for. Section 3.2.1. */
export function asMetadata(client: Client): ClientMetadata {
  const { authMethods, scope, ...members } = client;
  const told = Object.entries(members).filter(([name]) => !ofTheHost.includes(name));
  return { ...Object.fromEntries(told), token_endpoint_auth_method: authMethods[0], ...(scope && { scope: scope.join(' ') }) };
}

/** What is not the client's to say or to know. */
const ofTheHost: readonly string[] = [
  'secretHashes',
  'secretKey',
  'source',
  'firstParty',
  'pkce',
  'introspects',
] satisfies (keyof Client)[];

/** As short as it can be said, for an identifier that is made of it: what nobody needs to say, and what the identifier itself says, is left out. */
export function inShort(client: Client, { settings }: Pick<Parts, 'settings'>): ClientMetadata {
  const { redirect_uris, client_id } = client;
  const { client: plain } = readClient({ client_id, redirect_uris }, settings.clientContext, '');
  const usual: ClientMetadata = plain ? asMetadata(plain) : {};
  const said = Object.entries(asMetadata(client)).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(usual[name]));
  return { ...Object.fromEntries(said), redirect_uris };
}

function refuse(code: ErrorCode, message: string): OAuthError {
  return new OAuthError(code, message);
}
