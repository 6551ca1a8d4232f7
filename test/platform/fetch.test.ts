import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createGuardedFetch, FetchRefused, type GuardedFetchOptions, type Lookup } from '../../lib/platform/fetch.js';
import { makeCertificates } from '../support/certificates.js';

const request = { accept: 'application/json', maxBytes: 1000 };
const everyByte = Array.from({ length: 256 }, (_, index) => index);
const loopback: Lookup = async () => [{ address: '127.0.0.1', family: 4 }];

/** What is said of a URL that was refused. */
async function refusal(url: string, options: GuardedFetchOptions = {}): Promise<string> {
  const answer = createGuardedFetch(options)(url, request);
  await expect(answer).rejects.toBeInstanceOf(FetchRefused);
  return answer.then(String, (error: Error) => error.message);
}

async function listen(server: Server | TcpServer, address = '127.0.0.1', port = 0): Promise<number> {
  await new Promise<void>((listening) => server.listen(port, address, listening));
  return (server.address() as AddressInfo).port;
}

describe('what is refused before a connection is made', () => {
  it.each([
    ['http://client.example.com/jwks', 'The URL is not https.'],
    ['http://127.0.0.1/jwks', 'The URL is not https.'],
    ['ftp://client.example.com/jwks', 'The URL is not https.'],
    ['file:///etc/passwd', 'The URL is not https.'],
    ['data:application/json,{}', 'The URL is not https.'],
    ['javascript:alert(1)', 'The URL is not https.'],
    ['/jwks', 'It is not an absolute URL.'],
    ['', 'It is not an absolute URL.'],
    ['https://user:password@client.example.com/jwks', 'The URL has a user name or password.'],
    ['https://client.example.com@127.0.0.1/jwks', 'The URL has a user name or password.'],
    ['https://client.example.com:8443/jwks', 'The URL has a port other than 443.'],
    ['https://client.example.com:22/jwks', 'The URL has a port other than 443.'],
  ])('%s: %s', async (url, message) => {
    const lookup = jest.fn(loopback);
    expect(await refusal(url, { lookup })).toBe(message);
    expect(lookup).not.toHaveBeenCalled();
  });

  it.each([
    ['https://127.0.0.1/', 'loopback'],
    ['https://127.1/', 'shortened'],
    ['https://2130706433/', 'decimal'],
    ['https://0x7f000001/', 'hexadecimal'],
    ['https://0x7f.0.0.0x1/', 'hexadecimal in parts'],
    ['https://017700000001/', 'octal'],
    ['https://0177.0.0.01/', 'octal in parts'],
    ['https://①②⑦.0.0.1/', 'in circled digits'],
    ['https://0/', 'this network'],
    ['https://10.0.0.1/', 'private'],
    ['https://192.168.0.1/', 'private'],
    ['https://169.254.169.254/latest/meta-data/', 'link-local'],
    ['https://[::]/', 'unspecified'],
    ['https://[::1]/', 'loopback'],
    ['https://[0:0:0:0:0:0:0:1]/', 'loopback in full'],
    ['https://[::ffff:127.0.0.1]/', 'mapped'],
    ['https://[::ffff:7f00:1]/', 'mapped, in hexadecimal'],
    ['https://[::127.0.0.1]/', 'IPv4-compatible'],
    ['https://[64:ff9b::7f00:1]/', 'NAT64'],
    ['https://[2002:7f00:1::]/', '6to4'],
    ['https://[fc00::1]/', 'unique local'],
    ['https://[fe80::1]/', 'link-local'],
  ])('the address %s, %s', async (url) => {
    expect(await refusal(url)).toMatch(/^The host \S+ has no public address\.$/);
  });

  it.each([['https://localhost/'], ['https://localhost./'], ['https://LOCALHOST/']])('%s, by the resolver of the system', async (url) => {
    expect(await refusal(url)).toMatch(/^The host localhost\.? has no public address\.$/);
  });

  it.each([
    ['a private address', [{ address: '10.1.2.3', family: 4 }]],
    ['loopback', [{ address: '::1', family: 6 }]],
    ['a mapped address', [{ address: '::ffff:192.168.0.1', family: 6 }]],
    [
      'several private ones',
      [
        { address: 'fd00::1', family: 6 },
        { address: '172.16.9.9', family: 4 },
      ],
    ],
    ['no address', []],
  ])('a name that leads to %s, and the answer does not show it', async (_name, addresses) => {
    expect(await refusal('https://evil.example/', { lookup: async () => addresses })).toBe('The host evil.example has no public address.');
  });

  it('a name that does not exist, in the same words', async () => {
    const lookup = async () => {
      throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    };
    expect(await refusal('https://evil.example/', { lookup })).toBe('The host evil.example has no public address.');
  });

  it('tells the operator once of each name, and does not name the address', async () => {
    const log = { warn: jest.fn() };
    const fetch = createGuardedFetch({ lookup: loopback, log });
    await fetch('https://evil.example/1', request).catch(() => {});
    await fetch('https://evil.example/2', request).catch(() => {});
    expect(log.warn.mock.calls).toEqual([
      ['evil.example was not fetched: it has no public address. If it is to be reached, name it in the option outgoing.allow.'],
    ]);
  });

  it('a resolver that does not answer', async () => {
    const lookup = () => new Promise<never>(() => {});
    expect(await refusal('https://slow.example/', { lookup, timeout: 0.1 })).toBe('The answer was not complete within 0.1 seconds.');
  });
});

describe('a host that is allowed', () => {
  let server: Server;
  let port: number;
  const seen: { method?: string | undefined; url?: string | undefined; headers: Readonly<Record<string, unknown>>; body: string }[] = [];
  const drips: NodeJS.Timeout[] = [];
  let closed = () => {};

  const behaviour: Record<string, RequestListener> = {
    '/json': (_req, res) => res.setHeader('Cache-Control', 'max-age=60').setHeader('Content-Type', 'text/html').end('{"a":"ä"}'),
    '/bytes': (_req, res) => res.end(Buffer.from(everyByte)),
    '/missing': (_req, res) => res.writeHead(404).end('no'),
    '/redirect': (_req, res) => res.writeHead(302, { Location: '/json' }).end(),
    '/permanent': (_req, res) => res.writeHead(308, { Location: 'http://169.254.169.254/' }).end(),
    '/not-modified': (_req, res) => res.writeHead(304).end(),
    '/exact': (_req, res) => res.end('x'.repeat(1000)),
    '/long': (_req, res) => res.end('x'.repeat(1001)),
    '/endless': (_req, res) => {
      const more = () => {
        while (!res.destroyed && res.write('x'.repeat(16_384)));
      };
      res.on('drain', more);
      more();
    },
    '/bomb': (_req, res) => res.setHeader('Content-Encoding', 'gzip').end(gzipSync('0'.repeat(10_000_000))),
    '/identity': (_req, res) => res.setHeader('Content-Encoding', 'identity').end('plain'),
    '/drip': (_req, res) => {
      drips.push(setInterval(() => res.write('x'), 50));
    },
    '/encoded-drip': (_req, res) => {
      res.setHeader('Content-Encoding', 'gzip').write('x');
      res.on('close', () => closed());
      drips.push(setInterval(() => res.write('x'), 50));
    },
    '/silent': () => {},
    '/cut': (_req, res) => {
      res.setHeader('Content-Length', '100');
      res.write('x');
      setTimeout(() => res.destroy(), 20);
    },
    '/cookie': (_req, res) => res.setHeader('Set-Cookie', 'a=b').end('{}'),
  };

  beforeAll(async () => {
    server = createServer(async (req, res) => {
      const chunks: Buffer[] = [];
      for await (const chunk of req) chunks.push(chunk as Buffer);
      seen.push({ method: req.method, url: req.url, headers: req.headers, body: Buffer.concat(chunks).toString() });
      behaviour[req.url?.split('?')[0] ?? '']?.(req, res);
    });
    port = await listen(server);
  });

  afterAll(async () => {
    for (const drip of drips) clearInterval(drip);
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });

  function allowed(options: GuardedFetchOptions = {}) {
    const fetch = createGuardedFetch({ allow: ['hostile.test'], lookup: loopback, ...options });
    return (path: string, more = {}) => fetch(`http://hostile.test:${port}${path}`, { ...request, ...more });
  }

  it('may speak http on loopback; status, headers, and a body of whatever type come back', async () => {
    const { status, headers, body } = await allowed()('/json?a=b#fragment');
    expect({ status, cache: headers['cache-control'], body }).toEqual({ status: 200, cache: 'max-age=60', body: '{"a":"ä"}' });
    expect(seen.at(-1)?.url).toBe('/json?a=b');
  });

  it('is asked without compression, cookies and credentials, on a connection of its own', async () => {
    await allowed()('/cookie');
    await allowed()('/json');
    expect(seen.at(-1)?.headers).toEqual({
      host: `hostile.test:${port}`,
      accept: 'application/json',
      'accept-encoding': 'identity',
      'user-agent': 'express-oauth-router',
      connection: 'close',
    });
  });

  it('can be posted to', async () => {
    await allowed()('/json', { method: 'POST', body: 'logout_token=ä', contentType: 'application/x-www-form-urlencoded' });
    const last = seen.at(-1);
    expect([last?.method, last?.headers['content-type'], last?.headers['content-length'], last?.body]).toEqual([
      'POST',
      'application/x-www-form-urlencoded',
      '15',
      'logout_token=ä',
    ]);
  });

  it('gives what is no text byte by byte, if it is asked to', async () => {
    const { body } = await allowed()('/bytes', { encoding: 'latin1' });
    expect([...Buffer.from(body, 'latin1')]).toEqual(everyByte);
  });

  it('leaves other statuses to the caller', async () => {
    expect(await allowed()('/missing')).toMatchObject({ status: 404, body: 'no' });
  });

  it.each([['/redirect'], ['/permanent'], ['/not-modified']])('is not followed to elsewhere: %s', async (path) => {
    const before = seen.length;
    await expect(allowed()(path)).rejects.toThrow('The host hostile.test answers with a redirect; none is followed.');
    expect(seen.length).toBe(before + 1);
  });

  it('may fill the limit, and not go beyond', async () => {
    expect((await allowed()('/exact')).body).toHaveLength(1000);
    await expect(allowed()('/long')).rejects.toThrow('The answer of hostile.test has more than 1000 bytes.');
  });

  it('is cut off when it does not end', async () => {
    await expect(allowed()('/endless')).rejects.toThrow('The answer of hostile.test has more than 1000 bytes.');
  });

  it('cannot send a gzip bomb', async () => {
    await expect(allowed()('/bomb', { maxBytes: 1_000_000 })).rejects.toThrow('encodes its answer although it was asked not to');
    expect((await allowed()('/identity')).body).toBe('plain');
  });

  it.each([['/drip'], ['/silent']])('has so many seconds for all of its answer: %s', async (path) => {
    await expect(allowed({ timeout: 0.3 })(path)).rejects.toThrow('The answer was not complete within 0.3 seconds.');
  });

  it('is hung up on once its answer is refused', async () => {
    const hungUp = new Promise<void>((resolve) => {
      closed = resolve;
    });
    await expect(allowed()('/encoded-drip')).rejects.toThrow('encodes its answer');
    await hungUp;
  });

  it('cannot pass off half an answer', async () => {
    await expect(allowed()('/cut')).rejects.toThrow('The host could not be reached, or broke off its answer.');
  });

  it('is refused in a sentence that tells no address, when nothing listens', async () => {
    const free = createTcpServer();
    const closed = await listen(free);
    await new Promise((done) => free.close(done));
    const message = await refusal(`http://hostile.test:${closed}/`, { allow: ['hostile.test'], lookup: loopback });
    expect(message).toBe('The host could not be reached, or broke off its answer.');
  });

  it('must not speak http beyond loopback', async () => {
    const lookup: Lookup = async () => [{ address: '10.0.0.1', family: 4 }];
    expect(await refusal('http://hostile.test/', { allow: ['hostile.test'], lookup })).toBe('The URL is not https.');
  });

  it('is allowed by its address as well', async () => {
    const { status } = await createGuardedFetch({ allow: [`127.0.0.1:${port}`] })(`http://127.0.0.1:${port}/json`, request);
    expect(status).toBe(200);
  });

  it.each([
    ['another port', () => [`hostile.test:${port + 1}`]],
    ['the default port', () => ['hostile.test:443']],
    ['a host with a longer name', () => ['very.hostile.test']],
    ['a host with a shorter name', () => ['test']],
    ['no host', () => []],
  ])('is refused if %s is allowed', async (_name, allow) => {
    expect(await refusal(`http://hostile.test:${port}/json`, { allow: allow(), lookup: loopback })).toBe('The URL is not https.');
  });

  it.each([['https://internal.example'], ['internal.example/path'], ['user@internal.example'], [''], ['internal.example#'], ['a b']])(
    'must be written as a host: %p is none',
    (text) => {
      expect(() => createGuardedFetch({ allow: [text] })).toThrow('is not a host, or host:port.');
    },
  );

  it('is resolved once: a second answer of the DNS finds no one who asks', async () => {
    const other = createServer((_req, res) => res.end('the wrong host'));
    await listen(other, '127.0.0.2', port);
    const answers = ['127.0.0.1', '127.0.0.2', '127.0.0.2'];
    const lookup = jest.fn(async () => [{ address: answers.shift() as string, family: 4 }]);
    const { body } = await allowed({ lookup })('/json');
    await new Promise((closed) => other.close(closed));
    expect(body).toBe('{"a":"ä"}');
    expect(lookup).toHaveBeenCalledTimes(1);
  });

  it('is connected to at no other address than those that were checked', async () => {
    // http must stay on loopback, so of these two only the second is left; the first would not even be tried.
    const lookup: Lookup = async () => [
      { address: '10.255.255.1', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ];
    expect((await allowed({ lookup, timeout: 2 })('/json')).status).toBe(200);
  });

  it('does not ask the proxy that the environment names', async () => {
    const proxied = jest.fn();
    const proxy = createTcpServer((socket) => {
      proxied();
      socket.destroy();
    });
    const proxyUrl = `http://127.0.0.1:${await listen(proxy)}`;
    const before = { ...process.env };
    Object.assign(process.env, { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxyUrl, HTTPS_PROXY: proxyUrl, http_proxy: proxyUrl });
    const { status } = await allowed()('/json');
    process.env = before;
    await new Promise((closed) => proxy.close(closed));
    expect(status).toBe(200);
    expect(proxied).not.toHaveBeenCalled();
  });
});

describe('https', () => {
  const { ca, cert, key } = makeCertificates('DNS:internal.example', 'IP:127.0.0.1');
  const server = createTlsServer({ cert, key }, (_req, res) => res.end('{}'));
  let port: number;

  beforeAll(async () => {
    port = await listen(server);
  });

  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });

  it.each([
    ['a name', 'internal.example'],
    ['an address', '127.0.0.1'],
  ])('works with a certificate authority of the own network, for %s', async (_kind, host) => {
    const fetch = createGuardedFetch({ allow: [host], ca, lookup: loopback });
    expect(await fetch(`https://${host}:${port}/`, request)).toMatchObject({ status: 200, body: '{}' });
  });

  it('takes several authorities, as text or bytes', async () => {
    const fetch = createGuardedFetch({
      allow: ['internal.example'],
      ca: [makeCertificates('DNS:a').ca, Buffer.from(ca)],
      lookup: loopback,
    });
    expect(await fetch(`https://internal.example:${port}/`, request)).toMatchObject({ status: 200 });
  });

  it('refuses a certificate that no one vouches for', async () => {
    const message = await refusal(`https://internal.example:${port}/`, { allow: ['internal.example'], lookup: loopback });
    expect(message).toBe('The host has no certificate that is trusted here for its name.');
  });

  it('refuses the certificate of another name', async () => {
    const message = await refusal(`https://other.example:${port}/`, { allow: ['other.example'], ca, lookup: loopback });
    expect(message).toBe('The host has no certificate that is trusted here for its name.');
  });

  it('refuses what is no TLS at all', async () => {
    const plain = createServer((_req, res) => res.end('{}'));
    const plainPort = await listen(plain);
    const message = await refusal(`https://internal.example:${plainPort}/`, { allow: ['internal.example'], ca, lookup: loopback });
    await new Promise((closed) => plain.close(closed));
    expect(message).toBe('The host could not be reached, or broke off its answer.');
  });

  it('does not let the authority make a private host public', async () => {
    const message = await refusal('https://internal.example/', { ca, lookup: loopback });
    expect(message).toBe('The host internal.example has no public address.');
  });

  it('leaves no connection open', async () => {
    await createGuardedFetch({ allow: ['internal.example'], ca, lookup: loopback })(`https://internal.example:${port}/`, request);
    await new Promise((passed) => setTimeout(passed, 50));
    const open = await new Promise<number>((resolve, reject) => {
      server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
    });
    expect(open).toBe(0);
  });
});
