/** What stands in front of `oauth.mcp({ tools })` decides whether it can see which tool is called; if it cannot, nobody gets through. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { expresses } from '../support/host.js';
import { api, freshCode, type TestServer, testServer, token } from '../support/server.js';

let server: TestServer;

afterEach(() => server.close());

async function callTool(express: keyof typeof expresses, parsers: readonly RequestHandler[]): Promise<number> {
  const app = expresses[express]();
  server = await testServer({ app });
  const guard = server.oauth.mcp({ audience: api, scopes: ['read:contacts'], tools: { add: ['create:contacts'] } });
  app.post('/mcp', ...parsers, guard, (_req, res) => void res.send('called'));
  app.use(((_error, _req, res, _next) => void res.status(500).end()) as ErrorRequestHandler);
  const { body } = await token(server.url, await freshCode(server.url));
  const answer = await fetch(`${server.url}/mcp`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${body.access_token}` },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'add', arguments: {} } }),
  });
  return answer.status;
}

describe.each([4, 5] as const)('a tool that needs more, on Express %s', (name) => {
  it('is refused by its scope where the body was read', async () => {
    const { default: express } = await import('express');
    expect(await callTool(name, [express.json()])).toBe(403);
  });

  it('is refused where another parser left an empty object behind', async () => {
    const leaveEmpty: RequestHandler = (req, _res, next) => {
      req.body = {};
      next();
    };
    expect(await callTool(name, [leaveEmpty])).toBe(500);
  });

  it('is refused where nothing has read the body', async () => {
    expect(await callTool(name, [])).toBe(500);
  });
});
