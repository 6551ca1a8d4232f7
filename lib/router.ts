/** `oauthRouter(options)`: the one line. */
import { type AuthorizationSummary, authorizationSummaries, revokeAll, revokeAuthorization } from './authorization/connected-apps.js';
import type { OAuthRouterOptions } from './config/options/index.js';
import type { On } from './events.js';
import { type ProtectMcp, protectMcpFor } from './express/mcp.js';
import { type Middleware, mount } from './express/mount.js';
import { type Protect, protectFor, protectPartsOf } from './express/protect.js';
import { createResume, type Resume } from './express/resume.js';
import { createWriter } from './express/write.js';
import { type PasskeySummary, passkeySummaries, removePasskeys } from './interaction/passkeys.js';
import { createServer, type Platform } from './server.js';

/** A middleware for Express 4 and 5, and what belongs to it. */
export interface OAuthRouter extends Middleware {
  /**
   * Protects a route of your API: a middleware that answers 401 or 403 as RFC 6750 asks, unless the access token of the request is
   * valid, for the API that has these scopes, and has what the route needs. Sets `req.auth`.
   *
   * `protect('a', 'b')` needs all of these scopes; with none, any valid token of the only API will do. `protect({ … })` may need more:
   *
   * - `scopes`: all of these; `anyScope`: one of these; `audience`: the API, where its scopes do not tell
   * - `acrValues`, `maxAge` (seconds): how, and how long ago at most, the user proved who they are
   * - `allow(auth, req)`: your own rule, asked last; whatever it returns but `true` is answered with 403 `access_denied`
   * - `strict`: ask for each request whether the token was revoked
   *
   * Who lacks something is told in one `WWW-Authenticate` challenge of everything that the route needs; pages of other origins may read
   * it, if your own CORS middleware lets them read the answer. For an API on another machine there is `protectApi`.
   *
   * @throws ConfigurationError at once, if no API has these scopes, or several have, or a requirement is misspelt
   * @example
   * ```ts
   * app.get('/api/contacts', oauth.protect('read:contacts'), (req, res) => res.json(contactsOf(req.auth.sub)));
   * app.post('/api/payments', oauth.protect({ scopes: ['pay'], acrValues: ['urn:example:mfa'], maxAge: 300 }), pay);
   * app.get('/api/users/:id', oauth.protect({ scopes: ['read:users'], allow: ({ sub }, req) => sub === req.params.id }), tell);
   * ```
   * @see RFC 6750, RFC 9068 section 4, RFC 9470, RFC 9728 section 5.1
   */
  readonly protect: Protect;

  /**
   * Protects an MCP server: as `protect` does, with what MCP clients need besides, such as CORS for those in a browser, and scopes for
   * single tools. Its `apis` row is what clients read as its metadata; its `defaultScopes` are what they begin with.
   *
   * @param scopes - what every request needs; none: the `defaultScopes` of the API
   * @throws ConfigurationError at once, if no API has these scopes, or several have and no `audience` says which
   * @example
   * ```ts
   * app.use('/mcp', express.json(), oauth.mcp({ audience: 'https://app.example.com/mcp', tools: { add_contact: ['create:contacts'] } }));
   * app.all('/mcp', (req, res) => handler(req, res, req.body)); // a handler or transport of the MCP SDK
   * ```
   * @see MCP 2026-07-28, Authorization; RFC 9728
   */
  readonly mcp: ProtectMcp;

  /**
   * Goes on with the authorization request that waited while your own login page (`users.loginUrl`) was open. Call it when the
   * user is logged in; it reads the parameter `ticket` that the page was given, from the query or the parsed body.
   *
   * Where the login screen is the built-in one, it is the way back from your pages for a new account (`users.createAccountUrl`) and for a
   * forgotten password (`users.forgotPasswordUrl`): with a user, it signs that user in, after the steps that are due (`users.steps`), and
   * goes on; without one, it leads back to the login page. The cookies are set on this answer: so call it on the host of the issuer.
   *
   * @param user - who has just logged in; left out: whoever `users.current(req)` knows by now. Without either, a client that asks for a
   * fresh login (`prompt=login`, `max_age`) sends the user to the login again
   * @returns `true` if it has answered, also where something went wrong: then by the error page, and the event `request.refused`; `false` if
   * no request was waiting, and the answer is yours
   * @example
   * ```ts
   * app.post('/login', async (req, res) => {
   *   req.session.user = await verify(req.body);
   *   if (!(await oauth.resume(req, res))) res.redirect('/');
   * });
   * app.post('/sign-up', async (req, res) => {
   *   const user = await db.createUser(req.body); // with the ticket in a hidden field of the form
   *   if (!(await oauth.resume(req, res, user))) res.redirect('/');
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

  /**
   * Listens to what happens here: sign-ins, consents, tokens, refusals, key rotations. `OAuthEvents` has all of them; `'*'` is told of
   * each, which is what an audit log wants. No event holds a secret.
   *
   * Listeners are called aside from the request, in the order of the events: they neither delay an answer nor can they change it. One
   * that throws, or whose promise rejects, is logged. A process tells of what it did itself: with several, each has its own stream.
   *
   * @param name - of the event, or `'*'`
   * @param listener - is given the event: what `OAuthEvents` says of it, its `name`, its `time` in seconds since 1970 and, where it
   * came from a request, the `address` of the client (`req.ip`, so tell Express of proxies by `trust proxy`)
   * @returns a function that ends the listening
   * @example
   * ```ts
   * oauth.on('*', (event) => audit.write(event));
   * const stop = oauth.on('token.replayed', ({ client_id, sub }) => alarm(`A token of ${sub} at ${client_id} was copied.`));
   * ```
   */
  readonly on: On;

  /**
   * What your users have allowed, for pages and jobs of your own. The page `{basePath}/apps` shows users the same, and lets them end it.
   */
  readonly authorizations: {
    /**
     * What this user has allowed and has not ended: one for each sign-in at a client, the one that was used last first. Machines that act
     * on their own behalf (`client_credentials`) have none.
     *
     * @param sub - the subject identifier of the user, which is their `sub` or `id` as a string
     * @throws StoreUnavailable
     * @example
     * ```ts
     * app.get('/account/apps', requireLogin, async (req, res) => {
     *   res.render('apps', { apps: await oauth.authorizations.of(req.user.id) });
     * });
     * ```
     */
    of(sub: string | number | bigint): Promise<readonly AuthorizationSummary[]>;
    /**
     * Ends one of them: its code, refresh tokens and reference tokens at once, its JWTs as soon as `protect` hears of it, within a second.
     * What the user agreed to for this client is forgotten, so that they are asked the next time; its other sign-ins go on.
     *
     * @param id - the `id` of a summary. Whoever it belongs to: so see first that it is one of the user who asks
     * @returns whether there was one
     * @throws StoreUnavailable; whether it has ended is then not known, and it may be ended again
     * @example
     * ```ts
     * app.post('/account/apps/:id/remove', requireLogin, async (req, res) => {
     *   const own = await oauth.authorizations.of(req.user.id);
     *   if (own.some(({ id }) => id === req.params.id)) await oauth.authorizations.revoke(req.params.id);
     *   res.redirect(303, '/account/apps');
     * });
     * ```
     */
    revoke(id: string): Promise<boolean>;
    /**
     * Ends all that this user has allowed, and forgets all that they agreed to: after a change of password, a theft, or the end of an account.
     * Their login at this server's own login screen goes on.
     *
     * @param sub - the subject identifier of the user
     * @returns how many authorizations were ended
     * @throws StoreUnavailable; some may then have ended, and it may be called again
     * @example
     * ```ts
     * await db.changePassword(user.id, password);
     * await oauth.authorizations.revokeAll(user.id);
     * ```
     */
    revokeAll(sub: string | number | bigint): Promise<number>;
  };

  /**
   * The passkeys of your users, wherever they are kept, for pages and jobs of your own. The page `{basePath}/passkeys` shows users the same. Where
   * passkeys are off, nobody has any.
   */
  readonly passkeys: {
    /**
     * Those that sign this user in here, the newest first.
     *
     * @param sub - the subject identifier of the user, which is their `sub` or `id` as a string
     * @throws StoreUnavailable, or what your own table throws
     * @example
     * ```ts
     * const hasPasskey = (await oauth.passkeys.of(req.user.id)).length > 0;
     * ```
     */
    of(sub: string | number | bigint): Promise<readonly PasskeySummary[]>;
    /**
     * Removes passkeys of this user, so that nobody signs in with them any more: after a theft, or at the end of an account. What they have signed in
     * to goes on; `authorizations.revokeAll` ends that.
     *
     * @param id - the `id` of a summary, or `passkey` of an event; left out: all of this user
     * @returns how many were removed
     * @throws StoreUnavailable, or what your own table throws; some may then be removed, and it may be called again
     * @example
     * ```ts
     * oauth.on('passkey.cloned', ({ sub, passkey }) => oauth.passkeys.remove(sub, passkey));
     * ```
     */
    remove(sub: string | number | bigint, id?: string): Promise<number>;
  };

  /** The keys that sign tokens. */
  readonly keys: {
    /**
     * Begins a rotation now, rather than when `keys.rotateEvery` says so; one that is under way is not begun again. The next keys are
     * published at once, in all processes, and sign seven minutes later, when nobody holds a copy of the JWKS without them. The old ones
     * stay published until their last token has expired. For a key that was stolen this is too slow: stop all processes, delete the keys
     * from the store, change `secrets`, and start anew; a process that goes on running would put the keys that it knows back.
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
  const write = createWriter(server);
  const { router, wellKnown } = mount(server, write);
  const parts = protectPartsOf(server);
  return Object.assign(router, {
    protect: protectFor(parts),
    mcp: protectMcpFor(parts),
    resume: createResume(server, write),
    wellKnown,
    on: server.events.on,
    authorizations: {
      of: (sub: string | number | bigint) => authorizationSummaries(String(sub), server),
      revoke: (id: string) => revokeAuthorization(id, server),
      revokeAll: (sub: string | number | bigint) => revokeAll(String(sub), server),
    },
    passkeys: {
      of: (sub: string | number | bigint) => passkeySummaries(String(sub), server),
      remove: async (sub: string | number | bigint, id?: string) => (await removePasskeys(String(sub), id, server)).length,
    },
    keys: { rotate: () => server.keys.rotate() },
    close: () => server.store.close(),
  });
}
