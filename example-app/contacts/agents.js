/** Contacts for AI agents: an MCP server with two tools, by the MCP SDK. Who may call them is said in server.js. */
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { addContact, contactsOf } from './contacts.js';

/** What a tool needs beyond reading. */
export const scopesOfTools = { add_contact: ['create:contacts'] };

/** Answers a request that `oauth.mcp(…)` has let through; the SDK hands on what that found out of the caller: `req.auth`. */
export const answerAgent = toNodeHandler(
  createMcpHandler(({ authInfo }) => {
    const userId = authInfo?.extra?.sub;
    if (typeof userId !== 'string') throw new Error('This route is not protected.');
    return serverFor(userId);
  }),
);

/** @param {string} userId - whose contacts they are */
function serverFor(userId) {
  const server = new McpServer({ name: 'contacts', version: '1.0.0' });

  server.registerTool('list_contacts', { title: 'List contacts', description: 'All contacts of the user' }, () => ({
    content: [{ type: 'text', text: JSON.stringify(contactsOf(userId)) }],
  }));

  const inputSchema = z.object({ name: z.string(), email: z.string().optional(), birthday: z.string().optional() });
  server.registerTool(
    'add_contact',
    { title: 'Add a contact', description: 'Adds one; a birthday is like 1990-12-31', inputSchema },
    (given) => {
      const contact = addContact(userId, given);
      if (contact) return { content: [{ type: 'text', text: JSON.stringify(contact) }] };
      return { isError: true, content: [{ type: 'text', text: 'A contact needs a name; a birthday is like 1990-12-31.' }] };
    },
  );

  return server;
}
