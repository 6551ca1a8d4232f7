/** @jmondi/oauth2-server with its adapter for Express, and repositories that keep things in Redis. */
import { createPrivateKey } from 'node:crypto';
import { AuthorizationServer, DateInterval, generateRandomToken, JwtService, OAuthException } from '@jmondi/oauth2-server';
import { handleExpressError, handleExpressResponse, requestFromExpress } from '@jmondi/oauth2-server/express';
import express from 'express';
import jsonwebtoken from 'jsonwebtoken';
import { listen } from '../servers/listen.js';
import { client, lifetimes, scope } from '../world.js';
import { createScreens, openRedis, signingKey } from './host.js';

/** Its own signs by HS256 alone; the same library can do more. */
class Es256Service extends JwtService {
  #key;

  /** @param {string} privatePem @param {string} publicPem */
  constructor(privatePem, publicPem) {
    super(publicPem);
    this.#key = createPrivateKey(privatePem);
  }

  /** @override @param {string | Buffer | Record<string, unknown>} payload @returns {Promise<string>} */
  sign(payload) {
    const options = { algorithm: /** @type {const} */ ('ES256'), keyid: 'ES256' };
    return new Promise((resolve, reject) => {
      jsonwebtoken.sign(payload, this.#key, options, (error, token) => (token === undefined ? reject(error) : resolve(token)));
    });
  }
}

/** @type {import('../servers/start.js').Serve} */
export async function serve(start) {
  const redis = openRedis(start);
  const screens = createScreens(redis);
  const { privatePem, publicPem, jwks } = signingKey();

  /** @type {import('@jmondi/oauth2-server').OAuthClient} */
  const registered = {
    id: client.client_id,
    name: client.client_id,
    secret: client.client_secret,
    redirectUris: [client.redirect_uri],
    allowedGrants: ['authorization_code', 'refresh_token', 'client_credentials'],
    scopes: [{ name: scope }],
  };
  /** @param {string} name */
  const read = async (name) => {
    const text = await redis.get(name);
    if (text === null) throw OAuthException.invalidGrant(`There is no ${name}.`);
    const found = JSON.parse(text);
    for (const member of ['expiresAt', 'accessTokenExpiresAt', 'refreshTokenExpiresAt']) {
      if (member in found) found[member] = new Date(found[member]);
    }
    return { ...found, client: registered };
  };
  /** @param {string} name @param {object} value - with its client, who is known @param {Date} end */
  const write = (name, value, end) => redis.set(name, JSON.stringify({ ...value, client: undefined }), 'PXAT', end.getTime());

  const clients = {
    getByIdentifier: async () => registered,
    /** @param {string} grant @param {typeof registered} known @param {string} [given] */
    isClientValid: async (grant, known, given) => given === known.secret && known.allowedGrants.includes(/** @type {any} */ (grant)),
  };
  /** @type {import('@jmondi/oauth2-server').OAuthTokenRepository} */
  const tokens = {
    issueToken: async (known, scopes, user) => ({
      accessToken: generateRandomToken(),
      accessTokenExpiresAt: new DateInterval(`${lifetimes.accessToken}s`).getEndDate(),
      client: known,
      user: user ?? null,
      scopes,
    }),
    async issueRefreshToken(token) {
      const refreshToken = generateRandomToken();
      const refreshTokenExpiresAt = new DateInterval(`${lifetimes.refreshToken}s`).getEndDate();
      const issued = { ...token, refreshToken, refreshTokenExpiresAt };
      await write(`refresh:${refreshToken}`, issued, refreshTokenExpiresAt);
      return issued;
    },
    async persist() {}, // an access token is a JWT, and needs no record
    async revoke(token) {
      await redis.del(`refresh:${token.refreshToken}`);
    },
    isRefreshTokenRevoked: async () => false, // one that was revoked is not found
    getByRefreshToken: (token) => read(`refresh:${token}`),
  };
  /** @type {import('@jmondi/oauth2-server').OAuthAuthCodeRepository} */
  const codes = {
    issueAuthCode: (known, user, scopes) => ({
      code: generateRandomToken(),
      expiresAt: new DateInterval(`${lifetimes.code}s`).getEndDate(),
      client: known,
      user: user ?? null,
      scopes,
    }),
    async persist(code) {
      await write(`code:${code.code}`, code, code.expiresAt);
    },
    getByIdentifier: (code) => read(`code:${code}`),
    isRevoked: async (code) => (await redis.exists(`code:${code}`)) === 0,
    async revoke(code) {
      await redis.del(`code:${code}`);
    },
  };
  const users = { getUserByCredentials: async (/** @type {string | number} */ id) => ({ id }) };
  const scopes = {
    getAllByIdentifiers: async (/** @type {readonly string[]} */ names) => names.filter((name) => name === scope).map((name) => ({ name })),
    finalize: async (/** @type {any} */ asked) => asked,
  };

  const server = new AuthorizationServer(clients, tokens, scopes, new Es256Service(privatePem, publicPem), {
    issuer: start.url,
    useOpaqueAuthorizationCodes: true, // less work than codes and refresh tokens that are signed
    useOpaqueRefreshTokens: true,
  });
  const life = new DateInterval(`${lifetimes.accessToken}s`);
  server.enableGrantTypes(
    ['client_credentials', life],
    ['refresh_token', life],
    [{ grant: 'authorization_code', userRepository: users, authCodeRepository: codes }, life],
  );

  const app = express();
  app.use(express.urlencoded({ extended: false }));
  app.post('/login', screens.login);
  app.all('/authorize', async (req, res) => {
    try {
      const request = await server.validateAuthorizationRequest(requestFromExpress(req));
      const user = await screens.userWhoAgrees(req, res);
      if (!user) return;
      request.user = user;
      request.isAuthorizationApproved = true;
      handleExpressResponse(res, /** @type {any} */ (await server.completeAuthorizationRequest(request)));
    } catch (error) {
      handleExpressError(error, res);
    }
  });
  app.post('/token', async (req, res) => {
    try {
      handleExpressResponse(res, /** @type {any} */ (await server.respondToAccessTokenRequest(requestFromExpress(req))));
    } catch (error) {
      handleExpressError(error, res);
    }
  });
  app.get('/jwks', (_req, res) => void res.json(jwks));
  await listen(app.listen(start.port, '127.0.0.1'));
  return {
    paths: { authorize: '/authorize', token: '/token', jwks: '/jwks' },
    claims: { lacks: ['aud', 'sub of a machine'], client_id: 'cid' },
  };
}
