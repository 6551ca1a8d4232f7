/** Version 1 of the client of the MCP SDK, as `mcpApp` uses it. */
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Sdk } from './mcp-agent.js';

export const version1: Sdk = {
  connect(mcp, storage) {
    const client = new Client({ name: 'desk', version: '1.0.0' });
    const transport = new StreamableHTTPClientTransport(mcp, { authProvider: storage });
    return {
      open: () => client.connect(transport),
      listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
      callTool: async (name, args) => {
        const [first] = (await client.callTool({ name, arguments: args })).content as { text: string }[];
        return first?.text ?? '';
      },
      finish: (callback) => transport.finishAuth(callback.get('code') ?? ''),
      close: () => client.close(),
    };
  },
  isUnauthorized: (error) => error instanceof UnauthorizedError,
};
