/** The clients that Contacts knows: what their makers told it when they registered them. The names are those of RFC 7591 section 2. */
import { invitationGrant } from './invitations.js';

/**
 * @param {{ calendarUrl: string, cardsUrl: string }} urls - where the clients are
 * @returns {import('express-oauth-router').ClientOptions[]}
 */
export function knownClients({ calendarUrl, cardsUrl }) {
  return [
    // A web app. It has a server, which can keep a secret. `scope` is all that it may ever ask for.
    {
      client_id: 'calendar',
      client_secret: 'a secret that Contacts and Calendar share',
      client_name: 'Calendar',
      client_uri: calendarUrl,
      redirect_uris: [`${calendarUrl}/callback`],
      scope: 'read:contacts create:contacts delete:contacts',
    },

    // A single-page app. Whoever opens it can read all of it, so it has no secret: a public client. PKCE protects its codes.
    {
      client_id: 'cards',
      client_name: 'Birthday Cards',
      client_uri: cardsUrl,
      redirect_uris: [`${cardsUrl}/`],
      scope: 'openid profile read:contacts',
    },

    // A machine. No user, no browser, no redirect: it acts on its own behalf, with a scope that no other client may ask for.
    {
      client_id: 'report',
      client_secret: 'a secret that Contacts and the report share',
      client_name: 'Nightly report',
      grant_types: ['client_credentials'],
      scope: 'read:statistics',
    },

    ...playgroundClients(calendarUrl),
  ];
}

/**
 * For the page "Every grant at work". A client gets only what it is registered for, so an outdated grant has to be switched on, client
 * by client; the router warns of each one when it starts.
 *
 * @param {string} calendarUrl
 * @returns {import('express-oauth-router').ClientOptions[]}
 */
function playgroundClients(calendarUrl) {
  const redirect_uris = [`${calendarUrl}/grants/callback`];
  return [
    // What is advised today; and a grant of our own, named like the built-in ones.
    {
      client_id: 'playground',
      client_secret: 'a secret that Contacts and the playground share',
      client_name: 'Playground',
      redirect_uris,
      grant_types: ['authorization_code', 'refresh_token', invitationGrant],
      response_types: ['code', 'none'],
      scope: 'openid profile email read:contacts create:contacts',
    },

    // Implicit and hybrid: switched on by these `response_types`, all of which give tokens to the browser. The grant type `implicit`
    // goes with them. RFC 9700 section 2.1.2 advises against it.
    {
      client_id: 'playground-implicit',
      client_name: 'Playground of old',
      redirect_uris,
      response_types: ['token', 'id_token', 'id_token token', 'code id_token', 'code token', 'code id_token token'],
      scope: 'openid profile email read:contacts',
    },

    // The user's password in the hands of a client: switched on by this `grant_types`. RFC 9700 section 2.4 says it must not be used.
    {
      client_id: 'playground-password',
      client_secret: 'a secret that Contacts and an old app share',
      client_name: 'Playground with passwords',
      grant_types: ['password'],
      scope: 'read:contacts',
    },
  ];
}
