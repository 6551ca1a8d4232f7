/** Authorization requests as JWTs, by value or by reference. OpenID Connect Core section 6, and RFC 9101 where it says the same. */
import { errors, type JWTPayload, UnsecuredJWT } from 'jose';
import { readHeader, verifyByClient } from '../clients/jwks.js';
import type { Server } from '../contracts.js';
import { type ErrorCode, OAuthError } from '../errors.js';
import { Parameters } from '../http/parameters.js';
import { signingAlgorithms } from '../keys/algorithms.js';
import type { Client } from '../model/client.js';
import { FetchRefused } from '../platform/fetch.js';
import { isJwtType } from '../rules/jwt-type.js';

type RequestObjectClient = Pick<Client, 'client_id' | 'jwks' | 'jwks_uri' | 'request_uris' | 'request_object_signing_alg'>;
type Parts = Pick<Server, 'fetch' | 'clock'> & { readonly settings: Pick<Server['settings'], 'issuer'> };

/** The metadata `request_object_signing_alg_values_supported`. OpenID Connect Discovery section 3. */
export const requestObjectAlgs: readonly string[] = ['none', ...signingAlgorithms.map(({ alg }) => alg)];

const maxBytes = 65_536;
const maxUriLength = 512; // characters, OpenID Connect Core section 6.2
const clockTolerance = 10; // seconds

/**
 * The parameters, with those of the request object over them; the same, if there is none. What the object says is no more trusted than
 * a query: its redirect_uri, scope and all the rest must still pass every rule.
 *
 * @throws OAuthError `invalid_request`, `invalid_request_object` or `invalid_request_uri`
 */
export async function readRequestObject(parameters: Parameters, client: RequestObjectClient, server: Parts): Promise<Parameters> {
  const jwt = await findRequestObject(parameters, client, server);
  if (jwt === undefined) return parameters;
  const claims = await openRequestObject(jwt, client, server);
  checkOrigin(claims, client, server.settings.issuer);
  checkRepeated(claims, client, parameters);
  return new MergedParameters(claims, parameters);
}

/** Section 6: one way or the other. */
async function findRequestObject(parameters: Parameters, client: RequestObjectClient, server: Parts): Promise<string | undefined> {
  const request = parameters.get('request');
  const request_uri = parameters.get('request_uri');
  if (request !== undefined && request_uri !== undefined) {
    throw new OAuthError('invalid_request', 'The parameters request and request_uri exclude each other.');
  }
  return request_uri === undefined ? request : fetchRequestObject(request_uri, client, server);
}

/**
 * Section 6.2. Nothing is kept, so a new fragment, which tells of new contents, needs no attention. The media type of the answer is
 * not looked at: RFC 9101 section 5.2.3 and older clients differ, and nothing but a JWT will pass.
 */
async function fetchRequestObject(request_uri: string, { request_uris = [] }: RequestObjectClient, { fetch }: Parts): Promise<string> {
  const refuse = refusal('invalid_request_uri');
  if (request_uri.length > maxUriLength) throw refuse(`The request_uri has more than ${maxUriLength} characters.`);
  if (!request_uris.some((registered) => withoutFragment(registered) === withoutFragment(request_uri))) {
    throw new OAuthError('invalid_request_uri', 'The request_uri is not one that this client has registered in request_uris.', {
      mismatch: { what: 'request_uri', asked: request_uri, fitting: request_uris, source: 'registered' },
    });
  }
  try {
    const { status, body } = await fetch(request_uri, { accept: 'application/oauth-authz-req+jwt, application/jwt', maxBytes });
    if (status !== 200) throw refuse(`The request_uri answers with the status ${status}.`);
    return body.trim();
  } catch (error) {
    if (error instanceof FetchRefused) throw refuse(`The request_uri cannot be fetched. ${error.message}`, error);
    throw error;
  }
}

function withoutFragment(uri: string): string {
  return uri.replace(/#.*$/s, '');
}

const refuseObject = refusal('invalid_request_object');

async function openRequestObject(jwt: string, client: RequestObjectClient, server: Parts): Promise<JWTPayload> {
  try {
    const header = readHeader(jwt);
    checkHeader(header, client.request_object_signing_alg);
    const options = { clockTolerance };
    if (header.alg !== 'none') return (await verifyByClient(jwt, client, server, options)).payload;
    return UnsecuredJWT.decode(jwt, { ...options, currentDate: new Date(server.clock() * 1000) }).payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) throw refuseObject(`The request object is not valid: ${error.message}.`);
    if (error instanceof OAuthError) throw refuseObject(error.message, error.cause);
    throw error;
  }
}

/** Registration section 2, `request_object_signing_alg`: a client is held to what it has registered. */
function checkHeader({ alg, typ, enc }: ReturnType<typeof readHeader>, registered: string | undefined): void {
  if (enc !== undefined) throw refuseObject('The request object is encrypted, which is not supported. Sign it only.');
  // Section 10.8 of RFC 9101: a JWT that was made for something else must not pass for a request.
  if (!isJwtType(typ, 'oauth-authz-req+jwt'))
    throw refuseObject(`The typ of the request object must be oauth-authz-req+jwt, JWT, or left out.`);
  if (alg.startsWith('HS')) {
    // The secret that would verify it is kept as a hash only.
    throw refuseObject(`The request object is signed with ${alg}, a shared secret. Sign it with a key of the client's jwks or jwks_uri.`);
  }
  if (registered !== undefined && alg !== registered) {
    throw refuseObject(`The alg of the request object is ${alg}, but the client has registered ${registered}.`);
  }
  if (registered === undefined && alg === 'none') {
    throw refuseObject('The request object is not signed, which only a client may do that has registered request_object_signing_alg none.');
  }
}

/** Section 6.1: `iss` and `aud` may be missing, but not be wrong. */
function checkOrigin({ iss, aud }: JWTPayload, { client_id }: RequestObjectClient, issuer: string): void {
  if (iss !== undefined && iss !== client_id) throw refuseObject('The iss of the request object is not the client_id.');
  if (aud !== undefined && ![aud].flat().includes(issuer)) throw refuseObject(`The aud of the request object does not contain ${issuer}.`);
}

/**
 * Section 6.1: what must stand outside, for the sake of OAuth, is the same inside. A response_type that is missing outside is let
 * through, as RFC 9101 section 5 has it: the object's counts in any case.
 */
function checkRepeated(claims: JWTPayload, { client_id }: RequestObjectClient, outside: Parameters): void {
  for (const name of ['request', 'request_uri']) {
    if (name in claims) throw refuseObject(`The request object must not contain the parameter ${name}.`);
  }
  if ('client_id' in claims && claims.client_id !== client_id) throw refuseObject('The client_id of the request object is another.');
  const response_type = outside.get('response_type');
  if ('response_type' in claims && response_type !== undefined && claims.response_type !== response_type) {
    throw refuseObject('The response_type of the request object is not that of the request.');
  }
}

/** Claims of the JWT itself, RFC 7519 section 4.1. */
const ofTheJwt = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti'];

/** What the object names supersedes what stands outside, even where it is empty. The object itself has been used up. */
class MergedParameters extends Parameters {
  readonly #outside: Parameters;
  readonly #superseded: ReadonlySet<string>;

  constructor(claims: JWTPayload, outside: Parameters) {
    const inside = Object.entries(claims).filter(([name]) => !ofTheJwt.includes(name));
    super(inside.flatMap(([name, value]) => asStrings(value).map((text): [string, string] => [name, text])));
    this.#outside = outside;
    this.#superseded = new Set(['request', 'request_uri', ...inside.map(([name]) => name)]);
  }

  override get(name: string): string | undefined {
    return this.#superseded.has(name) ? super.get(name) : this.#outside.get(name);
  }

  override all(name: string): readonly string[] {
    return this.#superseded.has(name) ? super.all(name) : this.#outside.all(name);
  }

  override has(name: string): boolean {
    return this.#superseded.has(name) ? super.has(name) : this.#outside.has(name);
  }
}

/** Section 6.1: numbers and objects are JSON, as in a query. A list of strings is a parameter that is repeated, RFC 8707 section 2. */
function asStrings(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (value === null || value === undefined) return [];
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : [JSON.stringify(value)];
}

function refusal(code: ErrorCode): (message: string, cause?: unknown) => OAuthError {
  return (message, cause) => new OAuthError(code, message, { cause });
}
