/**
 * A flow from its first request to its last answer, by hand, since this is about what goes over the wire. In an app of yours leave that to
 * a library, as Calendar does (calendar/oauth.js).
 */
import { createHash, randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';
import { recordingFetch, Unreachable } from '../calendar/recorder.js';
import { readIdToken } from './id-token.js';
import { tellAnswer, tellExchange, tellIdToken, tellQuestion, tellTokens } from './tell.js';

/** @typedef {import('./flows.js').Flow} Flow */
/** @typedef {import('../calendar/recorder.js').Exchange} Exchange */
/** @typedef {Record<string, string | undefined>} Tokens - as the token endpoint or the authorization endpoint gave them */
/** @typedef {{ issuer: string, authorization_endpoint: string, token_endpoint: string, userinfo_endpoint: string, jwks_uri: string }} Metadata */

/**
 * @typedef {object} Run
 * @property {Flow} flow
 * @property {Metadata} metadata
 * @property {{ state: string, nonce: string, codeVerifier: string }} secrets - for this run alone
 * @property {string} redirectUri
 * @property {import('../calendar/steps.js').Step[]} steps - what happened so far
 */

const patience = 5_000; // milliseconds

/** Contacts answered with something that is no answer, or that must not be believed. */
export class Surprise extends Error {}

/**
 * @param {Flow} flow
 * @param {{ issuer: string, redirectUri: string }} settings
 * @returns {Promise<Run>}
 */
export async function begin(flow, { issuer, redirectUri }) {
  const { exchange, answer } = await call(new URL(`${issuer}/.well-known/openid-configuration`));
  const metadata = /** @type {Metadata} */ (answer);
  if (exchange.response?.status !== 200 || metadata.issuer !== issuer) throw new Surprise('There is no metadata of Contacts.');
  const steps = [tellExchange('Metadata', 'server', 'Where to ask, and what is possible there: Contacts says so itself.', exchange, false)];
  return { flow, metadata, redirectUri, steps, secrets: { state: random(), nonce: random(), codeVerifier: random() } };
}

/**
 * The authorization request, for the browser to carry. RFC 6749 section 4.1.1.
 *
 * @param {Run} run
 */
export function ask({ flow: { client, ask = {} }, metadata, redirectUri, secrets, steps }) {
  const words = ask.response_type?.split(' ') ?? [];
  const url = new URL(metadata.authorization_endpoint);
  url.search = new URLSearchParams({
    client_id: client.id,
    redirect_uri: redirectUri,
    ...ask,
    state: secrets.state,
    ...(ask.scope?.includes('openid') && { nonce: secrets.nonce }),
    ...(words.includes('code') && {
      code_challenge: createHash('sha256').update(secrets.codeVerifier).digest('base64url'),
      code_challenge_method: 'S256',
    }),
  }).toString();
  steps.push(tellQuestion(url));
  return url;
}

/**
 * The answer that came with the browser, and all that follows from it.
 *
 * @param {Run} run
 * @param {URLSearchParams} answer
 * @param {'query' | 'fragment' | 'form_post'} mode - how it came
 */
export async function receive(run, answer, mode) {
  const { flow, metadata, secrets, steps } = run;
  steps.push(tellAnswer(answer, mode));
  if (answer.get('iss') !== metadata.issuer) throw new Surprise('The answer is not from Contacts.'); // RFC 9207
  if (answer.has('error')) return;
  const { code, ...tokens } = /** @type {Tokens} */ (Object.fromEntries(answer));
  if (tokens.id_token) await believe(run, tokens, code);
  if (tokens.access_token) {
    steps.push(tellTokens(decode(tokens.access_token)));
    await use(run, tokens);
  }
  if (!code) return;
  const redeemed = await redeem(run, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: run.redirectUri,
    code_verifier: secrets.codeVerifier,
  });
  if (redeemed && flow.refresh) await refresh(run, redeemed);
}

/**
 * Asks the token endpoint, and uses what it gives. RFC 6749 section 3.2.
 *
 * @param {Run} run
 * @param {Record<string, string>} form
 * @returns {Promise<Tokens | undefined>} nothing, if it refused
 */
export async function redeem(run, form) {
  const { client } = run.flow;
  const { exchange, answer } = await call(new URL(run.metadata.token_endpoint), {
    form: new URLSearchParams(client.secret ? form : { ...form, client_id: client.id }),
    ...(client.secret && { authorization: basic(client.id, client.secret) }),
  });
  const tokens = /** @type {Tokens} */ (answer);
  const { title, text } = words[form.grant_type ?? ''] ?? ofOurOwn;
  const claims = tokens.access_token ? decode(tokens.access_token) : undefined;
  run.steps.push(tellExchange(title, 'server', text, exchange, true, claims));
  if (exchange.response?.status !== 200) return undefined;
  if (tokens.id_token) await believe(run, tokens);
  await use(run, tokens);
  return tokens;
}

/** RFC 6749 section 6. @param {Run} run @param {Tokens} tokens */
async function refresh(run, { refresh_token = '' }) {
  await redeem(run, { grant_type: 'refresh_token', refresh_token, ...run.flow.refresh });
}

/**
 * An ID token that came through the browser could be anybody's, so it is checked by the keys of Contacts; one that came straight from
 * Contacts as well, for good measure.
 *
 * @param {Run} run
 * @param {Tokens} tokens
 * @param {string} [code]
 */
async function believe({ flow, metadata, secrets, steps }, { id_token = '', access_token }, code) {
  const { exchange, answer } = await call(new URL(metadata.jwks_uri));
  const expected = { issuer: metadata.issuer, clientId: flow.client.id, nonce: secrets.nonce, code, accessToken: access_token };
  try {
    const keys = /** @type {import('jose').JSONWebKeySet} */ (answer);
    steps.push(tellIdToken(await readIdToken(id_token, keys, expected), exchange));
  } catch (error) {
    throw new Surprise(`The ID token cannot be believed: ${/** @type {Error} */ (error).message}`);
  }
}

/** Calls whatever the access token is for. RFC 6750 section 2.1. @param {Run} run @param {Tokens} tokens */
async function use({ metadata, steps }, { access_token, scope = '' }) {
  const authorization = `Bearer ${access_token}`;
  for (const { named, address, title, text } of resources(metadata)) {
    if (!scope.split(' ').includes(named)) continue;
    const { exchange } = await call(new URL(address), { authorization });
    steps.push(tellExchange(title, 'api', text, exchange));
  }
}

/** What each scope opens. @param {Metadata} metadata */
function resources({ issuer, userinfo_endpoint }) {
  return [
    { named: 'openid', address: userinfo_endpoint, title: 'Userinfo', text: 'Who you are, as far as the scopes allow.' },
    { named: 'read:contacts', address: `${issuer}/api/contacts`, title: 'The API', text: 'The access token opens the contacts.' },
    { named: 'read:statistics', address: `${issuer}/api/statistics`, title: 'The API', text: 'The access token opens the statistics.' },
  ];
}

/**
 * @param {URL} url
 * @param {{ form?: URLSearchParams, authorization?: string }} [request]
 * @returns {Promise<{ exchange: Exchange, answer: unknown }>}
 */
async function call(url, { form, authorization } = {}) {
  /** @type {Exchange[]} */
  const exchanges = [];
  const recorded = recordingFetch((exchange) => exchanges.push(exchange));
  const response = await recorded(url.href, {
    method: form ? 'POST' : 'GET',
    headers: {
      Accept: 'application/json',
      ...(form && { 'Content-Type': 'application/x-www-form-urlencoded' }),
      ...(authorization && { Authorization: authorization }),
    },
    body: form,
    redirect: 'manual',
    signal: AbortSignal.timeout(patience),
  });
  const [exchange] = exchanges;
  if (!exchange) throw new Unreachable('Nothing was sent.');
  return { exchange, answer: await response.json().catch(() => ({})) };
}

/** RFC 6749 section 2.3.1: both parts form-encoded first. @param {string} id @param {string} secret */
function basic(id, secret) {
  const encoded = [id, secret].map((part) => new URLSearchParams([['', part]]).toString().slice(1)).join(':');
  return `Basic ${Buffer.from(encoded).toString('base64')}`;
}

/** For curious eyes alone. @param {string} token @returns {Record<string, unknown>} */
function decode(token) {
  try {
    return decodeJwt(token);
  } catch {
    return {};
  }
}

function random() {
  return randomBytes(32).toString('base64url');
}

/** How the page tells of a request to the token endpoint. @type {Record<string, { title: string, text: string }>} */
const words = {
  authorization_code: {
    title: 'The code is handed in',
    text: 'Out of sight of your browser: the code, and the verifier, which only who asked can know. Contacts answers with tokens.',
  },
  refresh_token: { title: 'The refresh token is handed in', text: 'Contacts answers with new tokens. You need not be there.' },
  client_credentials: { title: 'The client asks for itself', text: 'It shows its own credentials, and Contacts answers with a token.' },
  password: { title: 'Your password is handed on', text: 'The client tells Contacts what you told the client.' },
};
const ofOurOwn = {
  title: 'The invitation is handed in',
  text: 'The client shows it with its own credentials, and Contacts answers with a token.',
};
