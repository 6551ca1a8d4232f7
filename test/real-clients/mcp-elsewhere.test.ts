/** An MCP server on another machine than its authorization server, by `protectApi`: both versions of the client of the MCP SDK find the way. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import express from 'express';
import { protectApi } from '../../lib/index.js';
import { mcpApp } from '../support/mcp-agent.js';
import { version1 } from '../support/mcp-sdk-1.js';
import { version2 } from '../support/mcp-sdk-2.js';
import { type Origin, serve } from '../support/origin.js';
import { alice, type TestServer, testServer } from '../support/server.js';

const app = express();
let elsewhere: Origin;
let server: TestServer;

beforeAll(async () => {
  elsewhere = await serve(app);
  const audience = `${elsewhere.url}/mcp`;
  const scopes = { 'read:contacts': 'See your contacts', 'create:contacts': 'Add contacts' };
  server = await testServer({ issuerPath: '/tenant', options: { apis: { [audience]: { scopes } }, registration: true } });

  const protect = protectApi({ issuer: `${server.url}/tenant`, audience, scopes: Object.keys(scopes) });
  app.use(protect.metadata);
  app.use('/mcp', express.json(), protect.mcp({ scopes: ['read:contacts'], tools: { add_contact: ['create:contacts'] } }));
  const handler = toNodeHandler(createMcpHandler(({ authInfo }) => serverFor(String(authInfo?.extra?.sub))));
  app.all('/mcp', (req, res) => handler(req, res, req.body));
});

afterAll(async () => {
  await Promise.all([elsewhere.close(), server.close()]);
});

function serverFor(sub: string): McpServer {
  const mcp = new McpServer({ name: 'elsewhere', version: '1.0.0' });
  for (const name of ['list_contacts', 'add_contact']) {
    mcp.registerTool(name, { description: name }, () => ({ content: [{ type: 'text', text: `${name} of ${sub}` }] }));
  }
  return mcp;
}

it.each([
  ['1', version1],
  ['2', version2],
])('version %s', async (_, sdk) => {
  const client = await mcpApp(sdk, `${elsewhere.url}/mcp`, alice, { refreshing: false });
  await client.open();
  expect(await client.call('list_contacts')).toBe('list_contacts of alice');
  expect(await client.callAndAsk('add_contact')).toBe('add_contact of alice');
  expect(client.consents).toEqual([expect.not.stringContaining('Add contacts'), expect.stringContaining('Add contacts')]);
  await client.close();
});
