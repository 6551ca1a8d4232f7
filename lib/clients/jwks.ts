/** The public keys of a client, from its `jwks` or `jwks_uri`. RFC 7591 section 2, RFC 7517; OpenID Connect Core section 10. */
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { decodeProtectedHeader, errors, type JWTVerifyOptions, type JWTVerifyResult, jwtVerify } from 'jose';
import type { Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { signingAlgorithms } from '../keys/algorithms.js';
import type { Client } from '../model/client.js';
import { FetchRefused, type GuardedFetch, type GuardedFetchResponse } from '../platform/fetch.js';
import { recentlyUsedPer } from '../platform/recently-used.js';
import { isObject } from './members.js';

export type KeyUse = 'sig' | 'enc';

export interface ClientKey {
  readonly key: KeyObject;
  readonly kid?: string;
}

/** The part of a JOSE header that chooses the key. Keys and links in the header itself (`jwk`, `jku`, `x5c`, `x5u`) are never asked. */
export interface KeyHeader {
  readonly alg: string;
  readonly kid?: string | undefined;
}

type KeyOwner = Pick<Client, 'jwks' | 'jwks_uri'>;
type Parts = Pick<Server, 'fetch' | 'clock'>;

/** A key with what its owner says of it. */
interface PublishedKey extends ClientKey {
  readonly jwk: JsonWebKey;
}

/** Key management with a public key, one row each. RFC 7518 section 4.1. */
const encryptionAlgorithms: readonly { readonly alg: string; fits(jwk: JsonWebKey): boolean }[] = [
  { alg: 'RSA-OAEP-256', fits: ({ kty }) => kty === 'RSA' },
  { alg: 'RSA-OAEP', fits: ({ kty }) => kty === 'RSA' },
  { alg: 'ECDH-ES', fits: canAgree },
  { alg: 'ECDH-ES+A128KW', fits: canAgree },
  { alg: 'ECDH-ES+A192KW', fits: canAgree },
  { alg: 'ECDH-ES+A256KW', fits: canAgree },
];

/** The names for the metadata. */
export const encryptionAlgs: readonly string[] = encryptionAlgorithms.map(({ alg }) => alg);

/** The claims of a JWT that the client has signed. @throws OAuthError of `findClientKeys`; JOSEError if it is not genuine or not valid */
export async function verifyByClient(
  jwt: string,
  client: KeyOwner,
  parts: Parts,
  options: Omit<JWTVerifyOptions, 'currentDate' | 'algorithms'> = {},
): Promise<JWTVerifyResult> {
  const { alg, kid } = readHeader(jwt);
  const currentDate = new Date(parts.clock() * 1000);
  let failure: unknown;
  for (const { key } of await findClientKeys(client, { alg, kid }, 'sig', parts)) {
    try {
      return await jwtVerify(jwt, key, { ...options, algorithms: [alg], currentDate });
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
      failure = error;
    }
  }
  throw failure;
}

/** @throws JWTInvalid */
export function readHeader(jwt: string): KeyHeader & { readonly typ?: unknown; readonly enc?: unknown } {
  try {
    const { alg, kid, typ, enc } = decodeProtectedHeader(jwt);
    if (typeof alg === 'string') return { alg, typ, enc, ...(typeof kid === 'string' && { kid }) };
  } catch (cause) {
    throw new errors.JWTInvalid('it has no readable header', { cause });
  }
  throw new errors.JWTInvalid('its header names no alg');
}

/** The first that fits, for encrypting. @throws OAuthError like `findClientKeys` */
export async function findClientKey(client: KeyOwner, header: KeyHeader, use: KeyUse, parts: Parts): Promise<ClientKey> {
  return (await findClientKeys(client, header, use, parts))[0];
}

/**
 * Each key that fits: just one where the header names it by `kid`, unless the client uses that name twice.
 *
 * @throws OAuthError `invalid_client`, if there is none, or if the client's keys cannot be had
 */
export async function findClientKeys(
  client: KeyOwner,
  header: KeyHeader,
  use: KeyUse,
  parts: Parts,
): Promise<readonly [ClientKey, ...ClientKey[]]> {
  const fits = matcher(header, use);
  const keys = (await publishedKeys(client, fits, parts)).filter(fits);
  const [first, ...others] = keys.map(({ key, kid }) => ({ key, ...(kid !== undefined && { kid }) }));
  if (first) return [first, ...others];
  const name = header.kid === undefined ? '' : ` and the kid ${header.kid}`;
  throw unusable(`The client has no key for the algorithm ${header.alg}${name}.`);
}

/** RFC 7517 section 4: what a key says of itself must agree with what it is asked for. */
function matcher({ alg, kid }: KeyHeader, use: KeyUse): (key: PublishedKey) => boolean {
  const rows = use === 'sig' ? signingAlgorithms : encryptionAlgorithms;
  const row = rows.find((known) => known.alg === alg);
  if (!row) throw unusable(`The algorithm ${alg} is not known here. Known are: ${rows.map((known) => known.alg).join(', ')}.`);
  return ({ jwk, kid: own }) =>
    (kid === undefined || kid === own) &&
    (jwk.alg === undefined || jwk.alg === alg) &&
    row.fits({ ...jwk, alg }) && // an RSA key that names no alg is for RS256 and PS256 alike
    (jwk.use === undefined || jwk.use === use) &&
    (use === 'enc' || !Array.isArray(jwk.key_ops) || jwk.key_ops.includes('verify'));
}

function canAgree({ kty, crv }: JsonWebKey): boolean {
  return kty === 'EC' || (kty === 'OKP' && crv === 'X25519');
}

async function publishedKeys(
  { jwks, jwks_uri }: KeyOwner,
  fits: (key: PublishedKey) => boolean,
  parts: Parts,
): Promise<readonly PublishedKey[]> {
  if (jwks) return inlineKeys(jwks);
  if (jwks_uri !== undefined) return remoteKeys(jwks_uri, fits, parts);
  throw unusable('The client has registered neither jwks nor jwks_uri.');
}

const inline = new WeakMap<object, readonly PublishedKey[]>();

function inlineKeys(jwks: object): readonly PublishedKey[] {
  const keys = inline.get(jwks) ?? readJwks(jwks, 'jwks');
  inline.set(jwks, keys);
  return keys;
}

/** What was fetched from one URL. All times in seconds. */
interface Remote {
  keys: readonly PublishedKey[] | undefined;
  freshUntil: number;
  staleUntil: number;
  triedAt: number;
  /** That of the last attempt. */
  failure: OAuthError | undefined;
  loading: Promise<void> | undefined;
}

const maxBytes = 32_768;
const minFresh = 300; // seconds, as are those below
const maxFresh = 600;
/** So long old keys serve where new ones cannot be had. */
const maxStale = 86_400;
const retryAfterFailure = 5;
/** So long an unknown kid does not make us ask again. */
const cooldown = 30;

/** Per URL rather than per client: so many clients that name the same URL cannot make us ask its host more often. */
const remembered = recentlyUsedPer<GuardedFetch, Remote>(500);

async function remoteKeys(uri: string, fits: (key: PublishedKey) => boolean, { fetch, clock }: Parts): Promise<readonly PublishedKey[]> {
  const memory = remembered(fetch);
  const remote = memory.get(uri) ?? {
    keys: undefined,
    freshUntil: Number.NEGATIVE_INFINITY,
    staleUntil: Number.NEGATIVE_INFINITY,
    triedAt: Number.NEGATIVE_INFINITY,
    failure: undefined,
    loading: undefined,
  };
  memory.set(uri, remote);
  const now = clock();
  const triedBefore = now - remote.triedAt;
  if (remote.loading) await remote.loading;
  else if (now >= remote.freshUntil && !(remote.failure && triedBefore < retryAfterFailure)) await reload();
  else if (remote.keys && !remote.keys.some(fits) && triedBefore >= cooldown) await reload();
  if (remote.keys && now < remote.staleUntil) return remote.keys;
  throw remote.failure;

  function reload(): Promise<void> {
    remote.triedAt = now;
    remote.loading = load(uri, remote, fetch, now).finally(() => {
      remote.loading = undefined;
    });
    return remote.loading;
  }
}

/** If the host is down, what is there stays; if it publishes what must not be, that goes. */
async function load(uri: string, remote: Remote, fetch: GuardedFetch, now: number): Promise<void> {
  try {
    const { body, headers } = await fetchJwks(uri, fetch);
    const value = parse(body);
    remote.keys = undefined;
    remote.keys = readJwks(value, 'jwks_uri');
    remote.freshUntil = now + freshness(headers['cache-control']);
    remote.staleUntil = now + maxStale;
    remote.failure = undefined;
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    remote.failure = error;
  }
}

async function fetchJwks(uri: string, fetch: GuardedFetch): Promise<GuardedFetchResponse> {
  try {
    const response = await fetch(uri, { accept: 'application/jwk-set+json, application/json', maxBytes });
    if (response.status === 200) return response;
    throw unusable(`The jwks_uri of the client answers with the status ${response.status}.`);
  } catch (error) {
    if (error instanceof FetchRefused) throw unusable(`The jwks_uri of the client cannot be fetched. ${error.message}`, error);
    throw error;
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw unusable('The jwks_uri of the client does not answer with JSON.');
  }
}

/** As long as the host says, within our bounds. RFC 9111 section 5.2.2.1. */
function freshness(cacheControl = ''): number {
  const maxAge = Number(/\bmax-age=(\d+)/.exec(cacheControl)?.[1] ?? minFresh);
  return Math.min(Math.max(maxAge, minFresh), maxFresh);
}

/** RFC 7517 section 5: keys that are not understood are passed over. One that should be secret is not: who published it must learn of it. */
function readJwks(jwks: unknown, source: string): readonly PublishedKey[] {
  const list = isObject(jwks) ? jwks.keys : undefined;
  if (!Array.isArray(list)) throw unusable(`The ${source} of the client has no list of keys.`);
  const objects = list.filter(isObject);
  if (objects.some(isSecret)) {
    throw unusable(`The ${source} of the client contains a secret or private key. Replace that key, and publish public keys only.`);
  }
  return objects.flatMap(readKey);
}

/** RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1, RFC 8037 section 2. */
function isSecret(jwk: Readonly<Record<string, unknown>>): boolean {
  return jwk.kty === 'oct' || ['d', 'k', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv'].some((name) => name in jwk);
}

function readKey(jwk: JsonWebKey): readonly PublishedKey[] {
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    // RFC 7518 sections 3.3 and 4.3.
    if ((key.asymmetricKeyDetails?.modulusLength ?? 2048) < 2048) return [];
    return [{ key, jwk, ...(typeof jwk.kid === 'string' && { kid: jwk.kid }) }];
  } catch {
    return [];
  }
}

function unusable(message: string, cause?: unknown): OAuthError {
  return new OAuthError('invalid_client', message, { cause });
}
