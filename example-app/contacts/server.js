/**
 * Contacts: an app as there are many, with users, pages and an API of its own. The marked lines make it an OAuth 2.0 authorization
 * server besides, so that its users may let other apps at their contacts without giving them their passwords.
 */
import { fileURLToPath } from 'node:url';
import express from 'express';
import { oauthRouter } from 'express-oauth-router';
import { listen } from '../listen.js';
import { addContact, contactsOf, deleteContact } from './contacts.js';
import { authenticate, demoLogins, findUser } from './users.js';

/**
 * @typedef {object} ContactsOptions
 * @property {string} calendarUrl - where the client is
 * @property {string | undefined} [redis] - left out: what the router keeps is in memory
 * @property {string | undefined} [secret]
 */

/**
 * Known to everyone who can read, and always the same, so that keys and tokens in Redis outlive a restart. In production have your
 * own, from `openssl rand -base64 32`, and keep it out of the code.
 */
const developmentSecret = 'for development only: anybody can read this';

/** @param {ContactsOptions & { url: string }} options - `url`: where this app is */
function createContacts({ url, calendarUrl, redis, secret = developmentSecret }) {
  const app = express();
  app.disable('x-powered-by');
  app.set('view engine', 'ejs').set('views', folder('views'));
  app.use(express.static(folder('public')));

  // --- OAuth: from here ---
  const oauth = oauthRouter({
    issuer: url,
    secrets: [secret],
    redis,
    users: { authenticate, find: findUser },
    apis: {
      [`${url}/api`]: {
        name: 'Contacts',
        scopes: { 'read:contacts': 'See your contacts', 'create:contacts': 'Add contacts', 'delete:contacts': 'Delete contacts' },
      },
    },
    clients: [
      {
        client_id: 'calendar',
        client_secret: 'a secret that Contacts and Calendar share',
        client_name: 'Calendar',
        client_uri: calendarUrl,
        redirect_uris: [`${calendarUrl}/callback`],
      },
    ],
    brand: { name: 'Contacts', color: '#0f766e', logo: '/icon.svg' },
  });
  app.use(oauth);
  // --- OAuth: to here; and below, what protects the API: oauth.protect(...) and the user it found, req.auth.sub ---

  app.get('/favicon.ico', (_req, res) => res.redirect('/icon.svg'));
  app.get('/', (_req, res) => res.render('home', { url, calendarUrl, logins: demoLogins }));

  app.get('/api/contacts', oauth.protect('read:contacts'), (req, res) => {
    res.json({ contacts: contactsOf(userOf(req)) });
  });

  app.post('/api/contacts', oauth.protect('create:contacts'), express.json({ limit: '10kb' }), (req, res) => {
    const contact = addContact(userOf(req), req.body);
    if (contact) res.status(201).json(contact);
    else res.status(400).json({ error: 'A contact needs a name; it may have an email, and a birthday such as 1990-12-31.' });
  });

  app.delete('/api/contacts/:id', oauth.protect('delete:contacts'), (req, res) => {
    if (deleteContact(userOf(req), String(req.params.id))) res.status(204).end();
    else res.status(404).json({ error: 'There is no such contact.' });
  });

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
