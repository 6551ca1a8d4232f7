/** Clients whose identifier is the URL of a document, with a host that is good, bad, or down. draft-ietf-oauth-client-id-metadata-document-02. */
import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import * as openid from 'openid-client';
import { Agent } from '../support/agent.js';
import { asParameters, makeAssertion } from '../support/assertion.js';
import { callback, type DocumentHost, documentHost } from '../support/document-host.js';
import { record } from '../support/events.js';
import { api, authorizeUrl, freshCode, openConsent, pkce, type TestServer, testServer, token, walk } from '../support/server.js';

let host: DocumentHost;
let server: TestServer;
const others: TestServer[] = [];

beforeAll(async () => {
  host = await documentHost();
  server = await testServer({ options: { ...host.options, development: true } });
});

afterEach(async () => {
  for (const other of others.splice(0)) await other.close();
});

afterAll(async () => {
  await server.close();
  await host.close();
});

/** Where time stands still. */
async function another(options: Parameters<typeof testServer>[0] = {}): Promise<TestServer> {
  const other = await testServer({ ...options, options: { ...host.options, ...options.options } });
  others.push(other);
  return other;
}

const startOf = (client_id: string, parameters: Readonly<Record<string, string | undefined>> = {}) =>
  authorizeUrl('', pkce().code_challenge, { client_id, redirect_uri: callback, ...parameters });

function ask({ url }: TestServer, client_id: string, parameters = {}): Promise<Response> {
  return new Agent(url).get(startOf(client_id, parameters));
}

/** Whether the client is known, and the user is asked to sign in. */
async function isKnown(to: TestServer, client_id: string): Promise<boolean> {
  return (await (await ask(to, client_id)).text()).includes('name="password"');
}

/** How often the host was asked for this. */
const requestsFor = (client_id: string) => host.seen.filter((path) => host.url + path === client_id).length;

async function keyPair(): Promise<{ key: Parameters<typeof makeAssertion>[0]['key']; jwk: JWK; privateJwk: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  return { key: privateKey, jwk: { ...(await exportJWK(publicKey)), kid: '1' }, privateJwk: await exportJWK(privateKey) };
}

describe('a client with a metadata document', () => {
  it('finds that it may come, and how', async () => {
    const metadata = (await (await fetch(`${server.url}/.well-known/oauth-authorization-server`)).json()) as Record<string, string[]>;
    expect(metadata.client_id_metadata_document_supported).toBe(true);
    expect(metadata.token_endpoint_auth_methods_supported).toEqual(expect.arrayContaining(['none', 'private_key_jwt']));
  });

  it('gets tokens, and refreshes them', async () => {
    const client_id = host.document('/flow.json');
    const { status, body } = await token(server.url, {
      ...(await freshCode(server.url, { client_id, redirect_uri: callback })),
      client_id,
    });
    expect({ status, scope: body.scope }).toEqual({ status: 200, scope: 'read:contacts' });
    const refreshed = await token(server.url, { grant_type: 'refresh_token', refresh_token: body.refresh_token, client_id });
    expect(refreshed.status).toBe(200);
  });

  it('gets tokens by openid-client, which knows nothing of documents', async () => {
    const client_id = host.document('/openid-client.json');
    const options = { algorithm: 'oauth2' as const, execute: [openid.allowInsecureRequests] };
    const config = await openid.discovery(new URL(server.url), client_id, undefined, openid.None(), options);
    const pkceCodeVerifier = openid.randomPKCECodeVerifier();
    const code_challenge = await openid.calculatePKCECodeChallenge(pkceCodeVerifier);
    const start = openid.buildAuthorizationUrl(config, {
      redirect_uri: callback,
      scope: 'read:contacts',
      code_challenge,
      code_challenge_method: 'S256',
    });
    const currentUrl = await walk(new Agent(server.url), start.href);
    const { access_token } = await openid.authorizationCodeGrant(config, currentUrl, { pkceCodeVerifier });
    const answer = await openid.fetchProtectedResource(config, access_token, new URL(`${server.url}/api/contacts`), 'GET');
    expect(await answer.json()).toMatchObject({ sub: 'alice', clientId: client_id });
  });

  it('proves who it is by a key of its jwks_uri, and nobody else can', async () => {
    const [{ key, jwk }, stranger] = [await keyPair(), await keyPair()];
    const jwks_uri = host.publish('/keys.json', { keys: [jwk] });
    const client_id = host.document('/confidential.json', { token_endpoint_auth_method: 'private_key_jwt', jwks_uri });
    const sign = async (by: typeof key) =>
      asParameters(await makeAssertion({ client_id, issuer: server.url, key: by, alg: 'ES256', now: server.now(), header: { kid: '1' } }));
    const code = await freshCode(server.url, { client_id, redirect_uri: callback });
    const refused = [
      await token(server.url, { ...code, client_id }),
      await token(server.url, { ...code, client_id, ...(await sign(stranger.key)) }),
    ];
    expect(refused.map(({ status, body }) => [status, body.error])).toEqual(Array(2).fill([401, 'invalid_client']));
    expect((await token(server.url, { ...code, client_id, ...(await sign(key)) })).status).toBe(200);
  });

  it('may listen at any port of the device', async () => {
    const client_id = host.document('/native.json', { redirect_uris: ['http://127.0.0.1/callback'] });
    const { html } = await openConsent(
      new Agent(server.url),
      undefined,
      startOf(client_id, { redirect_uri: 'http://127.0.0.1:51004/callback' }),
    );
    expect(html).toContain('a program on this device');
    expect(html).toContain('127.0.0.1:51004');
  });

  it('gets those of the scopes that there are', async () => {
    const client_id = host.document('/scopes.json', { scope: 'read:contacts mcp:tools' });
    const code = await freshCode(server.url, { client_id, redirect_uri: callback, scope: ' read:contacts create:contacts mcp:tools' });
    expect((await token(server.url, { ...code, client_id })).body.scope).toBe('read:contacts create:contacts');
  });

  it('may not use a machine’s grant', async () => {
    const { key, jwk } = await keyPair();
    const grant_types = ['authorization_code', 'client_credentials', 'password', 'implicit'];
    const client_id = host.document('/machine.json', { grant_types, token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] } });
    const assertion = asParameters(await makeAssertion({ client_id, issuer: server.url, key, alg: 'ES256', now: server.now() }));
    const { body } = await token(server.url, { grant_type: 'client_credentials', client_id, ...assertion });
    expect(body.error).toBe('unauthorized_client');
  });

  it('is never the host’s own, whatever it says, and is shown by its host', async () => {
    const client_id = host.document('/impostor.json', {
      client_name: 'Contacts itself',
      firstParty: true,
      pkce: false,
      source: 'host',
      introspects: [api],
    });
    const { html } = await openConsent(new Agent(server.url), undefined, startOf(client_id));
    expect(html).toContain('does not know this app');
    expect(html).toMatch(new RegExp(`Unverified app from <bdi[^>]*>${new URL(host.url).host}</bdi>`));
    expect(html).toMatch(/You will be sent to <bdi[^>]*>agent\.example<\/bdi>/);
    const without = await ask(server, client_id, { code_challenge: undefined, code_challenge_method: undefined });
    expect(await without.text()).toContain('code_challenge');
  });

  it('is unknown where documents are not asked for, and its host is not asked', async () => {
    const client_id = host.document('/off.json');
    const off = await another({ options: { metadataDocuments: false } });
    expect(await isKnown(off, client_id)).toBe(false);
    expect(requestsFor(client_id)).toBe(0);
  });

  it('is led back with no error by itself, but for a button', async () => {
    const answer = await ask(server, host.document('/error.json'), { response_type: 'nonsense' });
    expect({ status: answer.status, location: answer.headers.get('location') }).toEqual({ status: 400, location: null });
    expect(await answer.text()).toContain(`href="${callback}?error=unsupported_response_type`);
  });

  it('is answered at once where no page may be shown', async () => {
    const answer = await ask(server, host.document('/silent.json'), { prompt: 'none' });
    expect(answer.headers.get('location')).toContain(`${callback}?error=login_required`);
  });

  it.each([['/somewhere'], ['http://evil.example/callback'], ['https://agent.example/callback/']])(
    'sends nobody to where its document does not: %s',
    async (redirect_uri) => {
      const answer = await ask(server, host.document('/elsewhere.json'), { redirect_uri, prompt: 'none' });
      expect({ status: answer.status, location: answer.headers.get('location') }).toEqual({ status: 400, location: null });
    },
  );
});

describe('a document that has changed', () => {
  const page = (agent: Agent, client_id: string, more = {}) => agent.get(startOf(client_id, more));

  /** A server where alice has agreed, and has her browser open; the document is read anew at each visit. */
  async function agreed(path: string, members = {}) {
    const to = await another();
    const agent = new Agent(to.url);
    const client_id = host.document(path, members);
    await walk(agent, startOf(client_id));
    const change = (changed: object) => {
      host.document(path, { ...members, ...changed });
      to.sleep(601);
    };
    return { to, agent, client_id, change };
  }

  it('does not ask again for what was agreed to, as long as it says the same', async () => {
    const { agent, client_id, change } = await agreed('/same.json', { redirect_uris: [callback, 'https://agent.example/other'] });
    change({ client_name: 'A new name', redirect_uris: ['https://agent.example/other', callback], scope: 'read:contacts' });
    expect((await page(agent, client_id)).headers.get('location')).toContain(`${callback}?code=`);
  });

  it.each<[string, object]>([
    ['another redirect URI', { redirect_uris: [callback, 'https://evil.example/callback'] }],
    ['another jwks_uri', { jwks_uri: 'https://evil.example/jwks' }],
    ['other keys', { jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }] } }],
    ['another method', { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [] } }],
  ])('has the user asked again: with %s', async (_, changes) => {
    const { agent, client_id, change } = await agreed(`/changed-${Object.keys(changes).join('-')}.json`);
    change(changes);
    const html = await (await page(agent, client_id)).text();
    expect(html).toContain('It will be able to');
    expect(html).not.toContain('You already allow it');
    expect((await page(agent, client_id, { prompt: 'none' })).headers.get('location')).toContain('error=consent_required');
    await walk(agent, startOf(client_id));
    expect((await page(agent, client_id)).headers.get('location')).toContain(`${callback}?code=`);
  });

  it('forgets what was agreed to before it, where the user now agrees to less', async () => {
    const { agent, client_id, change } = await agreed('/less.json');
    await walk(agent, startOf(client_id, { scope: 'create:contacts' }));
    change({ redirect_uris: [callback, 'https://agent.example/new'] });
    await walk(agent, startOf(client_id));
    expect(await (await page(agent, client_id, { scope: 'create:contacts' })).text()).toContain('name="decision"');
  });

  it('is looked at once more, if it changes while the user decides', async () => {
    const to = await another();
    const agent = new Agent(to.url);
    const client_id = host.document('/meanwhile.json');
    const { ticket, _csrf } = await openConsent(agent, undefined, startOf(client_id));
    host.document('/meanwhile.json', { redirect_uris: [callback, 'https://evil.example/callback'] });
    to.sleep(601);
    const answer = await agent.post('/oauth/consent', { ticket, _csrf, decision: 'allow' });
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain('The app has changed since this page was opened.');
  });

  it('shows the app among the connected ones still, and lets the user remove it', async () => {
    const { agent, client_id, change } = await agreed('/connected.json');
    change({ redirect_uris: ['https://evil.example/callback'] });
    const { html, _csrf } = await appsPage(agent);
    expect(html).toContain('Meeting Agent');
    await agent.post('/oauth/apps', { _csrf, client_id });
    expect((await appsPage(agent)).html).toContain('No app uses your account now');
  });

  it('takes nothing from the page of connected apps when it is gone', async () => {
    const { agent, client_id, to } = await agreed('/gone.json');
    host.publish('/gone.json', (_req, res) => void res.writeHead(410).end());
    to.sleep(601);
    const { html, _csrf } = await appsPage(agent);
    expect(html).toContain(client_id);
    await agent.post('/oauth/apps', { _csrf, client_id });
    expect((await appsPage(agent)).html).toContain('No app uses your account now');
  });

  async function appsPage(agent: Agent): Promise<{ html: string; _csrf: string }> {
    const html = await (await agent.get('/oauth/apps')).text();
    return { html, _csrf: /name="_csrf" value="([^"]*)"/.exec(html)?.[1] ?? '' };
  }
});

describe('a document', () => {
  it('is fetched once for fifty who come at once', async () => {
    const to = await another();
    const client_id = host.document('/crowd.json');
    const all = await Promise.all(Array.from({ length: 50 }, () => isKnown(to, client_id)));
    expect({ known: all.every(Boolean), requests: requestsFor(client_id) }).toEqual({ known: true, requests: 1 });
  });

  it.each([
    ['nothing', {}, 300],
    ['that it is not kept', { 'Cache-Control': 'no-store, max-age=0' }, 300],
    ['seven minutes', { 'Cache-Control': 'public, max-age=420' }, 420],
    ['a year', { 'Cache-Control': 'max-age=31536000, immutable' }, 600],
  ])('is kept within our bounds, where its host says %s', async (said, headers, seconds) => {
    const to = await another();
    const client_id = host.document(`/kept-${encodeURIComponent(said).replaceAll('%20', '-')}.json`, {}, headers);
    const counts: number[] = [];
    for (const pause of [0, seconds - 1, 1]) {
      to.sleep(pause);
      await isKnown(to, client_id);
      counts.push(requestsFor(client_id));
    }
    expect(counts).toEqual([1, 1, 2]);
  });

  it.each<[string, RequestListener, boolean]>([
    ['breaks down', (_req, res) => void res.destroy(), true],
    ['answers with 500', (_req, res) => void res.writeHead(500).end(), true],
    ['shows a page', (_req, res) => void res.setHeader('Content-Type', 'text/html').end('<p>Be right back.</p>'), true],
    ['leads to a login', (_req, res) => void res.writeHead(302, { Location: 'https://login.example/' }).end(), true],
    ['answers with 404', (_req, res) => void res.writeHead(404).end(), false],
    ['has a bad document', (_req, res) => void res.setHeader('Content-Type', 'application/json').end('{}'), false],
  ])('serves on while its host %s, for a day at most, and not if it was withdrawn', async (name, answer, stays) => {
    const to = await another();
    const path = `/stale-${name.replaceAll(' ', '-')}.json`;
    const client_id = host.document(path);
    await isKnown(to, client_id);
    host.publish(path, answer);
    to.sleep(600);
    expect(await isKnown(to, client_id)).toBe(stays);
    to.sleep(86_400 - 601);
    expect(await isKnown(to, client_id)).toBe(stays);
    to.sleep(1);
    expect(await isKnown(to, client_id)).toBe(false);
  });

  it('that was no good is asked for again as soon as five seconds later', async () => {
    const to = await another();
    const client_id = host.publish('/mended.json', '{');
    expect(await isKnown(to, client_id)).toBe(false);
    host.document('/mended.json');
    to.sleep(4);
    expect([await isKnown(to, client_id), requestsFor(client_id)]).toEqual([false, 1]);
    to.sleep(1);
    expect(await isKnown(to, client_id)).toBe(true);
  });
});

const html: RequestListener = (_req, res) => void res.setHeader('Content-Type', 'text/html').end('<h1>Call 0800 1234</h1>');
const injected = 'Your account is locked, call 0800 1234';

/** What is there, what users and developers are told of it, and what developers alone. */
const bad: readonly [string, RequestListener | object | string, RegExp, (RegExp | undefined)?][] = [
  ['a page in HTML', html, /does not answer with JSON/, /Its Content-Type was: text\/html/],
  ['JSON that calls itself text', (_req, res) => void res.setHeader('Content-Type', 'text/plain').end('{}'), /does not answer with JSON/],
  ['JSON without a type', (_req, res) => void res.end('{}'), /does not answer with JSON/, /Its Content-Type was: none/],
  ['nothing', '', /is not JSON/],
  ['half of a document', '{"client_id":', /is not JSON/],
  ['a list', [{}], /is not a JSON object/],
  ['a text', '"a"', /is not a JSON object/],
  ['null', 'null', /is not a JSON object/],
  ['nesting without end', '['.repeat(5_000), /is not JSON/],
  ['lists in lists', `${'['.repeat(2_500)}${']'.repeat(2_500)}`, /is not a JSON object/],
  ['too much', JSON.stringify({ filler: 'x'.repeat(5_120) }), /more than 5120 bytes/],
  ['no end', endless, /more than 5120 bytes/],
  ['a gzip bomb', (_req, res) => void res.setHeader('Content-Encoding', 'gzip').end(gzipSync('0'.repeat(1_000_000))), /encodes its answer/],
  ['nothing any more: 404', (_req, res) => void res.writeHead(404).end('{}'), /answers with the status 404/],
  ['a mistake: 500', (_req, res) => void res.writeHead(500).end('{}'), /answers with the status 500/],
  ['a success that is not 200', (_req, res) => void res.writeHead(206, { 'Content-Type': 'application/json' }).end('{}'), /status 206/],
  ['a broken line', (_req, res) => void res.destroy(), /could not be reached/],
  ['no client_id', { client_id: undefined }, /is another, or missing/],
  ['a client_id that is a list', { client_id: ['x'] }, /is another, or missing/],
  [
    'another client_id',
    { client_id: 'https://agent.example/client.json' },
    /is another, or missing/,
    /https:\/\/agent\.example\/client\.json/,
  ],
  ['a secret', { client_secret: 'not so secret any more' }, /has a client_secret/],
  ['the hash of a secret', { client_secret_hash: `sha256:${'A'.repeat(43)}` }, /has a client_secret_hash/],
  ['the end of a secret', { client_secret_expires_at: 0 }, /has a client_secret_expires_at/],
  ['a method with a secret', { token_endpoint_auth_method: 'client_secret_basic' }, /needs a secret/],
  ['another one', { token_endpoint_auth_method: 'client_secret_jwt' }, /needs a secret/],
  ['a method that is a list', { token_endpoint_auth_method: ['none'] }, /in the member token_endpoint_auth_method/],
  ['words for the user', { token_endpoint_auth_method: injected }, /in the member token_endpoint_auth_method/, /call 0800/],
  ['more words for the user', { token_endpoint_auth_method: `client_secret_${injected}` }, /needs a secret/],
  ['private_key_jwt without keys', { token_endpoint_auth_method: 'private_key_jwt' }, /in the member jwks/],
  ['a secret key', { jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }, /in the member jwks/, /secret or private key/],
  [
    'a private key',
    { jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'd' }] } },
    /in the member jwks/,
    /secret or private key/,
  ],
  ['keys in two places', { jwks: { keys: [] }, jwks_uri: 'https://agent.example/jwks' }, /in the member jwks_uri/],
  ['no redirect URI', { redirect_uris: [] }, /in the member redirect_uris/],
  ['redirect URIs that are left out', { redirect_uris: undefined }, /in the member redirect_uris/],
  ['a redirect URI that is a program', { redirect_uris: ['javascript:alert(1)'] }, /in the member redirect_uris/],
  ['a redirect URI in http', { redirect_uris: ['http://agent.example/'] }, /in the member redirect_uris/],
  ['a link that is a program', { client_uri: 'javascript:alert(1)' }, /in the member client_uri/],
  ['a name without end', { client_name: 'a'.repeat(101) }, /in the member client_name/],
  ['a name that is null', { client_name: null }, /in the member client_name/],
];

function endless(_req: unknown, res: Parameters<RequestListener>[1]): void {
  res.setHeader('Content-Type', 'application/json');
  res.write(' '.repeat(6_000));
}

describe('what is no good', () => {
  let production: TestServer;
  beforeAll(async () => {
    production = await testServer({
      options: { ...host.options, development: false, log: { warn: () => {}, error: (message) => logged.push(message) } },
    });
  });
  afterAll(() => production.close());
  const logged: string[] = [];

  const textOf = (page: string) =>
    page
      .replace(/<[^>]*>/g, ' ')
      .replaceAll('&#39;', "'")
      .replace(/\s+/g, ' ');

  /** That the answer is a page, leads nowhere, and names no more than it should. */
  async function expectPage(client_id: string, told: RegExp, detail: RegExp | undefined) {
    for (const to of [server, production]) {
      const answer = await ask(to, client_id);
      const text = textOf(await answer.text());
      expect({ status: answer.status, location: answer.headers.get('location') }).toEqual({ status: 400, location: null });
      expect(text).toMatch(/This app could not be recognised .* For those who run it: /);
      expect(text).toMatch(told);
      if (detail) expect(detail.test(text)).toBe(to === server);
      if (to === production) expect(text).not.toContain('0800');
    }
  }

  async function expectRefusal(client_id: string, told: RegExp) {
    const { status, body } = await token(production.url, { grant_type: 'authorization_code', code: 'x', client_id });
    expect({ status, error: body.error }).toEqual({ status: 401, error: 'invalid_client' });
    expect(body.error_description).toMatch(told);
  }

  it.each(bad.map(([name, answer, told, detail]) => ({ name, answer, told, detail })))(
    'at the URL: $name',
    async ({ name, answer, told, detail }) => {
      const path = `/bad-${bad.findIndex(([one]) => one === name)}.json`;
      const isMembers = typeof answer === 'object' && !Array.isArray(answer);
      const client_id = isMembers ? host.document(path, answer) : host.publish(path, answer);
      await expectPage(client_id, told, detail);
      await expectRefusal(client_id, told);
      expect(requestsFor(client_id)).toBe(2); // one by each server: they remember for five seconds
    },
  );

  it('is an answer that comes in drops', async () => {
    const dripping: NodeJS.Timeout[] = [];
    const client_id = host.publish('/drip.json', (_req, res) => {
      res.setHeader('Content-Type', 'application/json');
      dripping.push(setInterval(() => res.write(' '), 200));
    });
    await Promise.all([expectPage(client_id, /not complete within 5 seconds/, undefined), expectRefusal(client_id, /within 5 seconds/)]);
    for (const drip of dripping) clearInterval(drip);
  }, 20_000);

  it.each([301, 302, 303, 307, 308])('is a redirect, which is not followed: %i', async (status) => {
    const good = host.document(`/target-${status}.json`);
    const client_id = host.publish(`/redirect-${status}.json`, (_req, res) => void res.writeHead(status, { Location: good }).end());
    await expectPage(client_id, /answers with a redirect; none is followed/, undefined);
    const inward = host.publish(`/inward-${status}.json`, (_req, res) => {
      res.writeHead(status, { Location: `${host.neighbour.url}/admin` }).end();
    });
    await expectPage(inward, /none is followed/, undefined);
    expect([requestsFor(good), host.neighbour.seen]).toEqual([0, []]);
  });

  it.each([
    ['decimal', 'https://2130706433/client.json'],
    ['hexadecimal', 'https://0x7f000001/client.json'],
    ['octal', 'https://0177.0.0.1/client.json'],
    ['shortened', 'https://127.1/client.json'],
  ])('is a private address in a form that hides it: %s', (_, client_id) => expectPage(client_id, /plain form/, undefined));

  it.each([
    ['loopback', 'https://127.0.0.1/client.json'],
    ['private', 'https://10.0.0.1/client.json'],
    ['of the cloud', 'https://169.254.169.254/latest/meta-data/'],
    ['IPv6 loopback', 'https://[::1]/client.json'],
    ['IPv6 mapped', 'https://[::ffff:7f00:1]/client.json'],
    ['by name', 'https://localhost.localdomain.invalid/client.json'],
  ])('is a private address: %s', async (_, client_id) => {
    await expectPage(client_id, /has no public address/, undefined);
    await expectRefusal(client_id, /has no public address/);
  });

  it('is another port than the one that is allowed, or http', async () => {
    await expectPage(`${host.url.replace(/\d+$/, '8443')}/client.json`, /port other than 443/, undefined);
    await expectPage(`${host.neighbour.url}/client.json`, /is not https/, undefined);
    await expectPage('http://agent.example/client.json', /is not https/, undefined);
    expect(host.neighbour.seen).toEqual([]);
  });

  it('is a host whose certificate is for another name, or of nobody', async () => {
    const port = new URL(host.url).port;
    const client_id = `https://127.0.0.1:${port}/client.json`;
    const { ca } = host.options.outgoing as { ca: string };
    const wrongName = await another({ options: { outgoing: { allow: ['127.0.0.1'], ca } } });
    const unknownAuthority = await another({ options: { outgoing: { allow: ['127.0.0.1', 'localhost'] } } });
    for (const [to, id] of [
      [wrongName, client_id],
      [unknownAuthority, host.document('/certificate.json')],
    ] as const) {
      expect(await (await ask(to, id)).text()).toContain('The host has no certificate that is trusted here for its name.');
    }
    expect(requestsFor(`${host.url}/certificate.json`)).toBe(0);
  });

  it('fills no log, as anybody can send it', () => {
    expect(logged).toEqual([]);
  });

  it('is told to who listens, in full', async () => {
    const listening = await another();
    const events = record(listening.oauth);
    await ask(listening, host.document('/event.json', { token_endpoint_auth_method: 'magic' }));
    const { reason, description } = await events.takeOne('client.refused');
    expect(reason).toBe('metadata_document_unusable');
    expect(description).toContain('Unknown here: magic');
  });
});

it('takes http on the device itself, where the operator has named it', async () => {
  const { url, seen } = host.neighbour;
  const client_id = `${url}/client.json`;
  const open = await another({ options: { outgoing: { allow: [new URL(url).host] } } });
  const text = await (await ask(open, client_id)).text();
  expect([seen.splice(0), text.includes('does not answer with JSON')]).toEqual([['/client.json'], true]);
});
