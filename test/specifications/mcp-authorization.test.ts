/**
 * MCP Authorization, revision 2026-07-28, as far as it speaks of authorization servers and of MCP servers; with what its client ID metadata
 * documents and RFC 9728 ask besides. What a client does in earnest is in test/real-clients.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import express, { type RequestHandler } from 'express';
import { decodeJwt } from 'jose';
import { protectApi } from '../../lib/index.js';
import { Agent } from '../support/agent.js';
import { withPage } from '../support/browser.js';
import { expresses } from '../support/host.js';
import { type Origin, serve } from '../support/origin.js';
import { authorizeUrl, form, freshCode, openConsent, pkce, type TestServer, testServer, token, walk } from '../support/server.js';

const redirect_uri = 'https://agent.example.com/callback';
const native = 'http://127.0.0.1/callback';
const scopes = { 'read:contacts': 'See your contacts', 'create:contacts': 'Add contacts' };
const tools = { add_contact: ['create:contacts'] };
const answer: RequestHandler = (req, res) => void res.json({ body: req.body, auth: req.auth });

let server: TestServer;
let remote: Origin;
let documents: Origin;
let mcp: string;
const document = () => `${documents.url}/agent.json`;

beforeAll(async () => {
  documents = await serve(
    express().get(
      '/agent.json',
      (_req, res) => void res.json({ client_id: document(), client_name: 'An agent', redirect_uris: [redirect_uri, native] }),
    ),
  );
  server = await testServer({
    optionsAt: (url) => ({
      apis: { [`${url}/mcp`]: { name: 'Contacts for agents', scopes, defaultScopes: ['read:contacts'] } },
      metadataDocuments: true,
      registration: true,
      outgoing: { allow: ['localhost'] },
    }),
  });
  mcp = `${server.url}/mcp`;
  server.app.use('/mcp', express.json(), server.oauth.mcp({ tools }));
  server.app.all('/mcp', answer);

  // The same API on another machine, under the same name: as behind one proxy.
  const protect = protectApi({ issuer: server.url, audience: mcp, scopes: Object.keys(scopes), name: 'Contacts for agents' });
  const other = express();
  other.use(protect.metadata);
  other.use('/mcp', express.json(), protect.mcp({ scopes: ['read:contacts'], tools }));
  other.all('/mcp', answer);
  remote = await serve(other);
});

afterAll(async () => {
  await Promise.all([server.close(), remote.close(), documents.close()]);
});

/** What a client sends its user to; the user is asked in any case. */
function asking(parameters: Readonly<Record<string, string | undefined>> = {}): string {
  return authorizeUrl(server.url, pkce().code_challenge, { client_id: document(), redirect_uri, prompt: 'consent', ...parameters });
}

async function register(metadata: Readonly<Record<string, unknown>> = {}): Promise<Record<string, unknown>> {
  const body = JSON.stringify({ redirect_uris: [redirect_uri], token_endpoint_auth_method: 'none', ...metadata });
  const answer = await fetch(`${server.url}/oauth/register`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
  return { status: answer.status, ...((await answer.json()) as object) };
}

/** Tokens for a client that came by document or by registration. */
async function connect(parameters: Readonly<Record<string, string | undefined>> = {}) {
  const client = { client_id: document(), redirect_uri, ...parameters };
  const { client_id, resource } = { resource: undefined, ...client };
  return token(server.url, { ...(await freshCode(server.url, client)), client_id, resource });
}

function call(url: string, access_token?: string, method = 'initialize', name?: string): Promise<Response> {
  const message = { jsonrpc: '2.0', id: 1, method, params: name === undefined ? {} : { name, arguments: {} } };
  return post(url, JSON.stringify(message), access_token);
}

function post(url: string, body: string, access_token?: string, type = 'application/json'): Promise<Response> {
  const headers = { 'Content-Type': type, ...(access_token !== undefined && { Authorization: `Bearer ${access_token}` }) };
  return fetch(url, { method: 'POST', headers, body });
}

async function get(url: string): Promise<Record<string, unknown>> {
  return (await (await fetch(url)).json()) as Record<string, unknown>;
}

const challengeOf = (answer: Response) => answer.headers.get('www-authenticate') ?? '';
const places = () => [mcp, `${remote.url}/mcp`];

describe('the authorization server', () => {
  it.each(['oauth-authorization-server', 'openid-configuration'])(
    'D02, D04, D06, D07, D12 says in %s what clients look for',
    async (name) => {
      expect(await get(`${server.url}/.well-known/${name}`)).toMatchObject({
        issuer: server.url,
        client_id_metadata_document_supported: true,
        token_endpoint_auth_methods_supported: expect.arrayContaining(['none']),
        code_challenge_methods_supported: ['S256'],
        authorization_response_iss_parameter_supported: true,
        registration_endpoint: `${server.url}/oauth/register`,
        scopes_supported: expect.arrayContaining(['offline_access']),
        grant_types_supported: expect.arrayContaining(['authorization_code', 'refresh_token']),
      });
    },
  );

  it('D04, D05 answers in all places where the issuer has a path, with the issuer byte for byte', async () => {
    const tenant = await testServer({ issuerPath: '/tenant' });
    const places = [
      '/.well-known/oauth-authorization-server/tenant',
      '/.well-known/openid-configuration/tenant',
      '/tenant/.well-known/openid-configuration',
      '/tenant/.well-known/oauth-authorization-server',
    ];
    const issuers = await Promise.all(places.map(async (place) => (await get(`${tenant.url}${place}`)).issuer));
    await tenant.close();
    expect(issuers).toEqual(places.map(() => `${tenant.url}/tenant`));
  });

  it('D01 has public and confidential clients, by PKCE both', async () => {
    const confidential = await register({ token_endpoint_auth_method: 'client_secret_post' });
    const { client_id, client_secret } = confidential as Record<string, string>;
    const { body } = await token(server.url, { ...(await freshCode(server.url, { client_id, redirect_uri })), client_id, client_secret });
    expect((await call(mcp, body.access_token)).status).toBe(200);
    const without = form({ client_id, redirect_uri, response_type: 'code', scope: 'read:contacts' });
    expect(await (await new Agent(server.url).get(`/oauth/authorize?${without}`)).text()).toContain('code_challenge');
  });

  it.each([
    ['D02 by document', () => document()],
    ['D03 by registration', async () => (await register()).client_id as string],
  ])('%s knows who was never heard of, and tells its name to nobody but the user', async (_, clientId) => {
    const client_id = await clientId();
    const { status, body } = await connect({ client_id, resource: mcp });
    expect(status).toBe(200);
    expect(decodeJwt(body.access_token as string)).toMatchObject({ aud: mcp, client_id, scope: 'read:contacts' });
  });

  it('D07 names itself in the answer', async () => {
    const callback = await walk(new Agent(server.url), asking());
    expect([callback.searchParams.has('code'), callback.searchParams.get('iss')]).toEqual([true, server.url]);
  });

  it('D07 names itself in an error', async () => {
    const agent = new Agent(server.url);
    const { ticket, _csrf } = await openConsent(agent, undefined, asking());
    const denied = await agent.post('/oauth/consent', { ticket, _csrf, decision: 'deny' });
    const { searchParams } = new URL(denied.headers.get('location') as string);
    expect([searchParams.get('error'), searchParams.get('iss')]).toEqual(['access_denied', server.url]);
  });

  it('D12 gives a refresh token to who has registered for it, also without offline_access', async () => {
    const { body } = await connect({ scope: 'read:contacts' });
    expect(body.refresh_token).toBeDefined();
    const { client_id } = (await register({ grant_types: ['authorization_code'] })) as { client_id: string };
    expect((await connect({ client_id })).body.refresh_token).toBeUndefined();
  });

  it('D13 shows the host of the client’s document, where the answer goes, and a warning if that is this device', async () => {
    const html = async (parameters = {}) => (await openConsent(new Agent(server.url), undefined, asking(parameters))).html;
    const page = await html();
    expect(page).toContain(new URL(document()).host);
    expect(page).toContain('agent.example.com');
    expect(page).not.toContain('id="loopback"');
    expect(await html({ redirect_uri: native })).toContain('id="loopback"');
  });

  it('D16 gives out no identifier that could be the URL of a document', async () => {
    const ids = await Promise.all([register(), register({ token_endpoint_auth_method: 'client_secret_basic' })]);
    for (const { client_id } of ids) expect(client_id).toMatch(/^(app|client)~/);
  });

  describe('D17 resource', () => {
    it.each([
      ['as it is', () => mcp],
      ['with a slash that users type behind it', () => `${mcp}/`],
      ['left out, as clients of old do', () => undefined],
    ])('%s: the token is for the MCP server, by its own spelling', async (_, resource) => {
      const { body } = await connect({ resource: resource() });
      expect(decodeJwt(body.access_token as string).aud).toBe(mcp);
      expect((await call(mcp, body.access_token)).status).toBe(200);
    });

    it('that nobody knows is refused', async () => {
      const start = authorizeUrl(server.url, pkce().code_challenge, {
        client_id: document(),
        redirect_uri,
        resource: 'https://other.example.com/mcp',
      });
      expect(await (await new Agent(server.url).get(start)).text()).toContain('invalid_target');
    });
  });

  it.each([
    ['unknown scopes among known ones', 'read:contacts mcp:everything', 'read:contacts'],
    ['nothing but unknown scopes', 'mcp:everything', 'read:contacts'],
    ['an empty scope', '', 'read:contacts'],
    ['a scope that begins with a space', ' read:contacts', 'read:contacts'],
    [
      'all that the metadata names',
      'openid offline_access read:contacts create:contacts',
      'openid offline_access read:contacts create:contacts',
    ],
  ])('gives a client that asks for %s what there is, and says so', async (_, scope, granted) => {
    const { body } = await connect({ scope, prompt: 'consent' });
    expect(body.scope?.split(' ').sort()).toEqual(granted.split(' ').sort());
  });

  it('lets a client that registered for the scope of its first challenge come back for more', async () => {
    const { client_id, scope } = (await register({ scope: 'read:contacts' })) as Record<string, string>;
    expect(scope).toBe('read:contacts');
    expect((await connect({ client_id, scope: undefined })).body.scope).toBe('read:contacts');
    expect((await connect({ client_id, scope: 'read:contacts create:contacts' })).body.scope).toBe('read:contacts create:contacts');
  });

  it('tells a client that it does not know any more, so that it registers again', async () => {
    const { status, body } = await token(server.url, { grant_type: 'refresh_token', refresh_token: 'one of old', client_id: 'app~gone' });
    expect([status, body.error]).toEqual([401, 'invalid_client']);
  });

  it('serves clients of 2025-03-26, which find no protected resource metadata: by its metadata at the root, or by fixed names with basePath ""', async () => {
    const plain = await testServer({ options: { basePath: '', registration: true } });
    const metadata = await get(`${plain.url}/.well-known/oauth-authorization-server`);
    await plain.close();
    const { authorization_endpoint, token_endpoint, registration_endpoint } = metadata;
    expect([authorization_endpoint, token_endpoint, registration_endpoint]).toEqual(
      ['authorize', 'token', 'register'].map((name) => `${plain.url}/${name}`),
    );
  });
});

describe('the MCP server, beside the authorization server and on another machine,', () => {
  it.each(['/.well-known/oauth-protected-resource/mcp', '/.well-known/oauth-protected-resource'])(
    'D08, D12 says at %s who gives out tokens, and nothing of offline_access',
    async (path) => {
      for (const { origin } of places().map((place) => new URL(place))) {
        expect(await get(`${origin}${path}`)).toEqual({
          resource: mcp,
          resource_name: 'Contacts for agents',
          authorization_servers: [server.url],
          scopes_supported: ['read:contacts', 'create:contacts'],
          bearer_methods_supported: ['header'],
        });
      }
    },
  );

  it('D09 asks for a token, and says where and for what', async () => {
    for (const place of places()) {
      const refusal = await call(place);
      expect(refusal.status).toBe(401);
      expect(challengeOf(refusal)).toBe(
        `Bearer realm="${server.url}", scope="read:contacts", resource_metadata="${server.url}/.well-known/oauth-protected-resource/mcp"`,
      );
    }
  });

  it.each(['GET', 'DELETE'])('D09 asks for a token at %s, too', async (method) => {
    for (const place of places()) expect((await fetch(place, { method })).status).toBe(401);
  });

  it('D09 asks for all scopes of the operation at once, when a tool needs more', async () => {
    const { body } = await connect({ scope: 'read:contacts' });
    for (const place of places()) {
      expect((await call(place, body.access_token, 'tools/call', 'list_contacts')).status).toBe(200);
      const refusal = await call(place, body.access_token, 'tools/call', 'add_contact');
      expect(refusal.status).toBe(403);
      expect(challengeOf(refusal)).toMatch(
        /^Bearer error="insufficient_scope", .*scope="read:contacts create:contacts", resource_metadata="/,
      );
    }
  });

  it('D09 lets the tool be called when the user has agreed to more', async () => {
    const { body } = await connect({ scope: 'read:contacts create:contacts' });
    for (const place of places()) expect((await call(place, body.access_token, 'tools/call', 'add_contact')).status).toBe(200);
  });

  it('hands the SDK what it knows of the caller', async () => {
    const { body } = await connect();
    for (const place of places()) {
      const { auth } = (await (await call(place, body.access_token)).json()) as { auth: Record<string, unknown> };
      expect(auth).toMatchObject({
        token: body.access_token,
        clientId: document(),
        scopes: ['read:contacts'],
        expiresAt: expect.any(Number),
        resource: mcp,
        extra: { sub: 'alice' },
      });
    }
  });

  it('D10 takes no token that is for somebody else', async () => {
    const forUserinfo = await connect({ scope: 'openid' });
    for (const place of places()) {
      const refusal = await call(place, forUserinfo.body.access_token);
      expect([refusal.status, challengeOf(refusal)]).toEqual([401, expect.stringContaining('error="invalid_token"')]);
    }
  });

  it('D10 takes a token from the header alone', async () => {
    const { body } = await connect();
    for (const place of places()) expect((await call(`${place}?access_token=${body.access_token}`)).status).toBe(401);
  });
});

describe('a client in a browser, of any origin,', () => {
  const origin = 'http://localhost:6274';
  const asked = 'authorization,content-type,last-event-id,mcp-method,mcp-name,mcp-param-region,mcp-protocol-version,mcp-session-id';

  it.each(['POST', 'GET', 'DELETE'])('D09 may send %s with the headers of MCP', async (method) => {
    for (const place of places()) {
      const preflight = await fetch(place, {
        method: 'OPTIONS',
        headers: { Origin: origin, 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': asked },
      });
      expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*']);
      expect(listed(preflight, 'methods')).toContain(method.toLowerCase());
      expect(listed(preflight, 'headers')).toEqual(expect.arrayContaining(asked.split(',')));
      expect(preflight.headers.get('access-control-allow-credentials')).toBeNull();
    }
  });

  it('may send them also where the host has not been asked which', async () => {
    const preflight = await fetch(mcp, { method: 'OPTIONS' });
    const named = ['authorization', 'content-type', 'mcp-protocol-version', 'mcp-session-id', 'last-event-id'];
    expect(listed(preflight, 'headers')).toEqual(expect.arrayContaining(named));
  });

  it('D09 may read the answer, its session, and each challenge', async () => {
    const { body } = await connect();
    for (const place of places()) {
      const answers = await Promise.all([
        call(place),
        call(place, body.access_token),
        call(place, body.access_token, 'tools/call', 'add_contact'),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([401, 200, 403]);
      for (const answer of answers) {
        expect(answer.headers.get('access-control-allow-origin')).toBe('*');
        expect(answer.headers.get('access-control-expose-headers')).toMatch(/^WWW-Authenticate, Mcp-Session-Id$/);
      }
    }
  });

  it.each(['/.well-known/oauth-protected-resource/mcp', '/.well-known/oauth-authorization-server', '/oauth/register', '/oauth/token'])(
    'may ask at %s',
    async (path) => {
      const preflight = await fetch(`${server.url}${path}`, {
        method: 'OPTIONS',
        headers: {
          Origin: origin,
          'Access-Control-Request-Method': 'POST',
          'Access-Control-Request-Headers': 'content-type,mcp-protocol-version',
        },
      });
      expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*']);
      expect(listed(preflight, 'headers')).toEqual(expect.arrayContaining(['content-type', 'mcp-protocol-version']));
    },
  );

  it('gets all the way in Chromium: it may send what it must, and read what it needs', async () => {
    const { body } = await connect({ scope: 'read:contacts' });
    const page = await serve(express().get('/', (_req, res) => void res.send('<h1>A client in a page</h1>')));
    const script = `Promise.all([undefined, 'list_contacts', 'add_contact'].map(async (name) => {
      const headers = { 'Content-Type': 'application/json', 'MCP-Protocol-Version': '2025-11-25', 'Mcp-Session-Id': 'one', 'Last-Event-ID': '1' };
      if (name) headers.Authorization = 'Bearer ${body.access_token}';
      const answer = await fetch('${mcp}', { method: 'POST', headers, body: JSON.stringify({ method: 'tools/call', params: { name } }) });
      const { resource } = await (await fetch('${server.url}/.well-known/oauth-protected-resource/mcp', { headers: { 'MCP-Protocol-Version': '2025-11-25' } })).json();
      return [answer.status, answer.headers.get('www-authenticate')?.includes('resource_metadata'), resource];
    }))`;
    const seen = await withPage({}, async (tab) => {
      await tab.goto(page.url);
      return tab.evaluate(script);
    });
    await page.close();
    expect(seen).toEqual([
      [401, true, mcp],
      [200, undefined, mcp],
      [403, true, mcp],
    ]);
  });

  it('is kept out where the host says so', async () => {
    const app = express();
    app.use('/mcp', (_req, res, next) => {
      res.set({
        'Access-Control-Allow-Origin': 'https://inspector.example.com',
        'Access-Control-Expose-Headers': 'X-Mine, www-authenticate',
      });
      next();
    });
    app.use('/mcp', server.oauth.mcp());
    const host = await serve(app);
    const { headers } = await call(`${host.url}/mcp`);
    await host.close();
    expect(headers.get('access-control-allow-origin')).toBe('https://inspector.example.com');
    expect(headers.get('access-control-expose-headers')).toBe('X-Mine, www-authenticate, Mcp-Session-Id');
  });

  function listed(answer: Response, what: 'methods' | 'headers'): string[] {
    return (answer.headers.get(`access-control-allow-${what}`) ?? '').split(/, */).map((name) => name.toLowerCase());
  }
});

describe('who may not call a tool', () => {
  const calling = (name: string) => ({ jsonrpc: '2.0', id: randomUUID(), method: 'tools/call', params: { name } });

  it.each([
    ['in a batch behind one that it may call', [calling('list_contacts'), calling('add_contact')]],
    ['twice in a batch', [calling('add_contact'), calling('add_contact')]],
    ['by a notification', { jsonrpc: '2.0', method: 'tools/call', params: { name: 'add_contact' } }],
  ])('cannot hide it %s', async (_, message) => {
    const { body } = await connect({ scope: 'read:contacts' });
    for (const place of places()) expect((await post(place, JSON.stringify(message), body.access_token)).status).toBe(403);
  });

  it.each(['text/plain', 'application/json5', 'multipart/form-data', ''])('cannot hide it in a body of the type "%s"', async (type) => {
    const { body } = await connect({ scope: 'read:contacts' });
    const message = JSON.stringify(calling('add_contact'));
    for (const place of places()) expect((await post(place, message, body.access_token, type)).status).toBe(415);
    expect((await post(mcp, message, undefined, type)).status).toBe(401);
  });

  it.each([4, 5] as const)('cannot do so on Express %s because the host has forgotten the parser; the host is told', async (version) => {
    const app = expresses[version]();
    const errors: unknown[] = [];
    app.use('/mcp', server.oauth.mcp({ tools }), answer);
    app.use(((error, _req, res, _next) => {
      errors.push(error);
      res.status(500).end();
    }) as express.ErrorRequestHandler);
    const host = await serve(app);
    const { body } = await connect();
    expect((await call(`${host.url}/mcp`, body.access_token)).status).toBe(500);
    expect((await call(`${host.url}/mcp`)).status).toBe(401);
    await host.close();
    expect(errors).toEqual([expect.objectContaining({ message: expect.stringContaining('express.json()') })]);
  });

  it.each([
    ['constructor', {}],
    ['__proto__', {}],
    [undefined, { name: ['add_contact'] }],
  ])('is not confused by a tool named %s', async (name, params) => {
    const { body } = await connect();
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, ...params } };
    expect((await post(mcp, JSON.stringify(message), body.access_token)).status).toBe(200); // the transport says what is wrong
  });
});

describe('mcp(…), as the host writes it,', () => {
  it.each([
    ['a slip in an option', { toools: {} }, /mcp\(\{ toools \}\).*Did you mean `tools`\?/],
    ['tools that are a list', { tools: ['add_contact'] }, /mcp\(\{ tools \}\)/],
    ['a scope that is a string', { tools: { add_contact: 'create:contacts' } }, /mcp\(\{ tools \}\)/],
    ['a scope that no API has', { tools: { add_contact: ['create:contact'] } }, /Did you mean `create:contacts`\?/],
    ['an API that is not there', { audience: 'https://app.example.com/mpc' }, /There is no API/],
  ])('is told at once of %s', (_, requirements, message) => {
    expect(() => server.oauth.mcp(requirements as object)).toThrow(message);
  });

  it('needs no audience where the scopes of the tools tell', async () => {
    const two = await testServer({
      optionsAt: (url) => ({ apis: { [`${url}/mcp`]: { scopes: { 'use:tools': 'Use the tools' } }, [`${url}/api`]: { scopes } } }),
    });
    two.app.use('/mcp', express.json(), two.oauth.mcp({ tools: { any: ['use:tools'] } }));
    const refusal = await call(`${two.url}/mcp`);
    await two.close();
    expect(challengeOf(refusal)).toContain(`resource_metadata="${two.url}/.well-known/oauth-protected-resource/mcp"`);
  });
});

// Last, since it moves the clock on.
it('D11 gives a public client short access tokens, and a new refresh token each time, the old of which then ends it all', async () => {
  const { body } = await connect();
  expect(Number(body.expires_in)).toBeLessThanOrEqual(600);
  const refresh = (refresh_token: string | undefined) =>
    token(server.url, { grant_type: 'refresh_token', refresh_token, client_id: document() });
  const second = await refresh(body.refresh_token);
  expect(second.body.refresh_token).not.toBe(body.refresh_token);
  server.sleep(31);
  expect((await refresh(body.refresh_token)).body.error).toBe('invalid_grant');
  expect((await refresh(second.body.refresh_token)).body.error).toBe('invalid_grant');
});
