/** How often a request has to wait for the store. Counted by a store that notes when each of its commands begins and ends. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../lib/platform/clock.js';
import { memoryStore } from '../../lib/store/memory.js';
import { Agent } from '../support/agent.js';
import { measure, recordingStore } from '../support/recording-store.js';
import { authorizeUrl, callApi, freshCode, openPage, pkce, type TestServer, testServer, token, walk } from '../support/server.js';

const bob = { username: 'bob', password: 'battery staple' }; // has not been here before

let server: TestServer;
let agent: Agent;
let url: string;

beforeAll(async () => {
  server = await testServer({ options: { store: recordingStore(memoryStore(systemClock)) } });
  url = server.url;
  agent = new Agent(url);
  await token(url, await freshCode(url, {}, agent)); // the first use loads the signing keys; agent has logged in and agreed
});

afterAll(() => server.close());

describe('the measure', () => {
  it('counts what waits for each other, and not what goes side by side', async () => {
    const store = recordingStore(memoryStore(systemClock));
    const { trips, commands } = await measure(async () => {
      await store.get('a:1');
      await Promise.all([store.get('b:1'), store.get('c:1')]);
    });
    expect({ trips, commands }).toEqual({ trips: 2, commands: ['get a', 'get b', 'get c'] });
  });
});

describe('sequential round trips to the store:', () => {
  it('two for the redemption of a code', async () => {
    const redemption = await freshCode(url, {}, agent);
    const { answer, commands, trips } = await measure(() => token(url, redemption));
    expect(answer.status).toBe(200);
    expect({ trips, commands }).toEqual({ trips: 2, commands: ['get authorization', 'swap authorization'] });
  });

  it('two for a refresh', async () => {
    const { body } = await token(url, await freshCode(url, {}, agent));
    const { answer, commands, trips } = await measure(() => token(url, { grant_type: 'refresh_token', refresh_token: body.refresh_token }));
    expect(answer.status).toBe(200);
    expect({ trips, commands }).toEqual({ trips: 2, commands: ['get authorization', 'swap authorization'] });
  });

  it('three for a user who is logged in and has agreed, so that a code flow takes six commands in five', async () => {
    const { answer, trips, commands } = await measure(() => agent.get(authorizeUrl(url, pkce().code_challenge)));
    expect(answer.headers.get('location')).toContain('code=');
    const names = ['add authorization', 'get consent', 'get session', 'link authorizations'];
    expect({ trips, commands }).toEqual({ trips: 3, commands: names });
  });

  it('eight of twelve commands for a whole flow with login, consent, code and tokens', async () => {
    const fresh = await testServer({ options: { store: recordingStore(memoryStore(systemClock)) } }); // where bob has agreed to nothing
    await token(fresh.url, await freshCode(fresh.url));
    const { answer, trips, commands } = await measure(async () => {
      const { code_verifier, code_challenge } = pkce();
      const { searchParams } = await walk(new Agent(fresh.url), authorizeUrl(fresh.url, code_challenge), bob);
      return token(fresh.url, { grant_type: 'authorization_code', code: searchParams.get('code') ?? '', code_verifier });
    });
    await fresh.close();
    expect(answer.status).toBe(200);
    const login = ['count login and loginAddress', 'forget or give back login and loginAddress', 'put session'];
    const page = ['get session', 'get consent'];
    const decision = ['get session', 'add consent', 'link consents', 'add authorization', 'link authorizations'];
    const redemption = ['get authorization', 'swap authorization'];
    expect({ trips, commands }).toEqual({ trips: 8, commands: [...login, ...page, ...decision, ...redemption].sort() });
  });

  it('none for the page that an anonymous user is shown', async () => {
    const { answer, commands } = await measure(() => new Agent(url).get(authorizeUrl(url, pkce().code_challenge)));
    expect(answer.status).toBe(200);
    expect(commands).toEqual([]);
  });

  it('at most fifteen commands for a whole flow, two of which see to guessing, with login, consent, code, tokens, refresh and a call of the API', async () => {
    const { answer, commands } = await measure(async () => {
      const { code_verifier, code_challenge } = pkce();
      const { searchParams } = await walk(new Agent(url), authorizeUrl(url, code_challenge), bob);
      const code = searchParams.get('code') ?? '';
      const { body } = await token(url, { grant_type: 'authorization_code', code, code_verifier });
      const refreshed = await token(url, { grant_type: 'refresh_token', refresh_token: body.refresh_token });
      return callApi(url, refreshed.body.access_token);
    });
    expect(answer.status).toBe(200);
    expect(commands).toEqual(expect.arrayContaining(['put session', 'add consent', 'add authorization', 'linked ended']));
    expect(commands.length).toBeLessThanOrEqual(15);
    expect(commands.filter((name) => name.startsWith('link '))).toEqual(['link authorizations', 'link consents']);
  });

  it('none for metadata, keys, and what pages load', async () => {
    const page = await (await fetch(authorizeUrl(url, pkce().code_challenge))).text();
    const loaded = [...page.matchAll(/ (?:src|href)="(\/oauth\/[\w.-]+\.(?:css|js))"/g)].map(([, path]) => path as string);
    expect(loaded).toHaveLength(2);
    const paths = ['/.well-known/oauth-authorization-server', '/oauth/jwks', ...loaded];
    const { answer, commands } = await measure(() => Promise.all(paths.map((path) => fetch(`${url}${path}`))));
    expect(answer.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(commands).toEqual([]);
  });

  it('none for forged codes and refresh tokens', async () => {
    const { code } = await freshCode(url, {}, agent);
    const forged = `${code.slice(0, -1)}${code.endsWith('A') ? 'E' : 'A'}`;
    const { answer, commands } = await measure(() =>
      Promise.all([
        token(url, { grant_type: 'authorization_code', code: forged, code_verifier: pkce().code_verifier }),
        token(url, { grant_type: 'refresh_token', refresh_token: forged.replace('.', '.1.') }),
      ]),
    );
    expect(answer.map(({ body }) => body.error)).toEqual(['invalid_grant', 'invalid_grant']);
    expect(commands).toEqual([]);
  });

  it('one for a client that is not who it says: the guess counts for all processes', async () => {
    const redemption = await freshCode(url, {}, agent);
    const { answer, commands } = await measure(() =>
      token(url, { ...redemption, client_id: 'web', client_secret: 'a guess of 16 letters' }),
    );
    expect(answer.body.error).toBe('invalid_client');
    expect(commands).toEqual(['count client']);
  });

  it('two for a login: it is counted, and then there is a session, and the count given back', async () => {
    const visitor = new Agent(url);
    const { ticket, _csrf } = await openPage(visitor, authorizeUrl(url, pkce().code_challenge));
    const { answer, commands, trips } = await measure(() => visitor.post('/oauth/login', { ticket, _csrf, ...bob }));
    expect(answer.status).toBe(303);
    const guessing = ['count login and loginAddress', 'forget or give back login and loginAddress'];
    expect({ trips, commands }).toEqual({ trips: 2, commands: [...guessing, 'put session'] });
  });

  it('one for a wrong password', async () => {
    const visitor = new Agent(url);
    const { ticket, _csrf } = await openPage(visitor, authorizeUrl(url, pkce().code_challenge));
    const { answer, commands, trips } = await measure(() => visitor.post('/oauth/login', { ticket, _csrf, ...bob, password: 'wrong' }));
    expect(answer.status).toBe(422);
    expect({ trips, commands }).toEqual({ trips: 1, commands: ['count login and loginAddress'] });
  });

  it('one within a second for any number of calls of the API, and that reads which authorizations have ended', async () => {
    const { body } = await token(url, await freshCode(url, {}, agent));
    server.sleep(5); // what was read before is too old now
    const { answer, commands } = await measure(() => Promise.all(Array.from({ length: 20 }, () => callApi(url, body.access_token))));
    expect(new Set(answer.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(commands)).toEqual(new Set(['linked ended']));
    expect(commands.length).toBeLessThan(20);
  });

  it('none for a call with a token that is not ours', async () => {
    const { body } = await token(url, await freshCode(url, {}, agent));
    server.sleep(5);
    const { answer, commands } = await measure(() => callApi(url, body.access_token?.replace(/\.[^.]*$/, '.forged')));
    expect(answer.status).toBe(401);
    expect(commands).toEqual([]);
  });
});

describe('the walk of a user', () => {
  it('asks for who it is at most once for each request', async () => {
    const visitor = new Agent(url);
    const { commands } = await measure(() => walk(visitor, authorizeUrl(url, pkce().code_challenge, { scope: 'create:contacts' })));
    expect(commands.filter((name) => name === 'get session')).toHaveLength(2); // the consent page, and the decision
  });
});
