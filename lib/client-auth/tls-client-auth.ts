/** A certificate by an authority that is trusted, with the name that the client has registered. RFC 8705 section 2.1. */
import type { ClientAuthMethod } from '../contracts.js';
import { namesOf } from '../keys/certificate.js';
import { certificateSubjects } from '../keys/certificate-subject.js';
import { refusedFor } from '../rules/client-refusal.js';
import { needCertificate, offersCertificates } from './certificate.js';
import { findClientIdAlone } from './client-id.js';

export const tlsClientAuth: ClientAuthMethod = {
  name: 'tls_client_auth',
  needs: 'certificate subject',
  shows: 'client_id alone',
  isAnnounced: (settings) => offersCertificates('tls_client_auth', settings),
  find: findClientIdAlone,

  accepts(_credentials, client, http) {
    const { der, verified } = needCertificate(http);
    if (!verified) throw refusedFor('certificate_invalid', 'The client certificate is not by an authority that is trusted here.');
    const row = certificateSubjects.find(({ member }) => client[member] !== undefined);
    if (!row) return false;
    const names = namesOf(der);
    if (row.isIn(names, client[row.member] as string)) return true;
    const found = row.found(names).join(' and ') || 'none';
    throw refusedFor('certificate_invalid', `The client certificate has not the ${row.member} of the client. It has: ${found}.`);
  },
};
