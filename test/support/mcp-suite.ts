/** What a client of the MCP SDK, unmodified, does with the MCP server of the example, whichever version it is. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startContacts } from '../../example-app/contacts/server.js';
import { type AppOptions, type McpApp, mcpApp, type Sdk } from './mcp-agent.js';
import { type DocumentHost, serveDocument } from './mcp-document.js';
import { form } from './server.js';

const alice = { username: 'alice', password: 'wonderland' };

export function mcpSuite(sdk: Sdk, others: (open: (options?: AppOptions) => Promise<McpApp>) => void): void {
  let contacts: Awaited<ReturnType<typeof startContacts>>;
  let document: DocumentHost;
  const apps: McpApp[] = [];

  beforeAll(async () => {
    jest.spyOn(console, 'warn').mockImplementation(() => {}); // of no Redis, and of outdated grants
    document = await serveDocument({
      client_name: 'Desk',
      redirect_uris: ['http://localhost/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
    });
    contacts = await startContacts({ port: 0, calendarUrl: 'http://localhost', cardsUrl: 'http://localhost', outgoing: document.outgoing });
  });

  afterAll(async () => {
    for (const app of apps) await app.close();
    await contacts.close();
    await document.close();
  });

  async function open(options?: AppOptions): Promise<McpApp> {
    const app = await mcpApp(sdk, `${contacts.url}/mcp`, alice, options);
    apps.push(app);
    await app.open();
    return app;
  }

  async function revoke({ storage }: McpApp, token: string | undefined): Promise<number> {
    const { client_id } = storage.information as { client_id: string };
    return (await fetch(`${contacts.url}/oauth/revoke`, { method: 'POST', body: form({ client_id, token }) })).status;
  }

  describe.each<[string, () => AppOptions]>([
    ['registered by a document', () => ({ document: document.url })],
    ['registered dynamically', () => ({})],
  ])('%s', (_, options) => {
    it('finds the server from its refusal, asks the user for the scope that it names, and calls a tool', async () => {
      const app = await open(options());
      expect(app.consents).toEqual([expect.stringContaining('See your contacts')]);
      expect(app.consents[0]).not.toContain('Add contacts');
      expect(await app.listTools()).toEqual(['list_contacts', 'add_contact']);
      expect(await app.call('list_contacts')).toContain('Dinah');
      expect(app.storage.saved?.scope?.split(' ')).toContain('read:contacts');
    });

    it('is named on the consent page as what it is', async () => {
      const app = await open(options());
      const { document: url } = options();
      const clientId = app.storage.information?.client_id;
      expect(clientId).toEqual(url ?? expect.stringMatching(/^app~/));
      expect(app.consents[0]).toContain(url ? `Unverified app from ${new URL(url).host}` : 'The name is what it calls itself');
    });

    it('refreshes a token that is refused, without its user', async () => {
      const app = await open(options());
      const before = app.storage.saved;
      expect(await revoke(app, before?.access_token)).toBe(200);
      expect(await app.call('list_contacts')).toContain('Dinah');
      expect(app.storage.saved?.access_token).not.toBe(before?.access_token);
      expect(app.storage.saved?.refresh_token).not.toBe(before?.refresh_token);
      expect(app.storage.wanted).toBeUndefined();
    });

    it('is refused when what the user allowed was ended, drops its tokens, and asks anew', async () => {
      const app = await open(options());
      expect(await revoke(app, app.storage.saved?.refresh_token)).toBe(200);
      await expect(app.call('list_contacts')).rejects.toThrow();
      expect(app.storage.dropped).toContain('tokens');
      expect(app.storage.wanted?.pathname).toBe('/oauth/authorize');
      expect(await app.callAndAsk('list_contacts').catch(() => app.callAndAsk('list_contacts'))).toContain('Dinah');
    });
  });

  it('steps up to a second scope when a tool needs it', async () => {
    const app = await open({ refreshing: false });
    expect(await app.callAndAsk('add_contact', { name: 'The Walrus' })).toContain('The Walrus');
    expect(app.consents).toHaveLength(2);
    expect(app.consents[1]).toContain('Add contacts');
    expect(app.storage.saved?.scope?.split(' ').sort()).toEqual(['create:contacts', 'read:contacts']);
    expect(await app.call('list_contacts')).toContain('The Walrus');
  });

  others(open);
}
