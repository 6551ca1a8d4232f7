/** The sign-out page: ends the browser's login here, and nothing else. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent, formField } from '../support/agent.js';
import { authorizeUrl, callApi, freshCode, openPage, pkce, postLogin, type TestServer, testServer, token } from '../support/server.js';

describe('signing out', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await testServer();
  });

  afterAll(() => server.close());

  async function signOut(agent: Agent): Promise<Response> {
    const html = await (await agent.get('/oauth/sign-out')).text();
    return agent.post('/oauth/sign-out', { _csrf: formField(html, '_csrf') });
  }

  it('is asked for by name', async () => {
    const agent = new Agent(server.url);
    await postLogin(agent);
    const html = await (await agent.get('/oauth/sign-out')).text();
    expect(html).toContain('Alice');
  });

  it('does not happen by looking at the page', async () => {
    const agent = new Agent(server.url);
    await postLogin(agent);
    await agent.get('/oauth/sign-out');
    expect((await openPage(agent, authorizeUrl('', pkce().code_challenge))).html).toContain('name="decision"');
  });

  it('takes the cookie from the browser', async () => {
    const agent = new Agent(server.url);
    await postLogin(agent);
    const answer = await signOut(agent);
    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie()).toEqual(['oauth_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax']);
  });

  it('ends the session for whoever kept the cookie', async () => {
    const agent = new Agent(server.url);
    await postLogin(agent);
    const kept = agent.cookies.get('oauth_session') ?? '';
    await signOut(agent);
    agent.cookies.set('oauth_session', kept);
    expect((await openPage(agent, authorizeUrl('', pkce().code_challenge))).html).toContain('name="password"');
  });

  it('leaves clients what they were given', async () => {
    const agent = new Agent(server.url);
    const { body } = await token(server.url, await freshCode(server.url, {}, agent));
    await signOut(agent);
    expect((await callApi(server.url, body.access_token)).status).toBe(200);
    expect((await token(server.url, { grant_type: 'refresh_token', refresh_token: body.refresh_token })).status).toBe(200);
  });

  it('has nothing to ask where nobody is signed in', async () => {
    const answer = await new Agent(server.url).get('/oauth/sign-out');
    expect(await answer.text()).toContain('You are signed out');
  });

  it('can be done twice, in two tabs', async () => {
    const agent = new Agent(server.url);
    await postLogin(agent);
    const _csrf = formField(await (await agent.get('/oauth/sign-out')).text(), '_csrf');
    await agent.post('/oauth/sign-out', { _csrf });
    expect((await agent.post('/oauth/sign-out', { _csrf })).status).toBe(200);
  });
});
