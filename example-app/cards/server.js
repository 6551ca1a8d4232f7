/**
 * Birthday Cards: a single-page client. This server only hands out its files, and knows nothing of users and tokens; what the client does
 * is in public/oauth.js.
 */
import { fileURLToPath } from 'node:url';
import express from 'express';
import { keepToOneHost } from '../guards.js';
import { listen } from '../listen.js';

/** @param {{ issuer: string, url: string, clientId: string }} settings */
function createCards({ issuer, url, clientId }) {
  const app = express();
  app.disable('x-powered-by');
  app.use(keepToOneHost(url), (_req, res, next) => {
    res.set(headersFor(issuer));
    next();
  });
  app.get('/config.json', (_req, res) => void res.json({ issuer, clientId, redirectUri: `${url}/`, signOut: `${issuer}/oauth/sign-out` }));
  app.use(express.static(fileURLToPath(new URL('public', import.meta.url))));
  return app;
}

/**
 * A single-page app keeps its tokens in the page, so no script of anybody else must get in there, and none of ours may talk to anybody
 * but Contacts. The rest is for the address of the page, which has a code in it for a moment.
 *
 * @param {string} issuer
 */
function headersFor(issuer) {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self' ${issuer}`,
    `connect-src 'self' ${issuer}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'Content-Security-Policy': policy.join('; '),
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  };
}

/**
 * Starts it on localhost. Contacts need not be there yet.
 *
 * @param {{ port: number, issuer: string, clientId?: string }} options
 */
export function startCards({ port, issuer, clientId = 'cards' }) {
  return listen(port, (url) => createCards({ issuer, url, clientId }));
}
