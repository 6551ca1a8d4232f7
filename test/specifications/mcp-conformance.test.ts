/**
 * The conformance runner of MCP, unmodified, on our authorization server: all of its scenarios for one, of all revisions.
 *
 * Its other scenarios do not apply, since what they test is not ours:
 * - those for clients (`client`, such as `auth/scope-step-up`) bring a server of their own to test an MCP client;
 * - those for servers (`server`, such as `tools-list`) test what the MCP SDK does behind us, and cannot show a token: they stop at our 401.
 *   What they would say of a protected server, its metadata and challenges, is in mcp-authorization.test.ts;
 * - `auth/enterprise-managed-authorization`, `auth/client-credentials-*`, `auth/dpop` and `auth/wif-jwt-bearer` are for clients, too.
 * With a secret the runner claims to be a public client all the same, wherever the metadata lists `none`; so clients here are public.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent } from '../support/agent.js';
import { freePort } from '../support/free-port.js';
import { type DocumentHost, serveDocument } from '../support/mcp-document.js';
import { type TestServer, testServer } from '../support/server.js';
import { visit } from '../support/walker.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const runner = join(root, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
const shim = join(root, 'test/support/conformance-on-node-20.js');
const redirect_uris = ['http://127.0.0.1/callback'];

interface Check {
  readonly id: string;
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO';
  readonly errorMessage?: string;
}

let document: DocumentHost;

beforeAll(async () => {
  document = await serveDocument({ client_name: 'The runner', redirect_uris });
});

afterAll(() => document.close());

describe.each(['', '/tenant'])('the authorization server at the path "%s"', (issuerPath) => {
  let server: TestServer;
  let issuer: string;

  beforeAll(async () => {
    server = await testServer({
      issuerPath,
      optionsAt: (url) => ({
        basePath: issuerPath === '' ? '/oauth' : '',
        clients: [{ client_id: 'listed', redirect_uris }],
        metadataDocuments: true,
        registration: true,
        outgoing: document.outgoing,
        apis: {
          [`${url}/mcp`]: {
            scopes: { 'read:contacts': 'See your contacts', 'create:contacts': 'Add contacts' },
            defaultScopes: ['read:contacts'],
          },
        },
      }),
    });
    issuer = `${server.url}${issuerPath}`;
  });

  afterAll(() => server.close());

  it.each([
    ['is listed', async () => 'listed'],
    ['has a document', async () => document.url],
    ['has registered itself', register],
  ])('passes with a client that %s', async (_, clientId) => {
    const checks = await run(['--url', issuer, '--client-id', await clientId(), '--resource', `${server.url}/mcp`]);
    expect(checks.map(({ id, status, errorMessage }) => [id, status, errorMessage])).toEqual([
      ['authorization-server-metadata', 'SUCCESS', undefined],
      ['authorization-server-metadata-cimd', 'SUCCESS', undefined],
      ['authorization-code-grant', 'SUCCESS', undefined],
    ]);
  });

  it('passes with a client that knows of no resource parameter', async () => {
    const checks = await run(['--url', issuer, '--client-id', 'listed']);
    expect(checks.map(({ status }) => status)).toEqual(['SUCCESS', 'SUCCESS', 'SUCCESS']);
  });

  async function register(): Promise<string> {
    const body = JSON.stringify({ redirect_uris, token_endpoint_auth_method: 'none', client_name: 'The runner' });
    const answer = await fetch(`${issuer}${issuerPath === '' ? '/oauth' : ''}/register`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
    });
    return ((await answer.json()) as { client_id: string }).client_id;
  }

  async function follow(link: string): Promise<void> {
    await fetch((await visit(new Agent(server.url), link)).callback);
  }

  /** Runs it, and is the user whom it asks to open a link. */
  async function run(args: readonly string[]): Promise<Check[]> {
    const folder = mkdtempSync(join(tmpdir(), 'mcp-conformance-'));
    const all = ['--import', shim, runner, 'authorization', ...args, '--port', String(await freePort()), '--output-dir', folder];
    const child = spawn(process.execPath, all, { cwd: folder });
    const closed = once(child, 'close');
    try {
      let output = '';
      let visited: Promise<unknown> | undefined;
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (text) => {
          output += text;
          const [link] = /^http\S+[?&]response_type=code\S*(?=\s)/m.exec(output) ?? [];
          if (link) visited ??= follow(link).catch(() => child.kill());
        });
      }
      const [code] = await closed;
      await visited;
      if (code !== 0) throw new Error(`It ended with ${code}:\n${output}`);
      return readChecks(folder);
    } finally {
      child.kill();
      rmSync(folder, { recursive: true });
    }
  }
});

/** In the order in which they were made. */
function readChecks(folder: string): Check[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('checks.json'));
  const checks = files.flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as (Check & { timestamp: string })[]);
  return checks.sort((one, other) => one.timestamp.localeCompare(other.timestamp));
}
