/** The host's own functions throw, hang, or give nonsense: a clear answer, an event, a line in the log; nothing leaks and nobody waits without end. */
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { OAuthRouterOptions } from '../../lib/config/options/index.js';
import { systemClock } from '../../lib/platform/clock.js';
import { memoryStore } from '../../lib/store/memory.js';
import { Agent } from '../support/agent.js';
import { record } from '../support/events.js';
import {
  alice,
  authorizeUrl,
  callApi,
  form,
  freshCode,
  pkce,
  postLogin,
  type TestServer,
  testServer,
  token,
  web,
} from '../support/server.js';

const patience = 10_000; // milliseconds
const private_ = 'postgres://admin:hunter2@10.0.0.7/users';

let server: TestServer;
let errors: string[];
let realTimeout: typeof setTimeout;

/** The host's functions have ten seconds; here those pass at once. */
beforeEach(() => {
  realTimeout = globalThis.setTimeout;
  jest
    .spyOn(globalThis, 'setTimeout')
    .mockImplementation(((act: () => void, delay?: number, ...given: []) =>
      realTimeout(act, delay === patience ? 100 : delay, ...given)) as typeof setTimeout);
});

afterEach(async () => {
  jest.restoreAllMocks();
  await server.close();
});

async function serve(options: Partial<OAuthRouterOptions>): Promise<ReturnType<typeof record>> {
  errors = [];
  const log = { warn: () => {}, error: (message: string, cause: unknown) => void errors.push(`${message} ${inspect(cause)}`) };
  server = await testServer({ options: { log, development: false, ...options } });
  return record(server.oauth);
}

const users = { authenticate: ({ username }: { username: string }) => ({ id: username, name: username }) };
type Fault = { readonly name: string; readonly status: number; readonly fail: () => unknown };

const throws: Fault = {
  name: 'throws',
  status: 500,
  fail: () => {
    throw new Error(`cannot reach ${private_}`);
  },
};
const rejects: Fault = { name: 'rejects with no error at all', status: 500, fail: () => Promise.reject(private_) };
const hangs: Fault = { name: 'hangs', status: 503, fail: () => new Promise(() => {}) };
const nonsense = (value: unknown): Fault => ({
  name: `gives ${String(JSON.stringify(value)).slice(0, 30)}`,
  status: 500,
  fail: () => value,
});
const faults = [throws, rejects, hangs];

/** Once the way back to the client is known, errors travel there. RFC 6749 section 4.1.2.1. */
async function expectToTravel(answer: Response, status: number, events: ReturnType<typeof record>): Promise<void> {
  const location = new URL(answer.headers.get('location') ?? '');
  expect(location.origin).toBe('https://client.example.com');
  expect(location.searchParams.get('error')).toBe(status === 503 ? 'temporarily_unavailable' : 'server_error');
  expect(location.href).not.toMatch(/hunter2|postgres/);
  expect(await events.take()).toEqual(
    expect.arrayContaining([expect.objectContaining({ name: 'request.refused', endpoint: 'authorize' })]),
  );
  expect(errors).toHaveLength(1);
}

/** A page or JSON that is clear, an event, a line for the operator, and not a word of what went wrong inside. */
async function expectClear(answer: Response, status: number, events: ReturnType<typeof record>, endpoint: string): Promise<void> {
  const text = await answer.text();
  expect({ status: answer.status, text }).toEqual({
    status,
    text: expect.not.stringMatching(/hunter2|postgres|node_modules|\bat .*\.(ts|js):/),
  });
  if (answer.headers.get('content-type')?.includes('json')) {
    expect(JSON.parse(text)).toMatchObject({ error: status === 503 ? 'temporarily_unavailable' : 'server_error' });
  } else expect(text).toMatch(/<h1[^>]*>[^<]+<\/h1>/);
  if (status === 503) expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
  expect(await events.take()).toEqual(expect.arrayContaining([expect.objectContaining({ name: 'request.refused', endpoint })]));
  expect(errors).toHaveLength(1);
}

describe.each([
  ...faults,
  nonsense(true),
  nonsense(42),
  nonsense({}),
  nonsense({ id: '' }),
  nonsense({ id: { toString: 1 } }),
  nonsense({ id: 'x'.repeat(256) }),
])('users.authenticate $name', ({ fail, status }) => {
  it('at the login page', async () => {
    const events = await serve({ users: { authenticate: fail as never } });
    await expectClear(await postLogin(new Agent(server.url)), status, events, 'login');
  });
});

describe.each([...faults, nonsense(true), nonsense([])])('users.authenticate $name', ({ fail, status }) => {
  it('at the token endpoint', async () => {
    const client = { ...web, grant_types: ['password'] };
    const events = await serve({ users: { authenticate: fail as never }, clients: [client] });
    const body = form({ grant_type: 'password', ...alice, client_id: web.client_id, client_secret: web.client_secret });
    await expectClear(await fetch(`${server.url}/oauth/token`, { method: 'POST', body }), status, events, 'token');
  });
});

describe.each([...faults, nonsense('alice')])('users.find $name', ({ fail, status }) => {
  it('at /authorize and at the token endpoint', async () => {
    let isFailing = false;
    const find = (sub: string) => (isFailing ? fail() : { id: sub });
    const events = await serve({ users: { ...users, find: find as never } });
    const agent = new Agent(server.url);
    const { body } = await token(server.url, await freshCode(server.url, {}, agent));
    isFailing = true;
    const refresh = form({
      grant_type: 'refresh_token',
      refresh_token: body.refresh_token,
      client_id: web.client_id,
      client_secret: web.client_secret,
    });
    await expectClear(await fetch(`${server.url}/oauth/token`, { method: 'POST', body: refresh }), status, events, 'token');
    errors = [];
    await expectToTravel(await agent.get(authorizeUrl(server.url, pkce().code_challenge)), status, events);
  });
});

describe.each([...faults, nonsense('alice')])('users.current $name', ({ fail, status }) => {
  it('at /authorize', async () => {
    const events = await serve({ users: { current: fail as never, loginUrl: '/login' } });
    await expectToTravel(await new Agent(server.url).get(authorizeUrl(server.url, pkce().code_challenge)), status, events);
  });
});

const circular: Record<string, unknown> = {};
circular.email = circular;

describe.each([
  ...faults,
  { name: 'gives what JSON cannot say', status: 500, fail: () => ({ email: 1n }) },
  { name: 'gives a circle', status: 500, fail: () => circular },
])('users.claims $name', ({ fail, status }) => {
  it('at userinfo', async () => {
    let isFailing = false;
    const events = await serve({ users: { ...users, claims: (() => (isFailing ? fail() : {})) as never } });
    const { body } = await token(server.url, await freshCode(server.url, { scope: 'openid email' }));
    isFailing = true;
    const answer = await fetch(`${server.url}/oauth/userinfo`, { headers: { Authorization: `Bearer ${body.access_token}` } });
    await expectClear(answer, status, events, 'userinfo');
  });
});

describe.each([...faults, nonsense('web'), nonsense({ client_id: 'web', redirect_uris: 'x' })])('findClient $name', ({ fail, status }) => {
  it('at /authorize, as a page: nobody is sent anywhere', async () => {
    const events = await serve({ clients: [], findClient: fail as never });
    await expectClear(await new Agent(server.url).get(authorizeUrl(server.url, pkce().code_challenge)), status, events, 'authorize');
  });
});

describe.each(faults)('a step of users.steps $name', ({ fail, status }) => {
  const step = { name: 'code', page: { title: 'Code', fields: [] }, submit: () => ({ done: true as const }) };

  it.each(['isDue', 'begin'])('in %s', async (member) => {
    const events = await serve({ users: { ...users, steps: [{ ...step, [member]: fail }] } });
    await expectClear(await postLogin(new Agent(server.url)), status, events, 'login');
  });

  it('in page', async () => {
    const events = await serve({ users: { ...users, steps: [{ ...step, page: fail as never }] } });
    const agent = new Agent(server.url);
    const answer = await postLogin(agent);
    await expectClear(await agent.get(answer.headers.get('location') ?? ''), status, events, 'step');
  });

  it('in submit', async () => {
    const events = await serve({ users: { ...users, steps: [{ ...step, submit: fail as never }] } });
    const agent = new Agent(server.url);
    const location = (await postLogin(agent)).headers.get('location') ?? '';
    const html = await (await agent.get(location)).text();
    const fields = Object.fromEntries(
      ['ticket', '_csrf'].map((name) => [name, new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? '']),
    );
    await expectClear(await agent.post('/oauth/step?step=code', fields), status, events, 'step');
  });
});

describe.each([...faults, nonsense(42), nonsense({ sub: 1 })])('a grant of the host $name', ({ fail, status }) => {
  it('at the token endpoint', async () => {
    const type = 'urn:example:grant-type:magic-link';
    const grants = [{ type, redeem: fail as never }];
    const events = await serve({ grants, clients: [{ ...web, grant_types: [type] }] });
    const body = form({ grant_type: type, client_id: web.client_id, client_secret: web.client_secret });
    await expectClear(await fetch(`${server.url}/oauth/token`, { method: 'POST', body }), status, events, 'token');
  });
});

describe.each([...faults, nonsense(undefined), nonsense('yes')])('passkeys.mayEnrol $name', ({ fail, status }) => {
  it('at the page of passkeys', async () => {
    const events = await serve({ users, passkeys: { mayEnrol: fail as never } });
    const agent = new Agent(server.url);
    await freshCode(server.url, {}, agent);
    await expectClear(await agent.get('/oauth/passkeys'), status, events, 'passkeys');
  });
});

describe.each(faults)('passkeys.store $name', ({ fail, status }) => {
  it('at the page of passkeys', async () => {
    const store = { find: fail, list: fail, add: fail, update: fail, remove: fail };
    const events = await serve({ users, passkeys: { store: store as never } });
    const agent = new Agent(server.url);
    await freshCode(server.url, {}, agent);
    await expectClear(await agent.get('/oauth/passkeys'), status, events, 'passkeys');
  });
});

describe.each(faults)('registration.refuse $name', ({ fail, status }) => {
  it('and nothing is registered', async () => {
    const events = await serve({ registration: { refuse: fail as never } });
    const body = JSON.stringify({ redirect_uris: ['https://new.example.com/callback'] });
    const answer = await fetch(`${server.url}/oauth/register`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
    await expectClear(answer, status, events, 'register');
  });
});

describe.each(faults)('a store of the host $name', ({ fail }) => {
  it('is away, like one that says so: 503 at the login page', async () => {
    const store = memoryStore(systemClock);
    let isFailing = false;
    const put: typeof store.put = (...given) => (isFailing ? (fail() as Promise<void>) : store.put(...given));
    const add: typeof store.add = (...given) => (isFailing ? (fail() as Promise<boolean>) : store.add(...given));
    const events = await serve({ store: { ...store, put, add } });
    const agent = new Agent(server.url);
    await freshCode(server.url);
    isFailing = true;
    await expectClear(await postLogin(agent), 503, events, 'login');
  });
});

it('a store of the host that throws is one line in the log, with the cause, however many requests are refused', async () => {
  const store = memoryStore(systemClock);
  let isFailing = false;
  const get: typeof store.get = (key) => (isFailing ? (throws.fail() as never) : store.get(key));
  await serve({ store: { ...store, get } });
  const code = await freshCode(server.url);
  isFailing = true;
  const answers = await Promise.all(Array.from({ length: 20 }, () => token(server.url, code)));
  for (const { status, body } of answers) expect([status, body.error]).toEqual([503, 'temporarily_unavailable']);
  expect(errors).toEqual([expect.stringMatching(/^The store does not answer.*hunter2/s)]);
});

describe.each(faults)('the limiter of a store of the host $name', ({ fail }) => {
  it('is away with it: 503 at the login page', async () => {
    const limiter = { count: fail as () => Promise<number>, giveBack: async () => {}, forget: async () => {} };
    const events = await serve({ store: { ...memoryStore(systemClock), limiter: () => limiter } });
    await expectClear(await postLogin(new Agent(server.url)), 503, events, 'login');
  });
});

describe.each(faults)('allow of protect $name', ({ fail, status }) => {
  it('and the API is not reached', async () => {
    await serve({});
    let reached = false;
    server.app.get('/own', server.oauth.protect({ scopes: ['read:contacts'], allow: fail as never }), () => {
      reached = true;
    });
    server.app.use(((error: { status?: number }, _req: unknown, res: { status(code: number): { end(): void } }, _next: unknown) => {
      res.status(error?.status ?? 500).end(); // the host's own error page
    }) as never);
    const { body } = await token(server.url, await freshCode(server.url));
    const answer = await fetch(`${server.url}/own`, { headers: { Authorization: `Bearer ${body.access_token}` } });
    expect({ status: answer.status, reached }).toEqual({ status, reached: false });
  });
});

describe.each(faults)('a listener of events $name', ({ fail }) => {
  it('and every flow works, with each failure in the log', async () => {
    await serve({});
    server.oauth.on('*', fail as never);
    const { body } = await token(server.url, await freshCode(server.url));
    expect((await callApi(server.url, body.access_token)).status).toBe(200);
  });
});

describe.each(faults)('the log $name', ({ fail }) => {
  it('and every flow works, and what was told stands on the console', async () => {
    const told = jest.spyOn(console, 'error').mockImplementation(() => {});
    server = await testServer({
      options: { log: { warn: fail as never, error: fail as never }, users: { authenticate: throws.fail as never } },
    });
    expect((await postLogin(new Agent(server.url))).status).toBe(500);
    await new Promise((settled) => setImmediate(settled));
    expect(told.mock.calls).toHaveLength(fail === hangs.fail ? 0 : 1);
  });
});
