/** The requests that the jobs are made of. What their answers must say is in verify.ts. */
import { createHash, randomBytes } from 'node:crypto';
import { Browser, walks } from '../driver/browser.js';
import { type Answer, expectStatus, headerOf } from '../driver/connection.js';
import { pathOf, type Target } from '../driver/target.js';
import { api, client, scope } from '../world.js';
import type { Worker } from './job.js';

const formType = 'Content-Type: application/x-www-form-urlencoded\r\n';

export interface Tokens {
  readonly access_token: string;
  readonly token_type: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
}

export function credentialsOf(target: Target): string {
  const { client_id = client.client_id, client_secret = client.client_secret } = target;
  return `client_id=${encodeURIComponent(client_id)}&client_secret=${encodeURIComponent(client_secret)}`;
}

export function postForm({ connection }: Worker, path: string, form: string): Promise<Answer> {
  return connection.send('POST', path, formType, form);
}

export function getAs({ connection }: Worker, path: string, access_token: string): Promise<Answer> {
  return connection.send('GET', path, `Authorization: Bearer ${access_token}\r\n`);
}

export function introspect(worker: Worker, access_token: string): Promise<Answer> {
  const form = `${credentialsOf(worker.target)}&token_type_hint=access_token&token=${encodeURIComponent(access_token)}`;
  return postForm(worker, pathOf(worker.target, 'introspect'), form);
}

export async function askForTokens(worker: Worker, form: string): Promise<Tokens> {
  const { target } = worker;
  return JSON.parse(expectStatus(await postForm(worker, pathOf(target, 'token'), `${credentialsOf(target)}&${form}`), 200).body);
}

export interface Request {
  readonly path: string;
  readonly code_verifier: string;
  readonly state: string;
}

/** A new authorization request, with a state and a challenge of its own. */
export function newRequest(target: Target, scopes: readonly string[], more: Readonly<Record<string, string>> = {}): Request {
  const { namesApi = true } = target;
  const code_verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(8).toString('base64url');
  const query = new URLSearchParams({
    client_id: target.client_id ?? client.client_id,
    response_type: 'code',
    redirect_uri: client.redirect_uri,
    scope: scopes.join(' '),
    state,
    code_challenge: createHash('sha256').update(code_verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(scopes.includes(scope) && namesApi && { resource: api }),
    ...more,
  });
  return { path: `${pathOf(target, 'authorize')}?${query}`, code_verifier, state };
}

/** The form that redeems the code with which the user came back. */
export function redemptionOf(callback: URL, { code_verifier, state }: Request): string {
  const code = callback.searchParams.get('code');
  if (code === null || callback.searchParams.get('state') !== state) throw new Error(`No code came back, but ${callback}.`);
  const redirect_uri = encodeURIComponent(client.redirect_uri);
  return `grant_type=authorization_code&code=${encodeURIComponent(code)}&code_verifier=${code_verifier}&redirect_uri=${redirect_uri}`;
}

/** The form that redeems a refresh token. */
export function refreshOf(refresh_token = ''): string {
  return `grant_type=refresh_token&refresh_token=${encodeURIComponent(refresh_token)}`;
}

/** With this the user is asked, whatever was agreed to before; OpenID Connect Core section 11 wants it where a refresh token is asked for. */
export const forConsent = { prompt: 'consent' };

/** The form of a machine that asks for itself. */
export function machineForm({ namesApi = true }: Target): string {
  const resource = namesApi ? `&resource=${encodeURIComponent(api)}` : '';
  return `grant_type=client_credentials&scope=${encodeURIComponent(scope)}${resource}`;
}

/** Signs a user in, who agrees. Gives the browser, for more of the same, and the tokens, and tells who it was, and what pages were shown. */
export async function signIn(worker: Worker, scopes: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const { connection, target } = worker;
  const browser = new Browser(connection, target.urls[0] as string);
  const request = newRequest(target, scopes, more);
  const username = worker.user();
  const { callback, pages } = await walks[target.login ?? 'forms'](browser, await browser.get(request.path), username);
  return { browser, username, pages, tokens: await askForTokens(worker, redemptionOf(callback, request)) };
}

/** The same for a browser that is signed in and has agreed: two requests, to the code and to its tokens. */
export async function signInAgain(worker: Worker, browser: Browser, scopes: readonly string[]): Promise<Tokens> {
  const request = newRequest(worker.target, scopes);
  const callback = callbackOf(await browser.get(request.path));
  return askForTokens(worker, redemptionOf(callback, request));
}

/** Where the server leads back to, of an answer that must lead there at once. */
export function callbackOf(answer: Answer): URL {
  return new URL(headerOf(expectStatus(answer, 302, 303), 'location') ?? '');
}
