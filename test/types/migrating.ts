/** While an app is on its way from the MCP SDK’s own middleware: where that is imported, `req.auth` has its type. Compiled by mcp-sdk.test.ts. */
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import express from 'express';
import type { OAuthRouter } from 'express-oauth-router';

export function routes(oauth: OAuthRouter, verifier: Parameters<typeof requireBearerAuth>[0]['verifier']) {
  const app = express();
  app.use('/old', requireBearerAuth({ verifier }));
  app.use('/mcp', express.json(), oauth.mcp());
  app.all(['/old', '/mcp'], async (req, res) => {
    const sub: unknown = req.auth?.extra?.sub;
    if (sub === undefined) return void res.sendStatus(500);
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
    await transport.handleRequest(req, res, req.body);
  });
  return app;
}
