/** What users leave out when they allow the rest: RFC 6749 section 3.3 lets them, and the answer says what is left. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent } from '../support/agent.js';
import {
  authorizeUrl,
  openConsent,
  openPage,
  type Page,
  pkce,
  postLogin,
  type TestServer,
  testServer,
  token,
  walk,
  web,
} from '../support/server.js';
import { attribute } from '../support/walker.js';

const [contacts, calendar] = ['https://api.example.com/contacts', 'https://api.example.com/calendar'] as const;
const ours = { ...web, client_id: 'ours', firstParty: true };

const apis = {
  [contacts]: {
    name: 'Contacts',
    scopes: {
      'read:contacts': 'See your contacts',
      'create:contacts': { description: 'Add contacts', optional: true },
      'delete:contacts': { description: 'Delete contacts', optional: true },
      export: { description: 'Export contacts', optional: true },
    },
  },
  [calendar]: {
    name: 'Calendar',
    scopes: {
      read: { description: 'See your appointments', optional: true },
      export: { description: 'Export appointments', optional: true },
    },
  },
};

const all = { scope: 'read:contacts create:contacts delete:contacts' };
const [create, remove] = [`${contacts} create:contacts`, `${contacts} delete:contacts`] as const;
const both = { scope: 'openid read:contacts export', resource: [contacts, calendar] };

let server: TestServer;
let users = 0;

beforeAll(async () => {
  const authenticate = ({ username }: { username: string }) => ({ id: username, name: username });
  server = await testServer({ options: { clients: [web, ours], users: { authenticate }, apis } });
});

afterAll(() => server.close());

/** A user who has allowed nothing yet. */
function somebody() {
  users += 1;
  return { username: `user-${users}`, password: 'correct horse' };
}

type Wishes = Readonly<Record<string, string | readonly string[] | undefined>>;

const { code_verifier, code_challenge } = pkce();

function start({ resource = [], ...parameters }: Wishes): string {
  const resources = [resource].flat().map((one) => `&${new URLSearchParams({ resource: one })}`);
  return `${authorizeUrl('', code_challenge, parameters as Record<string, string>)}${resources.join('')}`;
}

/** One thing on the page: its words, and whether there is a box, with a tick, to post it by name. */
interface Item {
  readonly words: string;
  readonly name?: string;
  readonly ticked?: boolean;
}

function itemsOf(html: string, list: 'asked' | 'before'): Item[] {
  const lists = [...html.matchAll(new RegExp(`<ul class="scopes ${list}">(.*?)</ul>`, 'gs'))].map(([, content]) => content).join('');
  return [...lists.matchAll(/<li>(.*?)<\/li>/gs)].map(([, item = '']) => {
    const [, words = ''] = /<span(?: dir="auto")?>([^<]+)<\/span>/.exec(item) ?? [];
    const [box] = /<input[^>]*>/.exec(item) ?? [];
    return box === undefined ? { words } : { words, name: attribute(box, 'value') ?? '', ticked: / checked\b/.test(box) };
  });
}

/** What the form has as hidden fields besides the ticks. */
function hiddenPermissions(html: string): string[] {
  return [...html.matchAll(/<input type="hidden" name="permission"[^>]*>/g)].map(([input]) => attribute(input, 'value') ?? '');
}

/** What a browser sends where these of the boxes are ticked. */
function decide(agent: Agent, { ticket, _csrf, html }: Page, ticked: readonly string[], decision = 'allow'): Promise<Response> {
  const fields = { ticket, _csrf, decision };
  const permissions = [...ticked, ...hiddenPermissions(html)].map((name): [string, string] => ['permission', name]);
  return send(agent, [...Object.entries(fields), ...permissions]);
}

function send(agent: Agent, fields: [string, string][]): Promise<Response> {
  const cookie = [...agent.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const body = new URLSearchParams(fields);
  return fetch(`${server.url}/oauth/consent`, { method: 'POST', redirect: 'manual', headers: { cookie }, body });
}

const queryOf = (answer: Response) => Object.fromEntries(new URL(answer.headers.get('location') ?? '', server.url).searchParams);

async function redeem(answer: Response, parameters: Record<string, string> = {}) {
  const { code } = queryOf(answer);
  const { body } = await token(server.url, { grant_type: 'authorization_code', code, code_verifier, ...parameters });
  return body;
}

/** Somebody who is asked for all, allows this of it, and is given tokens. */
async function allowed(ticked: readonly string[], wishes: Wishes = all) {
  const agent = new Agent(server.url);
  const answer = await decide(agent, await openConsent(agent, somebody(), start(wishes)), ticked);
  return { agent, answer, tokens: await redeem(answer) };
}

describe('the consent page', () => {
  it('has a box, with a tick in it, at what may be left out, and none at what may not', async () => {
    const { html } = await openConsent(new Agent(server.url), somebody(), start({ scope: `openid ${all.scope}` }));
    expect(itemsOf(html, 'asked')).toEqual([
      { words: 'Recognise you when you sign in' },
      { words: 'See your contacts' },
      { words: 'Add contacts', name: create, ticked: true },
      { words: 'Delete contacts', name: remove, ticked: true },
    ]);
    expect(html).toContain('Tick what you want to allow.');
  });

  it('speaks of no box where there is none', async () => {
    const { html } = await openConsent(new Agent(server.url), somebody(), start({ scope: 'openid read:contacts' }));
    expect(html).not.toMatch(/checkbox|Untick/);
  });

  it('says which API each is of, where there are several', async () => {
    const { html } = await openConsent(new Agent(server.url), somebody(), start({ scope: both.scope, resource: both.resource }));
    const parts = [
      ...html.matchAll(/<h3>([^<]*)<\/h3>|<span(?: dir="auto")?>([^<]+)<\/span>(?:<\/span>)?(?:<svg[\s\S]*?<\/svg>)?<\/(?:li|label)/g),
    ].map(([, api, words]) => api ?? words);
    expect(parts).toEqual([
      'Recognise you when you sign in',
      'Contacts',
      'See your contacts',
      'Export contacts',
      'Calendar',
      'Export appointments',
    ]);
  });

  it('names no API where there is one', async () => {
    const { html } = await openConsent(new Agent(server.url), somebody(), start({ scope: 'openid read:contacts create:contacts' }));
    expect(html).not.toContain('<h3>');
  });
});

describe('the consent page, shown again', () => {
  const ticksOn = async (answer: Response) =>
    itemsOf(await answer.text(), 'asked').flatMap(({ words, ticked }) => (ticked === undefined ? [] : [[words, ticked]]));

  it('leaves unticked what was, since nobody may notice that a tick is back: where the form has to be sent once more', async () => {
    const agent = new Agent(server.url);
    const { ticket } = await openConsent(agent, somebody(), start(all));
    const answer = await send(agent, [...Object.entries({ ticket, _csrf: 'lost', decision: 'allow' }), ['permission', remove]]);
    expect(answer.status).toBe(403);
    expect(await ticksOn(answer)).toEqual([
      ['Add contacts', false],
      ['Delete contacts', true],
    ]);
  });

  it('leaves unticked what was, also where somebody else is signed in by now', async () => {
    const agent = new Agent(server.url);
    const page = await openConsent(agent, somebody(), start(all));
    agent.cookies.delete('oauth_session');
    await postLogin(agent, somebody());
    const answer = await decide(agent, page, [create]);
    expect(answer.status).toBe(409);
    expect(await ticksOn(answer)).toEqual([
      ['Add contacts', true],
      ['Delete contacts', false],
    ]);
  });

  it('has every tick, if it is opened anew', async () => {
    const agent = new Agent(server.url);
    await openConsent(agent, somebody(), start(all));
    const { html } = await openPage(agent, start(all));
    expect(itemsOf(html, 'asked').filter(({ ticked }) => ticked === false)).toEqual([]);
  });
});

describe('what was granted', () => {
  it.each<readonly [string, readonly string[], string]>([
    ['all', [create, remove], 'read:contacts create:contacts delete:contacts'],
    ['part of it', [remove], 'read:contacts delete:contacts'],
    ['what may not be left out', [], 'read:contacts'],
  ])('is told to the client with the tokens, and again with each refresh: %s', async (_, ticked, scope) => {
    const { tokens } = await allowed(ticked);
    expect(tokens.scope).toBe(scope);
    const refreshed = await token(server.url, { grant_type: 'refresh_token', refresh_token: tokens.refresh_token });
    expect(refreshed.body.scope).toBe(scope);
  });

  it('is what the access token is good for, and no more', async () => {
    const { tokens } = await allowed([remove]);
    const call = (method: string) =>
      fetch(`${server.url}/api/contacts`, { method, headers: { Authorization: `Bearer ${tokens.access_token}` } });
    expect([(await call('GET')).status, (await call('POST')).status]).toEqual([200, 403]);
  });

  it('cannot be widened by a refresh', async () => {
    const { tokens } = await allowed([remove]);
    const answer = await token(server.url, { grant_type: 'refresh_token', refresh_token: tokens.refresh_token, scope: 'create:contacts' });
    expect(answer.body.error).toBe('invalid_scope');
  });

  it('is nothing, if all may be left out and is: then access was denied', async () => {
    const agent = new Agent(server.url);
    const answer = await decide(agent, await openConsent(agent, somebody(), start({ scope: 'create:contacts delete:contacts' })), []);
    expect(answer.status).toBe(303);
    expect(queryOf(answer)).toMatchObject({ error: 'access_denied', state: 'a state', iss: server.url });
    const again = await agent.get(start({ scope: 'create:contacts' }));
    expect(await again.text()).toContain('name="decision"');
  });

  it("is the host's own client's without a question", async () => {
    const agent = new Agent(server.url);
    await openConsent(agent, somebody(), start(all)); // signs in
    const answer = await agent.get(start({ ...all, client_id: ours.client_id }));
    expect((await redeem(answer, { client_id: ours.client_id, client_secret: ours.client_secret })).scope).toBe(all.scope);
  });
});

describe('a forged form', () => {
  /** The page of a request for `scope`, and what its client is given when the form has these permissions, and nothing else. */
  async function forged(permissions: readonly string[], scope = 'read:contacts create:contacts') {
    const agent = new Agent(server.url);
    const { ticket, _csrf } = await openConsent(agent, somebody(), start({ scope }));
    const fields = [
      ...Object.entries({ ticket, _csrf, decision: 'allow' }),
      ...permissions.map((name): [string, string] => ['permission', name]),
    ];
    return send(agent, fields);
  }

  it.each<readonly [string, readonly string[]]>([
    ['nothing', []],
    ['an empty name', ['']],
    ['a scope without its API', ['create:contacts']],
    ['the API without a scope', [contacts]],
    ['what was not asked for', [remove]],
    ['what was not asked for, at another API', [`${calendar} read`]],
    ['the same at another API', [`${calendar} create:contacts`]],
    ['all in one', [`${create} ${remove}`]],
    ['another spelling', [create.toUpperCase(), ` ${create}`, `${create} `, create.replace(' ', '  ')]],
    ['something about the user', [' email', 'email', ' openid']],
    ['what stands in every object', ['__proto__', 'constructor']],
  ])('grants what may not be left out, and nothing by %s', async (_, permissions) => {
    expect((await redeem(await forged(permissions))).scope).toBe('read:contacts');
  });

  it('grants what was asked for once, though it is ticked twice and stands among others', async () => {
    expect((await redeem(await forged([remove, create, 'x', create]))).scope).toBe('read:contacts create:contacts');
  });

  it('grants what may not be left out, though everything is ticked but that', async () => {
    expect((await redeem(await forged([create], 'openid read:contacts create:contacts'))).scope).toBe(
      'openid read:contacts create:contacts',
    );
  });

  it('does not count if it is not our page that has sent it', async () => {
    const agent = new Agent(server.url);
    const { ticket } = await openConsent(agent, somebody(), start(all));
    const answer = await send(agent, [...Object.entries({ ticket, _csrf: 'forged', decision: 'allow' }), ['permission', create]]);
    expect({ status: answer.status, location: answer.headers.get('location') }).toEqual({ status: 403, location: null });
  });

  it('is refused on a page, if a permission cannot be read', async () => {
    const answer = await forged([`${create}\0`]);
    expect({ status: answer.status, location: answer.headers.get('location') }).toEqual({ status: 400, location: null });
  });
});

describe('what was left out', () => {
  it('is all that the user is asked for when the client asks again', async () => {
    const { agent } = await allowed([create]);
    const { html } = await openPage(agent, start(all));
    expect(itemsOf(html, 'asked')).toEqual([{ words: 'Delete contacts', name: remove, ticked: true }]);
    expect(itemsOf(html, 'before')).toEqual([{ words: 'See your contacts' }, { words: 'Add contacts' }]);
  });

  it('comes on top of what was allowed before, when it is allowed later', async () => {
    const { agent } = await allowed([create]);
    const answer = await decide(agent, await openPage(agent, start(all)), [remove]);
    expect((await redeem(answer)).scope).toBe(all.scope);
    const location = (await agent.get(start(all))).headers.get('location'); // and nobody is asked any more
    expect(location).toContain('code=');
  });

  it('may be left out again, and what was allowed before stays', async () => {
    const { agent } = await allowed([create]);
    const answer = await decide(agent, await openPage(agent, start(all)), []);
    expect((await redeem(answer)).scope).toBe('read:contacts create:contacts');
  });

  it('is not asked for where the client does not ask for it', async () => {
    const { agent } = await allowed([create]);
    const answer = await agent.get(start({ scope: 'read:contacts create:contacts' }));
    expect((await redeem(answer)).scope).toBe('read:contacts create:contacts');
  });

  it('does not come to the tokens that were given out before', async () => {
    const { agent, tokens } = await allowed([create]);
    await decide(agent, await openPage(agent, start(all)), [remove]);
    const refreshed = await token(server.url, { grant_type: 'refresh_token', refresh_token: tokens.refresh_token });
    expect(refreshed.body.scope).toBe('read:contacts create:contacts');
  });
});

describe('where no page may be shown', () => {
  const silent = { ...all, prompt: 'none' };

  it('the client is given what was agreed to, without what was left out', async () => {
    const { agent } = await allowed([create]);
    expect((await redeem(await agent.get(start(silent)))).scope).toBe('read:contacts create:contacts');
  });

  it('the client is given what was agreed to, without what it has never asked for before and the user may leave out', async () => {
    const { agent } = await allowed([], { scope: 'read:contacts' });
    expect((await redeem(await agent.get(start(silent)))).scope).toBe('read:contacts');
  });

  it.each([
    ['what may not be left out was not agreed to', 'create:contacts', 'openid create:contacts'],
    ['nothing that it asks for was agreed to', 'read:contacts', 'create:contacts delete:contacts'],
  ])('the client hears that consent is required, if %s', async (_, before, scope) => {
    const { agent } = await allowed([create], { scope: before });
    expect(queryOf(await agent.get(start({ scope, prompt: 'none' }))).error).toBe('consent_required');
  });

  it('nothing new is remembered', async () => {
    const { agent } = await allowed([create]);
    await agent.get(start(silent));
    const { html } = await openPage(agent, start(all));
    expect(itemsOf(html, 'asked').map(({ words }) => words)).toEqual(['Delete contacts']);
  });
});

describe('scopes of two APIs that share a name', () => {
  const [ofContacts, ofCalendar] = [`${contacts} export`, `${calendar} export`] as const;

  it('are allowed each on its own', async () => {
    const { answer } = await allowed([ofCalendar], both);
    expect(answer.status).toBe(303);
    const agent = new Agent(server.url);
    const page = await openConsent(agent, somebody(), start(both));
    const { code } = queryOf(await decide(agent, page, [ofCalendar]));
    const first = await token(server.url, { grant_type: 'authorization_code', code, code_verifier, resource: contacts });
    const second = await token(server.url, { grant_type: 'refresh_token', refresh_token: first.body.refresh_token, resource: calendar });
    expect([first.body.scope, second.body.scope]).toEqual(['openid read:contacts', 'openid export']);
  });

  it('are asked for each on its own later', async () => {
    const { agent } = await allowed([ofContacts], { scope: 'export', resource: contacts });
    const { html } = await openPage(agent, start({ scope: 'export', resource: [contacts, calendar] }));
    expect(itemsOf(html, 'asked')).toEqual([{ words: 'Export appointments', name: ofCalendar, ticked: true }]);
    expect(itemsOf(html, 'before')).toEqual([{ words: 'Export contacts' }]);
  });

  it('of which one API has nothing left: its tokens cannot be had', async () => {
    const agent = new Agent(server.url);
    const page = await openConsent(agent, somebody(), start({ scope: 'read:contacts export read', resource: [contacts, calendar] }));
    const { code } = queryOf(await decide(agent, page, [ofContacts]));
    const refused = await token(server.url, { grant_type: 'authorization_code', code, code_verifier, resource: calendar });
    expect(refused.body.error).toBe('invalid_target');
    const { body } = await token(server.url, { grant_type: 'authorization_code', code, code_verifier });
    expect(body.scope).toBe('read:contacts export');
  });
});

describe('two tabs', () => {
  it('in which different boxes are ticked: each gives what is ticked there, and all of it is remembered', async () => {
    const agent = new Agent(server.url);
    const one = await openConsent(agent, somebody(), start(all));
    const two = await openPage(agent, start(all));
    const answers = await Promise.all([decide(agent, one, [create]), decide(agent, two, [remove])]);
    const scopes = await Promise.all(answers.map(async (answer) => (await redeem(answer)).scope));
    expect(scopes).toEqual(['read:contacts create:contacts', 'read:contacts delete:contacts']);
    expect((await redeem(await agent.get(start(all)))).scope).toBe(all.scope);
  });

  it('of which the later leaves out what the earlier has allowed: that tab decides for its own answer alone', async () => {
    const agent = new Agent(server.url);
    const one = await openConsent(agent, somebody(), start(all));
    const two = await openPage(agent, start(all));
    await decide(agent, one, [create, remove]);
    expect((await redeem(await decide(agent, two, []))).scope).toBe('read:contacts');
    expect((await redeem(await agent.get(start(all)))).scope).toBe(all.scope);
  });
});

it('is all asked for again where the client wants it to be: what was left out, and what was not', async () => {
  const { agent } = await allowed([create]);
  const page = await openPage(agent, start({ ...all, prompt: 'consent' }));
  expect(hiddenPermissions(page.html)).toEqual([create]);
  expect(itemsOf(page.html, 'before')).toEqual([{ words: 'See your contacts' }, { words: 'Add contacts' }]);
});

it('says nothing of the ticks to whoever denies', async () => {
  const agent = new Agent(server.url);
  const answer = await decide(agent, await openConsent(agent, somebody(), start(all)), [create, remove], 'deny');
  expect(queryOf(answer)).toMatchObject({ error: 'access_denied', error_description: 'The user said no.' });
});

describe("a host's own template that knows of no boxes", () => {
  const template = `<%- include('partials/head', { title: 'Consent' }) -%>
<h1><%= client.name %> asks</h1>
<ul><% for (const { scope, description } of [...asked, ...allowed]) { %><li title="<%= scope %>"><%= t(description) %></li><% } %></ul>
<form method="post" action="<%= action %>">
  <input type="hidden" name="ticket" value="<%= ticket %>"><input type="hidden" name="_csrf" value="<%= csrfToken %>">
  <button name="decision" value="deny">No</button><button name="decision" value="allow">Yes</button>
</form>
<%- include('partials/foot') -%>`;

  let old: TestServer;

  beforeAll(async () => {
    const views = mkdtempSync(join(tmpdir(), 'views-'));
    writeFileSync(join(views, 'consent.ejs'), template);
    old = await testServer({ options: { clients: [web], apis, views } });
  });

  afterAll(() => old.close());

  async function allowedAt(scope: string) {
    const agent = new Agent(old.url);
    const { searchParams } = await walk(agent, authorizeUrl(old.url, code_challenge, { scope }));
    return { agent, answer: Object.fromEntries(searchParams) };
  }

  it('still shows in words all that is asked for', async () => {
    const { html } = await openConsent(new Agent(old.url), undefined, start(all));
    expect([...html.matchAll(/<li title="[^"]*">([^<]*)</g)].map(([, words]) => words)).toEqual([
      'See your contacts',
      'Add contacts',
      'Delete contacts',
    ]);
  });

  it('grants what may not be left out, and nothing that the user could not choose', async () => {
    const { answer } = await allowedAt(`openid ${all.scope}`);
    const { body } = await token(old.url, { grant_type: 'authorization_code', code: answer.code, code_verifier });
    expect(body.scope).toBe('openid read:contacts');
  });

  it('denies what may all be left out', async () => {
    expect((await allowedAt('create:contacts')).answer).toMatchObject({ error: 'access_denied', state: 'a state' });
  });
});
