/** The authorization code flow, step by step. RFC 6749 section 4.1. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent } from '../support/agent.js';
import {
  alice,
  authorizeUrl,
  callApi,
  form,
  freshCode,
  native,
  openPage,
  pkce,
  postLogin,
  spa,
  type TestServer,
  testServer,
  token,
  walk,
  web,
} from '../support/server.js';

describe('the authorization code flow', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await testServer();
  });

  afterAll(() => server.close());

  it('ends with an access token that the API accepts', async () => {
    const { body } = await token(server.url, await freshCode(server.url));
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: 'read:contacts', refresh_token: expect.any(String) });
    const answer = await callApi(server.url, body.access_token);
    expect(await answer.json()).toEqual({ sub: 'alice', clientId: 'web' });
  });

  it('gives state and iss with the code', async () => {
    const callback = await walk(new Agent(server.url), authorizeUrl(server.url, pkce().code_challenge));
    expect(Object.fromEntries(callback.searchParams)).toEqual({ code: expect.any(String), state: 'a state', iss: server.url });
  });

  it('gives no state where none was sent', async () => {
    const callback = await walk(new Agent(server.url), authorizeUrl(server.url, pkce().code_challenge, { state: undefined }));
    expect([...callback.searchParams.keys()].sort()).toEqual(['code', 'iss']);
  });

  it.each([`a${' '.repeat(40)}b`, '+%2B&=#?/"<>\\', 'ü€😀\u2028', '{"a":[1,2]}', 'a'.repeat(6_000)])(
    'gives the state %j back as it was',
    async (state) => {
      const callback = await walk(new Agent(server.url), authorizeUrl(server.url, pkce().code_challenge, { state }));
      expect(callback.searchParams.get('state')).toBe(state);
    },
  );

  it('begins with a POST just as well', async () => {
    const { agent, location } = await posted({ state: 'ü'.repeat(2_000) });
    expect((await walk(agent, location)).searchParams.get('state')).toBe('ü'.repeat(2_000));
  });

  it('leads over no URL that a proxy would refuse, however long the state is', async () => {
    const { location } = await posted({ state: '€'.repeat(2_700) });
    expect(location.length).toBeLessThan(8_000);
  });

  async function posted(parameters: Readonly<Record<string, string>>) {
    const agent = new Agent(server.url);
    const [path = '', query] = authorizeUrl('', pkce().code_challenge, parameters).split('?');
    const answer = await agent.post(path, Object.fromEntries(new URLSearchParams(query)));
    return { agent, location: answer.headers.get('location') ?? '' };
  }

  it('may leave out redirect_uri where one is registered', async () => {
    const callback = await walk(new Agent(server.url), authorizeUrl(server.url, pkce().code_challenge, { redirect_uri: undefined }));
    expect(`${callback.origin}${callback.pathname}`).toBe('https://client.example.com/callback');
  });

  it('may leave out redirect_uri at the token endpoint, as in OAuth 2.1', async () => {
    expect((await token(server.url, { ...(await freshCode(server.url)), redirect_uri: undefined })).status).toBe(200);
  });

  it('gives the default scope of the API where none was asked for, and says so', async () => {
    expect((await token(server.url, await freshCode(server.url, { scope: undefined }))).body.scope).toBe('read:contacts');
  });

  it.each([
    ['in the header', {}, `Basic ${btoa(`${web.client_id}:${web.client_secret}`)}`],
    ['in the header, form-encoded', {}, `Basic ${btoa(`${web.client_id}:${encodeURIComponent(web.client_secret)}`)}`],
    ['in the header, with a plus for each space', {}, `Basic ${btoa(`${web.client_id}:${web.client_secret.replaceAll(' ', '+')}`)}`],
    ['in the header, in lower case', {}, `basic ${btoa(`${web.client_id}:${web.client_secret}`)}`],
    [
      'in the header, with the client_id in the body too',
      { client_id: web.client_id },
      `Basic ${btoa(`${web.client_id}:${web.client_secret}`)}`,
    ],
  ])('takes the secret of the client %s', async (_, parameters, Authorization) => {
    expect((await token(server.url, { ...(await freshCode(server.url)), ...parameters }, { Authorization })).status).toBe(200);
  });

  it.each(['we+b %2B', encodeURIComponent('we+b %2B')])('knows a client whose name has a plus, sent as %s', async (name) => {
    const odd = { ...web, client_id: 'we+b %2B' };
    const other = await testServer({ options: { clients: [odd] } });
    const good = await freshCode(other.url, { client_id: odd.client_id });
    const { status } = await token(other.url, good, { Authorization: `Basic ${btoa(`${name}:${odd.client_secret}`)}` });
    await other.close();
    expect(status).toBe(200);
  });

  it.each([
    [spa.client_id, 'https://spa.example.com/other'],
    [native.client_id, 'http://127.0.0.1:51004/callback'],
    [native.client_id, 'com.example.app:/callback'],
  ])('serves the public client %s at %s', async (client_id, redirect_uri) => {
    const { code_verifier, code_challenge } = pkce();
    const callback = await walk(new Agent(server.url), authorizeUrl(server.url, code_challenge, { client_id, redirect_uri }));
    expect(callback.href.startsWith(redirect_uri)).toBe(true);
    const code = callback.searchParams.get('code') ?? '';
    const { body } = await token(server.url, { grant_type: 'authorization_code', client_id, redirect_uri, code, code_verifier });
    expect(await (await callApi(server.url, body.access_token)).json()).toEqual({ sub: 'alice', clientId: client_id });
  });

  it('is not to be kept by any cache, from its first page to its tokens', async () => {
    const agent = new Agent(server.url);
    const start = authorizeUrl(server.url, pkce().code_challenge);
    const first = await agent.get(start);
    await walk(agent, start);
    const back = await agent.get(start);
    const tokens = await token(server.url, await freshCode(server.url));
    const headers = [first, back, tokens].map((answer) => answer.headers.get('cache-control'));
    expect(headers).toEqual(['no-store', 'no-store', 'no-store']);
  });

  it('goes by 303 after a POST, never by 307', async () => {
    const agent = new Agent(server.url);
    const parameters = { client_id: native.client_id, redirect_uri: native.redirect_uris[0] };
    const login = await postLogin(agent, alice, authorizeUrl(server.url, pkce().code_challenge, parameters));
    const { ticket, _csrf } = await openPage(agent, login);
    const consent = await agent.post('/oauth/consent', { ticket, _csrf, decision: 'allow' });
    expect([login.status, consent.status]).toEqual([303, 303]);
  });

  it('ends with no code that is older than a minute', async () => {
    const [young, old] = [await freshCode(server.url), await freshCode(server.url)];
    server.sleep(59);
    expect((await token(server.url, young)).status).toBe(200);
    server.sleep(1);
    expect((await token(server.url, old)).body.error).toBe('invalid_grant');
  });

  it('gives an access token that is good for ten minutes', async () => {
    const { body } = await token(server.url, await freshCode(server.url));
    server.sleep(599);
    expect((await callApi(server.url, body.access_token)).status).toBe(200);
    server.sleep(1);
    expect((await callApi(server.url, body.access_token)).status).toBe(401);
  });

  it('gives a code to one of ten that redeem it at once', async () => {
    const good = await freshCode(server.url);
    const answers = await Promise.all(Array.from({ length: 10 }, () => token(server.url, good)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(400)]);
  });

  it('keeps the query of a registered redirect_uri', async () => {
    const redirect_uri = 'https://client.example.com/callback?tenant=1&b=%2F';
    const other = await testServer({ options: { clients: [{ ...web, redirect_uris: [redirect_uri] }] } });
    const callback = await walk(new Agent(other.url), authorizeUrl(other.url, pkce().code_challenge, { redirect_uri }));
    await other.close();
    expect(callback.href.startsWith(`${redirect_uri}&code=`)).toBe(true);
  });
});

describe('the access token of the flow', () => {
  it('is a JWT as RFC 9068 describes it', async () => {
    const server = await testServer();
    const { body } = await token(server.url, await freshCode(server.url));
    await server.close();
    const [header, claims] = (body.access_token ?? '').split('.').map((part) => Buffer.from(part, 'base64url').toString());
    expect(JSON.parse(header ?? '')).toEqual({ alg: 'ES256', kid: expect.any(String), typ: 'at+jwt' });
    expect(JSON.parse(claims ?? '')).toEqual({
      iss: server.url,
      aud: 'https://api.example.com/contacts',
      sub: 'alice',
      client_id: 'web',
      scope: 'read:contacts',
      auth_time: expect.any(Number),
      iat: expect.any(Number),
      exp: JSON.parse(claims ?? '').iat + 600,
      jti: expect.any(String),
    });
  });
});

describe('a host with login pages of its own', () => {
  let server: TestServer;
  let user: { id: string; name: string } | null;

  beforeAll(async () => {
    user = null;
    server = await testServer({ options: { users: { current: () => user, loginUrl: '/sign-in?from=oauth' } } });
    server.app.get('/sign-in', async (req, res) => {
      user = { id: 'carol', name: 'Carol' };
      if (!(await server.oauth.resume(req, res))) res.send('Welcome');
    });
  });

  afterAll(() => server.close());

  it('is asked for the user, and the request goes on when somebody is signed in', async () => {
    const good = await freshCode(server.url);
    const { body } = await token(server.url, good);
    expect(await (await callApi(server.url, body.access_token)).json()).toEqual({ sub: 'carol', clientId: 'web' });
  });

  it('is left to itself where no request waits', async () => {
    expect(await (await fetch(`${server.url}/sign-in?${form({ ticket: 'not one of ours' })}`)).text()).toBe('Welcome');
  });

  it.each(['/oauth/login', '/oauth/sign-out'])('has %s to itself', async (path) => {
    expect((await fetch(`${server.url}${path}`)).status).toBe(404);
  });
});
