/** Records what a client and Contacts say to each other by HTTP, so that the page can show it. Nothing secret is kept. */

/**
 * @typedef {object} Exchange
 * @property {Date} at
 * @property {number} milliseconds - from the request to the end of the answer
 * @property {{ method: string, url: URL, headers: [string, string][], form: [string, string][] }} request
 * @property {{ status: number, statusText: string, headers: [string, string][], body: string } | undefined} response - if one came
 */

/**
 * What was said, by the purpose of the request; `latest` is the one before this moment, whatever it was for.
 *
 * @typedef {{ [purpose in 'metadata' | 'authorization_code' | 'refresh_token' | 'api' | 'latest']?: Exchange }} Exchanges
 */

const tokenNames = ['access_token', 'refresh_token', 'id_token'];
const secretNames = ['client_secret', 'code', 'code_verifier', 'state', 'invitation'];
const tellingHeaders = ['accept', 'authorization', 'content-type', 'cache-control', 'www-authenticate'];

/** Contacts did not answer, or not in time. */
export class Unreachable extends TypeError {}

/**
 * A `fetch` that writes down what it does.
 *
 * @param {(exchange: Exchange) => void} write - called when the request is made; the answer is added when it comes
 * @returns {import('openid-client').CustomFetch}
 */
export function recordingFetch(write) {
  return async (url, options) => {
    const at = new Date();
    const form = options.body instanceof URLSearchParams ? [...options.body] : [];
    /** @type {Exchange} */
    const exchange = {
      at,
      milliseconds: 0,
      request: { method: options.method, url: new URL(url), headers: telling(options.headers), form: form.map(withoutSecret) },
      response: undefined,
    };
    write(exchange);
    try {
      const response = await fetch(url, /** @type {RequestInit} */ (options));
      const body = shown(await response.clone().text());
      const { status, statusText } = response;
      exchange.response = { status, statusText, headers: telling(Object.fromEntries(response.headers)), body };
      return response;
    } catch (cause) {
      throw new Unreachable('Contacts did not answer.', { cause });
    } finally {
      exchange.milliseconds = Date.now() - at.getTime();
    }
  };
}

/**
 * Keeps the last exchange for each purpose.
 *
 * @param {Exchanges} exchanges - is written to
 * @returns {(exchange: Exchange) => void}
 */
export function keepIn(exchanges) {
  return (exchange) => {
    exchanges[purposeOf(exchange.request)] = exchange;
    exchanges.latest = exchange;
  };
}

/**
 * Leaves of a secret what tells it from others, and is too little to use it.
 *
 * @param {string} name
 * @param {string} value
 */
export function withoutSecrets(name, value) {
  if (name === 'password') return '…'; // people choose them, and half of one may be enough
  if (tokenNames.includes(name)) return shortenedToken(value);
  return secretNames.includes(name) ? shortened(value) : value;
}

/** @type {(request: Exchange['request']) => 'metadata' | 'authorization_code' | 'refresh_token' | 'api'} */
function purposeOf({ url, form }) {
  const grantType = new URLSearchParams(form).get('grant_type');
  if (grantType === 'authorization_code' || grantType === 'refresh_token') return grantType;
  return url.pathname.includes('/.well-known/') ? 'metadata' : 'api';
}

/** @type {(headers: Record<string, string>) => [string, string][]} */
function telling(headers) {
  return Object.entries(headers)
    .filter(([name]) => tellingHeaders.includes(name.toLowerCase()))
    .map(([name, value]) => [capitalized(name), name.toLowerCase() === 'authorization' ? withoutCredentials(value) : value]);
}

/** `Bearer eyJhbG…` @param {string} value */
function withoutCredentials(value) {
  const [scheme = '', credentials = ''] = value.split(' ');
  return `${scheme} ${scheme === 'Bearer' ? shortenedToken(credentials) : shortened(credentials)}`;
}

/** @type {(entry: [string, string]) => [string, string]} */
function withoutSecret([name, value]) {
  return [name, withoutSecrets(name, value)];
}

/** JSON on lines of its own; anything else as it is, up to a point. @param {string} body */
function shown(body) {
  try {
    return JSON.stringify(
      JSON.parse(body, (name, value) => (typeof value === 'string' ? withoutSecrets(name, value) : value)),
      null,
      2,
    );
  } catch {
    return body.length > 1000 ? `${body.slice(0, 1000)}…` : body;
  }
}

/** Tokens of a kind begin alike, so their end is needed as well. @param {string} token */
function shortenedToken(token) {
  return token.length > 40 ? `${shortened(token)}${token.slice(-4)}` : shortened(token);
}

/** @param {string} secret */
function shortened(secret) {
  return `${secret.slice(0, 6)}…`;
}

/** @param {string} name */
function capitalized(name) {
  return name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase()).replace('Www', 'WWW');
}
