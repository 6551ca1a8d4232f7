/** How an API says no. RFC 6750 section 3, RFC 9470 section 3, RFC 9728 section 5.1. */
import type { HttpResponse } from '../contracts.js';
import { type ErrorCode, OAuthError } from '../errors.js';
import { maxTokenLength } from './auth.js';

/** What a challenge may tell besides the error. */
export interface ChallengeParameters {
  readonly realm?: string | undefined;
  /** Everything that is needed, separated by spaces. RFC 6750 section 3. */
  readonly scope?: string | undefined;
  /** RFC 9470 section 3. */
  readonly acr_values?: string | undefined;
  readonly max_age?: string | undefined;
  /** RFC 9728 section 5.1. */
  readonly resource_metadata?: string | undefined;
}

const longest = 'Bearer '.length + maxTokenLength;

/** The token of the Authorization header, if there is one: the only place where it may stand. RFC 6750 section 2.1, RFC 9700 section 4.3.2. */
export function readBearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined || !/^Bearer( |$)/i.test(authorization)) return undefined;
  if (authorization.length > longest) throw new OAuthError('invalid_token', 'The access token is too long.');
  const [, token] = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(authorization) ?? [];
  if (token === undefined) throw new OAuthError('invalid_request', 'The Authorization header must be: Bearer, a space, the access token.');
  return token;
}

/** @throws OAuthError `insufficient_scope`, naming everything that is needed */
export function checkScopes(scopes: readonly string[], needed: readonly string[]): void {
  if (needed.every((scope) => scopes.includes(scope))) return;
  throw challenge('insufficient_scope', `This needs the scope: ${needed.join(' ')}.`, { scope: needed.join(' ') });
}

/** The same refusal, with the challenge that RFC 6750 asks for, if it lacks one. */
export function withChallenge(error: unknown, parameters: ChallengeParameters = {}): unknown {
  if (!(error instanceof OAuthError) || 'WWW-Authenticate' in error.headers || ![400, 401, 403].includes(error.status)) return error;
  return challenge(error.code, error.message, parameters);
}

/** Who shows no token is told that one is needed, and no error. RFC 6750 section 3.1. */
export function askForToken(parameters: ChallengeParameters): HttpResponse {
  return { status: 401, headers: { 'Cache-Control': 'no-store', 'WWW-Authenticate': writeChallenge(parameters) } };
}

export function challenge(code: ErrorCode, message: string, parameters: ChallengeParameters = {}): OAuthError {
  const { error, error_description } = new OAuthError(code, message).toParameters();
  return new OAuthError(code, message, { headers: { 'WWW-Authenticate': writeChallenge({ error, error_description, ...parameters }) } });
}

/** RFC 9110 section 11.6.1. */
function writeChallenge(parameters: Readonly<Record<string, string | undefined>> | ChallengeParameters): string {
  const present = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '');
  return `Bearer ${present.map(([name, value]) => `${name}=${quoted(value)}`).join(', ')}`;
}

/** A quoted-string that ends where it should, whatever is in it. RFC 9110 section 5.6.4. */
function quoted(value: string): string {
  return `"${value.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&')}"`;
}
