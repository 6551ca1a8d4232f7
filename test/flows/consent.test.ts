/** The consent screen: who is asked, for what, and what comes of it. RFC 6749 section 4.1.1, RFC 8252 section 8.6. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent } from '../support/agent.js';
import {
  authorizeUrl,
  native,
  openConsent,
  openPage,
  type Page,
  pkce,
  postLogin,
  spa,
  type TestServer,
  testServer,
  token,
  walk,
  web,
} from '../support/server.js';

const password = 'correct horse';
const ours = { ...web, client_id: 'ours', firstParty: true };
const oursOnTheDesk = { ...native, client_id: 'ours on the desk', firstParty: true };
const both = { scope: 'read:contacts create:contacts' };

let server: TestServer;
let users = 0;

beforeAll(async () => {
  const authenticate = ({ username }: { username: string }) => ({ id: username, name: username });
  server = await testServer({ options: { clients: [web, spa, native, ours, oursOnTheDesk], users: { authenticate } } });
});

afterAll(() => server.close());

/** A user who has allowed nothing yet. */
function somebody() {
  users += 1;
  return { username: `user-${users}`, password };
}

function start(parameters: Readonly<Record<string, string | undefined>> = {}): string {
  return authorizeUrl('', pkce().code_challenge, parameters);
}

function decide(agent: Agent, { ticket, _csrf }: Page, decision: string): Promise<Response> {
  return agent.post('/oauth/consent', { ticket, _csrf, decision });
}

/** What a request leads to, for somebody who is signed in: a question, or the client. */
async function outcome(agent: Agent, parameters: Readonly<Record<string, string | undefined>> = {}): Promise<string> {
  const answer = await agent.get(start(parameters));
  if (answer.headers.get('location')?.includes('code=')) return 'code';
  return (await answer.text()).includes('name="decision"') ? 'question' : 'something else';
}

/** The lists of what is asked for now, and of what was allowed before. */
function listsOf(html: string): (string[] | undefined)[] {
  const items = (list: RegExp) => {
    const [, content] = list.exec(html) ?? [];
    return content && [...content.matchAll(/<span dir="auto">([^<]*)<\/span>/g)].map(([, text]) => text as string);
  };
  return [items(/<ul class="scopes asked">(.*?)<\/ul>/s), items(/<ul class="scopes before">(.*?)<\/ul>/s)] as (string[] | undefined)[];
}

describe('the consent page', () => {
  it('says who asks, for whom, what for, and where the answer goes', async () => {
    const user = somebody();
    const { html } = await openConsent(
      new Agent(server.url),
      user,
      start({ client_id: spa.client_id, redirect_uri: spa.redirect_uris[0] }),
    );
    for (const words of ['Notes', user.username, 'See your contacts', 'spa.example.com']) expect(html).toContain(words);
  });

  it('asks again only for what is new', async () => {
    const agent = new Agent(server.url);
    await walk(agent, start(), somebody());
    const { html } = await openPage(agent, start(both));
    expect(listsOf(html)).toEqual([['Add contacts'], ['See your contacts']]);
  });

  it('warns of a loopback address, and of no other', async () => {
    const agent = new Agent(server.url);
    const warning = 'is given to a program on this device';
    const loopback = await openConsent(
      agent,
      somebody(),
      start({ client_id: native.client_id, redirect_uri: 'http://127.0.0.1:51004/callback' }),
    );
    const https = await openPage(agent, start());
    expect([loopback.html.includes(warning), https.html.includes(warning)]).toEqual([true, false]);
  });

  it('leads to the login page for whoever wants another account, though somebody is signed in', async () => {
    const agent = new Agent(server.url);
    const { html } = await openConsent(agent, somebody());
    const [, link = ''] = /<a href="([^"]*)">Use another account/.exec(html) ?? [];
    const login = await openPage(agent, link.replaceAll('&amp;', '&'));
    const another = somebody();
    const answer = await agent.post('/oauth/login', { ticket: login.ticket, _csrf: login._csrf, ...another });
    expect((await openPage(agent, answer)).html).toContain(another.username);
  });

  it('answers an unknown decision on a page', async () => {
    const agent = new Agent(server.url);
    const answer = await decide(agent, await openConsent(agent, somebody()), 'perhaps');
    expect({ status: answer.status, location: answer.headers.get('location') }).toEqual({ status: 400, location: null });
  });

  it('shows the login page to somebody whose session has ended meanwhile, and gives no code', async () => {
    const agent = new Agent(server.url);
    const page = await openConsent(agent, somebody());
    agent.cookies.delete('oauth_session');
    const answer = await decide(agent, page, 'allow');
    expect({ status: answer.status, location: answer.headers.get('location') }).toEqual({ status: 400, location: null });
    expect(await answer.text()).toContain('name="password"');
  });

  it('is shown anew, with the name of the user who is signed in now, if that has changed', async () => {
    const agent = new Agent(server.url);
    const page = await openConsent(agent, somebody());
    agent.cookies.delete('oauth_session');
    const another = somebody();
    await postLogin(agent, another);
    const answer = await decide(agent, page, 'allow');
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain(another.username);
  });
});

describe('a user who denies', () => {
  it('goes back to the client with access_denied', async () => {
    const agent = new Agent(server.url);
    const answer = await decide(agent, await openConsent(agent, somebody()), 'deny');
    expect(answer.status).toBe(303);
    expect(Object.fromEntries(new URL(answer.headers.get('location') ?? '').searchParams)).toEqual({
      error: 'access_denied',
      error_description: expect.any(String),
      state: 'a state',
      iss: server.url,
    });
  });

  it('is asked again the next time', async () => {
    const agent = new Agent(server.url);
    await decide(agent, await openConsent(agent, somebody()), 'deny');
    expect(await outcome(agent)).toBe('question');
  });
});

describe('a user who allows', () => {
  it('gives a code for each time that they press the button', async () => {
    const agent = new Agent(server.url);
    const { code_verifier, code_challenge } = pkce();
    const page = await openConsent(agent, somebody(), authorizeUrl('', code_challenge));
    const answers = [await decide(agent, page, 'allow'), await decide(agent, page, 'allow')];
    const codes = answers.map((answer) => new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? '');
    expect(codes[0]).not.toBe(codes[1]);
    const redeemed = await Promise.all(codes.map((code) => token(server.url, { grant_type: 'authorization_code', code, code_verifier })));
    expect(redeemed.map(({ status }) => status)).toEqual([200, 200]);
  });

  it('may do so in two tabs at once, and both answers are remembered', async () => {
    const agent = new Agent(server.url);
    const one = await openConsent(agent, somebody(), start({ scope: 'read:contacts' }));
    const two = await openPage(agent, start({ scope: 'create:contacts' }));
    await Promise.all([decide(agent, one, 'allow'), decide(agent, two, 'allow')]);
    expect(await outcome(agent, both)).toBe('code');
  });

  it('is asked anew by another client', async () => {
    const agent = new Agent(server.url);
    await walk(agent, start(), somebody());
    expect(await outcome(agent, { client_id: spa.client_id, redirect_uri: spa.redirect_uris[0] })).toBe('question');
  });

  it('speaks for nobody else', async () => {
    const agent = new Agent(server.url);
    await walk(agent, start(), somebody());
    agent.cookies.delete('oauth_session');
    await postLogin(agent, somebody());
    expect(await outcome(agent)).toBe('question');
  });

  it('is asked again after a year', async () => {
    const agent = new Agent(server.url);
    const user = somebody();
    await walk(agent, start(), user);
    server.sleep(365 * 86_400);
    await postLogin(agent, user);
    expect(await outcome(agent)).toBe('question');
  });

  it.each([
    ['is not asked again', 'by a confidential client', web.client_id, web.redirect_uris[0], 'code'],
    ['is not asked again', 'by a public client at an https address', spa.client_id, spa.redirect_uris[0], 'code'],
    ['is asked again', 'by a public client at a loopback address', native.client_id, 'http://127.0.0.1:51004/callback', 'question'],
    ['is asked again', 'by a public client with a private-use scheme', native.client_id, 'com.example.app:/callback', 'question'],
    [
      'is asked again',
      "by the host's own client at a loopback address",
      oursOnTheDesk.client_id,
      'http://127.0.0.1:1/callback',
      'question',
    ],
  ])('%s %s', async (_, __, client_id, redirect_uri, expected) => {
    const agent = new Agent(server.url);
    await walk(agent, start({ client_id, redirect_uri }), somebody());
    expect(await outcome(agent, { client_id, redirect_uri })).toBe(expected);
  });
});

describe("the host's own client", () => {
  it('is given a code without a question', async () => {
    const agent = new Agent(server.url);
    const login = await postLogin(agent, somebody(), start({ client_id: ours.client_id }));
    const answer = await agent.get(login.headers.get('location') ?? '');
    expect(answer.headers.get('location')).toContain('code=');
  });

  it('leaves the question to be asked if it runs on the device of the user', async () => {
    const agent = new Agent(server.url);
    const parameters = { client_id: oursOnTheDesk.client_id, redirect_uri: 'http://127.0.0.1:51004/callback' };
    expect((await openConsent(agent, somebody(), start(parameters))).html).toContain('name="decision"');
  });
});
