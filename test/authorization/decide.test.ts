import { describe, expect, it } from '@jest/globals';
import { decide, type Step } from '../../lib/authorization/decide.js';
import type { AuthorizationRequest } from '../../lib/model/authorization.js';
import type { Client } from '../../lib/model/client.js';

const alice = { sub: 'alice', name: 'Alice' };
const [https, loopback, privateUse] = [
  'https://client.example.com/callback',
  'http://127.0.0.1:51004/callback',
  'com.example.app:/callback',
];

const confidential: Client = {
  client_id: 'web',
  client_name: 'Web',
  redirect_uris: [https],
  grant_types: ['authorization_code'],
  response_types: ['code'],
  authMethods: ['client_secret_basic'],
  firstParty: false,
};
const publicClient: Client = { ...confidential, authMethods: ['none'] };
const ours = (client: Client): Client => ({ ...client, firstParty: true });

function request(redirect_uri: string): AuthorizationRequest {
  return {
    client_id: 'web',
    redirect_uri,
    response_type: 'code',
    response_mode: 'query',
    scope: ['read', 'write'],
    audience: 'https://api.example.com',
    code_challenge: 'a'.repeat(43),
  };
}

const allow: Step = { to: 'allow', user: alice };
const ask = (asked: readonly string[], allowed: readonly string[]): Step => ({ to: 'consent', user: alice, asked, allowed });

describe('a request of nobody', () => {
  it.each([confidential, publicClient, ours(confidential)])('goes to the login', (client) => {
    expect(decide(request(https), client, undefined, undefined)).toEqual({ to: 'login' });
  });
});

describe('a request of a user', () => {
  it.each<readonly [string, Client, string, readonly string[] | undefined, Step]>([
    ['who was never asked', confidential, https, undefined, ask(['read', 'write'], [])],
    ['who has allowed part of it', confidential, https, ['write'], ask(['read'], ['write'])],
    ['who has allowed something else', confidential, https, ['delete'], ask(['read', 'write'], [])],
    ['who has allowed all of it', confidential, https, ['write', 'read'], allow],
    ['who has allowed more', confidential, https, ['read', 'write', 'delete'], allow],
    ['who has allowed it to a confidential client on the device', confidential, loopback, ['read', 'write'], allow],
    ['who has allowed it to a public client at an https address', publicClient, https, ['read', 'write'], allow],
    ['who has allowed it to a public client at a loopback address', publicClient, loopback, ['read', 'write'], ask([], ['read', 'write'])],
    [
      'who has allowed it to a public client with a scheme of its own',
      publicClient,
      privateUse,
      ['read', 'write'],
      ask([], ['read', 'write']),
    ],
    ["of the host's own client, who was never asked", ours(confidential), https, undefined, allow],
    ["of the host's own public client at an https address", ours(publicClient), https, undefined, allow],
    ["of the host's own client at a loopback address", ours(publicClient), loopback, undefined, ask(['read', 'write'], [])],
    ["of the host's own client with a scheme of its own", ours(publicClient), privateUse, ['read', 'write'], ask([], ['read', 'write'])],
  ])('%s goes on as it should', (_, client, redirect_uri, consented, step) => {
    expect(decide(request(redirect_uri), client, alice, consented)).toEqual(step);
  });
});

it('asks again for what was agreed to, where a form has just been refused', () => {
  expect(decide(request(https), confidential, alice, ['read', 'write'], true)).toEqual(ask([], ['read', 'write']));
});
