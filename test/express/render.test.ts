import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { HttpRequest, Server, Settings } from '../../lib/contracts.js';
import { stylesheet, stylesheetPath } from '../../lib/endpoints/stylesheet.js';
import { createRenderer } from '../../lib/express/render.js';
import { Parameters } from '../../lib/http/parameters.js';
import type { Ask, Screen, Screens } from '../../lib/model/screens.js';
import { contrast } from '../../lib/rules/contrast.js';

const base = 'https://app.example.com/oauth';
const nonce = () => 'n0nce';
const silent = { warn: () => {}, error: () => {} };
const folder = new URL('../../views/', import.meta.url);

const attacks = [
  '"><script>alert(1)</script>',
  "' onload=x",
  '" autofocus onfocus=alert(1) x="',
  '</title><svg/onload=alert(1)>',
  '</style></textarea>--><img src=x onerror=alert(1)>',
  '<%= process.env %>',
  'javascript:alert(1)',
  '&quot;&#34;&lt;script>',
];

describe('a page', () => {
  it.each(Object.entries(screensOf('plain')))(
    '%s is a complete document whose only heading of the first rank says what it is',
    (_, screen) => {
      const tags = tagsOf(draw(screen).html);
      expect(tags.slice(0, 2)).toEqual(['!doctype html', 'html lang']);
      expect(tags.filter((tag) => /^(h1|main|title)\b/.test(tag))).toHaveLength(3);
    },
  );

  it.each(Object.entries(screensOf('plain')))(
    '%s has no script but the one that posts a form on, no inline style, and weighs less than 25 kB with its style',
    (name, screen) => {
      const { html } = draw(screen);
      const script = name === 'form-post' ? ['script nonce'] : [];
      expect(tagsOf(html).filter((tag) => /^(script|style|iframe)\b| (style|on\w+)\b/.test(tag))).toEqual(script);
      expect(Buffer.byteLength(html) + readFileSync(new URL('style.css', folder)).length).toBeLessThan(25_000);
    },
  );

  it.each(attacks)('stays the page that it is when every value is %s', (attack) => {
    for (const name of names) expect(tagsOf(drawn(name, attack))).toEqual(tagsOf(drawn(name, 'plain')));
  });

  it('stays the page that it is whatever the values are', () => {
    const text = fc.oneof(
      fc.string({ minLength: 1, unit: 'binary' }),
      fc.string({ minLength: 1, unit: fc.constantFrom(...'<>"\'&/=%-` \n;xon') }),
    );
    fc.assert(
      fc.property(text, fc.constantFrom(...names), (value, name) => `${tagsOf(drawn(name, value))}` === `${tagsOf(drawn(name, 'plain'))}`),
    );
  });

  it('shows a strange name as it is', () => {
    const [attack] = attacks as [string];
    expect(textOf(drawn('consent', attack))).toContain(`${attack} would like to use your ${attack} account`);
  });

  it.each(['javascript:alert(1)', 'JaVaScRiPt:alert(1)', ' javascript:alert(1)', 'data:text/html,x', '\thttps://x.example', '//x.example'])(
    'does not lead to %s',
    (uri) => {
      const client = { name: 'Calendar', client_uri: uri, policy_uri: uri, tos_uri: uri };
      const link = { href: uri, text: 'Back' };
      const { consent, error, expired } = screensOf('plain');
      for (const { name, values } of [consent, error, expired]) {
        const { html } = draw({ name, values: { ...values, client, link } } as Screen);
        expect(html).not.toMatch(/<a [^>]*href="[^"]*(script:|data:|x\.example)/i);
      }
      const { html } = draw({ name: 'apps', values: appsOf('plain', client) });
      expect(html).not.toMatch(/<a [^>]*href="[^"]*(script:|data:|x\.example)/i);
    },
  );

  it('leads back into an app by a scheme of its own', () => {
    const link = { href: 'com.example.app:/callback?error=access_denied', text: 'Back' };
    const { html } = draw({ name: 'expired', values: { client: { name: 'App' }, link } });
    expect(html).toContain('href="com.example.app:/callback?error=access_denied"');
  });

  it('leads to what the client publishes', () => {
    expect(drawn('consent', 'plain')).toContain('href="https://client.example/plain" target="_blank" rel="noopener noreferrer nofollow"');
  });

  it('does not fetch the picture of the client', () => {
    expect(drawn('consent', 'plain')).not.toContain('logo.png');
  });

  it('asks for a CSRF token only where it has a form', () => {
    const csrfToken = jest.fn(() => 'token');
    for (const screen of Object.values(screensOf('plain'))) {
      csrfToken.mockClear();
      const { html } = createRenderer(settings(), silent)(screen, { base, csrfToken, nonce });
      // What is posted to the client carries no token of ours.
      expect(csrfToken).toHaveBeenCalledTimes(html.includes('<form') && screen.name !== 'form-post' ? 1 : 0);
    }
  });
});

describe('the login page', () => {
  it.each([
    ['', 'username'],
    ['alice', 'password'],
  ])('puts the cursor, when "%s" was typed before, into %s', (username, field) => {
    const { html } = draw(screen('login', { ...screensOf('plain').login.values, username }));
    expect(html.match(/<input id="(\w+)"[^>]* autofocus>/)?.[1]).toBe(field);
  });

  it('ties its notice to both fields', () => {
    expect(drawn('login', 'plain').match(/ aria-invalid="true" aria-describedby="notice"/g)).toHaveLength(2);
  });

  it('signs in, rather than gives up, at the Enter key', () => {
    expect(buttonsOf(drawn('login', 'plain'))).toEqual(['Sign in', 'Cancel']);
  });
});

describe('the consent page', () => {
  it('denies, rather than allows, when no button was chosen', () => {
    expect(buttonsOf(drawn('consent', 'plain'))).toEqual(['Deny', 'Allow']);
    expect(drawn('consent', 'plain')).not.toContain('autofocus');
  });

  it('says what it means when nothing in particular is asked for', () => {
    const values = { ...screensOf('plain').consent.values, asked: [], allowed: [] };
    expect(textOf(draw(screen('consent', values)).html)).toContain('Know that you have an account at Contacts');
  });

  it.each([true, false])('warns of programs on this device: %s', (loopback) => {
    const values = { ...screensOf('plain').consent.values, loopback };
    expect(draw(screen('consent', values)).html.includes('a program on this device')).toBe(loopback);
  });
});

describe('the headers', () => {
  it('allow nothing but our own style and pictures, and say nothing of form-action', () => {
    expect(draw(screensOf('plain').login).headers).toMatchObject({
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'",
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
      'X-Frame-Options': 'DENY',
    });
  });

  it('allow one script, by a nonce of its own, on the page that has one', () => {
    const { html, headers } = draw(screensOf('plain')['form-post']);
    expect(headers['Content-Security-Policy']).toMatch(/; script-src 'nonce-n0nce'$/);
    expect(html.match(/<script[^>]*>/g)).toEqual(['<script nonce="n0nce">']);
  });

  it.each([
    ['https://cdn.example/logo.svg', "img-src 'self' data: https://cdn.example;"],
    ['/logo.svg', "img-src 'self' data:;"],
    ['data:image/png;base64,AA==', "img-src 'self' data:;"],
  ])('let in the logo %s', (logo, sources) => {
    const brand = { name: 'Contacts', color: '#4f46e5', logo };
    expect(draw(screensOf('plain').login, settings({ brand })).headers['Content-Security-Policy']).toContain(sources);
  });
});

describe("the host's templates", () => {
  it('stand in for a page', () => {
    const views = viewsWith({ 'signed-out.ejs': "<%- include('partials/head', { title: 'Bye' }) -%><h1>Bye from <%= brand.name %></h1>" });
    const { html } = draw(screensOf('plain')['signed-out'], settings({ views }));
    expect(html).toContain('<title>Bye · Contacts</title>');
    expect(html).toContain('<h1>Bye from Contacts</h1>');
  });

  it('stand in for a part of all pages', () => {
    const views = viewsWith({ 'partials/brand.ejs': '<p><%= brand.name %>, Inc.</p>' });
    expect(draw(screensOf('plain').login, settings({ views })).html).toContain('<p>Contacts, Inc.</p>');
  });

  it('do not leak into another router of the same process', () => {
    draw(screensOf('plain').login, settings({ views: viewsWith({ 'partials/brand.ejs': '<p>Theirs</p>' }) }));
    expect(draw(screensOf('plain').login).html).not.toContain('Theirs');
  });

  it('give way to ours when they fail, and the operator learns of it', () => {
    const error = jest.fn();
    const render = createRenderer(settings({ views: viewsWith({ 'signed-out.ejs': '<%= brand.nmae.length %>' }) }), { ...silent, error });
    const { html } = render(screensOf('plain')['signed-out'], { base, csrfToken: () => 'token', nonce });
    expect(html).toBe(draw(screensOf('plain')['signed-out']).html);
    expect(error).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['does not compile', { 'partials/head.ejs': '<% if (true) { %>' }, 'head.ejs'],
    ['has an open tag', { 'login.ejs': '<%= ticket' }, 'matching close tag'],
    ['includes what is nowhere', { 'login.ejs': "<%- include('partials/haed') %>" }, 'There is no template "partials/haed".'],
  ])('keep the host from starting, with one complaint, if one of them %s', (_, files, complaint) => {
    expect(() => createRenderer(settings({ views: viewsWith(files) }), silent)).toThrow(
      expect.objectContaining({ problems: [expect.objectContaining({ path: 'views', problem: expect.stringContaining(complaint) })] }),
    );
  });

  it('keep the host from starting if their folder is missing', () => {
    expect(() => createRenderer(settings({ views: '/nowhere/views' }), silent)).toThrow('There is no folder /nowhere/views.');
  });

  it('can rely on the variables that the head of each of ours names', () => {
    for (const { name, values } of Object.values(screensOf('plain'))) {
      const named = [...headOf(`${name}.ejs`).matchAll(/^ {2}- (\w+)/gm)].map(([, variable]) => variable);
      expect({ name, variables: named }).toEqual({ name, variables: Object.keys(values) });
    }
  });

  it('find a description at the head of every part', () => {
    for (const file of readdirSync(new URL('partials/', folder))) expect(headOf(`partials/${file}`).length).toBeGreaterThan(40);
  });
});

describe('the style sheet', () => {
  it('is linked below the path of the endpoints, by its version', () => {
    expect(draw(screensOf('plain').login).html).toContain(`<link rel="stylesheet" href="/oauth${stylesheetPath(settings())}">`);
  });

  it('may be kept for ever by its version, and not at all without', async () => {
    const one = settings();
    const version = stylesheetPath(one).split('=')[1] as string;
    expect((await get(one, version)).headers).toMatchObject({ 'Cache-Control': 'public, max-age=31536000, immutable' });
    expect((await get(one, 'older')).headers).toMatchObject({ 'Cache-Control': 'no-cache' });
  });

  it("has the brand's colour, made readable for light and dark", async () => {
    const { body } = await get(settings({ brand: { name: 'Contacts', color: '#ffd400' } }), '');
    expect(body).toContain('--brand: #ffd400; --on-brand: #000000; --brand-edge: ');
    expect(body?.match(/--brand-ink: /g)).toHaveLength(2);
  });

  it("may be the host's own", async () => {
    const { body } = await get(settings({ views: viewsWith({ 'style.css': '@import "/own.css";' }) }), '');
    expect(body).toMatch(/^@import "\/own\.css";\n:where\(:root\) \{ --brand: #4f46e5;/);
  });

  it('changes its address with the colour', () => {
    expect(stylesheetPath(settings({ brand: { name: 'Contacts', color: '#ffd400' } }))).not.toBe(stylesheetPath(settings()));
  });

  it('has text that can be read on all its surfaces, and edges that can be seen, in light and in dark', async () => {
    const css = (await get(settings(), '')).body as string;
    for (const colors of palettesOf(css)) {
      const of = (name: string, surface: string) => contrast(colors.get(name) as string, colors.get(surface) as string);
      for (const text of ['text', 'quiet', 'brand-ink'])
        for (const surface of ['card', 'raised']) expect(of(text, surface)).toBeGreaterThan(4.5);
      for (const kind of ['notice', 'warning']) expect(of(kind, `${kind}-card`)).toBeGreaterThan(4.5);
      for (const edge of ['control', 'brand-edge', 'notice']) expect(of(edge, 'card')).toBeGreaterThanOrEqual(3);
      expect(of('on-brand', 'brand')).toBeGreaterThan(4.5);
    }
  });
});

const names = Object.keys(screensOf('plain')) as Screen['name'][];

function settings(more: Partial<Settings> = {}): Settings {
  return { issuer: 'https://app.example.com', brand: { name: 'Contacts', color: '#4f46e5' }, ...more } as Settings;
}

function draw(screen: Screen, from = settings()) {
  return createRenderer(from, silent)(screen, { base, csrfToken: () => 'token', nonce });
}

/** A page where everything that can be said is `text`, including the host's own words. */
function drawn(name: Screen['name'], text: string): string {
  const render = createRenderer(settings({ brand: { name: text, color: '#4f46e5', logo: '/logo.svg' } }), silent);
  return render(screensOf(text)[name], { base, csrfToken: () => text, nonce }).html;
}

function screen<Name extends keyof Screens>(name: Name, values: Screens[Name]): Screen {
  return { name, values } as Screen;
}

function screensOf(text: string) {
  const uri = `https://client.example/${text}`;
  const client = { name: text, client_uri: uri, logo_uri: 'https://client.example/logo.png', policy_uri: uri, tos_uri: uri };
  const scopes: Ask[] = [true, false].map((optional) => ({
    scope: text,
    name: text,
    description: text,
    optional,
    ticked: true,
    api: text,
  }));
  const consent: Screens['consent'] = {
    action: text,
    ticket: text,
    client,
    user: { name: text },
    asked: scopes,
    allowed: scopes,
    destination: text,
    loopback: true,
    switchAccountUrl: text,
    notice: text,
  };
  const link = { href: `/${text.replace(/^[/\\]+/, '')}`, text };
  const developer = { detail: text, what: text, asked: text, fitting: [text], source: 'known', nearest: text, difference: text } as const;
  return {
    login: { name: 'login', values: { action: text, ticket: text, client, username: text, notice: text } },
    consent: { name: 'consent', values: consent },
    error: { name: 'error', values: { title: text, message: text, code: text, link, developer } },
    expired: { name: 'expired', values: { client, link } },
    apps: { name: 'apps', values: appsOf(text, client) },
    'sign-out': { name: 'sign-out', values: { action: text, user: { name: text }, notice: text } },
    'form-post': { name: 'form-post', values: { action: uri, fields: [{ name: text, value: text }] } },
    'signed-out': { name: 'signed-out', values: {} },
  } as const satisfies { [Name in keyof Screens]: { name: Name; values: Screens[Name] } };
}

function appsOf(text: string, client: Screens['expired']['client']): Screens['apps'] {
  const moment = { datetime: text, text };
  const asks = [1, 2, 3, 4, 5].map(() => ({ scope: text, name: text, description: text, optional: true, ticked: true, api: text }));
  const access = { since: moment, lastUsed: moment, signIns: 2 };
  return {
    action: text,
    user: { name: text },
    apps: [
      { client_id: text, client, permissions: asks, access },
      { client_id: text, client, permissions: asks.slice(0, 2), agreed: moment },
    ],
    switchAccountUrl: text,
    signOutUrl: text,
    removed: text,
    notice: text,
  };
}

/** Each tag with the names of its attributes. Fails for a `<` or `>` that belongs to none, which a browser might read otherwise. */
function tagsOf(html: string): string[] {
  const tag = /<(!doctype html|\/?[a-z][a-z0-9]*)((?: [a-zA-Z-]+(?:="[^"<>]*")?)*) ?\/?>/g;
  expect(html.replace(tag, '')).not.toMatch(/[<>]/);
  return [...html.matchAll(tag)].map(([, name, attributes]) => `${name}${attributes?.replace(/="[^"]*"/g, '')}`);
}

function textOf(html: string): string {
  const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&#34;': '"', '&#39;': "'", '&amp;': '&' };
  return html.replace(/<[^>]*>/g, '').replace(/&[#\w]+;/g, (entity) => entities[entity] as string);
}

function buttonsOf(html: string): string[] {
  return [...html.matchAll(/<button[^>]*>([^<]*)/g)].map(([, text]) => text as string);
}

function viewsWith(files: Record<string, string>): string {
  const views = mkdtempSync(join(tmpdir(), 'views-'));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(views, file)), { recursive: true });
    writeFileSync(join(views, file), text);
  }
  return views;
}

function headOf(template: string): string {
  return readFileSync(new URL(template, folder), 'utf8').match(/^<%#([\s\S]*?)-%>/)?.[1] ?? '';
}

function get(from: Settings, version: string) {
  const http = { query: new Parameters([['v', version]]) } as unknown as HttpRequest;
  return stylesheet.handle(http, { settings: from } as Server);
}

/** The custom properties by day and by night. */
function palettesOf(css: string): Map<string, string>[] {
  const night = /@media \(prefers-color-scheme: dark\) \{\s*:(?:where\()?:?root\)? \{[^}]*\}/g;
  const colors = (text: string) =>
    [...text.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, name, color]) => [name, color] as [string, string]);
  const day = colors(css.replace(night, ''));
  return [new Map(day), new Map([...day, ...(css.match(night) ?? []).flatMap(colors)])];
}
