/** Passkeys from page to page, and those who would get in by them. WebAuthn Level 3 sections 7 and 13; RFC 9700 section 4.7; RFC 8176. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { OAuthRouterOptions } from '../../lib/config/options/index.js';
import type { Passkey, PasskeyStore } from '../../lib/model/passkey.js';
import type { UserStep } from '../../lib/model/step.js';
import type { Store } from '../../lib/model/store.js';
import { systemClock } from '../../lib/platform/clock.js';
import { memoryStore } from '../../lib/store/memory.js';
import { Agent, formField } from '../support/agent.js';
import { type Authenticator, createAuthenticator, flag } from '../support/authenticator.js';
import { record } from '../support/events.js';
import { type LayOut, withHost } from '../support/host.js';
import { verified } from '../support/jwt.js';
import { alice, authorizeUrl, openPage, type Page, pkce, type TestServer, testOptions, testServer, token, web } from '../support/server.js';
import { mfa, totp } from '../support/steps.js';

const bob = { username: 'bob', password: 'battery staple' };
const month = 30 * 86_400; // seconds

let server: TestServer;
let logged: string[];
/** Whether there is still an account. */
let exists: (sub: string) => boolean;

afterEach(() => server.close());

async function begin(options: Partial<OAuthRouterOptions> = {}): Promise<Agent> {
  logged = [];
  exists = () => true;
  const log = { warn: () => {}, error: (message: string) => void logged.push(message) };
  const { users } = testOptions('http://localhost');
  const find = (sub: string) => exists(sub) && { sub, name: `${sub} as found` };
  server = await testServer({ frozen: true, options: { passkeys: true, users: { ...users, find } as typeof users, log, ...options } });
  return new Agent(server.url);
}

const start = (parameters: Readonly<Record<string, string>> = {}) => authorizeUrl('', pkce().code_challenge, parameters);

/** What the page asks the browser. */
function optionsOn(html: string): string {
  const [, options] = /data-options="([^"]+)"/.exec(html) ?? [];
  if (options === undefined) throw new Error(`The page asks for no passkey: ${html}`);
  return options.replaceAll('&#34;', '"').replaceAll('&amp;', '&');
}

/** Which passkey the page tells the browser to forget. */
function forgottenOn(html: string): unknown {
  const [, forgotten = 'null'] = /data-passkey-forgotten="([^"]+)"/.exec(html) ?? [];
  return JSON.parse(forgotten.replaceAll('&#34;', '"'));
}

function isOffer(html: string): boolean {
  return html.includes('Sign in faster next time');
}

function isLogin(html: string): boolean {
  return html.includes('name="password"');
}

/** The form of the page that adds or offers a passkey, filled in. */
function made(page: Page, authenticator: Authenticator): Record<string, string> {
  const passkey = authenticator.create(optionsOn(page.html));
  return { ticket: ticketOn(page.html), _csrf: page._csrf, challenge: formField(page.html, 'challenge'), passkey };
}

/** The login form, filled in by a passkey. */
function shown(page: Page, authenticator: Authenticator, lies = {}): Record<string, string> {
  const passkey = authenticator.get(optionsOn(page.html), lies);
  return { ticket: page.ticket, _csrf: page._csrf, challenge: formField(page.html, 'challenge'), passkey };
}

function ticketOn(html: string): string {
  return html.includes('name="ticket"') ? formField(html, 'ticket') : '';
}

/** A page of ours that may have no ticket. */
async function open(agent: Agent, from: string | Response): Promise<Page> {
  let answer = typeof from === 'string' ? await agent.get(from) : from;
  for (let location = answer.headers.get('location'); location; location = answer.headers.get('location')) {
    answer = await agent.get(location);
  }
  const html = await answer.text();
  return { status: answer.status, html, ticket: ticketOn(html), _csrf: html.includes('_csrf') ? formField(html, '_csrf') : '' };
}

/** In a browser that can make passkeys, if it says so. */
async function signIn(agent: Agent, who = alice, at = start(), can: Readonly<Record<string, string>> = { can: 'passkey' }): Promise<Page> {
  const { ticket, _csrf } = await openPage(agent, at);
  return open(agent, await agent.post('/oauth/login', { ticket, _csrf, ...who, ...can }));
}

function actionOf(html: string): string {
  const [, action = ''] = /<form[^>]* method="post" action="([^"]+)"/.exec(html) ?? [];
  return action.replaceAll('&amp;', '&');
}

/** With the password, and the passkey that is offered then. */
async function enrol(agent: Agent, who = alice): Promise<Authenticator> {
  const authenticator = createAuthenticator(server.url);
  const offer = await signIn(agent, who);
  expect(isOffer(offer.html)).toBe(true);
  const next = await open(agent, await agent.post(actionOf(offer.html), made(offer, authenticator)));
  expect(next.html).toContain('name="decision"');
  return authenticator;
}

/** In a browser where nobody is signed in. */
async function signInBy(authenticator: Authenticator, agent = new Agent(server.url), lies = {}): Promise<Response> {
  return agent.post('/oauth/login', shown(await openPage(agent, start()), authenticator, lies));
}

async function got(answer: Response): Promise<unknown> {
  const session = answer.headers.getSetCookie().some((line) => /^oauth_session=[^;]/.test(line));
  return { status: answer.status, session, notice: (await answer.text()).includes('This passkey was not accepted.') };
}

const refused = { status: 422, session: false, notice: true };
const accepted = { status: 303, session: true, notice: false };

describe('the login page', () => {
  it('has nothing of passkeys where they are off, and takes none', async () => {
    const agent = await begin({ passkeys: false });
    const page = await openPage(agent, start());
    expect(page.html).not.toMatch(/passkey|webauthn/i);
    expect((await agent.get('/oauth/passkeys')).status).toBe(404);
    const { ticket, _csrf } = page;
    expect((await agent.post('/oauth/login', { ticket, _csrf, ...alice, passkey: '{}' })).status).toBe(303);
  });

  it('asks for passkeys in the field of the user name, and names nobody', async () => {
    const { html } = await openPage(await begin(), start());
    expect(html).toContain('autocomplete="username webauthn"');
    expect(JSON.parse(optionsOn(html))).toMatchObject({ rpId: 'localhost', allowCredentials: [], userVerification: 'required' });
  });

  it('marks neither name nor password as wrong, if it was the passkey', async () => {
    const agent = await begin();
    const html = await (await signInBy(createAuthenticator(server.url), agent)).text();
    expect([html.includes('This passkey was not accepted.'), html.includes('aria-invalid')]).toEqual([true, false]);
  });

  it('is shown without a trace in the store', async () => {
    const memory = memoryStore(systemClock);
    const refuse = (key: string) => Promise.reject(new Error(`${key} was written.`));
    const agent = await begin({ store: { ...memory, put: refuse, add: refuse, swap: refuse, link: refuse } });
    expect((await openPage(agent, start())).status).toBe(200);
  });
});

describe('a sign-in by passkey', () => {
  it('tells the client how the user has shown who they are', async () => {
    const agent = await begin({ passkeys: { acr: 'urn:example:passkey', mayEnrol: () => true }, clients: [{ ...web, firstParty: true }] });
    const authenticator = createAuthenticator(server.url);
    const offer = await signIn(agent);
    await agent.post(actionOf(offer.html), made(offer, authenticator));
    const { code_verifier, code_challenge } = pkce();
    const other = new Agent(server.url);
    const login = await openPage(other, authorizeUrl('', code_challenge, { scope: 'openid read:contacts' }));
    const { headers } = await other.post('/oauth/login', shown(login, authenticator));
    const callback = new URL((await other.get(headers.get('location') ?? '')).headers.get('location') ?? '');
    const code = callback.searchParams.get('code') ?? '';
    const { body } = await token(server.url, { grant_type: 'authorization_code', code, code_verifier });
    const { claims } = await verified(server.url, body.id_token);
    expect(claims).toMatchObject({ sub: 'alice', acr: 'urn:example:passkey', amr: ['hwk', 'user', 'mfa'] });
  });

  it('calls the user as the host does now, and offers no second passkey', async () => {
    const agent = await begin();
    const authenticator = await enrol(agent);
    const other = new Agent(server.url);
    const { html } = await open(other, await signInBy(authenticator, other));
    expect([html.includes('alice as found'), isOffer(html)]).toEqual([true, false]);
  });

  it('is an event, and so is one that failed', async () => {
    const agent = await begin();
    const events = record(server.oauth);
    const authenticator = await enrol(agent);
    expect(await events.takeOne('passkey.added')).toMatchObject({ sub: 'alice', passkey: expect.stringMatching(/^[\w-]{43}$/) });
    await signInBy(authenticator);
    expect(await events.takeOne('login.succeeded')).toMatchObject({ sub: 'alice', via: 'passkey', client_id: 'web' });
    await signInBy(authenticator, undefined, { flags: flag.userPresent });
    expect(await events.takeOne('login.failed')).toMatchObject({ via: 'passkey', client_id: 'web' });
  });

  it('is refused when the account is gone', async () => {
    const authenticator = await enrol(await begin());
    expect(await got(await signInBy(authenticator))).toEqual(accepted);
    exists = (sub) => sub !== 'alice';
    expect(await got(await signInBy(authenticator))).toEqual(refused);
  });

  it('is refused from another site, and shown anew', async () => {
    const authenticator = await enrol(await begin());
    expect(await got(await signInBy(authenticator, undefined, { origin: 'https://evil.example' }))).toEqual(refused);
  });

  it('goes on after a wrong one, on the same page', async () => {
    const authenticator = await enrol(await begin());
    const agent = new Agent(server.url);
    const again = await openPage(agent, await signInBy(createAuthenticator(server.url), agent));
    expect(await got(await agent.post('/oauth/login', shown(again, authenticator)))).toEqual(accepted);
  });

  it('that somebody else has read on its way gets nobody in a second time', async () => {
    const authenticator = await enrol(await begin());
    const agent = new Agent(server.url);
    const form = shown(await openPage(agent, start()), authenticator);
    expect(await got(await agent.post('/oauth/login', form))).toEqual(accepted);
    const thief = new Agent(server.url);
    const { ticket, _csrf } = await openPage(thief, start());
    expect(await got(await thief.post('/oauth/login', { ...form, ticket, _csrf }))).toEqual(refused);
  });

  it('does not sign a victim in as the attacker, whose page posts it', async () => {
    const attacker = await enrol(await begin());
    const form = shown(await openPage(new Agent(server.url), start()), attacker);
    const victim = new Agent(server.url);
    await openPage(victim, start());
    const answer = await victim.post('/oauth/login', form);
    expect(await got(answer)).toEqual({ status: 403, session: false, notice: false });
  });

  it('goes by the passkey, and not by a password beside it', async () => {
    const agent = await begin();
    const { ticket, _csrf } = await openPage(agent, start());
    expect(await got(await agent.post('/oauth/login', { ticket, _csrf, ...alice, passkey: '{}', challenge: 'x' }))).toEqual(refused);
  });
});

describe('the offer', () => {
  it('is for who has none, and not for others', async () => {
    await enrol(await begin());
    server.sleep(month); // who has answered is not asked for a while, whatever the answer was
    expect(isOffer((await signIn(new Agent(server.url))).html)).toBe(false);
    expect(isOffer((await signIn(new Agent(server.url), bob)).html)).toBe(true);
  });

  it('is not made to who has just shown one, whatever the table of the host says', async () => {
    const { users } = testOptions('http://localhost');
    const withKey = { ...users, authenticate: () => ({ sub: 'alice', amr: ['swk', 'user', 'mfa'] }) } as typeof users;
    expect(isOffer((await signIn(await begin({ users: withKey }))).html)).toBe(false);
  });

  it.each([{}, { can: '' }, { can: 'javascript' }])(
    'is not made to a browser that does not say that it can make one, and is no answer: %j',
    async (can) => {
      const agent = await begin();
      expect((await signIn(agent, alice, start(), can)).html).toContain('name="decision"');
      expect(isOffer((await signIn(new Agent(server.url))).html)).toBe(true);
    },
  );

  it('is not made on the way back from a page of the host, where nobody knows what the browser can', async () => {
    const layOut: LayOut = (app, oauth) => {
      app.use(oauth);
      app.get('/register', async (req, res) => void (await oauth.resume(req, res, { id: 'carol' })));
    };
    await begin();
    await withHost({ options: { passkeys: true }, layOut }, async ({ url }) => {
      const agent = new Agent(url);
      const { ticket } = await openPage(agent, start());
      const { html } = await open(agent, `/register?ticket=${encodeURIComponent(ticket)}`);
      expect([html.includes('name="decision"'), isOffer(html)]).toEqual([true, false]);
    });
  });

  it('comes after the steps of the host', async () => {
    const submit = () => ({ done: true as const, amr: ['otp'] });
    const steps = [{ name: 'terms', page: { title: 'Terms', fields: [] }, submit }];
    const agent = await begin({ users: { ...testOptions('http://localhost').users, steps } as OAuthRouterOptions['users'] });
    const { html, ticket, _csrf } = await signIn(agent);
    expect([html.includes('Terms'), isOffer(html)]).toEqual([true, false]);
    expect(isOffer((await open(agent, await agent.post(actionOf(html), { ticket, _csrf }))).html)).toBe(true);
  });

  it('tells the browser to forget what was made and refused', async () => {
    const agent = await begin();
    const offer = await signIn(agent);
    const authenticator = createAuthenticator(server.url);
    const passkey = authenticator.create(optionsOn(offer.html), { origin: 'http://localhost:1' });
    const { html } = await open(agent, await agent.post(actionOf(offer.html), { ...made(offer, authenticator), passkey }));
    expect([isOffer(html), forgottenOn(html)]).toEqual([true, { rpId: 'localhost', credentialId: authenticator.id }]);
  });

  it('stands in the way of no password grant', async () => {
    await begin({ clients: [{ ...web, grant_types: ['password'] }] });
    expect((await token(server.url, { grant_type: 'password', ...alice })).status).toBe(200);
  });

  it('is made again 30 days after "Not now"', async () => {
    const agent = await begin();
    const { html, ticket, _csrf } = await signIn(agent);
    const next = await open(agent, await agent.post(actionOf(html), { ticket, _csrf, later: 'later' }));
    expect(next.html).toContain('name="decision"');
    server.sleep(month - 1);
    expect(isOffer((await signIn(new Agent(server.url))).html)).toBe(false);
    server.sleep(1);
    expect(isOffer((await signIn(new Agent(server.url))).html)).toBe(true);
  });

  it('takes "Not now" from who failed at it again and again, and has nobody wait', async () => {
    const agent = await begin();
    const offer = await signIn(agent);
    const failing = { ...made(offer, createAuthenticator(server.url)), passkey: '{}' };
    const statuses: number[] = [];
    for (let failures = 0; failures < 6; failures += 1) statuses.push((await agent.post(actionOf(offer.html), failing)).status);
    const { ticket, _csrf } = offer;
    statuses.push((await agent.post(actionOf(offer.html), { ticket, _csrf, later: 'later' })).status);
    expect(statuses).toEqual([422, 422, 422, 422, 422, 422, 303]);
  });

  it('is repeated with a word about it, if no passkey came of it', async () => {
    const agent = await begin();
    const offer = await signIn(agent);
    const answer = await agent.post(actionOf(offer.html), { ...made(offer, createAuthenticator(server.url)), passkey: '{}' });
    const html = await answer.text();
    expect([answer.status, isOffer(html), html.includes('role="alert"')]).toEqual([422, true, true]);
  });

  it('adds no passkey for who has not signed in, by the page of somebody else', async () => {
    const agent = await begin();
    const offer = await signIn(agent);
    const thief = new Agent(server.url);
    const own = await signIn(thief, bob);
    const authenticator = createAuthenticator(server.url);
    const stolen = { ...made(offer, authenticator), ticket: own.ticket, _csrf: own._csrf };
    expect((await thief.post(actionOf(own.html), stolen)).status).toBe(422);
    expect(await got(await signInBy(authenticator))).toEqual(refused);
  });

  const down = () => Promise.reject(new Error('The table is away.'));
  const rows: readonly Passkey[] = [];
  const works: PasskeyStore = { find: () => null, list: () => rows, add: () => true, update: () => {}, remove: () => {} };

  it('is left out, and that is logged, where the table of the host is away', async () => {
    const agent = await begin({ passkeys: { store: { ...works, list: down } } });
    expect((await signIn(agent)).html).toContain('name="decision"');
    expect(logged).toEqual([expect.stringContaining('without being offered a passkey')]);
  });

  it.each(['find', 'list', 'add'])('keeps nobody from going on when the table of the host goes away in between: %s', async (method) => {
    const store: Record<string, unknown> = { ...works };
    const agent = await begin({ passkeys: { store: store as unknown as PasskeyStore } });
    const offer = await signIn(agent);
    store[method] = down;
    const next = await open(agent, await agent.post(actionOf(offer.html), made(offer, createAuthenticator(server.url))));
    expect(next.html).toContain('name="decision"');
    expect(logged).toHaveLength(1);
  });
});

describe('the page of passkeys', () => {
  const signInFor = async (agent: Agent, who = alice) => {
    const page = await signIn(agent, who, '/oauth/passkeys');
    if (!isOffer(page.html)) return page;
    return open(agent, await agent.post(actionOf(page.html), { ticket: page.ticket, _csrf: page._csrf, later: 'later' }));
  };

  /** The names of the passkeys on a page. */
  const namesOn = (html: string) => [...html.matchAll(/name="remove" value="([^"]+)"/g)].map(([, name = '']) => name);

  it('comes after a sign-in, and is linked from the page of connected apps', async () => {
    const agent = await begin();
    expect((await signInFor(agent)).html).toContain('Your passkeys');
    expect((await open(agent, '/oauth/apps')).html).toContain('href="/oauth/passkeys"');
  });

  it('adds one, says so once, and it signs in', async () => {
    const agent = await begin();
    const authenticator = createAuthenticator(server.url);
    const page = await open(agent, await agent.post('/oauth/passkeys', made(await signInFor(agent), authenticator)));
    expect([page.html.includes('The passkey was added.'), namesOn(page.html)]).toEqual([true, [expect.any(String)]]);
    expect(page.html).not.toContain(`value="${authenticator.id}"`);
    expect((await open(agent, '/oauth/passkeys')).html).not.toContain('The passkey was added.');
    expect(await got(await signInBy(authenticator))).toEqual(accepted);
  });

  it('removes one, and it signs nobody in any more', async () => {
    const agent = await begin();
    const authenticator = await enrol(agent);
    const events = record(server.oauth);
    const { html, _csrf } = await open(agent, '/oauth/passkeys');
    const [remove = ''] = namesOn(html);
    const after = await open(agent, await agent.post('/oauth/passkeys', { _csrf, remove }));
    expect([after.html.includes('The passkey was removed.'), namesOn(after.html)]).toEqual([true, []]);
    expect(await events.takeOne('passkey.removed')).toMatchObject({ sub: 'alice', passkey: remove });
    expect(await got(await signInBy(authenticator))).toEqual(refused);
  });

  it('removes nothing of anybody else', async () => {
    const authenticator = await enrol(await begin());
    const owner = new Agent(server.url);
    await signInBy(authenticator, owner);
    const [remove = ''] = namesOn((await open(owner, '/oauth/passkeys')).html);
    const agent = new Agent(server.url);
    const { _csrf } = await signInFor(agent, bob);
    const events = record(server.oauth);
    for (const name of [remove, authenticator.id]) await agent.post('/oauth/passkeys', { _csrf, remove: name });
    expect((await events.take()).filter(({ name }) => name === 'passkey.removed')).toEqual([]);
    expect(await got(await signInBy(authenticator))).toEqual(accepted);
  });

  it('changes nothing for a form that comes from elsewhere', async () => {
    const agent = await begin();
    const authenticator = await enrol(agent);
    const [remove = ''] = namesOn((await open(agent, '/oauth/passkeys')).html);
    expect((await agent.post('/oauth/passkeys', { remove })).status).toBe(403);
    expect(await got(await signInBy(authenticator))).toEqual(accepted);
  });

  it('neither shows, adds nor removes anything for who finds a browser where somebody signed in ten minutes ago', async () => {
    const agent = await begin();
    const owned = await enrol(agent);
    const page = await open(agent, '/oauth/passkeys');
    const [remove = ''] = namesOn(page.html);
    const thief = createAuthenticator(server.url);
    server.sleep(599);
    expect((await open(agent, '/oauth/passkeys')).html).toContain('Your passkeys');
    server.sleep(1);
    const answers = [
      await open(agent, '/oauth/passkeys'),
      await open(agent, await agent.post('/oauth/passkeys', made(page, thief))),
      await open(agent, await agent.post('/oauth/passkeys', { _csrf: page._csrf, remove })),
    ];
    expect(answers.map(({ html }) => [isLogin(html), html.includes('to manage your passkeys')])).toEqual(Array(3).fill([true, true]));
    expect([await got(await signInBy(thief)), await got(await signInBy(owned))]).toEqual([refused, accepted]);
  });

  it('takes what a page asks for only as long as the page may be used', async () => {
    const agent = await begin({ passkeys: { offer: false } });
    await signInFor(agent);
    server.sleep(599);
    const [good, late] = [await open(agent, '/oauth/passkeys'), await open(agent, '/oauth/passkeys')];
    expect((await agent.post('/oauth/passkeys', made(good, createAuthenticator(server.url)))).status).toBe(303);
    server.sleep(1);
    const { _csrf } = await signInFor(agent);
    const answer = await agent.post('/oauth/passkeys', { ...made(late, createAuthenticator(server.url)), _csrf });
    expect([answer.status, namesOn(await answer.text())]).toEqual([422, [expect.any(String)]]);
  });

  it('tells the browser to forget what was made and refused', async () => {
    const agent = await begin();
    const page = await signInFor(agent);
    const authenticator = createAuthenticator(server.url);
    const passkey = authenticator.create(optionsOn(page.html), { origin: 'http://localhost:1' });
    const { html, status } = await open(agent, await agent.post('/oauth/passkeys', { ...made(page, authenticator), passkey }));
    expect([status, forgottenOn(html)]).toEqual([422, { rpId: 'localhost', credentialId: authenticator.id }]);
    expect(html).toMatch(/role="alert">(?:(?!<\/p>)[\s\S])*No passkey was created\. Please try again\./);
  });

  it('tells the browser to forget what was made too late, and asks for the password', async () => {
    const agent = await begin();
    const page = await signInFor(agent);
    const authenticator = createAuthenticator(server.url);
    server.sleep(600);
    const { html } = await open(agent, await agent.post('/oauth/passkeys', made(page, authenticator)));
    expect([isLogin(html), html.includes('No passkey was created. Please try again.')]).toEqual([true, true]);
    expect(forgottenOn(html)).toEqual({ rpId: 'localhost', credentialId: authenticator.id });
  });

  it('lets the browser keep what was added, though the form was sent twice', async () => {
    const agent = await begin();
    const form = made(await signInFor(agent), createAuthenticator(server.url));
    expect((await agent.post('/oauth/passkeys', form)).status).toBe(303);
    const second = await agent.post('/oauth/passkeys', form);
    expect([second.status, forgottenOn(await second.text())]).toEqual([422, null]);
  });

  it('adds nothing by the challenge of somebody else', async () => {
    const agent = await begin();
    const page = await signInFor(agent);
    const other = new Agent(server.url);
    const own = await signInFor(other, bob);
    const authenticator = createAuthenticator(server.url);
    const answer = await other.post('/oauth/passkeys', { ...made(page, authenticator), _csrf: own._csrf });
    expect([answer.status, namesOn(await answer.text())]).toEqual([422, []]);
  });

  it('says nothing that was not done, whatever link leads to it', async () => {
    const agent = await begin();
    const says = async (from: string, who = agent) => / class="box done" role="status"/.test((await open(who, from)).html);
    const linkOf = (answer: Response) => answer.headers.get('location') ?? '';
    const added = linkOf(await agent.post('/oauth/passkeys', made(await signInFor(agent), createAuthenticator(server.url))));
    expect(await says(added)).toBe(true);
    const { html, _csrf } = await open(agent, '/oauth/passkeys');
    const removed = linkOf(await agent.post('/oauth/passkeys', { _csrf, remove: namesOn(html)[0] ?? '' }));
    expect([await says(removed), await says(added), await says('/oauth/passkeys?done=removed')]).toEqual([true, false, false]);
    const other = new Agent(server.url);
    await signInFor(other, bob);
    expect(await says(removed, other)).toBe(false);
    server.sleep(299);
    expect(await says(removed)).toBe(true);
    server.sleep(1);
    expect(await says(removed)).toBe(false);
  });
});

describe('the host', () => {
  const used = { id: expect.stringMatching(/^[\w-]{43}$/), createdAt: expect.any(Number), lastUsedAt: expect.any(Number), synced: false };

  it('sees the passkeys of a user, and nothing that would tell which authenticator made them', async () => {
    const authenticator = await enrol(await begin());
    const [before] = await server.oauth.passkeys.of('alice');
    await signInBy(authenticator);
    const after = await server.oauth.passkeys.of('alice');
    expect([before?.lastUsedAt, after]).toEqual([undefined, [used]]);
    expect(JSON.stringify(after)).not.toContain(authenticator.id);
    expect(await server.oauth.passkeys.of('bob')).toEqual([]);
  });

  it('removes one of a user, or all, and hears how many there were', async () => {
    const authenticator = await enrol(await begin());
    const [{ id } = { id: '' }] = await server.oauth.passkeys.of('alice');
    const events = record(server.oauth);
    const { passkeys } = server.oauth;
    expect([await passkeys.remove('bob', id), await passkeys.remove('bob'), await passkeys.remove('alice', 'x')]).toEqual([0, 0, 0]);
    expect(await got(await signInBy(authenticator))).toEqual(accepted);
    expect([await passkeys.remove('alice', id), await passkeys.remove('alice')]).toEqual([1, 0]);
    expect(await events.takeOne('passkey.removed')).toMatchObject({ sub: 'alice', passkey: id });
    expect(await got(await signInBy(authenticator))).toEqual(refused);
  });

  it('removes all at the end of an account', async () => {
    const agent = await begin();
    const authenticators = [await enrol(agent), createAuthenticator(server.url)] as const;
    await agent.post('/oauth/passkeys', made(await open(agent, '/oauth/passkeys'), authenticators[1]));
    expect([await server.oauth.passkeys.remove('alice'), await server.oauth.passkeys.of('alice')]).toEqual([2, []]);
    for (const authenticator of authenticators) expect(await got(await signInBy(authenticator))).toEqual(refused);
  });

  it('finds nobody with a passkey where they are off', async () => {
    await begin({ passkeys: false });
    expect([await server.oauth.passkeys.of('alice'), await server.oauth.passkeys.remove('alice')]).toEqual([[], 0]);
  });
});

describe('a password that was stolen', () => {
  const withSteps = (...steps: readonly UserStep[]) => ({
    users: { ...testOptions('http://localhost').users, steps } as OAuthRouterOptions['users'],
  });
  const forMfa = totp({ isDue: ({ acr_values }) => acr_values.includes(mfa) });
  const onPasskeys = totp({ isDue: ({ page }) => page === 'passkeys' });
  const stronger = 'To add a passkey, sign in with your second factor first.';

  it.each<[string, Partial<OAuthRouterOptions>]>([
    ['where passkeys reach a class', { passkeys: { acr: mfa } }],
    ['where a client may ask for a second factor', withSteps(forMfa)],
    ['where the host says so', { passkeys: { mayEnrol: () => false } }],
  ])('makes no passkey, which clients would believe more: %s', async (_, options) => {
    const agent = await begin(options);
    const signedIn = await signIn(agent);
    expect(signedIn.html).toContain('name="decision"');
    const page = await open(agent, '/oauth/passkeys');
    expect([page.html.includes(stronger), page.html.includes('data-passkey="create"'), page.html.includes('name="challenge"')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('makes no passkey of what was asked of who had shown more', async () => {
    let may = true;
    const agent = await begin({ passkeys: { mayEnrol: () => may } });
    const offer = await signIn(agent);
    const [early, late] = [createAuthenticator(server.url), createAuthenticator(server.url)];
    may = false;
    const refusedOffer = await open(agent, await agent.post(actionOf(offer.html), made(offer, early)));
    expect(isOffer(refusedOffer.html)).toBe(true);
    const { ticket, _csrf } = refusedOffer;
    await open(agent, await agent.post(actionOf(refusedOffer.html), { ticket, _csrf, later: 'later' }));
    may = true;
    const page = await open(agent, '/oauth/passkeys');
    may = false;
    const answer = await agent.post('/oauth/passkeys', made(page, late));
    expect([answer.status, (await answer.text()).includes(stronger)]).toEqual([422, true]);
    expect([await got(await signInBy(early)), await got(await signInBy(late))]).toEqual([refused, refused]);
  });

  it('still shows the owner which passkeys there are, and removes them', async () => {
    let may = true;
    const agent = await begin({ passkeys: { mayEnrol: () => may } });
    await enrol(agent);
    may = false;
    const { html, _csrf } = await open(agent, '/oauth/passkeys');
    const [, remove = ''] = /name="remove" value="([^"]+)"/.exec(html) ?? [];
    const after = await open(agent, await agent.post('/oauth/passkeys', { _csrf, remove }));
    expect([after.html.includes('The passkey was removed.'), after.html.includes('name="remove"')]).toEqual([true, false]);
  });

  it('meets the second factor that the host requires for the page', async () => {
    const agent = await begin({ ...withSteps(onPasskeys), passkeys: { offer: false, acr: 'urn:example:passkey' } });
    const step = await signIn(agent, alice, '/oauth/passkeys');
    expect(step.html).toContain('Code from your app');
    const { ticket, _csrf } = step;
    const page = await open(agent, await agent.post(actionOf(step.html), { ticket, _csrf, code: '123456' }));
    const authenticator = createAuthenticator(server.url);
    expect((await agent.post('/oauth/passkeys', made(page, authenticator))).status).toBe(303);
    expect(await got(await signInBy(authenticator))).toEqual(accepted);
  });

  it('is asked for no second factor where it is not due', async () => {
    expect((await signIn(await begin(withSteps(onPasskeys)))).html).toContain('name="decision"');
    expect((await signIn(new Agent(server.url), alice, '/oauth/apps')).html).not.toContain('Code from your app');
  });

  it('goes no further where the host forgot to answer', async () => {
    const forgetful = (() => undefined) as unknown as () => boolean;
    expect((await signIn(await begin({ passkeys: { mayEnrol: forgetful } }))).html).toContain('name="decision"');
    expect(logged).toHaveLength(1);
  });
});

describe('whoever reads the store', () => {
  it('finds nothing there by which they could sign in', async () => {
    const memory = memoryStore(systemClock);
    const written: string[] = [];
    const noting =
      <A extends readonly unknown[], R>(run: (...all: A) => R) =>
      (...all: A): R => {
        written.push(JSON.stringify(all));
        return run(...all);
      };
    const { put, add, swap, link } = memory;
    const store: Store = { ...memory, put: noting(put), add: noting(add), swap: noting(swap), link: noting(link) };
    const authenticator = await enrol(await begin({ store }));
    const agent = new Agent(server.url);
    const form = shown(await openPage(agent, start()), authenticator);
    expect(await got(await agent.post('/oauth/login', form))).toEqual(accepted);
    const { response } = JSON.parse(form.passkey ?? '') as { response: { signature: string; clientDataJSON: string } };
    const { challenge } = JSON.parse(Buffer.from(response.clientDataJSON, 'base64url').toString()) as { challenge: string };
    const all = written.join('\n');
    expect(all).toContain(authenticator.id); // the public part is there
    for (const secret of [challenge, form.challenge, response.signature, response.clientDataJSON]) expect(all).not.toContain(secret);
  });
});
