/** express-oauth2-jwt-bearer, which checks the tokens of an authorization server elsewhere: here, a page that hands them out. */
import { auth, requiredScopes } from 'express-oauth2-jwt-bearer';
import { listen } from '../servers/listen.js';
import { api, scope } from '../world.js';
import { createTokenPage, parts } from './token-page.js';

/** @type {import('../servers/start.js').Serve} */
export async function serve(start) {
  const { app } = await createTokenPage(start);
  app.get(
    '/api/contacts',
    auth({ issuer: start.url, jwksUri: `${start.url}/jwks`, audience: api, tokenSigningAlg: 'ES256' }),
    requiredScopes(scope),
    (req, res) => {
      const { payload } = /** @type {import('express-oauth2-jwt-bearer').AuthResult} */ (/** @type {unknown} */ (req.auth)); // `auth` has more than one owner here
      res.json({ sub: payload.sub });
    },
  );
  await listen(app.listen(start.port, '127.0.0.1'));
  return parts;
}
