/** An assertion that somebody has seen, sent to all processes at once. RFC 7523 section 3. */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { systemClock } from '../../lib/platform/clock.js';
import { asParameters, makeAssertion } from '../support/assertion.js';
import { type Cluster, startCluster } from '../support/cluster.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { token } from '../support/server.js';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const issuer = 'http://localhost:3000'; // one name for both
const clients = [
  {
    client_id: 'machine',
    grant_types: ['client_credentials'],
    scope: 'read:contacts',
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [publicKey.export({ format: 'jwk' }) as { kty: string }] },
  },
];

let redis: RedisServer;
let cluster: Cluster;
let urls: string[];

beforeAll(async () => {
  redis = await startRedis();
  cluster = await startCluster(2);
  urls = await cluster.serve({ redis: redis.url, issuer, clients });
});

afterAll(async () => {
  await cluster.kill();
  await redis.stop();
});

async function send(url: string | undefined, assertion: string): Promise<number> {
  const parameters = { grant_type: 'client_credentials', client_id: 'machine', ...asParameters(assertion) };
  return (await token(url ?? '', parameters)).status;
}

const make = () => makeAssertion({ client_id: 'machine', issuer, alg: 'ES256', key: privateKey, now: systemClock() });

it('is good at one process, and at the other no more', async () => {
  const assertion = await make();
  expect([await send(urls[0], assertion), await send(urls[1], assertion), await send(urls[0], assertion)]).toEqual([200, 401, 401]);
});

it('wins once, however many race', async () => {
  for (let round = 0; round < 5; round += 1) {
    const assertion = await make();
    const statuses = await Promise.all(Array.from({ length: 10 }, (_, i) => send(urls[i % 2], assertion)));
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  }
});

it('says nothing to who reads Redis', async () => {
  const { Redis } = await import('ioredis');
  const reader = new Redis(redis.url);
  const keys = await reader.keys('*client assertion*');
  const values = await Promise.all(keys.map((key) => reader.get(key)));
  const lifetimes = await Promise.all(keys.map((key) => reader.ttl(key)));
  reader.disconnect();
  expect(keys.length).toBeGreaterThanOrEqual(6);
  expect(keys.filter((key) => !/^oauth:value:client assertion:[\w-]{43}$/.test(key))).toEqual([]);
  expect(values.filter((value) => !/^[\w-]+ \{"shape":1,"record":true\}$/.test(value ?? ''))).toEqual([]);
  expect(Math.min(...lifetimes)).toBeGreaterThan(0);
  expect(Math.max(...lifetimes)).toBeLessThanOrEqual(71);
});
