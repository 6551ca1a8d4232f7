import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import type { Endpoint, HttpRequest, Server, Settings } from '../../lib/contracts.js';
import { assetPaths, assets } from '../../lib/endpoints/assets.js';
import { createRenderer } from '../../lib/express/render.js';
import { Templates } from '../../lib/express/templates.js';
import { Parameters } from '../../lib/http/parameters.js';
import { en } from '../../lib/languages/en.js';
import { languages } from '../../lib/languages/index.js';
import type { ErrorKind } from '../../lib/languages/language.js';
import type { Ask, ClientCard, Screen, Screens, StepField } from '../../lib/model/screens.js';
import { type Message, own } from '../../lib/model/words.js';
import { contrast } from '../../lib/rules/contrast.js';
import fc from '../support/fast-check.js';

const base = 'https://app.example.com/oauth';
const nonce = () => 'n0nce';
const silent = { warn: () => {}, error: () => {} };
const folder = new URL('../../views/', import.meta.url);
const contacts = { name: 'Contacts', color: '#4f46e5', url: 'https://app.example.com/', links: [] };
const back: Message = { message: 'links.back', values: { client: 'Calendar' } };
const kindsOfErrors = Object.keys(en).flatMap((key) => (/^error\.(\w+)\.title$/.exec(key)?.[1] ?? []) as ErrorKind);

/** The scripts of each page. */
const scriptsOf: Readonly<Record<Screen['name'], readonly string[]>> = (() => {
  const { script, passkey } = assetPaths(settings(), '/oauth');
  const [nicer, withPasskeys] = [script, passkey].map((src) => `<script nonce="n0nce" src="${src}" defer></script>`) as [string, string];
  return {
    login: [nicer, withPasskeys],
    consent: [nicer],
    accounts: [nicer],
    step: [nicer],
    'passkey-offer': [nicer, withPasskeys],
    passkeys: [nicer, withPasskeys],
    error: [],
    expired: [],
    apps: [nicer],
    'sign-out': [nicer],
    'form-post': ['<script nonce="n0nce">document.forms[0].submit()</script>'],
    'signed-out': [],
  };
})();

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
      expect(tags.slice(0, 2)).toEqual(['!doctype html', 'html lang dir']);
      expect(tags.filter((tag) => /^(h1|main|title)\b/.test(tag))).toHaveLength(3);
    },
  );

  it.each(Object.entries(screensOf('plain')))(
    '%s has no script but our files and the one that posts a form on, no inline style, and weighs less than 25 kB with its style',
    (name, screen) => {
      const { html } = draw(screen);
      expect(html.match(/<script[\s\S]*?<\/script>/g) ?? []).toEqual(scriptsOf[name as Screen['name']]);
      expect(tagsOf(html).filter((tag) => /^(style|iframe)\b| (style|on\w+)\b/.test(tag))).toEqual([]);
      expect(Buffer.byteLength(html) + readFileSync(new URL('style.css', folder)).length).toBeLessThan(25_000);
    },
  );

  it.each(languages.map((language) => [language.tag, language] as const))('is drawn in %s, in its direction', (tag, language) => {
    for (const screen of Object.values(screensOf('plain'))) {
      const { html, headers } = draw(screen, settings({ languages: [language] }));
      expect(html).toContain(`<html lang="${tag}" dir="${language.direction}">`);
      expect(headers['Content-Language']).toBe(tag);
      expect(textOf(html)).not.toMatch(/\{\w+\}|undefined|\[object|Invalid Date/);
    }
  });

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
      const link = { href: uri, text: back };
      const { consent, error, expired } = screensOf('plain');
      for (const { name, values } of [consent, error, expired]) {
        const { html } = draw({ name, values: { ...values, client, link } } as unknown as Screen);
        expect(html).not.toMatch(/<a [^>]*href="[^"]*(script:|data:|x\.example)/i);
      }
      const { html } = draw({ name: 'apps', values: appsOf('plain', client) });
      expect(html).not.toMatch(/<a [^>]*href="[^"]*(script:|data:|x\.example)/i);
    },
  );

  it('leads back into an app by a scheme of its own', () => {
    const link = { href: 'com.example.app:/callback?error=access_denied', text: back };
    const { html } = draw({ name: 'expired', values: { client: { name: 'App' }, link } });
    expect(html).toContain('href="com.example.app:/callback?error=access_denied"');
  });

  it('leads to what the client publishes', () => {
    expect(drawn('consent', 'plain')).toContain('href="https://client.example/plain" target="_blank" rel="noopener noreferrer nofollow"');
  });

  it('fetches the picture of the client from nowhere but here', () => {
    const { html, headers } = draw(screensOf('plain').consent);
    expect(html.match(/<img[^>]*>/g)).toEqual(['<img src="/oauth/logo/plain" alt="">']);
    expect(headers['Content-Security-Policy']).toContain("img-src 'self' data:;");
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

describe('the page of a step', () => {
  const fields: StepField[] = [
    { name: 'name', label: { own: 'Name' }, type: 'text', required: true },
    { name: 'email', label: { own: 'Email' }, type: 'email', required: true },
    { name: 'terms', label: { own: 'Terms' }, type: 'checkbox', required: true },
  ];
  const notice = { own: 'Look again.' };
  const [onlyField] = fields as [StepField];

  function marksOf(values: Partial<Screens['step']>): Record<'wrong' | 'described' | 'focused', string[]> {
    const { action, ticket, user, title, buttons } = screensOf('plain').step.values;
    const { html } = draw(screen('step', { action, ticket, user, title, buttons, fields, ...values }));
    const inputs = html.match(/<input [^>]*>/g) ?? [];
    const named = (attribute: string) => inputs.filter((one) => one.includes(attribute)).map((one) => / name="(\w+)"/.exec(one)?.[1] ?? '');
    return { wrong: named(' aria-invalid="true"'), described: named(' aria-describedby="notice"'), focused: named(' autofocus') };
  }

  it.each(['name', 'email', 'terms'])('marks %s alone, and puts the cursor there, if that is the one that is wrong', (wrong) => {
    expect(marksOf({ notice, wrong })).toEqual({ wrong: [wrong], described: [wrong], focused: [wrong] });
  });

  it('marks none of several fields if nobody says which is wrong, or it is on another page', () => {
    const none = { wrong: [], described: ['name'], focused: ['name'] };
    expect(marksOf({ notice })).toEqual(none);
    expect(marksOf({ notice, wrong: 'code' })).toEqual(none);
  });

  it('marks the only field, which it must be', () => {
    expect(marksOf({ notice, fields: [onlyField] })).toEqual({ wrong: ['name'], described: ['name'], focused: ['name'] });
  });

  it('marks nothing if all that is wrong is that there were too many attempts', () => {
    const tooMany = { notice: { message: 'login.tooMany' }, fields: [onlyField] } as const;
    expect(marksOf(tooMany)).toEqual({ wrong: [], described: ['name'], focused: ['name'] });
  });

  it('marks nothing at first, nor when something was done', () => {
    expect(marksOf({})).toEqual({ wrong: [], described: [], focused: ['name'] });
    expect(marksOf({ fields: [onlyField], done: { own: 'Sent.' } })).toEqual({ wrong: [], described: [], focused: [] });
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

  it.each([
    ['login.wrong', 2],
    ['login.tookTooLong', 0],
  ] as const)('ties its notice to both fields, if that is about what was typed: %s', (message, count) => {
    const { html } = draw(screen('login', { ...screensOf('plain').login.values, notice: { message } }));
    expect(html.match(/ aria-invalid="true" aria-describedby="notice"/g) ?? []).toHaveLength(count);
    expect(html).toMatch(/id="notice" role="alert"/);
  });

  it('signs in, rather than gives up, at the Enter key', () => {
    expect(buttonsOf(drawn('login', 'plain'))).toEqual(['Sign in', 'Cancel']);
  });

  it.each([
    ['apps', 'to see the apps that use your account'],
    ['passkeys', 'to manage your passkeys'],
  ] as const)('says that it is for the page of %s, and has no client to go back to', (page, purpose) => {
    const { html } = draw(screen('login', { action: '/oauth/login', ticket: 'ticket', page, username: '' }));
    expect(textOf(html)).toContain(purpose);
    expect(buttonsOf(html)).toEqual(['Sign in']);
  });

  it('offers what needs a script only where scripts run', () => {
    const withScripts = drawn('login', 'plain').match(/<(?:button|p)[^>]* data-(?:reveals|passkey)[^>]*>/g);
    expect(withScripts).toHaveLength(3);
    expect(withScripts?.filter((tag) => !tag.includes(' hidden>'))).toEqual([]);
  });
});

describe('the consent page', () => {
  it('denies, rather than allows, when no button was chosen', () => {
    expect(buttonsOf(drawn('consent', 'plain'))).toEqual(['Deny', 'Allow']);
    expect(drawn('consent', 'plain')).not.toMatch(/<(?:button|input)[^>]*autofocus/);
  });

  it('says what it means when nothing in particular is asked for', () => {
    const values = { ...screensOf('plain').consent.values, asked: [], allowed: [] };
    expect(textOf(draw(screen('consent', values)).html)).toContain('Know that you have an account at Contacts');
  });

  it('has a box at what may be left out, and nowhere else', () => {
    const { asked } = screensOf('plain').consent.values;
    expect(drawn('consent', 'plain').match(/<input type="checkbox"/g)).toHaveLength(asked.filter(({ optional }) => optional).length);
  });

  it('marks what much can be lost by', () => {
    const [one] = screensOf('plain').consent.values.asked as [Ask];
    const asked = [true, false].map((risky) => ({ ...one, description: own(risky ? 'Pay' : 'Look'), risky }));
    const html = draw(screen('consent', { ...screensOf('plain').consent.values, asked, allowed: [] })).html;
    expect(textOf(html)).toContain('Pay Sensitive');
    expect(textOf(html)).not.toContain('Look Sensitive');
  });

  it.each([true, false])('warns of programs on this device: %s', (loopback) => {
    const values = { ...screensOf('plain').consent.values, loopback };
    expect(draw(screen('consent', values)).html.includes('a program on this device')).toBe(loopback);
  });
});

describe('the page of passkeys', () => {
  const { passkeys: _, ...values } = screensOf('plain').passkeys.values;
  const may = 1_778_000_000; // 5 May 2026, in UTC
  const old = { id: 'old', created: { at: may, ago: 9 * 86_400 }, synced: false };
  const young = { id: 'young', created: { at: may + 9 * 86_400 - 300, ago: 300 }, synced: true };
  const drawnWith = (passkeys: Screens['passkeys']['passkeys']) => draw(screen('passkeys', { ...values, passkeys })).html;
  const namesOn = (html: string) => [...html.matchAll(/<h2[^>]*>(.*?)<\/h2>/g)].map(([, name = '']) => textOf(name));

  it('calls each by what stays: the day it was made on, whatever others there are, and however long ago it was', () => {
    expect(namesOn(drawnWith([young, old]))).toEqual(['Passkey of 14 May 2026', 'Passkey of 5 May 2026']);
    const later = { ...young, created: { ...young.created, ago: 90 * 86_400 } };
    expect(namesOn(drawnWith([later]))).toEqual(['Passkey of 14 May 2026']);
  });

  it('says at the button that removes one which it is, and where that is', () => {
    const html = drawnWith([young, old]);
    expect([...html.matchAll(/value="(\w+)" aria-label="([^"]*)" aria-describedby="([^"]*)"/g)].map(([, ...all]) => all)).toEqual([
      ['young', 'Remove Passkey of 14 May 2026', 'passkey-0-place'],
      ['old', 'Remove Passkey of 5 May 2026', 'passkey-1-place'],
    ]);
    expect(html).toMatch(/id="passkey-0-place">Synced between your devices</);
  });

  it('says how long ago it was made, where the day alone does not tell one from another', () => {
    expect(textOf(drawnWith([young, old])).match(/Created: .*/g)).toEqual(['Created: 5 minutes ago']);
  });

  it('says what they are good for only where there are some', () => {
    const lead = (html: string) => textOf(html).includes('with each of them');
    expect([lead(drawnWith([old])), lead(drawnWith([]))]).toEqual([true, false]);
  });
});

describe('the error page', () => {
  const { developer: _, ...values } = screensOf('plain').error.values;

  it.each(kindsOfErrors)('says %s in words of its own', (kind) => {
    const { html } = draw(screen('error', { ...values, kind }));
    const texts = { title: en[`error.${kind}.title`], text: en[`error.${kind}.text`] };
    expect(textOf(html)).toContain(texts.title);
    expect(textOf(html)).toContain(texts.text.replaceAll('{brand}', 'Contacts'));
  });

  it('tells what it is called, and keeps for developers, closed, what is meant for them', () => {
    const { html } = draw(screen('error', { ...values, code: 'invalid_scope', description: 'The scope is unknown.' }));
    expect(textOf(html)).toContain('name the code invalid_scope');
    expect(html).toMatch(/<details>\s*<summary>Details for developers<\/summary>\s*<p lang="en" dir="ltr">The scope is unknown\.<\/p>/);
  });
});

describe('the headers', () => {
  it('allow nothing but our own style and pictures, and say nothing of form-action', () => {
    expect(draw(screensOf('plain')['signed-out']).headers).toMatchObject({
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'",
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
      'X-Frame-Options': 'DENY',
    });
  });

  it.each(Object.values(screensOf('plain')))('allow scripts, by a nonce of the page, only where it has some: $name', (screen) => {
    const { html, headers } = draw(screen);
    const directive = html.includes('<script') ? "; script-src 'nonce-n0nce'" : '';
    expect(headers['Content-Security-Policy']).toMatch(new RegExp(`; frame-ancestors 'none'${directive}$`));
    expect((html.match(/<script[^>]*>/g) ?? []).filter((tag) => !tag.startsWith('<script nonce="n0nce"'))).toEqual([]);
  });

  it.each([
    ['https://cdn.example/logo.svg', "img-src 'self' data: https://cdn.example;"],
    ['/logo.svg', "img-src 'self' data:;"],
    ['data:image/png;base64,AA==', "img-src 'self' data:;"],
  ])('let in the logo %s', (logo, sources) => {
    const brand = { ...contacts, logo };
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

  it('are asked for the pages that they change, and for no other', () => {
    const render = createRenderer(settings({ views: viewsWith({ 'signed-out.ejs': 'Bye' }) }), silent);
    const drawing = jest.spyOn(Templates.prototype, 'draw');
    for (const name of ['login', 'signed-out', 'consent'] as const)
      render(screensOf('plain')[name], { base, csrfToken: () => 'token', nonce });
    // Those that say that signed-out is ours are the templates without the host's.
    const pages = drawing.mock.calls.map(([name], i) => [name, (drawing.mock.contexts[i] as Templates).isOurs('signed-out')] as const);
    drawing.mockRestore();
    const byOurs = (page: string) => pages.find(([name]) => name === page)?.[1];
    expect([byOurs('login'), byOurs('signed-out'), byOurs('consent')]).toEqual([true, false, true]);
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
});

describe('what the pages load', () => {
  it('is linked below the path of the endpoints, by the hash of its content', () => {
    const { style, script, passkey } = assetPaths(settings(), '/oauth');
    const { html } = draw(screensOf('plain').login);
    expect(html).toContain(`<link rel="stylesheet" href="${style}">`);
    expect([...html.matchAll(/ src="([^"]*\.js)"/g)].map(([, src]) => src)).toEqual([script, passkey]);
    for (const path of [style, script, passkey]) expect(path).toMatch(/^\/oauth\/\w+\.[\w-]{16}\.(css|js)$/);
  });

  it.each(assets)('may be kept for ever by its hash, and not at all without: $name', async ({ name }) => {
    const one = settings();
    const path = pathOf(one, name);
    expect((await get(one, name, path)).headers).toMatchObject({ 'Cache-Control': 'public, max-age=31536000, immutable' });
    const older = path.replace(/\.[\w-]{16}\./, '.AAAAAAAAAAAAAAAA.');
    expect((await get(one, name, older)).headers).toMatchObject({ 'Cache-Control': 'no-cache' });
  });

  it.each([
    ['style', 'text/css; charset=utf-8'],
    ['script', 'text/javascript; charset=utf-8'],
    ['passkey', 'text/javascript; charset=utf-8'],
  ])('says what it is: %s', async (name, type) => {
    expect((await get(settings(), name)).headers).toMatchObject({ 'Content-Type': type, 'X-Content-Type-Options': 'nosniff' });
  });

  it.each(['script', 'passkey'])("may be the host's own, at an address of its own: %s", async (name) => {
    const own = settings({ views: viewsWith({ [`${name}.js`]: 'console.log(1);' }) });
    expect((await get(own, name)).body).toBe('console.log(1);');
    expect(pathOf(own, name)).not.toBe(pathOf(settings(), name));
  });
});

describe('the style sheet', () => {
  it("has the brand's colour, made readable for light and dark", async () => {
    const { body } = await get(settings({ brand: { ...contacts, color: '#ffd400' } }), 'style');
    expect(body).toContain('--brand: #ffd400; --on-brand: #000000; --brand-edge: ');
    expect(String(body).match(/--brand-ink: /g)).toHaveLength(2);
  });

  it("may be the host's own", async () => {
    const { body } = await get(settings({ views: viewsWith({ 'style.css': '@import "/own.css";' }) }), 'style');
    expect(body).toMatch(/^@import "\/own\.css";\n:where\(:root\) \{ --brand: #4f46e5;/);
  });

  it('changes its address with the colour', () => {
    expect(pathOf(settings({ brand: { ...contacts, color: '#ffd400' } }), 'style')).not.toBe(pathOf(settings(), 'style'));
  });

  it('has text that can be read on all its surfaces, and edges that can be seen, in light and in dark', async () => {
    const css = (await get(settings(), 'style')).body as string;
    for (const colors of palettesOf(css)) {
      const of = (name: string, surface: string) => contrast(colors.get(name) as string, colors.get(surface) as string);
      for (const text of ['text', 'quiet', 'brand-ink'])
        for (const surface of ['card', 'raised']) expect(of(text, surface)).toBeGreaterThan(4.5);
      for (const kind of ['notice', 'warning', 'done']) expect(of(kind, `${kind}-card`)).toBeGreaterThan(4.5);
      for (const edge of ['control', 'brand-edge', 'notice']) expect(of(edge, 'card')).toBeGreaterThanOrEqual(3);
      expect(of('on-brand', 'brand')).toBeGreaterThan(4.5);
    }
  });
});

const names = Object.keys(screensOf('plain')) as Screen['name'][];

function settings(more: Partial<Settings> = {}): Settings {
  return {
    issuer: 'https://app.example.com',
    brand: contacts,
    languages: [{ tag: 'en', direction: 'ltr', messages: en }],
    ...more,
  } as Settings;
}

function draw(screen: Screen, from = settings()) {
  return createRenderer(from, silent)(screen, { base, csrfToken: () => 'token', nonce });
}

/** A page where everything that can be said is `text`, including the host's own words. */
function drawn(name: Screen['name'], text: string): string {
  const brand = { name: text, color: '#4f46e5', logo: '/logo.svg', url: text, links: [{ text: { en: text }, href: text }] };
  return createRenderer(settings({ brand }), silent)(screensOf(text)[name], { base, csrfToken: () => text, nonce }).html;
}

function screen<Name extends keyof Screens>(name: Name, values: Screens[Name]): Screen {
  return { name, values } as Screen;
}

function screensOf(text: string) {
  const uri = `https://client.example/${text}`;
  const client = { name: text, host: text, client_uri: uri, logo: `/oauth/logo/${text}`, policy_uri: uri, tos_uri: uri };
  const asks = asksOf(text);
  const user = { name: text };
  const consent: Screens['consent'] = {
    action: text,
    ticket: text,
    client: { ...client, unverified: true },
    user,
    asked: asks,
    allowed: asks,
    destination: { name: text, app: false },
    loopback: true,
    switchAccountUrl: text,
    notice: told(text),
  };
  const link = { href: `/${text.replace(/^[/\\]+/, '')}`, text: told(text) };
  const developer = { detail: text, what: text, asked: text, fitting: [text], source: 'known', nearest: text, difference: text } as const;
  const login: Screens['login'] = {
    action: text,
    ticket: text,
    client,
    page: 'apps',
    username: text,
    forgotPasswordUrl: text,
    createAccountUrl: text,
    passkey: { options: text, challenge: text },
    forgotten: text,
    notice: told(text),
  };
  const accounts = { action: text, ticket: text, client, user, switchAccountUrl: text, notice: told(text) };
  const offer = { action: text, ticket: text, user, options: text, challenge: text, forgotten: text, notice: told(text) };
  return {
    login: { name: 'login', values: login },
    consent: { name: 'consent', values: consent },
    accounts: { name: 'accounts', values: accounts },
    step: { name: 'step', values: stepOf(text, client) },
    'passkey-offer': { name: 'passkey-offer', values: offer },
    passkeys: { name: 'passkeys', values: passkeysOf(text) },
    error: { name: 'error', values: { kind: 'client', code: text, description: text, link, developer } },
    expired: { name: 'expired', values: { client, link } },
    apps: { name: 'apps', values: appsOf(text, client) },
    'sign-out': { name: 'sign-out', values: { action: text, user, notice: told(text) } },
    'form-post': { name: 'form-post', values: { action: uri, fields: [{ name: text, value: text }] } },
    'signed-out': { name: 'signed-out', values: {} },
  } as const satisfies { [Name in keyof Screens]: { name: Name; values: Screens[Name] } };
}

/** One of our sentences, with this filled in. */
function told(text: string): Message {
  return { message: 'links.back', values: { client: text } };
}

/** At two APIs, and about the user: in the host's words for all, by language, and in ours. */
function asksOf(text: string): Ask[] {
  const common = { scope: text, name: text, risky: true, icon: 'read', ticked: true } as const;
  return [true, false].flatMap((optional) => [
    { ...common, optional, description: own(text), api: { identifier: 'one', name: own(text) } },
    { ...common, optional, description: own({ en: text }), api: { identifier: 'two', name: own({ en: text }) } },
    { ...common, optional, description: told(text) },
  ]);
}

function appsOf(text: string, client: ClientCard): Screens['apps'] {
  const moment = { at: 1_700_000_000, ago: 90_000 };
  const asks = asksOf(text);
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
    passkeysUrl: text,
    removed: text,
    notice: told(text),
  };
}

function stepOf(text: string, client: ClientCard): Screens['step'] {
  const types = ['text', 'email', 'password', 'code', 'checkbox'] as const;
  return {
    action: text,
    ticket: text,
    client,
    user: { name: text },
    title: own(text),
    text: own({ en: text }),
    fields: types.flatMap((type) => [
      { name: text, label: own(text), type, required: true },
      { name: text, label: told(text), type, autocomplete: text, value: text, required: false },
    ]),
    buttons: [
      { name: text, label: told(text) },
      { name: text, label: own(text) },
    ],
    done: own(text),
    notice: own(text),
  };
}

function passkeysOf(text: string): Screens['passkeys'] {
  const moment = { at: 1_700_000_000, ago: 90 };
  return {
    action: text,
    user: { name: text },
    passkeys: [
      { id: text, created: moment, synced: true },
      { id: text, created: moment, lastUsed: moment, synced: false },
    ],
    options: text,
    challenge: text,
    done: told(text),
    forgotten: text,
    notice: told(text),
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

/** What is written on the buttons that send a form. */
function buttonsOf(html: string): string[] {
  const buttons = [...html.matchAll(/<button([^>]*)>([\s\S]*?)<\/button>/g)];
  return buttons.filter(([, attributes]) => attributes?.includes('type="submit"')).map(([, , content]) => textOf(content as string));
}

function viewsWith(files: Record<string, string>): string {
  const views = mkdtempSync(join(tmpdir(), 'views-'));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(views, file)), { recursive: true });
    writeFileSync(join(views, file), text);
  }
  return views;
}

/** Where this asset is found. */
function pathOf(from: Settings, name: string): string {
  return assetPaths(from, '/oauth')[name as keyof ReturnType<typeof assetPaths>];
}

function get(from: Settings, name: string, path = pathOf(from, name)) {
  const asset = assets.find((one) => one.name === name) as Endpoint;
  return asset.handle({ path, query: Parameters.none } as HttpRequest, { settings: from } as Server);
}

/** The custom properties by day and by night. */
function palettesOf(css: string): Map<string, string>[] {
  const night = /@media \(prefers-color-scheme: dark\) \{\s*:(?:where\()?:?root\)? \{[^}]*\}/g;
  const colors = (text: string) =>
    [...text.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, name, color]) => [name, color] as [string, string]);
  const day = colors(css.replace(night, ''));
  return [new Map(day), new Map([...day, ...(css.match(night) ?? []).flatMap(colors)])];
}
