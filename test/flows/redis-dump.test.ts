/** Whoever holds a dump of Redis, and all else that an attacker may have, still gets in nowhere. RFC 9700 section 4.5, RFC 6749 section 10. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { deriveSecrets } from '../../lib/keys/secrets.js';
import { recordShapes } from '../../lib/store/record-shapes.js';
import { Agent, formField } from '../support/agent.js';
import { asParameters, makeAssertion } from '../support/assertion.js';
import { createAuthenticator } from '../support/authenticator.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import {
  alice,
  authorizeUrl,
  callApi,
  freshCode,
  openPage,
  pkce,
  postLogin,
  secret,
  type TestServer,
  type TokenAnswer,
  testOptions,
  testServer,
  token,
  walk,
  web,
} from '../support/server.js';
import { emailCode, openStep, type StepForm, sendStep } from '../support/steps.js';

interface Entry {
  readonly key: string;
  readonly pttl: number;
  readonly texts: readonly string[];
}

interface Registered {
  readonly client_id: string;
  readonly client_secret: string;
  readonly registration_access_token: string;
}

const job = { client_id: 'job', client_secret: 'the secret of the nightly job', grant_types: ['client_credentials'] };
const bob = { username: 'bob', password: 'battery staple' };
const mails = emailCode({ isDue: ({ user }) => user.sub === 'bob' });
const longState = 'state~'.repeat(1_000);

let redis: RedisServer;
let server: TestServer;
/** Another process on the same Redis, which lets the thief try as often as they like. */
let patient: TestServer;
let dump: readonly Entry[];
let loot: readonly string[];

/** What users and clients hold while the dump is taken. Each of these does get in: the last tests show it. */
let held: {
  readonly redemption: Awaited<ReturnType<typeof freshCode>>;
  readonly tokens: TokenAnswer['body'];
  /** References: a user's, and a machine's of its own. */
  readonly opaque: TokenAnswer['body'];
  readonly machine: TokenAnswer['body'];
  readonly ended: TokenAnswer['body'];
  readonly agent: Agent;
  /** Clients that have registered: one shows its secret, one signs with it. */
  readonly shows: Registered;
  readonly signs: Registered;
  readonly login: { readonly agent: Agent; readonly ticket: string; readonly _csrf: string };
  /** The password was right, and a code is asked for. */
  readonly step: { readonly agent: Agent; readonly form: StepForm };
  /** What a page asks an authenticator, and the challenge as it is posted back. */
  readonly question: { readonly challenge: string; readonly sealed: string };
  /** The page on which a user chooses an account. */
  readonly choice: { readonly ticket: string };
};

beforeAll(async () => {
  redis = await startRedis();
  const { apis, users } = testOptions('https://app.example.com');
  const scopes = { 'open:vault': 'Open the vault' };
  const options = {
    redis: redis.url,
    lifetimes: { code: 600 },
    registration: true,
    clients: [web, job],
    apis: { ...apis, 'https://api.example.com/vault': { scopes, accessTokens: 'opaque' as const } },
  };
  const steps = { ...users, steps: [mails.step] } as typeof users;
  server = await testServer({ options: { ...options, users: steps, passkeys: { offer: false, mayEnrol: () => true } } });
  patient = await testServer({ options: { ...options, limits: { client: false }, passkeys: true } });
  server.app.get('/api/vault', server.oauth.protect('open:vault'), (_req, res) => void res.send('open'));
  const { url } = server;

  const agent = new Agent(url);
  const redeemed = await token(url, await parkedCode(agent));
  const { body: tokens } = await token(url, { grant_type: 'refresh_token', refresh_token: redeemed.body.refresh_token });

  const { body: opaque } = await token(url, await freshCode(url, { scope: 'open:vault' }, agent));
  const { body: machine } = await token(url, {
    grant_type: 'client_credentials',
    scope: 'open:vault',
    client_id: job.client_id,
    client_secret: job.client_secret,
  });

  const replayed = await freshCode(url, {}, agent);
  const { body: ended } = await token(url, replayed);
  await token(url, replayed);

  const visitor = new Agent(url);
  const html = await (await visitor.get(await park(visitor))).text(); // waits, parked, for a login
  const login = { agent: visitor, ticket: formField(html, 'ticket'), _csrf: formField(html, '_csrf') };

  const [shows, signs] = [await register('client_secret_post'), await register('client_secret_jwt')];
  await signFor(signs);
  const question = await useAPasskey(agent);
  await sayNotNow();
  const step = await beginSteps();
  server.sleep(10); // who has signed in this very second has chosen
  const choice = { ticket: (await openPage(agent, authorizeUrl(url, pkce().code_challenge, { prompt: 'select_account' }))).ticket };
  const redemption = await freshCode(url, {}, agent);
  held = { shows, signs, redemption, tokens, opaque, machine, ended, agent, login, question, step, choice };
  dump = await readAll(redis.url);
  loot = piecesOf(dump.flatMap(({ key, texts }) => [key, ...texts]));
});

afterAll(async () => {
  await server.close();
  await patient.close();
  await redis.stop();
});

async function register(token_endpoint_auth_method: string): Promise<Registered> {
  const body = JSON.stringify({ redirect_uris: web.redirect_uris, token_endpoint_auth_method });
  const answer = await fetch(`${server.url}/oauth/register`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
  return (await answer.json()) as Registered;
}

/** The client proves who it is, which its assertion is remembered for. */
async function signFor({ client_id, client_secret }: Registered): Promise<void> {
  const key = Buffer.from(client_secret);
  const assertion = await makeAssertion({ client_id, issuer: server.url, key, alg: 'HS256', now: server.now() });
  await token(server.url, { grant_type: 'refresh_token', refresh_token: 'x', client_id, ...asParameters(assertion) });
}

/** The user makes a passkey, and signs in by it; gives the question of the next page. */
async function useAPasskey(agent: Agent) {
  const authenticator = createAuthenticator(server.url);
  const page = await (await agent.get('/oauth/passkeys')).text();
  const challenge = formField(page, 'challenge');
  const made = { _csrf: formField(page, '_csrf'), challenge, passkey: authenticator.create(optionsOn(page)) };
  expect((await agent.post('/oauth/passkeys', made)).status).toBe(303);

  const visitor = new Agent(server.url);
  const ask = () => openPage(visitor, authorizeUrl(server.url, pkce().code_challenge));
  const { html, ticket, _csrf } = await ask();
  const shown = { ticket, _csrf, challenge: formField(html, 'challenge'), passkey: authenticator.get(optionsOn(html)) };
  await visitor.post('/oauth/login', shown);
  expect(visitor.cookies.has('oauth_session')).toBe(true);

  visitor.cookies.delete('oauth_session');
  const next = (await ask()).html;
  return { challenge: JSON.parse(optionsOn(next)).challenge as string, sealed: formField(next, 'challenge') };
}

function optionsOn(html: string): string {
  return (/data-options="([^"]+)"/.exec(html)?.[1] ?? '').replaceAll('&#34;', '"').replaceAll('&amp;', '&');
}

/** A user is offered a passkey, at the process that offers them, and does not want one. */
async function sayNotNow(): Promise<void> {
  const agent = new Agent(patient.url);
  const offer = await openStep(agent, await postLogin(agent, { ...bob, can: 'passkey' }));
  expect((await sendStep(agent, offer, { later: 'yes' })).status).toBe(303);
}

/** A sign-in under way, in which one code was wrong. */
async function beginSteps() {
  const agent = new Agent(server.url);
  const form = await openStep(agent, await postLogin(agent, bob));
  await sendStep(agent, form, { code: '0000' });
  return { agent, form };
}

/** Posts a request that is too long for a URL; gives the page where it goes on. */
async function park(agent: Agent, challenge = pkce().code_challenge): Promise<string> {
  const parameters = new URL(authorizeUrl(agent.origin, challenge, { state: longState })).searchParams;
  const answer = await agent.post('/oauth/authorize', Object.fromEntries(parameters));
  return answer.headers.get('location') ?? '';
}

async function parkedCode(agent: Agent) {
  const { code_verifier, code_challenge } = pkce();
  const { searchParams } = await walk(agent, await park(agent, code_challenge));
  expect(searchParams.get('state')).toBe(longState);
  return { grant_type: 'authorization_code', code: searchParams.get('code') ?? '', code_verifier };
}

/** Every key of every database, with all that it holds. A type that this does not know is an error, not a blind spot. */
async function readAll(url: string): Promise<Entry[]> {
  const client = new Redis(url, { replyMapping: 'legacy' });
  const entries: Entry[] = [];
  for (let db = 0; db < 16; db += 1) {
    await client.select(db);
    for (const key of await client.keys('*')) {
      const type = await client.type(key);
      const read = { string: () => client.get(key), zset: () => client.zrange(key, '0', '-1'), hash: () => client.hvals(key) }[type];
      if (!read) throw new Error(`The key ${key} is a ${type}.`);
      entries.push({ key, pttl: await client.pttl(key), texts: [await read()].flat().map(String) });
    }
  }
  client.disconnect();
  return entries;
}

/** The texts, and whatever stands in them, however deep: parts at separators, members of JSON, and what is behind base64url. */
function piecesOf(texts: readonly string[]): string[] {
  const pieces = new Set(texts);
  for (const text of pieces) for (const piece of insideOf(text)) pieces.add(piece); // a Set goes on with what is added meanwhile
  pieces.delete('');
  return [...pieces];
}

function insideOf(text: string): string[] {
  const afterSpace = text.includes(' ') ? [text.slice(text.indexOf(' ') + 1)] : [];
  return [...text.split(/[.:\s]/), ...afterSpace, ...membersOf(text), ...decodedOf(text)];
}

function membersOf(text: string): string[] {
  const value: unknown = /^[{[]/.test(text) && isJson(text) ? JSON.parse(text) : undefined;
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [name, typeof member === 'string' ? member : JSON.stringify(member)]);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Text only where it is text: random bytes, decoded once more, are nothing new. */
function decodedOf(text: string): string[] {
  if (!/^[\w-]{8,}$/.test(text)) return [];
  const decoded = Buffer.from(text, 'base64url').toString('latin1');
  return isPrintable(decoded) ? [decoded] : [];
}

function isPrintable(text: string): boolean {
  return /^[\x20-\x7e]+$/.test(text);
}

/** A few at a time; gives those that get in. */
async function intruders<T>(tries: readonly T[], getsIn: (each: T) => Promise<boolean>): Promise<T[]> {
  const found: T[] = [];
  for (let start = 0; start < tries.length; start += 50) {
    const batch = tries.slice(start, start + 50);
    const results = await Promise.all(batch.map(getsIn));
    found.push(...batch.filter((_, index) => results[index]));
  }
  return found;
}

/** The names of the authorizations, which are no secret to whoever has the dump. */
function authorizations(): string[] {
  const named = dump.flatMap(({ key, texts }) =>
    key.includes('authorization:') ? [key.split(':').at(-1) ?? ''] : key.endsWith('ended') ? texts : [],
  );
  expect(named).toHaveLength(4); // refreshed, with a reference, waiting, ended
  return named;
}

/** What is long enough to be one, and made of its letters. */
function likelyMacs(): string[] {
  return loot.filter((piece) => /^[\w-]{20,}$/.test(piece));
}

// The attacker is the client itself: has its secret, and the verifier.
async function isCode(code: string): Promise<boolean> {
  return (await token(server.url, { ...held.redemption, code })).status !== 400;
}

async function isRefreshToken(refresh_token: string): Promise<boolean> {
  return (await token(server.url, { grant_type: 'refresh_token', refresh_token })).status !== 400;
}

async function isAccessToken(access_token: string): Promise<boolean> {
  const { status } = await callApi(server.url, access_token);
  return status !== 401 && status !== 400;
}

/** To the API with references. */
async function isReference(access_token: string): Promise<boolean> {
  const { status } = await fetch(`${server.url}/api/vault`, { headers: { Authorization: `Bearer ${access_token}` } });
  return status !== 401 && status !== 400;
}

/** Of the client that shows its secret. */
async function isClientSecret(client_secret: string): Promise<boolean> {
  const { status } = await token(patient.url, { grant_type: 'refresh_token', client_id: held.shows.client_id, client_secret });
  return status !== 401;
}

/** Of the client that signs with its secret. */
async function isSigningSecret(client_secret: string): Promise<boolean> {
  const { client_id } = held.signs;
  const key = Buffer.from(client_secret);
  const assertion = await makeAssertion({ client_id, issuer: server.url, key, alg: 'HS256', now: server.now() });
  return (await token(server.url, { grant_type: 'refresh_token', client_id, ...asParameters(assertion) })).status !== 401;
}

/** Of either. */
async function isRegistrationToken(bearer: string): Promise<boolean> {
  const answers = [held.shows, held.signs].map(({ client_id }) => {
    return fetch(`${server.url}/oauth/registration?client_id=${client_id}`, { headers: { Authorization: `Bearer ${bearer}` } });
  });
  return (await Promise.all(answers)).some(({ status }) => status === 200);
}

async function isSession(value: string): Promise<boolean> {
  const headers = { cookie: `oauth_session=${encodeURIComponent(value)}` };
  const answer = await fetch(authorizeUrl(server.url, pkce().code_challenge), { redirect: 'manual', headers });
  return answer.status !== 200 || !(await answer.text()).includes('name="password"');
}

async function isCsrfSecret(value: string): Promise<boolean> {
  const hash = createHash('sha1').update(`salt-${value}`).digest('base64url'); // as csurf makes the token of a form
  const headers = { cookie: `oauth_csrf=${encodeURIComponent(value)}` };
  return isGenuine(headers, `salt-${hash}`);
}

async function isGenuine(headers: Record<string, string>, _csrf: string): Promise<boolean> {
  const body = new URLSearchParams({ ticket: held.login.ticket, _csrf, username: 'alice', password: 'wrong' });
  return (await fetch(`${server.url}/oauth/login`, { method: 'POST', headers, body })).status !== 403;
}

/** With the code that was sent, which the thief of a mailbox has. */
async function isSignIn(value: string): Promise<boolean> {
  const thief = new Agent(server.url);
  const { _csrf } = await openPage(thief, authorizeUrl(server.url, pkce().code_challenge));
  thief.cookies.set('oauth_sign_in', encodeURIComponent(value));
  await sendStep(thief, { ...held.step.form, _csrf }, { code: mails.latest() });
  return thief.cookies.has('oauth_session');
}

async function isTicket(ticket: string): Promise<boolean> {
  const answers = await Promise.all(
    ['consent', 'login'].map((page) => held.agent.get(`/oauth/${page}?${new URLSearchParams({ ticket })}`)),
  );
  return answers.some(({ status }) => status !== 400);
}

describe('a dump of Redis', () => {
  it('has all that this test is about', () => {
    const kinds = new Set(dump.map(({ key }) => key.split(':').slice(1, 3).join(' ')).filter((kind) => !kind.startsWith('limit ')));
    const elsewhere = ['assertion', 'step']; // hashes: of an assertion like that of a client, and of a step for as long as it takes to begin
    const values = recordShapes.map(({ kind }) => kind).filter((kind) => !elsewhere.includes(kind));
    const links = ['authorizations', 'consents', 'ended', 'passkeys', 'registrations'];
    expect(kinds).toEqual(new Set([...values.map((kind) => `value ${kind}`), ...links.map((kind) => `links ${kind}`)]));
    expect(loot.length).toBeGreaterThan(100);
    expect(loot).toEqual(expect.arrayContaining(['alice', 'read:contacts', longState, '{"alg":"dir","enc":"A256GCM"}']));
  });

  it('forgets: every key expires', () => {
    expect(dump.filter(({ pttl }) => pttl <= 0)).toEqual([]);
  });

  it('has nothing that is a code', async () => {
    const madeUp = authorizations().flatMap((id) => likelyMacs().map((piece) => `${id}.${piece}`));
    expect(await intruders([...loot, ...madeUp], isCode)).toEqual([]);
  });

  it('has nothing that is a refresh token', async () => {
    const madeUp = authorizations().flatMap((id) =>
      likelyMacs().flatMap((piece) => [`${id}.0.${piece}`, `${id}.1.${piece}`, `${id}.2.${piece}`]),
    );
    expect(await intruders([...loot, ...madeUp], isRefreshToken)).toEqual([]);
  });

  it('has nothing that is an access token', async () => {
    expect(await intruders(loot.map(encodeURI), isAccessToken)).toEqual([]);
  });

  it('has nothing that is an access token for an API with references, and would show it', async () => {
    const { opaque, machine } = held;
    const stored = [opaque.access_token ?? '', machine.access_token ?? ''];
    expect(await intruders([...loot.map(encodeURI), ...stored], isReference)).toEqual(stored);
  });

  it('has nothing that is the secret of a client that has registered, shown or signed with', async () => {
    expect(await intruders(loot, isClientSecret)).toEqual([]);
    expect(await intruders(loot, isSigningSecret)).toEqual([]);
  });

  it('has nothing that is a registration access token', async () => {
    expect(await intruders(loot.map(encodeURI), isRegistrationToken)).toEqual([]);
  });

  it('has nothing that is the cookie of a session', async () => {
    expect(await intruders(loot, isSession)).toEqual([]);
  });

  it('has nothing that is the cookie against CSRF', async () => {
    expect(await intruders([...loot, ...loot.map((piece) => `s:${piece}`)], isCsrfSecret)).toEqual([]);
  });

  it('has nothing that is a ticket', async () => {
    expect(await intruders(loot, isTicket)).toEqual([]);
  });

  it('has nothing that is the cookie of a sign-in under way, though the thief has the code that was sent', async () => {
    const likely = loot.filter((piece) => /^[\w.-]{16,}$/.test(piece));
    expect(likely.length).toBeGreaterThan(20);
    expect(await intruders(likely, isSignIn)).toEqual([]);
  });

  it('has nothing that opens as a challenge, a ticket, a token or whatever else is sealed, for who is the server itself but for the secret', async () => {
    const others = deriveSecrets(['another secret of more than 32 characters']);
    const sealed = loot.filter((piece) => piece.startsWith('eyJ') && piece.split('.').length === 5);
    expect(sealed.length).toBeGreaterThan(2); // the keys, the sign-in, the secret that a client signs with
    const purposes = ['signing keys', 'sign-in', 'client secret', 'ticket', 'access token', 'passkey challenge'] as const;
    const opened = await Promise.all(purposes.flatMap((purpose) => sealed.map((piece) => others.open(purpose, piece))));
    expect(opened.filter((value) => value !== undefined)).toEqual([]);
  });

  it('counts what is limited under keys that name nobody', () => {
    const counters = dump.filter(({ key }) => key.split(':')[1] === 'limit').map(({ key }) => key);
    expect(counters.filter((key) => /alice|bob|127\.0\.0\.1|::1/.test(key))).toEqual([]);
  });

  it('shows no secret in clear', async () => {
    const { redemption, tokens, opaque, machine, ended, agent, login, shows, signs, step, question, choice } = held;
    const secrets = {
      'server secret': secret,
      'client secret': web.client_secret,
      'secret of a registered client': shows.client_secret,
      'secret that a registered client signs with': signs.client_secret,
      'registration access token': shows.registration_access_token,
      'registration access token of the other': signs.registration_access_token,
      password: alice.password,
      code: redemption.code,
      'mac of the code': redemption.code.split('.')[1],
      code_verifier: redemption.code_verifier,
      'refresh token': tokens.refresh_token,
      'mac of the refresh token': tokens.refresh_token?.split('.')[2],
      'access token': tokens.access_token,
      'signature of the access token': tokens.access_token?.split('.')[2],
      reference: opaque.access_token,
      'seal of the reference': opaque.access_token?.split('.')[3],
      'name of the reference': await jtiOf(opaque.access_token),
      'reference of a machine': machine.access_token,
      'name of the reference of a machine': await jtiOf(machine.access_token),
      'ended access token': ended.access_token,
      'session cookie': agent.cookies.get('oauth_session'),
      'CSRF cookie': login.agent.cookies.get('oauth_csrf'),
      'CSRF token': login._csrf,
      ticket: login.ticket,
      'cookie of a sign-in under way': step.agent.cookies.get('oauth_sign_in'),
      'code that was sent': mails.latest(),
      'challenge of a page': question.challenge,
      'challenge of a page, sealed': question.sealed,
      'ticket of a choice': choice.ticket,
      'private key': await privateKey(),
    };
    const everything = loot.join('\n');
    const shown = Object.entries(secrets).filter(([, text]) => text === undefined || everything.includes(text));
    expect(shown).toEqual([]);
  });
});

/** What is in the store under a seal. That it is found shows that this test looks for the right thing. */
async function privateKey(): Promise<string> {
  const entry = dump.find(({ key }) => key.endsWith('signing-keys'));
  const { sealed } = JSON.parse(entry?.texts[0]?.replace(/^\S+ /, '') ?? '{}').record;
  const { keys } = (await deriveSecrets([secret]).open('signing keys', sealed)) as { keys: { d: string }[] };
  return keys[0]?.d ?? '';
}

async function jtiOf(reference = ''): Promise<string | undefined> {
  const sealed = (await deriveSecrets([secret]).open('access token', reference)) as { claims: { jti: string } } | undefined;
  return sealed?.claims.jti;
}

describe('what the dump does not have gets in by the same tries:', () => {
  it('the reference to the API that it is for, and to no other', async () => {
    for (const { access_token = '' } of [held.opaque, held.machine]) {
      expect([await isReference(access_token), await isAccessToken(access_token)]).toEqual([true, false]);
    }
    expect(await isReference(held.tokens.access_token ?? '')).toBe(false);
  });

  it('the access token, the cookies and the ticket', async () => {
    const { tokens, agent, login } = held;
    expect(await isAccessToken(tokens.access_token ?? '')).toBe(true);
    expect(await isSession(agent.cookies.get('oauth_session') ?? '')).toBe(true);
    expect(await isGenuine({ cookie: `oauth_csrf=${login.agent.cookies.get('oauth_csrf')}` }, login._csrf)).toBe(true);
    expect(await isTicket(login.ticket)).toBe(true);
    expect(await isTicket(held.choice.ticket)).toBe(true);
  });

  it('the cookie of the sign-in under way, with the code', async () => {
    expect(await isSignIn(held.step.agent.cookies.get('oauth_sign_in') ?? '')).toBe(true);
  });

  it('the secret of the cookie against CSRF, with its signature', async () => {
    expect(await isCsrfSecret(decodeURIComponent(held.login.agent.cookies.get('oauth_csrf') ?? ''))).toBe(false); // the secret alone makes tokens
    const cookie = held.login.agent.cookies.get('oauth_csrf') ?? '';
    const value = decodeURIComponent(cookie).replace(/^s:([^.]+)\..*$/, '$1');
    const hash = createHash('sha1').update(`salt-${value}`).digest('base64url');
    expect(await isGenuine({ cookie: `oauth_csrf=${cookie}` }, `salt-${hash}`)).toBe(true);
  });

  it('the secrets and tokens of registered clients', async () => {
    const { shows, signs } = held;
    expect([await isClientSecret(shows.client_secret), await isClientSecret(signs.client_secret)]).toEqual([true, false]);
    expect([await isSigningSecret(signs.client_secret), await isSigningSecret(shows.client_secret)]).toEqual([true, false]);
    expect([await isRegistrationToken(shows.registration_access_token), await isRegistrationToken('x')]).toEqual([true, false]);
  });

  it('the code and the refresh token', async () => {
    expect(await isCode(held.redemption.code)).toBe(true);
    expect(await isRefreshToken(held.tokens.refresh_token ?? '')).toBe(true);
  });
});
