/** The way from the built-in login page to the host's own pages, for a new account or a forgotten password, and back: `oauth.resume`. */
import { afterEach, describe, expect, it } from '@jest/globals';
import express from 'express';
import type { OAuthRouterOptions } from '../../lib/config/options/index.js';
import { StoreUnavailable } from '../../lib/errors.js';
import type { Store } from '../../lib/model/store.js';
import type { User } from '../../lib/model/user.js';
import { systemClock } from '../../lib/platform/clock.js';
import { memoryStore } from '../../lib/store/memory.js';
import { Agent, formField } from '../support/agent.js';
import { record } from '../support/events.js';
import {
  alice,
  authorizeUrl,
  openPage,
  pkce,
  type TestServer,
  type TestServerOptions,
  testOptions,
  testServer,
  token,
  web,
} from '../support/server.js';
import { openStep, sendStep, totp } from '../support/steps.js';
import { attribute } from '../support/walker.js';

type WithPasswords = Extract<OAuthRouterOptions['users'], { authenticate: unknown }>;

const carol: User = { id: 'carol', name: 'Carol', amr: ['email'] };

let server: TestServer;

afterEach(() => server.close());

/** A host with a page for each of the two. */
async function serve(users: Partial<WithPasswords> = {}, options: TestServerOptions = {}): Promise<Agent> {
  const { users: usual } = testOptions('') as { users: WithPasswords };
  const pages = { forgotPasswordUrl: '/forgot-password', createAccountUrl: '/sign-up?from=login' };
  server = await testServer({ frozen: true, ...options, options: { users: { ...usual, ...pages, ...users }, ...options.options } });
  const { app, oauth } = server;
  app.post('/sign-up', express.urlencoded(), async (req, res) => {
    if (!(await oauth.resume(req, res, carol))) res.redirect('/welcome');
  });
  app.post('/forgot-password', async (req, res) => {
    if (!(await oauth.resume(req, res))) res.redirect('/welcome');
  });
  return new Agent(server.url);
}

function start(parameters: Readonly<Record<string, string | undefined>> = {}): string {
  return authorizeUrl('', pkce().code_challenge, parameters);
}

async function links(agent: Agent, from = start()): Promise<URL[]> {
  const { html } = await openPage(agent, from);
  return [...html.matchAll(/<a [^>]*>/g)]
    .map(([tag]) => new URL(attribute(tag, 'href') ?? '', server.url))
    .filter(({ searchParams }) => searchParams.has('ticket'));
}

async function ticketOf(agent: Agent, from = start()): Promise<string> {
  const [link] = await links(agent, from);
  return link?.searchParams.get('ticket') ?? '';
}

describe('the login page', () => {
  it('leads to the pages of the host, and takes along what waits', async () => {
    const agent = await serve();
    const [forgot, create] = await links(agent);
    expect([forgot?.pathname, create?.pathname]).toEqual(['/forgot-password', '/sign-up']);
    expect(create?.searchParams.get('from')).toBe('login');
    expect(create?.searchParams.get('ticket')).toBe(forgot?.searchParams.get('ticket'));
  });

  it('tells the page for a new account what the client knows of the user', async () => {
    const agent = await serve();
    const [forgot, create] = await links(agent, start({ login_hint: 'carol@example.com', ui_locales: 'de en' }));
    expect(create?.searchParams.get('login_hint')).toBe('carol@example.com');
    expect(create?.searchParams.get('ui_locales')).toBe('de en');
    expect(forgot?.searchParams.has('login_hint')).toBe(false);
  });

  it('has no such links where the host has no such pages', async () => {
    const agent = await serve({ forgotPasswordUrl: undefined, createAccountUrl: undefined });
    expect(await links(agent)).toEqual([]);
  });

  it('leads to pages on another host as well', async () => {
    const agent = await serve({ createAccountUrl: 'https://accounts.example.com/new' });
    expect((await links(agent)).map(({ origin }) => origin)).toEqual([server.url, 'https://accounts.example.com']);
  });
});

describe('who has made an account', () => {
  it('is signed in and goes on to consent and to the client, with a code that is good', async () => {
    const agent = await serve();
    const { code_verifier, code_challenge } = pkce();
    const ticket = await ticketOf(agent, authorizeUrl('', code_challenge));
    const consent = await openPage(agent, await agent.post('/sign-up', { ticket, email: 'carol@example.com' }));
    expect(consent.html).toContain('Carol');
    const back = await agent.post('/oauth/consent', { ticket: consent.ticket, _csrf: consent._csrf, decision: 'allow' });
    const code = new URL(back.headers.get('location') ?? '').searchParams.get('code') ?? '';
    const { status } = await token(server.url, {
      grant_type: 'authorization_code',
      code,
      code_verifier,
      redirect_uri: web.redirect_uris[0],
    });
    expect(status).toBe(200);
  });

  it('takes the steps that are due before that', async () => {
    const seen: unknown[] = [];
    const isDue = (context: { amr: readonly string[] }) => seen.push(context.amr) > 0;
    const agent = await serve({ steps: [totp({ isDue })] });
    const step = await openStep(agent, await agent.post('/sign-up', { ticket: await ticketOf(agent) }));
    expect({ signedIn: agent.cookies.has('oauth_session'), seen }).toEqual({ signedIn: false, seen: [['email']] });
    await sendStep(agent, step, { code: '123456' });
    expect(agent.cookies.has('oauth_session')).toBe(true);
  });

  it('has signed in when the host says, where that was before', async () => {
    const agent = await serve({}, { options: { passkeys: { offer: false } } });
    const { oauth, app, now } = server;
    let ago = 601;
    app.post('/welcome-back', express.urlencoded(), async (req, res) => {
      await oauth.resume(req, res, { ...carol, auth_time: now() - ago });
    });
    const comeBack = async (from: string) => {
      const answer = await agent.post('/welcome-back', { ticket: await ticketOf(agent, from) });
      return (await openAfter(agent, answer)).html.includes('name="password"');
    };
    expect(await comeBack(start({ prompt: 'login' }))).toBe(true);
    expect(await comeBack(start({ max_age: '600' }))).toBe(true);
    expect(await comeBack('/oauth/passkeys')).toBe(true);
    ago = 599;
    expect(await comeBack('/oauth/passkeys')).toBe(false);
    ago = -3_600; // the host's clock is ahead
    agent.cookies.clear();
    expect(await comeBack(start({ prompt: 'login' }))).toBe(false);
    server.sleep(600);
    expect((await openAfter(agent, await agent.get('/oauth/passkeys'))).html).toContain('name="password"');
  });

  it('has shown no password here, so no step says that they have', async () => {
    const seen: unknown[] = [];
    const agent = await serve({ steps: [totp(), totp({ name: 'key', isDue: ({ amr }) => seen.push(amr) < 0 })] });
    server.app.post('/welcome-back', express.urlencoded(), async (req, res) => void (await server.oauth.resume(req, res, { id: 'dave' })));
    const step = await openStep(agent, await agent.post('/welcome-back', { ticket: await ticketOf(agent) }));
    await sendStep(agent, step, { code: '123456' });
    expect(seen).toEqual([['otp', 'mfa']]);
  });

  it('comes to the page of this server that was asked for', async () => {
    const agent = await serve();
    const answer = await agent.post('/sign-up', { ticket: await ticketOf(agent, '/oauth/apps') });
    const { html } = await openAfter(agent, answer);
    expect(html).toContain('Carol');
  });

  it('is in a session of their own, and the one before has ended', async () => {
    const agent = await serve();
    const { ticket, _csrf } = await openPage(agent, start());
    await agent.post('/oauth/login', { ticket, _csrf, ...alice });
    const before = agent.cookies.get('oauth_session') ?? '';
    await agent.post('/sign-up', { ticket: await ticketOf(agent, start({ prompt: 'login' })) });
    const other = new Agent(server.url);
    other.cookies.set('oauth_session', before);
    expect(agent.cookies.get('oauth_session')).not.toBe(before);
    expect((await openPage(other, '/oauth/apps')).html).toContain('name="password"');
  });

  it('is told of to who listens', async () => {
    const agent = await serve();
    const ticket = await ticketOf(agent);
    const recorder = record(server.oauth);
    await agent.post('/sign-up', { ticket });
    expect(await recorder.takeOne('login.succeeded')).toMatchObject({
      sub: 'carol',
      via: 'host',
      client_id: 'web',
      sid: expect.any(String),
    });
  });

  it('is told that it took too long, where it did', async () => {
    const agent = await serve();
    const ticket = await ticketOf(agent);
    server.sleep(3_601);
    const answer = await agent.post('/sign-up', { ticket });
    const page = await agent.get(answer.headers.get('location') ?? '');
    expect({ status: page.status, signedIn: agent.cookies.has('oauth_session') }).toEqual({ status: 400, signedIn: false });
  });

  it.each([
    ['no ticket', {}],
    ['a ticket that is not ours', { ticket: 'forged' }],
  ])('is left to the host with %s', async (_, fields) => {
    const agent = await serve();
    const answer = await agent.post('/sign-up', fields);
    expect({ to: answer.headers.get('location'), signedIn: agent.cookies.has('oauth_session') }).toEqual({
      to: '/welcome',
      signedIn: false,
    });
  });

  it('finds the way back to a router below a prefix', async () => {
    const agent = await serve({}, { prefix: '/auth' });
    const { html } = await openPage(agent, start().replace('/oauth/', '/auth/oauth/'));
    const answer = await agent.post('/sign-up', { ticket: formField(html, 'ticket') });
    expect(answer.headers.get('location')).toMatch(/^\/auth\/oauth\/consent\?/);
  });
});

describe('who had forgotten the password', () => {
  it('is led back to the login page of the same request', async () => {
    const agent = await serve();
    const [forgot] = await links(agent, start({ state: 'mine' }));
    const page = await openPage(agent, await agent.post(`/forgot-password${forgot?.search}`, {}));
    expect(page.html).toContain('name="password"');
    const answer = await agent.post('/oauth/login', { ticket: page.ticket, _csrf: page._csrf, cancel: 'cancel' });
    expect(new URL(answer.headers.get('location') ?? '').searchParams.get('state')).toBe('mine');
  });

  it('is led from a page on another host to the issuer', async () => {
    const agent = await serve({ forgotPasswordUrl: 'https://accounts.example.com/reset' });
    const answer = await agent.post(`/forgot-password?ticket=${await ticketOf(agent)}`, {});
    expect(answer.headers.get('location')?.startsWith(`${server.url}/oauth/login?`)).toBe(true);
  });
});

describe('what goes wrong on the way back', () => {
  const errors: unknown[] = [];
  const log = { warn: () => {}, error: (_message: string, cause: unknown) => void errors.push(cause) };

  /** A host whose handlers catch nothing, as in Express 4: there a promise that rejects ends the process. */
  function resuming(user: User | undefined): Promise<boolean>[] {
    const { app, oauth } = server;
    const calls: Promise<boolean>[] = [];
    app.post('/back', express.urlencoded(), (req, res) => void calls.push(oauth.resume(req, res, user)));
    return calls;
  }

  it('is answered with an error page that leads on, where the store is away', async () => {
    const memory = memoryStore(systemClock);
    let isAway = false;
    const put: Store['put'] = async (...given) => {
      if (isAway) throw new StoreUnavailable('Redis is away.');
      return memory.put(...given);
    };
    const agent = await serve({}, { options: { store: { ...memory, put }, log } });
    const calls = resuming(carol);
    const recorder = record(server.oauth);
    const ticket = await ticketOf(agent);
    isAway = true;
    const answer = await agent.post('/back', { ticket });
    const html = await answer.text();
    await expect(Promise.all(calls)).resolves.toEqual([true]);
    expect({ status: answer.status, wait: answer.headers.get('retry-after'), cookies: agent.cookies.has('oauth_session') }).toEqual({
      status: 503,
      wait: '5',
      cookies: false,
    });
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await recorder.takeOne('request.refused')).toMatchObject({ endpoint: 'resume', error: 'temporarily_unavailable' });
    isAway = false;
    const [link = ''] = [...html.matchAll(/<a [^>]*>/g)]
      .map(([tag]) => attribute(tag, 'href') ?? '')
      .filter((href) => href.includes('ticket'));
    expect((await openPage(agent, link)).html).toContain('name="password"');
  });

  it.each<[string, User, Partial<WithPasswords>]>([
    ['a user who is none', { name: 'Carol' }, {}],
    ['a step that fails', carol, { steps: [totp({ isDue: () => Promise.reject(new Error('The directory is away.')) })] }],
    ['a step that cannot begin', carol, { steps: [totp({ begin: () => Promise.reject(new Error('The mail server is away.')) })] }],
  ])('is answered with an error page and logged, where it is %s', async (_, user, users) => {
    const agent = await serve(users, { options: { log } });
    errors.length = 0;
    const calls = resuming(user);
    const recorder = record(server.oauth);
    const answer = await agent.post('/back', { ticket: await ticketOf(agent) });
    expect((await answer.text()).includes('<h1>')).toBe(true);
    await expect(Promise.all(calls)).resolves.toEqual([true]);
    expect({ status: answer.status, logged: errors.length, signedIn: agent.cookies.has('oauth_session') }).toEqual({
      status: 500,
      logged: 1,
      signedIn: false,
    });
    expect(await recorder.takeOne('request.refused')).toMatchObject({ endpoint: 'resume', error: 'server_error' });
  });

  it('is a step that was begun too often: the login page says so, and its form works', async () => {
    const begun: string[] = [];
    const step = totp({ begin: ({ user }) => begun.push(user.sub) });
    const agent = await serve({ steps: [step] });
    resuming({ id: 'alice' });
    const answers: Response[] = [];
    for (let asks = 0; asks < 6; asks += 1) answers.push(await agent.post('/back', { ticket: await ticketOf(agent) }));
    const last = answers[5] as Response;
    expect({ begun: begun.length, status: last.status, wait: last.headers.get('retry-after') }).toEqual({
      begun: 5,
      status: 429,
      wait: '1',
    });
    const { html, ticket, _csrf } = await openPage(agent, last);
    expect(html).toContain('too many attempts');
    server.sleep(1);
    const next = await openStep(agent, await agent.post('/oauth/login', { ticket, _csrf, ...alice }));
    await sendStep(agent, next, { code: '123456' });
    expect(agent.cookies.has('oauth_session')).toBe(true);
  });
});

/** A page that has no form with a ticket. */
async function openAfter(agent: Agent, from: Response): Promise<{ html: string }> {
  let answer = from;
  for (let location = answer.headers.get('location'); location; location = answer.headers.get('location'))
    answer = await agent.get(location);
  return { html: await answer.text() };
}
