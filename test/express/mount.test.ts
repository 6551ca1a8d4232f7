/** Wherever the router is mounted, its own paths work there, and all others are the host's. */
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent } from '../support/agent.js';
import { expresses, type Host, type HostOptions, isTheHosts, type LayOut, startHost, withHost } from '../support/host.js';
import { authorizeUrl, pkce, testServer } from '../support/server.js';
import { completeFlow, endpointsAt, metadataOf, success } from '../support/walker.js';

const versions = [4, 5] as const;

interface Place extends HostOptions {
  readonly name: string;
  /** The path that the endpoints are found below. */
  readonly base: string;
  /** The line of code that the operator is told to add. */
  readonly advice?: string;
}

const places: readonly Place[] = [
  { name: 'at the root', base: '/oauth' },
  { name: "at '/'", base: '/oauth', layOut: (app, oauth) => void app.use('/', oauth) },
  { name: 'at the root, for an issuer with a path', issuerPath: '/auth', base: '/auth/oauth' },
  {
    name: "at the issuer's path",
    issuerPath: '/auth',
    base: '/auth/oauth',
    layOut: (app, oauth) => void app.use('/auth', oauth),
    advice: 'app.use(oauth.wellKnown())',
  },
  {
    name: 'at its own base path',
    base: '/oauth',
    layOut: (app, oauth) => void app.use('/oauth', oauth),
    advice: 'app.use(oauth.wellKnown())',
  },
  {
    name: "at its own base path below the issuer's",
    issuerPath: '/auth',
    base: '/auth/oauth',
    layOut: (app, oauth) => void app.use('/auth/oauth', oauth),
    advice: 'app.use(oauth.wellKnown())',
  },
  {
    name: 'below a prefix that the issuer does not have',
    base: '/a/b/oauth',
    layOut: (app, oauth) => void app.use('/a/b', oauth),
    advice: "app.use(oauth.wellKnown('/a/b'))",
  },
  { name: 'at the root, with no base path', options: { basePath: '' }, base: '' },
  { name: 'at the root, with no base path, for an issuer with a path', issuerPath: '/auth', options: { basePath: '' }, base: '/auth' },
  {
    name: "at the issuer's path, with no base path",
    issuerPath: '/auth',
    options: { basePath: '' },
    base: '/auth',
    layOut: (app, oauth) => void app.use('/auth', oauth),
    advice: 'app.use(oauth.wellKnown())',
  },
  {
    name: 'below a prefix that the issuer does not have, with no base path',
    options: { basePath: '' },
    base: '/a/b',
    layOut: (app, oauth) => void app.use('/a/b', oauth),
    advice: "app.use(oauth.wellKnown('/a/b'))",
  },
];

/** A router in a router in the app: at the root, and below a prefix. */
function nested(version: 4 | 5): readonly Place[] {
  const inRouters = (outer: string, inner: string): LayOut => {
    const { Router } = expresses[version];
    return (app, oauth) => void app.use(outer, Router().use(inner, Router().use(oauth)));
  };
  return [
    { name: 'in nested routers at the root', base: '/oauth', layOut: inRouters('/', '/') },
    {
      name: "in nested routers at the issuer's path",
      issuerPath: '/auth/v1',
      base: '/auth/v1/oauth',
      layOut: inRouters('/auth', '/v1'),
      advice: 'app.use(oauth.wellKnown())',
    },
    {
      name: 'in nested routers below a prefix',
      base: '/a/b/oauth',
      layOut: inRouters('/a', '/b'),
      advice: "app.use(oauth.wellKnown('/a/b'))",
    },
  ];
}

describe.each(versions)('on Express %i', (express) => {
  const all = [...places, ...nested(express)];

  it.each(all)('a user signs in and a client calls the API, the router being $name', async ({ base, ...place }) => {
    await withHost({ ...place, express }, async ({ url }) => {
      expect(await completeFlow(new Agent(url), endpointsAt(`${url}${base}`))).toMatchObject(success);
    });
  });

  it.each(all)('the operator hears once what is missing, the router being $name', async ({ base, advice, ...place }) => {
    await withHost({ ...place, express }, async ({ url, warnings }) => {
      await completeFlow(new Agent(url), endpointsAt(`${url}${base}`));
      const lines = warnings.filter((warning) => warning.includes('.well-known')).map((warning) => warning.replace(/^.*: /s, ''));
      expect(lines).toEqual(advice === undefined ? [] : [advice]);
    });
  });

  it.each(all)('a client that begins with the metadata gets along, the router being $name', async ({ base, advice, layOut, ...place }) => {
    const addLine: LayOut = (app, oauth) => {
      if (layOut) layOut(app, oauth);
      else app.use(oauth);
      if (advice !== undefined) app.use(oauth.wellKnown(...(/\('(.+)'\)/.exec(advice)?.slice(1) ?? [])));
    };
    await withHost({ ...place, express, layOut: addLine }, async ({ url, issuer, warnings }) => {
      const metadata = await metadataOf(issuer);
      expect(metadata).toMatchObject({ issuer, ...endpointsAt(`${url}${base}`) });
      expect(await completeFlow(new Agent(url), metadata)).toMatchObject(success);
      expect(warnings.filter((warning) => warning.includes('.well-known'))).toEqual([]);
    });
  });
});

describe('the well-known documents', () => {
  const names = ['oauth-authorization-server', 'openid-configuration'];

  it.each(names)('%s stands before the path of the issuer, and behind it', async (name) => {
    await withHost({ issuerPath: '/auth' }, async ({ url, issuer }) => {
      for (const path of [`/.well-known/${name}/auth`, `/auth/.well-known/${name}`]) {
        expect(await (await fetch(`${url}${path}`)).json()).toMatchObject({ issuer, token_endpoint: `${issuer}/oauth/token` });
      }
    });
  });

  it.each(names)('%s of another issuer is not ours', async (name) => {
    await withHost({ issuerPath: '/auth' }, async ({ url }) => {
      for (const path of [`/.well-known/${name}`, `/.well-known/${name}/other`, `/.well-known/${name}/auth/`]) {
        expect(await isTheHosts(await fetch(`${url}${path}`))).toBe(true);
      }
    });
  });

  it('are answered by the line for them, and nothing else is', async () => {
    await withHost({ layOut: (app, oauth) => void app.use(oauth.wellKnown('/a/b')) }, async ({ url }) => {
      expect((await fetch(`${url}/.well-known/oauth-authorization-server`)).status).toBe(200);
      expect(await isTheHosts(await fetch(`${url}/a/b/oauth/jwks`))).toBe(true);
      expect(await isTheHosts(await fetch(`${url}/oauth/jwks`))).toBe(true);
    });
  });
});

describe("the host's paths", () => {
  let host: Host;

  beforeAll(async () => {
    host = await startHost({
      layOut: (app, oauth) => {
        app.use(oauth);
        app.get('/', (_req, res) => void res.send('The host itself'));
      },
    });
  });

  afterAll(() => host.close());

  it.each([
    ['GET', '/oauth'],
    ['GET', '/oauth/'],
    ['GET', '/oauth/unknown'],
    ['GET', '/oauth/authorize/'],
    ['GET', '/OAUTH/authorize'],
    ['GET', '/oauth/Authorize'],
    ['GET', '//oauth/authorize'],
    ['GET', '/oauth//authorize'],
    ['GET', '/oauth/%61uthorize'],
    ['GET', '/x/oauth/authorize'],
    ['GET', '/oauth/authorize;a=b'],
    ['GET', '/oauth/style.css/x'],
    ['GET', '/oauth/jwks.json'],
    ['POST', '/oauth/jwks/'],
    ['GET', '/authorize'],
    ['GET', '/token'],
    ['POST', '/token'],
    ['GET', '/login'],
    ['POST', '/login'],
    ['GET', '/.well-known'],
    ['GET', '/.well-known/'],
    ['GET', '/.well-known/other'],
    ['GET', '/.well-known/openid-configuration/'],
    ['GET', '/?path=/oauth/authorize/'],
    ['OPTIONS', '/oauth/unknown'],
    ['DELETE', '/contacts'],
  ])('%s %s stays with it', async (method, path) => {
    const { status, body } = await send(host.url, { method, path });
    if (path.startsWith('/?')) expect(body).toBe('The host itself');
    else expect({ status, body }).toEqual({ status: 404, body: `The host has no ${method} ${path}` });
  });

  it.each([
    ['/oauth', '/token'],
    ['/oauth', '/oauth'],
    ['/oauth', '/OAUTH/authorize'],
    ['/oauth', '/oauth/oauth/authorize'],
    ['/a/b', '/oauth/authorize'],
    ['/a/b', '/a/oauth/authorize'],
    ['/a/b', '/a/b/authorize'],
    ['/a/b', '/a/b/oauth/authorize/'],
    ['/a/b', '/a/b/.well-known/oauth-authorization-server'],
  ])('stay with it when the router is at %s: %s', async (prefix, path) => {
    await withHost({ layOut: (app, oauth) => void app.use(prefix, oauth) }, async ({ url }) => {
      expect(await isTheHosts(await fetch(`${url}${path}`))).toBe(true);
    });
  });

  it('are its own before the router, too', async () => {
    const layOut: LayOut = (app, oauth) => {
      app.get('/oauth/login', (_req, res) => void res.send('Mine'));
      app.use(oauth);
    };
    await withHost({ layOut }, async ({ url }) => {
      expect(await (await fetch(`${url}/oauth/login`)).text()).toBe('Mine');
    });
  });

  it.each(['PUT', 'DELETE', 'PATCH'])('do not include a path of ours, even for %s', async (method) => {
    const { status, headers } = await send(host.url, { method, path: '/oauth/token' });
    expect({ status, allow: headers.allow }).toEqual({ status: 405, allow: 'POST' });
  });
});

describe('what a proxy or an attacker puts into the headers', () => {
  const forged = {
    Host: 'evil.example',
    'X-Forwarded-Host': 'evil.example',
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Port': '666',
    'X-Forwarded-Prefix': '/evil',
    'X-Forwarded-Server': 'evil.example',
    'X-Original-URL': '/evil',
    'X-Rewrite-URL': '/evil',
    Forwarded: 'host=evil.example;proto=https',
    Origin: 'https://evil.example',
    Referer: 'https://evil.example/',
  };

  describe.each([false, true])('with "trust proxy" being %s', (trust) => {
    let host: Host;

    beforeAll(async () => {
      host = await startHost({ layOut: (app, oauth) => void app.set('trust proxy', trust).use(oauth) });
    });

    afterAll(() => host.close());

    it.each([
      ['the metadata', '/.well-known/oauth-authorization-server'],
      ['the login page', authorizeUrl('', pkce().code_challenge)],
      ['an error page', '/oauth/authorize?client_id=nobody'],
      ['an error for the client', authorizeUrl('', pkce().code_challenge, { scope: 'unknown' })],
      ['the sign-out page', '/oauth/sign-out'],
      ['the keys', '/oauth/jwks'],
    ])('never shows up in %s', async (_, path) => {
      const plain = await send(host.url, { path });
      const disguised = await send(host.url, { path, headers: forged });
      expect(disguised.status).toBe(plain.status);
      expect(`${JSON.stringify(disguised.headers)} ${disguised.body}`).not.toMatch(/evil|666/);
    });

    it('leads no redirect after a POST elsewhere', async () => {
      const { search } = new URL(authorizeUrl(host.url, pkce().code_challenge));
      const { status, headers } = await send(host.url, {
        method: 'POST',
        path: '/oauth/authorize',
        headers: forged,
        body: search.slice(1),
      });
      expect(status).toBe(303);
      expect(headers.location).toMatch(/^\/oauth\/consent\?ticket=/);
    });
  });

  it.each(['/\\evil.example', '//evil.example'])(
    'makes no address of another host out of a prefix that is a parameter: %s',
    async (prefix) => {
      const layOut: LayOut = (app, oauth) => void app.use(['/:tenant', '//:tenant'], oauth);
      await withHost({ layOut }, async ({ url }) => {
        const { search } = new URL(authorizeUrl(url, pkce().code_challenge));
        const { status, headers } = await send(url, { method: 'POST', path: `${prefix}/oauth/authorize`, body: search.slice(1) });
        expect({ status, location: headers.location }).toEqual({ status: 404, location: undefined });
      });
    },
  );
});

it('understands a request line that names the server', async () => {
  await withHost({}, async ({ url }) => {
    const { status, body } = await send(url, { path: 'http://other.example/oauth/jwks?x=1' });
    expect({ status, keys: JSON.parse(body).keys.length }).toEqual({ status: 200, keys: 2 });
  });
});

describe('two routers in one app', () => {
  it("keep out of each other's way", async () => {
    const other = await testServer();
    try {
      const layOut: LayOut = (app, oauth) => void app.use(oauth).use(other.oauth);
      await withHost({ issuerPath: '/one', layOut }, async ({ url }) => {
        expect(await completeFlow(new Agent(url), endpointsAt(`${url}/one/oauth`))).toMatchObject(success);
        expect((await fetch(`${url}/oauth/jwks`)).status).toBe(200);
      });
    } finally {
      await other.close();
    }
  });
});

interface RawRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** What `fetch` would tidy up on the way: paths and Host headers just as they are written. */
function send(url: string, { method = 'GET', path, headers = {}, body = '' }: RawRequest) {
  return new Promise<{ status: number | undefined; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const type = body && { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': String(Buffer.byteLength(body)) };
    const sent = request({ hostname, port, method, path, headers: { ...headers, ...type } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks).toString() }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
