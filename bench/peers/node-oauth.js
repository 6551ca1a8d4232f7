/** @node-oauth/oauth2-server with its wrapper for Express, which its readme recommends, and a model that keeps things in Redis. */
import OAuthServer from '@node-oauth/express-oauth-server';
import express from 'express';
import { listen } from '../servers/listen.js';
import { client, lifetimes, scope } from '../world.js';
import { createScreens, openRedis, signingKey } from './host.js';

/** @type {import('../servers/start.js').Serve} */
export async function serve(start) {
  const redis = openRedis(start);
  const screens = createScreens(redis);
  const { signAccessToken, jwks } = signingKey();

  const registered = {
    id: client.client_id,
    redirectUris: [client.redirect_uri],
    grants: ['authorization_code', 'refresh_token', 'client_credentials'],
  };
  /** @param {string} name */
  const read = async (name) => {
    const text = await redis.get(name);
    return text === null ? undefined : JSON.parse(text);
  };
  /** @param {string} name @param {object} value @param {Date} end */
  const write = (name, value, end) => redis.set(name, JSON.stringify(value), 'PXAT', end.getTime());
  /** @param {any} found */
  const withDates = (found) =>
    found && {
      ...found,
      client: registered,
      expiresAt: new Date(found.expiresAt),
      accessTokenExpiresAt: new Date(found.accessTokenExpiresAt),
      refreshTokenExpiresAt: new Date(found.refreshTokenExpiresAt),
    };

  const model = {
    /** @param {string} id @param {string | null} given */
    getClient: async (id, given) => id === client.client_id && (given === null || given === client.client_secret) && registered,
    getUserFromClient: async () => ({ id: client.client_id }),
    /** @param {unknown} _user @param {unknown} _client @param {readonly string[] | undefined} asked */
    validateScope: async (_user, _client, asked = [scope]) => asked.every((word) => word === scope) && asked,
    /** @param {{ scope: readonly string[] }} token @param {readonly string[]} needed */
    verifyScope: async (token, needed) => needed.every((word) => token.scope.includes(word)),

    ...(start.format === 'ES256' && {
      /** @param {unknown} _client @param {{ id: string }} user @param {readonly string[]} granted */
      generateAccessToken: (_client, user, granted) => signAccessToken(start.url, user.id, granted.join(' ')),
    }),

    /** @param {any} code @param {unknown} _client @param {object} user */
    async saveAuthorizationCode(code, _client, user) {
      await write(`code:${code.authorizationCode}`, { ...code, user }, code.expiresAt);
      return { ...code, client: registered, user };
    },
    /** @param {string} code */
    getAuthorizationCode: async (code) => withDates(await read(`code:${code}`)),
    /** @param {{ authorizationCode: string }} code */
    revokeAuthorizationCode: async ({ authorizationCode }) => (await redis.del(`code:${authorizationCode}`)) === 1,

    /** A JWT needs no record. @param {any} token @param {unknown} _client @param {object} user */
    async saveToken(token, _client, user) {
      const { accessToken, accessTokenExpiresAt, refreshToken, refreshTokenExpiresAt, scope: granted } = token;
      await Promise.all([
        start.format === 'opaque' &&
          write(`access:${accessToken}`, { accessToken, accessTokenExpiresAt, scope: granted, user }, accessTokenExpiresAt),
        refreshToken &&
          write(`refresh:${refreshToken}`, { refreshToken, refreshTokenExpiresAt, scope: granted, user }, refreshTokenExpiresAt),
      ]);
      return { ...token, client: registered, user };
    },
    /** @param {string} token */
    getRefreshToken: async (token) => withDates(await read(`refresh:${token}`)),
    /** @param {{ refreshToken: string }} token */
    revokeToken: async ({ refreshToken }) => (await redis.del(`refresh:${refreshToken}`)) === 1,
    /** @param {string} token */
    getAccessToken: async (token) => withDates(await read(`access:${token}`)),
  };

  const oauth = new OAuthServer(
    /** @type {any} */ ({
      model,
      accessTokenLifetime: lifetimes.accessToken,
      refreshTokenLifetime: lifetimes.refreshToken,
      authorizationCodeLifetime: lifetimes.code,
      authenticateHandler: { handle: (/** @type {{ user?: unknown }} */ req) => req.user },
    }),
  );

  const app = express();
  app.use(express.urlencoded({ extended: false }));
  app.post('/login', screens.login);
  app.all(
    '/authorize',
    async (req, res, next) => {
      const user = await screens.userWhoAgrees(req, res);
      if (!user) return;
      Object.assign(req, { user });
      next();
    },
    oauth.authorize(),
  );
  app.post('/token', oauth.token());
  app.get('/jwks', (_req, res) => void res.json(jwks));
  app.get('/api/contacts', oauth.authenticate({ scope: [scope] }), (_req, res) => void res.json({ sub: res.locals.oauth.token.user.id }));
  await listen(app.listen(start.port, '127.0.0.1'));
  return {
    paths: { authorize: '/authorize', token: '/token', jwks: '/jwks', api: '/api/contacts' },
  };
}
