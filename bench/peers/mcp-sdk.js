/** The legacy authorization router of the MCP SDK, and a provider that keeps things in Redis. Its rate limits would end the run, so they are off. */
import { randomBytes } from 'node:crypto';
import { InvalidGrantError, InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { mcpAuthRouter } from '@modelcontextprotocol/sdk/server/auth/router.js';
import express from 'express';
import { importSPKI, jwtVerify } from 'jose';
import { listen } from '../servers/listen.js';
import { api, client, lifetimes, scope } from '../world.js';
import { createScreens, openRedis, signingKey } from './host.js';

/** @type {import('../servers/start.js').Serve} */
export async function serve(start) {
  const redis = openRedis(start);
  const screens = createScreens(redis);
  const { signAccessToken, publicPem, jwks } = signingKey();
  const publicKey = await importSPKI(publicPem, 'ES256');
  const random = () => randomBytes(32).toString('base64url');

  /** @param {{ sub: string, scope: string, client_id: string }} granted */
  async function issue({ sub, scope: granted, client_id }) {
    const isOpaque = start.format === 'opaque';
    const access_token = isOpaque ? random() : signAccessToken(start.url, sub, granted);
    const refresh_token = random();
    const exp = Math.floor(Date.now() / 1000) + lifetimes.accessToken;
    const record = JSON.stringify({ sub, scope: granted, client_id, exp });
    await Promise.all([
      isOpaque && redis.set(`access:${access_token}`, record, 'EX', lifetimes.accessToken),
      redis.set(`refresh:${refresh_token}`, record, 'EX', lifetimes.refreshToken),
    ]);
    return { access_token, token_type: 'Bearer', expires_in: lifetimes.accessToken, scope: granted, refresh_token };
  }

  /** @param {string} key @param {{ client_id: string }} known @param {string} [redirectUri] - of the request for the code */
  async function take(key, known, redirectUri) {
    const text = await redis.getdel(key);
    if (text === null) throw new InvalidGrantError('It was used before, or has expired.');
    const record = JSON.parse(text);
    if (record.client_id !== known.client_id || record.redirectUri !== redirectUri) throw new InvalidGrantError('It is for another.');
    return record;
  }

  const registered = {
    client_id: client.client_id,
    client_secret: client.client_secret,
    redirect_uris: [client.redirect_uri],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'client_secret_post',
  };

  /** @type {import('@modelcontextprotocol/sdk/server/auth/provider.js').OAuthServerProvider} */
  const provider = {
    clientsStore: { getClient: (id) => (id === client.client_id ? registered : undefined) },
    async authorize({ client_id }, { state, scopes = [], codeChallenge, redirectUri }, res) {
      const user = await screens.userWhoAgrees(res.req, res);
      if (!user) return;
      const code = random();
      const record = { sub: user.id, scope: scopes.join(' '), codeChallenge, client_id, redirectUri };
      await redis.set(`code:${code}`, JSON.stringify(record), 'EX', lifetimes.code);
      const target = new URL(redirectUri);
      target.searchParams.set('code', code);
      if (state !== undefined) target.searchParams.set('state', state);
      res.redirect(target.href);
    },
    async challengeForAuthorizationCode(_client, code) {
      const record = await redis.get(`code:${code}`);
      if (record === null) throw new InvalidGrantError('There is no such code.');
      return JSON.parse(record).codeChallenge;
    },
    exchangeAuthorizationCode: async (known, code, _verifier, redirectUri) => issue(await take(`code:${code}`, known, redirectUri)),
    exchangeRefreshToken: async (known, token) => issue(await take(`refresh:${token}`, known)),
    async verifyAccessToken(token) {
      if (start.format === 'opaque') {
        const record = await redis.get(`access:${token}`);
        if (record === null) throw new InvalidTokenError('There is no such token.');
        const { sub, scope: granted, client_id, exp } = JSON.parse(record);
        return { token, clientId: client_id, scopes: granted.split(' '), expiresAt: exp, extra: { sub } };
      }
      const { payload } = await jwtVerify(token, publicKey, { issuer: start.url, audience: api }).catch(() => {
        throw new InvalidTokenError('It is none of ours.');
      });
      const scopes = String(payload.scope).split(' ');
      return { token, clientId: client.client_id, scopes, expiresAt: /** @type {number} */ (payload.exp), extra: { sub: payload.sub } };
    },
  };

  const app = express();
  app.post('/login', screens.login);
  app.use(
    mcpAuthRouter({
      provider,
      issuerUrl: new URL(start.url),
      authorizationOptions: { rateLimit: false },
      tokenOptions: { rateLimit: false },
    }),
  );
  app.get('/jwks', (_req, res) => void res.json(jwks));
  app.get('/api/contacts', requireBearerAuth({ verifier: provider, requiredScopes: [scope] }), (req, res) => {
    res.json({ sub: req.auth?.extra?.sub });
  });
  await listen(app.listen(start.port, '127.0.0.1'));
  return {
    paths: {
      authorize: '/authorize',
      token: '/token',
      metadata: '/.well-known/oauth-authorization-server',
      jwks: '/jwks',
      api: '/api/contacts',
    },
  };
}
