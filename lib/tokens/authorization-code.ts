/** The authorization code: derived from the authorization's name, stored nowhere. RFC 6749 section 1.3.1. */
import type { Secrets } from '../keys/secrets.js';

/** 22 characters that name the authorization, a dot, 43 that prove we named it. */
export function authorizationCode(id: string, secrets: Secrets): string {
  return `${id}.${secrets.mac('authorization code', id)}`;
}

/** The name of the authorization that a code is for; `undefined` if we did not make the code. */
export function openAuthorizationCode(code: string, secrets: Secrets): string | undefined {
  const [id, mac, ...rest] = code.split('.');
  if (!id || !mac || rest.length > 0) return undefined;
  return secrets.isMac('authorization code', id, mac) ? id : undefined;
}
