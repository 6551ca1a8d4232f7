/** The MCP server of both: one tool, that says who calls. By version 1 of the MCP SDK, as its documentation has it. */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

/** @type {import('express').RequestHandler} */
export async function answer(req, res) {
  const server = new McpServer({ name: 'example', version: '1.0.0' });
  server.registerTool('who_am_i', { description: 'Says who calls' }, ({ authInfo }) => ({
    content: [
      { type: 'text', text: JSON.stringify({ clientId: authInfo?.clientId, sub: authInfo?.extra?.sub, scopes: authInfo?.scopes }) },
    ],
  }));
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
  res.on('close', () => void server.close());
  await server.connect(transport);
  await transport.handleRequest(req, res, req.body);
}
