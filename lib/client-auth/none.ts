/** A public client says who it is and proves nothing; PKCE does that for each code. RFC 6749 section 3.2.1. */
import type { ClientAuthMethod } from '../contracts.js';

export const none: ClientAuthMethod = {
  name: 'none',

  find({ body, header }) {
    const client_id = body.get('client_id');
    if (client_id === undefined || body.has('client_secret') || header('authorization') !== undefined) return undefined;
    return { client_ids: [client_id], secrets: [] };
  },

  accepts: () => true,
};
