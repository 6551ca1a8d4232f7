/** Redis away at the start, killed, restarted, hanging: what can be answered is, the rest says 503, and nothing is lost or doubled. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent, formField } from '../support/agent.js';
import { type Cluster, startCluster, until } from '../support/cluster.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { alice, authorizeUrl, callApi, freshCode, pkce, type TokenAnswer, token, walk, web } from '../support/server.js';

const issuer = 'http://localhost:3000';
const lifetimes = { code: 600 }; // longer than the tests take
const bob = { username: 'bob', password: 'battery staple' };

let redis: RedisServer;
let app: Cluster;
let url: string;

afterEach(() => {
  expect({ isAlive: app.isAlive, output: app.output }).toEqual({ isAlive: true, output: expect.not.stringMatching(/unhandled/i) });
});

afterAll(async () => {
  await app.kill();
  await redis.stop();
});

function refresh(refresh_token: string | undefined): Promise<TokenAnswer> {
  return token(url, { grant_type: 'refresh_token', refresh_token });
}

/** A page that waits for an answer: who posts `form` to `path` goes on. */
interface OpenPage {
  readonly agent: Agent;
  readonly path: string;
  readonly form: Record<string, string>;
}

async function openLogin(): Promise<OpenPage> {
  const agent = new Agent(url);
  const html = await (await agent.get(authorizeUrl(url, pkce().code_challenge))).text();
  return { agent, path: '/oauth/login', form: { ticket: formField(html, 'ticket'), _csrf: formField(html, '_csrf'), ...alice } };
}

async function openConsent(agent: Agent): Promise<OpenPage> {
  const html = await (await agent.get(authorizeUrl(url, pkce().code_challenge, { scope: 'create:contacts' }))).text();
  const form = { ticket: formField(html, 'ticket'), _csrf: formField(html, '_csrf'), decision: 'allow' };
  return { agent, path: '/oauth/consent', form };
}

function send({ agent, path, form }: OpenPage): Promise<Response> {
  return agent.post(path, form);
}

async function expectPage503(answers: readonly Promise<Response>[]): Promise<void> {
  expect(answers.length).toBeGreaterThan(0);
  for (const answer of await Promise.all(answers)) {
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(answer.headers.get('cache-control')).toContain('no-store');
    expect(await answer.text()).toContain('Please try again in a moment</h1>');
  }
}

const refused = { status: 503, body: { error: 'temporarily_unavailable', error_description: expect.any(String) } };

async function expectJson503(answers: readonly Promise<TokenAnswer>[]): Promise<void> {
  expect(answers.length).toBeGreaterThan(0);
  for (const answer of await Promise.all(answers)) {
    expect(answer).toMatchObject(refused);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  }
}

async function expectMetadata(): Promise<void> {
  const answer = await fetch(`${url}/.well-known/oauth-authorization-server`);
  expect(await answer.json()).toMatchObject({ issuer });
}

describe('a server that starts while Redis is away', () => {
  let page: OpenPage;
  let restarted: Promise<void>;

  beforeAll(async () => {
    [redis, app] = await Promise.all([startRedis({ appendonly: true }), startCluster(1)]);
    await redis.kill();
    [url = ''] = await app.serve({ issuer, redis: redis.url, lifetimes });
    page = await openLogin();
  });

  it('gives its metadata', () => expectMetadata());

  it('shows the login page, which needs no Redis', () => {
    expect(page.form._csrf).not.toBe('');
  });

  it('answers a login with a page that says 503', () => expectPage503([send(page)]));

  it('answers the token endpoint with 503 temporarily_unavailable', async () => {
    await expectJson503([token(url, { grant_type: 'authorization_code', code: 'a code', code_verifier: pkce().code_verifier })]);
  });

  it('lets nobody use the API, since it has no keys to check tokens with', async () => {
    const answer = await callApi(url, `${Buffer.from('{"alg":"ES256","kid":"any"}').toString('base64url')}.e30.c2lnbmF0dXJl`);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
  });

  it('logs in from the very page that was open, once Redis is there', async () => {
    restarted = redis.restart();
    await restarted;
    await until(async () => (await send(page)).status === 303, 10);
  });

  it('then does all it has to', async () => {
    await restarted;
    const { body } = await token(url, await freshCode(url));
    expect((await callApi(url, body.access_token)).status).toBe(200);
    expect((await refresh(body.refresh_token)).status).toBe(200);
  });
});

describe.each([
  { name: 'is killed', user: alice, goAway: () => redis.kill(), comeBack: () => redis.restart() },
  { name: 'hangs', user: bob, goAway: async () => redis.pause(), comeBack: async () => redis.resume() },
])('while Redis $name', ({ user, goAway, comeBack }) => {
  let agent: Agent;
  let login: OpenPage;
  let consent: OpenPage;
  let code: Awaited<ReturnType<typeof freshCode>>;
  let tokens: TokenAnswer['body'];
  let ended: TokenAnswer['body'];

  beforeAll(async () => {
    agent = new Agent(url);
    await walk(agent, authorizeUrl(url, pkce().code_challenge), user);
    ({ body: tokens } = await token(url, await freshCode(url, {}, agent)));
    code = await freshCode(url, {}, agent);
    const replayed = await freshCode(url, {}, agent);
    ({ body: ended } = await token(url, replayed));
    await token(url, replayed);
    login = await openLogin();
    consent = await openConsent(agent);
    await goAway();
  });

  it('/authorize, /login and /consent answer with a page that says 503', async () => {
    const { ticket } = consent.form;
    await expectPage503([
      agent.get(authorizeUrl(url, pkce().code_challenge)),
      agent.get(`/oauth/consent?ticket=${ticket}`),
      send(consent),
      send(login),
    ]);
  });

  it('/token answers 503 temporarily_unavailable', () => expectJson503([token(url, code), refresh(tokens.refresh_token)]));

  it('the API goes on to answer whoever has a token', async () => {
    expect((await callApi(url, tokens.access_token)).status).toBe(200);
  });

  it('the API goes on to refuse whose authorization was known to have ended', async () => {
    expect((await callApi(url, ended.access_token)).status).toBe(401);
  });

  it('metadata, keys and the login page are there', async () => {
    await expectMetadata();
    expect((await fetch(`${url}/oauth/jwks`)).status).toBe(200);
    expect((await new Agent(url).get(authorizeUrl(url, pkce().code_challenge))).status).toBe(200);
  });

  describe('and when it is back', () => {
    beforeAll(async () => {
      await comeBack();
      await until(async () => (await agent.get(authorizeUrl(url, pkce().code_challenge))).status !== 503, 10);
    });

    it('the session is still one', async () => {
      const answer = await agent.get(authorizeUrl(url, pkce().code_challenge));
      expect(answer.headers.get('location')).toContain('code=');
    });

    it('the code that was refused with 503 is redeemed', async () => {
      expect((await token(url, code)).status).toBe(200);
    });

    it('the refresh token that was refused with 503 is refreshed', async () => {
      expect((await refresh(tokens.refresh_token)).status).toBe(200);
    });

    it('the pages that were open go on: nobody starts anew', async () => {
      expect((await send(consent)).headers.get('location')).toContain('code=');
      expect((await send(login)).headers.get('location')).toContain('/oauth/consent?ticket=');
    });

    it('the API still refuses whose authorization has ended', async () => {
      expect((await callApi(url, ended.access_token)).status).toBe(401);
    });
  });
});

/**
 * When a connection breaks after the swap was sent, nobody can know at once whether Redis has done it. Either way the answer is 503, and what
 * must hold is: never two winners; and if Redis has not seen it, nothing is spent. If it has, a refresh may be repeated (that is what the
 * grace time is for), but a code may not: RFC 6749 section 4.1.2 wants it spent once, so the client has to ask the user again.
 */
describe('a connection to Redis that breaks at the swap', () => {
  let line: BreakingLine;
  let appDirect: Cluster;

  beforeAll(async () => {
    line = await startLine(redis.port);
    appDirect = app;
    app = await startCluster(1);
    [url = ''] = await app.serve({ issuer, redis: line.url, lifetimes });
  });

  afterAll(async () => {
    await line.close();
    await appDirect.kill();
  });

  it('before Redis has seen it: the code is redeemed by the next try', async () => {
    const code = await freshCode(url);
    line.breakAt('swap');
    expect(await token(url, code)).toMatchObject(refused);
    expect(await token(url, code)).toMatchObject({ status: 200 });
  });

  it('before Redis has seen it: the refresh token is refreshed by the next try', async () => {
    const { body } = await token(url, await freshCode(url));
    line.breakAt('swap');
    expect(await refresh(body.refresh_token)).toMatchObject(refused);
    expect(await refresh(body.refresh_token)).toMatchObject({ status: 200 });
  });

  it('after Redis has done it: the code is spent, and wins no second time', async () => {
    const code = await freshCode(url);
    line.breakAt('answer of swap');
    expect(await token(url, code)).toMatchObject(refused);
    expect(await token(url, code)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  it('after Redis has done it: the next try is given the successor, which works', async () => {
    const { body } = await token(url, await freshCode(url));
    line.breakAt('answer of swap');
    expect(await refresh(body.refresh_token)).toMatchObject(refused);
    const repeated = await refresh(body.refresh_token);
    expect(repeated.status).toBe(200);
    expect((await refresh(repeated.body.refresh_token)).status).toBe(200);
    expect((await callApi(url, repeated.body.access_token)).status).toBe(200);
  });
});

describe('what the processes have logged meanwhile', () => {
  it('tells of it, and shows no password, secret or token', () => {
    expect(app.output).toContain('StoreUnavailable');
    for (const text of [alice.password, web.client_secret, 'eyJ']) expect(app.output).not.toContain(text);
  });
});

interface BreakingLine {
  readonly url: string;
  /** Once: what stands there is lost, and the connection with it. */
  breakAt(place: 'swap' | 'answer of swap'): void;
  close(): Promise<void>;
}

/** A line to Redis that can be told where to break. A swap is the only script that is run for the key of an authorization. */
async function startLine(port: number): Promise<BreakingLine> {
  let place: string | undefined;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) sockets.add(socket.on('error', () => {}));
    let isSwapped = false;
    const cut = () => {
      place = undefined;
      near.destroy();
      far.destroy();
    };
    near.on('data', (chunk) => {
      const isSwap = /\r\neval\r\n.*authorization:/is.test(chunk.toString());
      if (isSwap && place === 'swap') return cut();
      isSwapped = isSwap && place === 'answer of swap';
      far.write(chunk);
    });
    far.on('data', (chunk) => (isSwapped ? cut() : near.write(chunk)));
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    breakAt: (there) => {
      place = there;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((closed) => server.close(closed));
    },
  };
}
