/** Whose registered scope is a limit, and whose is only where they begin. RFC 7591 section 2. */
import type { Settings } from '../contracts.js';
import type { Client } from '../model/client.js';

/**
 * What a client may ask for at most. What it has registered of itself is what it begins with, and no limit: agents register for the scope of
 * their first challenge, and come back for more when a tool needs it. Where somebody vouches for software, that counts. RFC 7591 section 2.
 */
export function limitOf(
  { source, scope }: Pick<Client, 'source' | 'scope'>,
  { registration }: Pick<Settings, 'registration'>,
): readonly string[] | undefined {
  const isVouchedFor = source === 'registered' && (registration?.softwareStatements.size ?? 0) > 0;
  return source === 'host' || isVouchedFor ? scope : undefined;
}
