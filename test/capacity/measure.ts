/** What each thing costs in a real Redis: made once by a real flow, measured, and then kept ten thousand times. */
import { Redis } from 'ioredis';
import { keptIn, kindOf } from '../soak/keys.js';
import { Agent, formField } from '../support/agent.js';
import { createAuthenticator } from '../support/authenticator.js';
import { startRedis } from '../support/redis.js';
import { alice, authorizeUrl, openPage, pkce, testServer, token, walk, web } from '../support/server.js';

/** One line of the table. */
export interface Cost {
  readonly what: string;
  /** The keys that hold it, by kind. */
  readonly keys: readonly string[];
  /** By MEMORY USAGE of these keys. */
  readonly each: number;
  /** By what `used_memory` grew for `copies` of it, per copy: with all that Redis itself needs to find it again. */
  readonly among: number;
}

export interface Measurement {
  readonly redis: string;
  readonly copies: number;
  readonly costs: readonly Cost[];
}

/** Lists that all share: there, one more is one more member. */
const shared = ['links registrations', 'links ended'];

export async function measure(copies: number): Promise<Measurement> {
  const server = await startRedis();
  const redis = new Redis(server.url);
  const spare = await startRedis(); // for the copies: nothing else grows in it
  const copyTo = new Redis(spare.url);
  const world = await testServer({
    options: {
      redis: server.url,
      log: { warn: () => {}, error: (message, cause) => console.error(message, cause) },
      passkeys: { mayEnrol: () => true },
      registration: { lifetime: 90 * 86_400 },
      users: {
        authenticate: ({ username, password }) => password === alice.password && { id: username, name: 'Alice Example' },
        find: (sub) => ({ sub, name: 'Alice Example' }),
        steps: [
          {
            name: 'totp',
            isDue: ({ user }) => user.sub === 'steve',
            page: { title: 'Second factor', fields: [{ name: 'code', label: 'Code', type: 'code' }] },
            submit: () => ({ done: true }),
          },
        ],
      },
    },
  });
  const { url } = world;
  const costs: Cost[] = [];

  /** The keys that `act` has made. */
  async function made(act: () => Promise<unknown>): Promise<string[]> {
    const before = new Set((await keptIn(redis)).map(({ key }) => key));
    await act();
    const after = (await keptIn(redis)).map(({ key }) => key);
    return after.filter((key) => !before.has(key));
  }

  async function cost(what: string, keys: readonly string[]): Promise<void> {
    let each = 0;
    for (const key of keys) each += shared.includes(kindOf(key)) ? 0 : Number(await redis.call('MEMORY', 'USAGE', key, 'SAMPLES', 0));
    const names = keys.map(kindOf);
    costs.push({ what, keys: names, each, among: keys.length === 0 ? 0 : await amongMany(keys) });
  }

  async function amongMany(keys: readonly string[]): Promise<number> {
    await copyTo.flushall();
    const before = await usedMemory(copyTo);
    for (let copy = 0; copy < copies; copy += 500) {
      const pipeline = copyTo.pipeline();
      for (const key of keys) {
        const [dumped, pttl] = [await redis.dumpBuffer(key), await redis.pttl(key)];
        for (let at = copy; at < Math.min(copy + 500, copies); at += 1) {
          const name = `${key.slice(0, -8)}${String(at).padStart(8, '0')}`;
          if (shared.includes(kindOf(key))) pipeline.zadd(key, 1e12 + at, name.slice(-22));
          else pipeline.restore(name, pttl, dumped);
        }
      }
      await pipeline.exec();
    }
    return ((await usedMemory(copyTo)) - before) / copies;
  }

  try {
    await cost('Signing keys, once for all', await made(() => fetch(`${url}/oauth/jwks`)));

    const agent = new Agent(url);
    const { ticket, _csrf } = await openPage(agent, authorizeUrl(url, pkce().code_challenge));
    await cost(
      'Sign-in under way, at a second factor',
      await made(() => agent.post('/oauth/login', { ticket, _csrf, username: 'steve', password: alice.password })),
    );

    const offer = await openPage(agent, await agent.post('/oauth/login', { ticket, _csrf, can: 'passkey', ...alice }));
    const options = (/data-options="([^"]+)"/.exec(offer.html)?.[1] ?? '').replaceAll('&#34;', '"').replaceAll('&amp;', '&');
    const passkey = createAuthenticator(url).create(options);
    const challenge = formField(offer.html, 'challenge');
    const form = { ticket: offer.ticket, _csrf: offer._csrf, challenge, passkey };
    const signedIn = await made(() => agent.post('/oauth/step?step=passkey', form));
    await cost('Session', only(signedIn, 'value session'));
    await cost('Passkey', only(signedIn, 'value passkey', 'links passkeys'));

    const guess = { ticket, _csrf, username: 'mallory', password: 'wrong' };
    await cost('Guesses at a password, until they are forgotten', await made(() => agent.post('/oauth/login', guess)));

    const { code_verifier, code_challenge } = pkce();
    let callback: URL | undefined;
    const allowed = await made(async () => {
      callback = await walk(agent, authorizeUrl(url, code_challenge, { scope: 'read:contacts create:contacts' }));
    });
    await cost('Consent', only(allowed, 'value consent', 'links consents'));
    const authorization = only(allowed, 'value authorization', 'links authorizations');
    await cost('Authorization, with its code', authorization);
    const redemption = {
      grant_type: 'authorization_code',
      code: callback?.searchParams.get('code') ?? '',
      code_verifier,
      redirect_uri: web.redirect_uris[0],
    };
    let { body } = await token(url, redemption);
    await cost('Authorization, with a refresh chain', authorization);
    for (let times = 1; times <= 20; times += 1) {
      ({ body } = await token(url, { grant_type: 'refresh_token', refresh_token: body.refresh_token }));
      if (times === 1 || times === 20) await cost(`The same after ${times === 1 ? 'one refresh' : '20 refreshes'}`, authorization);
    }

    const ended = await made(() =>
      fetch(`${url}/oauth/revoke`, { method: 'POST', body: new URLSearchParams({ ...credentials, token: body.refresh_token ?? '' }) }),
    );
    await cost('What has ended, until its last token has expired', ended);

    const metadata = {
      client_name: 'A registered app',
      redirect_uris: ['https://registered.example.com/callback'],
      scope: 'read:contacts',
    };
    const registration = await made(() => registered(url, metadata));
    await cost('Registration of a confidential client', only(registration, 'value client', 'links registrations'));
    await cost('Registration of a public client', await made(() => registered(url, { ...metadata, token_endpoint_auth_method: 'none' })));

    await cost(
      'Request too long for a URL (4 kB)',
      await made(() => new Agent(url).get(authorizeUrl(url, pkce().code_challenge, { state: 's'.repeat(4_000) }))),
    );
    const version = /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? '';
    return { redis: version, copies, costs };
  } finally {
    await world.close();
    redis.disconnect();
    copyTo.disconnect();
    await Promise.all([server.stop(), spare.stop()]);
  }
}

const { client_id, client_secret } = web;
const credentials = { client_id, client_secret };

function only(keys: readonly string[], ...kinds: readonly string[]): string[] {
  return keys.filter((key) => kinds.includes(kindOf(key)));
}

async function usedMemory(redis: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
}

async function registered(url: string, metadata: object): Promise<void> {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(`${url}/oauth/register`, { method: 'POST', headers, body: JSON.stringify(metadata) });
  if (answer.status !== 201) throw new Error(`The registration was answered with ${answer.status}.`);
}

/** As Markdown. */
export function tableOf({ costs }: Measurement): string {
  const lines = costs.map(
    ({ what, keys, each, among }) => `| ${what} | ${keys.length} | ${withCommas(each)} | ${withCommas(Math.round(among))} |`,
  );
  return ['| what | keys | bytes, by `MEMORY USAGE` | bytes, among many |', '|---|---|---|---|', ...lines].join('\n');
}

function withCommas(number: number): string {
  return number.toLocaleString('en-US');
}
