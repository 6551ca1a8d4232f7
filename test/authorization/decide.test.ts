import { describe, expect, it } from '@jest/globals';
import { decide, type Leave, type Step } from '../../lib/authorization/decide.js';
import type { AuthorizationRequest } from '../../lib/model/authorization.js';
import type { Client } from '../../lib/model/client.js';
import { isIdentityScope } from '../../lib/rules/identity-scopes.js';
import type { Permission } from '../../lib/rules/permission.js';

const now = 1_700_000_000;
const api = 'https://api.example.com';
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
  application_type: 'web',
  source: 'host',
  firstParty: false,
  pkce: true,
  subject_type: 'public',
  id_token_signed_response_alg: 'RS256',
  introspection_signed_response_alg: 'RS256',
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
    audiences: { [api]: ['read', 'write'] },
    code_challenge: 'a'.repeat(43),
    prompt: [],
    received_at: now,
    ...more,
  };
}

const login: Step = { to: 'login' };
const choose: Step = { to: 'account', user: alice };
const allow: Step = { to: 'allow', user: alice, granted: permissions(['read', 'write']) };
const ask = (asked: readonly string[], allowed: readonly string[]): Step => ({
  to: 'consent',
  user: alice,
  asked: permissions(asked),
  allowed: permissions(allowed),
});

/** What is not about the user is of the one API. */
function permissions(scopes: readonly string[]): Permission[] {
  return scopes.map((scope) => ({ audience: isIdentityScope(scope) ? '' : api, scope }));
}

/** Who has agreed to these scopes before, or has never been asked. */
function agreed(scopes: readonly string[] | undefined, optional: readonly string[] = []): Leave {
  const before = permissions(scopes ?? []);
  return {
    given: scopes !== undefined,
    hasAgreed: ({ audience, scope }) => before.some((one) => one.audience === audience && one.scope === scope),
    isOptional: ({ scope }) => optional.includes(scope),
  };
}

describe('a request of nobody', () => {
  it.each([confidential, publicClient, ours(confidential)])('goes to the login', (client) => {
    expect(decide(request(https), client, undefined, agreed(undefined))).toEqual({ to: 'login' });
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
    expect(decide(request(redirect_uri), client, alice, agreed(consented))).toEqual(step);
  });
});

it('asks again for what was agreed to, where a form has just been refused', () => {
  expect(decide(request(https), confidential, alice, agreed(['read', 'write']), { mustAsk: true })).toEqual(ask([], ['read', 'write']));
});

describe('a user who signed in 100 seconds before', () => {
  const all = ['read', 'write'];

  it.each<readonly [string, Partial<AuthorizationRequest>, Step]>([
    ['signs in again, since prompt asks for it', { prompt: ['login'] }, login],
    ['signs in again before anything else that prompt asks for', { prompt: ['consent', 'login'] }, login],
    ['is asked again for what was agreed to, since prompt asks for it', { prompt: ['consent'] }, ask([], all)],
    ['is asked which account to go on with, though nothing else is to be asked', { prompt: ['select_account'] }, choose],
    ['chooses the account before anything is asked of it', { prompt: ['consent', 'select_account'] }, choose],
    ['signs in again, which is a choice as well', { prompt: ['select_account', 'login'] }, login],
    ['needs no question, since prompt forbids it', { prompt: ['none'] }, allow],
    ['signs in again, if it must not be longer ago than 99 seconds', { max_age: 99 }, login],
    ['need not sign in, if it must not be longer ago than 100 seconds', { max_age: 100 }, allow],
    ['signs in again, if it must not be long ago at all', { max_age: 0 }, login],
    ['need not sign in, if it may be a day ago', { max_age: 86_400 }, allow],
  ])('%s', (_, more, step) => {
    expect(decide(request(https, more), confidential, alice, agreed(all))).toEqual(step);
  });

  it.each<readonly [string, Partial<AuthorizationRequest>]>([
    ['prompt', { prompt: ['login'] }],
    ['max_age', { max_age: 0 }],
  ])('need not sign in twice for one request by %s: the login that it asked for is enough, however long the consent takes', (_, more) => {
    const lately = { ...alice, auth_time: now };
    expect(decide(request(https, more), confidential, lately, agreed(all))).toEqual({ ...allow, user: lately });
  });

  it.each<readonly [string, Partial<AuthorizationRequest>, Step['to']]>([
    ['prompt', { prompt: ['login'] }, 'login'],
    ['max_age', { max_age: 86_400 }, 'login'],
    ['nothing', {}, 'allow'],
  ])('is taken to have done so long ago, where the host does not know when, by %s', (_, more, to) => {
    expect(decide(request(https, more), confidential, { sub: 'alice', name: 'Alice' }, agreed(all)).to).toBe(to);
  });
});

describe('a user who may choose the account', () => {
  const all = ['read', 'write'];
  const choice = (more: Partial<AuthorizationRequest> = {}) => request(https, { prompt: ['select_account'], ...more });

  it.each<readonly [string, Partial<AuthorizationRequest>, readonly string[] | undefined, Step]>([
    ['asked for nothing more, if all was agreed to', {}, all, allow],
    ['asked for consent, if not all was agreed to', {}, ['read'], ask(['write'], ['read'])],
    ['asked for consent, if prompt says that too', { prompt: ['select_account', 'consent'] }, all, ask([], all)],
  ])('and has chosen this one, is %s', (_, more, before, step) => {
    expect(decide(choice(more), confidential, alice, agreed(before), { chosen: 'alice' })).toEqual(step);
  });

  it('and has chosen another one, is asked again', () => {
    expect(decide(choice(), confidential, alice, agreed(all), { chosen: 'bob' })).toEqual(choose);
  });

  it('has done so by signing in since the request came in', () => {
    const lately = { ...alice, auth_time: now };
    expect(decide(choice(), confidential, lately, agreed(all))).toEqual({ ...allow, user: lately });
  });

  it('has not done so by a sign-in, where a form was refused: it may have been in another tab', () => {
    const lately = { ...alice, auth_time: now };
    expect(decide(choice(), confidential, lately, agreed(all), { mustAsk: true })).toEqual({ ...choose, user: lately });
  });

  it('is asked for consent where a form was refused after the choice', () => {
    expect(decide(choice(), confidential, alice, agreed(all), { mustAsk: true, chosen: 'alice' })).toEqual(ask([], all));
  });

  it('is asked where nobody knows when the sign-in was', () => {
    const user = { sub: 'alice', name: 'Alice' };
    expect(decide(choice(), confidential, user, agreed(all))).toEqual({ ...choose, user });
  });

  it("is asked for the host's own client as well", () => {
    expect(decide(choice(), ours(confidential), alice, agreed(undefined))).toEqual(choose);
    expect(decide(choice(), ours(confidential), alice, agreed(undefined), { chosen: 'alice' })).toEqual(allow);
  });
});

describe('a claim that is asked for by name', () => {
  const named = {
    scope: ['read', 'profile'],
    audiences: { [api]: ['read'] },
    claims: { userinfo: { email: null, name: null }, id_token: { email: null, acr: null } },
  };

  it('is asked of the user like a scope, once, unless a scope covers it or it is about the login alone', () => {
    expect(decide(request(https, named), confidential, alice, agreed([]))).toEqual(ask(['profile', 'claim:email', 'read'], []));
  });

  it('is not asked for again', () => {
    expect(decide(request(https, named), confidential, alice, agreed(['read', 'profile', 'claim:email']))).toEqual({
      ...allow,
      granted: permissions(['profile', 'claim:email', 'read']),
    });
  });
});

describe('an authentication context that the client cannot do without', () => {
  const strong = { ...request(https), claims: { id_token: { acr: { essential: true, values: ['phr', 'phrh'] } } } };

  it('is asked for by a login', () => {
    expect(decide(strong, confidential, { ...alice, acr: 'pwd' }, agreed(['read', 'write']))).toEqual({ to: 'login' });
  });

  it('is missed by a login that was of another kind', () => {
    const justNow = { ...alice, auth_time: strong.received_at, acr: 'pwd' };
    expect(decide(strong, confidential, justNow, agreed(['read', 'write']))).toEqual({ to: 'unmet' });
  });

  it('is met by any of its values', () => {
    const user = { ...alice, acr: 'phrh' };
    expect(decide(strong, confidential, user, agreed(['read', 'write']))).toEqual({ ...allow, user });
  });

  it('is none where it was only wished for', () => {
    const wished = { ...strong, claims: { id_token: { acr: { values: ['phr'] } } } };
    expect(decide(wished, confidential, alice, agreed(['read', 'write']))).toEqual(allow);
  });
});

describe('a permission that may be left out', () => {
  const silent = request(https, { prompt: ['none'] });
  const granted = (scopes: readonly string[]): Step => ({ ...allow, granted: permissions(scopes) }) as Step;

  it.each<readonly [string, readonly string[] | undefined, readonly string[], Step]>([
    ['was left out, and is left out again', ['read'], ['write'], granted(['read'])],
    ['was left out, as some of what was agreed to could have been', ['read'], ['read', 'write'], granted(['read'])],
    ['was agreed to', ['read', 'write'], ['write'], allow],
    ['is all that there is, and none of it was agreed to', ['delete'], ['read', 'write'], ask(['read', 'write'], [])],
    ['stands beside one that may not, and that nobody has agreed to', ['delete'], ['write'], ask(['read', 'write'], [])],
    ['was agreed to, beside one that may not be left out and that is new', ['write'], ['write'], ask(['read'], ['write'])],
    ['is asked of somebody who was never asked', undefined, ['read', 'write'], ask(['read', 'write'], [])],
  ])('%s, where no page may be shown', (_, before, optional, step) => {
    expect(decide(silent, confidential, alice, agreed(before, optional))).toEqual(step);
  });

  it.each<readonly [string, Partial<AuthorizationRequest>]>([
    ['nothing', {}],
    ['consent', { prompt: ['consent'] }],
  ])('is asked for once more where a page may be shown: prompt is %s', (_, more) => {
    expect(decide(request(https, more), confidential, alice, agreed(['read'], ['write']))).toEqual(ask(['write'], ['read']));
  });

  it('is not granted without a question where another program could be listening, though no page may be shown', () => {
    const step = decide(request(loopback, { prompt: ['none'] }), publicClient, alice, agreed(['read'], ['write']));
    expect(step).toEqual(ask(['write'], ['read']));
  });

  it("is granted to the host's own client", () => {
    expect(decide(request(https), ours(confidential), alice, agreed(undefined, ['read', 'write']))).toEqual(allow);
  });

  it('of another API does not count, though it has the same name', () => {
    const two = request(https, { scope: ['read'], audiences: { [api]: ['read'], 'https://other.example.com': ['read'] } });
    expect(decide(two, confidential, alice, agreed(['read']))).toEqual({
      to: 'consent',
      user: alice,
      asked: [{ audience: 'https://other.example.com', scope: 'read' }],
      allowed: permissions(['read']),
    });
  });
});
