/** Where passkeys are kept: what `PasskeyStore` promises, held by ours. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mayEnrol, passkeyName, passkeysOf, storedPasskeys } from '../../lib/interaction/passkeys.js';
import type { Passkey, PasskeyStore } from '../../lib/model/passkey.js';
import type { Store } from '../../lib/model/store.js';
import { memoryStore } from '../../lib/store/memory.js';

const fiveYears = 5 * 365 * 86_400; // seconds

function passkey(id: string, changes: Partial<Passkey> = {}): Passkey {
  return {
    id,
    sub: 'alice',
    name: 'Alice',
    userHandle: 'dXNlcg',
    publicKey: 'a2V5',
    counter: 0,
    transports: ['internal'],
    multiDevice: false,
    backedUp: false,
    rpId: 'example.com',
    created: 1_700_000_000,
    ...changes,
  };
}

let now: number;
let memory: Store;
let store: PasskeyStore;

beforeEach(() => {
  now = 1_700_000_000;
  memory = memoryStore(() => now);
  store = storedPasskeys(memory);
});

describe('who has signed in', () => {
  const acr = 'urn:example:passkey';
  const steps = [{}];
  it.each<[string, object, { passkeys?: object; users?: object }, boolean]>([
    ['with a password, where nothing is more', { amr: ['pwd'] }, {}, true],
    ['with nobody knows what, where nothing is more', {}, {}, true],
    ['with a password, where a passkey is more', { amr: ['pwd'] }, { passkeys: { acr } }, false],
    ['with nobody knows what, where a passkey is more', {}, { passkeys: { acr } }, false],
    ['with a password, where there are steps', { amr: ['pwd'] }, { users: { steps } }, false],
    ['with a password, where the list of steps is empty', { amr: ['pwd'] }, { users: { steps: [] } }, true],
    ['with a class that a password reaches', { amr: ['pwd'], acr: 'urn:example:password' }, { passkeys: { acr } }, false],
    ['with a class, where passkeys have none', { acr: 'urn:example:password' }, { users: { steps } }, false],
    ['with the class of passkeys', { acr }, { passkeys: { acr }, users: { steps } }, true],
    ['with a second factor', { amr: ['pwd', 'otp'] }, { passkeys: { acr }, users: { steps } }, true],
    ['with a second factor, though the host says no', { amr: ['pwd', 'otp'] }, { passkeys: { mayEnrol: () => false } }, false],
    ['with a password, and the host says yes', {}, { passkeys: { acr, mayEnrol: async () => true } }, true],
  ])('%s: may make a passkey?', async (_, proof, { passkeys = {}, users = {} }, expected) => {
    const who = { user: { sub: 'alice', name: 'Alice' }, req: {}, ...proof };
    expect(await mayEnrol(who as Parameters<typeof mayEnrol>[0], { passkeys, users } as Parameters<typeof mayEnrol>[1])).toBe(expected);
  });
});

describe('a table of the host', () => {
  const of = (table: object) =>
    passkeysOf({ settings: { passkeys: { store: { ...store, ...table } } }, store: memory } as unknown as Parameters<typeof passkeysOf>[0]);

  it('may give what a database makes of passkeys', async () => {
    const row = { ...passkey('one'), multiDevice: 1, backedUp: 0, transports: '["usb"]', lastUsed: null };
    const read = passkey('one', { multiDevice: true, transports: ['usb'] });
    const table = of({ find: () => row, list: () => [row] });
    expect([await table.find('one'), await table.list('alice')]).toEqual([read, [read]]);
  });

  it.each([null, undefined])('has no passkey by %p', async (nothing) => {
    expect(await of({ find: () => nothing }).find('one')).toBeUndefined();
  });

  it('lists nothing of who is called the same but for case', async () => {
    expect(await of({ list: () => [passkey('one', { sub: 'Alice' })] }).list('alice')).toEqual([]);
  });

  it('is not believed where it makes no sense', async () => {
    const row = { ...passkey('one'), created: new Date(0) };
    const table = of({ find: () => row, list: () => [row] });
    await expect((async () => table.find('one'))()).rejects.toThrow('passkeys.store.find: the member created');
    await expect((async () => table.list('alice'))()).rejects.toThrow('passkeys.store.list: the member created');
    await expect((async () => of({ list: () => null }).list('alice'))()).rejects.toThrow('passkeys.store.list must give a list.');
  });
});

describe('the store of passkeys', () => {
  it('finds each by its ID, and all by their user', async () => {
    const [one, two, ofBob] = [passkey('one'), passkey('two'), passkey('three', { sub: 'bob' })];
    for (const each of [one, two, ofBob]) expect(await store.add(each)).toBe(true);
    expect(await store.find('two')).toEqual(two);
    expect(await store.list('alice')).toEqual([one, two]);
    expect(await store.list('bob')).toEqual([ofBob]);
  });

  it.each(['four', '__proto__', 'constructor', ''])('knows nothing of what was not added: %p', async (id) => {
    await store.add(passkey('one'));
    expect([await store.find(id), await store.list(id)]).toEqual([undefined, []]);
  });

  it('adds no second one of the same ID, whosoever it is', async () => {
    await store.add(passkey('one'));
    expect(await store.add(passkey('one', { sub: 'bob' }))).toBe(false);
    expect([(await store.find('one'))?.sub, await store.list('bob')]).toEqual(['alice', []]);
  });

  it('removes what is of the user, and nothing else', async () => {
    await store.add(passkey('one'));
    expect(await store.remove('one', 'bob')).toBe(false);
    expect(await store.find('one')).toBeDefined();
    expect(await store.remove('one', 'alice')).toBe(true);
    expect([await store.find('one'), await store.list('alice')]).toEqual([undefined, []]);
    expect(await store.remove('one', 'alice')).toBe(false);
  });

  it('lists one that somebody else has made anew for that user alone', async () => {
    await store.add(passkey('one'));
    await store.remove('one', 'alice');
    await store.add(passkey('one', { sub: 'bob' }));
    expect([await store.list('alice'), await store.list('bob')]).toEqual([[], [passkey('one', { sub: 'bob' })]]);
  });

  it('keeps what has changed', async () => {
    await store.add(passkey('one'));
    const changed = passkey('one', { counter: 7, backedUp: true, lastUsed: now });
    await store.update(changed);
    expect([await store.find('one'), await store.list('alice')]).toEqual([changed, [changed]]);
  });

  it('does not bring back what was removed while its user signed in', async () => {
    await store.add(passkey('one'));
    await store.remove('one', 'alice');
    await store.update(passkey('one', { lastUsed: now }));
    expect([await store.find('one'), await store.list('alice')]).toEqual([undefined, []]);
  });

  it('lets no count go back, if the earlier of two sign-ins is written last', async () => {
    await store.add(passkey('one'));
    await store.update(passkey('one', { counter: 8 }));
    await store.update(passkey('one', { counter: 7 }));
    expect((await store.find('one'))?.counter).toBe(8);
  });

  it('loses neither of two sign-ins at once', async () => {
    await store.add(passkey('one'));
    await Promise.all([3, 9, 5].map((counter) => store.update(passkey('one', { counter }))));
    expect((await store.find('one'))?.counter).toBe(9);
  });

  it('forgets one after five years without a sign-in, from the last one on', async () => {
    await store.add(passkey('one'));
    now += fiveYears - 1;
    await store.update(passkey('one', { lastUsed: now }));
    now += fiveYears - 1;
    expect((await store.list('alice')).length).toBe(1);
    now += 1;
    expect([await store.find('one'), await store.list('alice')]).toEqual([undefined, []]);
  });

  it('writes neither user nor ID into a key', async () => {
    const keys: string[] = [];
    const watched: Store = {
      ...memory,
      add: (key, value, ttl) => {
        keys.push(key);
        return memory.add(key, value, ttl);
      },
      link: (owner, id, ttl) => {
        keys.push(owner, id);
        return memory.link(owner, id, ttl);
      },
    };
    await storedPasskeys(watched).add(passkey('a credential', { sub: 'alice@example.com' }));
    expect(keys).toEqual([
      expect.stringMatching(/^passkeys:[\w-]{43}$/),
      passkeyName('a credential'),
      `passkey:${passkeyName('a credential')}`,
    ]);
  });

  it('keeps none that it could not put on the list of its user, who could not remove it', async () => {
    const away: Store = { ...memory, link: () => Promise.reject(new Error('The store is away.')) };
    await expect(storedPasskeys(away).add(passkey('one'))).rejects.toThrow('away');
    expect(await store.find('one')).toBeUndefined();
  });
});
