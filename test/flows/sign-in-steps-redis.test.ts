/** A sign-in under way is kept in Redis: it outlives the process, and a dump of it is of no use to anybody. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { OAuthRouterOptions } from '../../lib/config/options/index.js';
import { Agent } from '../support/agent.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { authorizeUrl, openPage, pkce, postLogin, type TestServer, testOptions, testServer } from '../support/server.js';
import { emailCode, openStep, type StepForm, sendStep } from '../support/steps.js';

const mails = emailCode();

let redis: RedisServer;
let server: TestServer;
let agent: Agent;
let step: StepForm;
let dump: readonly string[];

beforeAll(async () => {
  redis = await startRedis();
  server = await start();
  agent = new Agent(server.url);
  step = await openStep(agent, await postLogin(agent));
  const client = new Redis(redis.url);
  const keys = await client.keys('*');
  dump = (await Promise.all(keys.map(async (key) => [key, (await client.get(key).catch(() => '')) ?? '']))).flat();
  client.disconnect();
});

afterAll(async () => {
  await server.close();
  await redis.stop();
});

function start(): Promise<TestServer> {
  const { users } = testOptions('') as { users: Extract<OAuthRouterOptions['users'], { authenticate: unknown }> };
  return testServer({ options: { redis: redis.url, users: { ...users, steps: [mails.step] } } });
}

describe('a dump of the store', () => {
  it('has the sign-in, and shows neither who it is, nor the code, nor the cookie', () => {
    const all = dump.join('\n');
    expect(all).toContain('sign-in:');
    const decoded = dump.flatMap((text) => text.split(/[."\s]/)).map((part) => Buffer.from(part, 'base64url').toString());
    const cookie = agent.cookies.get('oauth_sign_in') ?? '';
    const secret = cookie.slice(-43); // behind the name of the ticket
    const shown = ['alice', mails.latest(), secret].filter((one) => [all, ...decoded].some((text) => text.includes(one)));
    expect({ cookie: cookie.length, shown }).toEqual({ cookie: 52, shown: [] });
  });

  it('lets nobody in: no piece of it is a cookie of a sign-in or of a session', async () => {
    const [name = ''] = dump.filter((text) => text.startsWith('sign-in:'));
    const pieces = [name, name.replace('sign-in:', ''), ...dump.flatMap((text) => text.match(/[\w.-]{20,}/g) ?? [])];
    for (const piece of new Set(pieces)) {
      const thief = new Agent(server.url);
      const { _csrf } = await openPage(thief, authorizeUrl('', pkce().code_challenge));
      const [ticketName = ''] = agent.cookies.get('oauth_sign_in')?.match(/^.{9}/) ?? [];
      thief.cookies.set('oauth_sign_in', `${ticketName}${piece}`);
      await sendStep(thief, { ...step, _csrf }, { code: mails.latest() });
      thief.cookies.set('oauth_session', piece);
      expect((await openPage(thief, '/oauth/apps')).html).toContain('name="password"');
    }
  });
});

describe('a restart', () => {
  it('loses no sign-in: another process goes on with it', async () => {
    const other = await start();
    const browser = new Agent(other.url);
    for (const [name, value] of agent.cookies) browser.cookies.set(name, value);
    const { _csrf } = await openPage(browser, `/oauth/step?ticket=${step.ticket}`);
    await sendStep(browser, { ...step, _csrf, action: '/oauth/step?step=email-code' }, { code: mails.latest() });
    expect(browser.cookies.has('oauth_session')).toBe(true);
    expect(mails.sent).toHaveLength(1);
    await other.close();
  });
});
