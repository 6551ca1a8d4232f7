/** What a browser keeps from a page of another site, and what it would not keep from it by itself. RFC 9700 sections 4.7 and 4.16; RFC 6265bis. */
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BrowserContext, Page, Route } from 'playwright-core';
import { Agent } from '../support/agent.js';
import { launchBrowser } from '../support/browser.js';
import { alice, authorizeUrl, listen, openPage, pkce, type TestServer, testServer, walk } from '../support/server.js';

const start = (parameters = {}) => authorizeUrl('', pkce().code_challenge, parameters);

/** A program of the page that posts a form, as soon as it runs. */
function posted(action: string, token = ''): string {
  return `
    const form = Object.assign(document.createElement('form'), { action: ${JSON.stringify(action)}, method: 'post' });
    form.append(Object.assign(document.createElement('input'), { name: '_csrf', value: ${JSON.stringify(token)} }));
    document.body.append(form);
    form.submit();`;
}

let context: BrowserContext;

beforeAll(async () => {
  context = await (await launchBrowser()).newContext();
});

interface Seen {
  readonly url: string;
  readonly mode: string | undefined;
  readonly cookie: string | undefined;
}

describe('a page of another site', () => {
  let server: TestServer;
  let evil: Server;
  let page: Page;
  const seen: Seen[] = [];

  beforeAll(async () => {
    server = await testServer({
      before: [
        ({ url, headers }, _res, next) => {
          seen.push({ url, mode: headers['sec-fetch-mode'] as string | undefined, cookie: headers.cookie });
          next();
        },
      ],
    });
    evil = createServer((_req, res) => res.setHeader('Content-Type', 'text/html').end('<title>evil</title>'));
    const evilUrl = (await listen(evil)).replace('localhost', '127.0.0.1'); // another site than localhost
    page = await context.newPage();
    await page.goto(`${server.url}${start()}`);
    await page.fill('[name=username]', alice.username);
    await page.fill('[name=password]', alice.password);
    await page.press('[name=password]', 'Enter');
    await page.waitForSelector('[name=decision]'); // signed in, by cookies as the server has set them
    await page.goto(evilUrl);
  });

  afterAll(async () => {
    evil.closeAllConnections();
    evil.close();
    await server.close();
  });

  /** Opens it in a frame, and says whether a page of ours is in it. */
  async function framed(url: string): Promise<boolean> {
    await page.evaluate(`new Promise((resolve) => {
      const frame = document.createElement('iframe');
      frame.onload = resolve;
      frame.src = ${JSON.stringify(url)};
      document.body.replaceChildren(frame);
    })`);
    const html = await page
      .frames()[1]
      ?.content()
      .catch(() => '');
    return /\/oauth\/style|The host itself/.test(html ?? '');
  }

  it('can put none of our pages into a frame, to have the user click on them unseen', async () => {
    for (const path of [start(), start({ prompt: 'login' }), '/oauth/apps', '/oauth/sign-out', '/oauth/authorize?client_id=nobody']) {
      expect([path, await framed(`${server.url}${path}`)]).toEqual([path, false]);
    }
  });

  it('could do so with a page of the host that does not forbid it; so this test would see it', async () => {
    expect(await framed(`${server.url}/`)).toBe(true);
  });

  it('learns from no answer whether the user is signed in: without a visit that is seen, no cookie goes along', async () => {
    seen.length = 0;
    await page.evaluate(`{
      const url = ${JSON.stringify(`${server.url}${start({ prompt: 'none' })}`)};
      const loaded = (element) => new Promise((resolve) => {
        Object.assign(element, { onload: resolve, onerror: resolve, src: url });
        document.head.append(element);
      });
      Promise.allSettled([
        fetch(url, { mode: 'no-cors', credentials: 'include' }),
        fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include', body: new URLSearchParams({ a: 'b' }) }),
        loaded(document.createElement('img')),
        loaded(document.createElement('script')),
      ]);
    }`);
    await framed(`${server.url}${start({ prompt: 'none' })}`);
    const ours = seen.filter(({ url }) => url.startsWith('/oauth/authorize'));
    expect(ours.length).toBeGreaterThanOrEqual(5);
    expect(ours.filter(({ cookie }) => cookie?.includes('oauth_session'))).toEqual([]);
  });

  it('cannot read an answer of ours', async () => {
    const url = JSON.stringify(`${server.url}/oauth/apps`);
    const read = await page.evaluate(`fetch(${url}, { credentials: 'include' }).then(() => 'read', () => 'refused')`);
    expect(read).toBe('refused');
  });

  it('posts a form for the user, and it does not count: the cookies stay at home', async () => {
    seen.length = 0;
    await page.evaluate(posted(`${server.url}/oauth/sign-out`));
    await page.waitForURL(`${server.url}/**`);
    expect(seen.find(({ url }) => url === '/oauth/sign-out')?.cookie ?? '').not.toContain('oauth_session');
    await page.goto(`${server.url}/oauth/sign-out`);
    expect(await page.content()).toContain('name="_csrf"'); // still somebody to sign out
  });
});

describe('a page of a sibling subdomain', () => {
  let server: TestServer;
  let page: Page;

  beforeAll(async () => {
    server = await testServer({ options: { issuer: 'https://app.example.com' } });
    await context.route('https://evil.example.com/**', (route) => route.fulfill({ contentType: 'text/html', body: '<title>evil</title>' }));
    await context.route('https://app.example.com/**', passOn);
    page = await context.newPage();
  });

  afterAll(async () => {
    await page.close();
    await server.close();
  });

  /** What TLS and a proxy would do. */
  async function passOn(route: Route): Promise<void> {
    const request = route.request();
    const cookies = (await context.cookies('https://app.example.com')).map(({ name, value }) => `${name}=${value}`).join('; ');
    const headers = { ...(await request.allHeaders()), cookie: cookies };
    for (const name of Object.keys(headers)) if (name.startsWith(':')) delete (headers as Record<string, string>)[name];
    const { pathname, search } = new URL(request.url());
    const body = request.postData();
    const answer = await fetch(`${server.url}${pathname}${search}`, {
      method: request.method(),
      headers,
      redirect: 'manual',
      ...(body !== null && { body }),
    });
    await route.fulfill({ status: answer.status, contentType: 'text/html', body: await answer.text() });
  }

  it('cannot plant our cookies, by whatever name or path, and so has none of its forms taken for ours', async () => {
    const attacker = new Agent(server.url);
    const { _csrf } = await openPage(attacker, start());
    const own = attacker.cookies.get('__Host-oauth_csrf') ?? '';
    const victim = new Agent(server.url);
    await walk(victim, start());
    await context.addCookies(
      [...victim.cookies].map(([name, value]) => ({ name, value, url: 'https://app.example.com', secure: true, sameSite: 'Lax' as const })),
    );

    await page.goto('https://evil.example.com/');
    await page.evaluate(`
      for (const name of ['__Host-oauth_csrf', '__Host-oauth_session', 'oauth_csrf'])
        for (const path of ['/', '/oauth', '/oauth/sign-out'])
          document.cookie = name + '=' + ${JSON.stringify(own)} + '; Domain=example.com; Path=' + path + '; Secure';
    `);

    const cookies = await context.cookies('https://app.example.com/oauth/sign-out');
    expect(cookies.filter(({ name }) => name === 'oauth_csrf').length).toBeGreaterThan(0); // it can plant cookies
    expect(cookies.filter(({ name, value }) => name.startsWith('__Host-') && value === own)).toEqual([]);

    await page.evaluate(posted('https://app.example.com/oauth/sign-out', _csrf));
    await page.waitForURL('https://app.example.com/**');
    expect((await victim.get(start({ prompt: 'none' }))).headers.get('location')).toContain('code=');
  });
});
