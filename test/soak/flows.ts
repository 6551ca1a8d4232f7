/** What clients and users do all day, mixed: each flow by another user, from a browser or a machine of its own. */
import { Agent } from '../support/agent.js';
import { alice, authorizeUrl, form, freshCode, openPage, pkce, postLogin, token, walk, web } from '../support/server.js';

/** Each is one flow; it throws if an answer is not the right one. */
const flows: Readonly<Record<string, (url: string, user: string) => Promise<void>>> = {
  'code flow with sign-in': async (url, user) => {
    await tokensOf(url, user);
  },

  'code flow, and ten refreshes': async (url, user) => {
    let { refresh_token } = await tokensOf(url, user);
    for (let times = 0; times < 10; times += 1) {
      const { status, body } = await token(url, { grant_type: 'refresh_token', refresh_token });
      expectStatus(status, 200);
      refresh_token = body.refresh_token;
    }
  },

  'code flow, and revocation': async (url, user) => {
    const { access_token, refresh_token } = await tokensOf(url, user);
    for (const given of [access_token, refresh_token]) {
      expectStatus((await post(url, '/revoke', { token: given, ...as('web') })).status, 200);
    }
    expectStatus((await token(url, { grant_type: 'refresh_token', refresh_token })).status, 400);
  },

  'client credentials, and introspection': async (url) => {
    const { status, body } = await token(url, { grant_type: 'client_credentials', scope: 'read:contacts', ...as('machine') });
    expectStatus(status, 200);
    const answer = await post(url, '/introspect', { token: body.access_token, ...as('api') });
    expectStatus(answer.status, 200);
    if (!(await answer.text()).includes('"active":true')) throw new Error('A fresh token is not active.');
  },

  'wrong password, wrong secret, code used twice': async (url, user) => {
    expectStatus((await postLogin(new Agent(url), { username: user, password: 'wrong' })).status, 422);
    const guess = { grant_type: 'refresh_token', client_id: 'forgetful', client_secret: 'wrong', refresh_token: 'x' };
    expectStatus((await token(url, guess)).status, 401);
    const redemption = await codeOf(new Agent(url), user);
    expectStatus((await token(url, redemption)).status, 200);
    expectStatus((await token(url, redemption)).status, 400);
  },

  'registration, and its end': async (url) => {
    const metadata = { client_name: 'Registered', redirect_uris: ['https://registered.example.com/callback'] };
    const headers = { 'Content-Type': 'application/json' };
    const answer = await fetch(`${url}/oauth/register`, { method: 'POST', headers, body: JSON.stringify(metadata) });
    expectStatus(answer.status, 201);
    const { registration_client_uri, registration_access_token } = (await answer.json()) as Record<string, string>;
    const authorized = { Authorization: `Bearer ${registration_access_token}` };
    expectStatus(
      (
        await fetch(new URL(new URL(registration_client_uri ?? '').search, `${url}/oauth/registration`), {
          method: 'DELETE',
          headers: authorized,
        })
      ).status,
      204,
    );
  },

  'sign-in, second app, sign-out': async (url, user) => {
    const agent = new Agent(url);
    await codeOf(agent, user);
    await walk(agent, authorizeUrl(url, pkce().code_challenge, { client_id: 'spa', redirect_uri: 'https://spa.example.com/callback' }));
    const { _csrf } = await formOf(agent, '/oauth/sign-out');
    expectStatus((await agent.post('/oauth/sign-out', { _csrf })).status, 200);
  },

  'request too long for a URL, left alone': async (url) => {
    const page = await openPage(new Agent(url), authorizeUrl(url, pkce().code_challenge, { state: 's'.repeat(4_000) }));
    expectStatus(page.status, 200);
  },
};

/** How often each comes in a hundred. */
const mix: Readonly<Record<string, number>> = {
  'code flow with sign-in': 30,
  'code flow, and ten refreshes': 15,
  'code flow, and revocation': 10,
  'client credentials, and introspection': 20,
  'wrong password, wrong secret, code used twice': 9,
  'registration, and its end': 5,
  'sign-in, second app, sign-out': 10,
  'request too long for a URL, left alone': 1,
};
const hundred = Object.entries(mix).flatMap(([name, share]) => Array.from({ length: share }, () => name));

/** The one that comes as the nth; 37 has no divisor in common with 100, so that all come in turn. */
export function flowAt(n: number): { readonly name: string; run(url: string): Promise<void> } {
  const name = hundred[(n * 37) % 100] as string;
  const flow = flows[name] as (url: string, user: string) => Promise<void>;
  return { name, run: (url) => flow(url, `user ${n}`) };
}

async function codeOf(agent: Agent, username: string) {
  await postLogin(agent, { username, password: alice.password });
  return freshCode(agent.origin, {}, agent);
}

async function tokensOf(url: string, user: string): Promise<Record<string, string>> {
  const { status, body } = await token(url, await codeOf(new Agent(url), user));
  expectStatus(status, 200);
  return body;
}

async function formOf(agent: Agent, path: string): Promise<{ _csrf: string }> {
  const html = await (await agent.get(path)).text();
  return { _csrf: /name="_csrf" value="([^"]*)"/.exec(html)?.[1] ?? '' };
}

function as(client_id: string) {
  return { client_id, client_secret: web.client_secret };
}

function post(url: string, path: string, fields: Readonly<Record<string, string | undefined>>): Promise<Response> {
  return fetch(`${url}/oauth${path}`, { method: 'POST', body: form(fields) });
}

function expectStatus(status: number, expected: number): void {
  if (status !== expected) throw new Error(`The status is ${status}, not ${expected}.`);
}
