/**
 * A store that has lost writes which were answered with success: by a failover, a crash, or a backup that was restored. Who goes on from there
 * is no thief, and a thief is still found. RFC 9700 section 4.14, RFC 6749 section 4.1.2.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Store, Stored } from '../../lib/model/store.js';
import { systemClock } from '../../lib/platform/clock.js';
import { memoryStore } from '../../lib/store/memory.js';
import { callApi, freshCode, secret, type TestServer, testServer, token, web } from '../support/server.js';

const grace = 30; // seconds
const inner = memoryStore(systemClock);
let beforeSwap: (() => Promise<unknown>) | undefined;
let losesLinks = false;
const store: Store = {
  ...inner,
  link: async (...given) => (losesLinks ? undefined : inner.link(...given)),
  async swap(...given) {
    const meanwhile = beforeSwap;
    beforeSwap = undefined;
    await meanwhile?.();
    return inner.swap(...given);
  },
};

let server: TestServer;
let replayed: number;

beforeAll(async () => {
  const clients = [{ ...web, introspects: ['https://api.example.com/contacts'] }];
  server = await testServer({ options: { store, clients, secrets: [secret] } });
  server.oauth.on('token.replayed', () => {
    replayed += 1;
  });
});
beforeEach(() => {
  replayed = 0;
});
afterAll(() => server.close());

type Answer = Record<string, string>;

const keyOf = (refresh_token = '') => `authorization:${refresh_token.split('.')[0]}`;
const refresh = async (refresh_token: string | undefined): Promise<Answer> =>
  (await token(server.url, { grant_type: 'refresh_token', refresh_token })).body;
const redeem = async (code: Answer): Promise<Answer> => (await token(server.url, code)).body;

/** So many refreshes of a new authorization, the newest last, of which the store has all but the last `lost`. */
async function refreshed({ times, lost }: { times: number; lost: number }): Promise<Answer[]> {
  const given = [await redeem(await freshCode(server.url))];
  const records: unknown[] = [];
  const key = keyOf(given[0]?.refresh_token);
  for (let i = 0; i < times; i += 1) {
    records.push((await inner.get(key))?.value);
    given.push(await refresh(given.at(-1)?.refresh_token));
  }
  await inner.put(key, records.at(-lost), 3_600);
  return given;
}

describe('a client whose refresh the store has lost', () => {
  it('goes on with the token that it was given, whenever it needs it', async () => {
    const [, given] = await refreshed({ times: 1, lost: 1 });
    server.sleep(grace + 1);
    const next = await refresh(given?.refresh_token);
    expect((await callApi(server.url, next.access_token)).status).toBe(200);
    expect((await refresh(next.refresh_token)).refresh_token).toEqual(expect.any(String));
    expect(replayed).toBe(0);
  });

  it('goes on if several were lost, as with a backup that was restored', async () => {
    const given = await refreshed({ times: 4, lost: 3 });
    server.sleep(grace + 1);
    expect((await refresh(given.at(-1)?.refresh_token)).access_token).toEqual(expect.any(String));
    expect(replayed).toBe(0);
  });

  it('may repeat that one too, within the grace time, and all at once', async () => {
    const [, given] = await refreshed({ times: 1, lost: 1 });
    const [next, ...others] = await Promise.all(Array.from({ length: 5 }, () => refresh(given?.refresh_token)));
    for (const other of others) expect(other.refresh_token).toBe(next?.refresh_token);
    expect((await refresh(next?.refresh_token)).access_token).toEqual(expect.any(String));
  });

  it('goes on if it tries again with the token before, whose answer may have been lost as well', async () => {
    const [first, given] = await refreshed({ times: 1, lost: 1 });
    expect((await refresh(first?.refresh_token)).refresh_token).toBe(given?.refresh_token);
  });

  it('is told that its token is active', async () => {
    const [, given] = await refreshed({ times: 1, lost: 1 });
    const body = new URLSearchParams({
      client_id: web.client_id,
      client_secret: web.client_secret,
      token: given?.refresh_token ?? '',
    });
    expect(await (await fetch(`${server.url}/oauth/introspect`, { method: 'POST', body })).json()).toMatchObject({ active: true });
  });

  it('loses nothing if two of its tabs have different ones at the same moment', async () => {
    const [first, given] = await refreshed({ times: 1, lost: 1 });
    beforeSwap = () => refresh(first?.refresh_token);
    expect((await refresh(given?.refresh_token)).error).toBe('temporarily_unavailable');
    expect((await refresh(given?.refresh_token)).access_token).toEqual(expect.any(String));
    expect(replayed).toBe(0);
  });
});

describe('a thief, after the store has lost a refresh,', () => {
  const ends = async (refresh_token: string | undefined) => {
    expect((await refresh(refresh_token)).error).toBe('invalid_grant');
    expect(replayed).toBe(1);
  };

  it('who has an older token ends all, even within the grace time, once the client has gone on', async () => {
    const [older, newer] = await refreshed({ times: 1, lost: 1 });
    const next = await refresh(newer?.refresh_token);
    await ends(older?.refresh_token);
    expect((await refresh(next.refresh_token)).error).toBe('invalid_grant');
    expect((await callApi(server.url, next.access_token)).status).toBe(401);
  });

  it.each([0, 1, 2])('who has one of several lost tokens ends all, if it is not the newest (%i)', async (index) => {
    const given = await refreshed({ times: 3, lost: 3 });
    await refresh(given[3]?.refresh_token);
    await ends(given[index]?.refresh_token);
  });

  it('who comes first with the older token gets what the client has, and is found by the next step of either', async () => {
    const [older, newer] = await refreshed({ times: 1, lost: 1 });
    const stolen = await refresh(older?.refresh_token);
    expect(stolen.refresh_token).toBe(newer?.refresh_token);
    await refresh(newer?.refresh_token);
    server.sleep(grace + 1);
    await ends(stolen.refresh_token);
  });

  it('who has gone further with the older token is found by the client', async () => {
    const [older, newer] = await refreshed({ times: 1, lost: 1 });
    const stolen = await refresh((await refresh(older?.refresh_token)).refresh_token);
    await refresh(stolen.refresh_token);
    await ends(newer?.refresh_token);
  });

  it('who has the newest token as well is found after the grace time', async () => {
    const [, newer] = await refreshed({ times: 1, lost: 1 });
    const next = await refresh(newer?.refresh_token);
    expect((await refresh(newer?.refresh_token)).refresh_token).toBe(next.refresh_token);
    server.sleep(grace + 1);
    await ends(newer?.refresh_token);
  });

  it('cannot get ahead of the store without our secret', async () => {
    const [first] = await refreshed({ times: 1, lost: 1 });
    const [id, , mac] = (first?.refresh_token ?? '').split('.');
    expect((await refresh(`${id}.9.${mac}`)).error).toBe('invalid_grant');
    expect((await refresh(first?.refresh_token)).access_token).toEqual(expect.any(String));
  });
});

describe('a code whose redemption the store has lost', () => {
  /** What it gave, with the store as it was before. */
  async function redeemed() {
    const code = await freshCode(server.url);
    const key = keyOf(code.code);
    const before = (await inner.get(key)) as Stored;
    const given = await redeem(code);
    await inner.put(key, before.value, 60);
    return { code, given };
  }

  it('gave a refresh token that is good', async () => {
    const { given } = await redeemed();
    const next = await refresh(given.refresh_token);
    expect((await callApi(server.url, next.access_token)).status).toBe(200);
  });

  it('is listed again among what its user has allowed, by the refresh, so that they can end it', async () => {
    losesLinks = true;
    const { given } = await redeemed();
    losesLinks = false;
    await refresh(given.refresh_token);
    const [id] = (given.refresh_token ?? '').split('.');
    expect(await server.oauth.authorizations.of('alice')).toContainEqual(expect.objectContaining({ id }));
  });

  it('gives the same again to the client that has its verifier, and nothing to others', async () => {
    const { code, given } = await redeemed();
    expect((await redeem({ ...code, code_verifier: 'x'.repeat(43) })).error).toBe('invalid_grant');
    expect((await redeem(code)).refresh_token).toBe(given.refresh_token);
  });

  it('ends all when it comes once more, as it was used by then', async () => {
    const { code, given } = await redeemed();
    await refresh(given.refresh_token);
    expect((await redeem(code)).error).toBe('invalid_grant');
    expect(replayed).toBe(1);
  });
});
