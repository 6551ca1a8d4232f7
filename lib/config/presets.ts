/**
 * Clients that people meet today, for hosts that neither let clients register themselves nor know them by documents. RFC 7591 section 2.
 * Their makers change what is said here without notice; with each stands when and where it was learned.
 */
import type { ClientOptions } from './options/clients.js';

/** What they have in common: apps that cannot keep a secret, and stay connected. */
const agent = { grant_types: ['authorization_code', 'refresh_token'], token_endpoint_auth_method: 'none' } as const;

/**
 * Lists of clients for the option `clients`, by the product. Users enter the `client_id` where the product asks for one; a copy with another
 * `client_id` or a `scope` will do as well. With the options `metadataDocuments` and `registration` none of them is needed.
 *
 * @example { clients: [...presets.cursor, ...presets.claude.map((client) => ({ ...client, scope: 'read:contacts' }))] }
 */
export const presets = {
  /**
   * Claude on the web, the desktop and the phone, which share one client; and Claude Code, on any port. As of November 2026.
   *
   * @see anthropics/claude-code#37767, anthropics/claude-ai-mcp#158
   */
  claude: [
    {
      ...agent,
      client_id: 'claude',
      client_name: 'Claude',
      client_uri: 'https://claude.ai',
      redirect_uris: ['https://claude.ai/api/mcp/auth_callback', 'https://claude.com/api/mcp/auth_callback'],
    },
    {
      ...agent,
      client_id: 'claude-code',
      client_name: 'Claude Code',
      client_uri: 'https://claude.ai',
      redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
    },
  ],

  /**
   * ChatGPT. Connectors that were made lately have a callback each, `https://chatgpt.com/connector/oauth/<id>`, which its settings show: add
   * that one to `redirect_uris`. As of November 2026, by reports of others who run servers; not found at the maker's.
   */
  chatgpt: [
    {
      ...agent,
      client_id: 'chatgpt',
      client_name: 'ChatGPT',
      client_uri: 'https://chatgpt.com',
      redirect_uris: ['https://chatgpt.com/connector_platform_oauth_redirect'],
    },
  ],

  /**
   * Cursor: the editor, its agents on the web, and its command line. As of November 2026.
   *
   * @see erp-mafia/accounted#2225, bytebase/bytebase#20510, makeplane/plane-mcp-server#159
   */
  cursor: [
    {
      ...agent,
      client_id: 'cursor',
      client_name: 'Cursor',
      client_uri: 'https://cursor.com',
      redirect_uris: [
        'cursor://anysphere.cursor-mcp/oauth/callback',
        'https://www.cursor.com/agents/mcp/oauth/callback',
        'http://localhost:8787/callback',
      ],
    },
  ],

  /**
   * Visual Studio Code, released and Insiders. As of November 2026.
   *
   * @see microsoft/vscode-docs#8689
   */
  vscode: [
    {
      ...agent,
      client_id: 'vscode',
      client_name: 'Visual Studio Code',
      client_uri: 'https://code.visualstudio.com',
      redirect_uris: [
        'https://vscode.dev/redirect',
        'https://insiders.vscode.dev/redirect',
        'http://127.0.0.1/',
        'http://127.0.0.1:33418/',
      ],
    },
  ],

  /**
   * MCP Inspector, in a browser on the developer's machine. As of November 2026.
   *
   * @see modelcontextprotocol/inspector#930
   */
  inspector: [
    {
      ...agent,
      client_id: 'mcp-inspector',
      client_name: 'MCP Inspector',
      client_uri: 'https://github.com/modelcontextprotocol/inspector',
      redirect_uris: ['http://localhost:6274/oauth/callback', 'http://localhost:6274/oauth/callback/debug'],
    },
  ],
} as const satisfies Readonly<Record<string, readonly ClientOptions[]>>;
