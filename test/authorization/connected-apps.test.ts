import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  authorizationSummaries,
  connectedAppsOf,
  removeApp,
  revokeAll,
  revokeAuthorization,
} from '../../lib/authorization/connected-apps.js';
import type { Server, Settings } from '../../lib/contracts.js';
import { addConsent, findConsent } from '../../lib/interaction/consent.js';
import { languages } from '../../lib/languages/index.js';
import type { Authorization } from '../../lib/model/authorization.js';
import type { Store } from '../../lib/model/store.js';
import { memoryStore } from '../../lib/store/memory.js';
import { addAuthorization, findAuthorization } from '../../lib/tokens/authorization.js';

const sub = 'alice';
const contacts = 'https://api.example.com/contacts';
const gone = 'https://api.example.com/gone';
const settings = {
  clients: new Map([['web', { client_id: 'web', client_name: 'Calendar' }]]),
  apis: new Map([[contacts, { name: 'Contacts', scopes: new Map([['read', { description: 'See your contacts', optional: false }]]) }]]),
  lifetimes: { consent: 1_000 },
  languages,
} as unknown as Settings;

let now: number;
let ended: string[];
let store: Store;
let server: Server;

beforeEach(() => {
  now = 1_000;
  ended = [];
  store = memoryStore(() => now);
  server = {
    store,
    settings,
    clock: () => now,
    ended: { add: async (id: string) => void ended.push(id) } as unknown as Server['ended'],
    emit: () => {},
  } as unknown as Server;
});

async function allowed(id: string, more: Partial<Authorization> = {}, ttl = 100): Promise<void> {
  const times = { allowed_at: now, tokens_until: now + 600, rotated_at: now, expires_at: now + 500 };
  const authorization = {
    id,
    client_id: 'web',
    sub,
    scope: ['read'],
    audiences: { [contacts]: ['read'] },
    generation: 1,
    ...times,
    ...more,
  };
  await addAuthorization(authorization, { ttl }, server);
}

describe('the apps of a user', () => {
  it('are grouped by client, with all that any sign-in or consent allows, each once', async () => {
    await allowed('one', { scope: ['read', 'openid'] });
    await allowed('two', { rotated_at: now + 5, consented_at: now + 1 });
    await addConsent({ client_id: 'web', sub }, [{ audience: contacts, scope: 'more' }], undefined, server);
    const [app, ...others] = await connectedAppsOf(sub, server);
    expect(others).toEqual([]);
    expect(app?.authorizations.map(({ id }) => id)).toEqual(['two', 'one']);
    expect(app?.permissions).toEqual([
      { audience: '', scope: 'openid' },
      { audience: contacts, scope: 'read' },
      { audience: contacts, scope: 'more' },
    ]);
    expect(app?.agreed_at).toBe(now + 1);
  });

  it('are those that could come back without a question, too', async () => {
    await addConsent({ client_id: 'web', sub }, [{ audience: contacts, scope: 'read' }], undefined, server);
    expect(await connectedAppsOf(sub, server)).toMatchObject([{ client_id: 'web', authorizations: [], agreed_at: now }]);
  });

  it('are none of which only the listing is left', async () => {
    await allowed('dead');
    await store.delete('authorization:dead');
    await store.link('authorizations:x', 'never', 100);
    expect(await connectedAppsOf(sub, server)).toEqual([]);
    expect(await authorizationSummaries(sub, server)).toEqual([]);
  });

  it('are none that have expired', async () => {
    await allowed('short', {}, 10);
    now += 10;
    expect(await connectedAppsOf(sub, server)).toEqual([]);
  });
});

describe('a summary', () => {
  it('goes by names where client and API are known no more', async () => {
    await allowed('one', { client_id: 'old', scope: ['x'], audiences: { [gone]: ['x'] } });
    const [summary] = await authorizationSummaries(sub, server);
    expect(summary).toMatchObject({ clientName: 'old', scopes: [{ scope: 'x', description: 'x', api: { identifier: gone, name: gone } }] });
  });
});

describe('an end', () => {
  it('withdraws the consent before it looks for what to end, so that nothing new is allowed unseen', async () => {
    await allowed('one');
    await addConsent({ client_id: 'web', sub }, [{ audience: contacts, scope: 'read' }], undefined, server);
    const steps: string[] = [];
    const watched: Store = {
      ...store,
      delete: (key) => {
        steps.push(`delete ${key.split(':')[0]}`);
        return store.delete(key);
      },
      linked: (owner) => {
        steps.push(`list ${owner.split(':')[0]}`);
        return store.linked(owner);
      },
    };
    await removeApp('web', sub, { ...server, store: watched });
    expect(steps).toEqual(['delete consent', 'list authorizations', 'delete authorization']);
    expect(ended).toEqual(['one']);
  });

  it('of one leaves the others, and no consent', async () => {
    await allowed('one');
    await allowed('two');
    await addConsent({ client_id: 'web', sub }, [{ audience: contacts, scope: 'read' }], undefined, server);
    expect(await revokeAuthorization('one', server)).toBe(true);
    expect([await findAuthorization('one', server), (await findAuthorization('two', server))?.value.id]).toEqual([undefined, 'two']);
    expect(await findConsent({ client_id: 'web', sub }, server)).toBeUndefined();
  });

  it('of all is that of one user', async () => {
    await allowed('one');
    await allowed('of bob', { sub: 'bob' });
    expect(await revokeAll(sub, server)).toBe(1);
    expect(await authorizationSummaries('bob', server)).toHaveLength(1);
  });

  it('that the store interrupts can be tried again', async () => {
    await allowed('one');
    const failing: Store = {
      ...store,
      delete: (key) => (key.startsWith('authorization') ? Promise.reject(new Error('away')) : store.delete(key)),
    };
    await expect(revokeAll(sub, { ...server, store: failing })).rejects.toThrow('away');
    expect(await revokeAll(sub, server)).toBe(1);
  });
});
