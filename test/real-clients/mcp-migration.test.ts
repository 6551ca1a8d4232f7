/** docs/migrate-from-mcp-auth-router.md, tried: test/migration/before.js, then after.js, with the client of the MCP SDK. */
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type McpApp, mcpApp, type Sdk } from '../support/mcp-agent.js';
import { version1 } from '../support/mcp-sdk-1.js';
import { version2 } from '../support/mcp-sdk-2.js';

const alice = { username: 'alice', password: 'wonderland' };
const provider: { clientsStore: unknown } = await load('before', 'provider');

let port: number;
let listener: Server;
const apps: McpApp[] = [];

/** Not imported by name: the types of the SDK’s middleware would become those of all tests. */
async function load<T>(file: 'before' | 'after', name: string): Promise<T> {
  return (await import(new URL(`../migration/${file}.js`, import.meta.url).href))[name] as T;
}

/** Starts one or the other, in the same place. */
async function start(file: 'before' | 'after'): Promise<string> {
  listener = createServer();
  await new Promise<void>((listening) => listener.listen(port ?? 0, '127.0.0.1', listening));
  port = (listener.address() as AddressInfo).port;
  const url = `http://localhost:${port}`;
  const createApp = await load<(url: string, provider: unknown) => RequestListener>(file, 'createApp');
  listener.on('request', createApp(url, provider));
  await fetch(url).catch(() => {}); // which learns that connections to the one before are closed
  return `${url}/mcp`;
}

async function stop(): Promise<void> {
  for (const app of apps.splice(0)) await app.close();
  listener.closeAllConnections();
  await new Promise((closed) => listener.close(closed));
}

async function open(sdk: Sdk, mcp: string, storage?: McpApp['storage']): Promise<McpApp> {
  const app = await mcpApp(sdk, mcp, alice, { ...(storage && { storage }) });
  apps.push(app);
  await app.open();
  return app;
}

async function whoAmI(app: McpApp): Promise<unknown> {
  return JSON.parse(await app.call('who_am_i'));
}

describe.each([
  ['1', version1],
  ['2', version2],
])('the same client, version %s', (_, sdk) => {
  let before: McpApp['storage'];
  let clientId: string | undefined;

  beforeAll(() => {
    process.env.OAUTH_SECRET = 'a test secret of more than 32 characters';
    jest.spyOn(console, 'warn').mockImplementation(() => {}); // of no Redis
  });

  afterAll(stop);

  it('works before', async () => {
    const app = await open(sdk, await start('before'));
    before = app.storage;
    clientId = before.information?.client_id;
    expect(await whoAmI(app)).toEqual({ clientId, scopes: ['mcp:tools'] });
    expect(app.consents).toEqual(['']); // nobody was asked
    await stop();
  });

  it('works after, and it is known who calls', async () => {
    const app = await open(sdk, await start('after'));
    expect(await whoAmI(app)).toEqual({
      clientId: expect.stringMatching(/^app~/),
      sub: 'u-1001',
      scopes: expect.arrayContaining(['mcp:tools']),
    });
    expect(app.consents).toEqual([expect.stringContaining('Use the tools')]);
  });

  it('goes on as the client that it was before, with its user asked once', async () => {
    if (sdk === version2) before.invalidateCredentials('discovery'); // see below
    const app = await open(sdk, `http://localhost:${port}/mcp`, before);
    expect(await whoAmI(app)).toEqual({ clientId, sub: 'u-1001', scopes: expect.arrayContaining(['mcp:tools']) });
    expect(app.consents).toHaveLength(1);
  });
});

it('a client of version 2 that remembers the issuer of before, which had a slash, does not take the answer of the one after', async () => {
  const app = await open(version2, await start('before'));
  await stop();
  await expect(open(version2, await start('after'), app.storage)).rejects.toThrow(/Issuer mismatch/);
  await stop();
});

describe('the guide', () => {
  const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
  const blocks = [...read('docs/migrate-from-mcp-auth-router.md').matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(
    ([, block]) => block as string,
  );
  const plain = (text: string) => text.replace(/\s+/g, ' ').replaceAll('( ', '(').replaceAll(', )', ')').trim();

  it('shows before and after as they were tried', () => {
    const [before, after] = blocks;
    expect(plain(read('test/migration/before.js'))).toContain(plain(before as string));
    expect(plain(read('test/migration/after.js'))).toContain(plain(after as string));
  });
});
