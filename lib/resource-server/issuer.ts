/** The authorization server, as an API on another machine knows it: by its metadata and keys. RFC 8414 section 3, RFC 9068 section 4. */
import { isObject } from '../clients/members.js';
import { OAuthError } from '../errors.js';
import { isHttpsOrLoopback } from '../http/url.js';
import { type PublishedKey, readJwkSet, UnusableJwkSet } from '../keys/jwk-set.js';
import { type BoundedAnswer, boundedFetch, deadline, type PlatformFetch } from '../platform/bounded-fetch.js';
import type { Clock } from '../platform/clock.js';
import type { Log } from '../platform/log.js';
import { createOutage } from '../platform/outage.js';
import { createRemote, type Loaded, type Remote } from '../platform/remote.js';

export interface IssuerParts {
  readonly issuer: string;
  readonly fetch: PlatformFetch;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Issuer {
  /** Those that it publishes; asked for anew if none of them is what is looked for. @throws IssuerUnavailable */
  keys(serve: (keys: readonly PublishedKey[]) => boolean): Promise<readonly PublishedKey[]>;
  /** @throws IssuerUnavailable, or an Error if it has none that can be trusted */
  introspectionEndpoint(): Promise<string>;
}

type Metadata = Readonly<Record<string, unknown>>;

/** It could not be asked. The operator has been told why. */
export class IssuerUnavailable extends Error {
  override readonly name = 'IssuerUnavailable';
}

export function createIssuer({ issuer, fetch, clock, log }: IssuerParts): Issuer {
  const metadata = remote('metadata', () => loadMetadata(issuer, fetch));
  const keys = remote('keys', async () => {
    const uri = readUrl(await metadata.get(), 'jwks_uri');
    const answer = await boundedFetch(fetch, uri, { accept: 'application/jwk-set+json, application/json', signal: deadline() });
    return { value: readJwkSet(parse(answer, uri)), cacheControl: answer.cacheControl };
  });

  function remote<Value>(what: string, load: () => Promise<Loaded<Value>>): Remote<Value> {
    const outage = createOutage(`The ${what} of ${issuer} cannot be had.`, { clock, log });
    return createRemote<Value>(async () => {
      try {
        const loaded = await load();
        outage.ended();
        return loaded;
      } catch (cause) {
        if (!(cause instanceof IssuerUnavailable)) outage.began(cause);
        const failure = new IssuerUnavailable(`The ${what} of the issuer cannot be had.`, { cause });
        return { failure, withdrawn: cause instanceof UnusableJwkSet };
      }
    }, clock);
  }

  return {
    keys: (serve) => keys.get(serve),
    introspectionEndpoint: async () => readUrl(await metadata.get(), 'introspection_endpoint'),
  };
}

/** The client can do nothing about it but wait, and need not know more. */
export function unavailable(): OAuthError {
  const message = 'The authorization server cannot be asked at the moment. Please try again.';
  return new OAuthError('temporarily_unavailable', message, { headers: { 'Retry-After': '5' } });
}

/** As RFC 8414 has it; or as OpenID Connect Discovery section 4 has it, for issuers that know nothing else. */
async function loadMetadata(issuer: string, fetch: PlatformFetch): Promise<Loaded<Metadata>> {
  const { origin, pathname } = new URL(issuer);
  const signal = deadline();
  const load = async (url: string) => {
    const answer = await boundedFetch(fetch, url, { accept: 'application/json', signal });
    const value = parse(answer, url);
    checkIssuer(value, issuer, url);
    return { value, cacheControl: answer.cacheControl };
  };
  try {
    return await load(`${origin}/.well-known/oauth-authorization-server${pathname.replace(/\/$/, '')}`);
  } catch (first) {
    return load(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`).catch((second: Error) => {
      throw new AggregateError([first, second], `${(first as Error).message} ${second.message}`);
    });
  }
}

/** Byte for byte: or another server could vouch for its own keys in this one's name. RFC 8414 section 3.3. */
function checkIssuer(value: Metadata, issuer: string, url: string): void {
  if (value.issuer !== issuer) throw new Error(`${url} is of the issuer ${String(value.issuer)}, not of ${issuer}.`);
}

function parse({ status, body }: BoundedAnswer, url: string): Metadata {
  if (status !== 200) throw new Error(`${url} answers with the status ${status}.`);
  const value: unknown = JSON.parse(body);
  if (!isObject(value)) throw new Error(`${url} does not answer with a JSON object.`);
  return value;
}

/** What the issuer itself names, yet not in the clear. */
function readUrl(document: Metadata, name: string): string {
  const url = document[name];
  if (typeof url === 'string' && isHttpsOrLoopback(url)) return url;
  throw new Error(`The metadata of the issuer names no ${name}, or one that is not https.`);
}
