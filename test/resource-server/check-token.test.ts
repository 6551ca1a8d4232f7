/** What is checked of an access token that was shown before: everything but whether it is genuine. */
import { createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Server } from '../../lib/contracts.js';
import { givenKeys } from '../../lib/keys/given-keys.js';
import { deriveSecrets } from '../../lib/keys/secrets.js';
import type { SigningKeys } from '../../lib/keys/signing-keys.js';
import type { Store } from '../../lib/model/store.js';
import { checkToken } from '../../lib/resource-server/check-token.js';
import { memoryStore } from '../../lib/store/memory.js';
import { endedTokens } from '../../lib/tokens/ended.js';
import { type Members, nowInSeconds, theirKey, workshop } from '../support/forgeries.js';

const issuer = 'https://app.example.com';
const audience = 'https://api.example.com/contacts';
const secret = 'a secret of this test that is longer than 32 characters';

const {
  keys: jwks,
  claims,
  sign,
} = workshop(
  () => issuer,
  () => audience,
);

let now: number;
let store: Store;
let keys: SigningKeys;
/** What the server finds in place of its keys. */
let find: SigningKeys['find'] | undefined;
let parts: Pick<Server, 'settings' | 'keys' | 'secrets' | 'store' | 'clock' | 'ended'>;
let verify: ReturnType<typeof spy>;
let open: jest.SpiedFunction<(...given: never[]) => unknown>;

const spy = () => jest.spyOn(globalThis.crypto.subtle, 'verify');

beforeEach(() => {
  now = nowInSeconds();
  find = undefined;
  const clock = () => now;
  store = memoryStore(clock);
  const given = givenKeys({ keys: jwks });
  keys = { ...given, find: (header) => (find ?? given.find)(header) };
  const ended = endedTokens({ store, clock, log: { warn: () => {}, error: () => {} }, lifetime: 600 });
  parts = { settings: { issuer } as Server['settings'], keys, secrets: deriveSecrets([secret]), store, clock, ended };
  verify = spy();
  open = jest.spyOn(parts.secrets, 'open') as typeof open;
});

afterEach(() => {
  jest.restoreAllMocks();
});

function check(token: string, options: { audience?: string | string[]; strict?: boolean } = {}) {
  return checkToken(token, options.audience ?? audience, parts, { strict: options.strict ?? false });
}

function seal(changes: Members = {}, recorded = false): Promise<string> {
  return parts.secrets.seal('access token', { claims: claims(changes), recorded });
}

/** Names of the same values, as JSON has them. */
const rich = { amr: ['pwd', 'otp'], act: { sub: 'bob' } };

const kinds: readonly (readonly [string, (changes?: Members) => Promise<string>, () => number])[] = [
  ['a JWT', (changes) => sign(claims(changes)), () => verify.mock.calls.length],
  ['a reference', seal, () => open.mock.calls.length],
];

describe.each(kinds)('%s that was shown before', (_kind, make, timesRead) => {
  it('is verified once', async () => {
    const token = await make();
    const first = await check(token);
    expect(await check(token)).toEqual(first);
    expect(await check(token, { audience: [issuer, audience], strict: true })).toEqual(first);
    expect(timesRead()).toBe(1);
  });

  it('is refused when it has expired', async () => {
    const token = await make({ exp: now + 2 });
    await check(token);
    now += 1;
    await check(token);
    now += 1;
    await expect(check(token)).rejects.toMatchObject({ code: 'invalid_token', message: 'The access token has expired.' });
    expect(timesRead()).toBe(1);
  });

  it('is refused before its time, if the clock was set back', async () => {
    const token = await make({ nbf: now });
    await check(token);
    now -= 1;
    await expect(check(token)).rejects.toMatchObject({ code: 'invalid_token', message: 'The access token has an unexpected nbf.' });
  });

  it('is refused for another API, and taken again for its own', async () => {
    const token = await make();
    await check(token);
    const elsewhere = check(token, { audience: 'https://api.example.com/calendar' });
    await expect(elsewhere).rejects.toMatchObject({ code: 'invalid_token', message: 'The access token has an unexpected aud.' });
    await check(token);
    expect(timesRead()).toBe(1);
  });

  it('is refused where it was shown to another API first', async () => {
    const token = await make();
    await expect(check(token, { audience: 'https://api.example.com/calendar' })).rejects.toMatchObject({ code: 'invalid_token' });
    await check(token);
    await expect(check(token, { audience: 'https://api.example.com/calendar' })).rejects.toMatchObject({ code: 'invalid_token' });
  });

  it('is refused by another issuer, though it had the same keys', async () => {
    const token = await make();
    await check(token);
    parts = { ...parts, settings: { issuer: `${issuer}/` } as Server['settings'] };
    await expect(check(token)).rejects.toMatchObject({ code: 'invalid_token', message: 'The access token has an unexpected iss.' });
  });

  it.each([
    ['it', 'authorization.token'],
    ['what the user allowed', 'authorization'],
  ])('is refused when %s has ended', async (_what, name) => {
    const token = await make();
    await check(token);
    await check(token, { strict: true });
    await parts.ended.add(name, now);
    await expect(check(token)).rejects.toMatchObject({ code: 'invalid_token', message: 'The access token was revoked.' });
    await expect(check(token, { strict: true })).rejects.toMatchObject({ code: 'invalid_token' });
  });

  it('says the same to everybody, whatever who was told it before has written to it', async () => {
    const token = await make(rich);
    const told = [await check(token), await check(token)];
    for (const { claims: said, scopes } of told) {
      const { amr, act } = said as unknown as typeof rich;
      Object.assign(said, { sub: 'root', scope: 'create:contacts', exp: now + 10_000, aud: 'https://api.example.com/calendar' });
      amr.push('face');
      act.sub = 'root';
      scopes.push('create:contacts');
    }
    const { claims: said, sub, scopes, expiresAt } = await check(token);
    expect({ sub, scopes, expiresAt }).toEqual({ sub: 'alice', scopes: ['read:contacts'], expiresAt: now + 600 });
    expect(said).toEqual(claims({ ...rich, iat: now, exp: now + 600 }));
    expect(timesRead()).toBe(1);
  });

  it('does not vouch for one that differs in a letter', async () => {
    const token = await make();
    await check(token);
    for (let at = 0; at < token.length; at += 7) {
      const other = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
      await expect(check(other)).rejects.toMatchObject({ code: 'invalid_token' });
    }
  });
});

describe('a JWT that was shown before', () => {
  /** Another object for the same public key, as a ring has that was read again. */
  const sameKey = (): KeyObject => createPublicKey({ key: jwks[0] as JsonWebKey, format: 'jwk' });

  it('is refused as soon as its key is withdrawn, and taken when it comes back', async () => {
    const token = await sign(claims());
    await check(token);
    find = async () => undefined;
    await expect(check(token)).rejects.toMatchObject({ code: 'invalid_token', message: 'The access token is not one of ours.' });
    find = undefined;
    await check(token);
  });

  it('is refused as soon as its key is another one of the same name', async () => {
    const token = await sign(claims());
    await check(token);
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    find = async () => publicKey;
    await expect(check(token)).rejects.toMatchObject({ code: 'invalid_token' });
    expect(verify).toHaveBeenCalledTimes(2);
  });

  it('is verified anew when the keys were read again, and once', async () => {
    const token = await sign(claims());
    await check(token);
    const again = sameKey();
    find = async () => again;
    await check(token);
    await check(token);
    expect(verify).toHaveBeenCalledTimes(2);
  });

  it('has its key asked for by the name and algorithm of its own header', async () => {
    const token = await sign(claims());
    await check(token);
    const asked: unknown[] = [];
    const again = sameKey();
    find = async ({ kid, alg }) => {
      asked.push([kid, alg]);
      return again;
    };
    await check(token);
    await check(token);
    expect(asked).toEqual(Array(3).fill(['ours', 'ES256'])); // remembered, verified anew, remembered
  });

  it('is not taken while the keys cannot be had', async () => {
    const token = await sign(claims());
    await check(token);
    find = () => Promise.reject(new Error('away'));
    await expect(check(token)).rejects.toThrow('away');
  });

  it('is verified anew with the other signature that anybody can make of an ES256 signature', async () => {
    const token = await sign(claims());
    await check(token);
    const twin = malleated(token);
    expect(twin).not.toBe(token);
    await check(twin);
    expect(verify).toHaveBeenCalledTimes(2);
  });

  it.each<[string, (token: string) => string]>([
    ['with the spare bits of its last letter set', (token) => `${token.slice(0, -1)}${alphabet[alphabet.indexOf(token.at(-1) ?? '') ^ 1]}`],
    ['with padding', (token) => `${token}==`],
    ['with a line break', (token) => `${token}\n`],
    ['in the alphabet of base64', (token) => token.replaceAll('-', '+').replaceAll('_', '/')],
  ])('is judged %s as if the first spelling had never been seen', async (_, respell) => {
    let token: string;
    do token = await sign(claims());
    while (!/[-_]/.test(token)); // so that the alphabets differ
    const other = respell(token);
    expect(other).not.toBe(token);
    const outcome = () =>
      check(other).then(
        () => 'taken',
        (error: Error) => error.message,
      );
    await check(token);
    const here = await outcome();
    parts = { ...parts, keys: givenKeys({ keys: jwks }) };
    expect(here).toBe(await outcome());
  });

  it('that is forged is verified each time', async () => {
    const token = await sign(claims(), {}, theirKey);
    for (const _ of [1, 2]) await expect(check(token)).rejects.toMatchObject({ code: 'invalid_token' });
    expect(verify).toHaveBeenCalledTimes(2);
  });

  it('is of no worth to a server with other keys', async () => {
    const token = await sign(claims());
    await check(token);
    parts = { ...parts, keys: givenKeys({ keys: [{ ...theirKey, kid: 'ours' }] }) };
    await expect(check(token)).rejects.toMatchObject({ code: 'invalid_token' });
  });
});

describe('a reference that was shown before', () => {
  it('is refused as soon as the record of what the user allowed is gone', async () => {
    const token = await seal({}, true);
    await store.put('authorization:authorization', { sub: 'alice' }, 600);
    await check(token);
    await check(token);
    await store.delete('authorization:authorization');
    await expect(check(token)).rejects.toMatchObject({ code: 'invalid_token', message: 'The access token was revoked.' });
  });

  it('is of no worth to a server with other secrets', async () => {
    const token = await seal();
    await check(token);
    parts = { ...parts, secrets: deriveSecrets([`another ${secret}`]) };
    await expect(check(token)).rejects.toMatchObject({ code: 'invalid_token', message: 'The access token is not one of ours.' });
  });
});

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** With n - s in place of s: as good as the first. */
function malleated(token: string): string {
  const [header, payload, signature] = token.split('.');
  const bytes = Buffer.from(signature ?? '', 'base64url');
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const s = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`);
  const twin = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]);
  return `${header}.${payload}.${twin.toString('base64url')}`;
}
