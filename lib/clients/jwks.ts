/** The public keys of a client, from its `jwks` or `jwks_uri`. RFC 7591 section 2, RFC 7517; OpenID Connect Core section 10. */
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { decodeProtectedHeader, errors, type JWTVerifyOptions, type JWTVerifyResult, jwtVerify } from 'jose';
import type { Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import { signingAlgorithms } from '../keys/algorithms.js';
import { type KeyHeader, type KeyUse, matcher, type PublishedKey, readJwkSet, UnusableJwkSet } from '../keys/jwk-set.js';
import type { Client } from '../model/client.js';
import { FetchRefused, type GuardedFetch, type GuardedFetchResponse } from '../platform/fetch.js';
import { oncePer } from '../platform/made-once.js';
import { recentlyUsed } from '../platform/recently-used.js';
import { createRemote, type Loaded, type Remote } from '../platform/remote.js';

export interface ClientKey {
  readonly key: KeyObject;
  readonly kid?: string;
}

type KeyOwner = Pick<Client, 'jwks' | 'jwks_uri'>;
type Parts = Pick<Server, 'fetch' | 'clock'>;

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
  const fits = matcherFor(header, use);
  const keys = (await publishedKeys(client, fits, parts)).filter(fits);
  const [first, ...others] = keys.map(({ key, kid }) => ({ key, ...(kid !== undefined && { kid }) }));
  if (first) return [first, ...others];
  const name = header.kid === undefined ? '' : ` and the kid ${header.kid}`;
  throw unusable(`The client has no key for the algorithm ${header.alg}${name}.`);
}

/** Whether the client has published this certificate, as the first of an `x5c`. RFC 8705 section 2.2, RFC 7517 section 4.7. */
export async function hasPublished(der: Buffer, client: KeyOwner, parts: Parts): Promise<boolean> {
  const fits = ({ jwk: { x5c } }: PublishedKey) =>
    Array.isArray(x5c) && typeof x5c[0] === 'string' && der.equals(Buffer.from(x5c[0], 'base64'));
  return (await publishedKeys(client, fits, parts)).some(fits);
}

/** RFC 7517 section 4: what a key says of itself must agree with what it is asked for. */
function matcherFor({ alg, kid }: KeyHeader, use: KeyUse): (key: PublishedKey) => boolean {
  const rows = use === 'sig' ? signingAlgorithms : encryptionAlgorithms;
  const row = rows.find((known) => known.alg === alg);
  if (!row) throw unusable(`The algorithm ${alg} is not known here. Known are: ${rows.map((known) => known.alg).join(', ')}.`);
  return matcher({ alg, kid }, use, (jwk) => row.fits(jwk));
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

const inlineKeys = oncePer((jwks: object) => readKeys(jwks, 'jwks'));

const maxBytes = 32_768;

/** Per URL rather than per client: so many clients that name the same URL cannot make us ask its host more often. */
const remembered = oncePer((_owner: GuardedFetch) => recentlyUsed<Remote<readonly PublishedKey[]>>(500));

async function remoteKeys(uri: string, fits: (key: PublishedKey) => boolean, { fetch, clock }: Parts): Promise<readonly PublishedKey[]> {
  const memory = remembered(fetch);
  const remote = memory.get(uri) ?? createRemote(() => load(uri, fetch), clock);
  memory.set(uri, remote);
  return remote.get((keys) => keys.some(fits));
}

/** Who publishes what must not be published has withdrawn the keys that were there before. */
async function load(uri: string, fetch: GuardedFetch): Promise<Loaded<readonly PublishedKey[]>> {
  try {
    const { body, headers } = await fetchJwks(uri, fetch);
    return { value: readKeys(parse(body), 'jwks_uri'), cacheControl: headers['cache-control'] };
  } catch (failure) {
    if (!(failure instanceof OAuthError)) throw failure;
    return { failure, withdrawn: failure.cause instanceof UnusableJwkSet };
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

function readKeys(jwks: unknown, source: string): readonly PublishedKey[] {
  try {
    return readJwkSet(jwks);
  } catch (error) {
    if (error instanceof UnusableJwkSet) throw unusable(`The ${source} of the client ${error.message}`, error);
    throw error;
  }
}

function unusable(message: string, cause?: unknown): OAuthError {
  return new OAuthError('invalid_client', message, { cause });
}
