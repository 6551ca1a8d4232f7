/** A certificate that the client itself has published, by `x5c` in its `jwks` or `jwks_uri`; who has signed it is no matter. RFC 8705 section 2.2. */
import { hasPublished } from '../clients/jwks.js';
import type { ClientAuthMethod } from '../contracts.js';
import { isCurrent } from '../keys/certificate.js';
import { refusedFor } from '../rules/client-refusal.js';
import { needCertificate, offersCertificates } from './certificate.js';
import { findClientIdAlone } from './client-id.js';

const clockTolerance = 10; // seconds

export const selfSignedTlsClientAuth: ClientAuthMethod = {
  name: 'self_signed_tls_client_auth',
  needs: 'certificates',
  shows: 'client_id alone',
  isAnnounced: (settings) => offersCertificates('self_signed_tls_client_auth', settings),
  find: findClientIdAlone,

  async accepts(_credentials, client, http, server) {
    const { der } = needCertificate(http);
    if (!(await hasPublished(der, client, server))) {
      throw refusedFor(
        'certificate_invalid',
        'The client certificate is none of those in the x5c of the keys that the client has registered.',
      );
    }
    // TLS does not look at the dates of what it cannot trace to an authority.
    if (!isCurrent(der, server.clock(), clockTolerance))
      throw refusedFor('certificate_invalid', 'The client certificate has expired, or is not valid yet.');
    return true;
  },
};
