/** An app that asks its clients for certificates, by itself or behind a real nginx. */
import { createServer } from 'node:https';
import express from 'express';
import type { OAuthRouterOptions } from '../../lib/config/options/index.js';
import { type Authority, makeAuthority, makeCertificates } from './certificates.js';
import { freePort } from './free-port.js';
import { startNginx } from './nginx.js';
import { listen, type TestServer, testServer } from './server.js';

export interface MutualTlsServer extends TestServer {
  /** Where TLS is; `url` is the app by plain http. */
  readonly secureUrl: string;
  /** That of the servers, for clients to trust. */
  readonly ca: string;
}

const server = makeCertificates('DNS:localhost', 'IP:127.0.0.1');
/** That of the clients. */
export const authority: Authority = makeAuthority();

/** The app is the https server, and its issuer is there. */
export async function startDirect(options: Partial<OAuthRouterOptions>): Promise<MutualTlsServer> {
  const app = express();
  const front = createServer({ cert: server.cert, key: server.key, ca: authority.cert, requestCert: true, rejectUnauthorized: false }, app);
  const secureUrl = (await listen(front)).replace('http:', 'https:');
  const started = await testServer({ app, frozen: false, options: { issuer: secureUrl, development: true, ...options } });
  return {
    ...started,
    secureUrl,
    ca: server.ca,
    close: async () => {
      front.closeAllConnections();
      await new Promise((closed) => front.close(closed));
      await started.close();
    },
  };
}

/** The issuer is the app by http; nginx has an origin of its own, which is announced for clients with certificates. */
export async function startBehindNginx(options: Partial<OAuthRouterOptions>): Promise<MutualTlsServer> {
  const port = await freePort();
  const secureUrl = `https://localhost:${port}`;
  const mtls = { header: 'X-SSL-Client-Cert', verified: 'X-SSL-Client-Verify', origin: secureUrl };
  const started = await testServer({ frozen: false, options: { mtls, ...options } });
  const nginx = await startNginx({ ...server, ca: authority.cert, port, app: started.url });
  return {
    ...started,
    secureUrl,
    ca: server.ca,
    close: async () => {
      await nginx.close();
      await started.close();
    },
  };
}
