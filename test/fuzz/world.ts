/** What is fuzzed: a server with everything switched on, an attacker who holds whatever an ordinary user and client hold, and a victim. */
import { createSecretKey } from 'node:crypto';
import express from 'express';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import type { ClientOptions } from '../../lib/config/options/index.js';
import type { Endpoint } from '../../lib/contracts.js';
import { endpoints } from '../../lib/endpoints/index.js';
import type { UserStep } from '../../lib/model/step.js';
import { Agent } from '../support/agent.js';
import { asParameters, makeAssertion } from '../support/assertion.js';
import { createAuthenticator } from '../support/authenticator.js';
import { alice, api, authorizeUrl, freshCode, openPage, pkce, spa, type TestServer, testServer, web } from '../support/server.js';
import { formOn } from '../support/walker.js';
import type { Knowledge } from './oracles.js';

export type Fields = Readonly<Record<string, string>>;

/** A good request; the fuzzer spoils it. */
export interface Template {
  /** The name of the endpoint in the table. */
  readonly endpoint: string;
  readonly method: string;
  readonly path: string;
  readonly query?: Fields;
  readonly form?: Fields;
  readonly json?: unknown;
  readonly headers?: Fields;
}

/** What the attacker holds for a while. */
export interface Loot {
  readonly templates: readonly Template[];
  /** Good values for any parameter: codes, tokens, tickets, secrets. */
  readonly values: readonly string[];
  /** Cookie headers of browsers. */
  readonly cookies: readonly string[];
}

export interface World {
  readonly server: TestServer;
  readonly port: number;
  readonly knowledge: Knowledge;
  /** The endpoints that this server has. */
  readonly endpoints: readonly Endpoint[];
  /** What Express and the process were told that nobody should be told of. */
  readonly accidents: string[];
  /** New loot; what was had before has expired. */
  plunder(): Promise<Loot>;
  /** A client has registered. */
  learn(registration: string): void;
  close(): Promise<void>;
}

const { client_secret, redirect_uris } = web;
const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const platform = 'https://platform.example.com';
const keyed = {
  client_id: 'keyed',
  client_secret: `${client_secret}, long enough for a key`,
  redirect_uris,
  token_endpoint_auth_method: 'client_secret_jwt',
};
const victimsApp: ClientOptions = {
  client_id: 'bank',
  client_secret: 'the secret that the bank keeps to itself',
  redirect_uris: ['https://bank.example.com/callback'],
};
const clients: readonly ClientOptions[] = [
  web,
  spa,
  { client_id: 'native', redirect_uris: ['http://127.0.0.1/callback', 'com.example.app:/callback'] },
  { client_id: 'implicit', client_secret, redirect_uris, response_types: ['code', 'token', 'id_token', 'code id_token token', 'none'] },
  { client_id: 'machine', client_secret, grant_types: ['client_credentials'] },
  { client_id: 'trusted', client_secret, grant_types: ['password', 'refresh_token'] },
  { client_id: 'api', client_secret, grant_types: [], introspects: [api] },
  { client_id: 'pairwise', client_secret, redirect_uris, subject_type: 'pairwise', request_object_signing_alg: 'none' },
  { client_id: 'robot', client_secret, grant_types: [jwtBearer] },
  keyed,
  victimsApp,
];

const stranger = { username: 'steve', password: 'a password with steps' };
const bob = { username: 'bob', password: 'a password of one who leaves' };
const vera = { username: 'vera', password: 'a password that only vera knows' };
const names = new Map([
  ['alice', 'Alice'],
  ['steve', 'Steve'],
  ['bob', 'Bob'],
  ['vera', 'Vera Victim 4711'],
]);
const passwords = new Map([alice, stranger, bob, vera].map(({ username, password }) => [username, password]));

const totp: UserStep = {
  name: 'totp',
  isDue: ({ user }) => user.sub === stranger.username,
  page: { title: 'Second factor', fields: [{ name: 'code', label: 'Code', type: 'code' }] },
  submit: ({ code }) => (code === '123456' ? { done: true, amr: ['otp'] } : { again: 'That was wrong.' }),
};

/**
 * Wide where all addresses count together, or many guesses from one would hide the rest behind 429; narrow by user and address, so that what
 * is said to who has to wait is judged, too.
 */
const limits = {
  loginAddress: 1_000_000,
  passwordGrant: 1_000_000,
  stepAccount: 1_000_000,
  stepBegun: 1_000_000,
  client: 1_000_000,
  login: 2,
  step: 2,
};

/** Of clients that register by themselves, if nothing is spoiled. */
const ofRegistered = ['https://registered.example.com/callback'];

/** Longer than anything lives here, in seconds. */
const longer = 400 * 86_400;

export async function createWorld(): Promise<World> {
  const accidents: string[] = [];
  const app = express();
  app.set('trust proxy', true); // so that one who is slowed down can go on from another address
  const log = { warn: () => {}, error: (message: string, cause: unknown) => void accidents.push(`Logged: ${message} ${told(cause)}`) };
  const keyOfPlatform = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(keyOfPlatform.publicKey)), alg: 'ES256', kid: 'platform' };
  const server = await testServer({
    app,
    optionsAt: (url) => ({
      apis: {
        [api]: { scopes: { 'read:contacts': 'See your contacts', 'create:contacts': { description: 'Add', optional: true, risky: true } } },
        [`${url}/contacts`]: { scopes: { 'read:own': 'See your own' } },
      },
    }),
    options: {
      clients,
      log,
      users: {
        authenticate: ({ username, password }) =>
          passwords.get(username) === password && { id: username, name: names.get(username) ?? '', email: `${username}@mail.example` },
        find: (sub) => names.has(sub) && { sub, name: names.get(sub) ?? '' },
        createAccountUrl: '/sign-up',
        steps: [totp],
      },
      trustedIssuers: [{ issuer: platform, profile: 'workload', jwks: { keys: [jwk] }, clients: ['robot'], subjects: ['job'] }],
      passkeys: { mayEnrol: () => true }, // of one whom no step asks anything, too
      metadataDocuments: true,
      registration: { quota: 300, perHour: 1_000_000 },
      pairwise: { salt: 'a salt of at least thirty-two characters' },
      brand: { name: 'Fuzz', url: '/' },
      limits,
    },
  });
  app.use(((error, _req, res, _next) => {
    accidents.push(`Express was given: ${told(error)}`);
    res.status(500).end();
  }) as express.ErrorRequestHandler);
  const onAccident = (error: unknown) => void accidents.push(`Nobody caught: ${told(error)}`);
  const onWarning = ({ name, message }: Error) => void (name === 'MaxListenersExceededWarning' && accidents.push(`Warned: ${message}`));
  process.on('uncaughtException', onAccident).on('unhandledRejection', onAccident).on('warning', onWarning);

  const given = new Map(clients.map(({ client_id, redirect_uris = [] }) => [client_id, redirect_uris]));
  const registered = new Map(given);
  const redirectUris = new Set<string>();
  const enabled = endpoints.filter(isOn);
  const ownPaths = new Set(['/', '/sign-up', ...enabled.flatMap(pathsOf)]);

  /** Only what is registered in a round is used in it. */
  function forget(): void {
    redirectUris.clear();
    for (const uri of [...given.values(), ofRegistered].flat()) redirectUris.add(uri);
    for (const client_id of registered.keys()) if (!given.has(client_id)) registered.delete(client_id);
  }

  return {
    server,
    port: Number(new URL(server.url).port),
    endpoints: enabled,
    accidents,
    knowledge: {
      redirectUris,
      redirectUrisOf: (client_id) => registered.get(client_id),
      ownPaths: [...ownPaths],
      secrets: await secretsOfVictim(server),
    },
    async plunder() {
      server.sleep(longer);
      forget();
      const now = server.now();
      const assertion = new SignJWT({ iss: platform, sub: 'job', aud: server.url, iat: now, exp: now + 300, jti: String(now) });
      const signed = await assertion.setProtectedHeader({ alg: 'ES256', kid: 'platform' }).sign(keyOfPlatform.privateKey);
      return plunder(server, enabled, signed);
    },
    learn(registration) {
      const { client_id, redirect_uris = [] } = JSON.parse(registration) as ClientOptions;
      registered.set(client_id, redirect_uris);
      for (const uri of redirect_uris) redirectUris.add(uri);
    },
    async close() {
      process.off('uncaughtException', onAccident).off('unhandledRejection', onAccident).off('warning', onWarning);
      await server.close();
    },
  };
}

function told(error: unknown): string {
  return error instanceof Error ? `${error.stack}${error.cause === undefined ? '' : ` because of ${told(error.cause)}`}` : String(error);
}

/** This server has users, passkeys and registration; whatever comes to be off by itself is not asked. */
function isOn({ enabled }: Endpoint): boolean {
  const everything = new Proxy({}, { get: (_, name) => (name === 'users' ? { authenticate: () => false } : {}) });
  return enabled?.(everything as never) ?? true;
}

function pathsOf({ path }: Endpoint): string[] {
  if (typeof path === 'string') return [`/oauth${path.replace('.*.', '.aaaaaaaaaaaaaaaa.')}`];
  return path.wellKnown.flatMap((name) => [`/.well-known/${name}`, `/.well-known/${name}/contacts`]);
}

/** Vera signs in at her bank, and nothing of that is anybody else's. */
async function secretsOfVictim({ url }: TestServer): Promise<string[]> {
  const request = { client_id: victimsApp.client_id, redirect_uri: victimsApp.redirect_uris?.[0] };
  const agent = await signedIn({ url }, vera, request);
  const redemption = await freshCode(url, request, agent);
  const { status, body } = await post(`${url}/oauth/token`, { ...redemption, ...as(victimsApp) });
  if (status !== 200) throw new Error(`The victim could not sign in: ${JSON.stringify(body)}`);
  const secrets = [
    vera.password,
    'Vera Victim 4711',
    'vera@mail.example',
    victimsApp.client_secret,
    redemption.code,
    body.access_token,
    body.refresh_token,
    agent.cookies.get('oauth_session'),
    agent.cookies.get('oauth_csrf'),
  ].filter((secret) => secret !== undefined);
  return [...new Set(secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]))];
}

/** The ways of honest users and clients, each left off at a point that is worth an attack. */
async function plunder(server: TestServer, enabled: readonly Endpoint[], assertionOfPlatform: string): Promise<Loot> {
  const bag = new Bag(server.url);
  authorizationRequests(bag);
  await pagesOfSignIn(bag);
  await codesAndTokens(bag);
  await grantsOfClients(bag, assertionOfPlatform, server.now());
  const agents = [await signedIn(bag), await signedIn(bag), await signedIn(bag, bob)];
  server.sleep(1); // who has signed in for this very request is not asked which account
  await pagesOfUsers(bag, agents);
  await registrations(bag);
  everyRow(bag, enabled, cookieOf(agents[0] as Agent));
  return { templates: bag.templates, values: [...bag.values], cookies: [...bag.cookies] };
}

/** What is collected. */
class Bag {
  readonly templates: Template[] = [];
  readonly values = new Set<string>([
    client_secret,
    alice.password,
    stranger.password,
    bob.password,
    'alice',
    'steve',
    'bob',
    api,
    ...redirect_uris,
  ]);
  readonly cookies = new Set<string>();

  constructor(readonly url: string) {
    this.keep(...clients.map(({ client_id }) => client_id));
  }

  keep(...values: readonly (string | undefined)[]): void {
    for (const value of values) if (value !== undefined) this.values.add(value);
  }

  add(endpoint: string, method: string, path: string, more: Omit<Template, 'endpoint' | 'method' | 'path'> = {}): void {
    this.templates.push({ endpoint, method, path, ...more });
  }

  addToken(form: Fields, headers: Fields = {}): void {
    this.add('token', 'POST', '/oauth/token', { form, headers });
  }

  /** The form on a page, filled in; and the page itself. */
  addPage(endpoint: string, agent: Agent, html: string, fill: Fields): void {
    const { action, fields } = formOn(html, this.url);
    const { pathname, searchParams } = new URL(action);
    const headers = { cookie: cookieOf(agent) };
    this.cookies.add(headers.cookie);
    this.keep(...Object.values(fields));
    this.add(endpoint, 'POST', pathname, { query: Object.fromEntries(searchParams), form: { ...fields, ...fill }, headers });
    const { ticket } = fields;
    this.add(endpoint, 'GET', pathname, { query: ticket === undefined ? {} : { ticket }, headers });
  }
}

function authorizationRequests(bag: Bag): void {
  const { url } = bag;
  for (const changes of authorizations) bag.add('authorize', 'GET', '/oauth/authorize', { query: start(url, changes) });
  for (const changes of authorizations.slice(0, 3)) bag.add('authorize', 'POST', '/oauth/authorize', { form: start(url, changes) });
  const openid = { client_id: 'pairwise', scope: 'openid' };
  const request = new UnsecuredJWT(start(url, openid)).encode();
  bag.add('authorize', 'GET', '/oauth/authorize', { query: start(url, { ...openid, request }) });
}

async function pagesOfSignIn(bag: Bag): Promise<void> {
  const atLogin = new Agent(bag.url);
  const login = await openPage(atLogin, startPath(bag.url));
  bag.addPage('login', atLogin, login.html, alice);
  bag.addPage('login', atLogin, login.html, stranger);
  bag.addPage('login', atLogin, login.html, { passkey: createAuthenticator(bag.url).get(questionOn(login.html)) });

  for (const code of ['123456', 'wrong']) {
    const atStep = new Agent(bag.url);
    const { ticket, _csrf } = await openPage(atStep, startPath(bag.url));
    const step = await openPage(atStep, await atStep.post('/oauth/login', { ticket, _csrf, ...stranger }));
    bag.addPage('step', atStep, step.html, { code });
  }
}

/** What is given back, spent or revoked is another one each time: so that one attack does not spoil all others. */
async function codesAndTokens(bag: Bag): Promise<void> {
  const agent = await signedIn(bag);
  const own = as(web);
  const tokens = async (scope: string) => {
    const redemption = await freshCode(bag.url, { scope }, agent);
    const { body } = await post(`${bag.url}/oauth/token`, { ...redemption, ...own });
    bag.keep(redemption.code, body.access_token, body.refresh_token, body.id_token);
    return { access_token: body.access_token ?? '', refresh_token: body.refresh_token ?? '' };
  };
  for (const scope of ['read:contacts', 'openid offline_access read:contacts']) {
    const { access_token, refresh_token } = await tokens(scope);
    bag.add('userinfo', 'GET', '/oauth/userinfo', { headers: { authorization: `Bearer ${access_token}` } });
    bag.add('userinfo', 'POST', '/oauth/userinfo', { form: { access_token } });
    bag.addToken({ grant_type: 'refresh_token', refresh_token, ...own });
    for (const token of [access_token, refresh_token]) {
      const headers = { accept: 'application/token-introspection+jwt, application/json' };
      bag.add('introspect', 'POST', '/oauth/introspect', { form: { token, ...as({ client_id: 'api', client_secret }) }, headers });
    }
    for (const [token_type_hint, token] of Object.entries(await tokens(scope))) {
      bag.add('revoke', 'POST', '/oauth/revoke', { form: { token, token_type_hint, ...own } });
    }
  }
  for (let codes = 0; codes < 3; codes += 1) {
    const redemption = await freshCode(bag.url, {}, agent);
    bag.keep(redemption.code, redemption.code_verifier);
    bag.addToken({ ...redemption, ...own });
    bag.addToken(redemption, { authorization: `Basic ${btoa(`${web.client_id}:${encodeURIComponent(client_secret)}`)}` });
  }
}

async function grantsOfClients(bag: Bag, assertionOfPlatform: string, now: number): Promise<void> {
  const by = (client_id: string) => as({ client_id, client_secret });
  bag.addToken({ grant_type: 'client_credentials', scope: 'read:contacts', resource: api, ...by('machine') });
  bag.addToken({ grant_type: 'password', ...alice, ...by('trusted') });
  bag.addToken({ grant_type: jwtBearer, assertion: assertionOfPlatform, scope: 'read:contacts', ...by('robot') });
  const key = createSecretKey(keyed.client_secret, 'utf8');
  const assertion = await makeAssertion({ client_id: keyed.client_id, issuer: bag.url, key, alg: 'HS256', now });
  bag.addToken({ grant_type: 'refresh_token', refresh_token: 'x', ...asParameters(assertion) });
  bag.keep(assertionOfPlatform, assertion);
}

/** One who signs out, or takes back what he has allowed, is not the one whose tokens and pages others attack. */
async function pagesOfUsers(bag: Bag, [first, second, third]: readonly Agent[]): Promise<void> {
  const [agent, other, leaver] = [first as Agent, second as Agent, third as Agent];
  await freshCode(bag.url, {}, leaver);
  const chooser = await openPage(agent, startPath(bag.url, { prompt: 'select_account' }));
  bag.addPage('account', agent, chooser.html, { account: 'current' });
  const consent = await openPage(agent, startPath(bag.url, { prompt: 'consent' }));
  for (const response_mode of ['query', 'fragment', 'form_post']) {
    const query = start(bag.url, { prompt: 'none', response_mode }); // no page: straight back to the client
    bag.add('authorize', 'GET', '/oauth/authorize', { query, headers: { cookie: cookieOf(agent) } });
  }
  for (const decision of ['allow', 'deny']) bag.addPage('consent', agent, consent.html, { decision });
  for (const [endpoint, who] of [
    ['apps', leaver],
    ['passkeys', agent],
    ['passkeys', other],
    ['sign-out', leaver],
  ] as const) {
    const html = await (await who.get(`/oauth/${endpoint}`)).text();
    const fill = endpoint === 'passkeys' ? { passkey: createAuthenticator(bag.url).create(questionOn(html)) } : {};
    bag.addPage(endpoint, who, html, fill);
  }
}

async function registrations(bag: Bag): Promise<void> {
  const metadata = { client_name: 'Registered', redirect_uris: ofRegistered, scope: 'read:contacts' };
  for (const more of [{}, { token_endpoint_auth_method: 'none' }, { logo_uri: 'https://127.0.0.1/logo.png' }]) {
    bag.add('register', 'POST', '/oauth/register', { json: { ...metadata, ...more } });
  }
  for (const methods of [['GET', 'PUT'], ['DELETE']]) {
    const answer = await fetch(`${bag.url}/oauth/register`, { method: 'POST', headers: jsonHeaders, body: JSON.stringify(metadata) });
    const registered = (await answer.json()) as Record<string, string>;
    const { client_id = '', client_secret: given, registration_access_token: bearer } = registered;
    bag.keep(client_id, given, bearer);
    bag.add('logo', 'GET', '/oauth/logo', { query: { client_id, v: 'x' } });
    for (const method of methods) {
      const request = { query: { client_id }, headers: { authorization: `Bearer ${bearer}` } };
      bag.add('client-configuration', method, '/oauth/registration', {
        ...request,
        ...(method === 'PUT' && { json: { ...metadata, client_id } }),
      });
    }
  }
}

/** Every row of the table, with each of its methods and paths: so an endpoint is fuzzed that this file knows nothing of. */
function everyRow(bag: Bag, enabled: readonly Endpoint[], cookie: string): void {
  for (const endpoint of enabled) {
    for (const method of endpoint.methods) {
      const hasBody = method === 'POST' || method === 'PUT';
      const body = !hasBody ? {} : endpoint.body === 'json' ? { json: { redirect_uris } } : { form: as(web) };
      for (const path of pathsOf(endpoint)) bag.add(endpoint.name, method, path, { headers: { cookie }, ...body });
    }
  }
}

const jsonHeaders = { 'Content-Type': 'application/json' };

/** What authorization requests can be like. */
const authorizations: readonly Readonly<Record<string, string | undefined>>[] = [
  {},
  { scope: 'openid profile offline_access', nonce: 'n', claims: '{"userinfo":{"name":null},"id_token":{"auth_time":{"essential":true}}}' },
  { response_mode: 'form_post', prompt: 'none' },
  { client_id: 'spa', redirect_uri: 'https://spa.example.com/other', prompt: 'select_account', login_hint: 'alice' },
  { client_id: 'native', redirect_uri: 'http://127.0.0.1:5000/callback', ui_locales: 'de ar' },
  { client_id: 'native', redirect_uri: 'com.example.app:/callback', response_mode: 'fragment', prompt: 'none' },
  { client_id: 'implicit', response_type: 'code id_token token', nonce: 'n', scope: 'openid read:contacts', response_mode: 'fragment' },
  { client_id: 'pairwise', scope: 'openid', max_age: '1', acr_values: 'a b', display: 'popup' },
  { resource: api, prompt: 'login consent' },
];

function start(url: string, changes: Readonly<Record<string, string | undefined>> = {}): Fields {
  return Object.fromEntries(new URL(authorizeUrl(url, pkce().code_challenge, changes)).searchParams);
}

function startPath(url: string, changes: Readonly<Record<string, string | undefined>> = {}): string {
  return `/oauth/authorize?${new URLSearchParams(start(url, changes))}`;
}

/** What a page asks the authenticator. */
function questionOn(html: string): string {
  const question = /data-options="([^"]+)"/.exec(html)?.[1] ?? '{"challenge":"x","rpId":"localhost"}';
  return question.replaceAll('&#34;', '"').replaceAll('&amp;', '&');
}

function as({ client_id, client_secret: own = '' }: Pick<ClientOptions, 'client_id' | 'client_secret'>): Fields {
  return { client_id, client_secret: own };
}

function cookieOf({ cookies }: Agent): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
}

/** A browser of somebody who has signed in, and has agreed to the first app. */
async function signedIn(
  { url }: Pick<Bag, 'url'>,
  person = alice,
  changes: Readonly<Record<string, string | undefined>> = {},
): Promise<Agent> {
  const agent = new Agent(url);
  const { ticket, _csrf } = await openPage(agent, startPath(url, changes));
  const answer = await agent.post('/oauth/login', { ticket, _csrf, ...person });
  if (!answer.headers.get('location')?.startsWith('/oauth/step')) return agent;
  const offer = await openPage(agent, answer); // of a passkey
  const { action, fields } = formOn(offer.html, url);
  await agent.post(action, { ...fields, later: 'yes' });
  return agent;
}

async function post(url: string, fields: Fields): Promise<{ status: number; body: Record<string, string> }> {
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(fields) });
  return { status: answer.status, body: (await answer.json()) as Record<string, string> };
}
