/** Style sheet and scripts: whom they are for, how long they may be kept, and which paths are theirs. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { FindClient } from '../../lib/config/options/index.js';
import { assetPaths } from '../../lib/endpoints/assets.js';
import { createServer } from '../../lib/server.js';
import { type Host, type HostOptions, isTheHosts, startHost } from '../support/host.js';
import { testOptions, web } from '../support/server.js';

const forEver = 'public, max-age=31536000, immutable';
const yellow = { color: '#ffd400' };

const hosts: Host[] = [];

afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close();
});

async function hostWith(options: HostOptions['options'] = {}, more: Omit<HostOptions, 'options'> = {}): Promise<Host> {
  const host = await startHost({ ...more, options });
  hosts.push(host);
  return host;
}

/** What the pages of a server with these options load, of the host or of a client. */
function pathsOf(options: HostOptions['options'], client_id?: string) {
  const { settings } = createServer({ ...testOptions('https://app.example.com'), ...options });
  const brand = client_id === undefined ? settings.brand : settings.clients.get(client_id)?.brand;
  return assetPaths(settings, settings.basePath, brand ?? settings.brand);
}

describe('each of them', () => {
  it.each([
    ['style', 'text/css; charset=utf-8'],
    ['script', 'text/javascript; charset=utf-8'],
    ['passkey', 'text/javascript; charset=utf-8'],
  ] as const)('%s has its type, which no browser is to guess, and may be kept for ever under its own name', async (which, type) => {
    const { url } = await hostWith();
    const path = pathsOf({})[which];
    expect(path).toMatch(/^\/oauth\/\w+\.[\w-]{16}\.(css|js)$/);
    const answer = await fetch(url + path);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': type,
      'cache-control': forEver,
      'x-content-type-options': 'nosniff',
    });
  });

  it.each([
    ['style', 'css'],
    ['script', 'js'],
    ['passkey', 'js'],
  ])('%s is served under the name that another process gave it, but not kept', async (name, extension) => {
    const { url } = await hostWith();
    const answer = await fetch(`${url}/oauth/${name}.AAAAAAAAAAAAAAAA.${extension}`);
    expect({ status: answer.status, caching: answer.headers.get('cache-control') }).toEqual({ status: 200, caching: 'no-cache' });
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe('the paths', () => {
  it.each([
    '/style.css',
    '/script.js',
    '/x/style.AAAAAAAAAAAAAAAA.css',
    '/style.abc.css',
    '/style.AAAAAAAAAAAAAAAA.js',
    '/other.AAAAAAAAAAAAAAAA.css',
  ])('leave %s to the host, even where the endpoints are right at the root', async (path) => {
    const { url } = await hostWith({ basePath: '' });
    expect(await isTheHosts(await fetch(url + path))).toBe(true);
  });

  it('begin at the root where the endpoints do', async () => {
    const { url } = await hostWith({ basePath: '' });
    const { style } = pathsOf({ basePath: '' });
    expect(style).toMatch(/^\/style\./);
    expect((await fetch(url + style)).headers.get('cache-control')).toBe(forEver);
  });
});

describe('the name of the style sheet', () => {
  it('is the same wherever the style is', () => {
    expect(pathsOf({ brand: yellow })).toEqual(pathsOf({ brand: { ...yellow, name: 'Another', links: [{ text: 'Help', href: '/' }] } }));
  });

  it.each<[string, HostOptions['options']]>([
    ['colour', { brand: yellow }],
    ['card', { brand: { colors: { dark: { card: '#000000' } } } }],
    ['radius', { brand: { radius: 0 } }],
    ['font', { brand: { font: 'Inter, sans-serif' } }],
  ])('changes with the %s', (_, options) => {
    expect(pathsOf(options).style).not.toBe(pathsOf({}).style);
    expect(pathsOf(options).script).toBe(pathsOf({}).script);
  });

  it('names a client with a look of its own, whatever that is called', () => {
    const clients = [
      { ...web, client_id: 'a&b="c', brand: yellow },
      { ...web, client_id: 'plain', brand: { name: 'Plain' } },
    ];
    expect(pathsOf({ clients }, 'a&b="c').style).toMatch(/\.css\?client=a%26b%3D%22c$/);
    expect(pathsOf({ clients }, 'plain').style).toBe(pathsOf({ clients }).style);
  });
});

describe('the style sheet of a client', () => {
  const clients = [{ ...web, brand: yellow }];

  it('of the list is found by any process', async () => {
    const { url } = await hostWith({ clients });
    const answer = await fetch(url + pathsOf({ clients }, 'web').style);
    expect(answer.headers.get('cache-control')).toBe(forEver);
    expect(await answer.text()).toContain('--brand: #ffd400;');
  });

  it('of the host’s table is found by any process, which asks the table then alone', async () => {
    const asked: string[] = [];
    const findClient: FindClient = (client_id) => {
      asked.push(client_id);
      return { ...web, client_id, brand: yellow };
    };
    const { url } = await hostWith({ findClient });
    const path = pathsOf({ clients: [{ ...web, client_id: 'found', brand: yellow }] }, 'found').style;
    await fetch(url + pathsOf({}).style);
    await fetch(`${url}${pathsOf({}).style}?client=found`);
    await fetch(`${url}/oauth/style.AAAAAAAAAAAAAAAA.css`);
    await fetch(`${url}${pathsOf({}).script}?client=found`);
    expect(asked).toEqual([]);
    const answer = await fetch(url + path);
    expect(asked).toEqual(['found']);
    expect(answer.headers.get('cache-control')).toBe(forEver);
    expect(await answer.text()).toContain('--brand: #ffd400;');
  });

  it.each([
    ['nobody knows', 'nobody'],
    ['has no look of its own', 'spa'],
    ['is the URL of a document', 'https://client.example.com/metadata'],
  ])('that %s is that of the host, and not kept', async (_, client_id) => {
    const { url } = await hostWith({ findClient: () => undefined, metadataDocuments: true });
    const answer = await fetch(`${url}/oauth/style.AAAAAAAAAAAAAAAA.css?${new URLSearchParams({ client: client_id })}`);
    expect({ status: answer.status, caching: answer.headers.get('cache-control') }).toEqual({ status: 200, caching: 'no-cache' });
    expect(await answer.text()).toBe(await (await fetch(url + pathsOf({}).style)).text());
  });
});

describe('the style sheet', () => {
  const bodyOf = async (options: HostOptions['options']) => (await fetch((await hostWith(options)).url + pathsOf(options).style)).text();

  it('sets the brand’s colours alone where nothing else is said', async () => {
    const [, set] = (await bodyOf({ brand: yellow })).split(':where(:root)', 2);
    expect(set).toContain('--brand: #ffd400; --on-brand: #000000; --brand-edge: #');
    expect(await bodyOf({ brand: yellow })).not.toContain('@media (prefers-color-scheme: light)');
  });

  it('sets the surfaces of one scheme for that scheme, and high contrast after them', async () => {
    const css = await bodyOf({ brand: { colors: { light: { card: '#fffdf6' } } } });
    const [, own = ''] = css.split('@media (prefers-color-scheme: light)');
    expect(own).toMatch(/^ \{ :root \{ color-scheme: light; --page: #f2f4f8; --card: #fffdf6; --raised: #/);
    expect(own).toMatch(/@media \(prefers-contrast: more\) \{ :root \{ --quiet: var\(--text\);.*\} \}\n$/);
    expect(own).not.toContain('prefers-color-scheme: dark');
  });

  it('sets radius and font for all', async () => {
    expect(await bodyOf({ brand: { radius: 4, font: 'Inter, sans-serif' } })).toMatch(
      /:root \{ --radius: 4px; --font: Inter, sans-serif; \}\n$/,
    );
  });
});
