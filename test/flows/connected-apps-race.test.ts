/** Two processes, one Redis: what a user removes at one has ended at both, whatever races with it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClientOptions } from '../../lib/config/options/index.js';
import { systemClock } from '../../lib/platform/clock.js';
import { systemRandom } from '../../lib/platform/random.js';
import { createRouter, type OAuthRouter } from '../../lib/router.js';
import { Agent, formField } from '../support/agent.js';
import { type Cluster, startCluster, until } from '../support/cluster.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { api, authorizeUrl, callApi, form, freshCode, pkce, testOptions, token, web } from '../support/server.js';

const issuer = 'http://localhost:3000'; // the same for all, wherever they listen
const opaque = 'https://api.example.com/opaque';
const apis = {
  [api]: { scopes: { 'read:contacts': 'See your contacts', 'create:contacts': 'Add contacts' } },
  [opaque]: { accessTokens: 'opaque' as const, scopes: { 'read:files': 'See your files' } },
};

const reader = {
  client_id: 'reader',
  client_secret: 'the secret of the API for files',
  grant_types: ['client_credentials'],
  introspects: [opaque],
};
const clients = [web, reader] as ClientOptions[];

let redis: RedisServer;
let cluster: Cluster;
let here: string;
let there: string;
/** The same server in this process, for what only a host can do. */
let oauth: OAuthRouter;

beforeAll(async () => {
  [redis, cluster] = await Promise.all([startRedis(), startCluster(2)]);
  [here, there] = (await cluster.serve({ issuer, redis: redis.url, apis, clients })) as [string, string];
  oauth = createRouter({ ...testOptions(issuer), redis: redis.url, apis, clients }, { clock: systemClock, random: systemRandom });
});

afterAll(async () => {
  await oauth.close();
  await cluster.kill();
  await redis.stop();
});

async function connect(agent: Agent, parameters: Record<string, string> = {}) {
  return (await token(here, await freshCode(here, parameters, agent))).body;
}

function refresh(url: string, refresh_token: string | undefined) {
  return token(url, { grant_type: 'refresh_token', refresh_token });
}

/** Sends the form of the page; `act` happens at the same time. */
async function remove<T>(agent: Agent, act: () => Promise<T>): Promise<T> {
  const _csrf = formField(await (await agent.get('/oauth/apps')).text(), '_csrf');
  const [, done] = await Promise.all([agent.post('/oauth/apps', { _csrf, client_id: 'web' }), act()]);
  return done;
}

const nothing = async () => {};

async function isAsked(agent: Agent): Promise<boolean> {
  return (await (await agent.get(authorizeUrl('', pkce().code_challenge))).text()).includes('name="decision"');
}

describe('what a user removes at one process', () => {
  it('has ended at the other: code and refresh token at once, the JWT within a second', async () => {
    const agent = new Agent(here);
    const { access_token, refresh_token } = await connect(agent);
    const code = await freshCode(here, {}, agent);
    expect([(await callApi(here, access_token)).status, (await callApi(there, access_token)).status]).toEqual([200, 200]);
    await remove(agent, nothing);
    expect((await refresh(there, refresh_token)).body.error).toBe('invalid_grant');
    expect((await token(there, code)).body.error).toBe('invalid_grant');
    expect((await callApi(here, access_token)).status).toBe(401);
    await until(async () => (await callApi(there, access_token)).status === 401, 2); // a second by whole seconds
    expect(await isAsked(agent)).toBe(true);
  });

  it('has ended at the other at once, if it is a reference token', async () => {
    const agent = new Agent(here);
    const { access_token } = await connect(agent, { scope: 'read:files', resource: opaque });
    const { client_id, client_secret } = reader;
    const introspect = async () => {
      const body = form({ client_id, client_secret, token: access_token });
      return (await fetch(`${there}/oauth/introspect`, { method: 'POST', body })).json();
    };
    expect(await introspect()).toMatchObject({ active: true });
    await remove(agent, nothing);
    expect(await introspect()).toEqual({ active: false });
  });
});

describe('a removal that races', () => {
  it('with refreshes at both processes leaves nothing that lives on', async () => {
    const agent = new Agent(here);
    for (let round = 0; round < 10; round += 1) {
      const first = await connect(agent);
      const answers = await remove(agent, async () => {
        const all = Array.from({ length: 20 }, (_, i) => refresh(i % 2 === 0 ? here : there, first.refresh_token));
        return Promise.all(all);
      });
      const given = answers.filter(({ status }) => status === 200).map(({ body }) => body);
      expect(await oauth.authorizations.of('alice')).toEqual([]);
      for (const { refresh_token } of [first, ...given]) expect((await refresh(there, refresh_token)).status).toBe(400);
      for (const { access_token } of given) {
        await until(async () => (await callApi(there, access_token)).status === 401, 2);
        expect((await callApi(here, access_token)).status).toBe(401);
      }
    }
  });

  it('with the redemption of a code leaves nothing that lives on', async () => {
    const agent = new Agent(here);
    for (let round = 0; round < 10; round += 1) {
      const code = await freshCode(here, {}, agent);
      const { body } = await remove(agent, () => token(there, code));
      expect(await oauth.authorizations.of('alice')).toEqual([]);
      if (body.refresh_token) expect((await refresh(here, body.refresh_token)).status).toBe(400);
      if (body.access_token) await until(async () => (await callApi(there, body.access_token)).status === 401, 2);
    }
  });

  it('with another one does no harm', async () => {
    const agent = new Agent(here);
    await connect(agent);
    const ended = await remove(agent, () => oauth.authorizations.revokeAll('alice'));
    expect(ended).toBeLessThanOrEqual(1);
    expect(await oauth.authorizations.of('alice')).toEqual([]);
    expect(await isAsked(agent)).toBe(true);
  });
});

describe('the host', () => {
  it('ends all of a user at every process', async () => {
    const agent = new Agent(here);
    const { access_token, refresh_token } = await connect(agent);
    expect(await oauth.authorizations.revokeAll('alice')).toBeGreaterThanOrEqual(1);
    expect((await refresh(here, refresh_token)).status).toBe(400);
    await until(async () => (await callApi(here, access_token)).status === 401, 2);
    expect(await isAsked(agent)).toBe(true);
  });

  it('is told when Redis does not answer', async () => {
    redis.pause();
    try {
      for (const ask of [oauth.authorizations.of, oauth.authorizations.revokeAll, oauth.authorizations.revoke]) {
        await expect(ask('alice')).rejects.toMatchObject({ name: 'StoreUnavailable' });
      }
      const answer = await fetch(`${here}/oauth/apps`, { headers: { cookie: 'oauth_session=x' } });
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    } finally {
      redis.resume();
    }
  });
});
