/** An authorization server for those who only check tokens: a page where a user signs in and is handed a JWT. Nothing of it is measured. */
import express from 'express';
import { importPKCS8, SignJWT } from 'jose';
import { api, client, lifetimes, scope } from '../world.js';
import { createScreens, openRedis, signingKey } from './host.js';

/** @param {import('../servers/start.js').Start} start */
export async function createTokenPage(start) {
  const { privatePem, publicPem, jwks } = signingKey();
  const key = await importPKCS8(privatePem, 'ES256');
  const screens = createScreens(openRedis(start));
  const app = express();
  app.post('/login', screens.login);
  app.all('/authorize', express.urlencoded({ extended: false }), async (req, res) => {
    const user = await screens.userWhoAgrees(req, res);
    if (user) res.redirect(`${client.redirect_uri}?${new URLSearchParams({ code: user.id, state: String(req.query.state) })}`);
  });
  app.post('/token', express.urlencoded({ extended: false }), async (req, res) => {
    const access_token = await new SignJWT({ client_id: client.client_id, scope })
      .setProtectedHeader({ alg: 'ES256', kid: 'ES256', typ: 'at+jwt' })
      .setIssuer(start.url)
      .setAudience(api)
      .setSubject(req.body.code)
      .setIssuedAt()
      .setJti('1')
      .setExpirationTime(`${lifetimes.accessToken}s`)
      .sign(key);
    res.json({ access_token, token_type: 'Bearer' });
  });
  app.get('/jwks', (_req, res) => void res.json(jwks));
  return { app, publicPem };
}

/** @type {import('../servers/start.js').Parts} */
export const parts = { paths: { authorize: '/authorize', token: '/token', jwks: '/jwks', api: '/api/contacts' } };
