/** The refresh token: derived from the authorization's name and generation, stored nowhere. RFC 6749 section 1.5. */
import type { Secrets } from '../keys/secrets.js';

export function refreshToken(id: string, generation: number, secrets: Secrets): string {
  return `${id}.${generation}.${secrets.mac('refresh token', `${id}.${generation}`)}`;
}

/** The authorization and the generation that a refresh token is for; `undefined` if we did not make it. */
export function openRefreshToken(token: string, secrets: Secrets): { id: string; generation: number } | undefined {
  const [id, generation, mac, ...rest] = token.split('.');
  if (!id || !generation || !mac || rest.length > 0) return undefined;
  return secrets.isMac('refresh token', `${id}.${generation}`, mac) ? { id, generation: Number(generation) } : undefined;
}
