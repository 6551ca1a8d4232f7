/** oidc-provider on its own server, as its documentation has it: an adapter for Redis, and interactions of the host in its Koa app. */
import { createHash, createPrivateKey, generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';
import { listen } from '../servers/listen.js';
import { api, authenticate, client, escaped, lifetimes, scope, secret } from '../world.js';
import { openRedis } from './host.js';
import { adapterOn } from './oidc-provider-adapter.js';

/** @type {import('../servers/start.js').Serve} */
export async function serve(start) {
  const alg = start.format === 'RS256' ? 'RS256' : 'ES256';
  const provider = new Provider(start.url, {
    adapter: adapterOn(openRedis(start)),
    clients: [
      {
        client_id: client.client_id,
        client_secret: client.client_secret,
        redirect_uris: [client.redirect_uri],
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_post',
        id_token_signed_response_alg: 'ES256',
      },
    ],
    jwks: {
      keys: [jwk('ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey), jwk('RS256', createPrivateKey(start.rsaKey))],
    },
    cookies: { keys: [createHash('sha256').update(secret).digest('base64url')] },
    pkce: { required: () => true },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    // As the others do: a refresh token for whoever may use one, which outlives the login.
    issueRefreshToken: async (_ctx, known) => known.grantTypeAllowed('refresh_token'),
    expiresWithSession: async () => false,
    rotateRefreshToken: true,
    ttl: {
      AccessToken: lifetimes.accessToken,
      ClientCredentials: lifetimes.accessToken,
      AuthorizationCode: lifetimes.code,
      RefreshToken: lifetimes.refreshToken,
      IdToken: 3600,
      Interaction: 3600,
      Session: lifetimes.session,
      Grant: lifetimes.refreshToken,
    },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx) => (String(ctx.oidc.params?.scope).includes(scope) ? api : undefined),
        useGrantedResource: () => true,
        getResourceServerInfo: () =>
          start.format === 'opaque'
            ? { scope, audience: api, accessTokenTTL: lifetimes.accessToken, accessTokenFormat: 'opaque' }
            : { scope, audience: api, accessTokenTTL: lifetimes.accessToken, accessTokenFormat: 'jwt', jwt: { sign: { alg } } },
      },
    },
  });
  provider.use(async (ctx, next) => {
    if (!ctx.path.startsWith('/interaction/')) return next();
    ctx.set('Cache-Control', 'no-store');
    if (ctx.method === 'POST') await submit(ctx, provider);
    else await show(ctx, provider);
  });
  await listen(provider.listen(start.port, '127.0.0.1'));
  return {
    paths: {
      authorize: '/auth',
      token: '/token',
      introspect: '/token/introspection',
      userinfo: '/me',
      metadata: '/.well-known/openid-configuration',
      jwks: '/jwks',
    },
    claims: { lacksScopes: ['openid'], ...(start.format === 'opaque' && { lacks: ['sub of a machine'] }) },
  };
}

/** @param {'ES256' | 'RS256'} alg @param {import('node:crypto').KeyObject} privateKey */
function jwk(alg, privateKey) {
  return { ...privateKey.export({ format: 'jwk' }), kid: alg, alg, use: 'sig' };
}

/** @param {import('koa').Context} ctx @param {Provider} provider */
async function show(ctx, provider) {
  const { prompt } = await provider.interactionDetails(ctx.req, ctx.res);
  const fields =
    prompt.name === 'login'
      ? '<input name="username"><input name="password" type="password"><button>Sign in</button>'
      : '<button name="decision" value="allow">Allow</button>';
  ctx.type = 'html';
  ctx.body = `<!doctype html><title>Sign in</title><form method="post" action="${escaped(ctx.path)}">${fields}</form>`;
}

/** @param {import('koa').Context} ctx @param {Provider} provider */
async function submit(ctx, provider) {
  /** @type {Buffer[]} */
  const chunks = [];
  for await (const chunk of ctx.req) chunks.push(chunk);
  const form = new URLSearchParams(Buffer.concat(chunks).toString());
  const details = await provider.interactionDetails(ctx.req, ctx.res);
  const { prompt, params, session } = details;
  if (prompt.name === 'login') {
    const user = authenticate(form.get('username') ?? '', form.get('password') ?? '');
    if (!user) return ctx.throw(422);
    return provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: user.id } }, { mergeWithLastSubmission: false });
  }
  if (form.get('decision') !== 'allow') return ctx.throw(403);
  const grant = details.grantId
    ? await provider.Grant.find(details.grantId)
    : new provider.Grant({ accountId: session?.accountId ?? '', clientId: String(params.client_id) });
  if (!grant) return ctx.throw(400);
  const { missingOIDCScope, missingOIDCClaims, missingResourceScopes } = /** @type {Missing} */ (prompt.details);
  if (missingOIDCScope) grant.addOIDCScope(missingOIDCScope.join(' '));
  if (missingOIDCClaims) grant.addOIDCClaims(missingOIDCClaims);
  for (const [resource, scopes] of Object.entries(missingResourceScopes ?? {})) grant.addResourceScope(resource, scopes.join(' '));
  const grantId = await grant.save();
  const consent = details.grantId ? {} : { grantId };
  return provider.interactionFinished(ctx.req, ctx.res, { consent }, { mergeWithLastSubmission: true });
}

/** @typedef {{ missingOIDCScope?: string[], missingOIDCClaims?: string[], missingResourceScopes?: Record<string, string[]> }} Missing */
