/**
 * better-auth with its OAuth provider. Sessions and codes are in Redis, its `secondaryStorage`; its tables are in SQLite in memory, by node:sqlite
 * where Node has it, else in its own memory adapter: there is no adapter for Redis. Passwords are not hashed, as nowhere in the bench.
 */
import { getAuthTables } from '@better-auth/core/db';
import { oauthProvider } from '@better-auth/oauth-provider';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { jwt } from 'better-auth/plugins';
import express from 'express';
import { listen } from '../servers/listen.js';
import { api, client, lifetimes, password, scope, secret } from '../world.js';
import { openRedis } from './host.js';

const users = 64;
const basePath = '/api/auth'; // its own choice

/** @type {import('../servers/start.js').Serve} */
export async function serve(start) {
  const redis = openRedis(start);
  const sqlite = /** @type {any} */ (process).getBuiltinModule?.('node:sqlite');
  /** @type {Set<string>} */
  const trusted = new Set();
  /** @type {Record<string, any[]>} */
  const tables = {};
  const options = {
    baseURL: start.url,
    secret,
    logger: { level: /** @type {const} */ ('error') },
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    database: sqlite ? new sqlite.DatabaseSync(':memory:') : memoryAdapter(tables),
    secondaryStorage: {
      get: (/** @type {string} */ key) => redis.get(key),
      getAndDelete: (/** @type {string} */ key) => redis.getdel(key),
      async set(/** @type {string} */ key, /** @type {string} */ value, /** @type {number | undefined} */ ttl) {
        await (ttl ? redis.set(key, value, 'EX', ttl) : redis.set(key, value));
      },
      async delete(/** @type {string} */ key) {
        await redis.del(key);
      },
      async increment(/** @type {string} */ key, /** @type {number} */ ttl) {
        const [, [, count] = []] = (await redis.multi().set(key, 0, 'EX', ttl, 'NX').incr(key).exec()) ?? [];
        return Number(count);
      },
    },
    session: {
      storeSessionInDatabase: true, // its OAuth provider asks for it
      expiresIn: lifetimes.session,
      cookieCache: { enabled: true, maxAge: 300 }, // as its guide to performance has it
    },
    emailAndPassword: {
      enabled: true,
      password: {
        hash: async (/** @type {string} */ given) => given,
        verify: async (/** @type {{ hash: string, password: string }} */ { hash, password: given }) => hash === given,
      },
    },
    disabledPaths: ['/token'],
    plugins: [
      jwt({ jwks: { keyPairConfig: { alg: 'ES256' } } }),
      oauthProvider({
        loginPage: '/sign-in',
        consentPage: '/consent',
        scopes: ['openid', 'profile', 'email', 'offline_access', scope],
        resources: [
          {
            identifier: api,
            accessTokenTtl: lifetimes.accessToken,
            signingAlgorithm: 'ES256',
            allowedScopes: [scope, 'openid', 'offline_access'],
          },
        ],
        enforcePerClientResources: false,
        cachedTrustedClients: trusted,
        clientPrivileges: () => true, // of the one user who registers the client below
        accessTokenExpiresIn: lifetimes.accessToken,
        m2mAccessTokenExpiresIn: lifetimes.accessToken,
        refreshTokenExpiresIn: lifetimes.refreshToken,
        codeExpiresIn: lifetimes.code,
        silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
      }),
    ],
  };
  if (sqlite) await (await getMigrations(/** @type {any} */ (options))).runMigrations();
  else for (const name of Object.keys(getAuthTables(/** @type {any} */ (options)))) tables[name] = [];
  const auth = betterAuth(/** @type {any} */ (options));
  const calls = /** @type {any} */ (auth.api);
  /** @type {Record<string, string>} */
  const subs = {};
  for (let index = 0; index < users; index += 1) {
    const name = `user-${index}`;
    const { user } = await calls.signUpEmail({ body: { email: `${name}@example.com`, name, password } });
    subs[name] = user.id;
  }
  const signedIn = await calls.signInEmail({ body: { email: 'user-0@example.com', password }, asResponse: true });
  const { client_id, client_secret } = await calls.adminCreateOAuthClient({
    headers: { cookie: signedIn.headers.get('set-cookie').split(';', 1)[0] },
    body: {
      redirect_uris: [client.redirect_uri],
      token_endpoint_auth_method: 'client_secret_post',
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      scope: `openid offline_access ${scope}`,
      client_credentials_scopes: [scope],
    },
  });
  trusted.add(client_id);

  const app = express();
  const handler = toNodeHandler(auth);
  app.all(`${basePath}/{*path}`, handler);
  app.get(
    '/sign-in',
    (_req, res) => void res.send(page('<input name="email"><input name="password" type="password"><button>Sign in</button>')),
  );
  app.get('/consent', (_req, res) => void res.send(page('<button name="decision" value="allow">Allow</button>')));
  await listen(app.listen(start.port, '127.0.0.1'));
  return {
    paths: {
      authorize: `${basePath}/oauth2/authorize`,
      token: `${basePath}/oauth2/token`,
      introspect: `${basePath}/oauth2/introspect`,
      userinfo: `${basePath}/oauth2/userinfo`,
      metadata: `${basePath}/.well-known/openid-configuration`,
      jwks: `${basePath}/jwks`,
    },
    login: 'json',
    refreshScope: 'offline_access',
    namesApi: start.format !== 'opaque',
    users,
    client_id,
    client_secret,
    issuer: `${start.url}${basePath}`,
    subs,
    claims: {
      ...(start.format === 'opaque' && { lacks: ['aud', 'sub of a machine'] }),
      audiences: { openid: `${start.url}${basePath}/oauth2/userinfo` },
    },
  };
}

/** @param {string} fields */
function page(fields) {
  return `<!doctype html><title>Sign in</title><form>${fields}</form>`;
}
