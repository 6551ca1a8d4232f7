/** The option `mtls`, held against the clients. RFC 8705. */
import type { Members } from '../clients/members.js';
import type { ConfigurationProblem } from '../errors.js';
import type { Client } from '../model/client.js';
import type { mtlsShape } from './shapes/mutual-tls.js';

type Problems = ConfigurationProblem[];

/** RFC 8705 section 6.2: who takes a header for a certificate must know that only the proxy sets it, and what it has verified. */
export function checkMutualTls(
  clients: ReadonlyMap<string, Client>,
  mtls: Members<typeof mtlsShape> | undefined,
  problems: Problems,
): void {
  if (mtls?.verified !== undefined && mtls.header === undefined) {
    const cure =
      'Leave it out: without header the TLS connection itself says it. Or name the header in which the proxy passes certificates on.';
    problems.push({ path: 'mtls.verified', problem: 'There is no header.', cure });
  }
  const client = [...clients.values()].find(({ authMethods }) => authMethods.includes('tls_client_auth'));
  if (!client || mtls?.header === undefined || mtls.verified) return;
  problems.push({
    path: 'mtls.verified',
    problem: `It is missing, but the client ${client.client_id} authenticates by tls_client_auth.`,
    cure: "Write the header in which the proxy says SUCCESS, as 'X-SSL-Client-Verify'; or true, if it refuses all that it cannot verify.",
  });
}
