/** What holds where an option is left out. Those of a client stand in `clients/metadata.ts`. */
import type { Lifetimes } from '../contracts.js';

const day = 86_400; // seconds

const lifetimes: Lifetimes = {
  code: 60,
  accessToken: 600,
  idToken: 3600,
  refreshToken: 14 * day,
  authorization: 90 * day,
  refreshGrace: 30,
  session: 14 * day,
  consent: 365 * day,
  ticket: 3600,
};

export const defaults = {
  basePath: '/oauth',
  /** The name is the issuer's host. */
  brand: { color: '#2457c5' },
  accessTokens: 'jwt',
  clientAssertions: { audience: 'issuer' },
  lifetimes,
} as const;

/** The issuer is http on loopback hosts only; one that is deployed is not, and says so besides. */
export function isDevelopment(issuer: string): boolean {
  return issuer.startsWith('http:') && process.env.NODE_ENV !== 'production';
}
