/** The pictures of clients, fetched by this server and passed on, so that no client learns who looks at its logo. RFC 7591 section 2. */
import { createHash } from 'node:crypto';
import type { Server } from '../contracts.js';
import { type Client, wordsOf } from '../model/client.js';
import type { HostWords } from '../model/words.js';
import { FetchRefused, type GuardedFetch } from '../platform/fetch.js';
import { oncePer } from '../platform/made-once.js';
import { oneOfFewPer } from '../platform/one-of-few.js';
import { recentlyUsed } from '../platform/recently-used.js';
import { createRemote, type Loaded, type Patience, type Remote } from '../platform/remote.js';

export interface Logo {
  readonly bytes: Uint8Array;
  readonly type: string;
  readonly extension: string;
}

type Parts = Pick<Server, 'fetch' | 'clock' | 'log'>;

const maxBytes = 262_144;

/** So that all of them together take 25 MB at most. */
const maxLogos = 100;

const patience: Patience = { minFresh: 3_600, maxFresh: 86_400, maxStale: 604_800, retryAfterFailure: 60 };

/** What is shown, by language. Only where somebody vouches for the client: of others, a borrowed logo would be the best disguise. */
export function logosOf(client: Client): HostWords | undefined {
  return client.source === 'host' ? wordsOf(client, 'logo_uri') : undefined;
}

/** The one that has this version; else the one that goes with no language. */
export function chooseLogo(client: Client, version: string | undefined): string | undefined {
  const logos = logosOf(client);
  const all = typeof logos === 'object' ? Object.values(logos) : [logos];
  return all.find((logo_uri) => logo_uri !== undefined && logoVersion(logo_uri) === version) ?? all.at(-1);
}

/** Stands in the address of the picture, so that a client with a new one is seen with it at once. */
export function logoVersion(logo_uri: string): string {
  return createHash('sha256').update(logo_uri).digest('base64url').slice(0, 16);
}

/** By its URL: clients that share a picture share its copy. */
const remembered = oncePer((_owner: GuardedFetch) => recentlyUsed<Remote<Logo>>(maxLogos));

/**
 * What was fetched last serves for up to a week while its host is down. A failure is remembered for a minute.
 *
 * @returns `undefined` if it cannot be had; then the operator has been told why
 */
export async function findLogo(logo_uri: string, parts: Parts): Promise<Logo | undefined> {
  const memory = remembered(parts.fetch);
  const remote = memory.get(logo_uri) ?? createRemote(loaderOf(logo_uri, parts), parts.clock, patience);
  memory.set(logo_uri, remote);
  try {
    return await remote.get();
  } catch (error) {
    if (error instanceof NoLogo) return undefined;
    throw error;
  }
}

class NoLogo extends Error {
  override readonly name = 'NoLogo';
}

/** The operator hears of each reason once, and again when it has been mended and comes back. */
function loaderOf(logo_uri: string, { fetch, log }: Parts): () => Promise<Loaded<Logo>> {
  let told: string | undefined;
  return async () => {
    const loaded = await load(logo_uri, fetch);
    const failure = 'failure' in loaded ? loaded.failure.message : undefined;
    if (failure !== undefined && failure !== told) log.warn(`The logo ${logo_uri.split('?', 1)[0]} is not shown. ${failure}`);
    told = failure;
    return loaded;
  };
}

/** Anybody can ask for the logos of all clients at once. */
const maxUnderway = 20;
const oneOfFew = oneOfFewPer<GuardedFetch>(maxUnderway, () => new FetchRefused('Too many logos are asked for at the moment.'));

async function load(logo_uri: string, fetch: GuardedFetch): Promise<Loaded<Logo>> {
  try {
    const { status, headers, body } = await oneOfFew(fetch, () => fetch(logo_uri, { accept, maxBytes, encoding: 'latin1' }));
    const isGone = status === 404 || status === 410;
    if (status !== 200) return { failure: new NoLogo(`Its host answers with the status ${status}.`), withdrawn: isGone };
    const logo = readLogo(Buffer.from(body, 'latin1'));
    if (!logo) return { failure: new NoLogo(`It is none of ${known}.`), withdrawn: true };
    return { value: logo, cacheControl: headers['cache-control'] };
  } catch (error) {
    if (error instanceof FetchRefused) return { failure: new NoLogo(error.message), withdrawn: false };
    throw error;
  }
}

/** One row each. What a file is, its first bytes say: what its host calls it, counts for nothing and is not passed on. */
const imageTypes: readonly { readonly type: string; readonly extension: string; fits(bytes: Buffer): boolean }[] = [
  { type: 'image/png', extension: 'png', fits: (bytes) => has(bytes, '\x89PNG\r\n\x1a\n') },
  { type: 'image/jpeg', extension: 'jpg', fits: (bytes) => has(bytes, '\xff\xd8\xff') },
  { type: 'image/webp', extension: 'webp', fits: (bytes) => has(bytes, 'RIFF') && has(bytes, 'WEBP', 8) },
  { type: 'image/gif', extension: 'gif', fits: (bytes) => has(bytes, 'GIF87a') || has(bytes, 'GIF89a') },
  { type: 'image/avif', extension: 'avif', fits: (bytes) => has(bytes, 'ftyp', 4) && brandsOf(bytes).includes('avif') },
  { type: 'image/svg+xml; charset=utf-8', extension: 'svg', fits: isSvg },
];

const mediaTypes = imageTypes.map(({ type }) => type.split(';', 1)[0]);
const accept = mediaTypes.join(', ');
const known = mediaTypes.join(', ');

export function readLogo(bytes: Buffer): Logo | undefined {
  const row = imageTypes.find(({ fits }) => fits(bytes));
  return row && { bytes, type: row.type, extension: row.extension };
}

function has(bytes: Buffer, text: string, at = 0): boolean {
  return bytes.toString('latin1', at, at + text.length) === text;
}

/** The major brand of a file in ISO/IEC 14496-12 (section 4.3), and those that it is compatible with. */
function brandsOf(bytes: Buffer): readonly string[] {
  const end = Math.min(bytes.length, bytes.readUInt32BE(0), 256);
  return bytes.toString('latin1', 8, end).match(/.{4}/gs) ?? [];
}

/** What may stand before the root of an XML document; but no doctype that declares something, since that could blow up what follows. */
const prolog = /\s+|<\?[^>]*\?>|<!--[\s\S]*?-->|<!DOCTYPE\s+svg\b[^>[]*>/y;
const svgRoot = /<svg[\s/>]/y;

function isSvg(bytes: Buffer): boolean {
  const text = bytes.toString().replace(/^\uFEFF/, '');
  let at = 0;
  for (prolog.lastIndex = 0; prolog.test(text); ) at = prolog.lastIndex;
  svgRoot.lastIndex = at;
  return svgRoot.test(text);
}
