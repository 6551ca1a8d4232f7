/** That speed does not come from work that is not done: what must be refused is refused by the limit as by ours, and their answers are as long. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Browser, walks } from '../../bench/driver/browser.js';
import type { Connection } from '../../bench/driver/connection.js';
import { openWorker } from '../../bench/driver/drive.js';
import { pathOf, type Target } from '../../bench/driver/target.js';
import { jobNamed, jobs } from '../../bench/jobs/index.js';
import { forConsent, newRequest } from '../../bench/jobs/requests.js';
import { nodeOf } from '../../bench/measure/node.js';
import { carryOut, checkRefusals } from '../../bench/measure/plan.js';
import { type ServerProcess, startServer } from '../../bench/measure/server-process.js';
import { type Format, scope } from '../../bench/world.js';
import { type RedisServer, startRedis } from '../support/redis.js';

const node = nodeOf(process.versions.node.split('.')[0] as string);
let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(() => redis.stop());

const refusing = jobs.filter(({ refusals }) => refusals);

describe.each(['ours', 'limit-express', 'limit-jose', 'limit-http'])('%s', (name) => {
  describe.each<Format>(['ES256', 'opaque'])('with access tokens that are %s', (format) => {
    let server: ServerProcess;

    beforeAll(async () => {
      server = await startServer({ name, node, redis: redis.url, format });
    });
    afterAll(() => server.stop());

    it.each(refusing.filter((job) => job.format === format).map((job) => job.name))(
      'refuses what the job %s must not take',
      async (job) => {
        await expect(checkRefusals(jobNamed(job), server.target, 0)).resolves.toBeUndefined();
      },
    );
  });
});

/** A server that looks at nothing: whoever asks is given what was asked for. */
async function takingAll() {
  const server = createServer((req, res) => {
    const { pathname, searchParams } = new URL(req.url ?? '/', 'http://127.0.0.1');
    if (pathname === '/authorize') {
      res.writeHead(303, { location: `https://client.example.com/callback?code=c&state=${searchParams.get('state')}` });
    }
    res.end(
      JSON.stringify({ access_token: 'a.bbbbbbbbbbbb.cccccccccccc', token_type: 'Bearer', refresh_token: 'rrrrrrrrrrrr', active: true }),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const paths = { authorize: '/authorize', token: '/token', introspect: '/introspect', userinfo: '/userinfo', api: '/api' };
  const target: Target = { paths, urls: [`http://127.0.0.1:${(server.address() as AddressInfo).port}`] };
  return { target, stop: () => server.close() };
}

it.each([
  ['client-credentials-es256', 'For another secret the answer was 200'],
  ['code', 'For another verifier the answer was 200'],
  ['full', 'For another verifier the answer was 200'],
  ['refresh', 'For a refresh token that was changed the answer was 200'],
  ['introspection', 'A token that was changed was called active.'],
  ['userinfo', 'Answered with 200 in place of 401'],
  ['protect-jwt', 'Answered with 200 in place of 401'],
])('a server that takes all is told from one that does the job %s', async (job, failure) => {
  const { target, stop } = await takingAll();
  try {
    await expect(checkRefusals(jobNamed(job), target, 0)).rejects.toThrow(failure);
  } finally {
    stop();
  }
});

it('a server that takes what it must refuse is left out, before anything is measured', async () => {
  const failed: string[] = [];
  const done: string[] = [];
  const limit = { name: 'limit-http', title: 'limit', kind: 'limit', module: './limit-http.js', jobs: ['code'] } as const;
  const job = { ...jobNamed('code'), refusals: () => Promise.reject(new Error('It was taken.')) };
  await carryOut({
    ...{ servers: [limit], jobs: [job], node, rounds: 1, workers: 1, warmUp: 0, seconds: 0.05 },
    onDone: (summaries) => void done.push(...summaries.map(({ server }) => server)),
    onFailed: ({ server, why }) => void failed.push(`${server}: ${why}`),
  });
  expect({ done, failed }).toEqual({ done: [], failed: ['limit-http: It was taken.'] });
});

it('the limit sends documents and pages as long as ours', async () => {
  const lengthsOf = async (name: string) => {
    const server = await startServer({ name, node, redis: redis.url, format: 'ES256' });
    const { connection, target } = await openWorker(0, 1, server.target, 'ES256');
    const bodies: string[] = [];
    const noted: Connection['send'] = async (...request) => {
      const answer = await connection.send(...request);
      if (answer.status === 200) bodies.push(answer.body);
      return answer;
    };
    const noting = Object.assign(Object.create(connection) as Connection, { send: noted });
    const browser = new Browser(noting, target.urls[0] as string);
    await walks.forms(browser, await browser.get(newRequest(target, [scope], forConsent).path), 'user-9');
    for (const path of ['metadata', 'jwks'] as const) await noted('GET', pathOf(target, path));
    connection.close();
    await server.stop();
    return bodies.map((body) => Buffer.byteLength(body));
  };
  const [ours, limit] = [await lengthsOf('ours'), await lengthsOf('limit-express')];
  expect([ours.length, limit.length]).toEqual([4, 4]); // login, consent, metadata, JWKS
  for (const [index, length] of limit.entries()) expect(Math.abs(length / (ours[index] as number) - 1)).toBeLessThan(0.1);
});
