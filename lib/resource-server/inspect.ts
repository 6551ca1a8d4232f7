/** What a token is that somebody shows: one of ours, and of which kind. RFC 7662 section 2.1, RFC 7009 section 2.1. */
import type { Parameters, Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import type { Authorization } from '../model/authorization.js';
import { findAuthorization, refreshEndOf } from '../tokens/authorization.js';
import { openRefreshToken } from '../tokens/refresh-token.js';
import type { CheckedToken } from './auth.js';
import { checkToken } from './check-token.js';

export type Inspected =
  | { readonly kind: 'access_token'; readonly clientId: string; readonly auth: CheckedToken }
  | {
      readonly kind: 'refresh_token';
      readonly clientId: string;
      readonly authorization: Authorization;
      /** In seconds since 1970. */
      readonly expiresAt: number;
      /** Whether it is the one in use, and not one that it has replaced. */
      readonly current: boolean;
    };

/**
 * The token that is asked about. It may be anything at all: of what is none of ours the answer says so, and it is no mistake of who asks.
 * The kinds cannot be taken for each other, so the hint which of them it is need not be believed; only, like all, not be repeated.
 */
export function needToken(parameters: Parameters): string {
  parameters.verbatim('token_type_hint');
  return parameters.needVerbatim('token');
}

/**
 * @returns `undefined` for what is not a token of ours, has expired, or was revoked
 */
export async function inspectToken(token: string, server: Server): Promise<Inspected | undefined> {
  const opened = openRefreshToken(token, server.secrets);
  return opened ? inspectRefreshToken(opened, server) : inspectAccessToken(token, server);
}

async function inspectRefreshToken(opened: { id: string; generation: number }, server: Server): Promise<Inspected | undefined> {
  const authorization = (await findAuthorization(opened.id, server))?.value;
  if (!authorization) return undefined;
  const expiresAt = refreshEndOf(authorization, server);
  if (expiresAt <= server.clock()) return undefined;
  const current = opened.generation >= authorization.generation; // one that is ahead can be used: see the grant
  return { kind: 'refresh_token', clientId: authorization.client_id, authorization, expiresAt, current };
}

async function inspectAccessToken(token: string, server: Server): Promise<Inspected | undefined> {
  try {
    const audiences = [server.settings.issuer, ...server.settings.apis.keys()];
    const auth = await checkToken(token, audiences, server, { strict: true });
    return { kind: 'access_token', clientId: auth.clientId, auth };
  } catch (error) {
    if (error instanceof OAuthError && error.code === 'invalid_token') return undefined;
    throw error;
  }
}
