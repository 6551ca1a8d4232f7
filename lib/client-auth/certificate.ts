/** What both methods with certificates have in common. RFC 8705 section 2. */
import type { ClientCertificate, HttpRequest, Settings } from '../contracts.js';
import { refusedFor } from '../rules/client-refusal.js';

/** @throws OAuthError `invalid_client` */
export function needCertificate({ certificate }: HttpRequest): ClientCertificate {
  if (certificate) return certificate;
  throw refusedFor(
    'certificate_invalid',
    'No client certificate came with the request. Does the connection reach a server that asks for one?',
  );
}

/** Only where the host has made it possible, so that no client finds out by failing. */
export function offersCertificates(method: string, { clients, mtls }: Settings): boolean {
  return mtls !== undefined || [...clients.values()].some(({ authMethods }) => authMethods.includes(method));
}
