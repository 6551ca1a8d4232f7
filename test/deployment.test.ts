/** docs/deployment.md says what works: its example ends cleanly, and the user of its ACL can do all that is needed, and no more. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent as HttpAgent, request } from 'node:http';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { redisStore } from '../lib/store/redis.js';
import { Agent } from './support/agent.js';
import { freePort } from './support/free-port.js';
import { leastRights, type RedisServer, startRedis } from './support/redis.js';
import { alice, authorizeUrl, freshCode, openPage, pkce, testServer, token } from './support/server.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const text = await readFile(join(root, 'docs/deployment.md'), 'utf8');

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(() => redis.stop());

describe('the example for a clean shutdown', () => {
  let folder: string;
  let port: number;
  let child: ChildProcess;
  let output = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(root, 'test/.deployment-')); // where Node finds our packages
    port = await freePort();
    const [, example = ''] = /## Clean shutdown\n[\s\S]*?```js\n([\s\S]*?)```/.exec(text) ?? [];
    const lib = pathToFileURL(join(root, 'lib/index.ts')).href;
    await writeFile(join(folder, 'app.mjs'), example.replace("'express-oauth-router'", `'${lib}'`).replace('.config.js', '.config.mjs'));
    await writeFile(join(folder, 'oauth.config.mjs'), config(port));
    const hooks = `data:text/javascript,import{register}from"node:module";register(${JSON.stringify(pathToFileURL(join(root, 'test/support/typescript-hooks.js')).href)})`;
    const env = { ...process.env, PORT: String(port) };
    child = spawn(process.execPath, ['--import', hooks, join(folder, 'app.mjs')], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (output += data));
    while (!(await fetch(`http://localhost:${port}/health`).catch(() => undefined))?.ok) {
      if (child.exitCode !== null) throw new Error(output);
      await sleep(100);
    }
  }, 90_000);

  afterAll(async () => {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  /** The password is looked up slowly, so that there is a request under way. */
  function config(port: number): string {
    return `export default {
      issuer: 'http://localhost:${port}',
      secrets: ['a secret of more than 32 characters, for this'],
      redis: '${redis.url}',
      clients: [{ client_id: 'web', client_secret: 'the secret of the web client', redirect_uris: ['https://client.example.com/callback'] }],
      users: {
        authenticate: ({ username }) => {
          console.log('asked');
          return new Promise((done) => setTimeout(done, 1500, { id: username }));
        },
      },
      apis: { 'https://api.example.com': { scopes: { 'read:contacts': 'See your contacts' } } },
    };`;
  }

  it('answers the request under way, takes no new one, and ends by itself', async () => {
    const url = `http://localhost:${port}`;
    const agent = new Agent(url);
    const { ticket, _csrf } = await openPage(agent, authorizeUrl(url, pkce().code_challenge));
    const idle = new HttpAgent({ keepAlive: true }); // as a proxy keeps connections
    await new Promise((done) => request(`${url}/health`, { agent: idle }, (res) => res.resume().on('end', done)).end());

    const ended = once(child, 'exit');
    const answer = agent.post('/oauth/login', { ticket, _csrf, ...alice });
    while (!output.includes('asked')) await sleep(20); // it has arrived, and is not answered yet
    child.kill('SIGTERM');
    expect((await answer).status).toBe(303);
    expect(agent.cookies.has('oauth_session')).toBe(true);
    expect(await ended).toEqual([0, null]);
    await expect(fetch(`${url}/health`)).rejects.toThrow();
    idle.destroy();
    expect(output).not.toMatch(/error|unhandled/i);
  });
});

describe('the user of the ACL', () => {
  let admin: Redis;
  const url = () => redis.url.replace('redis://', 'redis://oauth:password@');

  beforeAll(async () => {
    admin = new Redis(redis.url);
    await admin.call('ACL', 'SETUSER', 'oauth', ...leastRights.everywhere, ...leastRights.wait);
  });

  afterAll(() => admin.disconnect());

  it('can do all that the server does, and is never refused', async () => {
    await admin.call('ACL', 'LOG', 'RESET');
    const server = await testServer({ options: { redis: url(), registration: true } });
    const { body } = await token(server.url, await freshCode(server.url));
    expect((await token(server.url, { grant_type: 'refresh_token', refresh_token: body.refresh_token })).status).toBe(200);
    await server.oauth.keys.rotate();
    await server.oauth.authorizations.revokeAll('alice');
    await server.close();
    const store = redisStore(url(), { log: { warn: () => {}, error: () => {} }, wait: { replicas: 0, timeout: 0.1 } });
    await store.put('session:x', 1, 60);
    const limiter = store.limiter?.({ name: 'acl', times: 1, within: 60 });
    expect(await limiter?.count('x')).toBe(0);
    expect(await limiter?.count('x')).toBeGreaterThan(50); // of 60, in which the machine may have been busy
    await limiter?.forget('x');
    await store.close();
    expect(await admin.call('ACL', 'LOG')).toEqual([]);
  });

  it.each([['keys', '*'], ['flushall'], ['config', 'get', '*'], ['get', 'of somebody else'], ['subscribe', 'x'], ['scan', '0']])(
    'cannot %s',
    async (command, ...args) => {
      const client = new Redis(url());
      await expect(client.call(command, ...args)).rejects.toThrow('NOPERM');
      client.disconnect();
    },
  );
});
