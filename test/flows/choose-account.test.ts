/** The choice of an account, which a client asks for by the prompt select_account. OpenID Connect Core section 3.1.2.1. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Request } from 'express';
import { deriveSecrets } from '../../lib/keys/secrets.js';
import { Agent } from '../support/agent.js';
import { type LayOut, withHost } from '../support/host.js';
import {
  alice,
  authorizeUrl,
  form,
  openPage,
  type Page,
  pkce,
  postLogin,
  secret,
  spa,
  type TestServer,
  testServer,
  walk,
  web,
} from '../support/server.js';
import { formOn, visit } from '../support/walker.js';

const bob = { username: 'bob', password: 'battery staple' };
const ours = { ...web, client_id: 'ours', firstParty: true };
const question = 'Choose an account';

type Parameters = Readonly<Record<string, string | undefined>>;

let server: TestServer;

beforeAll(async () => {
  server = await testServer({ frozen: true, options: { clients: [web, spa, ours] } });
});

afterAll(() => server.close());

function start(parameters: Parameters = {}): string {
  return authorizeUrl('', pkce().code_challenge, { prompt: 'select_account', ...parameters });
}

/** A browser in which this user signed in ten seconds ago, and has allowed `web` to see contacts. */
async function signedIn(person = alice): Promise<Agent> {
  const agent = new Agent(server.url);
  await walk(agent, start({ prompt: undefined }), person);
  server.sleep(10);
  return agent;
}

function choose(agent: Agent, { ticket, _csrf }: Page, account = 'current'): Promise<Response> {
  return agent.post('/oauth/account', { ticket, _csrf, account });
}

function decide(agent: Agent, { ticket, _csrf }: Page, decision = 'allow'): Promise<Response> {
  return agent.post('/oauth/consent', { ticket, _csrf, decision });
}

/** Another user takes over this browser, in another tab. */
async function takeOver(agent: Agent, person = bob): Promise<void> {
  agent.cookies.delete('oauth_session');
  await postLogin(agent, person, authorizeUrl(agent.origin, pkce().code_challenge));
}

/** What a page asks, or `code` where the way leads back to the client with one. */
async function whatComes(agent: Agent, from: string | Response): Promise<string> {
  const answer = typeof from === 'string' ? await agent.get(from) : from;
  const location = answer.headers.get('location');
  if (location?.startsWith('/')) return whatComes(agent, location);
  if (location) return new URL(location).searchParams.get('error') ?? 'code';
  const html = await answer.text();
  return ['password', 'account', 'decision'].find((name) => html.includes(`name="${name}"`)) ?? html;
}

const locationOf = ({ headers }: Response) => headers.get('location') ?? '';
const opened = async (ticket: string) => (await deriveSecrets([secret]).open('ticket', ticket)) as Record<string, unknown>;

describe('the page', () => {
  it('says who is signed in, and which app asks', async () => {
    const { status, html } = await openPage(await signedIn(), start({ client_id: spa.client_id, redirect_uri: spa.redirect_uris[0] }));
    expect(status).toBe(200);
    for (const words of [question, 'Alice', 'Notes', 'Use another account']) expect(html).toContain(words);
  });

  it('comes in the language that the client asks for', async () => {
    expect((await openPage(await signedIn(), start({ ui_locales: 'de' }))).html).toContain('<html lang="de"');
  });

  it('is not shown where nobody is signed in: who signs in names an account', async () => {
    await signedIn(); // and has allowed it
    const agent = new Agent(server.url);
    expect(await whatComes(agent, await postLogin(agent, alice, start()))).toBe('code');
  });

  it('is not shown once more after a sign-in that it led to', async () => {
    const agent = await signedIn();
    const { html } = await openPage(agent, start());
    const [, link = ''] = /<a class="button" href="([^"]*)">Use another account/.exec(html) ?? [];
    const login = await postLogin(agent, bob, link.replaceAll('&amp;', '&'));
    const consent = await openPage(agent, login);
    expect(consent.html).toContain('Bob');
    expect(await whatComes(agent, await decide(agent, consent))).toBe('code');
  });

  it('is an error where the prompt forbids pages as well', async () => {
    expect(await whatComes(await signedIn(), start({ prompt: 'none select_account' }))).toBe('invalid_request');
  });
});

describe('a user who goes on as who is signed in', () => {
  it('comes back to the client, if nothing else is to be asked', async () => {
    const agent = await signedIn();
    expect(await whatComes(agent, await choose(agent, await openPage(agent, start())))).toBe('code');
  });

  it("comes back to the host's own client without a consent", async () => {
    const agent = await signedIn();
    expect(await whatComes(agent, await choose(agent, await openPage(agent, start({ client_id: 'ours' }))))).toBe('code');
  });

  it.each<readonly [string, Parameters]>([
    ['what was not agreed to before', { scope: 'read:contacts create:contacts' }],
    ['all of it, if prompt says that too', { prompt: 'consent select_account' }],
  ])('is asked for consent to %s', async (_, parameters) => {
    const agent = await signedIn();
    const consent = await openPage(agent, await choose(agent, await openPage(agent, start(parameters))));
    expect(consent.html).toContain('name="decision"');
    const answer = await decide(agent, consent);
    expect(await whatComes(agent, answer)).toBe('code');
  });

  it('is sent on by a 303 that nobody keeps, with a ticket that says who was chosen', async () => {
    const agent = await signedIn();
    const answer = await choose(agent, await openPage(agent, start()));
    const next = new URL(locationOf(answer), server.url);
    expect([answer.status, answer.headers.get('cache-control'), next.pathname]).toEqual([303, 'no-store', '/oauth/consent']);
    expect(await opened(next.searchParams.get('ticket') ?? '')).toMatchObject({ chosen: 'alice' });
  });

  it('is not asked again where the consent page is shown again, because its form was not genuine', async () => {
    const agent = await signedIn();
    const consent = await openPage(agent, await choose(agent, await openPage(agent, start({ prompt: 'consent select_account' }))));
    const again = await agent.post('/oauth/consent', { ticket: consent.ticket, _csrf: 'forged', decision: 'allow' });
    expect([again.status, await whatComes(agent, again)]).toEqual([403, 'decision']);
  });

  it('is not asked again after a reload of the consent page', async () => {
    const agent = await signedIn();
    const next = locationOf(await choose(agent, await openPage(agent, start({ prompt: 'consent select_account' }))));
    expect([await whatComes(agent, next), await whatComes(agent, next)]).toEqual(['decision', 'decision']);
  });

  it('may send the form twice, and go back and send it once more', async () => {
    const agent = await signedIn();
    const page = await openPage(agent, start());
    const answers = await Promise.all([choose(agent, page), choose(agent, page)]);
    expect(await Promise.all([...answers, await choose(agent, page)].map((answer) => whatComes(agent, answer)))).toEqual([
      'code',
      'code',
      'code',
    ]);
  });

  it('chooses in each of two tabs, for each request by itself', async () => {
    const agent = await signedIn();
    const [one, two] = [await openPage(agent, start({ state: 'one' })), await openPage(agent, start({ state: 'two' }))];
    const [first, second] = [await agent.get(locationOf(await choose(agent, two))), await agent.get(locationOf(await choose(agent, one)))];
    const states = [first, second].map((answer) => new URL(locationOf(answer)).searchParams.get('state'));
    expect(states).toEqual(['two', 'one']);
  });

  it('is asked again by the next request', async () => {
    const agent = await signedIn();
    await whatComes(agent, await choose(agent, await openPage(agent, start())));
    expect(await whatComes(agent, start())).toBe('account');
  });
});

describe('where another user is signed in by now', () => {
  it('the form gives nothing away: the page is shown with the name of who is there', async () => {
    const agent = await signedIn();
    const page = await openPage(agent, start());
    await takeOver(agent);
    const answer = await choose(agent, page);
    const html = await answer.text();
    expect([answer.status, locationOf(answer)]).toEqual([409, '']);
    expect(html).toContain('name="account"');
    expect(html).toContain('Bob');
    expect(html).not.toContain('Alice');
    expect(html).toContain('The account has changed since this page was opened.');
  });

  it('the choice of the first one does not count', async () => {
    const agent = await signedIn();
    const other = await signedIn(bob);
    const next = locationOf(await choose(agent, await openPage(agent, start())));
    expect([await whatComes(other, next), await whatComes(agent, next)]).toEqual(['account', 'code']);
  });

  it('the consent page of the first one leads to the choice, and gives no code', async () => {
    const agent = await signedIn();
    const consent = await openPage(agent, await choose(agent, await openPage(agent, start({ prompt: 'consent select_account' }))));
    await takeOver(agent);
    const answer = await decide(agent, consent);
    expect([answer.status, await whatComes(agent, answer)]).toEqual([409, 'account']);
  });

  it('nobody is chosen where nobody is signed in any more', async () => {
    const agent = await signedIn();
    const page = await openPage(agent, start());
    agent.cookies.delete('oauth_session');
    expect(await whatComes(agent, await choose(agent, page))).toBe('password');
  });
});

describe('an attacker', () => {
  it('chooses for nobody: a form without the CSRF token of this browser is shown again', async () => {
    const agent = await signedIn();
    const { ticket } = await openPage(agent, start());
    const answer = await agent.post('/oauth/account', { ticket, _csrf: 'forged', account: 'current' });
    expect([answer.status, await whatComes(agent, answer)]).toEqual([403, 'account']);
  });

  it('cannot leave the choice out by calling the consent page', async () => {
    const agent = await signedIn();
    const { ticket, _csrf } = await openPage(agent, start());
    expect(await whatComes(agent, `/oauth/consent?${form({ ticket })}`)).toBe('account');
    expect(await whatComes(agent, await agent.post('/oauth/consent', { ticket, _csrf, decision: 'allow' }))).toBe('account');
  });

  it('cannot make the choice by a link', async () => {
    const agent = await signedIn();
    const { ticket } = await openPage(agent, start());
    expect(await whatComes(agent, `/oauth/account?${form({ ticket, account: 'current' })}`)).toBe('account');
  });

  it('has no choice passed over that was made by nobody: a ticket that is changed is refused', async () => {
    const agent = await signedIn();
    const { ticket, _csrf } = await openPage(agent, start());
    const answer = await agent.post('/oauth/account', { ticket: `${ticket.slice(0, -2)}AA`, _csrf, account: 'current' });
    expect([answer.status, locationOf(answer)]).toEqual([400, '']);
  });

  it.each([['bob'], ['']])('names no other account than the one that is signed in: %j is refused', async (account) => {
    const agent = await signedIn();
    const answer = await choose(agent, await openPage(agent, start()), account);
    expect([answer.status, locationOf(answer)]).toEqual([400, '']);
  });
});

it('a page that was open for too long leads back to the client', async () => {
  const agent = await signedIn();
  const page = await openPage(agent, start());
  server.sleep(3601);
  const answer = await choose(agent, page);
  expect([answer.status, (await answer.text()).includes('This page has expired')]).toEqual([400, true]);
});

describe("with the host's own sessions and login page", () => {
  const userOf = ({ headers }: Pick<Request, 'headers'>) => {
    const id = /(?:^|; )host_user=(\w+)/.exec(headers.cookie ?? '')?.[1];
    return id === undefined ? undefined : { id, name: id };
  };
  const host = { options: { users: { current: userOf, loginUrl: '/login' } } };

  function signedInAt(url: string): Agent {
    const agent = new Agent(url);
    agent.cookies.set('host_user', 'alice');
    return agent;
  }

  it('a user goes on as who is signed in there', async () => {
    await withHost(host, async ({ url }) => {
      const { steps, callback } = await visit(signedInAt(url), `${url}${start()}`);
      expect(steps.map(({ request, status }) => `${request} ${status}`)).toEqual([
        'GET /oauth/authorize 200',
        'POST /oauth/account 303',
        'GET /oauth/consent 200',
        'POST /oauth/consent 303',
      ]);
      expect(callback.searchParams.get('code')).toEqual(expect.any(String));
    });
  });

  it('"Use another account" leads to that page, which is told to ask, and on from there without a second question', async () => {
    const layOut: LayOut = (app, oauth) => {
      app.use(oauth);
      app.get('/login', async (req, res) => {
        res.cookie('host_user', 'bob');
        if (!(await oauth.resume(req, res, { id: 'bob' }))) res.send('Welcome');
      });
    };
    await withHost({ ...host, layOut }, async ({ url }) => {
      const agent = signedInAt(url);
      const { html } = await openPage(agent, start());
      const [, link = ''] = /<a class="button" href="([^"]*)">Use another account/.exec(html) ?? [];
      const login = new URL(link.replaceAll('&amp;', '&'), url);
      expect([login.pathname, login.searchParams.get('prompt')]).toEqual(['/login', 'login']);
      const consent = await openPage(agent, `${login.pathname}${login.search}`);
      expect(consent.html).toContain('name="decision"');
      expect(consent.html).toContain('bob');
      const { action, fields } = formOn(consent.html, url);
      expect(await whatComes(agent, await agent.post(action, { ...fields, decision: 'allow' }))).toBe('code');
    });
  });
});
