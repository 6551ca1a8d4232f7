/** A host on https that publishes client metadata documents, as good or as bad as a test wants; and a neighbour that nobody may ask. */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { OAuthRouterOptions } from '../../lib/config/options/index.js';
import { makeCertificates } from './certificates.js';

export const callback = 'https://agent.example/callback';

export interface DocumentHost {
  readonly url: string;
  /** The options by which a server may read here. */
  readonly options: Pick<OAuthRouterOptions, 'metadataDocuments' | 'outgoing'>;
  /** The paths that were asked for. */
  readonly seen: string[];
  /** Who must never be asked, in plain http, and what was. */
  readonly neighbour: { readonly url: string; readonly seen: string[] };
  /** What is at this path from now on: a listener, or a body in JSON. @returns its URL */
  publish(path: string, answer: RequestListener | object | string, headers?: Readonly<Record<string, string>>): string;
  /** A good document at this path, with these members over it. @returns its URL, which is the client_id */
  document(path: string, members?: object, headers?: Readonly<Record<string, string>>): string;
  close(): Promise<void>;
}

export async function documentHost(): Promise<DocumentHost> {
  const { ca, cert, key } = makeCertificates('DNS:localhost');
  const answers = new Map<string, RequestListener>();
  const [seen, seenBeside]: [string[], string[]] = [[], []];
  const secure = createTlsServer({ cert, key }, (req, res) => {
    seen.push(req.url ?? '');
    (answers.get(req.url ?? '') ?? missing)(req, res);
  });
  const beside = createServer((req, res) => {
    seenBeside.push(req.url ?? '');
    res.end('{}');
  });
  const url = `https://localhost:${await listen(secure)}`;
  const { host } = new URL(url);

  const publish: DocumentHost['publish'] = (path, answer, headers = {}) => {
    const body = typeof answer === 'string' ? answer : JSON.stringify(answer);
    const send: RequestListener = (_req, res) => void res.writeHead(200, { 'Content-Type': 'application/json', ...headers }).end(body);
    answers.set(path, typeof answer === 'function' ? (answer as RequestListener) : send);
    return `${url}${path}`;
  };

  return {
    url,
    options: { metadataDocuments: true, outgoing: { allow: [host], ca } },
    seen,
    neighbour: { url: `http://127.0.0.1:${await listen(beside)}`, seen: seenBeside },
    publish,
    document: (path, members = {}, headers = {}) =>
      publish(path, { client_id: `${url}${path}`, client_name: 'Meeting Agent', redirect_uris: [callback], ...members }, headers),
    close: async () => {
      await Promise.all([secure, beside].map(end));
    },
  };
}

function missing(_req: IncomingMessage, res: ServerResponse): void {
  res.writeHead(404).end();
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((listening) => server.listen(0, listening));
  return (server.address() as AddressInfo).port;
}

async function end(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
}
