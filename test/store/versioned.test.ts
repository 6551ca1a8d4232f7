/** Records of older and newer releases, met in one store. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { StoreUnavailable } from '../../lib/errors.js';
import type { Store } from '../../lib/model/store.js';
import { memoryStore } from '../../lib/store/memory.js';
import { recordShapes } from '../../lib/store/record-shapes.js';
import { type RecordShape, versioned } from '../../lib/store/versioned.js';
import { describeStore } from './contract.js';

const kind = 'session';
const key = 'session:alice';

/** Three releases: the second splits the name, the third calls the user `sub`. */
const splitsName = ({ name, ...others }: { name: string }) => ({ ...others, names: name.split(' ') });
const callsUserSub = ({ user, ...others }: { user: string }) => ({ ...others, sub: user });
const releases: readonly RecordShape[] = [
  { kind, upgrades: [] },
  { kind, upgrades: [splitsName] },
  { kind, upgrades: [splitsName, callsUserSub] },
];

function openAll() {
  const shared = memoryStore(() => 1_700_000_000);
  const [first, second, third] = releases.map((release) => versioned(shared, [release])) as [Store, Store, Store];
  return { shared, first, second, third };
}

describe('a record of an older release', () => {
  const old = { user: 'alice', name: 'Alice Smith' };

  it('is brought up to date as it is read, by each change in turn', async () => {
    const { first, second, third } = openAll();
    await first.put(key, old, 60);
    expect((await second.get(key))?.value).toEqual({ user: 'alice', names: ['Alice', 'Smith'] });
    expect((await third.get(key))?.value).toEqual({ sub: 'alice', names: ['Alice', 'Smith'] });
  });

  it('stays as it is as long as it is only read, so that its own release can go on', async () => {
    const { first, third } = openAll();
    await first.put(key, old, 60);
    await third.get(key);
    expect((await first.get(key))?.value).toEqual(old);
  });

  it('has the new shape once it is written, by the version that was read', async () => {
    const { first, third } = openAll();
    await first.put(key, old, 60);
    const read = await third.get<object>(key);
    expect(await third.swap(key, read?.version ?? '', { ...read?.value, seen: true }, 60)).toBe(true);
    expect((await third.get(key))?.value).toEqual({ sub: 'alice', names: ['Alice', 'Smith'], seen: true });
  });
});

describe('a record of a newer release', () => {
  const young = { sub: 'alice', names: ['Alice'] };

  it.each(['first', 'second'] as const)('is out of reach for the %s, which says so', async (name) => {
    const stores = openAll();
    await stores.third.put(key, young, 60);
    await expect(stores[name].get(key)).rejects.toThrow(StoreUnavailable);
    await expect(stores[name].get(key)).rejects.toThrow('A record of the kind session has shape 3, which this release does not know.');
  });

  it('is left untouched, as who cannot read it has no version to swap', async () => {
    const { first, third, shared } = openAll();
    await third.put(key, young, 60);
    const before = await shared.get(key);
    await first.get(key).catch(() => {});
    expect(await first.add(key, { user: 'alice', name: 'Alice' }, 60)).toBe(false);
    expect(await shared.get(key)).toEqual(before);
  });

  it('can be deleted by all: what a user ends has to end', async () => {
    const { first, third } = openAll();
    await third.put(key, young, 60);
    expect(await first.delete(key)).toBe(true);
    expect(await third.get(key)).toBeUndefined();
  });
});

describe('a record of the time before records had shapes', () => {
  const old = { user: 'alice', name: 'Alice Smith' };

  it('is of shape 1, and is brought up to date like any other', async () => {
    const { shared, first, third } = openAll();
    await shared.put(key, old, 60);
    expect((await first.get(key))?.value).toEqual(old);
    expect((await third.get(key))?.value).toEqual({ sub: 'alice', names: ['Alice', 'Smith'] });
  });

  it('can be swapped by the version that was read', async () => {
    const { shared, first } = openAll();
    await shared.put(key, old, 60);
    const read = await first.get<object>(key);
    expect(await first.swap(key, read?.version ?? '', { ...read?.value, seen: true }, 60)).toBe(true);
    expect((await shared.get(key))?.value).toEqual({ shape: 1, record: { ...old, seen: true } });
  });

  it.each([[null], [true], ['words'], [[1, 2]], [{ record: 1 }], [{ shape: 'round' }]])('is read as it is: %j', async (value) => {
    const { shared, first } = openAll();
    await shared.put(key, value, 60);
    expect((await first.get(key))?.value).toEqual(value);
  });
});

describe('what no release has written', () => {
  it.each([
    ['shape 0', { shape: 0, record: 1 }],
    ['a shape between two', { shape: 1.5, record: 1 }],
    ['a shape in words', { shape: '1', record: 1 }],
  ])('is out of reach: %s', async (_, value) => {
    const { shared, third } = openAll();
    await shared.put(key, value, 60);
    await expect(third.get(key)).rejects.toThrow(StoreUnavailable);
  });
});

describe('a kind that is in no table', () => {
  it.each(['get', 'put', 'add', 'swap'] as const)('is a mistake of ours, found at the first %s', async (verb) => {
    const { first } = openAll();
    const calls = {
      get: () => first.get('seesion:alice'),
      put: () => first.put('seesion:alice', 1, 60),
      add: () => first.add('seesion:alice', 1, 60),
      swap: () => first.swap('seesion:alice', 'x', 1, 60),
    };
    await expect((async () => calls[verb]())()).rejects.toThrow('No shape is known of records such as seesion.');
  });
});

describe('the table of shapes', () => {
  it('has each kind of key that the code makes, and no other', () => {
    const kinds = sources().flatMap((text) => [
      ...[...text.matchAll(/return `([a-z][a-z -]*):\$\{/g)].map(([, name]) => name as string),
      ...[...text.matchAll(/store\.(?:get|put|add|swap)\(`([a-z][a-z -]*):/g)].map(([, name]) => name as string),
      ...[...text.matchAll(/const (?:key|storeKey) = [`']([a-z][a-z -]*)(?::\$\{|')/g)].map(([, name]) => name as string),
    ]);
    const owners = ['authorizations', 'consents', 'passkeys']; // indexes, which are lists of names and have no shape
    expect([...new Set(kinds)].filter((name) => !owners.includes(name)).sort()).toEqual(recordShapes.map((shape) => shape.kind).sort());
  });

  it('has each kind once', () => {
    expect(new Set(recordShapes.map((shape) => shape.kind)).size).toBe(recordShapes.length);
  });

  /** Of all that may hold a store: its own folder and the command line are not among them. */
  function sources(): string[] {
    const root = fileURLToPath(new URL('../../lib', import.meta.url));
    return readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !/^(store|cli|model|languages)\//.test(name))
      .map((name) => readFileSync(join(root, name), 'utf8'));
  }
});

describe('what is no record', () => {
  it('passes as it is: lists of names, and counters', async () => {
    const { shared, first } = openAll();
    await first.link('anything', 'id', 60);
    expect(await first.linked('anything')).toEqual(['id']);
    const limiter = versioned(
      { ...shared, limiter: () => ({ count: async () => 7, forget: async () => {}, giveBack: async () => {} }) },
      releases,
    ).limiter;
    expect(await limiter?.({ name: 'x', times: 1, within: 1 }).count('y')).toBe(7);
    expect(versioned({ ...shared, limiter: undefined as never }, releases)).not.toHaveProperty('limiter');
  });
});

let time = 1_700_000_000;

/** A store like any other, whose keys all have a kind. */
function openForContract(): Store {
  const store = versioned(
    memoryStore(() => time),
    releases.slice(-1),
  );
  return {
    ...store,
    get: (name) => store.get(`${kind}:${name}`),
    put: (name, value, ttl) => store.put(`${kind}:${name}`, value, ttl),
    add: (name, value, ttl) => store.add(`${kind}:${name}`, value, ttl),
    swap: (name, version, value, ttl) => store.swap(`${kind}:${name}`, version, value, ttl),
    delete: (name) => store.delete(`${kind}:${name}`),
  };
}

describeStore('with versions', {
  open: openForContract,
  sleep: (seconds) => {
    time += seconds;
  },
});
