/** Checks access tokens beside the server that issued them. RFC 9068 section 4. */
import type { Server } from '../contracts.js';
import type { TokenChecker } from './auth.js';
import { checkToken } from './check-token.js';

export function localChecker(
  identifier: string,
  server: Pick<Server, 'settings' | 'keys' | 'secrets' | 'store' | 'clock' | 'ended'>,
): TokenChecker {
  return {
    async check(token, { strict }) {
      const checked = await checkToken(token, identifier, server, { strict });
      return { ...checked, resource: new URL(identifier), extra: checked.claims }; // whoever has it may write to it
    },
  };
}
