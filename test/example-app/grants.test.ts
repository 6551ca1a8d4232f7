/** "Every grant at work": each flow runs to its result, in Chromium; and what does not belong there is refused. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { flows } from '../../example-app/playground/flows.js';
import { Agent } from '../support/agent.js';
import { alice, bob, startApps } from './apps.js';
import { overflow, textAt, visit, walkTo } from './visit.js';

let apps: Awaited<ReturnType<typeof startApps>>;
let grants: string;

beforeAll(async () => {
  apps = await startApps();
  grants = `${apps.calendar.url}/grants`;
});

afterAll(() => apps.close());

/** The steps after the metadata and, where there is a user, the question. */
const api = 'The API';
const checked = 'The ID token is checked';
const fromBrowser = 'An access token, by way of the browser';
const answered = 'Authorization response';
const code = 'The code is handed in';
const table: [string, string[]][] = [
  ['authorization-code', [answered, code, api]],
  ['openid-connect', [answered, code, checked, 'Userinfo']],
  ['refresh-token', [answered, code, api, 'The refresh token is handed in', api]],
  ['client-credentials', ['The client asks for itself', api]],
  ['form-post', [answered, code, api]],
  ['none', [answered]],
  ['id-token', [answered, checked]],
  ['hybrid-id-token', [answered, checked, code, checked, 'Userinfo', api]],
  ['invitation', ['The invitation is handed in', api]],
  ['implicit', [answered, fromBrowser, api]],
  ['implicit-openid-connect', [answered, checked, fromBrowser, 'Userinfo', api]],
  ['hybrid-token', [answered, fromBrowser, 'Userinfo', api, code, checked, 'Userinfo', api]],
  ['hybrid-all', [answered, checked, fromBrowser, 'Userinfo', api, code, checked, 'Userinfo', api]],
  ['password', ['Your password is handed on', api]],
];

describe('the list', () => {
  it('has all of them, and each is tested below', async () => {
    await visit({}, async (page) => {
      await page.goto(grants);
      const names = await page.locator('.flow').evaluateAll((items) => items.map(({ id }: { id: string }) => id));
      expect(names).toEqual(table.map(([name]) => name));
    });
    expect(flows).toHaveLength(table.length);
  });

  it('has every grant type and response type that Contacts announces', async () => {
    const metadata = (await (await fetch(`${apps.contacts.url}/.well-known/openid-configuration`)).json()) as Record<string, string[]>;
    const sorted = (type = '') => type.split(' ').sort().join(' ');
    const asked = flows.map(({ ask }) => sorted(ask?.response_type));
    expect(metadata.response_types_supported?.filter((type) => !asked.includes(sorted(type)))).toEqual([]);
    const granted = ['authorization_code', 'refresh_token', 'implicit', ...flows.map(({ token }) => token?.grant_type)];
    expect(metadata.grant_types_supported?.filter((type) => !granted.includes(type))).toEqual([]);
  });
});

describe('running', () => {
  it.each(table)('%s leads to its result', async (name, expected) => {
    await visit({}, async (page) => {
      await run(page, name);
      const start = flows.find((flow) => flow.name === name)?.ask ? ['Metadata', 'Authorization request'] : ['Metadata'];
      const titles = (await page.locator('.step h3').allTextContents()).map((title) => title.replace(/^Step .: /, ''));
      expect(titles).toEqual([...start, ...expected]);
      expect(await page.locator('.failed, .problem').count()).toBe(0);
      const html = await page.content();
      expect(html).not.toMatch(/eyJ[\w-]{20,}/); // no token in full
      expect(html).not.toContain('wonderland');
    });
  });

  it.each(['form-post', 'id-token'])('%s works without JavaScript, too', async (name) => {
    await visit({ javaScriptEnabled: false }, async (page) => {
      await run(page, name, { press: 'Continue' });
      expect(await page.locator('.step.failed').count()).toBe(0);
    });
  });

  it('says why a fragment needs JavaScript', async () => {
    await visit({ javaScriptEnabled: false }, async (page) => {
      await page.goto(`${grants}/implicit`);
      await page.getByRole('button', { name: 'Run it' }).click();
      await walkTo(page.locator('noscript p'), alice);
      expect(await textAt(page, 'noscript')).toContain('please allow JavaScript');
    });
  });

  it('leaves no token in the history', async () => {
    await visit({}, async (page) => {
      await run(page, 'implicit');
      expect(page.url()).toBe(`${grants}/implicit`);
      await page.goBack();
      expect(page.url()).not.toContain('access_token');
      await page.waitForLoadState('networkidle');
      expect(await textAt(page, 'main')).not.toContain('fits nothing that was asked'); // nothing is handed in twice
    });
  });
});

describe('saying no', () => {
  it.each(['authorization-code', 'form-post', 'implicit'])('to %s is the end of it', async (name) => {
    await visit({}, async (page) => {
      await run(page, name, { user: bob, decision: 'Deny' });
      expect(await textAt(page, '.step.failed')).toMatch(/erroraccess_denied/);
      expect(await page.locator('.step').count()).toBe(3);
    });
  });
});

describe('an invitation', () => {
  it('opens the contacts of who made it, once', async () => {
    await visit({}, async (page) => {
      const invitation = await invite(page, bob);
      await redeem(page, invitation);
      expect(await textAt(page, '#C')).toContain('Tiny Tim');
      await redeem(page, invitation);
      expect(await textAt(page, '#B')).toMatch(/400 Bad Request[\s\S]*"error": "invalid_grant"[\s\S]*used before/);
      expect(await page.locator('.step').count()).toBe(2);
    });
  });

  it('needs the right password', async () => {
    const agent = new Agent(apps.contacts.url);
    const answer = await agent.post('/invitations', { username: 'bob', password: 'wonderland' });
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('do not match');
    expect((await agent.post('/invitations', {})).status).toBe(403);
  });
});

describe('a wrong password', () => {
  it('is refused, and shown nowhere', async () => {
    await visit({}, async (page) => {
      await page.goto(`${grants}/password`);
      await page.getByLabel('Username').fill('alice');
      await page.getByLabel('Password', { exact: true }).fill('looking-glass');
      await page.getByRole('button', { name: 'Run it' }).click();
      await page.locator('.step.failed').waitFor();
      expect(await textAt(page, '.step.failed')).toContain('invalid_grant');
      expect(await page.content()).not.toContain('looking-glass');
    });
  });
});

describe('what does not belong there', () => {
  it.each([
    ['GET', '/grants/callback?code=a&state=b'],
    ['POST', '/grants/callback'],
    ['POST', '/grants/callback/fragment'],
  ])('%s %s: an answer that nobody asked for', async (method, path) => {
    const agent = new Agent(apps.calendar.url);
    const answer = await (method === 'GET' ? agent.get(path) : agent.post(path, { code: 'a', state: 'b' }));
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('fits nothing that was asked');
  });

  it('an answer of another server', async () => {
    const agent = new Agent(apps.calendar.url);
    const asked = new URL((await agent.post('/grants/authorization-code', {})).headers.get('location') ?? '');
    const answer = new URLSearchParams({ code: 'a', state: asked.searchParams.get('state') ?? '', iss: 'http://localhost:1' });
    expect((await agent.get(`/grants/callback?${answer}`)).status).toBe(303);
    expect(await (await agent.get('/grants/authorization-code')).text()).toContain('The answer is not from Contacts.');
  });

  it.each(['/grants/implicit', '/grants/callback/fragment'])('another site that posts to %s', async (path) => {
    expect((await new Agent(apps.calendar.url).post(path, {}, { 'sec-fetch-site': 'same-site' })).status).toBe(403);
  });

  it.each(['GET', 'POST'])('a flow that there is not, by %s', async (method) => {
    const agent = new Agent(apps.calendar.url);
    expect((await (method === 'GET' ? agent.get('/grants/magic') : agent.post('/grants/magic', {}))).status).toBe(404);
  });
});

describe('the pages', () => {
  it.each([320, 390, 1280])('fit into a window %s pixels wide', async (width) => {
    await visit({ viewport: { width, height: 800 } }, async (page) => {
      await page.goto(grants);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      await run(page, 'hybrid-all');
      expect(await overflow(page)).toBeLessThanOrEqual(0);
    });
  });
});

interface RunOptions {
  readonly user?: typeof alice;
  readonly decision?: 'Allow' | 'Deny';
  /** A button on the way back, where no script presses it. */
  readonly press?: string;
}

/** From the button to the page with the result. */
async function run(page: Page, name: string, { user = alice, decision = 'Allow', press }: RunOptions = {}): Promise<void> {
  if (name === 'invitation') return redeem(page, await invite(page, user));
  await page.goto(`${grants}/${name}`);
  const result = page.getByRole('heading', { name: 'What happened' });
  if (name === 'password') {
    await page.getByLabel('Username').fill(user.username);
    await page.getByLabel('Password', { exact: true }).fill(user.password);
  }
  await page.getByRole('button', { name: 'Run it' }).click();
  if (name === 'password') return result.waitFor();
  const button = press === undefined ? undefined : page.getByRole('button', { name: press });
  await walkTo(button ?? result, user, decision);
  await button?.click();
  await result.waitFor();
}

/** A code from Contacts' start page. */
async function invite(page: Page, { username, password }: typeof alice): Promise<string> {
  await page.goto(apps.contacts.url);
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Make an invitation' }).click();
  return textAt(page, '.result code');
}

async function redeem(page: Page, invitation: string): Promise<void> {
  await page.goto(`${grants}/invitation`);
  await page.getByLabel('Invitation code').fill(invitation);
  const loaded = page.waitForEvent('load');
  await page.getByRole('button', { name: 'Run it' }).click();
  await loaded;
}
