/** Processes that die (-9) at each step, and clocks that differ: the user goes on at another process. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, formField } from '../support/agent.js';
import { type Cluster, startCluster, until } from '../support/cluster.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { authorizeUrl, callApi, pkce, token } from '../support/server.js';

const issuer = 'http://localhost:3000';
const lifetimes = { code: 600 };

let redis: RedisServer;
let apps: Cluster;

afterEach(async () => {
  await apps.kill();
  await redis.stop();
});

async function serve(size: number, options: object = {}): Promise<string[]> {
  [redis, apps] = await Promise.all([startRedis(), startCluster(size, 'fault-process.js')]);
  return apps.serve({ issuer, lifetimes, redis: redis.url, ...options });
}

const steps = ['authorize', 'login', 'step', 'consent', 'code', 'refresh'];

/** What the browser or client sends next, and whether its answer was seen. */
type Send<T> = (url: string) => Promise<T>;
/** Says at which process, and what is seen of it. */
type Next = <T>(send: Send<T>) => Promise<T>;

describe('a process is killed', () => {
  it(`after each of ${steps.join(', ')}: the user has not noticed`, async () => {
    const urls = await serve(steps.length + 1, { hasStep: true });
    let at = 0;
    const next: Next = async (send) => {
      const answer = await send(urls[at] ?? '');
      await apps.kill(at);
      at += 1;
      return answer;
    };
    const atLast: Next = (send) => send(urls[at] ?? '');
    await goThrough(next, atLast);
    const { body } = await goThrough(atLast, atLast);
    expect((await callApi(urls[at] ?? '', body.access_token)).status).toBe(200);
  }, 180_000);

  it('in the middle of each: the same request at another process brings the user on, or at worst back to a page of theirs', async () => {
    const urls = await serve(steps.length + 1, { hasStep: true });
    let at = 0;
    const next: Next = async (send) => {
      const unseen = send(urls[at] ?? '').catch(() => undefined);
      await new Promise((wait) => setTimeout(wait, 5 * at)); // earlier and later in its work
      await apps.kill(at);
      await unseen;
      at += 1;
      return send(urls[at] ?? '');
    };
    const { body } = await goThrough(next, (send) => send(urls[at] ?? ''));
    expect((await callApi(urls[at] ?? '', body.access_token)).status).toBe(200);
  }, 180_000);

  /** From the client's link to a refreshed token. Where a code was spent unseen, another is asked for `calmly`: nobody is killed meanwhile. */
  async function goThrough(next: Next, calmly: Next) {
    const agent = new Agent(issuer);
    const verifier = pkce();
    const start = await next((url) => agent.get(authorizeUrl(url, verifier.code_challenge)));
    const consent = await signIn(await start.text(), agent, next, calmly);
    const answer = await next((url) => agent.post(`${url}/oauth/consent`, { ...formOf(consent), decision: 'allow' }));
    const code = new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? '';
    const redemption = { grant_type: 'authorization_code', code, redirect_uri: 'https://client.example.com/callback' };
    let tokens = await next((url) => token(url, { ...redemption, code_verifier: verifier.code_verifier }));
    if (tokens.status !== 200) {
      // It was spent, and nobody has seen the tokens: the client starts anew, and the user sees no page.
      expect(tokens.body.error).toBe('invalid_grant');
      const again = pkce();
      const silent = await calmly((url) => agent.get(authorizeUrl(url, again.code_challenge)));
      const second = new URL(silent.headers.get('location') ?? '').searchParams.get('code') ?? '';
      tokens = await calmly((url) => token(url, { ...redemption, code: second, code_verifier: again.code_verifier }));
    }
    const refreshed = await next((url) => token(url, { grant_type: 'refresh_token', refresh_token: tokens.body.refresh_token }));
    expect(refreshed.status).toBe(200);
    return refreshed;
  }

  /**
   * The password and the step behind it. The page after each is asked for as part of it: browsers follow at once. Where a step was taken
   * unseen, the browser has no session of it, and they sign in again `calmly`.
   */
  async function signIn(page: string, agent: Agent, next: Next, calmly: Next): Promise<string> {
    const login = formOf(page);
    const person = somebody();
    const step = await next(async (url) => pageAfter(await agent.post(`${url}/oauth/login`, { ...login, ...person }), url, agent));
    if (step.includes('name="decision"')) return step;
    const consent = await next(async (url) =>
      pageAfter(await agent.post(`${url}/oauth/step?step=totp`, { ...formOf(step), code: '123456' }), url, agent),
    );
    if (consent.includes('name="decision"')) return consent;
    expect(consent).toContain('name="password"');
    return signIn(consent, agent, calmly, calmly);
  }
});

let people = 0;

/** Somebody who was never here: they are asked for everything. */
function somebody() {
  people += 1;
  return { username: `user-${people}`, password: 'correct horse' };
}

function formOf(html: string): Record<string, string> {
  return { ticket: formField(html, 'ticket'), _csrf: formField(html, '_csrf') };
}

async function pageAfter(answer: Response, url: string, agent: Agent): Promise<string> {
  let last = answer;
  for (let location = last.headers.get('location'); location; location = last.headers.get('location')) {
    last = await agent.get(`${url}${location}`);
  }
  return last.text();
}

describe('clocks that are 5 s apart', () => {
  it.each([
    ['the first behind', [0, 5]],
    ['the first ahead', [5, 0]],
  ])(
    'let every flow work, %s',
    async (_, ahead) => {
      const urls = await serve(2, { hasStep: true, ahead });
      const [one = '', other = ''] = urls;
      for (const [here, there] of [
        [one, other],
        [other, one],
      ] as const) {
        const agent = new Agent(issuer);
        const person = somebody();
        const { code_challenge, code_verifier } = pkce();
        const from = authorizeUrl(here, code_challenge, { scope: 'openid read:contacts', max_age: '600' });
        const login = formOf(await (await agent.get(from)).text());
        const step = await pageAfter(await agent.post(`${there}/oauth/login`, { ...login, ...person }), here, agent);
        const consent = await pageAfter(
          await agent.post(`${there}/oauth/step?step=totp`, { ...formOf(step), code: '123456' }),
          here,
          agent,
        );
        const answer = await agent.post(`${there}/oauth/consent`, { ...formOf(consent), decision: 'allow' });
        const code = new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? '';
        const redirect_uri = 'https://client.example.com/callback';
        const first = await token(here, { grant_type: 'authorization_code', code, code_verifier, redirect_uri });
        expect(first.body).toMatchObject({ access_token: expect.any(String), id_token: expect.any(String) });
        for (const url of urls) expect((await callApi(url, first.body.access_token)).status).toBe(200);
        const second = await token(there, { grant_type: 'refresh_token', refresh_token: first.body.refresh_token });
        for (const url of urls) expect((await callApi(url, second.body.access_token)).status).toBe(200);
        const headers = { Authorization: `Bearer ${second.body.access_token}` };
        for (const url of urls) expect((await fetch(`${url}/oauth/userinfo`, { headers })).status).toBe(200);
        // Fresh enough at the other process: somebody who has just signed in is not asked again.
        const silent = await agent.get(authorizeUrl(there, pkce().code_challenge, { scope: 'read:contacts', max_age: '60' }));
        expect(silent.headers.get('location')).toContain('code=');
        // A login that was asked for is enough, by whichever clock.
        for (const wish of [{ prompt: 'login' }, { max_age: '0' }]) {
          const other = new Agent(issuer);
          const asked = await other.get(authorizeUrl(here, pkce().code_challenge, { scope: 'read:contacts', ...wish }));
          const page = await pageAfter(await other.post(`${there}/oauth/login`, { ...formOf(await asked.text()), ...person }), here, other);
          const done = await other.post(`${there}/oauth/step?step=totp`, { ...formOf(page), code: '123456' });
          const onward = await other.get(`${here}${done.headers.get('location')}`);
          expect(onward.headers.get('location')).toContain('code=');
        }
        // What one ends has ended for the other.
        const client = { client_id: 'web', client_secret: 'the secret of the web client' };
        await fetch(`${here}/oauth/revoke`, {
          method: 'POST',
          body: new URLSearchParams({ ...client, token: second.body.refresh_token ?? '' }),
        });
        await until(async () => (await callApi(there, second.body.access_token)).status === 401, 5);
      }
    },
    180_000,
  );
});
