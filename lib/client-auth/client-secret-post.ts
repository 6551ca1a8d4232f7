/** The client secret in the body; never in the URL. RFC 6749 section 2.3.1. */
import type { ClientAuthMethod } from '../contracts.js';
import { isClientSecret } from '../rules/client-secret.js';

export const clientSecretPost: ClientAuthMethod = {
  name: 'client_secret_post',
  needs: 'secret',
  shows: 'client_secret',

  find({ body }) {
    const secret = body.get('client_secret');
    return secret === undefined ? undefined : { client_ids: [body.need('client_id')], shown: [secret] };
  },

  accepts: ({ shown }, client) => isClientSecret(shown, client),
};
