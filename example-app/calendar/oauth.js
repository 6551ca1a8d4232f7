/**
 * What Calendar does as a client: the authorization code grant with PKCE (RFC 6749 section 4.1, RFC 7636), refreshing (section 6), and
 * calls to the API (RFC 6750). All by openid-client, which makes and checks what goes over the wire. The letters are those of figure 1.
 */
import { decodeJwt } from 'jose';
import * as client from 'openid-client';
import { keepIn, recordingFetch } from './recorder.js';

/**
 * What Contacts told the makers of Calendar when they registered it, and where Calendar is.
 *
 * @typedef {{ readonly issuer: string, readonly clientId: string, readonly clientSecret: string, readonly url: string }} Settings
 */

/** @typedef {import('./recorder.js').Exchanges} Exchanges */

/**
 * An authorization request that waits for its answer.
 *
 * @typedef {{ readonly config: client.Configuration, readonly asked: URL, readonly codeVerifier: string, readonly exchanges: Exchanges }} Question
 */

/**
 * What a user has allowed.
 *
 * @typedef {object} Connection
 * @property {client.Configuration} config
 * @property {URL} asked - the authorization request
 * @property {URLSearchParams} answered - its answer
 * @property {Tokens} firstTokens - in exchange for the code
 * @property {Tokens} tokens - those of today
 * @property {unknown} contacts - what the API gave at last
 * @property {Exchanges} exchanges
 */

/** @typedef {{ accessToken: string, refreshToken: string | undefined, scope: string, expiresAt: Date, claims: Record<string, unknown> }} Tokens */

const patience = 5; // seconds

/**
 * (A) The request that the browser takes to Contacts. How, Contacts says in its metadata; read anew each time, since Contacts may
 * have started later than Calendar, and so that there is something to show.
 *
 * @param {Settings} settings
 * @param {Exchanges} exchanges - is written to
 * @returns {Promise<Question>}
 */
export async function ask({ issuer, clientId, clientSecret, url }, exchanges) {
  const config = await client.discovery(new URL(issuer), clientId, {}, client.ClientSecretBasic(clientSecret), {
    algorithm: 'oauth2',
    timeout: patience,
    [client.customFetch]: recordingFetch(keepIn(exchanges)),
    execute: issuer.startsWith('http://localhost:') ? [client.allowInsecureRequests] : [],
  });
  const codeVerifier = client.randomPKCECodeVerifier();
  const asked = client.buildAuthorizationUrl(config, {
    redirect_uri: `${url}/callback`,
    scope: 'read:contacts',
    state: client.randomState(),
    code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
  });
  return { config, asked, codeVerifier, exchanges };
}

/**
 * (B) to (D): the answer that the browser has brought back, checked, and exchanged for tokens.
 *
 * @param {Question} question
 * @param {URL} callback
 * @returns {Promise<Connection>}
 * @throws {client.AuthorizationResponseError} `access_denied`, if the user said no
 */
export async function receive({ config, asked, codeVerifier, exchanges }, callback) {
  const answer = await client.authorizationCodeGrant(config, callback, {
    expectedState: stateOf(asked),
    pkceCodeVerifier: codeVerifier,
  });
  const tokens = tokensOf(answer);
  return { config, asked, answered: callback.searchParams, firstTokens: tokens, tokens, contacts: undefined, exchanges };
}

/**
 * (E) and (F): the call to the API. An access token lives for minutes, so if it is refused there is a new one, once.
 *
 * @param {Connection} connection - is updated
 */
export async function callApi(connection) {
  try {
    connection.contacts = await fetchContacts(connection);
  } catch (error) {
    if (!isUnauthorized(error) || connection.tokens.refreshToken === undefined) throw error;
    await refresh(connection);
    connection.contacts = await fetchContacts(connection);
  }
}

/**
 * New tokens for the refresh token. RFC 6749 section 6.
 *
 * @param {Connection} connection - is updated
 */
export async function refresh(connection) {
  const { config, tokens } = connection;
  try {
    const answer = await client.refreshTokenGrant(config, tokens.refreshToken ?? '');
    connection.tokens = tokensOf(answer, tokens);
  } catch (error) {
    if (error instanceof client.ResponseBodyError && error.error === 'invalid_grant') throw new ConnectionEnded(error.error);
    throw error;
  }
}

/** Nothing will come of this refresh token any more. */
export class ConnectionEnded extends Error {}

/** @param {URL} asked */
export function stateOf(asked) {
  return asked.searchParams.get('state') ?? '';
}

/** @param {Connection} connection */
async function fetchContacts({ config, tokens }) {
  const { issuer } = config.serverMetadata();
  const headers = new Headers({ Accept: 'application/json' });
  const response = await client.fetchProtectedResource(config, tokens.accessToken, new URL(`${issuer}/api/contacts`), 'GET', null, headers);
  if (!response.ok) throw new ApiError(`The API answered ${response.status}.`);
  return response.json();
}

/** The API said no, or failed. */
export class ApiError extends Error {}

/** @param {unknown} error */
function isUnauthorized(error) {
  return error instanceof client.WWWAuthenticateChallengeError && error.status === 401;
}

/** @type {(answer: client.TokenEndpointResponse & client.TokenEndpointResponseHelpers, before?: Tokens) => Tokens} */
function tokensOf(answer, before) {
  return {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token ?? before?.refreshToken, // RFC 6749 section 6: without a new one, the old one stays
    scope: answer.scope ?? before?.scope ?? 'read:contacts',
    expiresAt: new Date(Date.now() + (answer.expiresIn() ?? 0) * 1000),
    claims: claimsOf(answer.access_token),
  };
}

/** For curious eyes alone: what is in an access token is between Contacts and its API. RFC 9068 section 6. @param {string} token */
function claimsOf(token) {
  try {
    return decodeJwt(token);
  } catch {
    return {}; // it need not be a JWT
  }
}
