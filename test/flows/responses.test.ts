/**
 * What comes back from the authorization endpoint, and where: every response type by every response mode. RFC 6749 sections 4.1.2 and
 * 4.2.2, OAuth 2.0 Multiple Response Type Encoding Practices, OAuth 2.0 Form Post Response Mode, OpenID Connect Core section 3.
 */
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { Page } from 'playwright-core';
import type { ClientOptions, OAuthRouterOptions } from '../../lib/config/options/index.js';
import { StoreUnavailable } from '../../lib/errors.js';
import { systemClock } from '../../lib/platform/clock.js';
import { memoryStore } from '../../lib/store/memory.js';
import { Agent } from '../support/agent.js';
import { type Answer, answerTo, type Changes, challenge, type Place, requestUrl, type Visitor } from '../support/answers.js';
import { withPage } from '../support/browser.js';
import { leftHalf, verified } from '../support/jwt.js';
import { alice, callApi, listen, pkce, type TestServer, testServer, token, web } from '../support/server.js';

const redirect_uri = 'https://client.example.com/callback';
const secretOf = (client_id: string) => `the secret of the client ${client_id}`;

/** A client that may use these response types, and what they need. */
function clientFor(client_id: string, ...response_types: string[]): ClientOptions {
  return { client_id, client_secret: secretOf(client_id), redirect_uris: [redirect_uri], response_types };
}

const responseTypes = ['code', 'token', 'id_token', 'id_token token', 'code id_token', 'code token', 'code id_token token', 'none'];
const every = clientFor('every', ...responseTypes);

/** The words of each response type, in every order. */
const spellings = responseTypes.flatMap((type) => permutations(type.split(' ')).map((words) => words.join(' ')));

function permutations(words: readonly string[]): string[][] {
  if (words.length < 2) return [[...words]];
  return words.flatMap((word) => permutations(words.filter((other) => other !== word)).map((rest) => [word, ...rest]));
}

const modes = [undefined, 'query', 'fragment', 'form_post'] as const;
const has = (response_type: string, word: string) => response_type.split(' ').includes(word);

/** Where an answer belongs: where it was asked for; but what may hold a token never into a query. */
function placeOf(response_type: string, mode: (typeof modes)[number]): Place {
  const hasTokens = has(response_type, 'token') || has(response_type, 'id_token');
  if (mode === undefined || (mode === 'query' && hasTokens)) return hasTokens ? 'fragment' : 'query';
  return mode;
}

let server: TestServer;
/** A browser where Alice is signed in, and has allowed the client `every` what the tests below ask for. */
let known: Agent;

beforeAll(async () => {
  server = await testServer({ options: { clients: [every, web, clientFor('hybrid', 'code id_token')] } });
  known = new Agent(server.url);
  await ask({}, { agent: known });
});

afterAll(() => server.close());

/** A good request of the client `every`, but for these changes. */
function ask(changes: Changes, visitor: Visitor = { agent: known }): Promise<Answer> {
  return answerTo(startOf(changes), visitor);
}

function startOf(changes: Changes): string {
  const common = { client_id: 'every', redirect_uri, response_type: 'code', scope: 'openid read:contacts', nonce: 'a nonce', ...challenge };
  return requestUrl(server.url, { ...common, state: 'a state', ...changes });
}

const text = expect.stringMatching(/./);

/** What stands in the answer to this response type, and nothing else. */
function parametersOf(response_type: string) {
  return {
    ...(has(response_type, 'code') && { code: expect.stringMatching(/^[\w-]{22}\.[\w-]{43}$/) }),
    ...(has(response_type, 'token') && { access_token: text, token_type: 'Bearer', expires_in: '600', scope: 'openid read:contacts' }),
    ...(has(response_type, 'id_token') && { id_token: text }),
    state: 'a state',
    iss: server.url,
  };
}

describe('the answer to', () => {
  const rows = spellings.flatMap((response_type) => modes.map((response_mode) => [response_type, response_mode] as const));

  it.each(rows.filter(([type, mode]) => mode === undefined || placeOf(type, mode) === mode))(
    'response_type=%s by response_mode=%s stands where it belongs, with exactly what belongs there',
    async (response_type, response_mode) => {
      const { to, place, parameters } = await ask({ response_type, response_mode });
      expect({ to, place, parameters }).toEqual({
        to: redirect_uri,
        place: placeOf(response_type, response_mode),
        parameters: parametersOf(response_type),
      });
    },
  );

  it.each(spellings.filter((type) => placeOf(type, 'query') !== 'query'))(
    'response_type=%s by response_mode=query is a refusal, in the fragment',
    async (response_type) => {
      const { place, parameters } = await ask({ response_type, response_mode: 'query' });
      expect({ place, parameters }).toEqual({ place: 'fragment', parameters: errorOf('invalid_request') });
    },
  );

  it.each(responseTypes)('response_type=%s without a state has none', async (response_type) => {
    const { state: _, ...others } = parametersOf(response_type);
    expect((await ask({ response_type, state: undefined })).parameters).toEqual(others);
  });

  it('a posted request is the same', async () => {
    const { pathname, searchParams } = new URL(startOf({ response_type: 'code id_token token' }));
    const posted = await known.post(pathname, Object.fromEntries(searchParams));
    const { place, parameters } = await answerTo(new URL(posted.headers.get('location') ?? '', server.url).href, { agent: known });
    expect({ place, parameters }).toEqual({ place: 'fragment', parameters: parametersOf('code id_token token') });
  });

  it('keeps the query that the redirect URI has', async () => {
    const uri = `${redirect_uri}?tenant=a%20b`;
    await withServer([{ ...every, redirect_uris: [uri] }], async (url) => {
      const answers = [];
      for (const response_mode of ['query', 'fragment', 'form_post']) {
        const start = startOf({ redirect_uri: uri, response_mode }).replace(server.url, url);
        answers.push(await answerTo(start));
      }
      expect(answers.map(({ to }) => to)).toEqual([redirect_uri, uri, uri]);
      expect(answers[0]?.parameters).toMatchObject({ tenant: 'a b', code: text });
    });
  });
});

function errorOf(error: unknown) {
  return { error, error_description: expect.stringMatching(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/), state: 'a state', iss: server.url };
}

async function withServer<T>(clients: readonly ClientOptions[], use: (url: string) => Promise<T>, before: RequestHandler[] = []) {
  const other = await testServer({ options: { clients }, before });
  try {
    return await use(other.url);
  } finally {
    await other.close();
  }
}

describe('a refusal', () => {
  /** By name: the code, what is wrong, and which response types it can happen to. */
  const causes: readonly (readonly [code: string, cause: string, changes: Changes, concerns?: (type: string) => boolean])[] = [
    ['invalid_request', 'no code_challenge', { code_challenge: undefined }, (type) => has(type, 'code')],
    ['invalid_request', 'the code_challenge_method plain', { code_challenge_method: 'plain' }],
    ['invalid_request', 'no nonce', { nonce: undefined }, (type) => has(type, 'id_token')],
    ['invalid_request', 'an unknown prompt', { prompt: 'coffee' }],
    ['invalid_request', 'the prompt none beside another', { prompt: 'none login' }],
    ['invalid_request', 'an unknown display', { display: 'hologram' }],
    ['invalid_request', 'a negative max_age', { max_age: '-1' }],
    ['invalid_request', 'claims that are no JSON', { claims: '{' }],
    ['invalid_request', 'a JSON array as claims', { claims: '[]' }],
    ['invalid_request', 'an id_token_hint that is no token', { id_token_hint: 'a.b.c' }],
    ['invalid_request', 'a request and a request_uri', { request: 'x', request_uri: 'https://client.example.com/r' }],
    ['invalid_request_object', 'a request object that is none', { request: 'x' }],
    ['invalid_request_uri', 'a request_uri that is not registered', { request_uri: 'https://client.example.com/r' }],
    ['unauthorized_client', 'a client without this response type', { client_id: 'hybrid' }, (type) => type !== 'code id_token'],
    ['invalid_scope', 'an unknown scope', { scope: 'openid everything' }],
    ['invalid_scope', 'an ID token without the scope openid', { scope: 'read:contacts' }, (type) => has(type, 'id_token')],
    ['consent_required', 'the prompt none, and a scope that was not allowed', { prompt: 'none', scope: 'openid create:contacts' }],
  ];
  const rows = causes.flatMap(([code, cause, changes, concerns = () => true]) =>
    responseTypes.filter(concerns).map((type) => [code, cause, type, changes] as const),
  );

  it.each(rows)('with %s for %s goes to a client that asked for response_type=%s, by whatever mode', async (code, _, type, changes) => {
    for (const mode of modes) {
      const { to, place, parameters } = await ask({ response_type: type, response_mode: mode, ...changes });
      expect({ mode, to, place, parameters }).toEqual({
        mode,
        to: redirect_uri,
        place: placeOf(type, mode),
        parameters: errorOf(misuseOr(code)),
      });

      // No token may stand in a query, which is an error too; that one may be told first.
      function misuseOr(expected: string) {
        return mode === 'query' && placeOf(type, mode) !== mode ? expect.stringMatching(`^(${expected}|invalid_request)$`) : expected;
      }
    }
  });

  it.each([
    ['login_required', 'the prompt none, and nobody signed in', { prompt: 'none' }, {}, []],
    ['access_denied', 'a user who says no', { prompt: 'consent' }, { decision: 'deny' }, ['login', 'consent']],
    ['access_denied', 'a user who does not sign in', {}, { decision: 'cancel' }, ['login']],
  ] as const)('with %s for %s stands where the answer would', async (code, _, changes, visitor, asked) => {
    for (const response_type of responseTypes) {
      for (const response_mode of modes.filter((mode) => mode === undefined || placeOf(response_type, mode) === mode)) {
        const answer = await ask({ response_type, response_mode, ...changes }, visitor);
        expect({ place: answer.place, parameters: answer.parameters, asked: answer.asked }).toEqual({
          place: placeOf(response_type, response_mode),
          parameters: errorOf(code),
          asked,
        });
      }
    }
  });

  it.each([
    ['device', 'query'],
    ['code none', 'query'],
    ['code code', 'query'],
    ['CODE', 'query'],
    ['code  token', 'fragment'],
    ['token none', 'fragment'],
    ['id_token device', 'fragment'],
    ['code,token', 'query'],
  ])(
    'with unsupported_response_type for response_type=%s stands in the %s, unless another place was asked for',
    async (response_type, place) => {
      const byDefault = await ask({ response_type });
      expect([byDefault.place, byDefault.parameters]).toEqual([place, errorOf('unsupported_response_type')]);
      const posted = await ask({ response_type, response_mode: 'form_post' });
      expect([posted.place, posted.parameters]).toEqual(['form_post', errorOf('unsupported_response_type')]);
    },
  );

  it.each([
    ['missing', { response_type: undefined }, 'query'],
    ['empty', { response_type: '' }, 'query'],
  ] as const)('of a request whose response_type is %s is an invalid_request', async (_, changes, expected) => {
    const { place, parameters } = await ask(changes);
    expect({ place, parameters }).toEqual({ place: expected, parameters: errorOf('invalid_request') });
  });

  it.each(['web_message', 'FRAGMENT', 'query.jwt'])(
    'of the unknown response_mode %s stands in the default place',
    async (response_mode) => {
      for (const response_type of ['code', 'id_token']) {
        const { place, parameters } = await ask({ response_type, response_mode });
        expect({ place, parameters }).toEqual({ place: placeOf(response_type, undefined), parameters: errorOf('invalid_request') });
      }
    },
  );

  it.each(['state', 'nonce', 'scope', 'response_type', 'response_mode', 'prompt'])('of a repeated %s goes to the client', async (name) => {
    const repeated = `${startOf({ prompt: 'consent', response_mode: 'fragment' })}&${name}=again`;
    const { to, parameters } = await answerTo(repeated, { agent: known });
    const { state: _, ...withoutState } = errorOf('invalid_request');
    expect({ to, parameters }).toEqual({ to: redirect_uri, parameters: name === 'state' ? withoutState : errorOf('invalid_request') });
  });

  it.each<readonly [string, Changes]>([
    ['an unknown client', { client_id: 'nobody' }],
    ['a foreign redirect_uri', { redirect_uri: 'https://evil.example/' }],
  ])('for %s posts nothing to anyone', async (_, changes) => {
    const answer = await fetch(startOf({ response_type: 'code id_token token', response_mode: 'form_post', ...changes }));
    expect([answer.status, (await answer.text()).includes('<form')]).toEqual([400, false]);
  });
});

describe('a mistake of the host', () => {
  const detail = 'connection to db-7.internal refused';
  const breaks = () => Promise.reject(new Error(detail));
  const hosted = { current: breaks, loginUrl: '/login' };
  const untold = {
    ...{ error: 'server_error', error_description: expect.not.stringContaining(detail) },
    ...{ state: 'a state', iss: expect.stringMatching(/^http:/) },
  };

  /** What the client is told, and what the operator is. */
  async function answerOf(options: Partial<OAuthRouterOptions>, changes: Changes, start = startOf(changes)) {
    const logged: unknown[] = [];
    const log = { warn: () => {}, error: (_: string, cause?: unknown) => void logged.push(cause) };
    const other = await testServer({ options: { clients: [every], log, ...options } });
    try {
      return { ...(await answerTo(start.replace(server.url, other.url))), logged: String(logged) };
    } finally {
      await other.close();
    }
  }

  it.each<readonly [string, Changes, Place]>([
    ['a redirect', {}, 'query'],
    ['a redirect, with prompt=none', { prompt: 'none' }, 'query'],
    ['a form post', { response_mode: 'form_post' }, 'form_post'],
    ['a form post, with prompt=none', { response_mode: 'form_post', prompt: 'none' }, 'form_post'],
    ['a fragment, where tokens were asked for', { response_type: 'id_token', prompt: 'none' }, 'fragment'],
  ])('is told to the client as a server_error by %s, and to the operator in full', async (_, changes, expected) => {
    const { to, place, parameters, asked, logged } = await answerOf({ users: hosted }, changes);
    expect({ to, place, parameters, asked }).toEqual({ to: redirect_uri, place: expected, parameters: untold, asked: [] });
    expect(logged).toContain(detail);
  });

  it('is told to the client also when the user has allowed', async () => {
    const users = { authenticate: () => ({ id: 'alice' }), claims: breaks };
    const { to, place, parameters, asked, logged } = await answerOf({ users }, { response_type: 'id_token', scope: 'openid email' });
    expect({ to, place, parameters, asked }).toEqual({
      to: redirect_uri,
      place: 'fragment',
      parameters: untold,
      asked: ['login', 'consent'],
    });
    expect(logged).toContain(detail);
  });

  it.each([undefined, 'none'])('is told to a client that posted its request, with prompt=%s', async (prompt) => {
    const other = await testServer({ options: { clients: [every], users: hosted, log: { warn: () => {}, error: () => {} } } });
    const { pathname, searchParams } = new URL(startOf({ prompt }));
    const agent = new Agent(other.url);
    const posted = await agent.post(pathname, Object.fromEntries(searchParams));
    const answer = answerTo(new URL(posted.headers.get('location') ?? '', other.url).href, { agent }).finally(() => other.close());
    expect((await answer).parameters).toEqual(untold);
  });

  it('is none of the client: keys of its that cannot be had are a server_error here, and not the invalid_client of the token endpoint', async () => {
    const jwks_uri = 'https://127.0.0.1:1/jwks';
    const client = { ...every, jwks_uri, id_token_encrypted_response_alg: 'RSA-OAEP-256' } as const;
    const { place, parameters } = await answerOf({ clients: [client] }, { response_type: 'code id_token' });
    expect({ place, parameters }).toEqual({ place: 'fragment', parameters: { ...errorOf('server_error'), iss: expect.any(String) } });
  });
});

describe('a store that is away', () => {
  /** The store is there until the user is looked for. */
  async function ask(changes: Changes) {
    const store = { ...memoryStore(systemClock), get: () => Promise.reject(new StoreUnavailable('away')) };
    const log = { warn: () => {}, error: () => {} };
    const other = await testServer({ options: { clients: [every], store, log } });
    const agent = new Agent(other.url);
    agent.cookies.set('oauth_session', 'x'.repeat(22));
    try {
      return await agent.get(startOf(changes).replace(server.url, other.url));
    } finally {
      await other.close();
    }
  }

  it('is told to a client that allows no page', async () => {
    const { status, headers } = await ask({ prompt: 'none' });
    const { origin, pathname, searchParams } = new URL(headers.get('location') ?? '');
    expect({ status, to: `${origin}${pathname}`, error: searchParams.get('error'), state: searchParams.get('state') }).toEqual({
      status: 303,
      to: redirect_uri,
      error: 'temporarily_unavailable',
      state: 'a state',
    });
  });

  it('is otherwise told to the user, who goes on from there in a moment', async () => {
    const { status, headers } = await ask({});
    expect([status, headers.get('retry-after'), headers.get('location')]).toEqual([503, '5', null]);
  });
});

describe('what a hybrid answer gives', () => {
  const hybrids = responseTypes.filter((type) => has(type, 'code') && type !== 'code');

  async function hybrid(response_type: string) {
    const { code_verifier, code_challenge } = pkce();
    const { parameters } = await ask({ response_type, code_challenge });
    const { code, access_token, id_token } = parameters;
    const credentials = { client_id: 'every', client_secret: secretOf('every') };
    return {
      code,
      access_token,
      id_token,
      redeem: { ...credentials, grant_type: 'authorization_code', code, code_verifier, redirect_uri },
    };
  }

  it.each(hybrids)('is a code that can be redeemed, for response_type=%s', async (response_type) => {
    const { redeem } = await hybrid(response_type);
    const { status, body } = await token(server.url, redeem);
    expect({ status, body }).toMatchObject({ status: 200, body: { access_token: text, refresh_token: text, id_token: text } });
    const { claims } = await verified(server.url, body.id_token);
    expect(claims).toMatchObject({ sub: 'alice', aud: 'every', nonce: 'a nonce', at_hash: leftHalf(body.access_token) });
    expect(claims).not.toHaveProperty('c_hash');
  });

  it.each(responseTypes.filter((type) => has(type, 'token')))(
    'is an access token that the API takes, for response_type=%s',
    async (type) => {
      const { parameters } = await ask({ response_type: type });
      const answer = await callApi(server.url, parameters.access_token);
      expect([answer.status, await answer.json()]).toEqual([200, { sub: 'alice', clientId: 'every' }]);
    },
  );

  it.each(responseTypes.filter((type) => has(type, 'id_token')))(
    'is an ID token bound to what comes with it, for response_type=%s',
    async (type) => {
      const { code, access_token, id_token } = (await ask({ response_type: type })).parameters;
      const { header, claims } = await verified(server.url, id_token);
      const { c_hash, at_hash, nonce, aud } = claims;
      expect({ alg: header.alg, c_hash, at_hash, nonce, aud }).toEqual({
        alg: 'RS256',
        c_hash: code === undefined ? undefined : leftHalf(code),
        at_hash: access_token === undefined ? undefined : leftHalf(access_token),
        nonce: 'a nonce',
        aud: 'every',
      });
    },
  );

  it('ends with the code, when that is used twice: also the access token that came through the browser', async () => {
    const { access_token, redeem } = await hybrid('code token');
    await token(server.url, redeem);
    expect((await token(server.url, redeem)).body.error).toBe('invalid_grant');
    expect((await callApi(server.url, access_token)).status).toBe(401);
  });

  it('is never a refresh token', async () => {
    for (const response_type of responseTypes) {
      expect((await ask({ response_type, scope: 'openid read:contacts offline_access' })).parameters).not.toHaveProperty('refresh_token');
    }
  });
});

describe('the metadata', () => {
  const metadataOf = async (url: string) =>
    (await (await fetch(`${url}/.well-known/openid-configuration`)).json()) as Record<string, string[]>;

  it('announces all response types where a client may use them, each by the name that the specifications give it', async () => {
    const { response_types_supported = [], grant_types_supported } = await metadataOf(server.url);
    expect([...response_types_supported].sort()).toEqual([...responseTypes].sort());
    expect(grant_types_supported).toEqual(['authorization_code', 'refresh_token', 'implicit']);
  });

  it.each<readonly [string, readonly ClientOptions[], readonly string[], readonly string[]]>([
    ['the code alone', [web], ['code'], ['authorization_code', 'refresh_token']],
    ['one hybrid', [clientFor('one', 'code id_token')], ['code', 'code id_token'], ['authorization_code', 'refresh_token', 'implicit']],
    [
      'what two clients may use',
      [clientFor('one', 'id_token'), clientFor('two', 'none')],
      ['code', 'id_token', 'none'],
      [...['authorization_code', 'refresh_token'], 'implicit'],
    ],
    [
      'a machine',
      [{ client_id: 'machine', client_secret: secretOf('machine'), grant_types: ['client_credentials'] }],
      ['code'],
      ['authorization_code', 'refresh_token', 'client_credentials'],
    ],
  ])('announces nothing that no client may use: %s', async (_, clients, types, grants) => {
    await withServer(clients, async (url) => {
      const { response_types_supported = [], grant_types_supported } = await metadataOf(url);
      expect([[...response_types_supported].sort(), grant_types_supported]).toEqual([types, grants]);
    });
  });
});

describe('the page that posts the answer', () => {
  it('is kept by nobody, and allows its own script alone', async () => {
    const { status, headers, html } = await ask({ response_mode: 'form_post' });
    const [, nonce] = /<script nonce="([^"]+)">/.exec(html) ?? [];
    expect({ status, cache: headers.get('cache-control'), referrer: headers.get('referrer-policy') }).toEqual({
      status: 200,
      cache: 'no-store',
      referrer: 'no-referrer',
    });
    expect(headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; script-src 'nonce-${nonce}'`,
    );
  });

  it('has another nonce each time, of at least 128 bits', async () => {
    const nonces = [];
    for (let i = 0; i < 3; i += 1) nonces.push(/nonce="([^"]+)"/.exec((await ask({ response_mode: 'form_post' })).html)?.[1]);
    expect(new Set(nonces).size).toBe(3);
    for (const nonce of nonces) expect(nonce).toMatch(/^[\w-]{22,}$/);
  });

  it('has no token of our own forms, which the client could use', async () => {
    const { html, parameters } = await ask({ response_mode: 'form_post' });
    expect(Object.keys(parameters).sort()).toEqual(['code', 'iss', 'state']);
    expect(html).not.toContain('_csrf');
  });

  it.each([
    '"><script>alert(1)</script>',
    '</form><form action="https://evil.example">',
    "' onfocus=alert(1) '",
    '&quot;&#34;',
    'ä€😀',
    '%22+ ',
  ])('gives back the state %s as it was', async (state) => {
    expect((await ask({ response_mode: 'form_post', state })).parameters.state).toBe(state);
  });
});

describe('in Chromium, the page that posts the answer', () => {
  /** What the client was posted: its fields, and whether the browser said where it came from. */
  interface Posted {
    readonly fields: Record<string, string>;
    readonly referrer: string | undefined;
  }

  async function signIn(before: RequestHandler[], javaScriptEnabled: boolean, use: (page: Page, violations: string[]) => Promise<void>) {
    const posted: Posted[] = [];
    const client = createServer(async (req, res) => {
      let body = '';
      for await (const chunk of req) body += chunk;
      if (req.method === 'POST') posted.push({ fields: Object.fromEntries(new URLSearchParams(body)), referrer: req.headers.referer });
      res.writeHead(200, { 'content-type': 'text/html' }).end(`<title>Client</title><link rel="icon" href="data:,"><h1>${req.method}</h1>`);
    });
    const callback = `${(await listen(client)).replace('localhost', '127.0.0.1')}/callback`;
    const options: ClientOptions = { ...every, redirect_uris: [callback] };
    try {
      return await withServer(
        [options],
        (url) =>
          withPage({ javaScriptEnabled }, async (page) => {
            const violations: string[] = [];
            page.on('console', (message) => violations.push(message.text()));
            const changes = { redirect_uri: callback, response_type: 'code id_token token', response_mode: 'form_post' };
            await page.goto(startOf(changes).replace(server.url, url));
            await page.fill('#username', alice.username);
            await page.fill('#password', alice.password);
            await page.click('button.primary');
            await page.click('button[value=allow]');
            await use(page, violations);
            return { posted, url, violations };
          }),
        before,
      );
    } finally {
      client.closeAllConnections();
      await new Promise((closed) => client.close(closed));
    }
  }

  it.each([
    ['a host without headers of its own', []],
    ['a host behind helmet()', [helmet()]],
  ])('is sent by its script, in %s', async (_, before) => {
    const { posted, url, violations } = await signIn(before, true, (page) => page.waitForSelector('h1:text("POST")').then(() => {}));
    expect(posted).toEqual([{ fields: { ...parametersOf('code id_token token'), iss: url }, referrer: undefined }]);
    expect(violations).toEqual([]);
  });

  it.each([
    ['a host without headers of its own', []],
    ['a host behind helmet()', [helmet()]],
  ])('is sent by its button where there is no JavaScript, in %s', async (_, before) => {
    const { posted, url } = await signIn(before, false, async (page) => {
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.waitForSelector('h1:text("POST")');
    });
    expect(posted).toEqual([{ fields: { ...parametersOf('code id_token token'), iss: url }, referrer: undefined }]);
  });

  it('runs no script that somebody has put into the state', async () => {
    const state = `"><script>document.title='owned'</script><img src=x onerror="document.title='owned'">`;
    await withServer([every], (url) =>
      withPage({}, async (page) => {
        const errors: string[] = [];
        page.on('pageerror', (error) => errors.push(error.message));
        await page.route(`${redirect_uri}**`, (route) => route.fulfill({ contentType: 'text/html', body: '<h1>Client</h1>' }));
        let posted = '';
        page.on('request', (request) => {
          if (request.url() === redirect_uri) posted = request.postData() ?? '';
        });
        await page.goto(startOf({ response_mode: 'form_post', state, prompt: 'none' }).replace(server.url, url));
        await page.waitForSelector('h1:text("Client")');
        expect(Object.fromEntries(new URLSearchParams(posted))).toMatchObject({ error: 'login_required', state });
        expect(errors).toEqual([]);
      }),
    );
  });
});
