/** Contacts: its API, and its users. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { authenticate } from '../../example-app/contacts/users.js';
import { Agent } from '../support/agent.js';
import { form, pkce, walk } from '../support/server.js';
import { alice, startApps } from './apps.js';

let apps: Awaited<ReturnType<typeof startApps>>;

beforeAll(async () => {
  apps = await startApps();
});

afterAll(() => apps.close());

describe('the API', () => {
  it('is closed without a token', async () => {
    const { status, headers } = await fetch(`${apps.contacts.url}/api/contacts`);
    expect([status, headers.get('www-authenticate')]).toEqual([401, expect.stringMatching(/^Bearer(?!.*error)/)]);
  });

  it.each([
    ['POST', '/api/contacts'],
    ['DELETE', '/api/contacts/c-1'],
  ])('does not let a token for reading %s', async (method, path) => {
    const call = await client('read:contacts');
    expect((await call(method, path)).status).toBe(403);
  });

  it('adds, lists and deletes', async () => {
    const call = await client('read:contacts create:contacts delete:contacts');
    const added = await call('POST', '/api/contacts', { name: 'The Walrus', birthday: '1871-12-27' });
    expect(added.status).toBe(201);
    const contact = (await added.json()) as { id: string };
    const listed = await (await call('GET', '/api/contacts')).json();
    expect(listed).toEqual({ contacts: expect.arrayContaining([contact]) });
    expect((await call('DELETE', `/api/contacts/${contact.id}`)).status).toBe(204);
    expect((await call('DELETE', `/api/contacts/${contact.id}`)).status).toBe(404);
  });

  it.each([[{}], [{ name: '' }], [{ name: 5 }], [{ name: 'Dinah', birthday: 'in spring' }], [{ name: 'Dinah', email: '' }], [[]]])(
    'takes no contact like %j',
    async (contact) => {
      const call = await client('create:contacts');
      expect((await call('POST', '/api/contacts', contact)).status).toBe(400);
    },
  );

  it('may be called from pages of other origins', async () => {
    const { status, headers } = await fetch(`${apps.contacts.url}/api/contacts`, { method: 'OPTIONS' });
    expect([status, headers.get('access-control-allow-origin')]).toEqual([204, '*']);
    expect(headers.get('access-control-allow-headers')).toContain('Authorization');
  });

  it('does not let a token for contacts see the statistics', async () => {
    const call = await client('read:contacts');
    expect((await call('GET', '/api/statistics')).status).toBe(401);
  });

  it('answers in JSON to what is none', async () => {
    const call = await client('create:contacts');
    const answer = await call('POST', '/api/contacts', '{');
    expect([answer.status, await answer.json()]).toEqual([400, { error: expect.any(String) }]);
  });
});

describe('the scope of the machine', () => {
  it('is for no other client', async () => {
    const asked = form({
      client_id: 'calendar',
      response_type: 'code',
      redirect_uri: 'http://localhost/callback',
      scope: 'read:statistics',
    });
    const answer = await new Agent(apps.contacts.url).get(`/oauth/authorize?${asked}`);
    expect(answer.headers.get('location')).toContain('error=invalid_scope');
  });

  it('is of no use to an app that has registered itself, whatever its user allows', async () => {
    const call = await client('read:statistics', await register());
    expect((await call('GET', '/api/statistics')).status).toBe(403);
  });
});

describe('the MCP server', () => {
  const message = (method: string, params = {}) => ({ jsonrpc: '2.0', id: 1, method, params });

  it('is closed without a token, and says how to get one', async () => {
    const { url } = apps.contacts;
    const { status, headers } = await fetch(`${url}/mcp`, { method: 'POST', body: '{}' });
    expect([status, headers.get('www-authenticate')]).toEqual([
      401,
      `Bearer realm="${url}", scope="read:contacts", resource_metadata="${url}/.well-known/oauth-protected-resource/mcp"`,
    ]);
  });

  it('does not take a token that is for the API, nor the API one that is for it', async () => {
    const { url } = apps.contacts;
    const app = await register();
    const [ofApi, ofMcp] = [await client('read:contacts', app), await client('read:contacts', { ...app, resource: `${url}/mcp` })];
    const statuses = async (call: typeof ofApi) =>
      [await call('POST', '/mcp', message('tools/list')), await call('GET', '/api/contacts')].map(({ status }) => status);
    expect(await statuses(ofApi)).toEqual([401, 200]);
    expect((await statuses(ofMcp))[1]).toBe(401);
  });

  it('adds no contact by a token for reading', async () => {
    const call = await client('read:contacts', { ...(await register()), resource: `${apps.contacts.url}/mcp` });
    const { status, headers } = await call('POST', '/mcp', message('tools/call', { name: 'add_contact', arguments: { name: 'A friend' } }));
    expect([status, headers.get('www-authenticate')]).toEqual([403, expect.stringContaining('scope="read:contacts create:contacts"')]);
  });
});

describe('the users', () => {
  it('sign in with their password', async () => {
    expect(await authenticate(alice)).toMatchObject({ id: 'u-1001', name: 'Alice Liddell' });
  });

  it.each([
    { username: 'alice', password: 'christmas' },
    { username: 'alice', password: '' },
    { username: 'nobody', password: 'wonderland' },
    { username: '', password: '' },
  ])('do not with $username / $password', async (credentials) => {
    expect(await authenticate(credentials)).toBeNull();
  });
});

/** An app that nobody knows. */
async function register(): Promise<App> {
  const answer = await fetch(`${apps.contacts.url}/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ redirect_uris: ['http://localhost/callback'], token_endpoint_auth_method: 'none' }),
  });
  const { client_id } = (await answer.json()) as { client_id: string };
  return { client_id };
}

interface App {
  readonly client_id: string;
  readonly client_secret?: string;
  readonly resource?: string;
}

const calendar: App = { client_id: 'calendar', client_secret: 'a secret that Contacts and Calendar share' };

/** Calls the API, for alice, with a token for these scopes; as Calendar, unless it is said as whom. */
async function client(scope: string, { client_id, client_secret, resource }: App = calendar) {
  const { url } = apps.contacts;
  const { code_verifier, code_challenge } = pkce();
  const redirect_uri = 'http://localhost/callback';
  const request = { client_id, response_type: 'code', redirect_uri, scope, resource, code_challenge, code_challenge_method: 'S256' };
  const asked = form(request);
  const callback = await walk(new Agent(url), `${url}/oauth/authorize?${asked}`, alice);
  const answer = await fetch(`${url}/oauth/token`, {
    method: 'POST',
    body: form({
      grant_type: 'authorization_code',
      client_id,
      client_secret,
      code: callback.searchParams.get('code') ?? '',
      redirect_uri,
      code_verifier,
    }),
  });
  const { access_token } = (await answer.json()) as { access_token: string };
  return (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
}
