/** An MCP server by either version of the SDK behind `oauth.mcp`, as its author would type it. Compiled by mcp-sdk.test.ts. */
import { toNodeHandler } from '@modelcontextprotocol/node';
import type { AuthInfo as AuthInfo1 } from '@modelcontextprotocol/sdk/server/auth/types.js';
import { McpServer as McpServer1 } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { type AuthInfo as AuthInfo2, createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import express from 'express';
import { type Auth, oauthRouter, presets } from 'express-oauth-router';

const oauth = oauthRouter({
  issuer: 'https://app.example.com',
  secrets: [process.env.OAUTH_SECRET],
  clients: [...presets.cursor, ...presets.claude.map((client) => ({ ...client, scope: 'read:contacts' }))],
  users: { authenticate: () => undefined },
  apis: { 'https://app.example.com/mcp': { scopes: { 'read:contacts': 'See your contacts' } } },
});

const app = express();
app.use(oauth);
app.use('/mcp', express.json(), oauth.mcp({ scopes: ['read:contacts'], tools: { any: ['read:contacts'] } }));

// Version 1
app.post('/mcp', async (req, res) => {
  const server = new McpServer1({ name: 'contacts', version: '1.0.0' });
  server.registerTool('who', { description: 'Who am I?' }, (extra) => {
    const auth: AuthInfo1 | undefined = extra.authInfo;
    return { content: [{ type: 'text', text: String(auth?.extra?.sub) }] };
  });
  const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
  await server.connect(transport as Parameters<typeof server.connect>[0]);
  await transport.handleRequest(req, res, req.body);
});

// Version 2
const handler = toNodeHandler(
  createMcpHandler(({ authInfo }) => {
    const auth: AuthInfo2 | undefined = authInfo;
    return new McpServer({ name: String(auth?.extra?.sub), version: '1.0.0' });
  }),
);
app.all('/mcp', (req, res) => handler(req, res, req.body));

// What we know of the caller is what either of them calls AuthInfo, and more.
export const asOne = (auth: Auth): AuthInfo1 => auth;
export const asTwo = (auth: Auth): AuthInfo2 => auth;
app.get('/', (req, res) => {
  const sub: string = req.auth.sub;
  // @ts-expect-error it is typed, then
  const never: number = req.auth.sub;
  res.json({ sub, never });
});
