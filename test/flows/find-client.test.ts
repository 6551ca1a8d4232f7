/** Clients from the host's own table: by `findClient`, or by `clients` as a function. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { clientsOfHost } from '../../lib/config/clients.js';
import type { ClientOptions, FindClient, OAuthRouterOptions } from '../../lib/config/options/index.js';
import { createServer } from '../../lib/server.js';
import { Agent } from '../support/agent.js';
import { answerTo } from '../support/answers.js';
import { api, authorizeUrl, freshCode, pkce, type TestServer, testOptions, testServer, token } from '../support/server.js';

const secret = 'the secret of a found client';
const row = { client_id: 'found', client_secret: secret, grant_types: ['client_credentials'], scope: 'read:contacts' };
const app = { client_id: 'found', client_secret: secret, redirect_uris: ['https://client.example.com/callback'] };

const servers: TestServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** Rows as databases give them, which no type has checked. */
type Rows = (client_id: string) => unknown;

async function hostWith(find: Rows, options: Partial<OAuthRouterOptions> = {}) {
  const asked: string[] = [];
  const warnings: string[] = [];
  const errors: string[] = [];
  const findClient = ((client_id) => {
    asked.push(client_id);
    return find(client_id);
  }) as FindClient;
  const log = {
    warn: (message: string) => void warnings.push(message),
    error: (message: string, cause: unknown) => void errors.push(`${message} ${cause instanceof Error ? cause.message : ''}`),
  };
  const server = await testServer({ options: { findClient, log, ...options } });
  servers.push(server);
  return { ...server, asked, warnings, errors };
}

function machine(url: string, client_id = 'found', client_secret = secret) {
  return token(url, { grant_type: 'client_credentials', client_id, client_secret });
}

describe('the host’s function', () => {
  it('is asked for what the list has not, and for nothing else', async () => {
    const { url, asked } = await hostWith(() => null);
    await freshCode(url);
    expect(asked).toEqual([]);
    await machine(url);
    expect(asked).toEqual(['found']);
  });

  it('may stand in the place of the list', async () => {
    const find = (client_id: string) => (client_id === 'found' ? row : undefined);
    const server = await testServer({ options: { clients: find } });
    servers.push(server);
    expect(await machine(server.url)).toMatchObject({ status: 200, body: { scope: 'read:contacts' } });
  });

  it('takes a user through the whole flow', async () => {
    const { url } = await hostWith(async () => app);
    const { client_id, client_secret } = app;
    const redemption = await freshCode(url, { client_id });
    expect(await token(url, { ...redemption, client_id, client_secret })).toMatchObject({ status: 200 });
  });

  it.each([
    ['null', null],
    ['undefined', undefined],
    ['false', false],
  ])('knows no such client, if it gives %s', async (_, nothing) => {
    const { url, errors } = await hostWith(async () => nothing);
    expect(await machine(url)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(errors).toEqual([]);
  });

  it('is not asked for what no client can be called', async () => {
    const { url, asked } = await hostWith(() => row);
    for (const client_id of ['a\0b', 'ä', 'x'.repeat(256), 'https://client.example.com/metadata.json']) {
      expect((await machine(url, client_id)).body.error).toBe(client_id.includes('\0') ? 'invalid_request' : 'invalid_client');
    }
    expect(asked).toEqual([]);
  });

  it('may have a database that compares without regard to case: the client is still another', async () => {
    const { url, errors } = await hostWith(() => row);
    expect(await machine(url)).toMatchObject({ status: 200 });
    expect(await machine(url, 'FOUND')).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(await machine(url, 'found ')).toMatchObject({ status: 401 });
    expect(errors).toEqual([]);
  });
});

describe('a row of the host’s table', () => {
  class Model {
    readonly #columns = row;
    get client_id() {
      return this.#columns.client_id;
    }
    get client_secret() {
      return this.#columns.client_secret;
    }
    get grant_types() {
      return this.#columns.grant_types;
    }
    readonly self = this; // as models of object mappers are, it is no JSON
  }

  it.each<[string, unknown]>([
    [
      'NULL for what it does not say',
      { ...row, client_name: null, jwks: null, token_endpoint_auth_method: null, client_secret_hash: null },
    ],
    ['columns of its own', { ...row, id: 9007199254740993n, created_at: new Date(0), owner: { name: 'Bob' }, on_change: () => {} }],
    ['getters, as an instance of a class', new Model()],
  ])('may have %s', async (_, given) => {
    const { url, errors } = await hostWith(() => given);
    expect({ status: (await machine(url)).status, errors }).toEqual({ status: 200, errors: [] });
  });

  it.each<[string, unknown, RegExp]>([
    ['a wrong member', { ...row, redirect_uris: ['http://a.example.com/'] }, /findClient\(…\)\.redirect_uris\[0\]: .* Use https/],
    [
      'a text for a list',
      { ...row, grant_types: 'client_credentials' },
      /findClient\(…\)\.grant_types: It is not a list\. Put it into brackets/,
    ],
    ['a number that JSON has not', { ...row, default_max_age: 5n }, /findClient\(…\)\.default_max_age: It is not a number of seconds/],
    [
      'another client_id',
      { ...row, client_id: 'other' },
      /findClient\(…\)\.client_id: It is other, which was not asked for\. Give the row/,
    ],
    ['no client_id', { ...row, client_id: null }, /findClient\(…\)\.client_id: It is missing/],
    ['no client at all', 'found', /findClient\(…\): It is not an object/],
    ['a list', [row], /findClient\(…\): It is not an object/],
    ['pairwise names without a salt', { ...row, subject_type: 'pairwise' }, /findClient\(…\)\.subject_type: Unknown here: pairwise/],
  ])('is refused with %s: the log says what to do, the client learns nothing', async (_, given, said) => {
    const { url, errors } = await hostWith(() => given);
    for (const _again of [1, 2]) {
      const { status, body } = await machine(url);
      expect({ status, body }).toEqual({
        status: 500,
        body: { error: 'server_error', error_description: 'The server made a mistake. It has been logged.' },
      });
    }
    expect(errors).toEqual([expect.stringMatching(said), expect.stringMatching(said)]);
    expect(errors.join()).not.toContain(secret);
  });

  it('counts as it is now: nothing of it is remembered', async () => {
    let now: object | null = row;
    const { url } = await hostWith(() => now);
    expect(await machine(url)).toMatchObject({ status: 200 });
    now = { ...row, client_secret: 'quite another secret' };
    expect(await machine(url)).toMatchObject({ status: 401 });
    expect(await machine(url, 'found', 'quite another secret')).toMatchObject({ status: 200 });
    now = { ...row, grant_types: ['authorization_code'], redirect_uris: app.redirect_uris };
    expect(await machine(url)).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } });
    now = null;
    expect(await machine(url)).toMatchObject({ status: 401 });
  });

  it('that was good for one is not taken for another', async () => {
    const { url } = await hostWith(() => row);
    expect(await machine(url)).toMatchObject({ status: 200 });
    expect(await machine(url, 'somebody')).toMatchObject({ status: 500, body: { error: 'server_error' } });
  });

  it('may be changed by the host after it was given', async () => {
    const given = { ...row };
    const { url } = await hostWith(() => given);
    expect(await machine(url)).toMatchObject({ status: 200 });
    given.client_secret = 'quite another secret';
    expect(await machine(url)).toMatchObject({ status: 401 });
  });

  it('is checked once, as long as it stays the same, and not kept for ever', async () => {
    const { settings } = createServer(testOptions('https://app.example.com'));
    const find = clientsOfHost((client_id) => ({ client_id, redirect_uris: app.redirect_uris }), settings.clientContext);
    const first = await find('client 0');
    expect(await find('client 0')).toBe(first);
    for (let i = 1; i <= 1_000; i += 1) await find(`client ${i}`);
    expect(await find('client 0')).not.toBe(first);
  });
});

describe('the host’s function that fails', () => {
  const failures: [string, Rows][] = [
    [
      'throws',
      () => {
        throw new Error('password authentication failed for user "oauth"');
      },
    ],
    ['rejects', async () => Promise.reject(new Error('password authentication failed for user "oauth"'))],
  ];

  it.each(failures)('%s: the client is told that the server made a mistake', async (_, find) => {
    const { url, errors } = await hostWith(find);
    const { status, body } = await machine(url);
    expect({ status, error: body.error }).toEqual({ status: 500, error: 'server_error' });
    expect(JSON.stringify(body)).not.toContain('password');
    expect(errors).toEqual([expect.stringContaining('password authentication failed')]);
  });

  it.each(failures)('%s: the user is shown a page, without a way to anywhere', async (_, find) => {
    const { url } = await hostWith(find);
    const answer = await new Agent(url).get(authorizeUrl('', pkce().code_challenge, { client_id: 'found' }));
    const html = await answer.text();
    expect({ status: answer.status, location: answer.headers.get('location') }).toEqual({ status: 500, location: null });
    expect(html).toContain('Something went wrong');
    expect(html).not.toContain('password authentication');
  });

  it('never answers: then the request is answered without it', async () => {
    const { settings } = createServer(testOptions('https://app.example.com'));
    const find = clientsOfHost(() => new Promise(() => {}), settings.clientContext);
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    try {
      const answer = find('found').catch((error) => error);
      jest.advanceTimersByTime(10_000);
      expect(await answer).toMatchObject({
        code: 'temporarily_unavailable',
        status: 503,
        headers: { 'Retry-After': '5' },
        cause: { message: 'findClient has not answered within 10 seconds.' },
      });
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('what the host says of a client that it finds', () => {
  it('holds: firstParty spares its users the consent', async () => {
    const askedOf = async (client: object) => {
      const { url } = await hostWith(() => client);
      return (await answerTo(authorizeUrl(url, pkce().code_challenge, { client_id: 'found' }))).asked;
    };
    expect(await askedOf({ ...app, firstParty: true })).toEqual(['login']);
    expect(await askedOf(app)).toEqual(['login', 'consent']);
  });

  it('holds: introspects lets it ask about tokens', async () => {
    const { url } = await hostWith((client_id) => ({ ...row, client_id, ...(client_id === 'api' && { introspects: [api] }) }));
    const { body } = await machine(url);
    const ask = async (client_id: string) => {
      const form = new URLSearchParams({ token: body.access_token as string, client_id, client_secret: secret });
      return fetch(`${url}/oauth/introspect`, { method: 'POST', body: form });
    };
    expect(await (await ask('api')).json()).toMatchObject({ active: true, client_id: 'found' });
    expect((await ask('found')).status).toBe(403);
  });

  it('is warned of where RFC 9700 advises against it, once', async () => {
    const { url, warnings } = await hostWith(() => ({ ...row, grant_types: ['client_credentials', 'password'], pkce: false }));
    const before = warnings.length;
    for (const _again of [1, 2, 3]) await machine(url);
    expect(warnings.slice(before)).toEqual([
      expect.stringMatching(/The client found may do without PKCE/),
      expect.stringMatching(/The client found may use the grant password\. It hands/),
    ]);
  });
});

describe('the metadata', () => {
  async function announced(options: Partial<OAuthRouterOptions>): Promise<readonly string[]> {
    const server = await testServer({ options });
    servers.push(server);
    const answer = await fetch(`${server.url}/.well-known/oauth-authorization-server`);
    return ((await answer.json()) as { grant_types_supported: string[] }).grant_types_supported;
  }

  const never: ClientOptions | null = null;

  it('announces what found clients may use, but nothing that RFC 9700 advises against', async () => {
    const grants = await announced({ findClient: () => never });
    expect(grants).toContain('client_credentials');
    expect(grants).not.toContain('password');
    expect(grants).not.toContain('implicit');
  });

  it('announces it where somebody vouches for clients that register', async () => {
    expect(await announced({ registration: { initialAccessToken: () => true } })).toContain('client_credentials');
  });

  it('announces it neither where anybody may register, nor where all are known', async () => {
    expect(await announced({ registration: true })).not.toContain('client_credentials');
    expect(await announced({})).not.toContain('client_credentials');
  });
});

it('must be one of the two: clients as a function, and findClient', () => {
  const options = { ...testOptions('https://app.example.com'), clients: () => null, findClient: () => null };
  expect(() => createServer(options)).toThrow('findClient: The option clients is a function as well. Keep one of the two.');
});
