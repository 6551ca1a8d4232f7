/** Which redirect URIs belong together, for pairwise subject identifiers. OpenID Connect Core section 8.1, Registration section 5. */
import type { Server } from '../contracts.js';
import { OAuthError } from '../errors.js';
import type { Client } from '../model/client.js';
import { FetchRefused, type GuardedFetch } from '../platform/fetch.js';
import { oncePer } from '../platform/made-once.js';
import { recentlyUsed } from '../platform/recently-used.js';

type SectorClient = Pick<Client, 'sector_identifier_uri' | 'redirect_uris'>;

const maxBytes = 65_536;

/** Those that are good, or being checked. */
const verified = oncePer((_owner: GuardedFetch) => recentlyUsed<Promise<void>>(500));

/**
 * The host that all redirect URIs of the client have, or that vouches for all of them.
 *
 * @throws OAuthError `unauthorized_client`, if there is none; `temporarily_unavailable`, if it does not answer
 */
export async function sectorOf(client: SectorClient, parts: Pick<Server, 'fetch'>): Promise<string> {
  const { sector_identifier_uri, redirect_uris } = client;
  if (sector_identifier_uri === undefined) return onlyHost(redirect_uris);
  await checkSector(sector_identifier_uri, redirect_uris, parts.fetch);
  return new URL(sector_identifier_uri).hostname;
}

function onlyHost(redirect_uris: readonly string[]): string {
  const [host, ...others] = new Set(redirect_uris.map((uri) => new URL(uri).hostname));
  if (host === undefined || host === '' || others.length > 0) {
    throw new OAuthError(
      'unauthorized_client',
      'A client with pairwise subject identifiers needs redirect URIs that all have the same host, or a sector_identifier_uri.',
    );
  }
  return host;
}

/** Asked once; a refusal is forgotten at once, so that a correction counts. */
async function checkSector(uri: string, redirect_uris: readonly string[], fetch: GuardedFetch): Promise<void> {
  const memory = verified(fetch);
  const name = JSON.stringify([uri, redirect_uris]);
  const known = memory.get(name);
  if (known) return known;
  const checking = checkList(uri, redirect_uris, fetch);
  memory.set(name, checking);
  try {
    await checking;
  } catch (error) {
    memory.delete(name);
    throw error;
  }
}

async function checkList(uri: string, redirect_uris: readonly string[], fetch: GuardedFetch): Promise<void> {
  const listed = parse(await fetchList(uri, fetch));
  if (!Array.isArray(listed)) throw new OAuthError('unauthorized_client', 'The sector_identifier_uri does not answer with a JSON array.');
  const missing = redirect_uris.filter((redirect_uri) => !listed.includes(redirect_uri));
  if (missing.length > 0) {
    throw new OAuthError('unauthorized_client', `The sector_identifier_uri does not list the redirect URI ${missing.join(', ')}.`);
  }
}

async function fetchList(uri: string, fetch: GuardedFetch): Promise<string> {
  try {
    const { status, body } = await fetch(uri, { accept: 'application/json', maxBytes });
    if (status === 200) return body;
    throw new OAuthError('temporarily_unavailable', `The sector_identifier_uri answers with the status ${status}.`);
  } catch (error) {
    if (!(error instanceof FetchRefused)) throw error;
    throw new OAuthError('temporarily_unavailable', `The sector_identifier_uri cannot be fetched. ${error.message}`, { cause: error });
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
