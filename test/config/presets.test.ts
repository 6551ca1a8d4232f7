/** The presets: clients that people meet today, as their makers would register them. */
import { describe, expect, it } from '@jest/globals';
import { presets } from '../../lib/config/presets.js';
import { isLoopbackRedirectUri, isSameRedirectUri } from '../../lib/rules/redirect-uri.js';
import { createServer } from '../../lib/server.js';
import { testOptions } from '../support/server.js';

const log = { warn: () => {}, error: () => {} };
const all = Object.values(presets).flat();

function clientsFrom(clients: readonly (typeof all)[number][]) {
  return [...createServer({ ...testOptions('https://app.example.com'), log, clients }).settings.clients.values()];
}

describe.each(Object.entries(presets))('%s', (_product, clients) => {
  it('is what the option clients takes', () => {
    expect(clientsFrom(clients).map(({ client_id }) => client_id)).toEqual(clients.map(({ client_id }) => client_id));
  });

  it('cannot keep a secret, needs PKCE, stays connected, and is not taken for the host’s own', () => {
    for (const client of clientsFrom(clients)) {
      expect(client).toMatchObject({
        authMethods: ['none'],
        pkce: true,
        firstParty: false,
        grant_types: ['authorization_code', 'refresh_token'],
      });
    }
  });
});

it('all of them can be known at once', () => {
  expect(clientsFrom(all)).toHaveLength(all.length);
});

it.each([
  ['claude', 'https://claude.ai/api/mcp/auth_callback'],
  ['claude-code', 'http://localhost:58135/callback'],
  ['cursor', 'cursor://anysphere.cursor-mcp/oauth/callback'],
  ['vscode', 'http://127.0.0.1:50999/'],
  ['mcp-inspector', 'http://localhost:6274/oauth/callback'],
])('%s gets its answers at %s', (client_id, asked) => {
  const client = clientsFrom(all).find((candidate) => candidate.client_id === client_id);
  expect(client?.redirect_uris.some((registered) => isSameRedirectUri(registered, asked))).toBe(true);
});

it('answers go to https, to the device itself, or to a scheme of an app that is known by name', () => {
  const others = all
    .flatMap(({ redirect_uris }) => [...redirect_uris])
    .filter((uri) => !uri.startsWith('https://') && !isLoopbackRedirectUri(uri));
  expect(others).toEqual(['cursor://anysphere.cursor-mcp/oauth/callback']);
});
