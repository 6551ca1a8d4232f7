/** The six steps of RFC 6749 section 1.2, figure 1, filled with what really happened. And those of figure 2, if there was a refresh. */
import { birthdaysOf } from './birthdays.js';
import { withoutSecrets } from './recorder.js';

/** @typedef {import('./recorder.js').Exchange} Exchange */
/** @typedef {import('./oauth.js').Tokens} Tokens */

/**
 * What happened so far.
 *
 * @typedef {{ asked?: URL, answered?: URLSearchParams, firstTokens?: Tokens, tokens?: Tokens, contacts?: unknown, exchanges?: import('./recorder.js').Exchanges }} Story
 */

/** @typedef {{ name: string, value: string, meaning: string }} Row */

/**
 * @typedef {object} Step
 * @property {string} letter
 * @property {string} title
 * @property {[Role, Role]} between - who speaks, and to whom
 * @property {string} text
 * @property {boolean} done
 * @property {string} [note] - when it was, and how it went
 * @property {boolean} [failed]
 * @property {{ title: string, address?: string, rows: Row[] }} [table]
 * @property {{ title: string, lines: string[], open: boolean }[]} [messages]
 * @property {import('./birthdays.js').Birthday[]} [birthdays]
 */

/** @typedef {{ name: string, who: string, look: string }} Role */

const calendar = { name: 'Calendar', who: 'client', look: 'client' };
const user = { name: 'You', who: 'resource owner', look: 'owner' };
const server = { name: 'Contacts', who: 'authorization server', look: 'server' };
const api = { name: 'Contacts’ API', who: 'resource server', look: 'server' };

/**
 * @param {Story} story
 * @returns {Step[]}
 */
export function tellSteps({ asked, answered, firstTokens, tokens, contacts, exchanges = {} }) {
  const { metadata, authorization_code: redeemed, refresh_token: refreshed, api: called } = exchanges;
  const wasRefused = answered?.has('error') === true;
  const steps = [
    step('A', 'Authorization request', [calendar, user], {
      text: 'Calendar asks whether it may see your contacts. It sends your browser to Contacts with the question, for you to answer there.',
      done: asked !== undefined,
      note: asked && 'a redirect of your browser',
      table: asked && {
        title: 'The address that your browser was sent to',
        address: `GET ${addressOf(asked)}`,
        rows: rowsOf(asked.searchParams),
      },
      messages:
        metadata &&
        messagesOf(metadata, 'Before that: Calendar asks for the metadata of Contacts', 'Before that: the metadata, with all addresses'),
    }),
    step('B', 'Authorization grant', [user, calendar], {
      text: wasRefused
        ? 'You said no. Contacts sends your browser back with that answer, and Calendar gets nothing.'
        : 'You sign in at Contacts, where Calendar cannot see your password, and say yes. Your browser comes back with a code: your grant.',
      done: answered !== undefined,
      failed: wasRefused,
      note: answered && 'a redirect of your browser',
      table: answered && {
        title: 'What your browser brought back',
        address: `GET ${asked?.searchParams.get('redirect_uri')}`,
        rows: rowsOf(answered),
      },
    }),
    step('C', 'The grant is handed in', [calendar, server], {
      text: 'Out of sight of your browser, Calendar hands in the code. Its secret proves that it is Calendar, and the verifier that it asked the question.',
      ...toldBy(redeemed, 'request'),
    }),
    step('D', 'Access token', [server, calendar], {
      text: 'Contacts checks all of that and gives two tokens: one to call the API for some minutes, and one to get the next.',
      ...toldBy(redeemed, 'response'),
      table: firstTokens && { title: 'What the access token says, decoded', rows: claimRows(firstTokens) },
    }),
    step('E', 'The access token is shown', [calendar, api], {
      text: 'Calendar calls the API of Contacts. It has no password of yours, only the token.',
      ...toldBy(called, 'request'),
    }),
    step('F', 'Protected resource', [api, calendar], {
      text: 'The API checks signature, expiry and scope of the token, and answers with what you allowed. Calendar makes birthdays of it.',
      ...toldBy(called, 'response', false),
      birthdays: contacts === undefined ? undefined : birthdaysOf(contacts, new Date()),
    }),
  ];
  if (!refreshed) return steps;
  return [
    ...steps,
    step('G', 'Refresh token', [calendar, server], {
      text: 'Access tokens live for minutes. Calendar hands in the refresh token for a new one, and you need not be there.',
      ...toldBy(refreshed, 'request'),
    }),
    step('H', 'A new access token', [server, calendar], {
      text: 'Contacts gives new ones of both. The old refresh token has had its day: who comes with it later ends the connection.',
      ...toldBy(refreshed, 'response'),
      table: refreshed.response?.status === 200 &&
        tokens && { title: 'What is new in the access token', rows: claimRows(tokens, ['iat', 'exp', 'jti']) },
    }),
  ];
}

/**
 * The request and the answer of an exchange, as text.
 *
 * @param {Exchange} exchange
 * @param {string} [request] - what the request is called
 * @param {string} [response]
 */
export function messagesOf(exchange, request = 'The request', response = 'The answer') {
  return [
    { title: request, lines: requestLines(exchange), open: false },
    { title: response, lines: responseLines(exchange), open: false },
  ];
}

/**
 * @param {string} letter
 * @param {string} title
 * @param {[Role, Role]} between
 * @param {{ [key in Exclude<keyof Step, 'letter' | 'title' | 'between'>]?: Step[key] | undefined | false }} rest
 */
export function step(letter, title, between, rest) {
  return /** @type {Step} */ ({ letter, title, between, ...rest });
}

/**
 * @param {Exchange | undefined} exchange
 * @param {'request' | 'response'} side
 */
function toldBy(exchange, side, open = true) {
  if (!exchange || (side === 'response' && !exchange.response)) return { done: false };
  const { status, statusText } = exchange.response ?? {};
  const isRequest = side === 'request';
  return {
    done: true,
    failed: !isRequest && status !== 200,
    note: isRequest ? timeOf(exchange.at) : `${status} ${statusText}, after ${exchange.milliseconds} ms`,
    messages: [
      {
        title: isRequest ? 'The request' : 'The answer',
        lines: isRequest ? requestLines(exchange) : responseLines(exchange),
        open,
      },
    ],
  };
}

/** @param {Exchange} exchange */
function requestLines({ request: { method, url, headers, form } }) {
  const body = form.map(([name, value], i) => `${i > 0 ? '&' : ''}${name}=${value}`);
  return [`${method} ${url.pathname}${url.search} HTTP/1.1`, ...headerLines([['Host', url.host], ...headers]), ...below(body)];
}

/** @param {Exchange} exchange */
function responseLines({ response }) {
  if (!response) return ['No answer came.'];
  const { status, statusText, headers, body } = response;
  return [`HTTP/1.1 ${status} ${statusText}`, ...headerLines(headers), ...below(body ? body.split('\n') : [])];
}

/** @param {[string, string][]} headers */
function headerLines(headers) {
  return headers.map(([name, value]) => `${name}: ${value}`);
}

/** @param {string[]} body */
function below(body) {
  return body.length > 0 ? ['', ...body] : [];
}

/** @param {URLSearchParams} parameters */
export function rowsOf(parameters) {
  return [...parameters].map(([name, value]) => ({ name, value: withoutSecrets(name, value), meaning: meaningOf(name, value) }));
}

/**
 * @param {{ claims: Record<string, unknown> }} token
 * @param {string[]} [names] - left out: all
 * @param {Record<string, string>} [meanings]
 */
export function claimRows({ claims }, names = Object.keys(claims), meanings = meaningsOfClaims) {
  return names.map((name) => ({
    name,
    value: ['iat', 'exp', 'auth_time'].includes(name)
      ? `${claims[name]} (${timeOf(new Date(Number(claims[name]) * 1000))})`
      : String(claims[name]),
    meaning: meanings[name] ?? '',
  }));
}

/** @param {URL} url */
export function addressOf(url) {
  return `${url.origin}${url.pathname}`;
}

/** On the clock of the machine that this runs on. @param {Date} date */
export function timeOf(date) {
  return date.toLocaleTimeString('en-GB');
}

/** @type {(name: string, value: string) => string} */
function meaningOf(name, value) {
  if (name !== 'response_type') return meanings[name] ?? '';
  return `answer with ${value
    .split(' ')
    .map((word) => things[word] ?? word)
    .join(' and ')}, please`;
}

/** @type {Record<string, string>} */
const things = { code: 'a code', token: 'an access token', id_token: 'an ID token', none: 'yes or no alone' };

/** @type {Record<string, string>} */
const meanings = {
  client_id: 'who asks',
  redirect_uri: 'where the answer shall go',
  scope: 'what for',
  state: 'ties the answer to this browser',
  nonce: 'comes back in the ID token, so that no other one will do',
  response_mode: 'how the answer shall travel',
  code_challenge: 'the hash of a secret: who takes the code later must know the secret',
  code_challenge_method: 'which hash',
  code: 'your grant; good for one minute, and once',
  iss: 'who answers',
  access_token: 'opens the API, for whoever has it',
  token_type: 'whoever bears it may use it',
  expires_in: 'seconds',
  id_token: 'says who you are',
  error: 'the answer is no',
  error_description: 'in words, for developers',
};

/** @type {Record<string, string>} */
const meaningsOfClaims = {
  iss: 'who gave it',
  aud: 'the API that it is for',
  sub: 'you, as Contacts calls you',
  client_id: 'who may use it',
  scope: 'what for',
  auth_time: 'when you signed in',
  iat: 'when it was made',
  exp: 'when it ends',
  jti: 'its own name',
};
