/** The client of the MCP SDK, version 2, unmodified, with the MCP server of the example. MCP 2026-07-28. */
import { expect, it } from '@jest/globals';
import { version2 } from '../support/mcp-sdk-2.js';
import { mcpSuite } from '../support/mcp-suite.js';

mcpSuite(version2, (open) => {
  it('asks to stay connected, since the server says that it can', async () => {
    const app = await open();
    expect(app.storage.saved?.scope?.split(' ').sort()).toEqual(['offline_access', 'read:contacts']);
  });

  it('steps up while it has a refresh token, and has one afterwards', async () => {
    const app = await open();
    expect(await app.callAndAsk('add_contact', { name: 'The Carpenter' })).toContain('The Carpenter');
    expect(app.consents).toHaveLength(2);
    expect(app.storage.saved?.scope?.split(' ')).toEqual(expect.arrayContaining(['create:contacts', 'read:contacts']));
    expect(app.storage.saved?.refresh_token).toBeDefined();
  });
});
