/** Templates of the host's that fail or forget something: what the developer is told, what the user sees, and that neither learns a secret. */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Agent, formField } from '../support/agent.js';
import { withPage } from '../support/browser.js';
import { record } from '../support/events.js';
import { alice, authorizeUrl, openConsent, openPage, pkce, type TestServer, testServer } from '../support/server.js';
import { viewsWith } from '../support/views.js';

const warnings: string[] = [];
const errors: string[] = [];
const ourLogin = readFileSync(new URL('../../views/login.ejs', import.meta.url), 'utf8');

let server: TestServer;

afterEach(async () => {
  warnings.length = 0;
  errors.length = 0;
  await server.close();
});

/** A server whose host has these templates. */
async function start(files: Readonly<Record<string, string>>, development = true) {
  const log = { warn: (message: string) => warnings.push(message), error: (message: string) => errors.push(message) };
  server = await testServer({ frozen: true, options: { views: viewsWith(files), development, log } });
  warnings.length = 0; // of no Redis
  return { agent: new Agent(server.url), events: record(server.oauth) };
}

const request = () => authorizeUrl('', pkce().code_challenge);

describe('a template that fails, in development,', () => {
  it('is named to the developer, with its line, the reason and the variables that there are', async () => {
    const { agent } = await start({ 'partials/brand.ejs': '<p>\n<%= brand.nmae.length %>\n</p>' });
    const answer = await agent.get(request());
    const html = await answer.text();
    expect(answer.status).toBe(500);
    expect(html).toMatch(/<bdi>[^<]*\/partials\/brand\.ejs<\/bdi>:2</);
    expect(html).toContain('Cannot read properties of undefined (reading &#39;length&#39;)');
    expect(html).toContain('&gt;&gt; 2| &lt;%= brand.nmae.length %&gt;');
    expect(html).toMatch(/<code>username<\/code><\/dt>\s*<dd>string/);
    expect(html).toContain('The head of our login.ejs');
  });

  it('has the headers that all pages have, and no script', async () => {
    const { agent } = await start({ 'login.ejs': '<script nonce="<%= nonce %>"></script><%= x %>' });
    const { headers } = await agent.get(request());
    const ours = await (await openedByOurs()).get(request());
    for (const name of ['content-security-policy', 'cache-control', 'x-frame-options', 'referrer-policy', 'content-type']) {
      expect(headers.get(name)?.replace(/; script-src .*/, '')).toBe(ours.headers.get(name)?.replace(/; script-src .*/, ''));
    }
    expect(headers.get('content-language')).toBe('en');
  });

  it.each([
    ['the ticket', 'throw new Error(ticket)', /^…$/],
    ['a part of the ticket', 'JSON.parse(ticket)', /^Unexpected token .*"…"/],
    ['the CSRF token', 'throw new Error(String(csrfToken))', /^…$/],
    ['the nonce', 'throw new Error("no " + nonce)', /^no …$/],
    ['what was typed', 'throw new Error("<" + username + ">")', /^<…>$/],
  ])('tells nobody %s', async (_, code, problem) => {
    const { agent, events } = await start({
      'login.ejs': `<input name="ticket" value="<%= ticket %>"><% if (locals.notice) { ${code} } %><input name="_csrf" value="<%= csrfToken %>">`,
    });
    const { ticket, _csrf } = await openPage(agent, request());
    await events.take();
    const answer = await agent.post('/oauth/login', { ticket, _csrf, username: 'a-password-of-alice', password: 'x' });
    const event = await events.takeOne('view.failed');
    expect(event.problem).toMatch(problem);
    const told = [await answer.text(), ...errors].join('\n');
    expect(answer.status).toBe(500);
    const nonce = /'nonce-([^']+)'/.exec(answer.headers.get('content-security-policy') ?? '')?.[1] ?? 'no nonce was made';
    for (const secret of [ticket.slice(0, 8), ticket.slice(-8), _csrf, 'a-password-of-alice', nonce]) expect(told).not.toContain(secret);
  });

  it('cannot run the page by its own words', async () => {
    const { agent } = await start({ 'login.ejs': "<% throw new Error('<img src=x onerror=alert(1)></script>') -%>" });
    expect(await (await agent.get(request())).text()).not.toMatch(/<img src=x|<\/script>/);
  });

  it('leaves a page that people can read on a phone', async () => {
    await start({ 'login.ejs': `<%= nothing %> <%# ${'a long comment '.repeat(40)} %>` });
    await withPage({ viewport: { width: 320, height: 700 } }, async (page) => {
      await page.goto(`${server.url}${request()}`);
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('A template failed');
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    });
  });
});

describe('a template that fails, in production,', () => {
  it('gives way to ours, and the user goes on', async () => {
    const { agent } = await start({ 'login.ejs': '<%= brand.nmae.length %>' }, false);
    const answer = await agent.get(request());
    const html = await answer.text();
    expect(answer.status).toBe(200);
    expect(formField(html, 'ticket')).toMatch(/\w/);
    expect(html).not.toContain('nmae');
  });

  it('is told of by an event, with the template that failed in the end', async () => {
    const { agent, events } = await start({ 'partials/brand.ejs': '<%= brand.nmae.length %>' }, false);
    await agent.get(request());
    expect(await events.takeOne('view.failed')).toEqual({
      name: 'view.failed',
      time: expect.any(Number),
      screen: 'login',
      template: 'partials/brand',
      problem: "Cannot read properties of undefined (reading 'length')",
    });
  });

  it('is told of once in a minute, however many meet it, and logged once', async () => {
    const { agent, events } = await start({ 'login.ejs': '<%= nothing %>' }, false);
    for (const _ of [1, 2, 3]) await agent.get(request());
    server.sleep(59);
    await agent.get(request());
    expect((await events.take()).map(({ name }) => name)).toEqual(['view.failed']);
    server.sleep(1);
    await agent.get(request());
    expect((await events.take()).map(({ name }) => name)).toEqual(['view.failed']);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/login\.ejs:1\n.*nothing/);
  });
});

describe('a template that forgets something, in development,', () => {
  const formless = "<%- include('partials/head', { title: 'Hello' }) -%><h1>Hello</h1><%- include('partials/foot') -%>";

  it.each([
    ['its form', formless, ['It has no form with method="post".']],
    ['the password', ourLogin.replaceAll('name="password"', 'name="pass"'), ['It has no field or button named password.']],
    [
      'what waits, and the token',
      ourLogin.replace("<%- include('partials/fields') -%>", ''),
      ['It has no field or button named _csrf.', 'It has no field or button named ticket.'],
    ],
    ['where it is posted', ourLogin.replace('<%= action %>', '/login'), ['Its form is not posted to `action`.']],
    [
      'the policy',
      `${ourLogin}<p style="color: red" onclick="go()">`,
      [/style\.css/, /onclick/].map((part) => expect.stringMatching(part)),
    ],
  ])('is told of %s', async (_, template, faults) => {
    const { agent } = await start({ 'login.ejs': template });
    expect((await agent.get(request())).status).toBe(200);
    expect(warnings).toEqual([expect.stringMatching(/^The page "login"/)]);
    const sentences = (warnings[0] ?? '').replace(/^.* draw it: /, '').split(/(?<=\.) (?=[A-Z])/);
    expect(sentences).toEqual(faults);
  });

  it('is told of it once', async () => {
    const { agent } = await start({ 'login.ejs': formless });
    for (const _ of [1, 2]) await agent.get(request());
    expect(warnings).toHaveLength(1);
  });

  it('is told of a box that it does not offer', async () => {
    const { agent } = await start({ 'consent.ejs': formless });
    await openPage(agent, request());
    await openConsent(agent, alice, request()).catch(() => {});
    expect(warnings).toEqual([expect.stringMatching(/^The page "consent"/)]);
  });

  it('is not told of anything where nothing is missing', async () => {
    const { agent } = await start({ 'login.ejs': ourLogin });
    await openConsent(agent, alice, request());
    await agent.get('/oauth/apps');
    await agent.get('/oauth/sign-out');
    expect(warnings).toEqual([]);
  });

  it('is not told in production', async () => {
    const { agent } = await start({ 'login.ejs': formless }, false);
    await agent.get(request());
    expect(warnings).toEqual([]);
  });
});

/** A second server, with our own templates, which ends with the first. */
async function openedByOurs(): Promise<Agent> {
  const first = server;
  const ours = await testServer();
  server = { ...first, close: async () => void (await Promise.all([first.close(), ours.close()])) };
  return new Agent(ours.url);
}
