/** What registrations cost a real Redis: those of public clients nothing, those of others no more than the quota. RFC 7591 section 5. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { type RedisServer, startRedis } from '../support/redis.js';
import { type TestServer, testServer } from '../support/server.js';

let redis: RedisServer;
let server: TestServer;
let client: Redis;

beforeAll(async () => {
  redis = await startRedis();
  server = await testServer({ options: { redis: redis.url, registration: { perHour: 1_000_000, quota: 20 } } });
  client = new Redis(redis.url);
  await fetch(`${server.url}/oauth/jwks`); // the keys are made, and kept
});

afterAll(async () => {
  client.disconnect();
  await server.close();
  await redis.stop();
});

async function used(): Promise<{ keys: number; bytes: number }> {
  const [, bytes] = /used_memory:(\d+)/.exec(await client.info('memory')) ?? [];
  return { keys: await client.dbsize(), bytes: Number(bytes) };
}

async function register(i: number, token_endpoint_auth_method: string): Promise<number> {
  const metadata = { client_name: `App ${i}`, redirect_uris: [`https://app-${i}.example.com/callback`], token_endpoint_auth_method };
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(`${server.url}/oauth/register`, { method: 'POST', headers, body: JSON.stringify(metadata) });
  await answer.arrayBuffer();
  return answer.status;
}

it('stays as it was, however many public clients register', async () => {
  await register(0, 'none');
  const before = await used();
  let count = 0;
  while (count < 600) {
    const statuses = await Promise.all(Array.from({ length: 20 }, (_, i) => register(count + i, 'none')));
    expect(new Set(statuses)).toEqual(new Set([201]));
    count += statuses.length;
  }
  const after = await used();
  expect(after.keys).toBe(before.keys);
  expect(after.bytes - before.bytes).toBeLessThan(count * 50); // an identifier alone has more
});

it('keeps no more confidential clients than the quota, whoever asks', async () => {
  const before = await used();
  const statuses: number[] = [];
  for (let i = 0; i < 30; i += 1) statuses.push(await register(i, 'client_secret_basic'));
  expect(statuses.filter((status) => status === 201)).toHaveLength(20);
  expect(statuses.slice(20)).toEqual(Array(10).fill(503));
  expect((await used()).keys - before.keys).toBeLessThanOrEqual(22); // and the index, and how many have registered from here
});
