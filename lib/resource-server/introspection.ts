/** Asks the authorization server what a token is: the only way to know of one that is opaque, or just revoked. RFC 7662 section 2. */
import { createHash } from 'node:crypto';
import { isObject } from '../clients/members.js';
import { OAuthError } from '../errors.js';
import { boundedFetch, deadline, type PlatformFetch } from '../platform/bounded-fetch.js';
import type { Clock } from '../platform/clock.js';
import type { Log } from '../platform/log.js';
import { createOutage } from '../platform/outage.js';
import { recentlyUsed } from '../platform/recently-used.js';
import type { CheckedToken } from './auth.js';
import { type Issuer, IssuerUnavailable, unavailable } from './issuer.js';

export interface IntrospectionParts {
  readonly issuer: string;
  readonly audience: string;
  readonly client_id: string;
  readonly client_secret: string;
  /** In seconds. */
  readonly cacheFor: number;
  readonly clockTolerance: number;
  readonly endpoint: Issuer['introspectionEndpoint'];
  readonly fetch: PlatformFetch;
  readonly clock: Clock;
  readonly log: Log;
}

/** @throws OAuthError `invalid_token`; `temporarily_unavailable`, if nobody answers */
export type Introspect = (token: string, options: { readonly strict: boolean }) => Promise<CheckedToken>;

type Answer = Readonly<Record<string, unknown>>;

/** The answer as JSON, and until when it is believed, in seconds since 1970. */
interface Remembered {
  readonly answer: string;
  readonly until: number;
}

/** All that is kept of an answer that says no. */
const inactive = '{"active":false}';

/** Some megabytes at most. */
const maxRemembered = 5_000;
/** Anybody can make up tokens that nobody knows; so many at once are asked about. */
const maxUnderway = 50;

export function createIntrospection(parts: IntrospectionParts): Introspect {
  const { cacheFor, clock, fetch, log } = parts;
  const authorization = basicAuthorization(parts);
  const outage = createOutage(`The introspection endpoint of ${parts.issuer} cannot be asked.`, { clock, log });
  const crowd = createOutage(`${maxUnderway} questions to ${parts.issuer} are under way. What else comes is answered 503.`, { clock, log });
  // Apart, so that what was made up does not push out what is good.
  const remembered = { active: recentlyUsed<Remembered>(maxRemembered), inactive: recentlyUsed<Remembered>(maxRemembered) };
  const underway = new Map<string, Promise<string>>();
  let asked = 0;

  /** By the hash of the token: what is remembered lets nobody in. Answers that say no are remembered like those that say yes. */
  async function remember(token: string): Promise<string> {
    const name = createHash('sha256').update(token).digest('base64url');
    const known = remembered.active.get(name) ?? remembered.inactive.get(name);
    if (known && clock() < known.until) return known.answer;
    const asking = underway.get(name) ?? ask(token).finally(() => underway.delete(name));
    underway.set(name, asking);
    const answer = await asking;
    if (cacheFor > 0) keep(name, answer);
    return answer;
  }

  function keep(name: string, answer: string): void {
    const { active, exp = Number.POSITIVE_INFINITY } = JSON.parse(answer) as Answer;
    const [memory, other] = active ? [remembered.active, remembered.inactive] : [remembered.inactive, remembered.active];
    other.delete(name);
    memory.set(name, { answer: active ? answer : inactive, until: Math.min(clock() + cacheFor, Number(exp)) });
  }

  async function ask(token: string): Promise<string> {
    if (asked >= maxUnderway) {
      crowd.began(undefined);
      throw unavailable();
    }
    asked += 1;
    try {
      return await question(token);
    } finally {
      asked -= 1;
      if (asked === 0) crowd.ended();
    }
  }

  async function question(token: string): Promise<string> {
    try {
      const url = await parts.endpoint();
      const form = new URLSearchParams({ token, token_type_hint: 'access_token' });
      const { status, body } = await boundedFetch(fetch, url, { accept: 'application/json', signal: deadline(), form, authorization });
      if (status !== 200) throw new Error(`${url} answers with the status ${status}.`);
      const answer: unknown = JSON.parse(body);
      if (!isObject(answer) || typeof answer.active !== 'boolean') throw new Error(`${url} does not say whether the token is active.`);
      outage.ended();
      return body;
    } catch (cause) {
      if (!(cause instanceof IssuerUnavailable)) outage.began(cause);
      throw unavailable();
    }
  }

  // Parsed anew for each request: its handlers may write to what they are given.
  return async (token, { strict }) => read(JSON.parse(strict ? await ask(token) : await remember(token)), token, parts);
}

/** RFC 6749 section 2.3.1: form-encoded first, as a secret may have a colon. */
function basicAuthorization({ client_id, client_secret }: Pick<IntrospectionParts, 'client_id' | 'client_secret'>): string {
  const [id, secret] = [client_id, client_secret].map((text) => new URLSearchParams([['', text]]).toString().slice(1));
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}

/** Section 4: that a token is active for somebody does not make it one for us. */
function read(answer: Answer, token: string, { issuer, audience, clock, clockTolerance }: IntrospectionParts): CheckedToken {
  const { active, iss, aud, exp, nbf, client_id, sub = client_id, scope = '', token_type, cnf } = answer;
  if (active !== true) throw refused('The access token is not active.');
  if (iss !== undefined && iss !== issuer) throw refused('The access token is of another issuer.');
  if (![aud].flat().includes(audience)) throw refused('The access token is for another API.');
  if (typeof exp !== 'number' || exp <= clock() - clockTolerance) throw refused('The access token has expired.');
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf <= clock() + clockTolerance))
    throw refused('The access token is not valid yet.');
  if (typeof client_id !== 'string' || typeof sub !== 'string' || typeof scope !== 'string')
    throw refused('The access token lacks a claim.');
  // Who shows a token that is bound to a key would have to prove that they have the key. RFC 9449 section 7.2, RFC 8705 section 3.
  if (cnf !== undefined || (token_type !== undefined && !/^bearer$/i.test(String(token_type))))
    throw refused('The access token is no bearer token.');
  return { sub, clientId: client_id, scopes: scope.split(' ').filter((one) => one !== ''), token, expiresAt: exp, claims: answer };
}

function refused(message: string): OAuthError {
  return new OAuthError('invalid_token', message);
}
