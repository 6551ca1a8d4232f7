/** Origins of their own on localhost, by http or https, for the apps of a test. */
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import express, { type RequestHandler } from 'express';
import type { OAuthRouterOptions } from '../../lib/config/options/index.js';
import { type Certificates, makeCertificates } from './certificates.js';
import { listen, type TestServer, testServer } from './server.js';

export interface Origin {
  readonly url: string;
  close(): Promise<void>;
}

let certificates: Certificates | undefined;

/** Serves an app; by https with a certificate that nobody knows. */
export async function serve(app: RequestListener, { secure = false }: { secure?: boolean } = {}): Promise<Origin> {
  if (secure) certificates ??= makeCertificates('DNS:localhost');
  const listener = secure ? createSecureServer({ ...certificates }, app) : createServer(app);
  const url = await listen(listener);
  return {
    url: secure ? url.replace('http:', 'https:') : url,
    close: async () => {
      listener.closeAllConnections();
      await new Promise((closed) => listener.close(closed));
    },
  };
}

export interface OAuthServer extends TestServer {
  readonly issuer: string;
  /** What the operator was told. */
  readonly warnings: readonly string[];
}

/** A test server whose issuer may be https; `url` is the same app by http, for the tests themselves. */
export async function serveOAuth(
  options: Partial<OAuthRouterOptions>,
  { secure = false, before = [] }: { secure?: boolean; before?: readonly RequestHandler[] } = {},
): Promise<OAuthServer> {
  const app = express();
  const front = await serve(app, { secure });
  const warnings: string[] = [];
  const log = { warn: (message: string) => void warnings.push(message), error: console.error };
  // Whoever stands at these origins has a clock of its own, which runs.
  const server = await testServer({ app, before, frozen: false, options: { issuer: front.url, log, ...options } });
  return {
    ...server,
    issuer: front.url,
    warnings,
    close: async () => {
      await front.close();
      await server.close();
    },
  };
}
