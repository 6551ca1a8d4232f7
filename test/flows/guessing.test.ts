/** Who guesses at passwords, codes and secrets: is slowed down, from wherever, at whichever process, and keeps nobody else out. RFC 6819 sections 4.3.3 and 4.4.3.4. */
import { afterEach, describe, expect, it } from '@jest/globals';
import express from 'express';
import type { OAuthRouterOptions } from '../../lib/config/options/index.js';
import { systemClock } from '../../lib/platform/clock.js';
import { memoryStore } from '../../lib/store/memory.js';
import { Agent } from '../support/agent.js';
import { startCluster } from '../support/cluster.js';
import { record } from '../support/events.js';
import { measure, recordingStore } from '../support/recording-store.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { alice, authorizeUrl, form, openPage, pkce, type TestServer, testServer, token, web } from '../support/server.js';
import { openStep, totp } from '../support/steps.js';

const wrong = { ...alice, password: 'wrong' };
const [home, elsewhere] = ['198.51.100.7', '203.0.113.66'];

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Behind a proxy, of which Express is told or not; or it believes everybody. */
async function serve(options: Partial<OAuthRouterOptions> = {}, { knowsProxy = true, believesAll = false } = {}): Promise<TestServer> {
  const app = express();
  if (knowsProxy) app.set('trust proxy', believesAll || 'loopback');
  const server = await testServer({ options, app });
  closing.push(server.close);
  return server;
}

async function redisServer(): Promise<RedisServer> {
  const redis = await startRedis();
  closing.push(redis.stop);
  return redis;
}

interface Tab {
  readonly agent: Agent;
  /** Sends the login form. */
  tryWith(credentials: Readonly<Record<string, string>>, from?: string): Promise<Response>;
}

/** A login page that stays open; a proxy tells where its form comes from. */
async function openTab(url: string): Promise<Tab> {
  const agent = new Agent(url);
  const { ticket, _csrf } = await openPage(agent, authorizeUrl(url, pkce().code_challenge));
  return {
    agent,
    tryWith: (credentials, from) =>
      agent.post('/oauth/login', { ticket, _csrf, ...credentials }, from === undefined ? {} : { 'X-Forwarded-For': from }),
  };
}

async function statusesOf(count: number, act: (i: number) => Promise<{ readonly status: number }>): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < count; i += 1) statuses.push((await act(i)).status);
  return statuses;
}

const asClient = async (url: string, client_secret: string, from = home) =>
  fetch(`${url}/oauth/token`, {
    method: 'POST',
    headers: { 'X-Forwarded-For': from },
    body: form({ grant_type: 'x', client_id: web.client_id, client_secret }),
  });

describe('who guesses passwords on the login page', () => {
  it('waits after five, with the right one too, is told how long, and keeps the name that was typed', async () => {
    const server = await serve();
    const tab = await openTab(server.url);
    expect(await statusesOf(5, () => tab.tryWith(wrong, elsewhere))).toEqual([422, 422, 422, 422, 422]);
    const answer = await tab.tryWith(alice, elsewhere);
    const html = await answer.text();
    expect({
      status: answer.status,
      wait: answer.headers.get('retry-after'),
      says: html.includes('too many attempts'),
      name: html.includes('value="alice"'),
      form: html.includes('name="password"'),
      session: tab.agent.cookies.has('oauth_session'),
    }).toEqual({ status: 429, wait: '1', says: true, name: true, form: true, session: false });
    server.sleep(1);
    expect((await tab.tryWith(alice, elsewhere)).status).toBe(303);
  });

  it('waits twice as long each time', async () => {
    const server = await serve();
    const tab = await openTab(server.url);
    await statusesOf(5, () => tab.tryWith(wrong));
    const waits: number[] = [];
    for (let i = 0; i < 5; i += 1) {
      const wait = Number((await tab.tryWith(wrong)).headers.get('retry-after'));
      waits.push(wait);
      server.sleep(wait);
      await tab.tryWith(wrong);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16]);
  });

  it('gains nothing by guessing many at the same time', async () => {
    let asked = 0;
    const authenticate = () => {
      asked += 1;
      return undefined;
    };
    const server = await serve({ users: { authenticate } });
    const tab = await openTab(server.url);
    await Promise.all(Array.from({ length: 30 }, () => tab.tryWith(wrong)));
    expect(asked).toBe(5);
  });

  it('gains nothing by other spellings of the name', async () => {
    const tab = await openTab((await serve()).url);
    await statusesOf(5, (i) => tab.tryWith({ ...wrong, username: ['alice', 'Alice', ' alice', 'ALICE ', '\uff41lice'][i] as string }));
    expect((await tab.tryWith({ ...wrong, username: 'aLICE' })).status).toBe(429);
  });

  it('gains nothing by another address of the same network', async () => {
    const tab = await openTab((await serve()).url);
    await statusesOf(5, (i) => tab.tryWith(wrong, `2001:db8:1:2::${i}`));
    expect((await tab.tryWith(wrong, '2001:db8:1:2:ffff::')).status).toBe(429);
    expect((await tab.tryWith(wrong, '2001:db8:1:3::')).status).toBe(422);
  });

  it('keeps nobody out who is elsewhere', async () => {
    const { url } = await serve();
    const [attacker, owner] = [await openTab(url), await openTab(url)];
    expect(await statusesOf(30, () => attacker.tryWith(wrong, elsewhere))).toContain(429);
    expect((await owner.tryWith(alice, home)).status).toBe(303);
  });

  it('of many accounts waits as well: it is counted by address', async () => {
    const { url } = await serve({ limits: { loginAddress: 10 } });
    const [attacker, owner] = [await openTab(url), await openTab(url)];
    const statuses = await statusesOf(12, (i) => attacker.tryWith({ username: `user${i}`, password: 'Summer2026' }, elsewhere));
    expect(statuses).toEqual([...Array(10).fill(422), 429, 429]);
    const late = await attacker.tryWith(alice, elsewhere);
    expect([late.status, late.headers.get('retry-after')]).toEqual([429, '900']);
    expect((await owner.tryWith(alice, home)).status).toBe(303);
  });

  it('does not hide among sign-ins that are right: these count nothing, and clear nothing but their own account', async () => {
    const { url } = await serve({ limits: { loginAddress: 4 } });
    const statuses = await statusesOf(8, async (i) => {
      const tab = await openTab(url);
      return i % 2 === 0 ? tab.tryWith({ username: `user${i}`, password: 'Summer2026' }) : tab.tryWith(alice);
    });
    expect(statuses).toEqual([422, 303, 422, 303, 422, 303, 422, 429]);
    expect((await (await openTab(url)).tryWith(wrong)).status).toBe(429);
  });

  it('is right again and again, and waits for nothing', async () => {
    const { url } = await serve({ limits: { loginAddress: 2 } });
    expect(await statusesOf(8, async () => (await openTab(url)).tryWith(alice))).toEqual(Array(8).fill(303));
  });

  it('by passkeys is counted by address too', async () => {
    const { url } = await serve({ passkeys: true, limits: { loginAddress: 3 } });
    const tab = await openTab(url);
    expect(await statusesOf(4, () => tab.tryWith({ challenge: 'x', passkey: '{}' }))).toEqual([422, 422, 422, 429]);
  });

  it('sends empty forms, which are no guesses', async () => {
    const { url } = await serve({ limits: { login: 1, loginAddress: 1 } });
    const tab = await openTab(url);
    expect(await statusesOf(3, () => tab.tryWith({ username: 'alice', password: '' }))).toEqual([422, 422, 422]);
    expect((await tab.tryWith(alice)).status).toBe(303);
  });

  it('is told of once, with the address, and without the name', async () => {
    const server = await serve();
    const { take } = record(server.oauth);
    const tab = await openTab(server.url);
    await statusesOf(10, () => tab.tryWith(wrong, elsewhere));
    const events = (await take()).filter(({ name }) => name !== 'login.failed');
    expect(events).toEqual([{ name: 'limit.reached', time: server.now(), address: elsewhere, limit: 'login', client_id: 'web' }]);
    server.sleep(3_600);
    const later = await openTab(server.url);
    await statusesOf(10, () => later.tryWith(wrong, elsewhere));
    expect((await take()).filter(({ name }) => name === 'limit.reached')).toHaveLength(1);
  });

  it('is told of once too where a process has counted it alone: wrong secrets, and clients that register', async () => {
    const server = await serve({ limits: { client: 2 }, registration: { perHour: 1 } });
    const { take } = record(server.oauth);
    const guess = () => token(server.url, { grant_type: 'x', client_id: 'web', client_secret: 'wrong' }).then(({ status }) => status);
    expect([await guess(), await guess(), await guess(), await guess()]).toEqual([401, 401, 429, 429]);
    const body = JSON.stringify({ redirect_uris: ['https://app.example.com/callback'], token_endpoint_auth_method: 'none' });
    const register = async () =>
      (await fetch(`${server.url}/oauth/register`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })).status;
    expect([await register(), await register(), await register()]).toEqual([201, 429, 429]);
    const events = (await take()).filter(({ name }) => name === 'limit.reached');
    expect(events).toEqual([
      expect.objectContaining({ limit: 'client', client_id: 'web' }),
      expect.objectContaining({ limit: 'registration' }),
    ]);
  });

  it.each(['Alice', ' alice', 'al\u00adice', 'ali\u200bce', 'alıce', 'ａｌｉｃｅ', 'álice'])(
    'guesses at the same account by another spelling that a database may take for the same: %j',
    async (username) => {
      const tab = await openTab((await serve({ limits: { login: 1 } })).url);
      const statuses = [(await tab.tryWith(wrong)).status, (await tab.tryWith({ ...wrong, username })).status];
      expect(statuses).toEqual([422, 429]);
    },
  );

  it('waits for no failure of the host or its mail: what did not take place is not counted', async () => {
    let isAway = true;
    const authenticate = () => {
      if (isAway) throw new Error('The database is away.');
      return { id: 'alice' };
    };
    const begin = () => {
      if (isAway) throw new Error('The mail server is away.');
    };
    const log = { warn: () => {}, error: () => {} };
    const server = await serve({
      log,
      users: { authenticate, steps: [totp({ begin })] },
      limits: { login: 2, loginAddress: 3, stepBegun: 2 },
    });
    const tab = await openTab(server.url);
    expect(new Set(await statusesOf(6, () => tab.tryWith(alice)))).toEqual(new Set([500]));
    isAway = false;
    expect((await tab.tryWith(alice)).status).toBe(303);
  });

  it('guesses as often as they like, where the host has switched that off', async () => {
    const tab = await openTab((await serve({ limits: false })).url);
    expect(await statusesOf(110, () => tab.tryWith(wrong))).toEqual(Array(110).fill(422));
  });
});

describe('behind a proxy that Express was not told of', () => {
  it('who guesses at an account does not keep its owner out', async () => {
    const { url } = await serve({}, { knowsProxy: false });
    const [attacker, owner] = [await openTab(url), await openTab(url)];
    const statuses = await statusesOf(30, () => attacker.tryWith(wrong, elsewhere));
    expect(statuses.filter((status) => status === 422)).toHaveLength(5);
    expect((await owner.tryWith(alice, home)).status).toBe(303);
  });

  it('who puts names of others in front of what the proxy adds is told apart by its last word', async () => {
    const { url } = await serve({}, { knowsProxy: false });
    const attacker = await openTab(url);
    const statuses = await statusesOf(10, (i) => attacker.tryWith(wrong, `192.0.2.${i}, ${elsewhere}`));
    expect(statuses.filter((status) => status === 422)).toHaveLength(5);
  });

  it('who only pretends to be a proxy, for somebody else each time, is slowed down by account all the same', async () => {
    const { url } = await serve({ limits: { login: 1, loginAddress: false } }, { knowsProxy: false }); // 20 times as many by proxy
    const attacker = await openTab(url);
    const statuses = await statusesOf(25, (i) => attacker.tryWith(wrong, `192.0.2.${i}`));
    expect(statuses).toEqual([...Array(20).fill(422), ...Array(5).fill(429)]);
  });

  it('and by address, for many accounts', async () => {
    const { url } = await serve({ limits: { loginAddress: 1 } }, { knowsProxy: false }); // 20 times as many by proxy
    const attacker = await openTab(url);
    const statuses = await statusesOf(25, (i) => attacker.tryWith({ ...wrong, username: `user${i}` }, `192.0.2.${i}`));
    expect(statuses).toEqual([...Array(20).fill(422), ...Array(5).fill(429)]);
  });

  it('who invents addresses is slowed down as well where Express believes everybody', async () => {
    const server = await serve({ limits: { login: 1, loginAddress: false } }, { believesAll: true });
    const { take } = record(server.oauth);
    const attacker = await openTab(server.url);
    const statuses = await statusesOf(25, (i) => attacker.tryWith(wrong, `192.0.2.${i}`));
    expect(statuses).toEqual([...Array(20).fill(422), ...Array(5).fill(429)]);
    const told = (await take()).filter(({ name }) => name === 'proxy.unknown' || name === 'limit.reached');
    expect(told).toMatchObject([{ name: 'proxy.unknown', forwarded: '192.0.2.0' }, { name: 'limit.reached' }]);
  });

  it('the operator is told: once in the log, and in an event once an hour', async () => {
    const warnings: string[] = [];
    const log = { warn: (message: string) => void warnings.push(message), error: () => {} };
    const server = await serve({ log }, { knowsProxy: false });
    const { take } = record(server.oauth);
    const tab = await openTab(server.url);
    const proxyEvents = async () => (await take()).filter(({ name }) => name === 'proxy.unknown');
    await tab.tryWith(wrong, elsewhere);
    await tab.tryWith(wrong, home);
    expect(await proxyEvents()).toEqual([{ name: 'proxy.unknown', time: server.now(), address: '127.0.0.1', forwarded: elsewhere }]);
    server.sleep(3_600);
    await (await openTab(server.url)).tryWith(wrong, home);
    expect(await proxyEvents()).toHaveLength(1);
    expect(warnings.filter((warning) => warning.includes("'trust proxy'"))).toHaveLength(1);
  });

  it.each([
    ['Forwarded', 'for=192.0.2.1, for="[2001:db8::1]:4711";proto=https', '2001:db8::1'],
    ['Forwarded', 'For=_hidden', '_hidden'],
    ['X-Forwarded-For', '192.0.2.1, 203.0.113.66:1234', '203.0.113.66'],
  ])('the header %s may say it as %s', async (header, value, forwarded) => {
    const server = await serve({}, { knowsProxy: false });
    const { take } = record(server.oauth);
    const { agent } = await openTab(server.url);
    const { ticket, _csrf } = await openPage(agent, authorizeUrl(server.url, pkce().code_challenge));
    await agent.post('/oauth/login', { ticket, _csrf, ...wrong }, { [header]: value });
    expect((await take()).find(({ name }) => name === 'proxy.unknown')).toMatchObject({ forwarded });
  });

  it.each([
    ['Express was told of it', true, { 'X-Forwarded-For': elsewhere }],
    ['Express was told of it, and of another behind it', true, { 'X-Forwarded-For': `${elsewhere}, 127.0.0.9` }],
    ['no header speaks of one', false, {}],
    ['the header says what the connection says', false, { 'X-Forwarded-For': '127.0.0.1' }],
  ])('is none if %s', async (_, knowsProxy, headers) => {
    const server = await serve({}, { knowsProxy });
    const { take } = record(server.oauth);
    const { agent } = await openTab(server.url);
    const { ticket, _csrf } = await openPage(agent, authorizeUrl(server.url, pkce().code_challenge));
    await agent.post('/oauth/login', { ticket, _csrf, ...wrong }, headers as Record<string, string>);
    expect((await take()).map(({ name }) => name)).toEqual(['login.failed']);
  });
});

describe('who knows the password and guesses codes', () => {
  const users = (steps = [totp()]) => ({
    authenticate: ({ username, password }: { username: string; password: string }) => password === alice.password && { id: username },
    steps,
  });

  /** Answers the step from this address; `X-Forwarded-For` goes by the agent. */
  async function stepFrom(url: string, from: string) {
    const tab = await openTab(url);
    const step = await openStep(tab.agent, await tab.tryWith(alice, from));
    const send = (code: string) =>
      tab.agent.post(step.action, { ticket: step.ticket, _csrf: step._csrf, code }, { 'X-Forwarded-For': from });
    return { ...tab, send };
  }

  it('does not keep the user out, who is elsewhere', async () => {
    const { url } = await serve({ users: users() });
    const attacker = await stepFrom(url, elsewhere);
    expect(await statusesOf(8, () => attacker.send('1'))).toEqual([422, 422, 422, 422, 422, 429, 429, 429]);
    const owner = await stepFrom(url, home);
    await owner.send('123456');
    expect(owner.agent.cookies.has('oauth_session')).toBe(true);
  });

  it('does not get further by taking ever new addresses', async () => {
    const { url } = await serve({ users: users(), limits: { stepAccount: 6 } });
    const attackers = [await stepFrom(url, elsewhere), await stepFrom(url, '203.0.113.67')];
    const statuses = await statusesOf(8, (i) => (attackers[i % 2] as (typeof attackers)[number]).send('1'));
    expect(statuses).toEqual([422, 422, 422, 422, 422, 422, 429, 429]);
  });
});

describe('who guesses the secret of a client', () => {
  it('does not keep the client out, which is elsewhere', async () => {
    const { url } = await serve({ limits: { client: 5 } });
    const statuses = await statusesOf(8, () => asClient(url, 'a guess of 16 letters', elsewhere));
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
    expect((await asClient(url, web.client_secret, elsewhere)).status).toBe(429);
    expect((await asClient(url, web.client_secret, home)).status).toBe(400); // it is the client, and its grant is unknown
  });

  it('does not keep it out behind an unknown proxy either', async () => {
    const { url } = await serve({ limits: { client: 5 } }, { knowsProxy: false });
    await statusesOf(8, () => asClient(url, 'a guess of 16 letters', elsewhere));
    expect((await asClient(url, web.client_secret, elsewhere)).status).toBe(429);
    expect((await asClient(url, web.client_secret, home)).status).toBe(400);
  });

  it('does not get further by inventing addresses, though the secret is right in the end', async () => {
    const { url } = await serve({ limits: { client: 2 } }, { knowsProxy: false }); // ten times as many by proxy
    const statuses = await statusesOf(30, (i) => asClient(url, 'a guess of 16 letters', `192.0.2.${i}`));
    expect(statuses).toEqual([...Array(20).fill(401), ...Array(10).fill(429)]);
    expect((await asClient(url, web.client_secret, '192.0.2.200')).status).toBe(429);
  });

  it('gains nothing by guessing many at the same time', async () => {
    const { url } = await serve({ limits: { client: 5 } });
    const answers = await Promise.all(Array.from({ length: 30 }, () => asClient(url, 'a guess of 16 letters')));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
  });

  it('costs a client with the right one nothing in the store', async () => {
    const { url } = await serve({ store: recordingStore(memoryStore(systemClock)) });
    const { commands } = await measure(() => asClient(url, web.client_secret));
    expect(commands).toEqual([]);
  });
});

describe('two processes with one Redis', () => {
  it('count guesses at passwords together, also at the same time', async () => {
    const [redis, cluster] = await Promise.all([redisServer(), startCluster(2)]);
    closing.push(cluster.kill);
    const issuer = 'http://localhost:3000';
    const urls = await cluster.serve({ issuer, redis: redis.url, limits: { login: false, loginAddress: 10 } });
    const tabs = await Promise.all(urls.map(openTab));
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => (tabs[i % 2] as Tab).tryWith({ username: `user${i}`, password: 'Summer2026' })),
    );
    expect(answers.filter(({ status }) => status === 422)).toHaveLength(10);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(30);
  });

  it('count guesses at a secret together, and both let the client in that is elsewhere', async () => {
    const { url: redis } = await redisServer();
    const [one, other] = [await serve({ redis, limits: { client: 5 } }), await serve({ redis, limits: { client: 5 } })];
    expect(await statusesOf(5, () => asClient(one.url, 'a guess of 16 letters', elsewhere))).toEqual([401, 401, 401, 401, 401]);
    expect((await asClient(other.url, 'a guess of 16 letters', elsewhere)).status).toBe(429);
    for (const { url } of [one, other]) {
      expect((await asClient(url, web.client_secret, elsewhere)).status).toBe(429);
      expect((await asClient(url, web.client_secret, home)).status).toBe(400);
    }
  });

  it('count registrations together that are stored, and those of public clients each for itself', async () => {
    const { url: redis } = await redisServer();
    const options = { redis, registration: { perHour: 2 } };
    const [one, other] = [await serve(options), await serve(options)];
    const register = async (url: string, token_endpoint_auth_method: string) =>
      fetch(`${url}/oauth/register`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': home },
        body: JSON.stringify({ redirect_uris: web.redirect_uris, token_endpoint_auth_method }),
      });
    expect(await statusesOf(2, () => register(one.url, 'client_secret_basic'))).toEqual([201, 201]);
    const late = await register(other.url, 'client_secret_basic');
    expect([late.status, Number(late.headers.get('retry-after')) > 3_500]).toEqual([429, true]);
    expect((await register(other.url, 'none')).status).toBe(201);
    expect((await register(other.url, 'none')).status).toBe(429);
  });
});

describe('while Redis is away', () => {
  it('each process goes on to count for itself', async () => {
    const redis = await redisServer();
    const { url } = await serve({ redis: redis.url, limits: { loginAddress: 3, client: 3 }, log: { warn: () => {}, error: () => {} } });
    const tab = await openTab(url);
    await redis.kill();
    const guess = (i: number) => tab.tryWith({ username: `user${i}`, password: 'Summer2026' });
    expect(await statusesOf(5, guess)).toEqual([422, 422, 422, 429, 429]);
    expect(await statusesOf(5, () => asClient(url, 'a guess of 16 letters'))).toEqual([401, 401, 401, 429, 429]);
  });
});

describe('a registration of a public client', () => {
  it('costs the store nothing, not even to be counted', async () => {
    const { url } = await serve({ registration: true, store: recordingStore(memoryStore(systemClock)) });
    const { answer, commands } = await measure(() =>
      fetch(`${url}/oauth/register`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ redirect_uris: web.redirect_uris, token_endpoint_auth_method: 'none' }),
      }),
    );
    expect(answer.status).toBe(201);
    expect(commands).toEqual([]);
  });
});

describe('by way of a client, the password grant', () => {
  const till = { client_id: 'till', client_secret: 'the secret of a first-party app' };
  const options = { clients: [web, { ...till, grant_types: ['password'] }, { client_id: 'kiosk', grant_types: ['password'] }] };
  const ask = (url: string, parameters: Record<string, string>) =>
    token(url, { grant_type: 'password', scope: 'read:contacts', ...till, ...parameters });

  it('is limited for many accounts too: by client and address, where a server asks for many users', async () => {
    const { url } = await serve({ ...options, limits: { passwordGrant: 3, loginAddress: 1 } });
    const statuses = await statusesOf(5, (i) => ask(url, { username: `user${i}`, password: 'Summer2026' }));
    expect(statuses).toEqual([400, 400, 400, 429, 429]);
  });

  it('by address, where the client is an app in the hands of its user', async () => {
    const { url } = await serve({ ...options, limits: { loginAddress: 3 } });
    const kiosk = { client_id: 'kiosk', client_secret: undefined };
    const statuses = await statusesOf(5, (i) =>
      token(url, { grant_type: 'password', scope: 'read:contacts', ...kiosk, username: `user${i}`, password: 'Summer2026' }),
    );
    expect(statuses).toEqual([400, 400, 400, 429, 429]);
  });

  it('keeps nobody out of the login page', async () => {
    const { url } = await serve(options);
    await statusesOf(10, () => ask(url, wrong));
    expect((await (await openTab(url)).tryWith(alice)).status).toBe(303);
  });
});
