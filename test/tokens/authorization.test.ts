/** Whatever a user allowed stands in their list for as long as it lives: so that they can end it. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Settings } from '../../lib/contracts.js';
import type { Authorization } from '../../lib/model/authorization.js';
import type { Store, Stored } from '../../lib/model/store.js';
import { memoryStore } from '../../lib/store/memory.js';
import {
  addAuthorization,
  advanceGeneration,
  authorizationsOf,
  findAuthorization,
  newAuthorization,
} from '../../lib/tokens/authorization.js';
import fc from '../support/fast-check.js';

const sub = 'alice';
const api = 'https://api.example.com';
const codeLife = 10; // seconds
const usual = { accessToken: 60, refreshToken: 120, authorization: 600 };

type Lifetimes = typeof usual;
type Parts = Parameters<typeof advanceGeneration>[2] & Parameters<typeof newAuthorization>[1];

let now: number;
let store: Store;
let links: number;

beforeEach(() => {
  now = 1_000;
  links = 0;
  const inner = memoryStore(() => now);
  store = {
    ...inner,
    link(...given) {
      links += 1;
      return inner.link(...given);
    },
  };
});

function serverWith(lifetimes: Lifetimes): Parts {
  const settings = { apis: new Map(), lifetimes: { ...lifetimes, code: codeLife } } as unknown as Settings;
  return { store, clock: () => now, random: () => 'id', settings };
}

async function allow(refresh: boolean, server = serverWith(usual)): Promise<void> {
  const what = { client_id: 'web', sub, scope: ['read'], audiences: { [api]: ['read'] }, generation: 0 };
  await addAuthorization(newAuthorization(what, server), { ttl: codeLife, code: true, refresh }, server);
}

/** As a release did that listed an authorization once more when its code was redeemed. */
async function allowAsBefore(): Promise<void> {
  await allow(false);
  const { value } = (await findAuthorization('id', { store })) as Stored<Authorization>;
  const { id, listed_until, ...record } = value;
  store = memoryStore(() => now);
  await store.put('authorization:id', record, codeLife);
}

async function advance(refresh: boolean, server = serverWith(usual)): Promise<void> {
  const stored = (await findAuthorization('id', server)) as Stored<Authorization>;
  expect(await advanceGeneration(stored, { refresh }, server)).toBeDefined();
}

const isAlive = async () => (await findAuthorization('id', { store })) !== undefined;
const isListed = async () => (await authorizationsOf(sub, { store })).length === 1;

/** To the last second of its life. */
async function isListedToTheEnd(): Promise<boolean> {
  for (; await isAlive(); now += 1) if (!(await isListed())) return false;
  return true;
}

describe('an authorization is listed to its end', () => {
  it('by one command, where its client may refresh: also after many refreshes', async () => {
    await allow(true);
    now += 5;
    for (let times = 0; times < 4; times += 1) {
      await advance(true);
      now += 100;
    }
    await advance(true);
    expect(links).toBe(1);
    expect(await isListedToTheEnd()).toBe(true);
    expect(now).toBe(1_000 + 405 + 120);
  });

  it('by one command, where its client may not refresh, and redeems the code late', async () => {
    await allow(false);
    now += codeLife - 1;
    await advance(false);
    expect(links).toBe(1);
    expect(await isListedToTheEnd()).toBe(true);
    expect(now).toBe(1_000 + codeLife - 1 + usual.accessToken);
  });

  it('where the client may refresh only since it was given its code', async () => {
    await allow(false);
    await advance(true);
    expect(links).toBe(2);
    expect(await isListedToTheEnd()).toBe(true);
    expect(now).toBe(1_000 + usual.refreshToken);
  });

  it('where access tokens live longer since it was given its code', async () => {
    await allow(false);
    await advance(false, serverWith({ ...usual, accessToken: 300 }));
    expect(links).toBe(2);
    expect(await isListedToTheEnd()).toBe(true);
    expect(now).toBe(1_000 + 300);
  });

  it('where the client may refresh no more, and the authorization outlives no access token', async () => {
    await allow(true);
    await advance(false);
    expect(links).toBe(1);
    expect(await isListedToTheEnd()).toBe(true);
    expect(now).toBe(1_000 + usual.accessToken);
  });

  it.each([true, false])(
    'where an older release gave the code, which listed it for the life of that alone (may refresh: %s)',
    async (refresh) => {
      await allowAsBefore();
      await advance(refresh);
      expect(await isListedToTheEnd()).toBe(true);
      expect(now).toBe(1_000 + (refresh ? usual.refreshToken : usual.accessToken));
    },
  );

  it('whatever the lifetimes are and become, and whatever its client may do when', async () => {
    const life = fc.integer({ min: 1, max: 40 });
    const lifetimes = fc.record({ accessToken: life, refreshToken: life, authorization: life });
    const step = fc.record({ lifetimes, refresh: fc.boolean(), sleep: fc.integer({ min: 0, max: 15 }) });
    await fc.assert(
      fc.asyncProperty(lifetimes, fc.boolean(), fc.array(step, { maxLength: 6 }), async (first, refresh, steps) => {
        now = 1_000;
        store = memoryStore(() => now);
        await allow(refresh, serverWith(first));
        for (const { sleep, ...then } of steps) {
          for (const end = now + sleep; now < end; now += 1) if (await isAlive()) expect(await isListed()).toBe(true);
          if (await isAlive()) await advance(then.refresh, serverWith(then.lifetimes));
        }
        expect(await isListedToTheEnd()).toBe(true);
      }),
    );
  });
});

describe('of a code that nobody redeemed', () => {
  it('a name is left in the list, which is passed over', async () => {
    await allow(true);
    now += codeLife;
    expect(await isAlive()).toBe(false);
    expect(await authorizationsOf(sub, { store })).toEqual([]);
  });
});
