/** The logos of clients in a real browser: seen where they are good, and no harm where they are not. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { type PageOptions, withPage } from '../support/browser.js';
import { type DocumentHost, documentHost } from '../support/document-host.js';
import { serve } from '../support/origin.js';
import { logIn, press, sees } from '../support/screens.js';
import { authorizeUrl, form, pkce, type TestServer, testServer, web } from '../support/server.js';

/** Each of them red, or with nothing that could be seen. */
const pictures: Readonly<Record<string, string | Buffer>> = {
  png: fromBase64('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='),
  gif: fromBase64('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7'),
  webp: fromBase64('UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA=='),
  svg: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><style>path { fill: red }</style><path d="M0 0h8v8H0z"/></svg>',
};

const harmful = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8" onload="mark('onload')">
  <script>document.documentElement.setAttribute('data-ran', 'script'); fetch('/stolen');</script>
  <foreignObject width="8" height="8"><body xmlns="http://www.w3.org/1999/xhtml">
    <img src="/stolen" onerror="document.documentElement.setAttribute('data-ran', 'onerror')"/>
    <form action="/stolen"><button>Send</button></form>
  </body></foreignObject>
</svg>`;
const polyglot = 'GIF89a/*<html><body><script>document.documentElement.setAttribute("data-ran", "script")</script></body></html>*/=1;';

let images: DocumentHost;
let server: TestServer;

beforeAll(async () => {
  images = await documentHost();
  const all = { ...pictures, harmful, polyglot, broken: '\x89PNG\r\n\x1a\n' };
  for (const [name, content] of Object.entries(all)) {
    const type = { harmful: 'image/svg+xml', png: 'image/png' }[name] ?? 'text/html';
    const bytes = typeof content === 'string' ? Buffer.from(content, name === 'broken' ? 'latin1' : 'utf8') : content;
    images.publish(`/${name}`, (_req, res) => void res.writeHead(200, { 'Content-Type': type }).end(bytes));
  }
  const names = [...Object.keys(all), 'gone'];
  const clients = names.map((name) => ({ ...web, client_id: name, client_name: 'Calendar', logo_uri: `${images.url}/${name}` }));
  const options = { ...images.options, clients: [...clients, { ...web, client_id: 'none', client_name: 'Calendar' }] };
  server = await testServer({ options });
});

afterAll(async () => {
  await server.close();
  await images.close();
});

function fromBase64(text: string): Buffer {
  return Buffer.from(text, 'base64');
}

/** In the end the browser must have complained of nothing but a picture that is not there, if that is so. */
async function inBrowser(options: PageOptions, use: (page: Page) => Promise<void>, complaints: readonly RegExp[] = []): Promise<void> {
  const heard: string[] = [];
  await withPage({ ...options, ignoreHTTPSErrors: true }, async (page) => {
    page.setDefaultTimeout(10_000);
    page.on('console', (message) => void (message.type() === 'error' && heard.push(message.text())));
    await use(page);
  });
  const others = heard.filter((text) => !text.includes('favicon'));
  expect(others).toEqual(complaints.map((complaint) => expect.stringMatching(complaint)));
}

/** The consent page of this client, with all that it loads. */
async function openConsent(page: Page, client_id: string): Promise<void> {
  await page.goto(authorizeUrl(server.url, pkce().code_challenge, { client_id }), { waitUntil: 'load' });
  if (await page.getByLabel('Username').isVisible()) await logIn(page);
  await sees(page, /Calendar would like to use/);
  await page.waitForLoadState('load');
}

const tile = (page: Page) => page.locator('.pair .tile').first();

function widthOf(page: Page): Promise<number> {
  return page.evaluate("document.querySelector('.pair .tile img').naturalWidth");
}

/** What lies on top in the middle of the tile. */
function onTop(page: Page): Promise<string> {
  return page.evaluate(`{
    const { left, top, width, height } = document.querySelector('.pair .tile').getBoundingClientRect();
    document.elementFromPoint(left + width / 2, top + height / 2).localName;
  }`);
}

describe('on the consent page', () => {
  it.each(Object.keys(pictures))('a logo that is %s is seen', async (name) => {
    await inBrowser({}, async (page) => {
      await openConsent(page, name);
      expect(await widthOf(page)).toBeGreaterThan(0);
      expect(await onTop(page)).toBe('img');
    });
  });

  it('a logo is seen without JavaScript, and fills its tile', async () => {
    await inBrowser({ javaScriptEnabled: false }, async (page) => {
      await openConsent(page, 'svg');
      const box = await tile(page).locator('img').boundingBox();
      expect(box).toMatchObject({ width: 54, height: 54 }); // without the border of the tile
    });
  });

  it('a logo says nothing to who does not see it: the name stands beside', async () => {
    await inBrowser({}, async (page) => {
      await openConsent(page, 'png');
      expect(await page.getByRole('img').count()).toBe(0);
    });
  });

  it.each([
    ['that is not there', 'gone', [/404/]],
    ['that is damaged', 'broken', []],
  ])('of a logo %s nothing is seen: the page looks as it does without', async (_, name, complaints) => {
    await inBrowser(
      {},
      async (page) => {
        await openConsent(page, 'none');
        const without = await tile(page).screenshot();
        await openConsent(page, name);
        expect(await widthOf(page)).toBe(0);
        expect((await tile(page).screenshot()).equals(without)).toBe(true);
        await openConsent(page, 'png');
        expect((await tile(page).screenshot()).equals(without)).toBe(false);
      },
      complaints,
    );
  });

  it('a logo with scripts in it runs none', async () => {
    await inBrowser({}, async (page) => {
      const asked: string[] = [];
      page.on('request', (request) => void asked.push(new URL(request.url()).pathname));
      await openConsent(page, 'harmful');
      expect(await widthOf(page)).toBeGreaterThan(0);
      expect(asked).not.toContain('/stolen');
    });
  });
});

it('among the connected apps a logo is seen', async () => {
  await inBrowser({}, async (page) => {
    await page.route('https://client.example.com/**', (route) => route.fulfill({ body: 'The client', contentType: 'text/html' }));
    await openConsent(page, 'svg');
    await press(page, 'Allow');
    await page.waitForURL('https://client.example.com/**');
    await page.goto(`${server.url}/oauth/apps`, { waitUntil: 'load' });
    expect(await page.evaluate("document.querySelector('.app .tile img').naturalWidth")).toBeGreaterThan(0);
  });
});

describe('opened by itself', () => {
  const address = (client_id: string) => `${server.url}/oauth/logo?${form({ client_id })}`;
  const ran = (page: Page): Promise<string | null> => page.evaluate("document.documentElement.getAttribute('data-ran')");

  it('an SVG with scripts runs none, loads nothing and sends nothing', async () => {
    await withPage({ ignoreHTTPSErrors: true }, async (page) => {
      const answered: string[] = [];
      page.on('response', (response) => void answered.push(new URL(response.url()).pathname));
      await page.goto(address('harmful'), { waitUntil: 'load' });
      expect(await page.evaluate('[document.contentType, origin]')).toEqual(['image/svg+xml', 'null']);
      expect(await ran(page)).toBeNull();
      expect(answered).toEqual(['/oauth/logo']);
    });
  });

  it('it would run them, were it not for the headers that go with it', async () => {
    await withPage({ ignoreHTTPSErrors: true }, async (page) => {
      await page.goto(`${images.url}/harmful`, { waitUntil: 'load' });
      expect(await ran(page)).toMatch(/script|onerror/);
    });
  });

  it('a picture that is a page as well is a picture', async () => {
    await withPage({ ignoreHTTPSErrors: true }, async (page) => {
      await page.goto(address('polyglot'), { waitUntil: 'load' });
      expect(await page.evaluate('document.contentType')).toBe('image/gif');
      expect(await ran(page)).toBeNull();
    });
  });

  it('it cannot be shown on the page of somebody else', async () => {
    const page = `<img src="${address('png')}"><img src="${images.url}/png">`;
    const elsewhere = await serve((_req, res) => void res.writeHead(200, { 'Content-Type': 'text/html' }).end(page));
    try {
      await withPage({ ignoreHTTPSErrors: true }, async (page) => {
        await page.goto(elsewhere.url, { waitUntil: 'load' });
        expect(await page.evaluate('[...document.images].map(({ naturalWidth }) => naturalWidth)')).toEqual([0, 1]);
      });
    } finally {
      await elsewhere.close();
    }
  });
});
