/** Where an issuer that the host trusts publishes its keys, by its own metadata. RFC 8414 section 3, OpenID Connect Discovery section 4. */
import type { Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { FetchRefused, type GuardedFetch } from '../platform/fetch.js';
import { oncePer } from '../platform/made-once.js';
import { recentlyUsed } from '../platform/recently-used.js';
import { isObject } from './members.js';

const maxBytes = 65_536;
const fresh = 3600; // seconds, as is the next
const retryAfterFailure = 5;

interface Answer {
  jwks_uri: Promise<string>;
  until: number;
  /** The last that was right. */
  good: string | undefined;
}

const answers = oncePer((_owner: GuardedFetch) => recentlyUsed<Answer>(500));

/**
 * Asked once an hour. While the issuer does not answer, what it last said holds.
 *
 * @throws OAuthError `temporarily_unavailable`, if it never did
 */
export function findJwksUri(issuer: string, { fetch, clock }: Pick<Server, 'fetch' | 'clock'>): Promise<string> {
  const memory = answers(fetch);
  const now = clock();
  const known = memory.get(issuer);
  if (known && now < known.until) return known.jwks_uri;
  const answer: Answer = { jwks_uri: ask(), until: now + fresh, good: known?.good };
  memory.set(issuer, answer);
  return answer.jwks_uri;

  async function ask(): Promise<string> {
    try {
      const jwks_uri = await fetchJwksUri(issuer, fetch);
      answer.good = jwks_uri;
      return jwks_uri;
    } catch (error) {
      answer.until = now + retryAfterFailure;
      if (answer.good !== undefined) return answer.good;
      throw error;
    }
  }
}

/** Most identity providers have the document of OpenID Connect, the others that of OAuth. */
async function fetchJwksUri(issuer: string, fetch: GuardedFetch): Promise<string> {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  const failures: unknown[] = [];
  for (const url of [`${origin}${path}/.well-known/openid-configuration`, `${origin}/.well-known/oauth-authorization-server${path}`]) {
    try {
      const { status, body } = await fetch(url, { accept: 'application/json', maxBytes });
      if (status === 200) return readJwksUri(body, issuer);
      failures.push(`${url} answers with the status ${status}`);
    } catch (error) {
      if (!(error instanceof FetchRefused) && !(error instanceof SyntaxError)) throw error;
      failures.push(error);
    }
  }
  const headers = { 'Retry-After': String(retryAfterFailure) };
  throw new OAuthError('temporarily_unavailable', `The metadata of ${issuer} cannot be had.`, { headers, cause: failures });
}

/** Another name in it would be somebody else's document. RFC 8414 section 3.3. */
function readJwksUri(body: string, issuer: string): string {
  const document: unknown = JSON.parse(body);
  if (isObject(document) && document.issuer === issuer && typeof document.jwks_uri === 'string') return document.jwks_uri;
  throw new SyntaxError(`It is no metadata of ${issuer} with a jwks_uri.`);
}
