/** Finds a client by its identifier. RFC 6749 section 2.2. */
import type { Settings } from '../contracts.js';
import type { Client } from '../model/client.js';

export async function findClient(client_id: string, { settings }: { settings: Settings }): Promise<Client | undefined> {
  return settings.clients.get(client_id);
}
