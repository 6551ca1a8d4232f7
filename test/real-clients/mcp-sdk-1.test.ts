/** The client of the MCP SDK, version 1, unmodified, with the MCP server of the example. MCP 2025-11-25. */
import { expect, it } from '@jest/globals';
import { auth } from '@modelcontextprotocol/sdk/client/auth.js';
import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { version1 } from '../support/mcp-sdk-1.js';
import { mcpSuite } from '../support/mcp-suite.js';

mcpSuite(version1, (open) => {
  // It refreshes where it should ask for more, and gets as much as before: a limit of its own.
  it('while it has a refresh token, steps up only after the app has dropped that', async () => {
    const app = await open();
    await expect(app.call('add_contact', { name: 'The Carpenter' })).rejects.toThrow(StreamableHTTPError);
    app.storage.invalidateCredentials('tokens');
    const scope = 'read:contacts create:contacts';
    expect(await auth(app.storage, { serverUrl: app.mcp, scope })).toBe('REDIRECT');
    await app.askUser();
    expect(await app.call('add_contact', { name: 'The Carpenter' })).toContain('The Carpenter');
  });
});
