/**
 * The certificate that a client showed when its TLS connection was made: here, or at the proxy in front. RFC 8705 section 2, RFC 9440.
 * One of the two, never both: behind a proxy the connection that we see is the proxy's, and without one every header is the client's own.
 */
import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { ClientCertificate, MutualTls } from '../contracts.js';
import { refusedFor } from '../rules/client-refusal.js';

export function readClientCertificate(
  req: IncomingMessage,
  { header, verified }: MutualTls = { verified: false },
): ClientCertificate | undefined {
  if (header === undefined) return fromConnection(req.socket as ClientSocket);
  const passedOn = req.headers[header];
  if (typeof passedOn !== 'string' || passedOn === '') return undefined;
  return { der: parse(passedOn, header), verified: typeof verified === 'string' ? req.headers[verified] === 'SUCCESS' : verified };
}

/** Of a connection without TLS, nothing. */
type ClientSocket = Partial<Pick<TLSSocket, 'getPeerX509Certificate' | 'authorized'>>;

function fromConnection(socket: ClientSocket): ClientCertificate | undefined {
  const certificate = socket.getPeerX509Certificate?.();
  return certificate && { der: certificate.raw, verified: socket.authorized === true };
}

/** Bytes between colons, as RFC 9440 section 2.1 has them; else PEM, its line breaks percent-encoded or spaces; or its base64 alone. */
function parse(text: string, header: string): Buffer {
  try {
    const [, bytes] = /^:([\w+/]+=*):$/.exec(text) ?? [];
    const [, base64 = ''] =
      /^(?:-----BEGIN CERTIFICATE-----)?([\s\w+/]+)(?:=+\s*)?(?:-----END CERTIFICATE-----\s*)?$/.exec(decodeURIComponent(text)) ?? [];
    return new X509Certificate(Buffer.from(bytes ?? base64, 'base64')).raw;
  } catch {
    throw refusedFor('certificate_invalid', `The client certificate that the proxy passes on in ${header} cannot be read.`);
  }
}
