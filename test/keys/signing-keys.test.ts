import { generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, decodeProtectedHeader, type JWK, jwtVerify } from 'jose';
import { deriveSecrets } from '../../lib/keys/secrets.js';
import { givenKeys, type SigningKeys, storedKeys } from '../../lib/keys/signing-keys.js';
import type { Store } from '../../lib/model/store.js';
import { memoryStore } from '../../lib/store/memory.js';

const day = 86_400; // seconds
const secret = 'a secret of at least 32 characters';

let now: number;
let store: Store;

beforeEach(() => {
  now = 1_000_000;
  store = memoryStore(() => now);
});

/** The keys as a process sees them that has just started. */
function startedProcess(secrets: readonly string[] = [secret], on: Store = store): SigningKeys {
  return storedKeys({ store: on, secrets: deriveSecrets(secrets), clock: () => now });
}

async function kidsOf(keys: SigningKeys): Promise<(string | undefined)[]> {
  return (await keys.jwks()).keys.map(({ kid }) => kid);
}

describe('keys that are made and stored', () => {
  it('sign what whoever has the published keys can verify', async () => {
    const keys = startedProcess();
    const token = await keys.sign({ sub: 'alice' }, 'at+jwt');
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(await keys.jwks()));
    expect({ payload, protectedHeader }).toEqual({
      payload: { sub: 'alice' },
      protectedHeader: { alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) },
    });
  });

  it('are the same in two processes that start at once', async () => {
    const [one, other] = await Promise.all([kidsOf(startedProcess()), kidsOf(startedProcess())]);
    expect(one).toEqual(other);
  });

  it('are the same in twenty', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => kidsOf(startedProcess())));
    expect(new Set(all.map(String)).size).toBe(1);
  });

  it('stay in use when the time to read them again comes and the store is away', async () => {
    const failing: Store = { ...store };
    const keys = startedProcess([secret], failing);
    const before = await kidsOf(keys);
    failing.get = () => Promise.reject(new Error('away'));
    now += 31 * day;
    expect(await kidsOf(keys)).toEqual(before);
  });

  it('are found again after a restart', async () => {
    const token = await startedProcess().sign({ sub: 'alice' }, 'at+jwt');
    const found = await startedProcess().find(decodeProtectedHeader(token) as { alg: string });
    expect((await jwtVerify(token, found as NonNullable<typeof found>)).payload.sub).toBe('alice');
  });

  it('are found again when the secret has been rotated', async () => {
    const before = await kidsOf(startedProcess());
    expect(await kidsOf(startedProcess(['a newer secret of over 32 characters', secret]))).toEqual(before);
  });

  it('are not made anew under a wrong secret: the error says what to do', async () => {
    const before = await kidsOf(startedProcess());
    await expect(startedProcess(['another secret of over 32 characters']).ready()).rejects.toThrow(/Add the secret that was used before/);
    expect(await kidsOf(startedProcess())).toEqual(before);
  });

  it('lie in the store sealed', async () => {
    await startedProcess().ready();
    const stored = JSON.stringify((await store.get('signing-keys'))?.value);
    const opened = await deriveSecrets([secret]).open('signing keys', JSON.parse(stored).sealed);
    const { d } = (opened as { keys: [JWK] }).keys[0];
    expect(d).toMatch(/^[\w-]{43}$/);
    expect(stored).not.toContain(d);
  });

  it('are published without their private part', async () => {
    const { keys } = await startedProcess().jwks();
    expect(keys.map((key) => Object.keys(key).sort())).toEqual([['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']]);
  });

  it('are found by kid and alg together', async () => {
    const keys = startedProcess();
    const [kid] = await kidsOf(keys);
    const found = await Promise.all(
      [{ kid, alg: 'ES256' }, { kid, alg: 'HS256' }, { kid: 'x', alg: 'ES256' }, { alg: 'ES256' }].map((header) =>
        keys.find(header as { alg: string }),
      ),
    );
    expect(found.map((key) => key !== undefined)).toEqual([true, false, false, false]);
  });

  it('stay in the store as long as a process signs with them now and then', async () => {
    const keys = startedProcess();
    const before = await kidsOf(keys);
    for (let months = 0; months < 30; months += 1) {
      now += 31 * day;
      await keys.ready();
    }
    expect(await kidsOf(startedProcess())).toEqual(before);
  });

  it('are asked for again after the store has failed', async () => {
    let broken = true;
    const flaky: Store = { ...store, get: (key) => (broken ? Promise.reject(new Error('away')) : store.get(key)) };
    const keys = startedProcess([secret], flaky);
    await expect(keys.ready()).rejects.toThrow('away');
    broken = false;
    expect(await kidsOf(keys)).toHaveLength(1);
  });

  it('sign on while the store is away', async () => {
    let broken = false;
    const flaky: Store = { ...store, get: (key) => (broken ? Promise.reject(new Error('away')) : store.get(key)) };
    const keys = startedProcess([secret], flaky);
    await keys.ready();
    broken = true;
    now += 365 * day;
    expect(await keys.sign({ sub: 'alice' }, 'at+jwt')).toEqual(expect.any(String));
  });
});

describe('keys that the host gives', () => {
  const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }) as JWK;

  it('sign with the first, and are all published', async () => {
    const keys = givenKeys({
      keys: [
        { ...newKey(), kid: 'new' },
        { ...newKey(), kid: 'old' },
      ],
    });
    const token = await keys.sign({}, 'at+jwt');
    expect([decodeProtectedHeader(token).kid, await kidsOf(keys)]).toEqual(['new', ['new', 'old']]);
  });

  it('are named by their thumbprint, if they have no kid', async () => {
    const key = newKey();
    expect(await kidsOf(givenKeys({ keys: [key] }))).toEqual(await kidsOf(givenKeys({ keys: [key] })));
    expect(await kidsOf(givenKeys({ keys: [key] }))).toEqual([expect.stringMatching(/^[\w-]{43}$/)]);
  });

  it('are published without their private part, whatever else they have', async () => {
    const { keys } = await givenKeys({ keys: [{ ...newKey(), kid: 'a', key_ops: ['sign'], ext: true }] }).jwks();
    expect(keys.map((key) => Object.keys(key).sort())).toEqual([['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']]);
  });
});
