import { describe, expect, it } from '@jest/globals';
import type { Server } from '../../lib/contracts.js';
import { addConsent, findConsent } from '../../lib/interaction/consent.js';
import { memoryStore } from '../../lib/store/memory.js';

const [contacts, calendar] = ['https://api.example.com/contacts', 'https://api.example.com/calendar'] as const;
const subject = { client_id: 'web', sub: 'alice' };

function newServer(): Pick<Server, 'store' | 'settings'> {
  return { store: memoryStore(() => 0), settings: { lifetimes: { consent: 60 } } as Server['settings'] };
}

describe('what a user has agreed to', () => {
  it('is not lost when two answers come at once', async () => {
    const server = newServer();
    const scopes = ['a', 'b', 'c', 'd'];
    await Promise.all(scopes.map((scope) => addConsent(subject, contacts, [scope], server)));
    expect([...((await findConsent(subject, contacts, server)) ?? [])].sort()).toEqual(scopes);
  });

  it('is not lost when a second answer comes while the first one is there', async () => {
    const server = newServer();
    await addConsent(subject, contacts, ['a'], server);
    await Promise.all(['b', 'c'].map((scope) => addConsent(subject, contacts, [scope], server)));
    expect([...((await findConsent(subject, contacts, server)) ?? [])].sort()).toEqual(['a', 'b', 'c']);
  });

  it('is kept for each API apart', async () => {
    const server = newServer();
    await addConsent(subject, contacts, ['a'], server);
    await addConsent(subject, calendar, ['b'], server);
    expect([await findConsent(subject, contacts, server), await findConsent(subject, calendar, server)]).toEqual([['a'], ['b']]);
  });

  it.each([
    { client_id: 'web', sub: 'bob' },
    { client_id: 'other', sub: 'alice' },
    { client_id: 'we', sub: 'balice' },
    { client_id: 'web","alice', sub: '' },
  ])('does not count for %j', async (another) => {
    const server = newServer();
    await addConsent(subject, contacts, ['a'], server);
    expect(await findConsent(another, contacts, server)).toBeUndefined();
  });
});
