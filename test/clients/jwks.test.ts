import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it, jest } from '@jest/globals';
import { type JWK, SignJWT } from 'jose';
import { findClientKey, findClientKeys, verifyByClient } from '../../lib/clients/jwks.js';
import { FetchRefused, type GuardedFetch } from '../../lib/platform/fetch.js';

const uri = 'https://client.example.com/jwks';

function ec(kid?: string, more: Partial<JWK> = {}) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = (key: KeyObject): JWK => ({ ...(key.export({ format: 'jwk' }) as JWK), ...(kid !== undefined && { kid }), ...more });
  return { privateKey, jwk: jwk(publicKey), privateJwk: jwk(privateKey) };
}

function newRsa(modulusLength: number): JWK {
  return generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' }) as JWK;
}

const rsa = newRsa(2048);

/** A host of a JWKS, and a clock. */
function host(initial: unknown = { keys: [] }) {
  const state = { answer: initial, status: 200, cacheControl: undefined as string | undefined, down: false, now: 1_700_000_000 };
  const fetch = jest.fn<GuardedFetch>(async () => {
    await new Promise((passed) => setTimeout(passed, 5));
    if (state.down) throw new FetchRefused('The host could not be reached, or broke off its answer.');
    const body = typeof state.answer === 'string' ? state.answer : JSON.stringify(state.answer);
    return { status: state.status, headers: state.cacheControl === undefined ? {} : { 'cache-control': state.cacheControl }, body };
  });
  return { state, fetch, parts: { fetch, clock: () => state.now } };
}

const { parts } = host();
const es256 = { alg: 'ES256' };

async function message(promise: Promise<unknown>): Promise<string> {
  await expect(promise).rejects.toMatchObject({ code: 'invalid_client' });
  return promise.then(String, (error: Error) => error.message);
}

describe('findClientKeys', () => {
  it('finds the key that the header names', async () => {
    const [one, other] = [ec('1'), ec('2')];
    const keys = await findClientKeys({ jwks: { keys: [one.jwk, other.jwk] } }, { alg: 'ES256', kid: '2' }, 'sig', parts);
    expect(keys.map(({ key, kid }) => [key.type, kid, (key.export({ format: 'jwk' }) as JWK).x])).toEqual([['public', '2', other.jwk.x]]);
  });

  it('gives each that fits, where the header names none', async () => {
    const keys = [ec('1').jwk, rsa, ec().jwk, ec('3', { use: 'enc' }).jwk];
    expect((await findClientKeys({ jwks: { keys } }, es256, 'sig', parts)).map(({ kid }) => kid)).toEqual(['1', undefined]);
  });

  it.each([['RS256'], ['PS256']])('takes an RSA key that names no algorithm for %s', async (alg) => {
    expect(await findClientKeys({ jwks: { keys: [rsa] } }, { alg }, 'sig', parts)).toHaveLength(1);
  });

  it('does not take a key of RS256 for PS256', async () => {
    const client = { jwks: { keys: [{ ...rsa, alg: 'RS256' }] } };
    expect(await message(findClientKeys(client, { alg: 'PS256' }, 'sig', parts))).toBe('The client has no key for the algorithm PS256.');
  });

  it.each([
    ['is of another type', () => rsa],
    ['is on another curve', () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' }) as JWK],
    ['is for encryption', () => ec('1', { use: 'enc' }).jwk],
    ['is for another algorithm', () => ec('1', { alg: 'ECDH-ES' }).jwk],
    ['may not verify', () => ec('1', { key_ops: ['deriveKey'] }).jwk],
    ['is of a type that is not known', () => ({ kty: 'XYZ' })],
    ['is not on its curve', () => ({ ...ec('1').jwk, y: ec('1').jwk.y as string })],
    ['is empty', () => ({}) as JWK],
  ])('passes over a key that %s', async (_name, key) => {
    const client = { jwks: { keys: [key()] } };
    expect(await message(findClientKeys(client, es256, 'sig', parts))).toBe('The client has no key for the algorithm ES256.');
  });

  it('does not take a key without kid for the one that was named', async () => {
    const client = { jwks: { keys: [ec().jwk, ec('2').jwk] } };
    expect(await message(findClientKeys(client, { alg: 'ES256', kid: '1' }, 'sig', parts))).toBe(
      'The client has no key for the algorithm ES256 and the kid 1.',
    );
  });

  it.each([['none'], ['HS256'], ['ES256K'], ['RSA-OAEP'], ['__proto__']])('knows no signature algorithm %s', async (alg) => {
    const found = findClientKeys({ jwks: { keys: [ec().jwk] } }, { alg }, 'sig', parts);
    expect(await message(found)).toMatch(`The algorithm ${alg} is not known here. Known are: `);
  });

  it.each([
    ['a private key', () => ec('1').privateJwk],
    ['a symmetric key', () => ({ kty: 'oct', k: 'c2VjcmV0' })],
    ['the k of a symmetric key', () => ({ ...ec('1').jwk, k: 'c2VjcmV0' })],
  ])('refuses a JWKS with %s, even if another key is asked for', async (_name, key) => {
    const client = { jwks: { keys: [ec('good').jwk, key() as JWK] } };
    expect(await message(findClientKeys(client, { alg: 'ES256', kid: 'good' }, 'sig', parts))).toMatch('contains a secret or private key');
  });

  it('refuses a client that has registered none', async () => {
    expect(await message(findClientKeys({}, es256, 'sig', parts))).toBe('The client has registered neither jwks nor jwks_uri.');
  });
});

describe('findClientKey', () => {
  it.each([
    ['RSA-OAEP', rsa],
    ['RSA-OAEP-256', rsa],
    ['ECDH-ES', ec().jwk],
    ['ECDH-ES+A256KW', generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }) as JWK],
  ])('finds the key to encrypt to by %s', async (alg, jwk) => {
    const keys = [{ ...jwk, kid: 'sig', use: 'sig' }, generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }) as JWK];
    const found = await findClientKey({ jwks: { keys: [...keys, { ...jwk, kid: 'enc', use: 'enc' }] } }, { alg }, 'enc', parts);
    expect(found.kid).toBe('enc');
  });

  it('passes over an RSA key of less than 2048 bits', async () => {
    const found = findClientKey({ jwks: { keys: [newRsa(1024)] } }, { alg: 'RSA-OAEP' }, 'enc', parts);
    expect(await message(found)).toBe('The client has no key for the algorithm RSA-OAEP.');
  });

  it.each([['dir'], ['A128KW'], ['RSA1_5'], ['ES256']])('does not encrypt by %s', async (alg) => {
    expect(await message(findClientKey({ jwks: { keys: [rsa] } }, { alg }, 'enc', parts))).toMatch('is not known here');
  });
});

describe('jwks_uri', () => {
  const [one, two] = [ec('1'), ec('2')];
  const client = { jwks_uri: uri };
  const find = (kid: string, { parts }: ReturnType<typeof host>) => findClientKeys(client, { alg: 'ES256', kid }, 'sig', parts);

  it('is asked once by all who wait for it', async () => {
    const jwks = host({ keys: [one.jwk] });
    const found = await Promise.all([find('1', jwks), find('1', jwks), find('1', jwks)]);
    expect(found.map(([{ kid }]) => kid)).toEqual(['1', '1', '1']);
    expect(jwks.fetch.mock.calls).toEqual([[uri, { accept: 'application/jwk-set+json, application/json', maxBytes: 32_768 }]]);
  });

  it.each([
    [undefined, 300],
    ['max-age=1', 300],
    ['no-store', 300],
    ['public, max-age=450', 450],
    ['max-age=99999999999999999999', 600],
  ])('with Cache-Control %p is fresh for %d seconds', async (cacheControl, seconds) => {
    const jwks = host({ keys: [one.jwk] });
    jwks.state.cacheControl = cacheControl;
    await find('1', jwks);
    jwks.state.now += seconds - 1;
    await find('1', jwks);
    expect(jwks.fetch).toHaveBeenCalledTimes(1);
    jwks.state.now += 1;
    await find('1', jwks);
    expect(jwks.fetch).toHaveBeenCalledTimes(2);
  });

  it('is asked again for a kid that is new, though not within 30 seconds', async () => {
    const jwks = host({ keys: [one.jwk] });
    await find('1', jwks);
    jwks.state.answer = { keys: [one.jwk, two.jwk] };
    jwks.state.now += 29;
    await message(find('2', jwks));
    expect(jwks.fetch).toHaveBeenCalledTimes(1);
    jwks.state.now += 1;
    expect((await find('2', jwks))[0].kid).toBe('2');
    await message(find('3', jwks));
    expect(jwks.fetch).toHaveBeenCalledTimes(2);
  });

  it('forgets a key that is no longer published', async () => {
    const jwks = host({ keys: [one.jwk, two.jwk] });
    await find('1', jwks);
    jwks.state.answer = { keys: [two.jwk] };
    jwks.state.now += 300;
    await message(find('1', jwks));
  });

  it('may be down for a day, once it was up', async () => {
    const jwks = host({ keys: [one.jwk] });
    await find('1', jwks);
    jwks.state.down = true;
    jwks.state.now += 86_399;
    expect((await find('1', jwks))[0].kid).toBe('1');
    jwks.state.now += 1;
    expect(await message(find('1', jwks))).toMatch('The jwks_uri of the client cannot be fetched.');
  });

  it('is asked again 5 seconds after it was down, and not before', async () => {
    const jwks = host({ keys: [one.jwk] });
    jwks.state.down = true;
    expect(await message(find('1', jwks))).toBe(
      'The jwks_uri of the client cannot be fetched. The host could not be reached, or broke off its answer.',
    );
    jwks.state.down = false;
    jwks.state.now += 4;
    await message(find('1', jwks));
    expect(jwks.fetch).toHaveBeenCalledTimes(1);
    jwks.state.now += 1;
    expect((await find('1', jwks))[0].kid).toBe('1');
  });

  it('keeps no old key once it publishes a private one', async () => {
    const jwks = host({ keys: [one.jwk] });
    await find('1', jwks);
    jwks.state.answer = { keys: [one.privateJwk] };
    jwks.state.now += 600;
    expect(await message(find('1', jwks))).toMatch('contains a secret or private key');
  });

  it.each([
    ['another status', { status: 404 }, 'The jwks_uri of the client answers with the status 404.'],
    ['no JSON', { answer: '<html>' }, 'The jwks_uri of the client does not answer with JSON.'],
    ['null', { answer: 'null' }, 'The jwks_uri of the client has no list of keys.'],
    ['an array', { answer: '[]' }, 'The jwks_uri of the client has no list of keys.'],
    ['keys that are no list', { answer: { keys: {} } }, 'The jwks_uri of the client has no list of keys.'],
    ['keys that are no objects', { answer: { keys: [null, 'x', 1] } }, 'The client has no key for the algorithm ES256 and the kid 1.'],
  ])('is refused with %s', async (_name, answer, sentence) => {
    const jwks = host({ keys: [one.jwk] });
    Object.assign(jwks.state, answer);
    expect(await message(find('1', jwks))).toBe(sentence);
  });

  it('is remembered for 500 clients at most', async () => {
    const jwks = host({ keys: [one.jwk] });
    const findAt = (jwks_uri: string) => findClientKeys({ jwks_uri }, { alg: 'ES256', kid: '1' }, 'sig', jwks.parts);
    await Promise.all(Array.from({ length: 501 }, (_, i) => findAt(`${uri}/${i}`)));
    await findAt(`${uri}/500`);
    expect(jwks.fetch).toHaveBeenCalledTimes(501);
    await findAt(`${uri}/0`);
    expect(jwks.fetch).toHaveBeenCalledTimes(502);
  });
});

describe('verifyByClient', () => {
  const [one, two] = [ec('1'), ec('1')];
  const sign = (key: KeyObject, header = {}, claims = {}) =>
    new SignJWT({ a: 'b', ...claims }).setProtectedHeader({ alg: 'ES256', ...header }).sign(key);

  it('tries each key that fits', async () => {
    const client = { jwks: { keys: [one.jwk, two.jwk] } };
    for (const { privateKey } of [one, two]) {
      for (const header of [{}, { kid: '1' }]) {
        expect((await verifyByClient(await sign(privateKey, header), client, parts)).payload).toEqual({ a: 'b' });
      }
    }
  });

  it('refuses the signature of a stranger, and asks no key of the header', async () => {
    const stranger = ec('1');
    const jwt = await sign(stranger.privateKey, { jwk: stranger.jwk, jku: 'https://evil.example/jwks' });
    await expect(verifyByClient(jwt, { jwks: { keys: [one.jwk] } }, parts)).rejects.toMatchObject({
      code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    });
  });

  it('goes by the clock of the server', async () => {
    const jwt = await sign(one.privateKey, {}, { exp: 1_700_000_001 });
    const client = { jwks: { keys: [one.jwk] } };
    expect((await verifyByClient(jwt, client, parts)).payload.a).toBe('b');
    const later = { ...parts, clock: () => 1_700_000_001 };
    await expect(verifyByClient(jwt, client, later)).rejects.toMatchObject({ code: 'ERR_JWT_EXPIRED' });
  });

  it.each([['x'], ['x.y.z'], ['e30.e30.'], ['W10.e30.'], ['']])('refuses %p', async (jwt) => {
    await expect(verifyByClient(jwt, { jwks: { keys: [one.jwk] } }, parts)).rejects.toMatchObject({ code: 'ERR_JWT_INVALID' });
  });
});
