/** express-oauth2-jwt-bearer, the verifier of Auth0, in front of an API: it takes our access tokens as they are. RFC 9068. */
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { type Origin, serve } from '../support/origin.js';
import { api, freshCode, type TestServer, testServer, token } from '../support/server.js';

interface Options {
  readonly issuerBaseURL?: string;
  readonly issuer?: string;
  readonly jwksUri?: string;
  readonly audience: string;
  readonly strict?: boolean;
  readonly tokenSigningAlg?: string;
}

interface Verifier {
  auth(options: Options): RequestHandler;
  requiredScopes(scopes: string): RequestHandler;
}

// Not imported: its types declare another `req.auth` for all of Express.
const { auth, requiredScopes } = createRequire(import.meta.url)('express-oauth2-jwt-bearer') as Verifier;

let server: TestServer;
const origins: Origin[] = [];

beforeAll(async () => {
  server = await testServer();
});

afterAll(async () => {
  await Promise.all(origins.map((origin) => origin.close()));
  await server.close();
});

async function serveApi(options: Options) {
  const app = express();
  app.use(auth({ strict: true, tokenSigningAlg: 'ES256', ...options })); // strict: `typ` must be that of RFC 9068
  app.get('/', requiredScopes('read:contacts'), (req, res) => void res.json(req.auth));
  app.get('/more', requiredScopes('create:contacts'), (_req, res) => void res.end());
  app.use(((error, _req, res, _next) => void res.status(error.status).end()) as ErrorRequestHandler);
  const origin = await serve(app);
  origins.push(origin);
  const { body } = await token(server.url, await freshCode(server.url));
  return (path: string) => fetch(`${origin.url}${path}`, { headers: { Authorization: `Bearer ${body.access_token}` } });
}

describe('express-oauth2-jwt-bearer', () => {
  it('finds the keys by our metadata, and takes the token', async () => {
    const call = await serveApi({ issuerBaseURL: server.url, audience: api });
    const answer = await call('/');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ header: { typ: 'at+jwt' }, payload: { sub: 'alice', client_id: 'web', aud: api } });
  });

  it('takes the token by our keys alone', async () => {
    const call = await serveApi({ issuer: server.url, jwksUri: `${server.url}/oauth/jwks`, audience: api });
    expect((await call('/')).status).toBe(200);
  });

  it('reads the scope as we do', async () => {
    const call = await serveApi({ issuerBaseURL: server.url, audience: api });
    expect((await call('/more')).status).toBe(403);
  });

  it('refuses the token for another API', async () => {
    const call = await serveApi({ issuerBaseURL: server.url, audience: 'https://api.example.com/calendar' });
    expect((await call('/')).status).toBe(401);
  });
});
