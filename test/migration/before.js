/** An MCP server with the authorization server of version 1 of the MCP SDK, and its in-memory provider. */
import { DemoInMemoryAuthProvider } from '@modelcontextprotocol/sdk/examples/server/demoInMemoryOAuthProvider.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { getOAuthProtectedResourceMetadataUrl, mcpAuthRouter } from '@modelcontextprotocol/sdk/server/auth/router.js';
import express from 'express';
import { answer } from './tools.js';

export const provider = new DemoInMemoryAuthProvider();

/** @param {string} url - where the app is */
export function createApp(url) {
  const app = express();
  const mcp = new URL('/mcp', url);

  app.use(
    mcpAuthRouter({
      provider,
      issuerUrl: new URL(url),
      resourceServerUrl: mcp,
      scopesSupported: ['mcp:tools'],
    }),
  );
  const auth = requireBearerAuth({
    verifier: provider,
    requiredScopes: ['mcp:tools'],
    resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(mcp),
    expectedResource: mcp,
  });
  app.post('/mcp', express.json(), auth, answer);
  return app;
}
