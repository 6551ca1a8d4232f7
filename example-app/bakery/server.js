/**
 * Kornblum: a bakery whose site is an older Express 4 app, with `helmet` and `express-session` in front, and a layout of its own. The
 * screens of the router stand in that layout: `screens/` has the templates that take the place of the built-in ones, `brand` the name,
 * the colour and the logo, `messages` the words.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { oauthRouter } from 'express-oauth-router';
import session from 'express-session';
import helmet from 'helmet';
import { listen } from '../listen.js';
import { breakfastClient, createBreakfast } from './breakfast.js';
import { authenticate, demoLogin, findUser, ordersOf } from './customers.js';

// Express 5 is here besides. An app that has Express 4 alone writes: import express from 'express'.
const express = /** @type {typeof import('express')} */ (createRequire(import.meta.url)('express4'));

/** As in ../contacts/server.js: in production have your own. */
const developmentSecret = 'for development only: anybody can read this';

/** @param {{ url: string }} options - `url`: where this app is */
function createBakery({ url }) {
  const app = express();
  const api = `${url}/api`;
  app.disable('x-powered-by');
  app.set('view engine', 'ejs').set('views', folder('pages'));
  app.use(helmet());
  app.use(session({ secret: developmentSecret, resave: false, saveUninitialized: false, cookie: { httpOnly: true, sameSite: 'lax' } }));
  app.use(express.static(folder('public')));

  const oauth = oauthRouter({
    issuer: url,
    secrets: [developmentSecret],
    users: { authenticate, find: findUser },
    apis: {
      [api]: {
        name: { en: 'Kornblum bakery', de: 'Bäckerei Kornblum' },
        scopes: {
          'read:orders': { en: 'See what you order every week', de: 'Sehen, was Sie jede Woche bestellen' },
          'create:orders': {
            description: { en: 'Order bread in your name', de: 'In Ihrem Namen Brot bestellen' },
            icon: 'pay',
            optional: true,
          },
        },
      },
    },
    clients: [breakfastClient(url)],
    brand: {
      name: 'Kornblum',
      logo: '/kornblum.svg',
      color: '#8a4b12',
      colors: { light: { page: '#fbf4e8' }, dark: { page: '#1d150d', card: '#2a2018' } },
      radius: 10,
      font: 'Georgia, "Times New Roman", serif',
      url: '/',
      links: [{ text: { en: 'Who may see your orders', de: 'Wer Ihre Bestellungen sehen darf' }, href: '/oauth/apps' }],
    },
    languages: ['en', 'de'],
    messages: {
      en: { 'login.title': 'Good morning', 'login.username': 'Customer name', 'login.submit': 'Come in' },
      de: { 'login.title': 'Guten Morgen', 'login.username': 'Kundenname', 'login.submit': 'Eintreten' },
    },
    views: folder('screens'),
    log: { warn: () => {}, error: console.error }, // one warning is meant: all is kept in memory
  });
  app.use(oauth);

  app.get('/', (_req, res) => res.render('home', { demoLogin }));
  app.get('/api/orders', oauth.protect('read:orders'), (req, res) => void res.json({ orders: ordersOf(req.auth?.sub ?? '') }));
  app.use('/breakfast', createBreakfast(express, url));
  return { app, oauth };
}

/**
 * Starts it on localhost.
 *
 * @param {{ port: number }} options
 */
export async function startBakery({ port }) {
  /** @type {import('express-oauth-router').OAuthRouter | undefined} */
  let oauth;
  const listener = await listen(port, (url) => {
    const bakery = createBakery({ url });
    oauth = bakery.oauth;
    return bakery.app;
  });
  return {
    url: listener.url,
    async close() {
      await listener.close();
      await oauth?.close();
    },
  };
}

/** @param {string} name */
function folder(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}
