/** A request that names its client and shows nothing for it: RFC 6749 section 3.2.1; with a certificate, if any, RFC 8705 section 2. */
import type { ClientCredentials, HttpRequest } from '../contracts.js';

const proofs = ['client_secret', 'client_assertion', 'client_assertion_type'];

export function findClientIdAlone(http: HttpRequest): ClientCredentials | undefined {
  const client_id = http.body.get('client_id');
  if (client_id === undefined || proofs.some((name) => http.body.has(name)) || http.header('authorization') !== undefined) return undefined;
  return { client_ids: [client_id], shown: [] };
}
