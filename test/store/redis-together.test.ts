/** Commands of one turn leave in one write, on connections of ours; and nothing is lost by it. */
import { Socket } from 'node:net';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Cluster, Redis } from 'ioredis';
import { StoreUnavailable } from '../../lib/errors.js';
import type { Store } from '../../lib/model/store.js';
import {
  asAdmin,
  type RedisCluster,
  type RedisServer,
  recovery,
  type SecuredRedis,
  startRedis,
  startRedisCluster,
  startSecuredRedis,
} from '../support/redis.js';
import { storesUnderTest } from '../support/redis-stores.js';

const { open } = storesUnderTest();

/** What went down to the system since it was last emptied: for each write where to, and the socket. */
const writes: { readonly port: number | undefined; readonly socket: Socket }[] = [];
const writesTo = ({ port }: { readonly port: number }) => writes.filter((write) => write.port === port);

beforeEach(() => {
  writes.length = 0;
  const { _write, _writev } = Socket.prototype as Required<Pick<Socket, '_write' | '_writev'>>;
  jest.spyOn(Socket.prototype, '_write').mockImplementation(function (this: Socket, ...given) {
    writes.push({ port: this.remotePort, socket: this });
    _write.apply(this, given);
  });
  jest.spyOn(Socket.prototype, '_writev').mockImplementation(function (this: Socket, ...given) {
    writes.push({ port: this.remotePort, socket: this });
    _writev.apply(this, given);
  });
});
afterEach(() => void jest.restoreAllMocks());

const keys = (count: number) => Array.from({ length: count }, (_, index) => `key:${index}`);
const putAll = (store: Store, count: number) => Promise.all(keys(count).map((key) => store.put(key, key, 60)));

/** Forgets what it took to connect. */
async function connected(store: Store): Promise<Store> {
  await putAll(store, 100); // to all nodes of a Cluster
  writes.length = 0;
  return store;
}

describe('commands of one turn', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  it('leave in one write', async () => {
    const store = await connected(open(redis.url));
    await Promise.all([store.get('a'), store.put('b', 1, 60), store.linked('c')]);
    expect(writesTo(redis)).toHaveLength(1);
  });

  it('leave in one write, though they are given by what has waited in between', async () => {
    const store = await connected(open(redis.url));
    const later = async () => {
      await null;
      return store.get('b');
    };
    const atTick = new Promise((resolve) => process.nextTick(() => resolve(store.get('c'))));
    await Promise.all([store.get('a'), later(), atTick]);
    expect(writesTo(redis)).toHaveLength(1);
  });

  it('leave in one write, though they are given for different requests', async () => {
    const store = await connected(open(redis.url));
    const requests = ['a', 'b', 'c'].map((key) => new Promise((resolve) => setImmediate(() => resolve(store.get(key)))));
    await Promise.all(requests);
    expect(writesTo(redis)).toHaveLength(1);
  });

  it('do not wait for those of the next', async () => {
    const store = await connected(open(redis.url));
    const first = store.get('a');
    await endOfTurn();
    expect(writesTo(redis)).toHaveLength(1);
    await Promise.all([first, store.get('b')]);
    expect(writesTo(redis)).toHaveLength(2);
  });

  it('get each its own answer, a thousand of them', async () => {
    const store = open(redis.url);
    await putAll(store, 1000);
    writes.length = 0;
    const found = await Promise.all(keys(1000).map((key) => store.get(key)));
    expect(found.map((stored) => stored?.value)).toEqual(keys(1000));
    expect(writesTo(redis)).toHaveLength(1);
  });

  it('leave in one write where writes wait for replicas, on either connection', async () => {
    const store = open(redis.url, { wait: { replicas: 0, timeout: 1 } });
    await connected(store);
    await store.get('a');
    writes.length = 0;
    await Promise.all([store.put('a', 1, 60), store.put('b', 1, 60), store.get('c'), store.get('d')]);
    const [reading, replicating, ...further] = [...new Set(writesTo(redis).map(({ socket }) => socket))];
    expect([reading, replicating, further]).toEqual([expect.anything(), expect.anything(), []]);
    expect(writesTo(redis)).toHaveLength(3); // the replicas are asked first, for both
  });

  it("leave as the host's client sends them, if it is one of the host", async () => {
    const client = new Redis(redis.url, { replyMapping: 'legacy' });
    const store = await connected(open(client));
    await Promise.all([store.get('a'), store.get('b')]);
    expect(writesTo(redis)).toHaveLength(2);
    client.disconnect();
  });

  it('are refused and not sent if the connection is destroyed before they leave; those after it go over the next one, together', async () => {
    const store = await connected(open(redis.url));
    await store.get('a');
    const [{ socket } = { socket: new Socket() }] = writesTo(redis);
    const lost = Promise.allSettled([store.put('lost', 1, 60), store.put('lost too', 1, 60)]);
    socket.destroy();
    for (const answer of await lost) expect(answer).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailable) });
    await recovery(() => store.get('a'));
    expect(await asAdmin(redis, (client) => client.exists('oauth:value:lost', 'oauth:value:lost too'))).toBe(0);
    writes.length = 0;
    await Promise.all([store.get('a'), store.get('b')]);
    expect(writesTo(redis)).toHaveLength(1);
  });

  it('are still sent, together, if the store is closed before they leave', async () => {
    const store = await connected(open(redis.url));
    const last = Promise.allSettled([store.put('last', 1, 60), store.put('last too', 1, 60)]);
    await store.close();
    await last;
    expect(await asAdmin(redis, (client) => client.exists('oauth:value:last', 'oauth:value:last too'))).toBe(2);
  });

  it('wait for the first connection, and leave in one write behind what it begins with', async () => {
    const store = open(redis.url);
    await putAll(store, 20);
    expect(writesTo(redis).length).toBeLessThan(10);
    expect(await store.get('key:19')).toMatchObject({ value: 'key:19' });
  });
});

describe('commands of one turn, by TLS', () => {
  let secured: SecuredRedis;
  beforeAll(async () => {
    secured = await startSecuredRedis();
  });
  afterAll(() => secured.stop());

  it('leave in one write', async () => {
    const store = await connected(open(secured.connection));
    await Promise.all([store.get('a'), store.put('b', 1, 60), store.linked('c')]);
    expect(writesTo(secured)).toHaveLength(1);
  });
});

describe('commands of one turn, to a Cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, 20_000);
  afterAll(() => cluster.stop());

  it('leave in one write to each node', async () => {
    const store = await connected(open({ cluster: cluster.nodes }));
    await putAll(store, 100);
    expect(cluster.nodes.map((node) => writesTo(node).length)).toEqual([1, 1, 1]);
  });

  it("leave as the host's client sends them, if it is one of the host", async () => {
    const client = new Cluster([...cluster.nodes]);
    const store = await connected(open(client));
    await putAll(store, 100);
    expect(writes).toHaveLength(100);
    client.disconnect();
  });
});
