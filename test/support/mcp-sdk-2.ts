/** Version 2 of the client of the MCP SDK, as `mcpApp` uses it. */
import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';
import type { Sdk } from './mcp-agent.js';

export const version2: Sdk = {
  connect(mcp, storage) {
    const client = new Client({ name: 'desk', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } });
    const transport = new StreamableHTTPClientTransport(mcp, { authProvider: storage });
    return {
      open: () => client.connect(transport),
      listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
      callTool: async (name, args) => {
        const { content } = await client.callTool({ name, arguments: args });
        const [first] = content as { text: string }[];
        return first?.text ?? '';
      },
      finish: (callback) => transport.finishAuth(callback), // which checks `iss` as well
      close: () => client.close(),
    };
  },
  isUnauthorized: (error) => error instanceof UnauthorizedError,
};
