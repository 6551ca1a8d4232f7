import { describe, expect, it } from '@jest/globals';
import type { ClientOptions } from '../lib/config/options/index.js';
import { createServer } from '../lib/server.js';
import { testOptions, web } from './support/server.js';

/** What the operator is told at start, besides that there is no Redis. */
async function warningsFor(...clients: readonly ClientOptions[]): Promise<string[]> {
  const warnings: string[] = [];
  const log = { warn: (message: string) => void warnings.push(message), error: () => {} };
  const { store } = createServer({ ...testOptions('https://app.example.com'), clients, log });
  await store.close();
  return warnings.filter((warning) => !warning.startsWith('No redis'));
}

const client_secret = 'a secret of some length';
const spa: ClientOptions = { client_id: 'gallery', redirect_uris: ['https://gallery.example.com/'] };

describe('the operator is told at start', () => {
  it.each<readonly [string, ClientOptions, RegExp]>([
    [
      'the implicit grant, by grant_types',
      { ...spa, grant_types: ['implicit'], response_types: ['token'] },
      /^The client gallery .*implicit.*RFC 9700/,
    ],
    [
      'the implicit grant, by response_types alone',
      { ...spa, response_types: ['id_token token'] },
      /^The client gallery .*implicit.*RFC 9700/,
    ],
    [
      'a hybrid that brings tokens through the browser',
      { ...spa, response_types: ['code id_token'] },
      /^The client gallery .*implicit.*RFC 9700/,
    ],
    ['codes without PKCE', { ...spa, client_id: 'old', client_secret, pkce: false }, /^The client old .*PKCE.*nonce.*RFC 9700/],
    ['the password grant', { client_id: 'till', client_secret, grant_types: ['password'] }, /^The client till .*password.*RFC 9700/],
  ])('which client may use %s, once', async (_, client, warning) => {
    expect(await warningsFor(web, client)).toEqual([expect.stringMatching(warning)]);
  });

  it('of both, where a client may use both', async () => {
    const client = { ...spa, client_secret, grant_types: ['implicit', 'password'], response_types: ['token'] };
    expect(await warningsFor(client)).toEqual([expect.stringContaining('password'), expect.stringContaining('implicit')]);
  });

  it.each<readonly [string, ClientOptions]>([
    ['uses codes', web],
    ['is a machine', { client_id: 'machine', client_secret, grant_types: ['client_credentials'] }],
    ['asks for nothing but leave', { ...spa, response_types: ['code', 'none'] }],
  ])('nothing of a client that %s', async (_, client) => {
    expect(await warningsFor(client)).toEqual([]);
  });
});
