import { describe, expect, it } from '@jest/globals';
import type { Server } from '../../lib/contracts.js';
import { addConsent, type Consent, clientsAgreedTo, findConsent, hasAgreed, withdrawConsent } from '../../lib/interaction/consent.js';
import type { Permission } from '../../lib/rules/permission.js';
import { memoryStore } from '../../lib/store/memory.js';

const [contacts, calendar] = ['https://api.example.com/contacts', 'https://api.example.com/calendar'] as const;
const subject = { client_id: 'web', sub: 'alice' };
const lifetime = 60;

function newServer(): Pick<Server, 'store' | 'settings' | 'clock'> & { sleep(seconds: number): void } {
  let now = 1_000;
  const clock = () => now;
  const sleep = (seconds: number) => {
    now += seconds;
  };
  return { store: memoryStore(clock), settings: { lifetimes: { consent: lifetime } } as Server['settings'], clock, sleep };
}

const at = (audience: string, ...scopes: string[]): Permission[] => scopes.map((scope) => ({ audience, scope }));

async function agree(to: typeof subject, agreed: readonly Permission[], server: ReturnType<typeof newServer>): Promise<void> {
  await addConsent(to, agreed, await findConsent(to, server), server);
}

async function consentOf(to: typeof subject, server: ReturnType<typeof newServer>): Promise<Consent | undefined> {
  return (await findConsent(to, server))?.value;
}

describe('what a user has agreed to', () => {
  it('is not lost when two answers come at once', async () => {
    const server = newServer();
    const scopes = ['a', 'b', 'c', 'd'];
    await Promise.all(scopes.map((scope) => agree(subject, at(contacts, scope), server)));
    expect([...((await consentOf(subject, server))?.audiences[contacts] ?? [])].sort()).toEqual(scopes);
  });

  it('is not lost when a second answer comes while the first one is there', async () => {
    const server = newServer();
    await agree(subject, at(contacts, 'a'), server);
    await Promise.all(['b', 'c'].map((scope) => agree(subject, at(contacts, scope), server)));
    expect([...((await consentOf(subject, server))?.audiences[contacts] ?? [])].sort()).toEqual(['a', 'b', 'c']);
  });

  it('is kept for each API apart, and what is about the user under no name', async () => {
    const server = newServer();
    await agree(subject, [...at(contacts, 'a'), ...at('', 'openid')], server);
    await agree(subject, [...at(calendar, 'a', 'b'), ...at('', 'openid', 'email')], server);
    expect((await consentOf(subject, server))?.audiences).toEqual({
      [contacts]: ['a'],
      [calendar]: ['a', 'b'],
      '': ['openid', 'email'],
    });
  });

  it('is asked for one by one', async () => {
    const server = newServer();
    await agree(subject, [...at(contacts, 'a'), ...at('', 'openid')], server);
    const consent = await consentOf(subject, server);
    const asked = [...at(contacts, 'a', 'b', 'openid'), ...at(calendar, 'a'), ...at('', 'a', 'openid')];
    expect(asked.filter((permission) => hasAgreed(consent, permission))).toEqual([...at(contacts, 'a'), ...at('', 'openid')]);
  });

  it('is nothing where nobody was asked', () => {
    expect(hasAgreed(undefined, { audience: contacts, scope: 'a' })).toBe(false);
  });

  it('says when the user last agreed to something', async () => {
    const server = newServer();
    await agree(subject, at(contacts, 'a'), server);
    server.sleep(7);
    await agree(subject, at(contacts, 'b'), server);
    expect((await consentOf(subject, server))?.agreed_at).toBe(1_007);
  });

  it('is forgotten when the user has not agreed to anything for long enough', async () => {
    const server = newServer();
    await agree(subject, at(contacts, 'a'), server);
    server.sleep(lifetime - 1);
    expect(await consentOf(subject, server)).toBeDefined();
    await agree(subject, at(contacts, 'b'), server);
    server.sleep(lifetime - 1);
    expect(await consentOf(subject, server)).toBeDefined();
    server.sleep(1);
    expect(await consentOf(subject, server)).toBeUndefined();
  });

  it.each([
    { client_id: 'web', sub: 'bob' },
    { client_id: 'other', sub: 'alice' },
    { client_id: 'we', sub: 'balice' },
    { client_id: 'web","alice', sub: '' },
  ])('does not count for %j', async (another) => {
    const server = newServer();
    await agree(subject, at(contacts, 'a'), server);
    expect(await consentOf(another, server)).toBeUndefined();
  });
});

describe('what a user takes back', () => {
  it('is gone, all of it, and the user is asked anew', async () => {
    const server = newServer();
    await agree(subject, [...at(contacts, 'a'), ...at('', 'openid')], server);
    expect(await withdrawConsent(subject, server)).toBe(true);
    expect(await consentOf(subject, server)).toBeUndefined();
  });

  it('may be nothing', async () => {
    expect(await withdrawConsent(subject, newServer())).toBe(false);
  });

  it('was agreed to for this client by this user alone', async () => {
    const server = newServer();
    const others = [
      { client_id: 'web', sub: 'bob' },
      { client_id: 'other', sub: 'alice' },
    ];
    for (const one of [subject, ...others]) await agree(one, at(contacts, 'a'), server);
    await withdrawConsent(subject, server);
    expect((await Promise.all(others.map((one) => consentOf(one, server)))).map((consent) => consent !== undefined)).toEqual([true, true]);
  });

  it('can be agreed to again', async () => {
    const server = newServer();
    await agree(subject, at(contacts, 'a', 'b'), server);
    await withdrawConsent(subject, server);
    await agree(subject, at(contacts, 'b'), server);
    expect((await consentOf(subject, server))?.audiences).toEqual({ [contacts]: ['b'] });
  });
});

describe('the clients that a user has agreed to', () => {
  it('are found by the user, each once', async () => {
    const server = newServer();
    for (const client_id of ['web', 'other', 'web']) await agree({ client_id, sub: 'alice' }, at(contacts, 'a'), server);
    await agree({ client_id: 'third', sub: 'bob' }, at(contacts, 'a'), server);
    expect([...(await clientsAgreedTo('alice', server))].sort()).toEqual(['other', 'web']);
  });

  it('are none of a user who was never asked', async () => {
    expect(await clientsAgreedTo('alice', newServer())).toEqual([]);
  });

  it('are listed for as long as what was agreed to is kept', async () => {
    const server = newServer();
    await agree(subject, at(contacts, 'a'), server);
    server.sleep(lifetime - 1);
    await agree(subject, at(contacts, 'b'), server);
    server.sleep(lifetime - 1);
    expect(await clientsAgreedTo('alice', server)).toEqual(['web']);
    server.sleep(1);
    expect(await clientsAgreedTo('alice', server)).toEqual([]);
  });

  it('are kept under no name that tells who the user is', async () => {
    const server = newServer();
    const keys: string[] = [];
    const { store } = server;
    const link = (owner: string, id: string, ttl: number) => {
      keys.push(owner);
      return store.link(owner, id, ttl);
    };
    const watched = { ...store, link };
    await agree(subject, at(contacts, 'a'), { ...server, store: watched });
    expect(keys).toEqual([expect.stringMatching(/^consents:[\w-]{43}$/)]);
  });
});
