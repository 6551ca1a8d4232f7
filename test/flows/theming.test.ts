/** The look of the screens, as the host has it, and as its clients have it. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { BrandOptions, OAuthRouterOptions } from '../../lib/config/options/index.js';
import { createServer } from '../../lib/server.js';
import { Agent } from '../support/agent.js';
import { callback, type DocumentHost, documentHost } from '../support/document-host.js';
import {
  authorizeUrl,
  openConsent,
  openPage,
  pkce,
  type TestServer,
  type TestServerOptions,
  testOptions,
  testServer,
  web,
} from '../support/server.js';

const servers: TestServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serverWith(options: Partial<OAuthRouterOptions> = {}, more: Omit<TestServerOptions, 'options'> = {}): Promise<TestServer> {
  const server = await testServer({ ...more, options });
  servers.push(server);
  return server;
}

interface Drawn {
  readonly html: string;
  readonly policy: string;
  /** The address of its style sheet. */
  readonly style: string;
}

/** The first page that a request leads to. */
async function pageFor({ url }: TestServer, parameters: Readonly<Record<string, string>> = {}): Promise<Drawn> {
  const agent = new Agent(url);
  let answer = await agent.get(authorizeUrl('', pkce().code_challenge, parameters));
  for (let to = answer.headers.get('location'); to; to = answer.headers.get('location')) answer = await agent.get(to);
  return drawn(await answer.text(), answer.headers.get('content-security-policy') ?? '');
}

function drawn(html: string, policy = ''): Drawn {
  const [, style = ''] = /<link rel="stylesheet" href="([^"]*)"/.exec(html) ?? [];
  return { html, policy, style: style.replaceAll('&amp;', '&') };
}

async function css({ url }: TestServer, { style }: Drawn): Promise<string> {
  return (await fetch(url + style)).text();
}

const imagesOf = ({ policy }: Drawn) => /img-src ([^;]*)/.exec(policy)?.[1];

const brand: BrandOptions = {
  name: 'Contacts & Co',
  logo: { light: '/logo.svg?a&b', dark: 'https://cdn.example.com/dark.svg' },
  favicon: 'https://icons.example.com/favicon.ico',
  color: '#0f766e',
  font: 'Inter, sans-serif',
  url: '/home',
  links: [
    { text: { en: 'Privacy', de: 'Datenschutz' }, href: '/privacy?a&b' },
    { text: 'Help', href: 'mailto:help@example.com' },
  ],
};

describe('the brand of the host', () => {
  it('is on its pages: name, pictures, icon, links', async () => {
    const { html } = await pageFor(await serverWith({ brand }));
    expect(html).toContain(' · Contacts &amp; Co</title>');
    expect(html).toContain('<source srcset="https://cdn.example.com/dark.svg" media="(prefers-color-scheme: dark)">');
    expect(html).toContain('<img class="tile logo" src="/logo.svg?a&amp;b" alt="">');
    expect(html).toContain('<link rel="icon" href="https://icons.example.com/favicon.ico">');
    expect(html).toContain('<a href="/privacy?a&amp;b">Privacy</a>');
    expect(html).toContain('<a href="mailto:help@example.com">Help</a>');
  });

  it('has its links in the language of the page', async () => {
    expect((await pageFor(await serverWith({ brand }), { ui_locales: 'de' })).html).toContain('>Datenschutz</a>');
  });

  it('lets pages load its pictures, and fonts of this host, and nothing else', async () => {
    const { policy } = await pageFor(await serverWith({ brand }));
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data: https:\/\/cdn\.example\.com https:\/\/icons\.example\.com; base-uri 'none'; frame-ancestors 'none'/,
    );
  });

  it('lets them load no fonts and no pictures of others, where it names none', async () => {
    const page = await pageFor(await serverWith());
    expect(page.policy).not.toContain('font-src');
    expect(imagesOf(page)).toBe("'self' data:");
  });

  it.each<[string, BrandOptions, string]>([
    ['the logo', { logo: '/logo.svg' }, '/logo.svg'],
    ['the logo of the day', { logo: { light: '/day.svg', dark: '/night.svg' } }, '/day.svg'],
    ['none, so that no browser looks for one', {}, 'data:,'],
  ])('has as its icon, where it names none, %s', async (_, given, icon) => {
    expect((await pageFor(await serverWith({ brand: given }))).html).toContain(`<link rel="icon" href="${icon}">`);
  });

  it('shows one picture where there is one', async () => {
    const { html } = await pageFor(await serverWith({ brand: { logo: '/logo.svg' } }));
    expect(html).not.toContain('<source');
  });

  it('is where pages lead that cannot go on', async () => {
    const server = await serverWith({ brand });
    const { html } = await pageFor(server, { client_id: 'nobody' });
    expect(html).toContain('href="/home"');
  });
});

describe('markup in a brand', () => {
  const attack = `"><script>alert(1)</script><img src=x onerror='alert(2)'>`;

  it.each<[string, BrandOptions]>([
    ['name', { name: attack }],
    ['logo', { logo: `/${attack}` }],
    ['dark logo', { logo: { light: '/x', dark: `/${attack}` } }],
    ['picture in place', { logo: `data:image/svg+xml,${attack}` }],
    ['favicon', { favicon: `data:image/svg+xml,${attack}` }],
    ['text of a link', { links: [{ text: attack, href: '/' }] }],
    ['text of a link by language', { links: [{ text: { en: attack }, href: '/' }] }],
    ['href of a link', { links: [{ text: 'Help', href: `/${attack.replaceAll(' ', '/')}` }] }],
    ['mailto of a link', { links: [{ text: 'Help', href: `mailto:${attack.replaceAll(' ', '/')}` }] }],
    ['home page', { url: `/${attack.replaceAll(' ', '/')}` }],
  ])('is text where it is the %s, of the host and of a client', async (_, given) => {
    for (const options of [{ brand: given }, { clients: [{ ...web, brand: given }] }]) {
      const server = await serverWith(options);
      for (const { html } of [await pageFor(server), await pageFor(server, { client_id: 'nobody' })]) {
        expect(html).not.toMatch(/<script>|<img[ /]src=x|onerror='/);
      }
    }
  });

  it.each<[string, BrandOptions]>([
    ['brand.font', { font: `x}${attack}` }],
    ['brand.colors.light.card', { colors: { light: { card: `#fff${attack}` } } }],
    ['brand.color', { color: `#fff${attack}` }],
  ])('never reaches the style sheet: %s', (path, given) => {
    expect(() => createServer({ ...testOptions('https://app.example.com'), brand: given })).toThrow(path);
  });
});

describe('the brand of a client', () => {
  const theirs: BrandOptions = {
    name: 'Calendar',
    logo: 'https://logos.example.com/calendar.svg',
    color: '#ffd400',
    links: [{ text: 'Terms of Calendar', href: '/calendar/terms' }],
  };
  const clients = [
    { ...web, brand: theirs },
    { client_id: 'spa', redirect_uris: ['https://spa.example.com/callback'] },
  ];
  const spa = { client_id: 'spa', redirect_uri: 'https://spa.example.com/callback' };

  function expectTheirs({ html }: Drawn): void {
    expect(html).toContain(' · Calendar</title>');
    expect(html).not.toContain('Contacts &amp; Co');
    expect(html).toContain('src="https://logos.example.com/calendar.svg"');
    expect(html).toContain('<link rel="icon" href="https://logos.example.com/calendar.svg">');
    expect(html).toContain('<a href="/calendar/terms">Terms of Calendar</a>');
    expect(html).not.toContain('/privacy');
  }

  it('is on its login page, and on no other’s', async () => {
    const server = await serverWith({ brand, clients });
    const page = await pageFor(server);
    expectTheirs(page);
    expect(imagesOf(page)).toBe("'self' data: https://logos.example.com");
    expect(await css(server, page)).toContain('--brand: #ffd400;');
    const other = await pageFor(server, spa);
    expect(other.html).toContain('Contacts &amp; Co');
    expect(imagesOf(other)).not.toContain('logos.example.com');
    expect(await css(server, other)).toContain('--brand: #0f766e;');
  });

  it('is on its consent page', async () => {
    const server = await serverWith({ brand, clients });
    const { html } = await openConsent(new Agent(server.url));
    expectTheirs(drawn(html));
    expect(html).toContain('name="decision"');
  });

  it('is on the page that asks which account to go on with', async () => {
    const server = await serverWith({ brand, clients });
    const agent = new Agent(server.url);
    await openConsent(agent);
    server.sleep(10); // who has just signed in has just chosen
    const { html } = await openPage(agent, authorizeUrl('', pkce().code_challenge, { prompt: 'select_account' }));
    expect(html).toContain('name="account"');
    expectTheirs(drawn(html));
  });

  it('is on the login page when the password was wrong', async () => {
    const server = await serverWith({ brand, clients });
    const agent = new Agent(server.url);
    const { ticket, _csrf } = await openPage(agent, authorizeUrl('', pkce().code_challenge));
    const again = await agent.post('/oauth/login', { ticket, _csrf, username: 'alice', password: 'wrong' });
    expect(again.status).toBe(422);
    expectTheirs(drawn(await again.text()));
  });

  it('is on the page that was open for too long', async () => {
    const server = await serverWith({ brand, clients }, { frozen: true });
    const agent = new Agent(server.url);
    const { ticket, _csrf } = await openPage(agent, authorizeUrl('', pkce().code_challenge));
    server.sleep(3_601);
    const late = await agent.post('/oauth/login', { ticket, _csrf, username: 'alice', password: 'x' });
    expect(late.status).toBe(400);
    expectTheirs(drawn(await late.text()));
  });

  it('leaves the name of the host where it gives none', async () => {
    const { html } = await pageFor(await serverWith({ brand, clients: [{ ...web, brand: { color: '#ffd400' } }] }));
    expect(html).toContain(' · Contacts &amp; Co</title>');
  });

  it('is not on pages that are no client’s', async () => {
    const server = await serverWith({ brand, clients });
    const { html } = drawn(await (await new Agent(server.url).get('/oauth/apps')).text());
    expect(html).not.toContain('Calendar');
  });

  it('may come from the host’s own table', async () => {
    const findClient = (client_id: string) => (client_id === 'found' ? { ...web, client_id, brand: theirs } : undefined);
    const server = await serverWith({ brand, findClient, clients: [] });
    const page = await pageFor(server, { client_id: 'found' });
    expectTheirs(page);
    const answer = await fetch(server.url + page.style);
    expect(answer.headers.get('cache-control')).toMatch(/immutable/);
    expect(await answer.text()).toContain('--brand: #ffd400;');
  });

  it('that is wrong in the host’s own table is told to the log, with its path', async () => {
    const errors: string[] = [];
    const log = { warn: () => {}, error: (_: string, cause: unknown) => void errors.push(String(cause)) };
    const findClient = (client_id: string) => ({ ...web, client_id, brand: { font: 'x;' } });
    const server = await serverWith({ findClient, clients: [], log });
    await pageFor(server, { client_id: 'found' });
    expect(errors.join()).toMatch(/findClient\(…\)\.brand\.font: It is not a list of font families/);
  });
});

describe('a client that nobody vouches for', () => {
  let documents: DocumentHost;
  const its = {
    name: 'Your Bank',
    color: '#ff0000',
    logo: 'https://evil.example/bank.svg',
    links: [{ text: 'Bank', href: 'https://evil.example/' }],
  };

  beforeAll(async () => {
    documents = await documentHost();
  });

  afterAll(() => documents.close());

  async function expectTheHosts(server: TestServer, page: Drawn): Promise<void> {
    expect(page.html).toContain('name="password"');
    expect(page.html + page.policy).not.toMatch(/Your Bank|evil\.example/);
    expect(page.html).toContain('Contacts &amp; Co');
    expect(await css(server, page)).not.toContain('#ff0000');
    expect(page.style).not.toContain('client=');
  }

  it('has no look by registering with one', async () => {
    const server = await serverWith({ brand, registration: true });
    const redirect_uri = 'https://client.example.com/callback';
    for (const token_endpoint_auth_method of ['none', 'client_secret_basic']) {
      const answer = await fetch(`${server.url}/oauth/register`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ redirect_uris: [redirect_uri], token_endpoint_auth_method, brand: its }),
      });
      const { client_id, ...said } = (await answer.json()) as Record<string, string>;
      expect(said).not.toHaveProperty('brand');
      await expectTheHosts(server, await pageFor(server, { client_id: client_id as string, redirect_uri }));
    }
  });

  it('has no look by publishing one', async () => {
    const server = await serverWith({ brand, ...documents.options });
    const client_id = documents.document('/agent', { brand: its });
    await expectTheHosts(server, await pageFor(server, { client_id, redirect_uri: callback }));
  });
});

describe('a rolling deploy', () => {
  it('serves each process’s style sheet by the other, which nobody keeps', async () => {
    const [before, after] = [await serverWith({ brand: { color: '#0f766e' } }), await serverWith({ brand: { color: '#ffd400' } })];
    const [old, young] = [await pageFor(before), await pageFor(after)];
    expect(old.style).not.toBe(young.style);
    for (const [server, page, color] of [
      [after, old, '#ffd400'],
      [before, young, '#0f766e'],
    ] as const) {
      const answer = await fetch(server.url + page.style);
      expect({ status: answer.status, caching: answer.headers.get('cache-control') }).toEqual({ status: 200, caching: 'no-cache' });
      expect(await answer.text()).toContain(`--brand: ${color};`);
    }
  });

  it('shows a client’s look as the other process has it, and not that of the host', async () => {
    const withBrand = (color: string) => ({ brand: { color: '#0f766e' }, clients: [{ ...web, brand: { color } }] });
    const [before, after] = [await serverWith(withBrand('#ff0000')), await serverWith(withBrand('#ffd400'))];
    const answer = await fetch(after.url + (await pageFor(before)).style);
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    expect(await answer.text()).toContain('--brand: #ffd400;');
  });
});
