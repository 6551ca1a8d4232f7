/** RFC 9728 (protected resource metadata): the document, where it is, and who is told of it. Different here: the hosts are on localhost. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import express from 'express';
import { protectApi } from '../../lib/protect-api.js';
import { type Origin, serve } from '../support/origin.js';
import { raw } from '../support/raw.js';
import { type TestServer, testServer } from '../support/server.js';

const contacts = { scopes: { 'read:contacts': 'See your contacts', 'create:contacts': 'Add contacts' } };
const wellKnown = '/.well-known/oauth-protected-resource';
const api = (scope: string, name?: string) => ({ scopes: { [scope]: 'Do it' }, ...(name !== undefined && { name }) });

async function get(url: string): Promise<{ status: number; resource: unknown }> {
  const answer = await fetch(url);
  const isJson = answer.headers.get('content-type')?.startsWith('application/json');
  return { status: answer.status, resource: isJson ? ((await answer.json()) as { resource?: string }).resource : undefined };
}

describe('section 3, beside the authorization server', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await testServer({
      optionsAt: (url) => ({
        apis: {
          [`${url}/resource1`]: { name: 'Resource 1', scopes: { 'read:one': 'See it' } },
          [`${url}/slash/`]: api('slash'),
          [`${url}/query`]: api('plain'),
          [`${url}/query?tenant=1`]: api('tenant1'),
          [`${url}/only?tenant=2`]: api('tenant2'),
          'https://api.example.com/elsewhere': contacts,
          'urn:example:api': api('urn'),
        },
      }),
    });
    server.app.get('/resource1', server.oauth.protect('read:one'), (_req, res) => void res.end());
    server.app.get('/query', server.oauth.protect('tenant1'), (_req, res) => void res.end());
  });

  afterAll(() => server.close());

  it('2: says what the API is, who issues its tokens, and how they are shown', async () => {
    const answer = await fetch(`${server.url}${wellKnown}/resource1`);
    expect(await answer.json()).toEqual({
      resource: `${server.url}/resource1`,
      authorization_servers: [server.url],
      scopes_supported: ['read:one'],
      bearer_methods_supported: ['header'],
      resource_name: 'Resource 1',
    });
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'public, max-age=300',
      'access-control-allow-origin': '*',
    });
  });

  it.each([
    ['/resource1', '/resource1'],
    ['/resource1?utm_source=x', '/resource1'],
    ['/slash/', '/slash/'],
    ['/slash', '/slash/'], // as some clients have it
    ['/query', '/query'],
    ['/query?tenant=1', '/query?tenant=1'],
    ['/query?tenant=3', '/query'],
    ['/only?tenant=2', '/only?tenant=2'],
  ])('3.1: is at %s', async (behind, resource) => {
    expect(await get(`${server.url}${wellKnown}${behind}`)).toEqual({ status: 200, resource: `${server.url}${resource}` });
  });

  it.each(['', '/', '/other', '/resource1/', '/resource1/x', '/RESOURCE1', '/elsewhere', '/only', '/only?tenant=3', '/constructor'])(
    '3.1: is not at %p',
    async (behind) => {
      expect((await get(`${server.url}${wellKnown}${behind}`)).status).toBe(404);
    },
  );

  it('3.3: is the same, whatever host the request names', async () => {
    const { body } = await raw(server.url, {
      path: `${wellKnown}/resource1`,
      headers: { Host: 'evil.example', 'X-Forwarded-Host': 'evil' },
    });
    expect(JSON.parse(body).resource).toBe(`${server.url}/resource1`);
  });

  it.each([
    ['/resource1', 'read:one', '/resource1'],
    ['/query', 'tenant1', '/query?tenant=1'],
  ])('5.1: is named in the challenge of %s', async (path, scope, behind) => {
    const challenge = (await fetch(`${server.url}${path}`)).headers.get('www-authenticate');
    const [, metadata = ''] = /resource_metadata="([^"]+)"/.exec(challenge ?? '') ?? [];
    expect(challenge).toBe(`Bearer realm="${server.url}", scope="${scope}", resource_metadata="${server.url}${wellKnown}${behind}"`);
    expect((await get(metadata)).resource).toBe(`${server.url}${behind}`);
  });

  it.each(['POST', 'DELETE'])('3.1: is asked for by GET, not %s', async (method) => {
    const { status, headers } = await raw(server.url, { method, path: `${wellKnown}/resource1` });
    expect([status, headers.get('allow')]).toEqual([405, 'GET']);
  });
});

describe('section 3.1, at the root', () => {
  it.each([
    ['is the only API at the origin', (url: string) => [`${url}/only`], '/only'],
    ['is the API that the origin is', (url: string) => [`${url}/`, `${url}/other`], '/'],
    ['is the API that the origin is, without a slash', (url: string) => [`${url}/other`, url], ''],
  ])('%s', async (_, identifiers, expected) => {
    const server = await testServer({
      optionsAt: (url) => {
        const here = identifiers(url).map((identifier, i) => [identifier, api(`scope${i}`)] as const);
        return { apis: { 'https://api.example.com/x': contacts, ...Object.fromEntries(here) } };
      },
    });
    const found = await get(`${server.url}${wellKnown}`);
    await server.close();
    expect(found).toEqual({ status: 200, resource: `${server.url}${expected}` });
  });
});

describe('an authorization server below a path or a prefix', () => {
  it('has the documents of its APIs by their own paths', async () => {
    const server = await testServer({ issuerPath: '/tenant', optionsAt: (url) => ({ apis: { [`${url}/api`]: contacts } }) });
    const found = await fetch(`${server.url}${wellKnown}/api`).then((answer) => answer.json());
    await server.close();
    expect(found).toMatchObject({ resource: `${server.url}/api`, authorization_servers: [`${server.url}/tenant`] });
  });

  it('has them by oauth.wellKnown', async () => {
    const server = await testServer({ prefix: '/auth', optionsAt: (url) => ({ apis: { [`${url}/api`]: contacts } }) });
    server.app.use(server.oauth.wellKnown('/auth'));
    const found = await get(`${server.url}${wellKnown}/api`);
    await server.close();
    expect(found).toEqual({ status: 200, resource: `${server.url}/api` });
  });
});

describe('section 3, on another machine', () => {
  const issuer = 'https://as.example.com';
  const protect = protectApi({
    issuer,
    audience: 'https://resource.example.com/resource1/?tenant=1',
    scopes: ['a', 'offline_access'],
    name: 'One',
  });
  let origin: Origin;

  beforeAll(async () => {
    const app = express();
    app.use(protect.metadata);
    app.get('/resource1', protect('a'), (_req, res) => void res.end());
    origin = await serve(app);
  });

  afterAll(() => origin.close());

  it('says the same, at the path of its identifier', async () => {
    const answer = await fetch(`${origin.url}${wellKnown}/resource1/?tenant=1`);
    expect([answer.headers.get('access-control-allow-origin'), answer.headers.get('cache-control')]).toEqual(['*', 'public, max-age=300']);
    expect(await answer.json()).toEqual({
      resource: 'https://resource.example.com/resource1/?tenant=1',
      authorization_servers: [issuer],
      scopes_supported: ['a'],
      bearer_methods_supported: ['header'],
      resource_name: 'One',
    });
  });

  it('names its address in the challenge, by the identifier rather than the host of the request', async () => {
    const challenge = (await fetch(`${origin.url}/resource1`)).headers.get('www-authenticate');
    expect(challenge).toBe(
      `Bearer realm="${issuer}", scope="a", resource_metadata="https://resource.example.com${wellKnown}/resource1/?tenant=1"`,
    );
  });

  it.each([
    ['GET', `${wellKnown}/resource1/`, 404],
    ['GET', wellKnown, 200], // where clients of MCP look last
    ['HEAD', `${wellKnown}/resource1/?tenant=1`, 200],
    ['OPTIONS', `${wellKnown}/resource1/?tenant=1`, 204],
    ['POST', `${wellKnown}/resource1/?tenant=1`, 405],
  ])('answers %s %s with %d', async (method, path, status) => {
    expect((await raw(origin.url, { method, path })).status).toBe(status);
  });

  it('knows no scopes that it was not told of, and no address of an API that has none', async () => {
    const unnamed = protectApi({ issuer, audience: 'urn:example:api' });
    const app = express().use(unnamed.metadata).get('/', unnamed('whatever'));
    const other = await serve(app);
    const challenge = (await fetch(other.url)).headers.get('www-authenticate');
    await other.close();
    expect(challenge).toBe(`Bearer realm="${issuer}", scope="whatever"`);
  });
});
