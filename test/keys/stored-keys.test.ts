/** Keys that are made here, shared through the store, and rotated while everybody goes on. */
import { describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { StoreUnavailable } from '../../lib/errors.js';
import { overlap, type Ring, readAgainAfter } from '../../lib/keys/key-ring.js';
import { deriveSecrets } from '../../lib/keys/secrets.js';
import type { SigningKeys } from '../../lib/keys/signing-keys.js';
import { type StoredKeysOptions, storedKeys } from '../../lib/keys/stored-keys.js';
import type { Store } from '../../lib/model/store.js';
import { memoryStore } from '../../lib/store/memory.js';

const day = 86_400;
const rotateEvery = 90 * day;
const tokenLifetime = 600;
const tolerance = 60;
const secret = 'a test secret of more than 32 characters';
const newSecret = 'a newer secret of more than 32 characters';
const record = 'signing-keys';

/** Processes on one store, each with a clock that may differ. */
function testRing() {
  let time = 1_700_000_000;
  const clock = () => time;
  const memory = memoryStore(clock);
  const calls = { get: 0, add: 0, swap: 0 };
  const logged: string[] = [];
  let isAway = false;
  let beforeSwap: (() => Promise<unknown>) | undefined;

  async function reach(verb: keyof typeof calls): Promise<void> {
    calls[verb] += 1;
    if (isAway) throw new StoreUnavailable('Redis could not answer.');
  }

  const store: Store = {
    ...memory,
    async get(key) {
      await reach('get');
      return memory.get(key);
    },
    async add(key, value, ttl) {
      await reach('add');
      return memory.add(key, value, ttl);
    },
    async swap(key, version, value, ttl) {
      await reach('swap');
      const first = beforeSwap;
      beforeSwap = undefined;
      await first?.();
      return memory.swap(key, version, value, ttl);
    },
  };

  return {
    memory,
    calls,
    logged,
    clock,
    sleep(seconds: number) {
      time += seconds;
    },
    leave(away: boolean) {
      isAway = away;
    },
    /** Once: something that comes in between another's `get` and `swap`. */
    comeFirst(act: () => Promise<unknown>) {
      beforeSwap = act;
    },
    start({ ahead = 0, secrets = [secret], ...options }: Partial<Omit<StoredKeysOptions, 'secrets'>> & StartOptions = {}): SigningKeys {
      return storedKeys({
        store,
        secrets: deriveSecrets(secrets),
        clock: () => time + ahead,
        log: { warn: () => {}, error: (message) => void logged.push(message) },
        rotateEvery,
        tokenLifetime,
        algorithms: ['ES256'],
        ...options,
      });
    },
    async read(secrets: readonly string[] = [secret]): Promise<Ring | undefined> {
      const { sealed } = (await memory.get<{ sealed: string }>(record))?.value ?? { sealed: '' };
      return ((await deriveSecrets(secrets).open('signing keys', sealed)) as { keys: Ring } | undefined)?.keys;
    },
    async write(ring: Ring): Promise<void> {
      await memory.put(record, { sealed: await deriveSecrets([secret]).seal('signing keys', { keys: ring }), renewed_at: time }, day);
    },
  };
}

interface StartOptions {
  /** How many seconds the clock is fast. */
  readonly ahead?: number;
  readonly secrets?: readonly string[];
}

const headerOf = async (keys: SigningKeys, alg?: string) => decodeProtectedHeader(await keys.sign({}, { ...(alg && { alg }) }));
const signerOf = async (keys: SigningKeys, alg?: string) => (await headerOf(keys, alg)).kid;
const published = async (keys: SigningKeys) => (await keys.jwks()).keys.map(({ kid }) => kid);
const knows = async (keys: SigningKeys, jws: string) =>
  (await keys.find(decodeProtectedHeader(jws) as { kid: string; alg: string })) !== undefined;

describe('a new ring', () => {
  it('has a key for each algorithm, which sign at once', async () => {
    const keys = testRing().start({ algorithms: ['RS256', 'ES256'] });
    expect(keys.algorithms).toEqual(['ES256', 'RS256']);
    expect((await keys.jwks()).keys.map(({ alg }) => alg)).toEqual(['ES256', 'RS256']);
    expect((await headerOf(keys)).alg).toBe('ES256');
    expect((await headerOf(keys, 'RS256')).alg).toBe('RS256');
    await expect(keys.sign({}, { alg: 'PS256' })).rejects.toThrow(/no keys for PS256/);
  });

  it('is the same for all who start at once', async () => {
    const ring = testRing();
    const processes = Array.from({ length: 4 }, () => ring.start());
    expect(new Set(await Promise.all(processes.map((keys) => signerOf(keys)))).size).toBe(1);
    expect(ring.calls.add).toBe(4);
  });

  it('signs also where a clock is behind', async () => {
    const ring = testRing();
    const kid = await signerOf(ring.start());
    expect(await signerOf(ring.start({ ahead: -10 * 3600 }))).toBe(kid);
  });

  it('is sealed', async () => {
    const ring = testRing();
    await ring.start().ready();
    const [key] = (await ring.read()) ?? [];
    expect(key?.d).toMatch(/^[\w-]{43}$/);
    expect(JSON.stringify((await ring.memory.get(record))?.value)).not.toContain(key?.d);
  });

  it('is refused with a cure, if none of the secrets has sealed it, and not made anew', async () => {
    const { start } = testRing();
    const kid = await signerOf(start());
    await expect(start({ secrets: [newSecret] }).ready()).rejects.toThrow(/Add the secret that was used before/);
    expect(await signerOf(start())).toBe(kid);
  });

  it('signs what whoever has the published keys can verify, also after a restart', async () => {
    const { start } = testRing();
    const jws = await start().sign({ sub: 'alice' }, { typ: 'at+jwt' });
    const { payload, protectedHeader } = await jwtVerify(jws, createLocalJWKSet(await start().jwks()));
    expect({ payload, protectedHeader }).toEqual({
      payload: { sub: 'alice' },
      protectedHeader: { alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) },
    });
  });

  it('finds a key by kid and alg together', async () => {
    const keys = testRing().start();
    const kid = (await signerOf(keys)) as string;
    const headers = [{ kid, alg: 'ES256' }, { kid, alg: 'HS256' }, { kid: 'x', alg: 'ES256' }, { alg: 'ES256' }];
    const found = await Promise.all(headers.map((header) => keys.find(header)));
    expect(found.map((key) => key !== undefined)).toEqual([true, false, false, false]);
  });
});

describe('a rotation', () => {
  it('publishes the next key before it signs, and the old one until its last token has expired', async () => {
    const { start, sleep } = testRing();
    const keys = start();
    const old = await signerOf(keys);
    await keys.rotate();
    const [, next] = await published(keys);
    expect([await signerOf(keys), await published(keys)]).toEqual([old, [old, next]]);

    sleep(overlap - 1);
    const last = await keys.sign({}, {});
    expect([decodeProtectedHeader(last).kid, await published(keys)]).toEqual([old, [old, next]]);
    sleep(1);
    expect([await signerOf(keys), await published(keys)]).toEqual([next, [old, next]]);

    sleep(tokenLifetime + tolerance - 1);
    expect([await knows(keys, last), await published(keys)]).toEqual([true, [old, next]]);
    sleep(1);
    expect([await knows(keys, last), await published(keys)]).toEqual([false, [next]]);
  });

  it('takes the private key out of the store, when it has ended', async () => {
    const { start, sleep, read } = testRing();
    const keys = start();
    await keys.rotate();
    sleep(overlap + tokenLifetime + tolerance + 1);
    await keys.ready();
    expect(await read()).toHaveLength(1);
  });

  it('is for all algorithms', async () => {
    const keys = testRing().start({ algorithms: ['ES256', 'RS256', 'EdDSA'] });
    await keys.rotate();
    expect((await keys.jwks()).keys.map(({ alg }) => alg).sort()).toEqual(['ES256', 'ES256', 'EdDSA', 'EdDSA', 'RS256', 'RS256']);
  });

  it('is told of once, by the process that has written it, and a first key is not', async () => {
    const { start, read } = testRing();
    const told: object[] = [];
    const processes = [1, 2, 3].map(() => start({ onRotated: (key) => told.push(key) }));
    await Promise.all(processes.map((keys) => keys.ready()));
    expect(told).toEqual([]);
    await Promise.all(processes.map((keys) => keys.rotate()));
    const [, successor] = (await read()) ?? [];
    expect(told).toEqual([{ kid: successor?.kid, alg: 'ES256' }]);
  });

  it('is one, however many ask for it at once', async () => {
    const { start, read } = testRing();
    const processes = Array.from({ length: 4 }, () => start());
    await Promise.all(processes.map((keys) => keys.ready()));
    await Promise.all(processes.flatMap((keys) => [keys.rotate(), keys.rotate()]));
    expect(await read()).toHaveLength(2);
  });

  it('is not lost to another change that comes first', async () => {
    const ring = testRing();
    const keys = ring.start();
    await keys.ready();
    ring.comeFirst(() => ring.start({ algorithms: ['ES256', 'EdDSA'] }).ready());
    await keys.rotate();
    expect((await ring.read())?.map(({ alg }) => alg)).toEqual(['ES256', 'EdDSA', 'ES256', 'EdDSA']);
  });

  it('begins also for a clock that is behind that of who made the keys', async () => {
    const { start, read } = testRing();
    await start({ ahead: 5 }).ready();
    await start({ ahead: -5 }).rotate();
    expect(await read()).toHaveLength(2);
  });

  it('fails if the store is away', async () => {
    const { start, leave } = testRing();
    const keys = start();
    await keys.ready();
    leave(true);
    await expect(keys.rotate()).rejects.toThrow(StoreUnavailable);
  });

  it('is never begun by itself, if the age is 0', async () => {
    const { start, sleep } = testRing();
    const keys = start({ rotateEvery: 0 });
    const kid = await signerOf(keys);
    sleep(300 * day);
    expect(await published(keys)).toEqual([kid]);
  });

  it.each([
    ['not before keys have their age', rotateEvery - 1, 1],
    ['when keys have their age', rotateEvery, 2],
  ])('begins by itself: %s', async (_, age, count) => {
    const { start, sleep } = testRing();
    const keys = start();
    await keys.ready();
    sleep(age);
    expect(await published(keys)).toHaveLength(count);
  });

  it('begins by itself once, in however many processes', async () => {
    const { start, sleep, read } = testRing();
    const processes = Array.from({ length: 4 }, () => start());
    await Promise.all(processes.map((keys) => keys.ready()));
    sleep(rotateEvery);
    await Promise.all(processes.map((keys) => keys.ready()));
    expect(await read()).toHaveLength(2);
  });

  it('follows the longest-lived tokens of all processes', async () => {
    const { start, sleep } = testRing();
    const keys = start();
    await keys.rotate();
    await start({ tokenLifetime: 3600 }).ready();
    sleep(overlap + 3600 + tolerance - 1);
    expect(await published(keys)).toHaveLength(2);
    sleep(1 + readAgainAfter);
    expect(await published(keys)).toHaveLength(1);
  });
});

describe('several processes', () => {
  it('never refuse each other, nor does who keeps their keys as long as it may, whatever their clocks say', async () => {
    const { start, sleep, clock } = testRing();
    const processes = [start(), start({ ahead: 5 }), start({ ahead: -5 }), start({ ahead: 2 })];
    const copies = processes.map(() => ({ at: 0, jwks: { keys: [] } as Awaited<ReturnType<SigningKeys['jwks']>> }));
    const signers = new Set<string | undefined>();
    const alive: { jws: string; until: number }[] = [];

    for (let step = 0; step < 400; step += 1) {
      if (step % 100 === 20) await processes[step % 3]?.rotate();
      const keys = processes[step % 4] as SigningKeys;
      const jws = await keys.sign({}, {});
      alive.push({ jws, until: clock() + tokenLifetime });
      signers.add(decodeProtectedHeader(jws).kid);
      for (const copy of copies) {
        if (clock() - copy.at < 300) continue;
        Object.assign(copy, { at: clock(), jwks: await processes[copies.indexOf(copy)]?.jwks() });
      }
      const expected = alive.filter(({ until }) => until > clock());
      alive.splice(0, alive.length, ...expected);
      for (const { jws } of [alive[0], alive.at(-1)] as typeof alive) {
        expect(await Promise.all(processes.map((other) => knows(other, jws)))).toEqual([true, true, true, true]);
        for (const { jwks } of copies) await jwtVerify(jws, createLocalJWKSet(jwks));
      }
      sleep(17);
    }
    expect(signers.size).toBe(5);
  });

  it('know a key of another at once, by its kid', async () => {
    const { start, sleep } = testRing();
    const [one, other] = [start(), start()] as const;
    await one.ready();
    await other.ready();
    sleep(5);
    await one.rotate();
    const [, next] = await published(one);
    expect(await other.find({ kid: next as string, alg: 'ES256' })).toBeDefined();
  });

  it('learn of a rotation within a minute', async () => {
    const { start, sleep } = testRing();
    const [one, other] = [start(), start()] as const;
    await other.ready();
    await one.rotate();
    sleep(readAgainAfter - 1);
    expect(await published(other)).toHaveLength(1);
    sleep(1);
    expect(await published(other)).toHaveLength(2);
  });
});

describe('an algorithm that is needed later', () => {
  it('gets a key that signs at once, and the others keep theirs', async () => {
    const { start, sleep } = testRing();
    const before = start();
    const kid = await signerOf(before);
    sleep(day);
    const after = start({ algorithms: ['ES256', 'PS256'] });
    expect((await headerOf(after, 'PS256')).alg).toBe('PS256');
    expect(await signerOf(after)).toBe(kid);
  });

  it('is published and checked also by processes that do not need it', async () => {
    const { start, sleep } = testRing();
    const before = start();
    await before.ready();
    sleep(5);
    const jws = await start({ algorithms: ['ES256', 'EdDSA'] }).sign({}, { alg: 'EdDSA' });
    expect(await knows(before, jws)).toBe(true);
    expect((await before.jwks()).keys.map(({ alg }) => alg)).toEqual(['ES256', 'EdDSA']);
  });

  it('is not ready while its key cannot be kept, and all others are', async () => {
    const { start, memory } = testRing();
    await start().ready();
    const full = async () => {
      throw new StoreUnavailable('OOM');
    };
    const keys = start({ algorithms: ['ES256', 'EdDSA'], store: { ...memory, swap: full } });
    await expect(keys.ready()).rejects.toThrow(StoreUnavailable);
    await expect(keys.sign({}, { alg: 'EdDSA' })).rejects.toThrow(StoreUnavailable);
    expect(await knows(keys, await keys.sign({}, {}))).toBe(true);
  });
});

describe('a key of an algorithm that only a newer version knows', () => {
  const strange = { kty: 'AKP', alg: 'ML-DSA-44', kid: 'strange', pub: 'AAAA', priv: 'AAAA', created_at: 0, active_from: 0 };

  it('is neither used nor published, and not lost', async () => {
    const { start, read, write } = testRing();
    await start().ready();
    await write([strange, ...((await read()) as Ring)]);
    const keys = start();
    await keys.rotate();
    expect((await keys.jwks()).keys.map(({ alg }) => alg)).toEqual(['ES256', 'ES256']);
    expect(await keys.find({ kid: 'strange', alg: 'ML-DSA-44' })).toBeUndefined();
    expect((await read())?.[0]).toEqual(strange);
  });
});

describe('forged tokens', () => {
  it('make a process read the ring once in five seconds, however many there are', async () => {
    const { start, sleep, calls } = testRing();
    const keys = start();
    await keys.ready();
    sleep(5);
    const before = calls.get;
    for (let count = 0; count < 100; count += 1) expect(await keys.find({ kid: `forged ${count}`, alg: 'ES256' })).toBeUndefined();
    await Promise.all(Array.from({ length: 100 }, (_, count) => keys.find({ kid: `at once ${count}`, alg: 'ES256' })));
    expect(calls.get - before).toBe(1);
    sleep(4);
    await keys.find({ kid: 'forged', alg: 'ES256' });
    expect(calls.get - before).toBe(1);
    sleep(1);
    await keys.find({ kid: 'forged', alg: 'ES256' });
    expect(calls.get - before).toBe(2);
  });
});

describe('reading', () => {
  it('takes place once a minute, for all who sign and check', async () => {
    const { start, sleep, calls } = testRing();
    const keys = start();
    await keys.ready();
    const before = calls.get;
    for (let second = 0; second < 600; second += 1) {
      const jws = await keys.sign({}, {});
      await Promise.all([knows(keys, jws), knows(keys, jws), keys.jwks()]);
      sleep(1);
    }
    expect(calls.get - before).toBe(9);
  });

  it('goes on when the clock was set back by a day', async () => {
    const { start, sleep } = testRing();
    const [one, other] = [start(), start()] as const;
    await one.ready();
    await other.ready();
    sleep(-day);
    await one.rotate();
    expect(await published(other)).toHaveLength(2);
  });

  it('writes nothing for 30 days, then renews: 400 days without use forget the ring, 400 with do not', async () => {
    const { start, sleep, calls, memory } = testRing();
    const keys = start({ rotateEvery: 0 });
    const kid = await signerOf(keys);
    sleep(30 * day - 1);
    await keys.ready();
    expect(calls.swap).toBe(0);
    sleep(60);
    await keys.ready();
    expect(calls.swap).toBe(1);
    sleep(400 * day - 1);
    expect(await memory.get(record)).toBeDefined();
    expect(await signerOf(start({ rotateEvery: 0 }))).toBe(kid);
  });

  it('keeps the ring in the store for years, if it takes place now and then', async () => {
    const { start, sleep } = testRing();
    const keys = start({ rotateEvery: 0 });
    const kid = await signerOf(keys);
    for (let months = 0; months < 30; months += 1) {
      sleep(31 * day);
      await keys.ready();
    }
    expect(await signerOf(start({ rotateEvery: 0 }))).toBe(kid);
  });
});

describe('while the store is away', () => {
  it('the last known ring signs, checks, and says so once', async () => {
    const { start, sleep, leave, logged } = testRing();
    const keys = start();
    await keys.ready();
    leave(true);
    for (let minute = 0; minute < 10; minute += 1) {
      sleep(60);
      expect(await knows(keys, await keys.sign({}, {}))).toBe(true);
    }
    expect(await published(keys)).toHaveLength(1);
    expect(logged).toEqual(['The signing keys could not be read again; the last known ones hold.']);
  });

  it('no key begins to sign that other processes had no chance to read, and none ends', async () => {
    const { start, sleep, leave } = testRing();
    const [one, other] = [start(), start()] as const;
    const old = await signerOf(other);
    await one.rotate();
    leave(true); // before the other has read of it
    sleep(2 * overlap + tokenLifetime);
    const jws = await one.sign({}, {});
    expect(decodeProtectedHeader(jws).kid).toBe(old);
    expect(await knows(other, jws)).toBe(true);
    leave(false);
    sleep(5);
    expect(await signerOf(one)).not.toBe(old);
    expect(await knows(other, await one.sign({}, {}))).toBe(true);
  });

  it('it is asked again every five seconds, and found when it is back', async () => {
    const { start, sleep, leave, calls } = testRing();
    const keys = start();
    await keys.ready();
    leave(true);
    sleep(readAgainAfter);
    const before = calls.get;
    for (let second = 0; second < 10; second += 1) {
      await keys.ready();
      sleep(1);
    }
    expect(calls.get - before).toBe(2);
  });

  it('a process that starts is not ready; it asks each time', async () => {
    const { start, leave } = testRing();
    const keys = start();
    leave(true);
    await expect(keys.ready()).rejects.toThrow(StoreUnavailable);
    leave(false);
    await keys.ready();
  });

  it('does not end a process that asked together with a rotation', async () => {
    const { start, sleep, leave } = testRing();
    const keys = start();
    await keys.ready();
    leave(true);
    sleep(readAgainAfter);
    const [rotated, signed] = await Promise.allSettled([keys.rotate(), keys.sign({}, {})]);
    expect([rotated.status, signed.status]).toEqual(['rejected', 'fulfilled']);
  });

  it('lost its data, it gets the ring back from who knows it', async () => {
    const { start, sleep, memory } = testRing();
    const keys = start();
    const kid = await signerOf(keys);
    await memory.delete(record);
    sleep(readAgainAfter);
    await keys.ready();
    expect(await signerOf(start())).toBe(kid);
  });
});

describe('a new secret in front', () => {
  it('reads the ring of the old one, and seals it with the next write', async () => {
    const { start, read } = testRing();
    const kid = await signerOf(start());
    const keys = start({ secrets: [newSecret, secret] });
    expect(await signerOf(keys)).toBe(kid);
    expect(await read([newSecret])).toBeUndefined();
    await keys.rotate();
    expect(await read([newSecret])).toHaveLength(2);
  });

  it('seals also when the ring is renewed', async () => {
    const { start, sleep, read } = testRing();
    await start({ rotateEvery: 0 }).ready();
    sleep(30 * day);
    await start({ rotateEvery: 0, secrets: [newSecret, secret] }).ready();
    expect(await read([newSecret])).toHaveLength(1);
  });

  it('does not stop a process of the old one that runs', async () => {
    const { start, sleep, logged } = testRing();
    const old = start();
    const kid = await signerOf(old);
    await start({ secrets: [newSecret, secret] }).rotate();
    sleep(readAgainAfter);
    expect(await signerOf(old)).toBe(kid);
    expect(logged).toHaveLength(1);
  });
});
