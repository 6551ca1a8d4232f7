/** How an API says no. RFC 6750 section 3. */
import type { HttpResponse } from '../contracts.js';
import { type ErrorCode, OAuthError } from '../errors.js';

/** The token of the Authorization header, if there is one: the only place where it may stand. RFC 6750 section 2.1, RFC 9700 section 4.3.2. */
export function readBearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined || !/^Bearer( |$)/i.test(authorization)) return undefined;
  const [, token] = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(authorization) ?? [];
  if (token === undefined) throw challenge('invalid_request', 'The Authorization header must be: Bearer, a space, the access token.');
  return token;
}

/** @throws OAuthError `insufficient_scope`, naming everything that is needed */
export function checkScopes(scopes: readonly string[], needed: readonly string[]): void {
  if (needed.every((scope) => scopes.includes(scope))) return;
  throw challenge('insufficient_scope', `This needs the scope: ${needed.join(' ')}.`, needed);
}

/** The same refusal, with the challenge that RFC 6750 asks for, if it lacks one. */
export function withChallenge(error: unknown): unknown {
  if (!(error instanceof OAuthError) || 'WWW-Authenticate' in error.headers) return error;
  return challenge(error.code, error.message);
}

/** Who shows no token is told that one is needed, and nothing else. Section 3.1. */
export function askForToken(issuer: string): HttpResponse {
  return { status: 401, headers: { 'Cache-Control': 'no-store', 'WWW-Authenticate': `Bearer realm="${issuer}"` } };
}

function challenge(code: ErrorCode, message: string, scope?: readonly string[]): OAuthError {
  const { error, error_description } = new OAuthError(code, message).toParameters();
  const parts = [`error="${error}"`, `error_description="${error_description}"`, ...(scope ? [`scope="${scope.join(' ')}"`] : [])];
  return new OAuthError(code, message, { headers: { 'WWW-Authenticate': `Bearer ${parts.join(', ')}` } });
}
