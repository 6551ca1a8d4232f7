/**
 * The examples of RFC 9470 (step-up authentication). Different here: each challenge has `resource_metadata` of RFC 9728 as well, and names
 * the levels of an API once for all, so that the examples of section 3 are two routes.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent } from '../support/agent.js';
import { freshCode, type TestServer, testServer, token } from '../support/server.js';

let server: TestServer;
/** How the next login is said to be. */
let acr: string | undefined;

beforeAll(async () => {
  server = await testServer({
    optionsAt: (url) => ({
      apis: {
        [`${url}/api`]: {
          scopes: { 'read:contacts': 'See your contacts', 'create:contacts': 'Add', purchase: 'Buy for you', 'read:balance': 'See it' },
        },
      },
      users: { authenticate: () => ({ id: 'alice', ...(acr !== undefined && { acr }) }) },
    }),
  });
  const { app, oauth } = server;
  const audience = `${server.url}/api`;
  app.get('/level', oauth.protect({ audience, acrValues: ['myACR'] }), (_req, res) => void res.end());
  app.get('/recent', oauth.protect({ audience, maxAge: 5 }), (_req, res) => void res.end());
  app.get('/purchase', oauth.protect({ scopes: ['purchase', 'read:balance'], acrValues: ['gold', 'myACR'], maxAge: 300 }), (_req, res) => {
    res.end();
  });
});

afterAll(() => server.close());

async function tokenWith(level: string | undefined, scope = 'read:contacts'): Promise<string> {
  acr = level;
  return (await token(server.url, await freshCode(server.url, { scope }, new Agent(server.url)))).body.access_token ?? '';
}

async function ask(path: string, access_token: string) {
  const answer = await fetch(`${server.url}${path}`, { headers: { Authorization: `Bearer ${access_token}` } });
  const [, challenge = ''] = /^(.*?)(?:, resource_metadata="[^"]+")?$/.exec(answer.headers.get('www-authenticate') ?? '') ?? [];
  return { status: answer.status, challenge };
}

describe('section 3, the challenge', () => {
  it('asks for another level as the first example does', async () => {
    expect(await ask('/level', await tokenWith(undefined))).toEqual({
      status: 401,
      challenge:
        'Bearer error="insufficient_user_authentication", error_description="A different authentication level is required.", acr_values="myACR"',
    });
  });

  it('asks for more recent authentication as the second example does', async () => {
    const access_token = await tokenWith(undefined);
    server.sleep(6);
    expect(await ask('/recent', access_token)).toEqual({
      status: 401,
      challenge:
        'Bearer error="insufficient_user_authentication", error_description="More recent authentication is required.", max_age="5"',
    });
  });

  it('names level, recency and scope in one challenge, where all are lacking', async () => {
    expect(await ask('/purchase', await tokenWith('low', 'read:contacts read:balance'))).toEqual({
      status: 401,
      challenge:
        'Bearer error="insufficient_user_authentication", error_description="A different authentication level is required.", acr_values="gold myACR", max_age="300", scope="purchase read:balance"',
    });
  });

  it('names no scope that is there', async () => {
    const { challenge } = await ask('/purchase', await tokenWith('low', 'purchase read:balance'));
    expect(challenge).not.toContain('scope=');
  });

  it('is that of RFC 6750 where only the scope is lacking', async () => {
    expect(await ask('/purchase', await tokenWith('myACR', 'read:balance'))).toEqual({
      status: 403,
      challenge:
        'Bearer error="insufficient_scope", error_description="This needs the scope: purchase read:balance.", scope="purchase read:balance"',
    });
  });

  it('is told in JSON, too', async () => {
    const answer = await fetch(`${server.url}/level`, { headers: { Authorization: `Bearer ${await tokenWith('low')}` } });
    expect(await answer.json()).toEqual({
      error: 'insufficient_user_authentication',
      error_description: 'A different authentication level is required.',
    });
  });
});

describe('sections 4 to 6, after the user has authenticated anew', () => {
  it('lets the token pass that says so', async () => {
    expect((await ask('/level', await tokenWith('myACR'))).status).toBe(200);
  });

  it('lets a token pass until the very second', async () => {
    const access_token = await tokenWith(undefined);
    server.sleep(5);
    expect((await ask('/recent', access_token)).status).toBe(200);
  });

  it('6: takes a recent token for no recent authentication', async () => {
    const agent = new Agent(server.url);
    await freshCode(server.url, {}, agent);
    server.sleep(60);
    const { body } = await token(server.url, await freshCode(server.url, {}, agent)); // by the session of before
    expect((await ask('/recent', body.access_token ?? '')).status).toBe(401);
  });
});
