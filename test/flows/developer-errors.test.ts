/** What errors tell: in development what was asked for, what is registered and the nearest match; in production less; events all, in both. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent } from '../support/agent.js';
import { type Recorder, record } from '../support/events.js';
import { authorizeUrl, form, freshCode, pkce, spa, type TestServer, testServer, token, web } from '../support/server.js';

const narrow = { ...web, client_id: 'narrow', scope: 'read:contacts', token_endpoint_auth_method: 'client_secret_basic' };
const clients = [web, spa, narrow];

const servers = {} as Record<'development' | 'production', TestServer>;
const events = {} as Record<'development' | 'production', Recorder>;

beforeAll(async () => {
  for (const mode of ['development', 'production'] as const) {
    servers[mode] = await testServer({ options: { clients, development: mode === 'development' } });
    events[mode] = record(servers[mode].oauth);
  }
});

afterAll(() => Promise.all(Object.values(servers).map((server) => server.close())));

/** What the answer says: on a page, in a redirect, or in JSON. */
async function saidBy(answer: Response): Promise<string> {
  const location = answer.headers.get('location');
  if (location?.startsWith('https:')) {
    const { search, hash } = new URL(location);
    return new URLSearchParams(search.includes('error') ? search : hash.slice(1)).get('error_description') as string;
  }
  const text = await answer.text();
  return text.startsWith('{') ? (JSON.parse(text).error_description as string) : textOf(text);
}

function textOf(html: string): string {
  return html
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ');
}

type Ask = (server: TestServer) => Promise<Response>;

const authorize =
  (parameters: Readonly<Record<string, string | undefined>>): Ask =>
  ({ url }) =>
    new Agent(url).get(authorizeUrl('', pkce().code_challenge, parameters));

const post =
  (parameters: Readonly<Record<string, string>>, headers: Record<string, string> = {}): Ask =>
  ({ url }) =>
    fetch(`${url}/oauth/token`, { method: 'POST', body: form(parameters), headers });

const asWeb = { client_id: web.client_id, client_secret: web.client_secret };

const withCode =
  (parameters: Readonly<Record<string, string>>): Ask =>
  async (server) =>
    post({ ...asWeb, ...(await freshCode(server.url)), ...parameters })(server);

const refreshing =
  (scope: string): Ask =>
  async (server) => {
    const { body } = await token(server.url, await freshCode(server.url));
    return post({ ...asWeb, grant_type: 'refresh_token', refresh_token: body.refresh_token as string, scope })(server);
  };

/** What is asked, as which parameter, what comes nearest, and what else only a developer is told. */
interface Told {
  readonly what: string;
  readonly asked: string;
  readonly nearest?: string;
  readonly others?: readonly string[];
}

const callback = 'https://client.example.com/callback';

describe('a mismatch', () => {
  it.each<readonly [string, Ask, Told]>([
    ['an unknown client', authorize({ client_id: 'wep' }), { what: 'client_id', asked: 'wep', nearest: 'web', others: ['narrow'] }],
    [
      'a redirect URI with a slash too many',
      authorize({ redirect_uri: `${callback}/` }),
      { what: 'redirect_uri', asked: `${callback}/`, nearest: callback, others: ['the slash at the end of the path'] },
    ],
    [
      'a redirect URI of another scheme and port',
      authorize({ redirect_uri: 'http://client.example.com:8080/callback' }),
      { what: 'redirect_uri', asked: 'http://client.example.com:8080/callback', nearest: callback, others: ['the scheme, the port'] },
    ],
    ['an unknown scope', authorize({ scope: 'reed:contacts' }), { what: 'scope', asked: 'reed:contacts', nearest: 'read:contacts' }],
    [
      'a scope beyond the client’s',
      authorize({ client_id: 'narrow', scope: 'read:contacts create:contacts' }),
      { what: 'scope', asked: 'create:contacts', others: ['Registered: read:contacts'] },
    ],
    ['an unknown response type', authorize({ response_type: 'cod' }), { what: 'response_type', asked: 'cod', nearest: 'code' }],
    [
      'a response type that is not registered',
      authorize({ response_type: 'code token', nonce: 'n' }),
      { what: 'response_type', asked: 'code token', others: ['Registered: code.'] },
    ],
    [
      'an unknown response mode',
      authorize({ response_mode: 'form-post' }),
      { what: 'response_mode', asked: 'form-post', nearest: 'form_post' },
    ],
    ['an unknown prompt', authorize({ prompt: 'Log_in' }), { what: 'prompt', asked: 'Log_in', nearest: 'login' }],
    ['an unknown display', authorize({ display: 'pop-up' }), { what: 'display', asked: 'pop-up', nearest: 'popup' }],
    [
      'an unknown grant',
      post({ ...asWeb, grant_type: 'authorisation_code' }),
      { what: 'grant_type', asked: 'authorisation_code', nearest: 'authorization_code', others: ['client_credentials'] },
    ],
    [
      'a grant that is not registered',
      post({ ...asWeb, grant_type: 'client_credentials' }),
      { what: 'grant_type', asked: 'client_credentials', others: ['Registered: authorization_code, refresh_token.'] },
    ],
    [
      'another redirect URI than that of the code',
      withCode({ redirect_uri: `${callback}?x=1` }),
      { what: 'redirect_uri', asked: `${callback}?x=…`, nearest: callback, others: ['the query'] },
    ],
    ['a scope that was not granted', refreshing('create:contacts'), { what: 'scope', asked: 'create:contacts', others: ['read:contacts'] }],
    [
      'a client that is unknown at the token endpoint',
      post({ ...asWeb, client_id: 'webb' }),
      { what: 'client_id', asked: 'webb', nearest: 'web', others: ['client_unknown', 'narrow'] },
    ],
    [
      'a method of authentication that is not registered',
      post({ client_id: narrow.client_id, client_secret: narrow.client_secret }),
      {
        ...{ what: 'token_endpoint_auth_method', asked: 'client_secret_post', nearest: 'client_secret_basic' },
        others: ['auth_method_mismatch'],
      },
    ],
    [
      'a body of another type',
      ({ url }) => fetch(`${url}/oauth/token`, { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } }),
      { what: 'Content-Type', asked: 'application/json' },
    ],
  ])('of %s is told in full in development, and to events alone in production', async (_, ask, { what, asked, nearest, others = [] }) => {
    const said: Record<string, string> = {};
    const heard: Record<string, unknown> = {};
    for (const mode of ['development', 'production'] as const) {
      await events[mode].take();
      said[mode] = await saidBy(await ask(servers[mode]));
      heard[mode] = (await events[mode].take()).find(({ name }) => name.endsWith('.refused'));
    }
    for (const detail of [asked.replace('…', '...'), ...(nearest === undefined ? [] : [nearest]), ...others]) {
      expect(said.development).toContain(detail);
      expect({ detail, said: said.production?.includes(detail) }).toEqual({ detail, said: false });
    }
    const explanation = expect.objectContaining({ what, asked, ...(nearest !== undefined && { nearest }) });
    expect(heard).toEqual({
      development: expect.objectContaining({ explanation }),
      production: expect.objectContaining({ explanation }),
    });
  });
});

describe('at the token endpoint', () => {
  const wrongs: readonly (readonly [string, Ask])[] = [
    ['an unknown client', post({ ...asWeb, client_id: 'nobody' })],
    ['a wrong secret', post({ ...asWeb, client_secret: 'wrong' })],
    ['a wrong method', post({ client_id: narrow.client_id, client_secret: narrow.client_secret })],
    ['a secret from a public client', post({ client_id: spa.client_id, client_secret: 'any' })],
    ['no secret from a confidential one', post({ client_id: web.client_id })],
  ];

  it('all clients that are refused get one answer in production', async () => {
    const answers = await Promise.all(wrongs.map(([, ask]) => ask(servers.production)));
    const bodies = await Promise.all(answers.map(async (answer) => [answer.status, await answer.json()]));
    expect(new Set(bodies.map((body) => JSON.stringify(body)))).toEqual(
      new Set(['[401,{"error":"invalid_client","error_description":"The client is unknown, or its credentials are wrong."}]']),
    );
  });

  it.each([
    ['client_unknown', wrongs[0]],
    ['secret_wrong', wrongs[1]],
    ['auth_method_mismatch', wrongs[2]],
    ['auth_method_mismatch', wrongs[3]],
    ['auth_method_mismatch', wrongs[4]],
  ] as const)('the reason %s is told in development, of %j', async (reason, wrong) => {
    expect(await saidBy(await (wrong as (typeof wrongs)[number])[1](servers.development))).toContain(`Reason: ${reason}.`);
  });

  it('a code_verifier that does not match is never shown, and its hash is spoken of in development', async () => {
    const { code_verifier } = pkce();
    const ask = withCode({ code_verifier });
    const said = { development: await saidBy(await ask(servers.development)), production: await saidBy(await ask(servers.production)) };
    expect(said).toEqual({
      development: expect.stringMatching(/SHA256\(code_verifier\)\) of the one that was sent is another code_challenge/),
      production: 'The code_verifier does not match the code_challenge of the authorization request.',
    });
    expect(JSON.stringify(said)).not.toContain(code_verifier);
  });

  it('a code_challenge that is sent as the code_verifier is recognised', async () => {
    const { url } = servers.development;
    const { code_challenge } = pkce();
    const code = await freshCode(url, { code_challenge });
    expect((await token(url, { ...code, code_verifier: code_challenge })).body.error_description).toMatch(
      /It is the code_challenge itself/,
    );
  });
});

describe('the error page', () => {
  const hostile = '"><script>alert(1)</script>';

  it('has a part for the developer, with what was sent as text', async () => {
    const answer = await authorize({ redirect_uri: `https://client.example.com/callback${hostile}` })(servers.development);
    const html = await answer.text();
    expect(html).toContain('For the developer');
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).not.toContain('<script');
  });

  it.each([{ client_id: `x${hostile}` }, { redirect_uri: `https://evil.example/${hostile}` }])(
    'repeats nothing of the link in production: %j',
    async (parameters) => {
      const html = await (await authorize(parameters)(servers.production)).text();
      expect(html).not.toContain('For the developer');
      for (const part of ['evil', 'alert', 'client.example.com', '>web<']) expect(html).not.toContain(part);
    },
  );

  it('stays short, however much was sent', async () => {
    const asked = `https://client.example.com/${'x'.repeat(8_000)}`;
    const html = await (await authorize({ redirect_uri: asked })(servers.development)).text();
    expect(html).toContain('…');
    expect(html.length).toBeLessThan(6_000);
  });
});
