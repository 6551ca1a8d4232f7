/** Finds a client by its identifier: in the host's list, the host's own table, among those that have registered, or where it says itself. RFC 6749 section 2.2. */
import { createHash } from 'node:crypto';
import type { Server, Settings } from '../contracts.js';
import { OAuthError, type OAuthErrorDetails } from '../errors.js';
import { withoutSecrets } from '../http/without-secrets.js';
import type { Client } from '../model/client.js';
import { nearest } from '../nearest.js';
import { findDocument } from './metadata-document.js';
import { findRegistered, isRegisteredId } from './registered.js';

type Parts = Pick<Server, 'settings' | 'store' | 'secrets' | 'clock' | 'fetch' | 'grants'>;

/** @throws OAuthError `invalid_client`, if the client says itself who it is, and that is no good */
export async function findClient(client_id: string, parts: Parts): Promise<Client | undefined> {
  const { clients, findClient: askHost } = parts.settings;
  return (
    clients.get(client_id) ??
    (isRegisteredId(client_id) ? undefined : await askHost?.(client_id)) ??
    (await findRegistered(client_id, parts)) ??
    findDocument(client_id, parts)
  );
}

/** The same where the client is only named to the user: one that cannot say who it is, because its host is down, is as good as unknown. */
export async function findIfKnown(client_id: string, parts: Parts): Promise<Client | undefined> {
  try {
    return await findClient(client_id, parts);
  } catch (error) {
    if (error instanceof OAuthError) return undefined;
    throw error;
  }
}

/** For the developer of a client that was not found. */
export function explainUnknown(asked: string, settings: Settings): Pick<OAuthErrorDetails, 'detail' | 'mismatch'> {
  if (isSecretOfSome(asked, settings)) return { detail: 'What was sent as client_id is the secret of a client: are the two swapped?' };
  const told = mayBeClientId(asked, settings) ? asked : '…';
  return { mismatch: { what: 'client_id', asked: told, fitting: [...settings.clients.keys()], source: 'known' } };
}

/** Whether it is a client_id, or nearly one, or could be one elsewhere; a password or a token, sent in its place, is not told again. */
export function mayBeClientId(text: string, settings: Pick<Settings, 'clients'>): boolean {
  if (isSecretOfSome(text, settings)) return false;
  return (/^\S{1,64}$/.test(text) && withoutSecrets(text) === text) || nearest(text, [...settings.clients.keys()]) !== undefined;
}

/** Whether it is a client's secret, sent where a client_id belongs: then it must reach no page, no log and no audit trail. */
export function isSecretOfSome(text: string, { clients }: Pick<Settings, 'clients'>): boolean {
  const hashes = spellingsOf(text).map((spelling) => createHash('sha256').update(spelling).digest('base64url'));
  return [...clients.values()].some(({ secretHashes = [] }) => secretHashes.some((hash) => hashes.includes(hash)));
}

/** What slips in with a secret: white space of the file it was read from, the quotes around it, the client_id before it. */
function spellingsOf(text: string): string[] {
  const bare = text.trim();
  return [...new Set([text, bare, bare.replace(/^(["'])(.*)\1$/s, '$2'), bare.slice(bare.indexOf(':') + 1)])];
}
