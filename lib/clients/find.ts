/** Finds a client by its identifier. RFC 6749 section 2.2. */
import { createHash } from 'node:crypto';
import type { Settings } from '../contracts.js';
import type { OAuthErrorDetails } from '../errors.js';
import { withoutSecrets } from '../http/without-secrets.js';
import type { Client } from '../model/client.js';
import { nearest } from '../nearest.js';

export async function findClient(client_id: string, { settings }: { settings: Settings }): Promise<Client | undefined> {
  return settings.clients.get(client_id);
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
  return [...clients.values()].some(({ secretHash }) => secretHash !== undefined && hashes.includes(secretHash));
}

/** What slips in with a secret: white space of the file it was read from, the quotes around it, the client_id before it. */
function spellingsOf(text: string): string[] {
  const bare = text.trim();
  return [...new Set([text, bare, bare.replace(/^(["'])(.*)\1$/s, '$2'), bare.slice(bare.indexOf(':') + 1)])];
}
