/** A public client says who it is and proves nothing; PKCE does that for each code. RFC 6749 section 3.2.1. */
import type { ClientAuthMethod } from '../contracts.js';
import { findClientIdAlone } from './client-id.js';

export const none: ClientAuthMethod = {
  name: 'none',
  needs: 'nothing',
  shows: 'client_id alone',
  find: findClientIdAlone,
  accepts: () => true,
};
