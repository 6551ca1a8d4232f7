/** Our own, as README sets it up. */
import express from 'express';
import { oauthRouter } from '../../dist/index.js';
import { api, authenticate, client, lifetimes, scope, secret } from '../world.js';
import { listen } from './listen.js';

/** @type {import('./start.js').Serve} */
export async function serve(start) {
  const app = express();
  addTo(app, start);
  await listen(app.listen(start.port, '127.0.0.1'));
  return parts;
}

/** @param {import('express').Express} app @param {import('./start.js').Start} start */
export function addTo(app, { url, redis, format }) {
  const oauth = oauthRouter({
    issuer: url,
    secrets: [secret],
    redis,
    clients: [
      {
        client_id: client.client_id,
        client_secret: client.client_secret,
        redirect_uris: [client.redirect_uri],
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
        id_token_signed_response_alg: 'ES256',
        introspects: [api],
      },
    ],
    users: { authenticate: ({ username, password }) => authenticate(username, password) },
    apis: {
      [api]: {
        scopes: { [scope]: 'See your contacts' },
        ...(format === 'opaque' ? { accessTokens: 'opaque' } : { accessTokens: 'jwt', signingAlg: format }),
      },
    },
    lifetimes: {
      code: lifetimes.code,
      accessToken: lifetimes.accessToken,
      refreshToken: lifetimes.refreshToken,
      session: lifetimes.session,
    },
    log: { warn() {}, error: (message, cause) => console.error(message, cause) },
  });
  app.use(oauth);
  app.get('/api/contacts', oauth.protect(scope), (req, res) => void res.json({ sub: req.auth?.sub }));
}

/** @type {import('./start.js').Parts} */
export const parts = {
  paths: {
    authorize: '/oauth/authorize',
    token: '/oauth/token',
    introspect: '/oauth/introspect',
    userinfo: '/oauth/userinfo',
    metadata: '/.well-known/oauth-authorization-server',
    jwks: '/oauth/jwks',
    api: '/api/contacts',
  },
};
