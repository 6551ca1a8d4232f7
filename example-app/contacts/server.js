/**
 * Contacts: an app as there are many, with users, pages and an API of its own. The marked lines make it an OAuth 2.0 authorization
 * server besides, so that its users may let other apps at their contacts without giving them their passwords.
 */
import { fileURLToPath } from 'node:url';
import express from 'express';
import { oauthRouter } from 'express-oauth-router';
import { listen } from '../listen.js';
import { answerAgent, scopesOfTools } from './agents.js';
import { knownClients } from './clients.js';
import { addContact, contactsOf, deleteContact } from './contacts.js';
import { createInvitations } from './invitations.js';
import { allUsers, authenticate, claimsOf, demoLogins, findUser } from './users.js';

/**
 * @typedef {object} ContactsOptions
 * @property {string} calendarUrl - where the clients are
 * @property {string} cardsUrl
 * @property {string | undefined} [redis] - left out: what the router keeps is in memory
 * @property {string | undefined} [secret]
 * @property {import('express-oauth-router').OAuthRouterOptions['outgoing']} [outgoing] - for agents whose documents are on this machine
 */

/**
 * Known to everyone who can read, and always the same, so that keys and tokens in Redis outlive a restart. In production have your
 * own, from `openssl rand -base64 32`, and keep it out of the code.
 */
const developmentSecret = 'for development only: anybody can read this';

/** @param {ContactsOptions & { url: string }} options - `url`: where this app is */
function createContacts({ url, calendarUrl, cardsUrl, redis, secret = developmentSecret, outgoing }) {
  const app = express();
  const invitations = createInvitations();
  const api = `${url}/api`;
  const mcp = `${url}/mcp`;
  app.disable('x-powered-by');
  app.set('view engine', 'ejs').set('views', folder('views'));
  app.use(express.static(folder('public')));

  // --- OAuth: from here ---
  const oauth = oauthRouter({
    issuer: url,
    secrets: [secret],
    redis,
    users: { authenticate, find: findUser, claims: (sub) => claimsOf(sub, url) },
    apis: {
      [api]: {
        name: 'Contacts',
        scopes: { 'read:contacts': 'See your contacts', 'create:contacts': 'Add contacts', 'delete:contacts': 'Delete contacts' },
      },
      [`${api}/statistics`]: { name: 'Statistics', scopes: { 'read:statistics': 'See how many contacts each user has' } },
      [mcp]: {
        name: 'Contacts for AI agents',
        scopes: { 'read:contacts': 'See your contacts', 'create:contacts': 'Add contacts' },
        defaultScopes: ['read:contacts'], // what agents begin with; for the rest they come back when they need it
      },
    },
    clients: knownClients({ calendarUrl, cardsUrl }),
    // And AI agents, which nobody can list beforehand: they name a document that describes them, or register themselves.
    metadataDocuments: true,
    registration: true,
    outgoing,
    // A grant of our own, besides the built-in ones. Who has an invitation code gets a token for it:
    grants: [invitations.grant],
    brand: { name: 'Contacts', color: '#0f766e', logo: '/icon.svg' },
  });
  app.use(oauth);
  // --- OAuth: to here; and below, what protects the API: oauth.protect(...) and the user it found, req.auth.sub ---

  app.get('/favicon.ico', (_req, res) => res.redirect('/icon.svg'));
  const home = { url, calendarUrl, cardsUrl, logins: demoLogins };
  app.get('/', (_req, res) => res.render('home', home));

  // An app whose users sign in to its own pages would know who asks. And it would count the attempts, as the login page of the router does.
  app.post('/invitations', express.urlencoded({ extended: false, limit: '1kb' }), async (req, res) => {
    const { username, password } = req.body ?? {};
    const user = await authenticate({ username: String(username), password: String(password) });
    res.set({ 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' }).status(user ? 200 : 403);
    res.render('home', { ...home, invitation: user ? { code: invitations.make(user.id), name: user.name } : { isRefused: true } });
  });

  app.use('/api', allowOtherOrigins);

  // Two APIs have these scopes, so `audience` says which one this is.
  app.get('/api/contacts', oauth.protect({ audience: api, scopes: ['read:contacts'] }), (req, res) => {
    res.json({ contacts: contactsOf(userOf(req)) });
  });

  app.post('/api/contacts', oauth.protect({ audience: api, scopes: ['create:contacts'] }), express.json({ limit: '10kb' }), (req, res) => {
    const contact = addContact(userOf(req), req.body);
    if (contact) res.status(201).json(contact);
    else res.status(400).json({ error: 'A contact needs a name; it may have an email, and a birthday such as 1990-12-31.' });
  });

  app.delete('/api/contacts/:id', oauth.protect({ audience: api, scopes: ['delete:contacts'] }), (req, res) => {
    if (deleteContact(userOf(req), String(req.params.id))) res.status(204).end();
    else res.status(404).json({ error: 'There is no such contact.' });
  });

  // About all users, so no user can allow it: only a client on its own behalf, which a machine is.
  const onItsOwnBehalf = oauth.protect({ scopes: ['read:statistics'], allow: ({ sub, clientId }) => sub === clientId });
  app.get('/api/statistics', onItsOwnBehalf, (_req, res) => {
    res.json({ users: allUsers().map(({ id, username }) => ({ username, contacts: contactsOf(id).length })) });
  });

  // The same contacts for AI agents. This line is all that makes an MCP server a protected one.
  app.use('/mcp', express.json({ limit: '10kb' }), oauth.mcp({ audience: mcp, tools: scopesOfTools }));
  app.all('/mcp', (req, res) => answerAgent(req, res, req.body));

  app.use((req, res) => {
    if (req.path.startsWith('/api/')) res.status(404).json({ error: 'There is nothing here.' });
    else res.status(404).render('not-found');
  });
  app.use(answerError);
  return { app, oauth };
}

/**
 * Starts it on localhost.
 *
 * @param {ContactsOptions & { port: number }} options
 */
export async function startContacts({ port, ...options }) {
  /** @type {import('express-oauth-router').OAuthRouter | undefined} */
  let oauth;
  const listener = await listen(port, (url) => {
    const contacts = createContacts({ url, ...options });
    oauth = contacts.oauth;
    return contacts.app;
  });
  return {
    url: listener.url,
    async close() {
      await listener.close();
      await oauth?.close();
    },
  };
}

/**
 * The user whose contacts the access token is for.
 *
 * @param {import('express').Request} req
 */
function userOf(req) {
  if (!req.auth) throw new Error('This route is not protected.');
  return req.auth.sub;
}

/**
 * Single-page apps call from pages of other origins, so the API must say that it lets them: any of them, since what counts is the access
 * token in the request. Browsers send no cookies along with it. The router does the same for its token endpoint and userinfo.
 *
 * @type {import('express').RequestHandler}
 */
function allowOtherOrigins(req, res, next) {
  res.set({ 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': 'WWW-Authenticate' });
  if (req.method !== 'OPTIONS') return next();
  res.set({ 'Access-Control-Allow-Headers': 'Authorization, Content-Type', 'Access-Control-Allow-Methods': 'GET, POST, DELETE' });
  res.sendStatus(204);
}

/** @type {import('express').ErrorRequestHandler} */
function answerError(error, _req, res, next) {
  if (res.headersSent) return next(error);
  const isOfClient = error.status >= 400 && error.status < 500;
  if (!isOfClient) console.error(error);
  res.status(isOfClient ? error.status : 500).json({ error: isOfClient ? error.message : 'Contacts made a mistake.' });
}

/** @param {string} name */
function folder(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}
