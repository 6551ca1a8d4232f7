/** `doctor`, at servers that are well, and at servers that are ill in one way each. */

import { rmSync, writeFileSync } from 'node:fs';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import express, { type RequestHandler, type Response } from 'express';
import { examine } from '../../lib/cli/doctor/examine.js';
import type { Finding } from '../../lib/cli/doctor/finding.js';
import { makeAuthority } from '../support/certificates.js';
import { type Operator, startOperator } from '../support/cli.js';
import { freePort } from '../support/free-port.js';
import { devour } from '../support/middlewares.js';
import { type TestServer, type TestServerOptions, testServer } from '../support/server.js';

const impatient = { each: 3_000, all: 20_000 };
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(options: TestServerOptions = {}): Promise<TestServer> {
  const scopes = { 'read:contacts': 'See your contacts', 'create:contacts': 'Add contacts' };
  const optionsAt = (url: string) => ({ apis: { [`${url}/api/contacts`]: { scopes } } });
  const server = await testServer({ optionsAt, ...options });
  closing.push(() => server.close());
  return server;
}

/** What is not good, and that each has a cure. */
function illsOf(findings: readonly Finding[]): Record<string, 'warning' | 'bad'> {
  const ills = findings.filter((finding) => finding.result !== 'good');
  expect(ills.filter(({ cure, seen }) => !/^[A-Z].*[.?]$/.test(cure) || seen === '')).toEqual([]);
  return Object.fromEntries(ills.map(({ about, result }) => [about, result]));
}

/** In the manner of a proxy: changes the headers of answers at such paths, before they are sent. */
function changing(path: RegExp, change: (res: Response) => void): RequestHandler {
  return (req, res, next) => {
    if (!path.test(req.path)) return next();
    const { writeHead } = res;
    res.writeHead = ((status: number, headers: Record<string, string | string[]> = {}) => {
      for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
      change(res);
      return writeHead.call(res, status);
    }) as typeof res.writeHead;
    next();
  };
}

function answering(method: string, path: RegExp, answer: (res: Response) => void): RequestHandler {
  return (req, res, next) => (req.method === method && path.test(req.path) ? answer(res) : next());
}

/** Every issuer here is on localhost. */
const local = { issuer: 'warning' };

describe('a server that is well', () => {
  it.each<[string, TestServerOptions]>([
    ['at the root', {}],
    ['with a path in its issuer', { issuerPath: '/tenant' }],
    ['with registration', { options: { registration: true } }],
  ])('has nothing to mend: %s', async (_, options) => {
    const { url } = await start(options);
    expect(illsOf(await examine(`${url}${options.issuerPath ?? ''}`))).toEqual(local);
  });

  it('has an API that clients find their way from', async () => {
    const { url } = await start();
    expect(illsOf(await examine(url, `${url}/api/contacts`))).toEqual(local);
  });
});

describe('a server is found to be ill, if', () => {
  const wellKnown = (url: string) => [
    `metadata at ${url}/.well-known/oauth-authorization-server`,
    `metadata at ${url}/.well-known/openid-configuration`,
  ];
  const all = (names: readonly string[], result: string) => Object.fromEntries(names.map((name) => [name, result]));

  it('it is not running at all', async () => {
    const url = `http://localhost:${await freePort()}`;
    expect(illsOf(await examine(url))).toEqual({ ...local, ...all(wellKnown(url), 'bad') });
  });

  it('its issuer is asked for with a slash', async () => {
    const { url } = await start();
    expect(illsOf(await examine(`${url}/`))).toEqual({ issuer: 'bad', ...all(wellKnown(url), 'bad') });
  });

  it('its documents name another issuer', async () => {
    const { url } = await start({ options: { issuer: 'http://127.0.0.1:1' } });
    expect(illsOf(await examine(url))).toMatchObject({ ...all(wellKnown(url), 'bad'), endpoints: 'bad' });
  });

  it('it is mounted below a prefix, and nobody serves the documents at the root', async () => {
    const { url } = await start({ prefix: '/auth', issuerPath: '/auth' });
    expect(illsOf(await examine(`${url}/auth`))).toEqual({
      ...local,
      [`metadata at ${url}/.well-known/oauth-authorization-server/auth`]: 'bad',
      [`metadata at ${url}/.well-known/openid-configuration/auth`]: 'bad',
    });
  });

  it.each<[string, RequestHandler, Record<string, string>]>([
    ['a middleware eats bodies', devour, { 'token endpoint': 'bad' }],
    ['a middleware swallows forms, and never goes on', answering('POST', /token$/, () => {}), { 'token endpoint': 'bad', CORS: 'bad' }],
    [
      'a handler of errors answers in its place',
      answering('POST', /token$/, (res) => void res.status(500).send('<h1>Oops</h1>')),
      { 'token endpoint': 'bad', CORS: 'bad' },
    ],
    ['a proxy takes Cache-Control away', changing(/token$/, (res) => res.removeHeader('Cache-Control')), { 'token endpoint': 'bad' }],
    [
      'a proxy sets its own Content-Security-Policy',
      changing(/authorize$/, (res) => void res.setHeader('Content-Security-Policy', "default-src 'self'")),
      { 'Content-Security-Policy': 'bad' },
    ],
    [
      'a proxy adds form-action',
      changing(/authorize$/, (res) => {
        res.setHeader('Content-Security-Policy', `${String(res.getHeader('Content-Security-Policy'))}; form-action 'self'`);
      }),
      { 'Content-Security-Policy': 'bad' },
    ],
    [
      'a proxy sets its own Referrer-Policy',
      changing(/authorize$/, (res) => void res.setHeader('Referrer-Policy', 'origin')),
      { addresses: 'bad' },
    ],
    ['OPTIONS is answered in its place', answering('OPTIONS', /./, (res) => void res.status(204).end()), { CORS: 'bad' }],
    ['OPTIONS is refused', answering('OPTIONS', /./, (res) => void res.status(405).end()), { CORS: 'bad' }],
    ['CORS is taken away', changing(/./, (res) => res.removeHeader('Access-Control-Allow-Origin')), { CORS: 'bad' }],
    [
      'CORS is taken away from the keys alone',
      changing(/jwks$/, (res) => res.removeHeader('Access-Control-Allow-Origin')),
      { CORS: 'bad' },
    ],
    [
      'CORS is put on the screens',
      changing(/authorize$/, (res) => void res.setHeader('Access-Control-Allow-Origin', '*')),
      { 'CORS on the screens': 'bad' },
    ],
    [
      'its clock is behind',
      changing(/well-known/, (res) => {
        res.sendDate = false;
        res.setHeader('Date', new Date(Date.now() - 60_000).toUTCString());
      }),
      { clock: 'warning' },
    ],
    [
      'nobody can tell what its clock says',
      changing(/well-known/, (res) => {
        res.sendDate = false;
      }),
      { clock: 'warning' },
    ],
    [
      'a cookie lacks flags',
      changing(/authorize$/, (res) => void res.appendHeader('Set-Cookie', 'host.sid=1; Path=/; HttpOnly')),
      { cookies: 'warning' },
    ],
    ['its keys are not there', answering('GET', /jwks$/, (res) => void res.status(404).end()), { keys: 'bad', CORS: 'bad' }],
    [
      'its keys have no kid',
      answering('GET', /jwks$/, (res) => void res.setHeader('Access-Control-Allow-Origin', '*').json({ keys: [{ kty: 'EC' }] })),
      { keys: 'bad' },
    ],
    [
      'its keys are private',
      answering('GET', /jwks$/, (res) => void res.setHeader('Access-Control-Allow-Origin', '*').json({ keys: [{ kid: '1', d: 'x' }] })),
      { keys: 'bad' },
    ],
    [
      'an app without pages answers at the authorization endpoint',
      answering('GET', /authorize$/, (res) => void res.json({})),
      { screens: 'bad' },
    ],
  ])('%s', async (_, middleware, ills) => {
    const { url } = await start({ before: [middleware] });
    expect(illsOf(await examine(url, undefined, impatient))).toEqual({ ...local, ...ills });
  });

  it('the documents are a page of the app', async () => {
    const { url } = await start({ before: [answering('GET', /well-known/, (res) => void res.send('<h1>Welcome</h1>'))] });
    expect(illsOf(await examine(url))).toEqual({ ...local, ...all(wellKnown(url), 'bad') });
  });

  it.each<[string, object]>([
    ['is empty', {}],
    ['has what is no URL', { authorization_endpoint: 'x', token_endpoint: 7, jwks_uri: null }],
  ])('the document %s', async (_, members) => {
    const urls: string[] = [];
    const fake = answering('GET', /well-known/, (res) => void res.json({ issuer: urls[0], ...members }));
    const { url } = await start({ before: [fake] });
    urls.push(url);
    expect(illsOf(await examine(url))).toEqual({ ...local, endpoints: 'bad' });
  });

  it('it lacks PKCE and the issuer in its answers', async () => {
    const { url } = await start({
      before: [
        (req, res, next) => {
          if (!/well-known/.test(req.path)) return next();
          const { end } = res;
          res.end = ((text: string) => {
            const { code_challenge_methods_supported: _, authorization_response_iss_parameter_supported: __, ...rest } = JSON.parse(text);
            return end.call(res, JSON.stringify(rest), 'utf8');
          }) as typeof res.end;
          changing(/./, (sent) => sent.removeHeader('Content-Length'))(req, res, next);
        },
      ],
    });
    expect(illsOf(await examine(url))).toEqual({ ...local, PKCE: 'bad', 'iss in answers': 'warning' });
  });

  it('it is http, on a host that all can reach', async () => {
    expect(illsOf(await examine('http://app.invalid'))).toMatchObject({ issuer: 'bad' });
  });
});

describe('an API is found to be ill, if', () => {
  it('it is not running', async () => {
    const { url } = await start();
    const api = `http://localhost:${await freePort()}/api`;
    expect(illsOf(await examine(url, api))).toEqual({ ...local, [`API ${api}`]: 'bad' });
  });

  it.each<[string, (res: Response) => void]>([
    ['it asks for no token', (res) => void res.json([])],
    ['it does not say where its metadata is', (res) => void res.status(401).setHeader('WWW-Authenticate', 'Bearer').end()],
  ])('%s', async (_, answer) => {
    const { url } = await start({ before: [answering('GET', /^\/api/, answer)] });
    expect(illsOf(await examine(url, `${url}/api/contacts`))).toEqual({ ...local, [`API ${url}/api/contacts`]: 'bad' });
  });

  it('clients call it otherwise than it is called', async () => {
    const { url } = await start();
    expect(illsOf(await examine(url, `${url}/api/contacts?page=1`))).toEqual({ ...local, 'its metadata': 'bad' });
  });

  it('its metadata is not where it says', async () => {
    const { url } = await start({ before: [answering('GET', /oauth-protected-resource/, (res) => void res.status(404).end())] });
    expect(illsOf(await examine(url, `${url}/api/contacts`))).toEqual({ ...local, 'its metadata': 'bad' });
  });

  it('it belongs to another server', async () => {
    const [one, other] = [await start(), await start()];
    expect(illsOf(await examine(one.url, `${other.url}/api/contacts`))).toEqual({ ...local, 'its authorization server': 'bad' });
  });

  it('a middleware exposes other headers', async () => {
    const { url } = await start({ before: [changing(/^\/api/, (res) => void res.setHeader('Access-Control-Expose-Headers', 'Location'))] });
    expect(illsOf(await examine(url, `${url}/api/contacts`))).toEqual({ ...local, [`API ${url}/api/contacts`]: 'warning' });
  });
});

describe('it ends, whatever the server does:', () => {
  async function raw(behave: (socket: Socket) => void): Promise<string> {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      behave(socket);
    }).listen(0, '127.0.0.1');
    await new Promise((listening) => server.once('listening', listening));
    closing.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return `localhost:${(server.address() as AddressInfo).port}`;
  }

  const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';

  it.each<[string, 'http' | 'https', (socket: Socket) => void]>([
    ['it says nothing', 'http', () => {}],
    ['it never ends', 'http', (socket) => void socket.write(`${head}Content-Length: 1000\r\n\r\n{`)],
    [
      'it floods',
      'http',
      (socket) => {
        socket.write(`${head}Content-Length: 90000000\r\n\r\n`);
        const pour = () => {
          while (!socket.destroyed && socket.write('x'.repeat(65_536)));
        };
        socket.on('drain', pour);
        pour();
      },
    ],
    ['it breaks off', 'http', (socket) => void socket.end(`${head}Content-Length: 1000\r\n\r\n{`)],
    ['it speaks something else', 'http', (socket) => void socket.end('SSH-2.0-OpenSSH_9.2\r\n')],
    ['it has no TLS, and is asked by https', 'https', (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['it is silent where TLS should begin', 'https', () => {}],
  ])('%s', async (_, scheme, behave) => {
    const url = `${scheme}://${await raw(behave)}`;
    const began = performance.now();
    const ills = illsOf(await examine(url, `${url}/api`, { each: 500, all: 1_500 }));
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(ills).toMatchObject({ [`metadata at ${url}/.well-known/oauth-authorization-server`]: 'bad', [`API ${url}/api`]: 'bad' });
  });
});

describe('the certificate', () => {
  const authority = makeAuthority();
  const ca = join(tmpdir(), `doctor-ca-${process.pid}.pem`);
  let operator: Operator;

  beforeAll(async () => {
    writeFileSync(ca, authority.cert);
    operator = await startOperator({ NODE_EXTRA_CA_CERTS: ca });
  });

  afterAll(async () => {
    rmSync(ca);
    await operator.remove();
  });

  async function secure(days: number, name = 'DNS:localhost'): Promise<string> {
    const app = express();
    const listener = createSecureServer(authority.issue({ names: [name], days }), app).listen(0, '127.0.0.1');
    await new Promise((listening) => listener.once('listening', listening));
    const issuer = `https://localhost:${(listener.address() as AddressInfo).port}`;
    closing.push(() => {
      listener.closeAllConnections();
      listener.close();
    });
    const server = await testServer({ app, options: { issuer } });
    closing.push(() => server.close());
    return issuer;
  }

  async function doctor(issuer: string) {
    const { code, stdout, stderr } = await operator.run('doctor', issuer, '--json');
    expect(stderr).not.toMatch(/^ +at /m);
    return { code, ills: illsOf(JSON.parse(stdout)) };
  }

  it('is good: then all is, and the exit code says so', async () => {
    expect(await doctor(await secure(90))).toEqual({ code: 0, ills: {} });
  });

  it('is about to expire', async () => {
    expect(await doctor(await secure(13))).toEqual({ code: 0, ills: { TLS: 'warning' } });
  });

  it.each<[string, number, string]>([
    ['has expired', -1, 'DNS:localhost'],
    ['is of another host', 90, 'DNS:other.example'],
  ])('%s', async (_, days, name) => {
    expect(await doctor(await secure(days, name))).toMatchObject({ code: 1, ills: { TLS: 'bad' } });
  });

  it('is of an authority that nobody knows', async () => {
    expect(illsOf(await examine(await secure(90)))).toMatchObject({ TLS: 'bad' });
  });
});

it('says in words what it has seen and what to do, and lets no server talk to the terminal', async () => {
  const operator = await startOperator();
  closing.push(() => operator.remove());
  const { url } = await start({ options: { issuer: 'http://localhost:1/\u009b2J'.replace('\u009b', '%9b') } });
  const evil = await start({ before: [answering('GET', /well-known/, (res) => void res.json({ issuer: '\u001b[2J' }))] });
  const [other, answer] = [await operator.run('doctor', url), await operator.run('doctor', evil.url)];
  expect([other.code, answer.code]).toEqual([1, 1]);
  expect(other.stdout).toMatch(/^warn {2}issuer: .* is for development\.\n {6}Elsewhere it must be https\.\nBAD {3}metadata at /);
  expect(answer.stdout).toContain('It names the issuer ?[2J.');
  expect(`${answer.stdout}${answer.stderr}`).not.toContain('\u001b');
});
