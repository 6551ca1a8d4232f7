/**
 * Four processes, one Redis, and keys that rotate under load: no token fails at any moment, neither at `protect` in another process nor
 * with a client that keeps its copy of the JWKS as long as it may, and asks for no new one before. OpenID Connect Core section 10.1.1.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { jwksMaxAge, overlap } from '../../lib/keys/key-ring.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { fastClock, type RotationCluster, startRotationCluster, type Time } from '../support/rotation-cluster.js';
import { api, callApi, freshCode, token } from '../support/server.js';

const issuer = 'http://localhost:3000'; // the same for all, wherever they listen
const rotations = 3;
const time: Time = { start: Date.now(), speed: 30, ahead: 0 };
const clock = fastClock(time);
const seconds = (count: number) => (count * 1000) / time.speed; // in milliseconds of the real time

let redis: RedisServer;
let cluster: RotationCluster;

beforeAll(async () => {
  redis = await startRedis();
  const clocks = [0, 5, -5, 2].map((ahead) => ({ ...time, ahead }));
  cluster = await startRotationCluster(clocks, issuer, redis.url);
});

afterAll(async () => {
  await cluster?.kill();
  await redis?.stop();
});

async function tokens(url: string, parameters: Parameters<typeof token>[1]): Promise<Record<string, string>> {
  const { status, body } = await token(url, parameters);
  if (status !== 200) throw new Error(`No tokens, but ${status}: ${JSON.stringify(body)}`);
  return body;
}

describe('keys that rotate under load', () => {
  it('make no token fail, at any moment', async () => {
    const { urls, rotate } = cluster;
    // As strict as a client can be: a kid that it does not know is refused until its copy is too old; less half a second on the way.
    const cacheMaxAge = seconds(jwksMaxAge) - 500;
    const copies = urls.map((url) => createRemoteJWKSet(new URL(`${url}/oauth/jwks`), { cacheMaxAge, cooldownDuration: cacheMaxAge }));
    const failures: string[] = [];
    const signers = new Map<string | undefined, number>();
    const alive: { readonly jwt: string; readonly until: number }[] = [];
    let checks = 0;
    let isOver = false;

    async function check(jwt: string, age: string): Promise<void> {
      const results = [
        ...urls.map(async (url) => {
          // An idle connection may be closed just when it is used again, on a busy machine: any client asks once more then.
          const { status } = await callApi(url, jwt).catch(() => callApi(url, jwt));
          if (status !== 200) throw new Error(`protect answered ${status}`);
        }),
        ...copies.map((copy) => jwtVerify(jwt, copy, { issuer, audience: api, currentDate: new Date(clock() * 1000) })),
      ].map(async (result, index) => {
        await result.catch((error) => {
          // What has expired while a busy machine stood still has not failed; a clock here is 5 s ahead.
          if (clock() + 5 < (decodeJwt(jwt).exp ?? 0))
            failures.push(`${age} token, ${decodeProtectedHeader(jwt).kid}, at ${index}: ${error.message}`);
        });
        checks += 1;
      });
      await Promise.all(results);
    }

    /** A client that refreshes at each process in turn, and uses its token at all. */
    async function useFreshTokens(first: number): Promise<void> {
      const at = (turn: number) => urls[(first + turn) % urls.length] as string;
      let body = await tokens(at(0), await freshCode(at(0)));
      for (let turn = 1; !isOver; turn += 1) {
        body = await tokens(at(turn), { grant_type: 'refresh_token', refresh_token: body.refresh_token });
        const jwt = body.access_token as string;
        const { kid } = decodeProtectedHeader(jwt);
        signers.set(kid, (signers.get(kid) ?? 0) + 1);
        alive.push({ jwt, until: clock() + Number(body.expires_in) });
        await check(jwt, 'fresh');
        await wait(30);
      }
    }

    /** Each once more, some seconds before its end. */
    async function useOldTokens(): Promise<void> {
      while (!isOver) {
        const next = alive[0];
        if (!next || next.until - clock() > 60) await wait(10);
        else {
          alive.splice(0, 10); // one of ten will do
          if (next.until - clock() > 20) await check(next.jwt, 'old');
        }
      }
    }

    async function rotateSometimes(): Promise<void> {
      for (let count = 0; count < rotations; count += 1) {
        await wait(seconds(60));
        await rotate(count);
        const before = signers.size;
        const end = Date.now() + seconds(overlap + 120);
        while (signers.size === before && Date.now() < end) await wait(20);
      }
      await wait(seconds(300));
      isOver = true;
    }

    await Promise.all([rotateSometimes(), useOldTokens(), ...urls.map((_, index) => useFreshTokens(index))]).finally(() => {
      isOver = true;
    });
    expect(failures).toEqual([]);
    expect(signers.size).toBe(1 + rotations);
    expect(Math.min(...signers.values())).toBeGreaterThan(10);
    expect(checks).toBeGreaterThan(1000);
    expect(cluster.output).toBe('');
  }, 120_000);
});
