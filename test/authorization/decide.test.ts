import { describe, expect, it } from '@jest/globals';
import { decide, type Step } from '../../lib/authorization/decide.js';
import type { AuthorizationRequest } from '../../lib/model/authorization.js';
import type { Client } from '../../lib/model/client.js';

const now = 1_700_000_000;
const alice = { sub: 'alice', name: 'Alice', auth_time: now - 100 };
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
  pkce: true,
  subject_type: 'public',
  id_token_signed_response_alg: 'RS256',
  require_auth_time: false,
};
const publicClient: Client = { ...confidential, authMethods: ['none'] };
const ours = (client: Client): Client => ({ ...client, firstParty: true });

function request(redirect_uri: string, more: Partial<AuthorizationRequest> = {}): AuthorizationRequest {
  return {
    client_id: 'web',
    redirect_uri,
    response_type: 'code',
    response_mode: 'query',
    scope: ['read', 'write'],
    audience: 'https://api.example.com',
    code_challenge: 'a'.repeat(43),
    prompt: [],
    received_at: now,
    ...more,
  };
}

const login: Step = { to: 'login' };
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

describe('a user who signed in 100 seconds before', () => {
  const all = ['read', 'write'];

  it.each<readonly [string, Partial<AuthorizationRequest>, Step]>([
    ['signs in again, since prompt asks for it', { prompt: ['login'] }, login],
    ['signs in again before anything else that prompt asks for', { prompt: ['consent', 'login'] }, login],
    ['is asked again for what was agreed to, since prompt asks for it', { prompt: ['consent'] }, ask([], all)],
    ['is shown who is signed in, to choose another account', { prompt: ['select_account'] }, ask([], all)],
    ['needs no question, since prompt forbids it', { prompt: ['none'] }, allow],
    ['signs in again, if it must not be longer ago than 99 seconds', { max_age: 99 }, login],
    ['need not sign in, if it must not be longer ago than 100 seconds', { max_age: 100 }, allow],
    ['signs in again, if it must not be long ago at all', { max_age: 0 }, login],
    ['need not sign in, if it may be a day ago', { max_age: 86_400 }, allow],
  ])('%s', (_, more, step) => {
    expect(decide(request(https, more), confidential, alice, all)).toEqual(step);
  });

  it.each<readonly [string, Partial<AuthorizationRequest>]>([
    ['prompt', { prompt: ['login'] }],
    ['max_age', { max_age: 0 }],
  ])('need not sign in twice for one request by %s: the login that it asked for is enough, however long the consent takes', (_, more) => {
    const lately = { ...alice, auth_time: now };
    expect(decide(request(https, more), confidential, lately, all)).toEqual({ to: 'allow', user: lately });
  });

  it.each<readonly [string, Partial<AuthorizationRequest>, Step['to']]>([
    ['prompt', { prompt: ['login'] }, 'login'],
    ['max_age', { max_age: 86_400 }, 'login'],
    ['nothing', {}, 'allow'],
  ])('is taken to have done so long ago, where the host does not know when, by %s', (_, more, to) => {
    expect(decide(request(https, more), confidential, { sub: 'alice', name: 'Alice' }, all).to).toBe(to);
  });
});

describe('a claim that is asked for by name', () => {
  const named = { scope: ['read', 'profile'], claims: { userinfo: { email: null, name: null }, id_token: { email: null, acr: null } } };

  it('is asked of the user like a scope, once, unless a scope covers it or it is about the login alone', () => {
    expect(decide(request(https, named), confidential, alice, [])).toEqual(ask(['read', 'profile', 'claim:email'], []));
  });

  it('is not asked for again', () => {
    expect(decide(request(https, named), confidential, alice, ['read', 'profile', 'claim:email'])).toEqual(allow);
  });
});

describe('an authentication context that the client cannot do without', () => {
  const strong = { ...request(https), claims: { id_token: { acr: { essential: true, values: ['phr', 'phrh'] } } } };

  it('is asked for by a login', () => {
    expect(decide(strong, confidential, { ...alice, acr: 'pwd' }, ['read', 'write'])).toEqual({ to: 'login' });
  });

  it('is missed by a login that was of another kind', () => {
    const justNow = { ...alice, auth_time: strong.received_at, acr: 'pwd' };
    expect(decide(strong, confidential, justNow, ['read', 'write'])).toEqual({ to: 'unmet' });
  });

  it('is met by any of its values', () => {
    const user = { ...alice, acr: 'phrh' };
    expect(decide(strong, confidential, user, ['read', 'write'])).toEqual({ to: 'allow', user });
  });

  it('is none where it was only wished for', () => {
    const wished = { ...strong, claims: { id_token: { acr: { values: ['phr'] } } } };
    expect(decide(wished, confidential, alice, ['read', 'write'])).toEqual(allow);
  });
});
