/**
 * OAuth 2.0 and OpenID Connect in a browser, by hand: the authorization code grant with PKCE for a public client. RFC 6749 section 4.1,
 * RFC 7636, OpenID Connect Core section 3.1.
 *
 * The tokens are in variables of this file and nowhere else. What is in localStorage or sessionStorage can be read by every script that
 * ever gets into a page of this origin, and stays when the page is gone; variables of a module end with the page. The price: who loads
 * the page anew goes to Contacts and back again.
 */

/** @typedef {{ accessToken: string, refreshToken: string | undefined, scope: string, expiresAt: Date }} Tokens */
/** @typedef {{ sub: string, name?: string, given_name?: string, picture?: string }} User */

/** What the user should read: a sentence. */
export class Problem extends Error {}

/** @type {{ issuer: string, clientId: string, redirectUri: string, signOut: string }} */
export const config = await fetchJson('/config.json');
const scope = 'openid profile read:contacts';

/** @type {Tokens | undefined} */
let tokens;
/** @type {Promise<void> | undefined} */
let refreshing;

/** Off to Contacts. This page ends here, so what it has to know when the answer comes is kept for the tab; no token is among it. */
export async function signIn() {
  const { authorization_endpoint } = await metadata();
  const request = { state: random(), nonce: random(), codeVerifier: random() };
  sessionStorage.setItem('request', JSON.stringify(request));
  const parameters = new URLSearchParams({
    response_type: 'code',
    client_id: config.clientId,
    redirect_uri: config.redirectUri,
    scope,
    state: request.state, // ties the answer to this tab
    nonce: request.nonce, // ties the ID token to this request
    code_challenge: await sha256(request.codeVerifier), // ties the code to who has the verifier
    code_challenge_method: 'S256',
  });
  location.assign(`${authorization_endpoint}?${parameters}`);
}

/**
 * Back from Contacts, if the address has an answer in it.
 *
 * @returns {Promise<User | undefined>} who has signed in; nobody, if there is no answer
 * @throws {Problem} if the user said no, or the answer is not for us
 */
export async function comeBack() {
  const answer = new URLSearchParams(location.search);
  if (!answer.has('state')) return undefined;
  history.replaceState(null, '', location.pathname); // the code must not stay in the address bar and in the history
  const request = JSON.parse(sessionStorage.getItem('request') ?? 'null');
  sessionStorage.removeItem('request');
  if (answer.get('state') !== request?.state || answer.get('iss') !== config.issuer)
    throw new Problem('This answer belongs to no question.');
  if (answer.get('error') === 'access_denied') throw new Problem('You said no, so there are no cards to write.');
  if (answer.has('error')) throw new Problem(`Contacts says: ${answer.get('error_description') ?? answer.get('error')}`);
  const { id_token } = await redeem({
    grant_type: 'authorization_code',
    code: answer.get('code') ?? '',
    redirect_uri: config.redirectUri,
    code_verifier: request.codeVerifier,
  });
  return findUser(readIdToken(id_token, request.nonce));
}

/** New tokens. Two at once would use the same refresh token twice, so the second waits for the first. RFC 6749 section 6. */
export function refresh() {
  refreshing ??= redeem({ grant_type: 'refresh_token', refresh_token: tokens?.refreshToken ?? '' })
    .then(() => undefined)
    .finally(() => {
      refreshing = undefined;
    });
  return refreshing;
}

/** This page forgets the tokens. At Contacts the user stays signed in. */
export function signOut() {
  tokens = undefined;
}

/** What may be told of the tokens. */
export function access() {
  return tokens && { scope: tokens.scope, expiresAt: tokens.expiresAt };
}

/**
 * Calls the API; with a new access token, if the old one has expired.
 *
 * @param {string} path
 */
export async function callApi(path) {
  const call = () => ask(`${config.issuer}${path}`, { headers: { Authorization: `Bearer ${tokens?.accessToken}` } });
  let response = await call();
  if (response.status === 401 && tokens?.refreshToken) {
    await refresh();
    response = await call();
  }
  if (!response.ok) throw new Problem(`The API answered ${response.status}.`);
  return response.json();
}

/** The token endpoint. No secret goes along: the code and its verifier, or the refresh token, are all there is. @param {Record<string, string>} form */
async function redeem(form) {
  const { token_endpoint } = await metadata();
  const response = await ask(token_endpoint, { method: 'POST', body: new URLSearchParams({ ...form, client_id: config.clientId }) });
  const answer = await response.json();
  if (answer.error === 'invalid_grant') signOut();
  if (!response.ok) throw new Problem(`Contacts says: ${answer.error_description ?? answer.error}`);
  tokens = {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token ?? tokens?.refreshToken,
    scope: answer.scope,
    expiresAt: new Date(Date.now() + answer.expires_in * 1000),
  };
  return answer;
}

/**
 * Who has signed in. The token came straight from Contacts, so its signature need not be checked (OpenID Connect Core section 3.1.3.7);
 * all else must be.
 *
 * @param {string} idToken
 * @param {string} nonce
 * @returns {string} the subject
 */
function readIdToken(idToken, nonce) {
  const base64 = (idToken.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
  const claims = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))));
  const isOurs = claims.iss === config.issuer && claims.aud === config.clientId && claims.nonce === nonce;
  if (!isOurs || claims.exp * 1000 < Date.now()) throw new Problem('The ID token is not for this sign-in.');
  return claims.sub;
}

/** The user's name and picture. OpenID Connect Core section 5.3. @param {string} sub @returns {Promise<User>} */
async function findUser(sub) {
  const { userinfo_endpoint } = await metadata();
  const response = await ask(userinfo_endpoint, { headers: { Authorization: `Bearer ${tokens?.accessToken}` } });
  const user = await response.json();
  if (user.sub !== sub) throw new Problem('Userinfo tells of somebody else.');
  return user;
}

/** Where everything is, as Contacts says itself. OpenID Connect Discovery section 4. */
async function metadata() {
  const found = await fetchJson(`${config.issuer}/.well-known/openid-configuration`);
  if (found.issuer !== config.issuer) throw new Problem('The metadata is not that of Contacts.');
  return found;
}

/** @param {string} url */
async function fetchJson(url) {
  const response = await ask(url);
  if (!response.ok) throw new Problem(`${url} answered ${response.status}.`);
  return response.json();
}

/** @param {string} url @param {RequestInit} [init] */
async function ask(url, init) {
  return fetch(url, init).catch(() => {
    throw new Problem('Contacts did not answer. Is it running?');
  });
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** @param {string} text */
async function sha256(text) {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));
}

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
