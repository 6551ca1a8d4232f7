/** The logos of clients: fetched by this server under its guard, and served in its own name. RFC 7591 section 2, RFC 9700 section 4.11. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { logoVersion } from '../../lib/clients/logo.js';
import { Agent } from '../support/agent.js';
import { type DocumentHost, documentHost } from '../support/document-host.js';
import { authorizeUrl, form, openConsent, openPage, pkce, type TestServer, testServer, web } from '../support/server.js';

const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==', 'base64');
const scripted = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
const polyglot = 'GIF89a/*<html><script>alert(1)</script>*/=1;';

let images: DocumentHost;
let server: TestServer;
const warnings: string[] = [];

/** By the client_id. Those of the host of pictures are put there below. */
function logos({ url, neighbour }: DocumentHost): Readonly<Record<string, string>> {
  const there = (path: string) => `${url}/${path}?v=1`;
  return {
    png: there('picture'),
    svg: there('scripted'),
    polyglot: there('polyglot'),
    page: there('page'),
    huge: there('huge'),
    endless: there('endless'),
    redirect: there('redirect'),
    inside: `${neighbour.url}/inside`,
    'a name inside': 'https://localhost/inside',
    metadata: 'https://169.254.169.254/latest/meta-data/',
    gone: there('gone'),
  };
}

beforeAll(async () => {
  images = await documentHost();
  const send = (path: string, body: string | Buffer, type: string) => {
    images.publish(`/${path}?v=1`, (_req, res) => void res.writeHead(200, { 'Content-Type': type, 'Set-Cookie': 'a=b' }).end(body));
  };
  send('picture', png, 'text/plain');
  send('scripted', scripted, 'text/html');
  send('polyglot', polyglot, 'text/html');
  send('page', '<html><script>alert(1)</script></html>', 'image/png');
  send('huge', Buffer.concat([png, Buffer.alloc(262_145 - png.length)]), 'image/png');
  send('exact', Buffer.concat([png, Buffer.alloc(262_144 - png.length)]), 'image/png');
  images.publish('/endless?v=1', (_req, res) => {
    res.writeHead(200, { 'Content-Type': 'image/png' }).write(png);
    const more = () => void (!res.destroyed && res.write(Buffer.alloc(65_536), more));
    more();
  });
  images.publish('/redirect?v=1', (_req, res) => void res.writeHead(302, { Location: `${images.neighbour.url}/inside` }).end());
  const clients = Object.entries(logos(images)).map(([client_id, logo_uri]) => ({ ...web, client_id, logo_uri }));
  const found = { ...web, client_id: 'of the host', logo_uri: `${images.url}/exact?v=1` };
  const log = { warn: (message: string) => void warnings.push(message), error: console.error };
  server = await testServer({
    frozen: true,
    options: {
      ...images.options,
      clients: [...clients, web],
      findClient: (client_id) => client_id === found.client_id && found,
      registration: true,
      log,
    },
  });
});

afterAll(async () => {
  await server.close();
  await images.close();
});

beforeEach(() => {
  images.seen.length = 0;
  images.neighbour.seen.length = 0;
});

function ask(parameters: Readonly<Record<string, string>>, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.url}/oauth/logo?${form(parameters)}`, { headers });
}

/** Of a client that is listed, as the pages name it. */
function askFor(client_id: string, headers: Record<string, string> = {}): Promise<Response> {
  return ask({ client_id, v: logoVersion(logos(images)[client_id] ?? '') }, headers);
}

const bytesOf = async (answer: Response) => Buffer.from(await answer.arrayBuffer());

/** What a picture has with it, whatever it is. */
const harmless = {
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
};

describe('the logo of a client that the host has listed', () => {
  it('is served byte for byte, as what it is and not as what its host calls it', async () => {
    const answer = await askFor('png');
    expect([answer.status, await bytesOf(answer)]).toEqual([200, png]);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      ...harmless,
      'content-type': 'image/png',
      'content-length': String(png.length),
      'content-disposition': 'inline; filename="logo.png"',
      'cache-control': 'public, max-age=86400',
    });
  });

  it.each([
    ['an SVG with a script', 'svg', 'image/svg+xml; charset=utf-8', scripted],
    ['a picture that is a page as well', 'polyglot', 'image/gif', polyglot],
  ])('that is %s runs nothing, by its headers', async (_, client_id, type, content) => {
    const answer = await askFor(client_id);
    expect(Object.fromEntries(answer.headers)).toMatchObject({ ...harmless, 'content-type': type });
    expect(await answer.text()).toBe(content);
  });

  it('may be asked for by HEAD', async () => {
    const answer = await fetch(`${server.url}/oauth/logo?client_id=png`, { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-length'), (await bytesOf(answer)).length]).toEqual([200, String(png.length), 0]);
  });

  it('is fetched once, however many ask, and nothing is told of them', async () => {
    const fresh = await testServer({ options: { ...images.options, clients: [{ ...web, logo_uri: logos(images).png }] } });
    const told: unknown[] = [];
    images.publish('/picture?v=1', (req, res) => {
      told.push(req.headers);
      res.end(png);
    });
    try {
      const headers = {
        Cookie: 'oauth_session=x',
        Referer: 'https://elsewhere.example/',
        'Accept-Language': 'de',
        'User-Agent': 'a browser',
      };
      const answers = await Promise.all([1, 2, 3].map(() => fetch(`${fresh.url}/oauth/logo?client_id=web`, { headers })));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(told).toEqual([
        {
          host: new URL(images.url).host,
          accept: expect.stringContaining('image/png'),
          'accept-encoding': 'identity',
          'user-agent': 'express-oauth-router',
          connection: 'close',
        },
      ]);
    } finally {
      await fresh.close();
    }
  });

  it('reads and sets no cookie, and passes on none of its host', async () => {
    const answer = await askFor('png', { Cookie: 'oauth_session=x; oauth_csrf=y' });
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it.each([['none'], ['of an earlier logo']])('is kept by nobody under another version: %s', async (v) => {
    const answer = await ask({ client_id: 'png', ...(v !== 'none' && { v }) });
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-cache']);
  });

  it('may have 256 kB, and may be of a client that the host has found in a table of its own', async () => {
    expect((await bytesOf(await ask({ client_id: 'of the host' }))).length).toBe(262_144);
  });
});

describe('there is no logo', () => {
  it.each([
    ['where it has more than 256 kB', 'huge'],
    ['where it does not end', 'endless'],
    ['where it is a page that calls itself PNG', 'page'],
    ['where its host has none', 'gone'],
    ['where its host leads elsewhere', 'redirect'],
    ['at an address inside', 'inside'],
    ['at a name inside', 'a name inside'],
    ['at the address where clouds keep credentials', 'metadata'],
    ['of a client that names none', 'web'],
    ['of a client that nobody knows', 'nobody'],
    ['of no client', ''],
  ])('%s: the answer is 404, without a word', async (_, client_id) => {
    const answer = await askFor(client_id);
    expect([answer.status, answer.headers.get('cache-control'), await answer.text()]).toEqual([404, 'no-store', '']);
    expect(images.neighbour.seen).toEqual([]);
  });

  it('and its host is not asked again at once', async () => {
    await askFor('page');
    images.seen.length = 0;
    await askFor('page');
    expect(images.seen).toEqual([]);
    server.sleep(60);
    await askFor('page');
    expect(images.seen).toEqual(['/page?v=1']);
  });

  it('and the operator is told why', async () => {
    await askFor('redirect');
    expect(warnings).toContain(
      `The logo ${images.url}/redirect is not shown. The host localhost answers with a redirect; none is followed.`,
    );
  });

  it('at another method', async () => {
    expect((await fetch(`${server.url}/oauth/logo`, { method: 'POST' })).status).toBe(405);
  });
});

describe('a client that nobody vouches for', () => {
  const logo_uri = () => `${images.url}/picture?v=1`;

  async function registered(): Promise<string> {
    const answer = await fetch(`${server.url}/oauth/register`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ redirect_uris: web.redirect_uris, token_endpoint_auth_method: 'none', logo_uri: logo_uri() }),
    });
    return ((await answer.json()) as { client_id: string }).client_id;
  }

  it('has no logo: it could be borrowed from who is trusted', async () => {
    const client_id = await registered();
    const { html } = await openConsent(new Agent(server.url), undefined, authorizeUrl('', pkce().code_challenge, { client_id }));
    expect(html).not.toContain('/oauth/logo');
    expect((await ask({ client_id })).status).toBe(404);
    expect(images.seen).toEqual([]);
  });

  it('has none by its document either, and not even that is fetched for it', async () => {
    const client_id = images.document('/document', { logo_uri: logo_uri() });
    expect((await ask({ client_id })).status).toBe(404);
    expect(images.seen).toEqual([]);
  });

  it.each(['http', 'https'])('cannot have anything fetched by being called like a URL, by %s', async (scheme) => {
    const client_id = scheme === 'http' ? images.neighbour.url : logo_uri();
    expect((await ask({ client_id, v: 'x' })).status).toBe(404);
    expect([images.seen, images.neighbour.seen]).toEqual([[], []]);
  });
});

describe('the pages', () => {
  const address = (client_id: string) => `/oauth/logo?${form({ client_id, v: logoVersion(logos(images)[client_id] ?? '') })}`;
  const start = (client_id: string) => authorizeUrl('', pkce().code_challenge, { client_id });
  const sources = (html: string) => [...html.matchAll(/<img src="([^"]*)"/g)].map(([, src]) => src?.replaceAll('&amp;', '&'));

  it('name the logo at this server, with its version, and wait for nothing', async () => {
    const agent = new Agent(server.url);
    const consent = await openConsent(agent, undefined, start('png'));
    expect(sources(consent.html)).toEqual([address('png')]);
    await agent.post('/oauth/consent', { ticket: consent.ticket, _csrf: consent._csrf, decision: 'allow' });
    const apps = await (await agent.get('/oauth/apps')).text();
    expect(sources(apps)).toEqual([address('png')]);
    expect(images.seen).toEqual([]);
  });

  it('name that in the language of the reader', async () => {
    const [en, de] = [logos(images).png ?? '', logos(images).svg ?? ''];
    const localized = await testServer({ options: { ...images.options, clients: [{ ...web, logo_uri: en, 'logo_uri#de': de }] } });
    try {
      const types = await Promise.all(
        ['de', 'en'].map(async (ui_locales) => {
          const agent = new Agent(localized.url);
          const { html } = await openConsent(agent, undefined, authorizeUrl('', pkce().code_challenge, { ui_locales }));
          return (await agent.get(sources(html)[0] ?? '')).headers.get('content-type');
        }),
      );
      expect(types).toEqual(['image/svg+xml; charset=utf-8', 'image/png']);
    } finally {
      await localized.close();
    }
  });

  it('name it below a prefix', async () => {
    const clients = [{ ...web, logo_uri: logos(images).png }];
    const below = await testServer({ prefix: '/auth', issuerPath: '/auth', options: { ...images.options, clients } });
    try {
      const start = `${below.url}/auth${authorizeUrl('', pkce().code_challenge)}`;
      const agent = new Agent(below.url);
      const { ticket, _csrf } = await openPage(agent, start);
      const consent = await openPage(
        agent,
        await agent.post('/auth/oauth/login', { ticket, _csrf, username: 'alice', password: 'correct horse' }),
      );
      const [source = ''] = sources(consent.html);
      expect(source).toMatch(/^\/auth\/oauth\/logo\?/);
      expect((await agent.get(source)).status).toBe(200);
    } finally {
      await below.close();
    }
  });
});
