/** Turns what a grant found into the token response; nothing else issues tokens. RFC 6749 section 5.1. */
import type { Entitlement, Server } from '../contracts.js';
import { signAccessToken } from './access-token.js';
import { refreshToken } from './refresh-token.js';

export interface TokenResponse {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  readonly scope: string;
  readonly refresh_token?: string;
}

export async function issueTokens(entitlement: Entitlement, server: Server): Promise<TokenResponse> {
  const { authorization, scope, refresh } = entitlement;
  return {
    access_token: await signAccessToken(entitlement, server),
    token_type: 'Bearer',
    expires_in: server.settings.lifetimes.accessToken,
    scope: scope.join(' '), // always, although only a difference must be told
    ...(refresh && { refresh_token: refreshToken(authorization.id, authorization.generation, server.secrets) }),
  };
}
