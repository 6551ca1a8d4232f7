/** A document that describes a client, by https on this machine. OAuth Client ID Metadata Document. */
import { createServer } from 'node:https';
import { makeCertificates } from './certificates.js';
import { listen } from './server.js';

export interface DocumentHost {
  /** The URL of the document, which is the identifier of the client. */
  readonly url: string;
  /** What lets the router fetch it. */
  readonly outgoing: { readonly allow: readonly string[]; readonly ca: string };
  close(): Promise<void>;
}

/** A port of a loopback address counts for nothing, so none is in the document. RFC 8252 section 7.3. */
export async function serveDocument(metadata: Readonly<Record<string, unknown>>): Promise<DocumentHost> {
  const certificates = makeCertificates('DNS:localhost');
  const listener = createServer({ ...certificates }, (req, res) => {
    const body = req.url === '/agent.json' ? JSON.stringify({ client_id: url, ...metadata }) : undefined;
    res.writeHead(body === undefined ? 404 : 200, { 'Content-Type': 'application/json' }).end(body);
  });
  const origin = (await listen(listener)).replace('http:', 'https:');
  const url = `${origin}/agent.json`;
  return {
    url,
    outgoing: { allow: [new URL(url).host], ca: certificates.ca },
    close: async () => {
      listener.closeAllConnections();
      await new Promise((closed) => listener.close(closed));
    },
  };
}
