/** Makes steps, as Calendar shows them, of what happens in a run. */
import { addressOf, claimRows, messagesOf, rowsOf, step, timeOf } from '../calendar/steps.js';

/** @typedef {import('../calendar/steps.js').Step} Step */
/** @typedef {import('../calendar/recorder.js').Exchange} Exchange */

const client = { name: 'Playground', who: 'client', look: 'client' };
const user = { name: 'You', who: 'resource owner', look: 'owner' };
const servers = {
  server: { name: 'Contacts', who: 'authorization server', look: 'server' },
  api: { name: 'Contacts’ API', who: 'resource server', look: 'server' },
};

const modes = {
  query: { text: 'The answer comes back in the query of a redirect.', from: 'GET …/grants/callback?…' },
  fragment: {
    text: 'The answer comes back in the fragment of a redirect, which browsers keep from servers. A script on the page read it, and sent it here so that you can see it; an app in the browser would keep it there.',
    from: 'GET …/grants/callback#…',
  },
  form_post: {
    text: 'The answer comes back as a form, which a page at Contacts posted. It was in no address, history or log.',
    from: 'POST …/grants/callback',
  },
};

/** @param {URL} url @returns {Step} */
export function tellQuestion(url) {
  return step('', 'Authorization request', [client, user], {
    text: 'The Playground sends your browser to Contacts with a question, for you to answer there.',
    done: true,
    note: 'a redirect of your browser',
    table: { title: 'The address that your browser was sent to', address: `GET ${addressOf(url)}`, rows: rowsOf(url.searchParams) },
  });
}

/**
 * @param {URLSearchParams} answer
 * @param {'query' | 'fragment' | 'form_post'} mode
 * @returns {Step}
 */
export function tellAnswer(answer, mode) {
  const { text, from } = modes[mode];
  const isRefused = answer.has('error');
  return step('', 'Authorization response', [user, client], {
    text: isRefused ? `You, or Contacts, said no. ${text}` : text,
    done: true,
    failed: isRefused,
    note: mode === 'form_post' ? 'a form of your browser' : 'a redirect of your browser',
    table: { title: 'What your browser brought back', address: from, rows: rowsOf(answer) },
  });
}

/**
 * A request to Contacts, and its answer.
 *
 * @param {string} title
 * @param {'server' | 'api'} to
 * @param {string} text
 * @param {Exchange} exchange
 * @param {boolean} [open]
 * @param {Record<string, unknown>} [claims] - of the access token that it gave
 * @returns {Step}
 */
export function tellExchange(title, to, text, exchange, open = true, claims) {
  const { status, statusText } = exchange.response ?? {};
  return step('', title, [client, servers[to]], {
    text,
    done: true,
    failed: status !== 200,
    note: `${timeOf(exchange.at)}: ${status} ${statusText}, after ${exchange.milliseconds} ms`,
    messages: messagesOf(exchange).map((message) => ({ ...message, open })),
    table: claims && { title: 'What the access token says, decoded', rows: accessTokenRows(claims) },
  });
}

/** @param {Record<string, unknown>} claims @returns {Step} */
export function tellTokens(claims) {
  return step('', 'An access token, by way of the browser', [user, client], {
    text: 'It went through address bar and history, and nothing says that it was meant for this client: that is why the code is better.',
    done: true,
    table: { title: 'What it says, decoded', rows: accessTokenRows(claims) },
  });
}

/** @param {Record<string, unknown>} claims @param {Exchange} exchange - that gave the keys @returns {Step} */
export function tellIdToken(claims, exchange) {
  return step('', 'The ID token is checked', [client, servers.server], {
    text: 'Signature, issuer, audience, expiry and nonce; and the hashes, if it came together with a code or an access token.',
    done: true,
    note: 'It is genuine, and for this client.',
    table: { title: 'What the ID token says', rows: claimRows({ claims }, undefined, meanings) },
    messages: messagesOf(exchange, 'The public keys of Contacts, asked for', 'The public keys of Contacts'),
  });
}

/** Where no user is involved the subject is the client: RFC 9068 section 2.2. @param {Record<string, unknown>} claims */
function accessTokenRows(claims) {
  const whose = claims.sub === claims.client_id ? 'the client itself: there is no user' : 'the user, as Contacts calls them';
  return claimRows({ claims }).map((row) => (row.name === 'sub' ? { ...row, meaning: whose } : row));
}

/** @type {Record<string, string>} */
const meanings = {
  iss: 'who says so',
  aud: 'the client that it is for',
  sub: 'you, as Contacts calls you',
  auth_time: 'when you signed in',
  nonce: 'that of the request',
  at_hash: 'of the access token',
  c_hash: 'of the code',
  sid: 'names your session',
  iat: 'when it was made',
  exp: 'when it ends',
};
