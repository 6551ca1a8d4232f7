/** protectApi against an issuer that misbehaves. RFC 7662 sections 2 and 4, RFC 8414 section 3.3. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import express from 'express';
import type { JWK } from 'jose';
import { createApiProtection } from '../lib/express/api-protection.js';
import { ConfigurationError, protectApi } from '../lib/index.js';
import type { ProtectApiOptions } from '../lib/resource-server/api-options.js';
import { type Members, nowInSeconds, publicOf, theirKey, workshop } from './support/forgeries.js';
import { hang, type IssuerStub, startIssuerStub } from './support/issuer-stub.js';
import { type Origin, serve } from './support/origin.js';

const audience = 'https://api.example.com/contacts';
const metadataPath = '/.well-known/oauth-authorization-server';

let issuer: IssuerStub;
let now: number;
let logged: string[];
const origins: Origin[] = [];

const { keys, claims, sign } = workshop(
  () => issuer.url,
  () => audience,
);

beforeEach(async () => {
  issuer = await startIssuerStub();
  now = nowInSeconds();
  logged = [];
  issuer.answers[metadataPath] = metadataOf();
  issuer.answers['/jwks'] = { keys: keys.map(publicOf) };
  issuer.answers['/introspect'] = active();
});

afterEach(async () => {
  await Promise.all(origins.splice(0).map((origin) => origin.close()));
  await issuer.close();
});

function metadataOf(changes: Members = {}) {
  return { issuer: issuer.url, jwks_uri: `${issuer.url}/jwks`, introspection_endpoint: `${issuer.url}/introspect`, ...changes };
}

function active(changes: Members = {}) {
  return { active: true, aud: audience, client_id: 'web', sub: 'alice', scope: 'read:contacts', exp: now + 600, ...changes };
}

const introspection = { client_id: 'the api', client_secret: 's:e%c r+e&t' };

/** An API with a route at /, and one at /strict if it can be. */
async function serveApi(options: Partial<ProtectApiOptions> = {}) {
  const log = { warn: () => {}, error: (message: string) => void logged.push(message) };
  const protect = createApiProtection({ issuer: issuer.url, audience, log, ...options }, () => now);
  const app = express();
  app.get('/', protect('read:contacts'), (req, res) => void res.json(req.auth));
  app.get('/poison', protect('read:contacts'), (req, res) => {
    const { resource, claims } = req.auth;
    resource.pathname = '/poisoned';
    Object.assign(claims, { active: false, aud: 'poisoned', sub: 'poisoned', scope: 'poisoned', client_id: 'poisoned', exp: 0 });
    Object.assign(req.auth, { sub: 'poisoned', expiresAt: 0 }).scopes.splice(0);
    res.end();
  });
  if (options.introspection) app.get('/strict', protect({ scopes: ['read:contacts'], strict: true }), (_req, res) => void res.end());
  const origin = await serve(app);
  origins.push(origin);
  return (token: string, path = '/') => fetch(`${origin.url}${path}`, { headers: { Authorization: `Bearer ${token}` } });
}

describe('the metadata of the issuer', () => {
  it.each([
    ['as RFC 8414 has it', '/tenant', '/.well-known/oauth-authorization-server/tenant'],
    ['as OpenID Connect has it', '/tenant', '/tenant/.well-known/openid-configuration'],
    ['as RFC 8414 has it, for an issuer with a slash', '/', '/.well-known/oauth-authorization-server'],
    ['as OpenID Connect has it, for an issuer with a slash', '/', '/.well-known/openid-configuration'],
  ])('is found %s', async (_, path, document) => {
    delete issuer.answers[metadataPath];
    issuer.answers[document] = metadataOf({ issuer: `${issuer.url}${path}` });
    const call = await serveApi({ issuer: `${issuer.url}${path}` });
    expect((await call(await sign(claims({ iss: `${issuer.url}${path}` })))).status).toBe(200);
  });

  it.each([
    ['is of another issuer', () => metadataOf({ issuer: `${issuer.url}/` })],
    ['is of no issuer', () => metadataOf({ issuer: undefined })],
    ['names no keys', () => metadataOf({ jwks_uri: undefined })],
    ['names keys in the clear', () => metadataOf({ jwks_uri: 'http://api.example.com/jwks' })],
    ['names keys in a file', () => metadataOf({ jwks_uri: 'file:///etc/passwd' })],
    ['is no object', () => '[]'],
    ['is no JSON', () => '<html>'],
    ['is too long', () => metadataOf({ padding: 'a'.repeat(65_536) })],
    ['is elsewhere', () => 302],
    ['is not there', () => 500],
  ])('is not trusted if it %s, and the operator is told', async (_, answer) => {
    issuer.answers[metadataPath] = answer();
    const call = await serveApi();
    const { status, headers } = await call(await sign(claims()));
    expect([status, headers.get('retry-after'), logged.length]).toEqual([503, '5', 1]);
    expect(issuer.count('/elsewhere')).toBe(0);
  });
});

describe('a token that was shown before', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('is verified once, as long as the keys that are known are the same', async () => {
    const verify = jest.spyOn(globalThis.crypto.subtle, 'verify');
    const call = await serveApi();
    const token = await sign(claims());
    const statuses = [(await call(token)).status, (await call(token)).status];
    expect([statuses, verify.mock.calls.length]).toEqual([[200, 200], 1]);
    now += 300; // and the keys are fetched anew
    expect([(await call(token)).status, issuer.count('/jwks'), verify.mock.calls.length]).toEqual([200, 2, 2]);
  });

  it.each<[string, () => unknown, number]>([
    ['is not published any more', () => ({ keys: [publicOf(theirKey)] }), 401],
    ['is another one of the same name', () => ({ keys: [{ ...publicOf(theirKey), kid: 'ours' }] }), 401],
    ['is for another use now', () => ({ keys: keys.map((key) => ({ ...publicOf(key), use: 'enc' })) }), 401],
    ['is one of two of the same name', () => ({ keys: [...keys.map(publicOf), { ...publicOf(theirKey), kid: 'ours' }] }), 401],
    ['was published with its secret', () => ({ keys }), 503],
  ])('is refused as soon as it is known that its key %s', async (_, published, status) => {
    const call = await serveApi();
    const token = await sign(claims({ exp: now + 3_600 }));
    expect((await call(token)).status).toBe(200);
    issuer.answers['/jwks'] = published();
    now += 299;
    expect([(await call(token)).status, issuer.count('/jwks')]).toEqual([200, 1]); // nobody knows yet
    now += 1;
    expect([(await call(token)).status, issuer.count('/jwks')]).toEqual([status, 2]);
    expect((await call(token)).status).toBe(status);
  });

  it('is refused when it has expired, for clocks that are so far apart', async () => {
    const call = await serveApi({ clockTolerance: 5 });
    const token = await sign(claims({ exp: now + 2 }));
    expect((await call(token)).status).toBe(200);
    now += 6;
    expect((await call(token)).status).toBe(200);
    now += 1;
    expect((await call(token)).status).toBe(401);
  });

  it('is asked about each time, where the route is strict', async () => {
    const call = await serveApi({ introspection });
    const token = await sign(claims());
    expect((await call(token, '/strict')).status).toBe(200);
    issuer.answers['/introspect'] = { active: false };
    expect((await call(token, '/strict')).status).toBe(401);
  });

  it('says the same to each handler, whatever the one before has written', async () => {
    const call = await serveApi();
    const token = await sign(claims({ amr: ['pwd'] }));
    const told = async () => (await call(token)).json();
    const first = await told();
    expect((await call(token, '/poison')).status).toBe(200);
    expect(await told()).toEqual(first);
  });
});

describe('the keys of the issuer', () => {
  it.each([
    ['contain a private one', () => ({ keys })],
    ['are no list', () => ({ keys: {} })],
    ['are not there', () => 404],
    ['are elsewhere', () => 307],
  ])('are not trusted if they %s', async (_, answer) => {
    issuer.answers['/jwks'] = answer();
    const call = await serveApi();
    expect((await call(await sign(claims()))).status).toBe(503);
  });

  it('may be one without a name', async () => {
    const [{ kid: _, ...nameless }] = keys.map(publicOf) as [JWK];
    issuer.answers['/jwks'] = { keys: [nameless] };
    const call = await serveApi();
    expect((await call(await sign(claims(), { kid: undefined }))).status).toBe(200);
  });

  it('must be told apart by their names', async () => {
    issuer.answers['/jwks'] = { keys: [...keys.map(publicOf), publicOf(theirKey)] };
    const call = await serveApi();
    expect((await call(await sign(claims(), { kid: undefined }))).status).toBe(401);
  });

  it('are fetched anew for a name that is new, and at most every 30 seconds', async () => {
    const call = await serveApi();
    expect((await call(await sign(claims(), { kid: 'theirs' }, theirKey))).status).toBe(401);
    issuer.answers['/jwks'] = { keys: [publicOf(theirKey)] };
    now += 29;
    expect((await call(await sign(claims(), { kid: 'theirs' }, theirKey))).status).toBe(401);
    now += 1;
    expect((await call(await sign(claims(), { kid: 'theirs' }, theirKey))).status).toBe(200);
    expect(issuer.count('/jwks')).toBe(2);
  });

  it('are not waited for by those whose key is known', async () => {
    const call = await serveApi();
    await call(await sign(claims()));
    issuer.answers['/jwks'] = hang;
    now += 30;
    const stranger = call(await sign(claims(), { kid: 'theirs' }, theirKey)); // who makes us ask
    while (issuer.count('/jwks') < 2) await new Promise((wait) => setTimeout(wait, 5));
    expect((await call(await sign(claims()))).status).toBe(200);
    issuer.answers['/jwks'] = 404;
    await issuer.close();
    expect((await stranger).status).toBe(401);
    issuer = await startIssuerStub();
  });
});

describe('a JWT', () => {
  it('from the future is refused, but for what clocks may be apart', async () => {
    const call = await serveApi();
    const statuses = [10, 11].map(async (ahead) => (await call(await sign(claims({ iat: now + ahead, exp: now + 600 })))).status);
    expect(await Promise.all(statuses)).toEqual([200, 401]);
  });

  it('that has expired is refused, but for what clocks may be apart', async () => {
    const call = await serveApi({ clockTolerance: 0 });
    const statuses = [1, 0].map(async (left) => (await call(await sign(claims({ exp: now + left })))).status);
    expect(await Promise.all(statuses)).toEqual([200, 401]);
  });

  it('without a scope has none', async () => {
    const call = await serveApi();
    expect((await call(await sign(claims({ scope: undefined })))).status).toBe(403);
  });

  it('that is bound to a key is no bearer token', async () => {
    const call = await serveApi();
    expect((await call(await sign(claims({ cnf: { jkt: 'abc' } })))).status).toBe(401);
  });

  it('is not shown to the issuer', async () => {
    const call = await serveApi({ introspection });
    expect((await call(await sign(claims()))).status).toBe(200);
    expect(issuer.count('/introspect')).toBe(0);
  });

  it('is shown to the issuer each time where the route is strict, and believed no longer than the issuer does', async () => {
    const call = await serveApi({ introspection });
    const token = await sign(claims());
    const before = [(await call(token, '/strict')).status, (await call(token, '/strict')).status];
    issuer.answers['/introspect'] = { active: false };
    const after = [(await call(token, '/strict')).status, (await call(token)).status];
    expect([before, after, issuer.count('/introspect')]).toEqual([[200, 200], [401, 200], 3]);
  });

  it('is shown to the issuer each time where the API is strict', async () => {
    const call = await serveApi({ introspection, strict: true });
    issuer.answers['/introspect'] = { active: false };
    expect((await call(await sign(claims()))).status).toBe(401);
  });

  it('that is forged is not shown to the issuer', async () => {
    const call = await serveApi({ introspection, strict: true });
    expect((await call(await sign(claims(), {}, theirKey))).status).toBe(401);
    expect(issuer.count('/introspect')).toBe(0);
  });
});

describe('an opaque token', () => {
  it('is none of ours where nobody was named to ask', async () => {
    const call = await serveApi();
    const answer = await call('opaque');
    expect([answer.status, answer.headers.get('www-authenticate'), issuer.asked]).toEqual([
      401,
      expect.stringContaining('error="invalid_token"'),
      [],
    ]);
  });

  it('is looked up by the issuer, who learns by which API', async () => {
    const call = await serveApi({ introspection });
    const answer = await call('opaque.token');
    expect([answer.status, await answer.json()]).toEqual([
      200,
      {
        sub: 'alice',
        clientId: 'web',
        scopes: ['read:contacts'],
        token: 'opaque.token',
        expiresAt: now + 600,
        claims: active(),
        resource: audience,
        extra: active(),
      },
    ]);
    expect(issuer.asked.at(-1)).toEqual({
      path: '/introspect',
      authorization: `Basic ${Buffer.from('the+api:s%3Ae%25c+r%2Be%26t').toString('base64')}`, // RFC 6749 section 2.3.1
      body: 'token=opaque.token&token_type_hint=access_token',
    });
  });

  it('is told of anew to each who comes with it, whatever those before have written to what they were given', async () => {
    const call = await serveApi({ introspection });
    const before = await (await call('opaque')).json();
    await Promise.all([call('opaque', '/poison'), call('opaque', '/poison')]);
    const after = await call('opaque');
    expect([after.status, await after.json(), issuer.count('/introspect')]).toEqual([200, before, 1]);
  });

  it('is asked about with fifty others at most; who comes beyond that is told to wait, and the operator once', async () => {
    issuer.answers['/introspect'] = hang;
    const call = await serveApi({ introspection });
    const waiting = Array.from({ length: 50 }, (_, i) => call(`made-up-${i}`));
    while (issuer.count('/introspect') < 50) await new Promise((wait) => setTimeout(wait, 5));
    const beyond = await Promise.all([call('opaque'), call('opaque', '/strict'), call('made-up-50')]);
    const answers = await Promise.all(
      beyond.map(async (answer) => [answer.status, answer.headers.get('retry-after'), ((await answer.json()) as Members).error]),
    );
    expect(answers).toEqual(Array(3).fill([503, '5', 'temporarily_unavailable']));
    expect([issuer.count('/introspect'), logged]).toEqual([50, [expect.stringMatching(/^50 questions to .* are under way/)]]);
    await issuer.close();
    expect((await Promise.all(waiting)).every(({ status }) => status === 503)).toBe(true);
    issuer = await startIssuerStub();
  });

  it('is asked about again as soon as others have their answer', async () => {
    const call = await serveApi({ introspection });
    for (let at = 0; at < 60; at += 20) await Promise.all(Array.from({ length: 20 }, (_, i) => call(`opaque-${at + i}`)));
    expect((await call('opaque')).status).toBe(200);
  });

  it.each([
    ['is not active', () => ({ active: false })],
    ['is for another API', () => active({ aud: 'https://api.example.com/calendar' })],
    ['is for no API', () => active({ aud: undefined })],
    ['is for an API whose name begins alike', () => active({ aud: [`${audience}/`] })],
    ['is of another issuer', () => active({ iss: 'https://evil.example' })],
    ['has expired', () => active({ exp: now - 10 })],
    ['never expires', () => active({ exp: undefined })],
    ['expires at no number', () => active({ exp: String(now + 600) })],
    ['is not valid yet', () => active({ nbf: now + 60 })],
    ['is of nobody', () => active({ client_id: undefined })],
    ['is bound to a key', () => active({ cnf: { jkt: 'abc' } })],
    ['is no bearer token', () => active({ token_type: 'DPoP' })],
  ])('is refused if the issuer says that it %s', async (_, answer) => {
    issuer.answers['/introspect'] = answer();
    const call = await serveApi({ introspection });
    const { status, headers } = await call('opaque');
    expect([status, headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('error="invalid_token"')]);
  });

  it.each([
    ['several audiences', () => active({ aud: ['https://other.example', audience], iss: issuer.url, token_type: 'bearer', nbf: now })],
    ['a machine of its own', () => active({ sub: undefined })],
  ])('is let in with %s', async (_, answer) => {
    issuer.answers['/introspect'] = answer();
    const call = await serveApi({ introspection });
    expect((await call('opaque')).status).toBe(200);
  });

  it('without a scope has none', async () => {
    issuer.answers['/introspect'] = active({ scope: undefined });
    const call = await serveApi({ introspection });
    expect((await call('opaque')).status).toBe(403);
  });

  it.each([
    ['left out', undefined, 10],
    ['a minute', 60, 60],
  ])('is believed for a while: %s', async (_, cacheFor, seconds) => {
    const call = await serveApi({ introspection: { ...introspection, cacheFor } });
    await call('opaque');
    issuer.answers['/introspect'] = { active: false };
    now += seconds - 1;
    const before = (await call('opaque')).status;
    now += 1;
    expect([before, (await call('opaque')).status]).toEqual([200, 401]);
  });

  it('is refused for a while, too', async () => {
    issuer.answers['/introspect'] = { active: false };
    const call = await serveApi({ introspection });
    expect([(await call('opaque')).status, (await call('opaque')).status, issuer.count('/introspect')]).toEqual([401, 401, 1]);
  });

  it('is believed no longer than it lives', async () => {
    issuer.answers['/introspect'] = active({ exp: now + 5 });
    const call = await serveApi({ introspection: { ...introspection, cacheFor: 3_600 } });
    await call('opaque');
    now += 5;
    await call('opaque');
    expect(issuer.count('/introspect')).toBe(2);
  });

  it('is asked for each time, if that is wished', async () => {
    const call = await serveApi({ introspection: { ...introspection, cacheFor: 0 } });
    await call('opaque');
    await call('opaque');
    await call('opaque', '/strict');
    expect(issuer.count('/introspect')).toBe(3);
  });

  it('is asked for once by all who come with it at the same time, and not by a strict route', async () => {
    const call = await serveApi({ introspection });
    const statuses = await Promise.all(['/', '/', '/', '/strict', '/strict'].map(async (path) => (await call('opaque', path)).status));
    expect([statuses, issuer.count('/introspect')]).toEqual([[200, 200, 200, 200, 200], 3]);
  });

  it.each([
    ['is down', () => 500],
    ['does not know us', () => 401],
    ['says nothing', () => '{}'],
    ['says no JSON', () => 'yes'],
    ['sends us elsewhere', () => 307],
    ['says too much', () => active({ padding: 'a'.repeat(65_536) })],
  ])('can be of anybody while the issuer %s; the operator is told once', async (_, answer) => {
    const call = await serveApi({ introspection });
    issuer.answers['/introspect'] = answer();
    const statuses = [(await call('opaque')).status, (await call('opaque')).status];
    expect([statuses, logged.length, issuer.count('/elsewhere')]).toEqual([[503, 503], 1, 0]);
    issuer.answers['/introspect'] = active();
    expect((await call('opaque')).status).toBe(200); // what went wrong is not remembered
  });

  it('is not sent in the clear', async () => {
    issuer.answers[metadataPath] = metadataOf({ introspection_endpoint: 'http://api.example.com/introspect' });
    const call = await serveApi({ introspection });
    expect((await call('opaque')).status).toBe(503);
  });

  it('of more than 16384 characters is looked up by nobody', async () => {
    const call = await serveApi({ introspection });
    expect((await call('a'.repeat(16_000))).status).toBe(200);
    const wide = await call('a'.repeat(16_385)).catch(() => undefined); // Node may refuse it by itself
    expect([401, 431, undefined]).toContain(wide?.status);
    expect(issuer.count('/introspect')).toBe(1);
  });
});

it('asks by the fetch that it was given', async () => {
  const urls: string[] = [];
  const call = await serveApi({
    fetch: (input, init) => {
      urls.push(String(input));
      return fetch(input, init);
    },
  });
  await call(await sign(claims()));
  expect(urls).toEqual([`${issuer.url}${metadataPath}`, `${issuer.url}/jwks`]);
});

describe('the options of protectApi', () => {
  const good = { issuer: 'https://as.example.com', audience };

  it.each([
    ['nothing', undefined, ['options']],
    ['no members', {}, ['issuer', 'audience']],
    ['an issuer in the clear', { ...good, issuer: 'http://as.example.com' }, ['issuer']],
    ['an issuer with a query', { ...good, issuer: 'https://as.example.com?x' }, ['issuer']],
    ['an issuer with a password', { ...good, issuer: 'https://a:b@as.example.com' }, ['issuer']],
    ['an audience that is no URI', { ...good, audience: 'contacts' }, ['audience']],
    ['an audience with a fragment', { ...good, audience: `${audience}#x` }, ['audience']],
    ['an audience with a line break', { ...good, audience: `${audience}\r\nX: y` }, ['audience']],
    ['scopes that are none', { ...good, scopes: ['a b'] }, ['scopes']],
    ['scopes with what they mean', { ...good, scopes: { a: 'Do it' } }, ['scopes']],
    ['a strict API, and nobody to ask', { ...good, strict: true }, ['strict']],
    [
      'a secret that is not set',
      { ...good, introspection: { client_id: 'api', client_secret: undefined } },
      ['introspection.client_secret'],
    ],
    ['a time in words', { ...good, introspection: { ...introspection, cacheFor: '10s' } }, ['introspection.cacheFor']],
    ['clocks that are hours apart', { ...good, clockTolerance: 3_600 }, ['clockTolerance']],
    ['a member of another name', { ...good, clientId: 'x' }, ['clientId']],
    ['everything wrong', { audience: 5, name: 5, fetch: 5, log: 5 }, ['issuer', 'audience', 'name', 'fetch', 'log']],
  ])('cannot be %s', (_, options, paths) => {
    const { message, problems } = errorOf(() => protectApi(options as never));
    expect([message.split(',')[0], problems.map(({ path }) => path).sort()]).toEqual(['protectApi cannot start', [...paths].sort()]);
  });

  it('make no strict route, where nobody can be asked', () => {
    expect(() => protectApi(good)({ strict: true })).toThrow(/protect\(\{ strict \}\): Nobody can be asked\./);
  });

  it('find a slip in a scope, where the scopes are known', () => {
    expect(() => protectApi({ ...good, scopes: ['read:contacts'] })('read:contcats')).toThrow(/Did you mean `read:contacts`\?/);
  });

  it('find an API of another name', () => {
    expect(() => protectApi(good)({ audience: `${audience}/` })).toThrow(/There is no API/);
  });
});

function errorOf(make: () => unknown): ConfigurationError {
  try {
    make();
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('Nothing was found wrong.');
}
