/** A new secret comes in front, and nobody is signed out: all that was handed out under the old one goes on. RFC 9700 section 4.14. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OAuthRouterOptions } from '../../lib/config/options/index.js';
import { memoryStore } from '../../lib/store/memory.js';
import { Agent, formField } from '../support/agent.js';
import { createAuthenticator } from '../support/authenticator.js';
import {
  alice,
  authorizeUrl,
  callApi,
  freshCode,
  openConsent,
  openPage,
  pkce,
  postLogin,
  type TestServer,
  testOptions,
  testServer,
  token,
  walk,
} from '../support/server.js';
import { emailCode, openStep, sendStep } from '../support/steps.js';

const old = 'the old secret, of more than 32 characters';
const fresh = 'the new secret, of more than 32 characters';
const bob = { username: 'bob', password: 'battery staple' };
const mails = emailCode({ isDue: ({ user }) => user.sub === 'bob' });
const day = 86_400; // seconds

/** One store, as Redis is one for all processes; none of them ends it. */
const now = Math.floor(Date.UTC(2030, 0, 1) / 1000);
let passed = 0;
const shared = memoryStore(() => now + passed);
const store = { ...shared, close: async () => {} };

const servers: TestServer[] = [];

async function start(...secrets: string[]): Promise<TestServer> {
  const { users, apis } = testOptions('https://app.example.com');
  const options: Partial<OAuthRouterOptions> = {
    issuer: 'http://localhost:1', // of all
    secrets,
    store,
    log: { warn: () => {}, error: () => {} },
    passkeys: { offer: false, mayEnrol: () => true },
    registration: true,
    users: { ...users, steps: [mails.step] } as OAuthRouterOptions['users'],
    apis: {
      ...apis,
      'https://api.example.com/vault': { scopes: { 'open:vault': 'Open the vault' }, accessTokens: 'opaque' },
    },
  };
  const server = await testServer({ at: now, options });
  server.app.get('/api/vault', server.oauth.protect('open:vault'), (_req, res) => void res.send('open'));
  server.sleep(passed);
  servers.push(server);
  return server;
}

function sleep(seconds: number): void {
  passed += seconds;
  for (const server of servers) server.sleep(seconds);
}

/** The same browser, which the load balancer now sends elsewhere. */
function at({ url }: TestServer, { cookies }: Agent): Agent {
  const agent = new Agent(url);
  for (const [name, value] of cookies) agent.cookies.set(name, value);
  return agent;
}

function optionsOn(html: string): string {
  return (/data-options="([^"]+)"/.exec(html)?.[1] ?? '').replaceAll('&#34;', '"').replaceAll('&amp;', '&');
}

async function register(server: TestServer, metadata: Readonly<Record<string, unknown>>): Promise<Record<string, string>> {
  const body = JSON.stringify({ redirect_uris: ['https://client.example.com/callback'], ...metadata });
  const headers = { 'Content-Type': 'application/json' };
  return (await fetch(`${server.url}/oauth/register`, { method: 'POST', headers, body })).json() as Promise<Record<string, string>>;
}

const ask = () => authorizeUrl('', pkce().code_challenge);

async function vaultAnswers(server: TestServer, access_token = ''): Promise<number> {
  return (await fetch(`${server.url}/api/vault`, { headers: { Authorization: `Bearer ${access_token}` } })).status;
}

/** All that people and clients hold, as it was before. */
async function begin(server: TestServer) {
  const { url } = server;
  await server.oauth.authorizations.revokeAll('alice'); // who is asked again for what was agreed to in the tests before
  const agent = new Agent(url);
  const authenticator = createAuthenticator('http://localhost:1');
  const { body: tokens } = await token(url, await freshCode(url, {}, agent));
  const { body: vault } = await token(url, await freshCode(url, { scope: 'open:vault' }, agent));
  const code = await freshCode(url, {}, agent);

  const passkeysPage = await (await agent.get('/oauth/passkeys')).text();
  const making = { _csrf: formField(passkeysPage, '_csrf'), challenge: formField(passkeysPage, 'challenge') };
  await agent.post('/oauth/passkeys', { ...making, passkey: authenticator.create(optionsOn(passkeysPage)) });

  const waiting = new Agent(url);
  const loginPage = await openPage(waiting, ask());
  const { code_verifier, code_challenge } = pkce();
  const longState = 'state~'.repeat(1_000);
  const parked = new Agent(url);
  const long = new URL(authorizeUrl(url, code_challenge, { state: longState })).searchParams;
  const parkedPage = await openPage(parked, await parked.post('/oauth/authorize', Object.fromEntries(long)));

  const deciding = new Agent(url);
  const consentPage = await openConsent(deciding, alice, authorizeUrl('', pkce().code_challenge, { scope: 'create:contacts' }));
  const stepping = new Agent(url);
  const form = await openStep(stepping, await postLogin(stepping, bob));
  const step = { ...form, action: form.action.replace(url, '') }; // to be sent to whichever process
  sleep(1);
  const choosing = at(server, agent);
  const choice = await openPage(choosing, authorizeUrl('', pkce().code_challenge, { prompt: 'select_account' }));
  const [sealedClient, client] = [
    await register(server, { token_endpoint_auth_method: 'none' }),
    await register(server, { token_endpoint_auth_method: 'client_secret_post' }),
  ];
  return {
    agent,
    authenticator,
    tokens,
    vault,
    code,
    waiting,
    loginPage,
    parked: { agent: parked, page: parkedPage, code_verifier, state: longState },
    deciding,
    consentPage,
    stepping,
    step,
    choosing,
    choice,
    sealedClient,
    client,
  };
}

describe('a new secret in front of the old one', () => {
  let server: TestServer;
  let held: Awaited<ReturnType<typeof begin>>;

  beforeAll(async () => {
    held = await begin(await start(old));
    server = await start(fresh, old);
  });

  it('keeps a session: who is signed in gets a code without a page', async () => {
    const answer = await at(server, held.agent).get(authorizeUrl('', pkce().code_challenge, { prompt: 'none' }));
    expect(new URL(answer.headers.get('location') ?? '').searchParams.get('code')).toBeTruthy();
  });

  it('keeps a login page that was open: its form is genuine, and its request goes on', async () => {
    const { ticket, _csrf } = held.loginPage;
    const agent = at(server, held.waiting);
    expect((await agent.post('/oauth/login', { ticket, _csrf, ...alice })).status).toBe(303);
    expect(agent.cookies.has('oauth_session')).toBe(true);
  });

  it('keeps a request that was too long to carry', async () => {
    const { agent, page, code_verifier, state } = held.parked;
    const { ticket, _csrf } = page;
    const browser = at(server, agent);
    const answer = await browser.post('/oauth/login', { ticket, _csrf, ...alice });
    const callback = await walk(browser, answer.headers.get('location') ?? '');
    expect(callback.searchParams.get('state')).toBe(state);
    const code = callback.searchParams.get('code') ?? '';
    const redirect_uri = 'https://client.example.com/callback';
    expect((await token(server.url, { grant_type: 'authorization_code', code, code_verifier, redirect_uri })).status).toBe(200);
  });

  it('keeps a consent page that was open', async () => {
    const { ticket, _csrf } = held.consentPage;
    const answer = await at(server, held.deciding).post('/oauth/consent', { ticket, _csrf, decision: 'allow' });
    expect(new URL(answer.headers.get('location') ?? '').searchParams.get('code')).toBeTruthy();
  });

  it('keeps the choice of an account that was open', async () => {
    const { ticket, _csrf } = held.choice;
    expect((await at(server, held.choosing).post('/oauth/account', { ticket, _csrf, account: 'current' })).status).toBe(303);
  });

  it('keeps a sign-in under way: the code that was sent before is the right one', async () => {
    const agent = at(server, held.stepping);
    await sendStep(agent, held.step, { code: mails.latest() });
    expect(agent.cookies.has('oauth_session')).toBe(true);
  });

  it('keeps a passkey, and the challenge on a page that was open', async () => {
    const { html, ticket, _csrf } = held.loginPage;
    const agent = at(server, held.waiting);
    const passkey = held.authenticator.get(optionsOn(html));
    await agent.post('/oauth/login', { ticket, _csrf, challenge: formField(html, 'challenge'), passkey });
    expect(agent.cookies.has('oauth_session')).toBe(true);
  });

  it('keeps a code that was on its way', async () => {
    expect((await token(server.url, held.code)).status).toBe(200);
  });

  it('keeps access tokens, those of both kinds', async () => {
    expect((await callApi(server.url, held.tokens.access_token)).status).toBe(200);
    expect(await vaultAnswers(server, held.vault.access_token)).toBe(200);
  });

  it('keeps a refresh token', async () => {
    expect((await token(server.url, { grant_type: 'refresh_token', refresh_token: held.tokens.refresh_token })).status).toBe(200);
  });

  it('keeps the clients that have registered themselves', async () => {
    const { client_id = '' } = held.sealedClient;
    expect((await openPage(new Agent(server.url), authorizeUrl('', pkce().code_challenge, { client_id }))).status).toBe(200);
    const { client_id: id, client_secret, registration_access_token } = held.client;
    const shown = await token(server.url, { grant_type: 'refresh_token', refresh_token: 'x', client_id: id, client_secret });
    expect(shown.body.error).toBe('invalid_grant'); // not invalid_client
    const headers = { Authorization: `Bearer ${registration_access_token}` };
    expect((await fetch(`${server.url}/oauth/registration?client_id=${id}`, { headers })).status).toBe(200);
  });
});

describe('processes in the midst of it', () => {
  it('take what the others hand out, if the new secret was added behind the old one first', async () => {
    const [before, midst, after] = [await start(old), await start(old, fresh), await start(fresh, old)];
    for (const [maker, taker] of [
      [before, midst],
      [midst, before],
      [midst, after],
      [after, midst],
    ] as const) {
      const agent = new Agent(maker.url);
      const { ticket, _csrf } = await openPage(agent, ask());
      const answer = await at(taker, agent).post('/oauth/login', { ticket, _csrf, ...alice });
      expect(answer.status).toBe(303);
      expect((await token(taker.url, await freshCode(maker.url))).status).toBe(200);
    }
  });
});

describe('the old secret taken away', () => {
  it('ends what was handed out under it and not renewed since; sessions go on', async () => {
    const before = await start(old);
    const agent = new Agent(before.url);
    const { body } = await token(before.url, await freshCode(before.url, {}, agent));
    const midst = await start(fresh, old);
    const { body: renewed } = await token(midst.url, await freshCode(midst.url));
    await midst.oauth.keys.rotate(); // which seals the ring anew
    const after = await start(fresh);
    expect((await token(after.url, { grant_type: 'refresh_token', refresh_token: body.refresh_token })).body.error).toBe('invalid_grant');
    expect((await token(after.url, { grant_type: 'refresh_token', refresh_token: renewed.refresh_token })).status).toBe(200);
    const answer = await at(after, agent).get(authorizeUrl('', pkce().code_challenge, { prompt: 'none' }));
    expect(new URL(answer.headers.get('location') ?? '').searchParams.get('code')).toBeTruthy();
  });

  it('leaves the signing keys readable a month later, as they are sealed anew by then', async () => {
    sleep(31 * day);
    const midst = await start(fresh, old);
    await fetch(`${midst.url}/oauth/jwks`);
    const after = await start(fresh);
    expect((await fetch(`${after.url}/oauth/jwks`)).status).toBe(200);
  });
});

describe('a process without the secret', () => {
  let stranger: TestServer;
  let held: Awaited<ReturnType<typeof begin>>;

  beforeAll(async () => {
    held = await begin(await start(fresh));
    stranger = await start('the secret of somebody else, of 32 characters');
  });

  it('can neither sign nor check tokens, as it cannot read the keys', async () => {
    expect((await fetch(`${stranger.url}/oauth/jwks`)).status).toBe(500);
    expect((await callApi(stranger.url, held.tokens.access_token)).status).toBe(500);
    expect(await vaultAnswers(stranger, held.vault.access_token)).toBe(401);
  });

  it('gives nothing for a code or a refresh token, and spends neither', async () => {
    const refresh = { grant_type: 'refresh_token', refresh_token: held.tokens.refresh_token };
    for (const request of [held.code, refresh]) {
      const { status, body } = await token(stranger.url, request);
      expect({ status, error: body.error, tokens: Object.keys(body).filter((name) => name.endsWith('_token')) }).toEqual({
        status: 500,
        error: 'server_error',
        tokens: [],
      });
    }
    const server = await start(fresh);
    for (const request of [held.code, refresh]) expect((await token(server.url, request)).status).toBe(200);
  });

  it('opens no ticket, takes no form for genuine, and finds no sign-in under way', async () => {
    expect((await at(stranger, held.waiting).get(`/oauth/login?${new URLSearchParams({ ticket: held.loginPage.ticket })}`)).status).toBe(
      400,
    );
    const agent = at(stranger, held.stepping);
    await sendStep(agent, held.step, { code: mails.latest() });
    expect(agent.cookies.has('oauth_session')).toBe(false);
    const { _csrf } = held.consentPage;
    expect((await at(stranger, held.agent).post('/oauth/sign-out', { _csrf })).status).toBe(403);
  });

  it('takes no passkey by a challenge of ours', async () => {
    const agent = new Agent(stranger.url);
    const { ticket, _csrf } = await openPage(agent, ask());
    const { html } = held.loginPage;
    const passkey = held.authenticator.get(optionsOn(html));
    expect((await agent.post('/oauth/login', { ticket, _csrf, challenge: formField(html, 'challenge'), passkey })).status).toBe(422);
  });

  it('knows no client that registered itself without being kept', async () => {
    const { client_id = '' } = held.sealedClient;
    expect((await new Agent(stranger.url).get(authorizeUrl('', pkce().code_challenge, { client_id }))).status).toBe(400);
  });
});

afterAll(async () => {
  for (const server of servers) await server.close();
  await shared.close();
});
