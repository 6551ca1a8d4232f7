/** `oauthRouter(options)`: the one line. */
import type { OAuthRouterOptions } from './config/options.js';
import { type Middleware, mount } from './express/mount.js';
import { createProtect, type Protect } from './express/protect.js';
import { createResume, type Resume } from './express/resume.js';
import { createServer, type Platform } from './server.js';

/** A middleware for Express 4 and 5, and what belongs to it. */
export interface OAuthRouter extends Middleware {
  /**
   * Protects a route of your API: a middleware that answers 401 or 403 as RFC 6750 asks, unless the access token of the request is
   * valid, for the API that has these scopes, and has them all. Sets `req.auth`.
   *
   * @param scopes - all of them are needed; none: any valid token of the only API will do
   * @throws ConfigurationError at once, if no API has these scopes, or several have
   * @example
   * ```ts
   * app.get('/api/contacts', oauth.protect('read:contacts'), (req, res) => res.json(contactsOf(req.auth.sub)));
   * ```
   * @see RFC 6750, RFC 9068 section 4
   */
  readonly protect: Protect;

  /**
   * Goes on with the authorization request that waited while your own login page (`users.loginUrl`) was open. Call it when the
   * user is logged in; it reads the parameter `ticket` that the page was given, from the query or the parsed body.
   *
   * @param user - who has just logged in; left out: whoever `users.current(req)` knows by now. Without either, a client that asks for a
   * fresh login (`prompt=login`, `max_age`) sends the user to the login again
   * @returns `true` if it has answered; `false` if no request was waiting, and the answer is yours
   * @example
   * ```ts
   * app.post('/login', async (req, res) => {
   *   req.session.user = await verify(req.body);
   *   if (!(await oauth.resume(req, res))) res.redirect('/');
   * });
   * ```
   */
  readonly resume: Resume;

  /**
   * A middleware that answers the documents under `/.well-known/` alone. Needed if the router is mounted below a prefix, since
   * clients look for them at the root.
   *
   * @param prefix - where the router is mounted; left out: at the path of the issuer
   * @example
   * ```ts
   * app.use('/auth', oauth);
   * app.use(oauth.wellKnown('/auth'));
   * ```
   * @see RFC 8414 section 3
   */
  wellKnown(prefix?: string): Middleware;

  /** The keys that sign tokens. */
  readonly keys: {
    /**
     * Begins a rotation now, rather than when `keys.rotateEvery` says so; one that is under way is not begun again. The next keys are
     * published at once, in all processes, and sign seven minutes later, when nobody holds a copy of the JWKS without them. The old ones
     * stay published until their last token has expired. For a key that was stolen this is too slow: change `secrets` and delete the keys
     * from the store, too, and start all processes anew.
     *
     * @throws Error if the keys were given in the option `keys`, which is then where they are rotated; or if the store is away
     * @example
     * ```ts
     * app.post('/admin/rotate-keys', requireAdmin, async (req, res) => {
     *   await oauth.keys.rotate();
     *   res.sendStatus(204);
     * });
     * ```
     * @see OpenID Connect Core section 10.1.1
     */
    rotate(): Promise<void>;
  };

  /** Lets go of the connection to Redis that was opened here. A client that you passed stays open. */
  close(): Promise<void>;
}

/**
 * Gives an Express app its own OAuth 2.0 authorization server: login and consent screens, codes with PKCE, tokens, keys, metadata.
 *
 * @param options - five are required, the others have safe defaults; see `OAuthRouterOptions`
 * @returns a middleware to mount at the root of the app; it answers its own exact paths and leaves all others to the host
 * @throws ConfigurationError with every mistake in the options, each with its path and its cure
 * @example
 * ```ts
 * const oauth = oauthRouter({
 *   issuer: 'https://app.example.com',
 *   secrets: [process.env.OAUTH_SECRET],
 *   redis: process.env.REDIS_URL,
 *   clients: [{ client_id: 'web', client_secret: '…', redirect_uris: ['https://client.example.com/callback'] }],
 *   users: { authenticate: ({ username, password }) => db.verify(username, password) },
 *   apis: { 'https://app.example.com/api': { scopes: { 'read:contacts': 'See your contacts' } } },
 * });
 * app.use(oauth);
 * ```
 * @see RFC 6749, RFC 7636, RFC 8414, RFC 9068, RFC 9700
 */
export function oauthRouter(options: OAuthRouterOptions): OAuthRouter {
  return createRouter(options);
}

/** The same, on another platform: for tests, which decide what time it is. */
export function createRouter(options: OAuthRouterOptions, platform?: Platform): OAuthRouter {
  const server = createServer(options, platform);
  const { router, wellKnown } = mount(server);
  return Object.assign(router, {
    protect: createProtect(server),
    resume: createResume(server),
    wellKnown,
    keys: { rotate: () => server.keys.rotate() },
    close: () => server.store.close(),
  });
}
