/** That a server which does not answer as it should fails by itself: the driver goes on with the next. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Connection } from '../../bench/driver/connection.js';
import type { Order } from '../../bench/driver/drive.js';
import { type Driver, startDriver } from '../../bench/measure/driver-process.js';
import { profiledIn } from '../../bench/measure/profiles.js';

const right = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}';
const used = { rss: 1, cpu: 1 };
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** Answers whatever comes with these bytes; with nothing, if there are none. */
async function serverThatAnswers(answer: string) {
  const sockets: Socket[] = [];
  let requests = 0;
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    socket.on('data', () => {
      requests += 1;
      socket.write(answer);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const closeConnections = () => {
    for (const socket of sockets) socket.destroy();
  };
  ends.push(closeConnections, () => server.close());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    closeConnections,
    requests: () => requests,
    usage: async () => used,
  };
}

type Server = Awaited<ReturnType<typeof serverThatAnswers>>;

function driverFor(patience?: (order: Order) => number): Driver {
  const driver = startDriver(patience);
  ends.push(() => driver.stop());
  return driver;
}

function run(driver: Driver, server: Pick<Server, 'url' | 'usage'>) {
  const target = { paths: {}, urls: [server.url] };
  return driver.run({ job: 'empty', target, workers: 2, warmUp: 0, seconds: 0.05 }, [server]);
}

describe('a connection', () => {
  it('refuses a request after the server has closed it', async () => {
    const server = await serverThatAnswers(right);
    const connection = await Connection.open(server.url);
    await connection.send('GET', '/');
    server.closeConnections();
    await expect(connection.send('GET', '/')).rejects.toThrow(); // when it is told at the latest
    await expect(connection.send('GET', '/')).rejects.toThrow('The server has closed the connection.');
  });

  it.each([
    ['without a length', 'HTTP/1.1 200 OK\r\n\r\n'],
    ['with a length that is no number', 'HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n'],
    ['with a chunk whose length is no number', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\n\r\n'],
    ['with a chunk of less than nothing', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-9\r\n\r\n'],
  ])('refuses an answer %s, and whatever comes after it', async (_, answer) => {
    const connection = await Connection.open((await serverThatAnswers(answer)).url);
    await expect(connection.send('GET', '/')).rejects.toThrow(/^An? (answer|chunk) with/);
    await expect(connection.send('GET', '/')).rejects.toThrow('The server has closed the connection.');
  });
});

describe('the driver', () => {
  it('goes on with the next server after one that answers nonsense', async () => {
    const driver = driverFor();
    await expect(run(driver, await serverThatAnswers('HTTP/1.1 200 OK\r\n\r\n'))).rejects.toThrow('An answer without a length');
    expect((await run(driver, await serverThatAnswers(right))).done).toBeGreaterThan(0);
  });

  it('goes on with the next server after one that closed its connections while they were idle', async () => {
    const driver = driverFor();
    const server = await serverThatAnswers(right);
    const closing = async () => {
      server.closeConnections();
      return used;
    };
    await expect(run(driver, { ...server, usage: closing })).rejects.toThrow(/closed|ended/);
    expect((await run(driver, await serverThatAnswers(right))).done).toBeGreaterThan(0);
  });

  it('goes on with the next server after one that never answers', async () => {
    const mute = await serverThatAnswers('');
    const driver = driverFor(({ target }) => (target.urls[0] === mute.url ? 0.5 : 60));
    await expect(run(driver, mute)).rejects.toThrow('It was not done after 0.5 seconds.');
    expect((await run(driver, await serverThatAnswers(right))).done).toBeGreaterThan(0);
  });

  it('asks a server nothing more that did not tell what it had used', async () => {
    const driver = driverFor();
    const [silent, next] = [await serverThatAnswers(right), await serverThatAnswers(right)];
    const usage = () => Promise.reject(new Error('It has ended.'));
    await expect(run(driver, { ...silent, usage })).rejects.toThrow('It has ended.');
    expect((await run(driver, next)).done).toBeLessThanOrEqual(next.requests());
    expect(silent.requests()).toBe(0);
  });
});

describe('a profile', () => {
  it('begins when the warm-up is over, and ends before anything is verified', async () => {
    const told: string[] = [];
    const profile = { costs: [{ name: 'sign', place: 'jose', share: 1 }], parts: [{ place: 'jose', share: 1 }] };
    const profiled = profiledIn({
      usage: async () => used,
      beginProfile: async () => void told.push('begins'),
      endProfile: async () => {
        told.push('ends');
        return profile;
      },
    });
    await profiled.usage();
    told.push('measured');
    await profiled.usage();
    expect(told).toEqual(['begins', 'measured', 'ends']);
    expect(profiled.profile).toEqual(profile);
  });
});
