/** Four processes, one Redis: whoever races, exactly one wins, and nothing is lost or doubled. RFC 6749 sections 4.1.2 and 6. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { Agent, formField } from '../support/agent.js';
import { type Cluster, startCluster, until } from '../support/cluster.js';
import { type RedisServer, startRedis } from '../support/redis.js';
import { api, authorizeUrl, callApi, freshCode, pkce, type TokenAnswer, token } from '../support/server.js';

const issuer = 'http://localhost:3000'; // the same for all, wherever they listen
const tabs = Array.from({ length: 20 }, (_, tab) => `scope:${tab}`);
const apis = {
  [api]: {
    scopes: {
      'read:contacts': 'See your contacts',
      'create:contacts': 'Add contacts',
      ...Object.fromEntries(tabs.map((scope) => [scope, scope])),
    },
  },
};

let redis: RedisServer;
let cluster: Cluster;
let urls: string[];

beforeAll(async () => {
  [redis, cluster] = await Promise.all([startRedis({ appendonly: true }), startCluster(4)]);
  urls = await cluster.serve({ issuer, redis: redis.url, apis });
});

afterAll(async () => {
  await cluster.kill();
  await redis.stop();
});

/** Does it 200 times at once, in turn at each of the four. */
function spread<T>(act: (url: string) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: 200 }, (_, index) => act(at(index % 4))));
}

function at(index: number): string {
  const url = urls[index];
  if (!url) throw new Error(`There is no process ${index}.`);
  return url;
}

function refresh(url: string, refresh_token: string | undefined): Promise<TokenAnswer> {
  return token(url, { grant_type: 'refresh_token', refresh_token });
}

function tally(answers: readonly TokenAnswer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, body } of answers) {
    const outcome = status === 200 ? 'tokens' : `${status} ${body.error}`;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

describe('200 simultaneous redemptions of one code at four processes', () => {
  let answers: TokenAnswer[];
  let won: TokenAnswer['body'];

  beforeAll(async () => {
    // Each has just read which authorizations have ended, so that none knows of this one by chance.
    const other = await token(at(0), await freshCode(at(0)));
    await Promise.all(urls.map((url) => callApi(url, other.body.access_token)));
    const redemption = await freshCode(at(0));
    answers = await spread((url) => token(url, redemption));
    won = answers.find(({ status }) => status === 200)?.body ?? {};
  });

  it('have exactly one winner', () => {
    expect(tally(answers)).toEqual({ tokens: 1, '400 invalid_grant': 199 });
  });

  it('end the refresh token that the winner was given, at every process', async () => {
    expect(tally(await Promise.all(urls.map((url) => refresh(url, won.refresh_token))))).toEqual({ '400 invalid_grant': 4 });
  });

  it('end the access token that the winner was given, at the API of every process', async () => {
    expect(won.access_token).toEqual(expect.any(String));
    for (const url of urls) await until(async () => (await callApi(url, won.access_token)).status === 401, 3);
  });

  it('have exactly one winner, code after code', async () => {
    const codes = await Promise.all(Array.from({ length: 5 }, () => freshCode(at(0))));
    const races = await Promise.all(codes.map((redemption) => spread((url) => token(url, redemption))));
    expect(races.map((race) => tally(race).tokens)).toEqual([1, 1, 1, 1, 1]);
  });
});

describe('200 simultaneous refreshes of one refresh token at four processes', () => {
  let answers: TokenAnswer[];
  let successor: string | undefined;

  beforeAll(async () => {
    const { body } = await token(at(0), await freshCode(at(0)));
    answers = await spread((url) => refresh(url, body.refresh_token));
    successor = answers[0]?.body.refresh_token;
  });

  it('all succeed', () => {
    expect(tally(answers)).toEqual({ tokens: 200 });
  });

  it('all give the same successor', () => {
    expect(successor).toEqual(expect.any(String));
    expect([...new Set(answers.map(({ body }) => body.refresh_token))]).toEqual([successor]);
  });

  it('advance the authorization by one generation', async () => {
    const client = new Redis(redis.url);
    const record = await client.get(`oauth:value:authorization:${successor?.split('.')[0]}`);
    client.disconnect();
    expect(record).toContain('"generation":2'); // the redemption made the first
  });

  it('give access tokens that work at the API of every process', async () => {
    const calls = answers.map(({ body }, index) => callApi(at(3 - (index % 4)), body.access_token));
    expect(new Set((await Promise.all(calls)).map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('give a successor that can be refreshed', async () => {
    expect((await refresh(at(3), successor)).status).toBe(200);
  });
});

describe('20 simultaneous consents for different scopes of one client', () => {
  it('are all remembered', async () => {
    const agent = new Agent(at(0));
    await freshCode(at(0), {}, agent); // logs in
    const { code_challenge } = pkce();
    const pages = await Promise.all(tabs.map(async (scope) => (await agent.get(authorizeUrl(at(0), code_challenge, { scope }))).text()));
    const forms = pages.map((html) => ({ ticket: formField(html, 'ticket'), _csrf: formField(html, '_csrf'), decision: 'allow' }));
    const answers = await Promise.all(forms.map((form, index) => agent.post(`${at(index % 4)}/oauth/consent`, form)));
    expect(answers.map(({ headers }) => headers.get('location'))).toEqual(tabs.map(() => expect.stringContaining('code=')));

    const answer = await agent.get(authorizeUrl(at(3), code_challenge, { scope: tabs.join(' ') }));
    expect(answer.headers.get('location')).toContain('code='); // and no page that asks
  });
});

describe('four processes', () => {
  it.each(Array.from({ length: 10 }, (_, round) => round + 1))(
    'agree on one signing key for each algorithm, started at once on an empty Redis (%d)',
    async (db) => {
      const apps = await cluster.serve({ issuer, redis: `${redis.url}/${db}` });
      const keySets = await Promise.all(apps.map(async (url) => (await fetch(`${url}/oauth/jwks`)).json() as Promise<{ keys: object[] }>));
      expect(keySets[0]?.keys).toMatchObject([{ alg: 'ES256' }, { alg: 'RS256' }]);
      expect(keySets).toEqual(apps.map(() => keySets[0]));
    },
  );

  it('serve one client together: a code of the first, redeemed at the second, refreshed at the third, used at the fourth', async () => {
    const redeemed = await token(at(1), await freshCode(at(0)));
    const refreshed = await refresh(at(2), redeemed.body.refresh_token);
    expect((await callApi(at(3), refreshed.body.access_token)).status).toBe(200);
  });

  it('serve one browser together: a page of each, whichever made the one before', async () => {
    const agent = new Agent(at(0));
    const login = await (await agent.get(authorizeUrl(at(0), pkce().code_challenge))).text();
    const password = { username: 'bob', password: 'battery staple' };
    const form = { ticket: formField(login, 'ticket'), _csrf: formField(login, '_csrf'), ...password };
    const loggedIn = await agent.post(`${at(1)}/oauth/login`, form);
    const consent = await (await agent.get(`${at(2)}${loggedIn.headers.get('location')}`)).text();
    const decision = { ticket: formField(consent, 'ticket'), _csrf: formField(consent, '_csrf'), decision: 'allow' };
    const allowed = await agent.post(`${at(3)}/oauth/consent`, decision);
    expect(allowed.headers.get('location')).toContain('code=');
  });

  it('may all be restarted, and codes, tokens, sessions and consents still work', async () => {
    const agent = new Agent(at(0));
    const { body } = await token(at(0), await freshCode(at(0), {}, agent));
    const waiting = await freshCode(at(0), {}, agent);

    await cluster.kill();
    cluster = await startCluster(4);
    urls = await cluster.serve({ issuer, redis: redis.url, apis });

    expect((await callApi(at(0), body.access_token)).status).toBe(200);
    expect((await token(at(1), waiting)).status).toBe(200);
    expect((await refresh(at(2), body.refresh_token)).status).toBe(200);
    const again = await agent.get(authorizeUrl(at(3), pkce().code_challenge));
    expect(again.headers.get('location')).toContain('code=');
  });
});
