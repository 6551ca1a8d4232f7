import { beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { Server } from '../../lib/contracts.js';
import type { Authorization } from '../../lib/model/authorization.js';
import type { Client } from '../../lib/model/client.js';
import { createServer } from '../../lib/server.js';
import { type IdTokenContent, signIdToken } from '../../lib/tokens/id-token.js';
import { testOptions, web } from '../support/server.js';

const now = 1_700_000_000;
const authorization = { id: 'a', client_id: 'web', sub: 'alice', scope: ['openid'] } as unknown as Authorization;

let server: Server;
let client: Client;

beforeAll(async () => {
  const platform = { clock: () => now, random: (bytes: number) => 'r'.repeat(bytes) };
  const users = { authenticate: () => null, find: () => ({ id: 'alice', email: 'alice@example.com', name: 'Alice' }) };
  server = createServer({ ...testOptions('https://app.example.com'), users }, platform);
  client = server.settings.clients.get(web.client_id) as Client;
  await server.keys.ready();
});

async function claimsOf(more: Partial<IdTokenContent> = {}) {
  return decodeJwt(await signIdToken({ authorization, client, ...more }, server));
}

const bare = { iss: 'https://app.example.com', sub: 'alice', aud: 'web', azp: 'web', iat: now, exp: now + 3_600 };

describe('the ID token', () => {
  it('of whom nothing is known says no more than who, from whom and to whom', async () => {
    expect(await claimsOf()).toEqual(bare);
  });

  it('has no typ, and names its key', async () => {
    expect(decodeProtectedHeader(await signIdToken({ authorization, client }, server))).toEqual({ alg: 'RS256', kid: expect.any(String) });
  });

  it.each<readonly [string, Partial<IdTokenContent>, object]>([
    [
      'the login',
      { authorization: { ...authorization, auth_time: 1, acr: 'gold', amr: ['pwd'], sid: 's' } },
      { auth_time: 1, acr: 'gold', amr: ['pwd'], sid: 's' },
    ],
    ['the nonce', { nonce: 'n' }, { nonce: 'n' }],
    ['claims of the scopes, where it is told to', { scopes: ['openid', 'email'] }, { email: 'alice@example.com' }],
    [
      'claims that were asked for by name',
      { authorization: { ...authorization, claims: { id_token: { name: null } } } },
      { name: 'Alice' },
    ],
    // OpenID Connect Core appendix A.4
    ['the hash of an access token', { access_token: 'jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y' }, { at_hash: '77QmUPtjPfzWtF2AnpK9RQ' }],
    ['the hash of a code', { code: 'Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk' }, { c_hash: 'LDktKdoQak3Pk0cnXxCltA' }],
  ])('says %s', async (_, content, expected) => {
    expect(await claimsOf(content)).toEqual({ ...bare, ...expected });
  });

  it('does not say what userinfo was asked for', async () => {
    expect(await claimsOf({ authorization: { ...authorization, claims: { userinfo: { name: null } } } })).toEqual(bare);
  });
});
