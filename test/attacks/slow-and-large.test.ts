/** Requests that cost the attacker little and the server much: slow ones, large ones, and names made to collide. RFC 6819 section 4.4.1.11. */
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import express from 'express';
import { createRouter } from '../../lib/router.js';
import {
  keepConnection,
  type Manner,
  mannerNames,
  type SlowClient,
  type SlowOutcome,
  short,
  startWatched,
  type Watched,
} from '../fuzz/slow.js';
import { raw } from '../support/raw.js';
import { freshCode, type TestServer, testOptions, testServer, token } from '../support/server.js';

const forms = { 'Content-Type': 'application/x-www-form-urlencoded' };
const largest = 65_536; // bytes

let server: TestServer;
const sockets: Socket[] = [];
const watchedOnes: Watched[] = [];

beforeAll(async () => {
  server = await testServer({ options: { registration: true } });
});

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  for (const watched of watchedOnes) await watched.close();
  await server.close();
});

/** Says that much is to come, and sends next to nothing. */
function begin(port: number, path = '/oauth/token'): Promise<Socket> {
  return new Promise((resolve) => {
    const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${forms['Content-Type']}\r\nContent-Length: 60000\r\n\r\ngrant_type=`;
    const socket = connect(port, '127.0.0.1', () => socket.write(head, () => resolve(socket)));
    socket.on('error', () => {});
    sockets.push(socket);
  });
}

interface Open {
  readonly handles: number;
  /** In bytes. */
  readonly heap: number;
}

/** Now, after the garbage was collected. */
function whatIsOpen(): Open {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return { handles: process.getActiveResourcesInfo().length, heap: process.memoryUsage().heapUsed };
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}

describe('a body that never ends', () => {
  it('holds up nobody else, however many there are', async () => {
    await Promise.all(Array.from({ length: 200 }, () => begin(portOf(server.url))));
    const { status } = await raw(server.url, { method: 'POST', path: '/oauth/token', headers: forms, body: 'grant_type=x' });
    expect(status).toBe(401);
  });

  it('is ended by the time limit of Node, which this server does not take away', async () => {
    const app = express();
    const limited = createServer({ requestTimeout: 200, headersTimeout: 200, connectionsCheckingInterval: 50 }, app);
    await new Promise<void>((listening) => limited.listen(0, '127.0.0.1', listening));
    const { port } = limited.address() as AddressInfo;
    const oauth = createRouter(testOptions(`http://localhost:${port}`));
    app.use(oauth);
    const socket = await begin(port);
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (data) => {
        text += data.toString();
      });
      socket.on('close', () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    limited.close();
    await oauth.close();
  });

  it('is let go of when its sender is gone', async () => {
    const socket = await begin(portOf(server.url), '/oauth/login');
    socket.destroy();
    const { status } = await raw(server.url, { method: 'POST', path: '/oauth/token', headers: forms, body: 'grant_type=x' });
    expect(status).toBe(401);
  });
});

describe('clients that take their time', () => {
  const each = 6;
  const form = 'grant_type=x';
  const good = `POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Type: ${forms['Content-Type']}\r\nContent-Length: ${form.length}\r\n\r\n${form}`;
  const inItsHead = 60; // bytes
  let largeFile: string;

  beforeAll(async () => {
    const page = await (await fetch(`${server.url}/oauth/apps`)).text();
    const [path = ''] = /\/oauth\/style\.[^"]+/.exec(page) ?? [];
    largeFile = `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
  });

  function slowClient(manner: Manner): SlowClient {
    // More than the buffers of the system take, so that the answers stay with us.
    if (manner === 'reads no answer') return { manner, request: largeFile, at: 600, pause: 20 };
    return { manner, request: good, at: inItsHead, pause: 20 };
  }

  function keepAll(watched: Watched): Promise<(readonly [Manner, SlowOutcome])[]> {
    const clients = mannerNames.flatMap((manner) => Array.from({ length: each }, () => slowClient(manner)));
    return Promise.all(clients.map(async (client) => [client.manner, await keepConnection(watched, client)] as const));
  }

  it('hold up nobody, who signs in and gets tokens while they are all there', async () => {
    const watched = await startWatched(server.app);
    watchedOnes.push(watched);
    const kept = keepAll(watched);
    const url = `http://localhost:${watched.port}`;
    expect((await token(url, await freshCode(url))).status).toBe(200);
    expect(watched.open).toBeGreaterThanOrEqual((mannerNames.length - 1) * each); // one of them breaks off
    await watched.close();
    await kept;
  }, 30_000);

  describe('where the limits of Node are short', () => {
    let outcomes: (readonly [Manner, SlowOutcome])[];
    let before: Open;
    let after: Open;

    beforeAll(async () => {
      const watched = await startWatched(server.app, short);
      watchedOnes.push(watched);
      await keepAll(watched);
      await watched.left();
      before = whatIsOpen();
      outcomes = [...(await keepAll(watched)), ...(await keepAll(watched))];
      await watched.left();
      after = whatIsOpen();
    }, 60_000);

    it.each(mannerNames)('are ended, and told nothing but that they were wrong: %s', (manner) => {
      const all = outcomes.filter(([name]) => name === manner).map(([, outcome]) => outcome);
      expect(all).toHaveLength(2 * each);
      for (const { took, statuses } of all) {
        expect(took).toBeLessThan(Number.POSITIVE_INFINITY);
        for (const status of statuses) expect([100, 400, 401, 408, 413]).toContain(status);
      }
    });

    it('leave no connection, no handle and no memory behind', () => {
      expect(after.handles).toBeLessThanOrEqual(before.handles + 8);
      expect(after.heap - before.heap).toBeLessThan(4_000_000);
    });
  });
});

describe('a body that is too large', () => {
  it.each(['/oauth/token', '/oauth/login', '/oauth/consent', '/oauth/authorize', '/oauth/revoke'])(
    'is refused by its length, before it is read: %s',
    async (path) => {
      const { status } = await raw(server.url, {
        method: 'POST',
        path,
        headers: { ...forms, 'Content-Length': String(largest + 1) },
        body: 'a=',
      });
      expect(status).toBe(413);
    },
  );

  it.each(['/oauth/token', '/oauth/login'])('is refused when more comes than it may have, where it names no length: %s', async (path) => {
    const body = `${(largest + 2).toString(16)}\r\na=${'a'.repeat(largest)}\r\n0\r\n\r\n`;
    const { status } = await raw(server.url, { method: 'POST', path, headers: { ...forms, 'Transfer-Encoding': 'chunked' }, body });
    expect(status).toBe(413);
  });

  it('is refused as a registration, too', async () => {
    const body = JSON.stringify({ client_name: 'x'.repeat(largest) });
    const answer = await raw(server.url, {
      method: 'POST',
      path: '/oauth/register',
      headers: { 'Content-Type': 'application/json' },
      body,
    });
    expect(answer.status).toBe(413);
  });

  it.each(['gzip', 'deflate', 'br'])('is not unpacked from %s, which may make a thousand of one', async (encoding) => {
    const headers = { ...forms, 'Content-Encoding': encoding };
    expect((await raw(server.url, { method: 'POST', path: '/oauth/token', headers, body: 'x' })).status).toBe(415);
  });
});

describe('names that are made to collide', () => {
  /** The hash of a whole number is the number itself in V8, so that these fall together in tables whose size is a power of two. */
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index * 65_536 + 1));

  /** Milliseconds of work of this process. */
  async function work(run: () => Promise<unknown>): Promise<number> {
    const began = process.cpuUsage();
    await run();
    return process.cpuUsage(began).user / 1000;
  }

  it('keep a form of the largest size from nobody else', async () => {
    const body = numbers(5_500)
      .map((name) => `${name}=1`)
      .join('&');
    expect(body.length).toBeGreaterThan(60_000);
    expect(body.length).toBeLessThan(largest);
    expect(await work(() => raw(server.url, { method: 'POST', path: '/oauth/token', headers: forms, body }))).toBeLessThan(1_000);
  });

  it('keep a registration of the largest size from nobody else', async () => {
    const body = `{${numbers(4_500)
      .map((name) => `"${name}":1`)
      .join(',')}}`;
    expect(body.length).toBeGreaterThan(55_000);
    expect(body.length).toBeLessThan(largest);
    const headers = { 'Content-Type': 'application/json' };
    expect(await work(() => raw(server.url, { method: 'POST', path: '/oauth/register', headers, body }))).toBeLessThan(1_000);
  });

  it('keep a registration that is nested as deeply as it is long from nobody else', async () => {
    const body = `{"jwks":${'['.repeat(30_000)}${']'.repeat(30_000)}}`;
    const answer = await raw(server.url, {
      method: 'POST',
      path: '/oauth/register',
      headers: { 'Content-Type': 'application/json' },
      body,
    });
    expect(answer.status).toBe(400);
  });
});
