/** What a host would write that has the public key and needs no more: one middleware, which has jose verify the token, and looks at its scope. */
import { importSPKI, jwtVerify } from 'jose';
import { listen } from '../servers/listen.js';
import { api, scope } from '../world.js';
import { createTokenPage, parts } from './token-page.js';

/** @type {import('../servers/start.js').Serve} */
export async function serve(start) {
  const { app, publicPem } = await createTokenPage(start);
  const key = await importSPKI(publicPem, 'ES256');
  const expected = { issuer: start.url, audience: api, algorithms: ['ES256'] };

  app.get(
    '/api/contacts',
    async (req, res, next) => {
      try {
        const { payload } = await jwtVerify((req.headers.authorization ?? '').slice('Bearer '.length), key, expected);
        if (!String(payload.scope).split(' ').includes(scope)) return void res.status(403).end();
        res.locals.sub = payload.sub;
        next();
      } catch {
        res.status(401).end();
      }
    },
    (_req, res) => void res.json({ sub: res.locals.sub }),
  );
  await listen(app.listen(start.port, '127.0.0.1'));
  return parts;
}
