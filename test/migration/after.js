/** The same MCP server with express-oauth-router. */
import express from 'express';
import { oauthRouter } from 'express-oauth-router';
import { answer } from './tools.js';

/**
 * @param {string} url - where the app is
 * @param {{ clientsStore: { getClient(id: string): any } }} provider - that of before, for the clients that it knows
 */
export function createApp(url, provider) {
  const app = express();

  const oauth = oauthRouter({
    issuer: url,
    basePath: '',
    secrets: [process.env.OAUTH_SECRET],
    clients: [],
    findClient: (id) => provider.clientsStore.getClient(id),
    registration: true,
    metadataDocuments: true,
    users: { authenticate: ({ username, password }) => username === 'alice' && password === 'wonderland' && { id: 'u-1001' } },
    apis: { [`${url}/mcp`]: { scopes: { 'mcp:tools': 'Use the tools' }, defaultScopes: ['mcp:tools'] } },
  });
  app.use(oauth);
  app.use('/mcp', oauth.mcp('mcp:tools'));
  app.post('/mcp', express.json(), answer);
  return app;
}
